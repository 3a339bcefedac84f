//! What PostgreSQL's errors mean through diesel, which tells of the code only whether it is one of a few. The rest is read
//! from the server's words: in English, and what another try depends on in the languages that PostgreSQL is translated to.
//! A session can't ask for English: only a superuser may set `lc_messages`.

use diesel::result::{DatabaseErrorKind, Error};

use crate::driver::{Class, DbError, sqlstate};

/// What the message of a code contains.
const MESSAGES: &[(&str, &str)] = &[
    ("current transaction is aborted", "25P02"),
    ("permission denied", "42501"),
    ("must be owner of", "42501"),
    ("must be superuser", "42501"),
    ("canceling statement due to lock timeout", "55P03"),
    ("could not obtain lock on", "55P03"),
    ("deadlock detected", "40P01"),
    ("could not serialize access", "40001"),
    (
        "terminating connection due to administrator command",
        "57P01",
    ),
    ("the database system is", "57P03"),
    ("invalid input syntax for type integer", "22P02"),
    // The engine's own words, which no server translates.
    ("planted: ", "22P02"),
    ("the record does not read back as it was written", "22P02"),
    ("client_connection_check_interval", "22023"),
    ("must be set to 0 on platforms", "22023"),
    ("invalid value for parameter", "22023"),
    ("because it has pending trigger events", "55006"),
    ("unsafe use of new value", "55P04"),
    ("out of shared memory", "53200"),
    ("TABLESAMPLE", "0A000"),
    ("transaction read-write mode during recovery", "0A000"),
];

/// A lock that was not obtained in time or at once (`55P03`), a deadlock (`40P01`), a failed transaction (`25P02`) and a missing
/// privilege (`42501`) in other languages.
const TRANSLATED: &[(&str, &[&str])] = &[
    (
        "55P03",
        &[
            // German
            "storniere Anfrage wegen Zeitüberschreitung einer Sperre",
            "konnte Sperre für ",
            // Spanish
            "cancelando la sentencia debido a que se agotó el tiempo de espera de candados",
            "no se pudo bloquear un candado en la ",
            // French
            "annulation de la requête à cause du délai écoulé pour l'obtention des verrous",
            "n'a pas pu obtenir un verrou sur la relation",
            // Italian
            "annullamento dell'istruzione a causa di timeout di lock",
            "lock della relazione ",
            "lock di riga nella relazione ",
            // Japanese
            "ロックのタイムアウトのためステートメントをキャンセルしています",
            "ロックを取得できませんでした",
            // Georgian
            "გამოსახულება გაუქმდება ბლოკის მოლოდინის ვადის ამოწურვის გამო",
            "ბლოკის მიღების შეცდომა",
            "მწკრივის დაბლოკვის შეცდომა",
            // Korean
            "잠금 대기 시간 초과로 작업을 취소합니다",
            "릴레이션의 잠금 정보를 구할 수 없음",
            // Russian
            "выполнение оператора отменено из-за тайм-аута блокировки",
            "не удалось получить блокировку ",
            // Swedish
            "avbryter sats på grund av lås-timeout",
            "kunde inte ta lås på ",
            "kunde inte låsa rad i ",
            // Ukrainian
            "виконання оператора скасовано через тайм-аут блокування",
            "не вдалося отримати блокування ",
            // Chinese
            "由于锁超时，取消语句操作",
            "上获得锁",
        ],
    ),
    (
        "40P01",
        &[
            "Verklemmung (Deadlock) entdeckt",
            "se ha detectado un deadlock",
            "interblocage (deadlock) détecté",
            "rilevato deadlock",
            "デッドロックを検出しました",
            "ნაპოვნია ურთიერთბლოკირება",
            "deadlock 발생했음",
            "обнаружена взаимоблокировка",
            "deadlock upptäckt",
            "виявлено взаємне блокування",
            "检测到死锁",
        ],
    ),
    (
        "25P02",
        &[
            "aktuelle Transaktion wurde abgebrochen",
            "transacción abortada",
            "la transaction est annulée",
            "la transazione corrente è interrotta",
            "現在のトランザクションがアボートしました",
            "현재 트랜잭션은 중지되어 있습니다",
            "текущая транзакция прервана",
            "aktuella transaktionen har avbrutits",
            "поточна транзакція перервана",
            "当前事务被终止",
        ],
    ),
    (
        "42501",
        &[
            "keine Berechtigung für ",
            "Berechtigung nur für Eigentümer ",
            "permiso denegado ",
            "debe ser dueño ",
            "droit refusé pour ",
            "doit être le propriétaire ",
            "permesso negato per ",
            "bisogna essere proprietari ",
            "へのアクセスが拒否されました",
            "の所有者である必要があります",
            "წვდომა აკრძალულია ",
            "უნდა ბრძანდებოდეთ ",
            "접근 권한 없음",
            "소유주여야만 합니다",
            "нет доступа к ",
            "нужно быть владельцем ",
            "rättighet saknas för ",
            "måste vara ägaren ",
            "немає дозволу для ",
            "треба бути власником ",
            "权限不够",
            "的属主",
        ],
    ),
];

fn code(kind: &DatabaseErrorKind, message: &str) -> Option<&'static str> {
    match kind {
        DatabaseErrorKind::UniqueViolation => return Some("23505"),
        DatabaseErrorKind::ForeignKeyViolation => return Some("23503"),
        DatabaseErrorKind::SerializationFailure => return Some("40001"),
        DatabaseErrorKind::ReadOnlyTransaction => return Some("25006"),
        DatabaseErrorKind::NotNullViolation => return Some("23502"),
        DatabaseErrorKind::CheckViolation => return Some("23514"),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            return Some("08006");
        }
        _ => {}
    }
    let object = |name: &str, end: &str| message.starts_with(name) && message.ends_with(end);
    if object("relation \"", "\" does not exist") {
        return Some("42P01");
    }
    if object("schema \"", "\" does not exist") {
        return Some("3F000");
    }
    if object("relation \"", "\" already exists") {
        return Some("42P07");
    }
    if object("type \"", "\" already exists") {
        return Some("42710");
    }
    let known = MESSAGES.iter().find(|(words, _)| message.contains(words));
    let translated = || {
        let of_code =
            |(_, words): &&(_, &[&str])| words.iter().any(|words| message.contains(words));
        TRANSLATED.iter().find(of_code).map(|(code, _)| *code)
    };
    known.map(|(_, code)| *code).or_else(translated)
}

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
pub(super) fn db_error(error: Error) -> DbError {
    let Error::DatabaseError(kind, told) = &error else {
        let class = match error {
            Error::BrokenTransactionManager => Class::Lost,
            _ => Class::Other,
        };
        return DbError::new(class, error.to_string());
    };
    let told = told.as_ref();
    let message = told.message();
    let code = code(kind, message);
    let class = match code {
        Some(code) => sqlstate::class(code),
        // What the client library says of a connection that is gone.
        None if message.contains("server closed the connection")
            || message.contains("no connection to the server") =>
        {
            Class::Lost
        }
        None => Class::Other,
    };
    let mut db_error = DbError::new(
        class,
        sqlstate::whole(message, [told.details(), told.hint(), None]),
    );
    db_error.code = code.map(str::to_owned);
    db_error.position = told
        .statement_position()
        .and_then(|position| usize::try_from(position).ok());
    db_error
}
