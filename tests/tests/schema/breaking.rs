//! `breaking:` says what the plain statements of the old release experience on the new schema: it stands where one of them
//! fails, or reads something else, and nowhere else.

use migrate_chain::Dialect;
use migrate_schema::diff::{Answers, Changes, SchemaPair, diff};
use migrate_schema::hints::Hints;
use migrate_schema::model::{Column, Numbering, Schema, Table};
use migrate_schema::render::render;

use crate::change::{Read, schema_of};
use crate::support::{Engine, Postgres, Sqlite};
use crate::values::{POSTGRES, SQLITE, TYPES, trimmed};

/// A statement that programs of the old release run, and the query that reads what it did.
struct Plain {
    run: String,
    read: Option<String>,
}

/// Every table: all columns are read; a row is written with all its columns, with those that it must have, without each
/// value that it may lack, and with each value that a column may have.
fn statements(schema: &Schema, values: &dyn Fn(&Column) -> Vec<String>) -> Vec<Plain> {
    let mut all = Vec::new();
    for table in schema.tables.values() {
        let names: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
        all.push(Plain {
            run: format!("SELECT {} FROM {}", names.join(", "), table.name),
            read: None,
        });
        let written: Vec<&Column> = table.columns.iter().filter(|one| is_written(one)).collect();
        let first = |column: &Column| values(column).remove(0);
        let row =
            |of: &dyn Fn(&Column) -> Option<String>| insert(schema.dialect, table, &written, of);
        all.push(row(&|column| Some(first(column))));
        all.push(row(&|column| {
            is_required(schema.dialect, table, column).then(|| first(column))
        }));
        for one in &written {
            if one.nullable && !is_key(table, one) {
                let null = |column: &Column| {
                    if column.name == one.name {
                        "NULL".to_owned()
                    } else {
                        first(column)
                    }
                };
                all.push(row(&|column| Some(null(column))));
            }
            for value in values(one) {
                let with = |column: &Column| {
                    if column.name == one.name {
                        value.clone()
                    } else {
                        first(column)
                    }
                };
                all.push(row(&|column| Some(with(column))));
            }
        }
    }
    all
}

fn is_written(column: &Column) -> bool {
    column.generated.is_none() && column.numbering != Some(Numbering::IdentityAlways)
}

fn is_key(table: &Table, column: &Column) -> bool {
    let key = table.primary_key.as_ref();
    key.is_some_and(|key| key.columns.contains(&column.name))
}

fn is_required(dialect: Dialect, table: &Table, column: &Column) -> bool {
    let is_numbered = column.numbering.is_some()
        || dialect == Dialect::Sqlite && column.kind == "INTEGER" && is_key(table, column);
    let takes_null = column.nullable && !(is_key(table, column) && table.without_rowid);
    !takes_null && column.default.is_none() && !is_numbered
}

fn insert(
    dialect: Dialect,
    table: &Table,
    written: &[&Column],
    value: &dyn Fn(&Column) -> Option<String>,
) -> Plain {
    let given: Vec<(&str, String)> = (written.iter())
        .filter_map(|column| Some((column.name.as_str(), value(column)?)))
        .collect();
    let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
    let values: Vec<&str> = given.iter().map(|(_, value)| value.as_str()).collect();
    if given.is_empty() {
        return Plain {
            run: format!("INSERT INTO {} DEFAULT VALUES", table.name),
            read: None,
        };
    }
    let shown: Vec<String> = names.iter().map(|name| shown(dialect, name)).collect();
    Plain {
        run: format!(
            "INSERT INTO {} ({}) VALUES ({})",
            table.name,
            names.join(", "),
            values.join(", ")
        ),
        read: Some(format!(
            "SELECT {} FROM {}",
            shown.join(" || ' ' || "),
            table.name
        )),
    }
}

/// A value as a program gets it: as what kind of a thing, and its text.
fn shown(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("quote({column})"),
        _ => format!(
            "coalesce((SELECT t.typcategory::text || coalesce(e.typcategory::text, '') FROM pg_type t \
                LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' WHERE t.oid = pg_typeof({column})) || format(':%s', {column}), 'NULL')"
        ),
    }
}

/// Whether a program takes two values for the same: zeros behind a fraction are none, and a longer floating-point number is
/// written with more digits.
fn is_same(is_longer: bool, old: &str, now: &str) -> bool {
    old == now
        || number(old).is_some() && number(old) == number(now)
        || is_longer
            && number(old).and_then(|text| text.parse::<f32>().ok())
                == number(now).and_then(|text| text.parse::<f32>().ok())
            && number(old).is_some()
}

fn number(text: &str) -> Option<&str> {
    text.strip_prefix("N:").map(trimmed)
}

/// What each says now; nothing stays of it.
type Said = Result<Vec<String>, String>;

fn experience<E: Engine>(client: &mut E::Client, all: &[Plain]) -> Vec<Said> {
    let one = |plain: &Plain| {
        E::execute(client, "BEGIN");
        let said = E::try_execute(client, &plain.run);
        let said = said.map(|()| {
            let read = plain.read.iter();
            read.flat_map(|query| E::column(client, query)).collect()
        });
        E::execute(client, "ROLLBACK");
        said
    };
    all.iter().map(one).collect()
}

fn worked_out(from: &Schema, to: &Schema, answers: &Answers) -> Changes {
    let mut answers = answers.clone();
    // What went is not what came.
    if let Err(refusal) = diff(from, to, &Hints::default(), &answers) {
        for question in &refusal.questions {
            answers = answers.drop(&question.path());
        }
    }
    let pair = SchemaPair::new(from.clone(), to.clone());
    diff(&pair.from, &pair.to, &Hints::default(), &answers).unwrap()
}

/// What is wrong about the header, if anything.
fn judged<E: Read>(
    (before, from): (&str, &Schema),
    changes: &Changes,
    values: &dyn Fn(&Column) -> Vec<String>,
) -> Option<String> {
    let database = E::new();
    judged_in::<E>(&mut database.connect(), (before, from), changes, values)
}

/// In a database that is empty.
fn judged_in<E: Read>(
    client: &mut E::Client,
    (before, from): (&str, &Schema),
    changes: &Changes,
    values: &dyn Fn(&Column) -> Vec<String>,
) -> Option<String> {
    E::execute(client, before);
    let mut all = statements(from, values);
    let mut old = experience::<E>(client, &all);
    // What the old release could not do either is nothing that it did.
    let works: Vec<bool> = old.iter().map(Result::is_ok).collect();
    let mut keep = works.iter();
    all.retain(|_| *keep.next().unwrap());
    old.retain(Result::is_ok);
    if let Err(error) = E::try_execute(client, &render(changes).text) {
        // Nobody could convert it.
        assert!(error.contains("cannot"), "{error}");
        return None;
    }
    let now = experience::<E>(client, &all);
    let kind = |schema: &Schema| {
        let first = schema
            .tables
            .values()
            .find_map(|table| table.columns.first());
        first.map(|column| column.kind.clone())
    };
    let is_longer = kind(from).as_deref() == Some("real")
        && kind(changes.schema_after()).as_deref() == Some("double precision");
    let same = |old: &Said, now: &Said| match (old, now) {
        (Ok(old), Ok(now)) => {
            old.len() == now.len()
                && old
                    .iter()
                    .zip(now)
                    .all(|(old, now)| is_same(is_longer, old, now))
        }
        _ => false,
    };
    let both = all.iter().zip(old.iter().zip(&now));
    let differs = both.into_iter().find(|(_, (old, now))| !same(old, now));
    match (differs, changes.breaking()) {
        (Some((plain, (old, now))), None) => Some(format!(
            "{:?}: {} said {old:?} and says {now:?}, unsaid",
            changes.describe(),
            plain.run
        )),
        (None, Some(breaking)) => Some(format!(
            "{:?}: nothing breaks, and the header says: {breaking}",
            changes.describe()
        )),
        _ => None,
    }
}

/// Both ways between a schema and each that some text in the place of another makes of it.
fn judge<E: Read>(before: &str, changes: &[(&str, &str)]) {
    let values = |column: &Column| -> Vec<String> {
        let values: &[&str] = match column.kind.as_str() {
            "mood" => &["'ok'", "'sad'", "'happy'", "'wild'", "'dead'"],
            "mood[]" => &["'{sad,ok}'"],
            "boolean" => &["true"],
            kind if kind.to_lowercase().contains("int") => &["7"],
            _ => &["'x'"],
        };
        values.iter().map(|&value| value.to_owned()).collect()
    };
    let mut wrong = Vec::new();
    for (from, to) in changes {
        let after = before.replace(from, to);
        assert_ne!(before, after, "{from}");
        for (before, after) in [(before, after.as_str()), (&after, before)] {
            let (from, to) = (schema_of::<E>(before), schema_of::<E>(after));
            let changes = worked_out(&from, &to, &Answers::new());
            // Such as a schema, which stays.
            if changes.is_empty() {
                continue;
            }
            wrong.extend(judged::<E>((before, &from), &changes, &values));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const PLAIN: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT NOT NULL);";

on_both!(tables_and_columns);

fn tables_and_columns<E: Read>() {
    judge::<E>(
        PLAIN,
        &[
            ("a TEXT,", ""),
            ("b INTEGER NOT NULL DEFAULT 5,", ""),
            ("c TEXT NOT NULL", "c TEXT NOT NULL, d TEXT"),
            ("c TEXT NOT NULL", "c TEXT NOT NULL, d TEXT NOT NULL"),
            (
                "c TEXT NOT NULL",
                "c TEXT NOT NULL, d TEXT NOT NULL DEFAULT 'x'",
            ),
            ("c TEXT NOT NULL", "c TEXT"),
            ("c TEXT NOT NULL", "c TEXT NOT NULL DEFAULT 'x'"),
            ("c TEXT NOT NULL", "c TEXT DEFAULT 'x'"),
            ("a TEXT", "a TEXT NOT NULL"),
            ("a TEXT", "a TEXT NOT NULL DEFAULT 'x'"),
            ("a TEXT", "a TEXT DEFAULT 'x'"),
            ("DEFAULT 5", "DEFAULT 6"),
            ("DEFAULT 5", ""),
            ("b INTEGER NOT NULL DEFAULT 5", "b INTEGER"),
            (
                "b INTEGER NOT NULL DEFAULT 5",
                "b INTEGER GENERATED ALWAYS AS (id + 1) STORED",
            ),
            (
                "c TEXT NOT NULL",
                "c TEXT NOT NULL, d INTEGER GENERATED ALWAYS AS (id + 1) STORED",
            ),
            (");", "); CREATE TABLE u (id INTEGER PRIMARY KEY);"),
            (");", "); CREATE INDEX ix_t_a ON t (a);"),
            (
                "c TEXT NOT NULL",
                "c TEXT NOT NULL, CONSTRAINT ck CHECK (b > 0)",
            ),
        ],
    );
    let computed = PLAIN.replace(
        "c TEXT NOT NULL",
        "c TEXT NOT NULL GENERATED ALWAYS AS (a || 'x') STORED",
    );
    judge::<E>(
        &computed,
        &[
            ("GENERATED ALWAYS AS (a || 'x') STORED", ""),
            ("(a || 'x')", "(a || 'y')"),
            ("c TEXT NOT NULL", "c TEXT"),
        ],
    );
    let (from, to) = (schema_of::<E>(PLAIN), PLAIN.replace("a TEXT", "aa TEXT"));
    let renamed = Answers::new().rename("t.a=aa").unwrap();
    let changes = worked_out(&from, &schema_of::<E>(&to), &renamed);
    let values = |_: &Column| vec!["'7'".to_owned()];
    assert_eq!(judged::<E>((PLAIN, &from), &changes, &values), None);
    let to = schema_of::<E>(&PLAIN.replace("TABLE t ", "TABLE tt "));
    let renamed = Answers::new().rename("t=tt").unwrap();
    let changes = worked_out(&from, &to, &renamed);
    assert_eq!(judged::<E>((PLAIN, &from), &changes, &values), None);
}

#[test]
fn kinds_of_tables_on_sqlite() {
    judge::<Sqlite>(
        PLAIN,
        &[
            (");", ") STRICT;"),
            (");", ") WITHOUT ROWID;"),
            ("PRIMARY KEY,", "PRIMARY KEY AUTOINCREMENT,"),
            ("id INTEGER PRIMARY KEY, ", "id INTEGER NOT NULL, "),
            (
                "id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT NOT NULL",
                "id INTEGER NOT NULL, a TEXT, b INTEGER NOT NULL DEFAULT 5, c TEXT NOT NULL, PRIMARY KEY (id, b)",
            ),
            ("a TEXT", "a TEXT COLLATE NOCASE"),
            ("a TEXT", "a VARCHAR(3)"),
            ("c TEXT NOT NULL", "c TEXT NOT NULL, d TEXT AS (c || 'x')"),
        ],
    );
}

#[test]
fn numbers_and_enums_on_postgres() {
    let before = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
        CREATE TABLE t (id integer NOT NULL, m mood DEFAULT 'ok', ms mood[], f boolean, CONSTRAINT pk_t PRIMARY KEY (id));";
    judge::<Postgres>(
        before,
        &[
            ("id integer NOT NULL", "id serial"),
            (
                "id integer NOT NULL",
                "id integer GENERATED BY DEFAULT AS IDENTITY",
            ),
            (
                "id integer NOT NULL",
                "id integer GENERATED ALWAYS AS IDENTITY",
            ),
            ("'happy')", "'happy', 'wild')"),
            ("('sad',", "('dead', 'sad',"),
            (", 'happy')", ")"),
            ("('sad', 'ok', 'happy')", "('ok', 'happy', 'sad')"),
            (
                "CREATE TABLE",
                "CREATE TYPE hue AS ENUM ('red'); CREATE TABLE",
            ),
            ("m mood", "m text"),
            ("f boolean", "f integer"),
            (", CONSTRAINT pk_t PRIMARY KEY (id)", ""),
            ("CREATE TABLE", "CREATE SCHEMA core; CREATE TABLE"),
        ],
    );
    for (from, to) in [
        ("serial", "integer GENERATED BY DEFAULT AS IDENTITY"),
        ("serial", "integer GENERATED ALWAYS AS IDENTITY"),
        (
            "integer GENERATED BY DEFAULT AS IDENTITY",
            "integer GENERATED ALWAYS AS IDENTITY",
        ),
    ] {
        judge::<Postgres>(&before.replace("integer NOT NULL", from), &[(from, to)]);
    }
}

/// Each type and every other: what the old release writes at the edges of its type is taken, and read as it was.
#[test]
fn types_on_postgres() {
    let ddl = |kind: &str| format!("CREATE TABLE t (x {kind});");
    let schema = |ddl: &str| schema_of::<Postgres>(&format!("{TYPES} {ddl}"));
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(&mut client, TYPES);
    let mut wrong = Vec::new();
    // What a domain is made of no schema tells, so it always counts as another type.
    let is_domain = |kind: &str| ["positive", "code"].contains(&kind);
    let kinds = || POSTGRES.iter().filter(|(kind, _)| !is_domain(kind));
    for (from, edges) in kinds() {
        for (to, _) in kinds().filter(|(to, _)| to != from) {
            let (before, after) = (ddl(from), ddl(to));
            let schemas = (schema(&before), schema(&after));
            let changes = worked_out(&schemas.0, &schemas.1, &Answers::new());
            let values = |_: &Column| -> Vec<String> {
                let quoted = |one: &&str| format!("'{}'", one.replace('\'', "''"));
                edges.iter().map(quoted).collect()
            };
            let from = (before.as_str(), &schemas.0);
            wrong.extend(judged_in::<Postgres>(&mut client, from, &changes, &values));
            Postgres::execute(&mut client, "DROP TABLE t");
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// As on PostgreSQL; and since SQLite keeps what it can't convert, a row that was there is read as it was.
#[test]
fn types_on_sqlite() {
    let kinds = [
        "INTEGER",
        "TEXT",
        "REAL",
        "NUMERIC",
        "BLOB",
        "VARCHAR(3)",
        "BOOLEAN",
    ];
    let strict = ["INTEGER", "TEXT", "REAL", "BLOB", "ANY"];
    let mut wrong = Vec::new();
    for (kinds, options) in [(&kinds[..], ""), (&strict[..], "STRICT")] {
        let is_strict = !options.is_empty();
        for from in kinds {
            for to in kinds.iter().filter(|to| *to != from) {
                let ddl = |kind: &str| format!("CREATE TABLE t (x {kind}) {options};");
                let (before, after) = (
                    schema_of::<Sqlite>(&ddl(from)),
                    schema_of::<Sqlite>(&ddl(to)),
                );
                let changes = worked_out(&before, &after, &Answers::new());
                let script = render(&changes).text;
                let differs = SQLITE.iter().find_map(|value| {
                    let conn = rusqlite::Connection::open_in_memory().unwrap();
                    conn.execute_batch(&ddl(from)).unwrap();
                    let insert = format!("INSERT INTO t VALUES ({value})");
                    let read = || {
                        let mut all = conn.prepare("SELECT quote(x) FROM t").unwrap();
                        let all = all.query_map([], |row| row.get::<_, String>(0)).unwrap();
                        all.map(Result::unwrap).collect::<Vec<_>>()
                    };
                    conn.execute_batch(&insert).ok()?;
                    let of = format!("SELECT typeof({value})");
                    let of = conn.query_row(&of, [], |row| row.get::<_, String>(0)).ok();
                    // Programs write what their column is for.
                    let misfit = match (*from, of.as_deref()) {
                        ("INTEGER" | "BOOLEAN", kind) => kind != Some("integer"),
                        ("REAL", kind) => kind != Some("real"),
                        ("TEXT" | "VARCHAR(3)", kind) => kind != Some("text"),
                        ("BLOB", kind) => is_strict && kind != Some("blob"),
                        _ => false,
                    };
                    if misfit {
                        return None;
                    }
                    let old = read().concat();
                    let upgraded = conn.execute_batch(&script);
                    let written = upgraded.and_then(|()| conn.execute_batch(&insert));
                    let now = match written {
                        Ok(()) => read(),
                        Err(error) => vec![error.to_string()],
                    };
                    (now != [old.clone(), old.clone()]).then(|| format!("{old} becomes {now:?}"))
                });
                match (differs, changes.breaking()) {
                    (Some(differs), None) => {
                        wrong.push(format!("{from} -> {to} {options}: {differs}, unsaid"));
                    }
                    (None, Some(_)) => wrong.push(format!(
                        "{from} -> {to} {options}: nothing breaks, and it is said"
                    )),
                    _ => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
