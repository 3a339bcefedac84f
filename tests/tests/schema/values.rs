//! No value changes in silence: each is kept, or the file announces the change with a query that finds its row, or the
//! upgrade fails as the file says. There is no fourth outcome, for any pair of types that a database converts.

use migrate_chain::Dialect;
use migrate_schema::diff::{Answers, Changes, SchemaPair, diff};
use migrate_schema::hazards::{Hazard, HazardKind};
use migrate_schema::hints::Hints;
use migrate_schema::model::{Column, Enum, Schema, Table};
use migrate_schema::render::render;
use migrate_schema::revision::work_out;

use crate::support::{Engine, Postgres};

/// A table `t` whose column `x` has the type.
fn schema(dialect: Dialect, kind: &str, strict: bool) -> Schema {
    let mut schema = Schema::new(dialect);
    let mut table = Table::new("t").with(Column::new("x", kind));
    table.strict = strict;
    schema.add(table);
    schema
        .enums
        .insert("mood".to_owned(), Enum::new("mood", &["sad", "7"]));
    schema
}

/// What became of a value, and what the file had said.
struct Outcome<'a> {
    pair: String,
    value: &'a str,
    /// The hazards whose query found the row, those that could not be asked included.
    found: Vec<&'a Hazard>,
}

impl Outcome<'_> {
    fn has(&self, kinds: &[HazardKind]) -> bool {
        self.found.iter().any(|hazard| kinds.contains(&hazard.kind))
    }

    fn refused(&self, error: &str) -> Result<(), String> {
        if self.has(&[HazardKind::MayFail]) {
            Ok(())
        } else {
            Err(format!(
                "{}: {} fails ({error}) and the file doesn't say so",
                self.pair, self.value
            ))
        }
    }

    fn changed(&self, now: &str) -> Result<(), String> {
        if self.has(&[HazardKind::Changes, HazardKind::MayFail]) {
            Ok(())
        } else {
            Err(format!(
                "{}: {} becomes {now} in silence",
                self.pair, self.value
            ))
        }
    }

    /// Times that lose or get a zone are announced one and all, and so are numbers of many digits: how many of them a text
    /// keeps depends on the version of SQLite.
    fn kept(&self) -> Result<(), String> {
        let loud = |hazard: &&&Hazard| {
            hazard.query.is_some()
                && hazard.kind == HazardKind::Changes
                && !hazard.what.contains("zone")
                && !hazard.what.contains("digits")
                && !hazard.what.contains("UTC")
                && !hazard.what.contains("BLOB")
                && !hazard.what.contains("floating-point")
        };
        match self.found.iter().find(loud) {
            Some(hazard) => Err(format!(
                "{}: {} is kept, and announced: {}",
                self.pair, self.value, hazard.what
            )),
            None => Ok(()),
        }
    }
}

/// Makes those of the types that no database has by itself.
pub(crate) const TYPES: &str = "CREATE TYPE mood AS ENUM ('sad', '7'); CREATE EXTENSION citext;
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE DOMAIN code AS varchar(3);";

pub(crate) const POSTGRES: &[(&str, &[&str])] = &[
    ("smallint", &["0", "1", "-32768", "32767", "7"]),
    (
        "integer",
        &["0", "1", "-2147483648", "2147483647", "16777217", "12345"],
    ),
    (
        "bigint",
        &[
            "0",
            "1",
            "-9223372036854775808",
            "9223372036854775807",
            "9007199254740993",
            "4611686018427387904",
        ],
    ),
    (
        "numeric",
        &[
            "0",
            "1.5",
            "2.5",
            "-0.4",
            "NaN",
            "1e30",
            "1e-30",
            "123456.789",
            "1e400",
            "0.1",
            "-9.995",
            "32767.5",
        ],
    ),
    (
        "numeric(10,4)",
        &["0", "1.5000", "999999.9999", "-12.3456", "99.995", "7"],
    ),
    ("numeric(6,2)", &["0", "9999.99", "-0.01", "99.5"]),
    ("numeric(4,0)", &["0", "9999", "-12", "NaN"]),
    (
        "real",
        &[
            "0", "1.5", "0.1", "3.4e38", "NaN", "Infinity", "16777216", "1e-40",
        ],
    ),
    (
        "double precision",
        &[
            "0",
            "1.5",
            "2.5",
            "0.1",
            "1e300",
            "NaN",
            "-Infinity",
            "1e-300",
            "9007199254740993",
            "0.30000000000000004",
            "2147483647.4",
            "9.3e18",
        ],
    ),
    ("boolean", &["true", "false"]),
    (
        "text",
        &[
            "",
            "abc",
            "00701",
            "701",
            " 7",
            "+7",
            "-0",
            "1.50",
            "1e3",
            "true",
            "yes",
            "T",
            "example",
            "ab   ",
            "abc  d",
            "2026-11-20",
            "2026-02-30",
            "20 Nov 2026",
            "2026-11-20 10:00:00",
            "{\"a\":1,\"a\":2}",
            "{\"b\": 1}",
            "sad",
            "NaN",
            "99999999999999999999",
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "1.005",
            "0.30000000000000004",
            "101",
            "é",
            "a text that is longer than any of those types which have a length may hold",
        ],
    ),
    (
        "character varying(50)",
        &[
            "",
            "example",
            "ab",
            "abc   ",
            "  ab",
            "éééééééééééééééééééééééééééééééééééééééé",
        ],
    ),
    ("character varying(3)", &["", "abc", "ab ", "007"]),
    ("character(5)", &["ab", "abcde", "7"]),
    (
        "date",
        &["2026-11-20", "0001-01-01", "infinity", "294277-01-01"],
    ),
    (
        "timestamp without time zone",
        &[
            "2026-11-20 10:00:00",
            "2026-11-20 00:00:00",
            "2026-11-20 10:00:00.999999",
            "infinity",
        ],
    ),
    (
        "timestamp(0) without time zone",
        &["2026-11-20 10:00:00", "2026-11-20 00:00:00"],
    ),
    (
        "timestamp with time zone",
        &[
            "2026-11-20 10:00:00+02",
            "2026-11-20 00:00:00+00",
            "2026-11-20 10:00:00.5+00",
        ],
    ),
    (
        "time without time zone",
        &["10:00:00", "23:59:59.999999", "24:00:00"],
    ),
    ("time(0) without time zone", &["10:00:00"]),
    ("interval", &["1 day", "1 day 00:00:00.123456"]),
    ("interval(0)", &["1 day"]),
    (
        "json",
        &[
            "{\"a\":1,\"a\":2}",
            "{\"a\": 1}",
            "[{\"b\": {\"c\": 1, \"c\": 1}}]",
            "\"\\u0000\"",
            "null",
            "1",
            "\"x\\\\u0000\"",
        ],
    ),
    (
        "jsonb",
        &["{\"a\": 1}", "[]", "\"x\"", "{\"b\":1,\"a\":2,\"a\":3}"],
    ),
    ("uuid", &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    (
        "name",
        &[
            "",
            "abc",
            "00701",
            "a name of a thing that is longer than fifty bytes, or so",
        ],
    ),
    ("\"char\"", &["a", "7"]),
    ("oid", &["0", "7", "4294967295"]),
    ("money", &["0", "1.50", "-12345.67"]),
    ("bytea", &["", "abc", "\\x00ff"]),
    ("inet", &["10.0.0.1", "10.0.0.1/8", "::1"]),
    ("cidr", &["10.0.0.0/8", "10.0.0.1/32"]),
    ("xml", &["<a/>", "x"]),
    (
        "time with time zone",
        &["10:00:00+02", "10:00:00.5+00", "24:00:00+00"],
    ),
    ("interval year to month", &["1 year 2 mons", "-1 mons"]),
    ("interval day to second(0)", &["1 day 00:00:01"]),
    ("int4range", &["[1,3)", "empty"]),
    ("tsvector", &["'a' 'b'"]),
    ("point", &["(1,2)"]),
    ("bit(3)", &["101"]),
    ("bit varying(5)", &["101", "10101"]),
    ("mood", &["sad", "7"]),
    ("integer[]", &["{1,2}", "{}", "{NULL,40000}"]),
    ("smallint[]", &["{1,2}"]),
    ("text[]", &["{007,x}", "{7}", "{abcdef}"]),
    ("character varying(3)[]", &["{abc}"]),
    ("numeric[]", &["{1.5,2}"]),
    ("mood[]", &["{sad}"]),
    (
        "citext",
        &[
            "Abc",
            "007",
            " 7",
            "",
            "A text that is longer than any of those types which have a length may hold",
        ],
    ),
    ("positive", &["1", "16777217"]),
    ("code", &["abc", "007", "ab "]),
];

/// How a type comes to be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Upgrade,
    Downgrade,
    /// Beside a CHECK that is left to a second script.
    Online,
    OnlineDowngrade,
}

impl Way {
    /// The scripts, and what they are said to do.
    fn of(self, dialect: Dialect, (from, to): (&str, &str), strict: bool) -> (String, Vec<Hazard>) {
        let plain = schema(dialect, to, strict);
        let mut checked = plain.clone();
        let table = checked.tables.remove("t").unwrap();
        checked.add(table.check("ck_t_x", "x IS NULL OR x IS NOT NULL"));
        let start = schema(dialect, from, strict);
        let forward = |from: &Schema, to: &Schema| {
            diff(from, to, &Hints::default(), &Answers::new()).unwrap()
        };
        let steps = |from: &Schema, to: &Schema| {
            let pair = SchemaPair::new(from.clone(), to.clone());
            let revision = work_out(&[pair], &Hints::default(), &Answers::new()).unwrap();
            let steps = revision.online().into_iter();
            steps
                .map(|step| step.changes[0].clone())
                .collect::<Vec<_>>()
        };
        let all = match self {
            Way::Upgrade => vec![forward(&start, &plain)],
            Way::Downgrade => vec![forward(&plain, &start).back().unwrap()],
            Way::Online => steps(&start, &checked),
            Way::OnlineDowngrade => {
                let up = steps(&checked, &start);
                up.iter().rev().map(|step| step.back().unwrap()).collect()
            }
        };
        let texts: Vec<String> = all.iter().map(|step| render(step).text).collect();
        let text = texts.join("\n");
        let hazards: Vec<Hazard> = all.iter().flat_map(Changes::hazards).collect();
        for hazard in &hazards {
            if let (HazardKind::Changes | HazardKind::MayFail, Some(query)) =
                (hazard.kind, &hazard.query)
            {
                assert!(
                    text.contains(query.as_str()),
                    "{query} is not told:\n{text}"
                );
            }
        }
        (text, hazards)
    }
}

/// What a type can't hold is not asked for.
#[test]
fn a_text_that_always_fits_is_no_doubt() {
    for (from, fits, short) in [
        (
            "character(36)",
            "character varying(36)",
            "character varying(35)",
        ),
        ("character varying(3)", "character(3)", "character(2)"),
        ("uuid", "character varying(36)", "character(35)"),
        ("boolean", "character(5)", "character varying(4)"),
        ("smallint", "character varying(6)", "character varying(5)"),
        ("integer", "character(11)", "character(10)"),
        ("bigint", "character varying(20)", "character varying(19)"),
        ("bit(8)", "character varying(8)", "character varying(7)"),
        ("mood", "character varying(3)", "character varying(2)"),
    ] {
        let may_fail = |to: &str| {
            let (_, hazards) = Way::Upgrade.of(Dialect::Postgres, (from, to), false);
            let mut all = hazards.iter();
            all.any(|hazard| hazard.kind == HazardKind::MayFail)
        };
        assert!(!may_fail(fits), "{from} to {fits}");
        assert!(may_fail(short), "{from} to {short}");
    }
    let to = "character(40)";
    let (_, hazards) = Way::Upgrade.of(Dialect::Postgres, ("uuid", to), false);
    let mut all = hazards.iter();
    assert!(
        all.all(|hazard| hazard.kind != HazardKind::Changes),
        "{hazards:?}"
    );
}

#[test]
fn on_postgres() {
    kept_on_postgres(Way::Upgrade);
}

#[test]
fn on_postgres_on_the_way_back() {
    kept_on_postgres(Way::Downgrade);
}

#[test]
fn on_postgres_while_others_work() {
    kept_on_postgres(Way::Online);
}

#[test]
fn on_postgres_while_others_work_on_the_way_back() {
    kept_on_postgres(Way::OnlineDowngrade);
}

fn kept_on_postgres(way: Way) {
    let database = Postgres::new();
    let mut client = database.connect();
    client.batch_execute(TYPES).unwrap();
    let mut wrong = Vec::new();
    let mut converted = 0;
    for (from, values) in POSTGRES {
        for (to, _) in POSTGRES.iter().filter(|(to, _)| to != from) {
            let (script, hazards) = way.of(Dialect::Postgres, (from, to), false);
            for zone in ["UTC", "America/New_York"] {
                client
                    .batch_execute(&format!("SET TimeZone = '{zone}'"))
                    .unwrap();
                for value in *values {
                    match outcome(&mut client, (from, to), value, &script, &hazards) {
                        Some(Ok(())) => converted += 1,
                        Some(Err(problem)) => wrong.push(problem),
                        None => {}
                    }
                }
                // What is no time knows of no zones, and dates are those of UTC.
                if !from.contains("timestamp") || !to.contains("timestamp") {
                    break;
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(converted > 2500, "{converted}");
}

/// `None` where the database converts no value of the type.
fn outcome(
    client: &mut postgres::Client,
    (from, to): (&str, &str),
    value: &str,
    script: &str,
    hazards: &[Hazard],
) -> Option<Result<(), String>> {
    let literal = value.replace('\'', "''");
    client
        .batch_execute(&format!(
            "BEGIN; CREATE TABLE t (x {from}); INSERT INTO t VALUES ('{literal}'), (NULL);"
        ))
        .unwrap();
    let before = text(client);
    let (mut found, mut asked_in_vain) = (Vec::new(), Vec::new());
    for hazard in hazards {
        let Some(query) = &hazard.query else {
            found.push(hazard);
            continue;
        };
        client.batch_execute("SAVEPOINT s").unwrap();
        match client.query(&format!("SELECT * FROM ({query}) AS q"), &[]) {
            Ok(rows) if rows.is_empty() => {}
            Ok(rows) => {
                if rows.len() > 1 {
                    client.batch_execute("ROLLBACK").unwrap();
                    return Some(Err(format!("{query} finds NULL")));
                }
                found.push(hazard);
            }
            Err(_) => asked_in_vain.push(hazard),
        }
        client.batch_execute("ROLLBACK TO s").unwrap();
    }
    let mut outcome = Outcome {
        pair: format!("{from} -> {to}"),
        value,
        found,
    };
    let result = match client.batch_execute(script) {
        Err(error) => {
            let error = error.as_db_error().unwrap().message().to_owned();
            let is_none = ["cannot cast type", "cannot be cast"]
                .iter()
                .any(|what| error.contains(what));
            if is_none {
                None
            } else {
                // A value that can't be read stops the query too.
                outcome.found.extend(asked_in_vain);
                Some(outcome.refused(&error))
            }
        }
        Ok(()) => {
            let now = text(client);
            let quoted = now.replace('\'', "''");
            client.batch_execute("SAVEPOINT s").unwrap();
            let back = client.query_one(
                &format!("SELECT ('{quoted}'::text)::{from}::text IS NOT DISTINCT FROM '{}'::{from}::text", before.replace('\'', "''")),
                &[],
            );
            let numbers = |one: &str, other: &str| {
                matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(one), Ok(other)) if one == other)
                    && !from.starts_with("text")
                    && !from.starts_with("char")
                    && trimmed(one) == trimmed(other)
            };
            // A floating-point number is written with as many digits as it takes to read it back.
            let is_read_back = match to {
                "real" => now.parse::<f32>().ok() == before.parse().ok(),
                "double precision" => now.parse::<f64>().ok() == before.parse().ok(),
                "money" => {
                    let plain = now.replace(['$', ','], "");
                    trimmed(&plain) == trimmed(&before)
                }
                "boolean" => matches!(
                    (before.as_str(), now.as_str()),
                    ("0", "false") | ("1", "true")
                ),
                _ => false,
            };
            if is_read_back && !from.starts_with("text") {
                client.batch_execute("ROLLBACK").unwrap();
                return Some(Ok(()));
            }
            let is_kept = now == before
                || numbers(&now, &before)
                || back.is_ok_and(|row| row.get(0))
                || is_same_json(from, &now, &before);
            client.batch_execute("ROLLBACK TO s").unwrap();
            Some(if is_kept {
                outcome.kept()
            } else {
                outcome.changed(&now)
            })
        }
    };
    client.batch_execute("ROLLBACK").unwrap();
    result
}

/// A number without zeros at the end.
pub(crate) fn trimmed(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// Spaces and the order of keys are no part of a JSON value.
fn is_same_json(from: &str, now: &str, before: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "");
    from == "json" && plain(now) == plain(before)
}

fn text(client: &mut postgres::Client) -> String {
    let query = "SELECT x::text FROM t WHERE x IS NOT NULL";
    let row = client.query_opt(query, &[]).unwrap();
    row.map_or_else(|| "NULL".to_owned(), |row| row.get(0))
}

pub(crate) const SQLITE: &[&str] = &[
    "0",
    "7",
    "-1",
    "1.5",
    "2.0",
    "0.1",
    "9007199254740993",
    "9223372036854775807",
    "1e300",
    "'00701'",
    "'701'",
    "' 7'",
    "'abc'",
    "''",
    "'1.0'",
    "'1.50'",
    "'1e3'",
    "'12345678901234567890'",
    "'0.30000000000000004'",
    "x'00ff'",
    "x'37'",
    "0.30000000000000004",
    "'-0'",
    "'0x10'",
    "'nan'",
];

#[test]
fn on_sqlite() {
    kept_on_sqlite(Way::Upgrade);
}

#[test]
fn on_sqlite_on_the_way_back() {
    kept_on_sqlite(Way::Downgrade);
}

/// There is no other way to write it.
#[test]
fn on_sqlite_while_others_work() {
    kept_on_sqlite(Way::Online);
    kept_on_sqlite(Way::OnlineDowngrade);
}

fn kept_on_sqlite(way: Way) {
    let kinds = [
        "INTEGER",
        "TEXT",
        "REAL",
        "NUMERIC",
        "BLOB",
        "VARCHAR(3)",
        "BOOLEAN",
        "DATETIME",
    ];
    let strict = ["INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT"];
    let mut wrong = Vec::new();
    for (kinds, is_strict) in [(&kinds[..], false), (&strict[..], true)] {
        for from in kinds {
            for to in kinds.iter().filter(|to| *to != from) {
                let (script, hazards) = way.of(Dialect::Sqlite, (from, to), is_strict);
                for value in SQLITE {
                    wrong.extend(of_sqlite((from, to, is_strict), value, &script, &hazards).err());
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn of_sqlite(
    (from, to, is_strict): (&str, &str, bool),
    value: &str,
    script: &str,
    hazards: &[Hazard],
) -> Result<(), String> {
    let conn = rusqlite::Connection::open_in_memory().unwrap();
    let options = if is_strict { "STRICT" } else { "" };
    conn.execute_batch(&format!("CREATE TABLE t (x {from}) {options}"))
        .unwrap();
    if conn
        .execute_batch(&format!("INSERT INTO t VALUES ({value}), (NULL)"))
        .is_err()
    {
        return Ok(());
    }
    let one = |query: &str| {
        conn.query_row(query, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    let before = one("SELECT quote(x) FROM t WHERE x IS NOT NULL");
    let mut found = Vec::new();
    for hazard in hazards {
        let Some(query) = &hazard.query else {
            found.push(hazard);
            continue;
        };
        let rows: i64 = conn
            .query_row(&format!("SELECT count(*) FROM ({query})"), [], |row| {
                row.get(0)
            })
            .unwrap();
        assert!(rows < 2, "{query} finds NULL");
        if rows == 1 {
            found.push(hazard);
        }
    }
    let outcome = Outcome {
        pair: format!("{from} -> {to} {options}"),
        value,
        found,
    };
    if let Err(error) = conn.execute_batch(script) {
        return outcome.refused(&error.to_string());
    }
    let now = one("SELECT quote(x) FROM t WHERE x IS NOT NULL");
    let back = one(&format!(
        "SELECT quote(CAST(x AS {})) FROM t WHERE x IS NOT NULL",
        if from == "ANY" { "NUMERIC" } else { from }
    ));
    let numbers = ["integer", "real"];
    let is_number =
        |value: &str| numbers.contains(&one(&format!("SELECT typeof({value})")).as_str());
    let is_same = is_number(&now)
        && is_number(&before)
        && one(&format!("SELECT CAST({now} = {before} AS TEXT)")) == "1";
    // A number that is written as a text, and a text that is written as bytes.
    let is_read = ["NUMERIC", "BLOB", "TEXT"].iter().any(|kind| {
        one(&format!(
            "SELECT CAST(CAST({now} AS {kind}) = {before} AS TEXT)"
        )) == "1"
            && (*kind != "NUMERIC" || is_number(&before))
    });
    if now == before || back == before || is_same || is_read {
        outcome.kept()
    } else {
        outcome.changed(&now)
    }
}
