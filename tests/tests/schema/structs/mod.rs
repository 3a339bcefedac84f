//! Structs that are written of a database: they are the modules here, so that they compile, and they are the schema again.
//!
//! `UPDATE_EXPECT=1` writes them; the run after that compiles them.

use std::fs;
use std::path::{Path, PathBuf};

use migrate_runtime::{Dialect, Migrations, Options, Schema as Models};
use migrate_schema::diff::Answers;
use migrate_schema::introspect::Ignore;
use migrate_schema::scratch::{Scratch, Server, replay_all};
use migrate_schema::structs::{self, Crate};
use migrate_schema::{ddl, models, revision};
use migrate_tests::Postgres;

/// A test for each module: what it is written of, and on which database.
macro_rules! written {
    ($($name:ident: $dialect:ident, $source:expr;)*) => {
        $(
            #[rustfmt::skip]
            #[allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
            mod $name;
        )*

        mod of {
            use super::*;

            $(#[test]
            fn $name() {
                check(stringify!($name), Dialect::$dialect, &$source, &super::$name::SCHEMA);
            })*
        }
    };
}

written! {
    shop_sqlite: Sqlite, Source::Ddl(include_str!("../ddl/sqlite.sql"));
    shop_postgres: Postgres, Source::Ddl(include_str!("../ddl/postgres.sql"));
    clinic_sqlite: Sqlite, Source::Ddl(include_str!("../ddl/clinic.sqlite.sql"));
    clinic_postgres: Postgres, Source::Ddl(include_str!("../ddl/clinic.postgres.sql"));
    odd_sqlite: Sqlite, Source::Ddl(include_str!("odd.sqlite.sql"));
    odd_postgres: Postgres, Source::Ddl(include_str!("odd.postgres.sql"));
    library_sqlite: Sqlite, Source::Example("models");
    library_postgres: Postgres, Source::Example("models");
    ledger_sqlite: Sqlite, Source::Example("library/ledger");
    ledger_postgres: Postgres, Source::Example("library/ledger");
    service: Postgres, Source::Example("service");
    two_sqlite: Sqlite, Source::Example("two-databases");
    two_postgres: Postgres, Source::Example("two-databases");
}

/// What a database is made of.
enum Source {
    Ddl(&'static str),
    /// The chain of an example.
    Example(&'static str),
}

impl Source {
    fn chain(&self, folder: &Path, dialect: Dialect) -> Migrations {
        let mut options = Options::new("versions");
        let versions = match self {
            Source::Ddl(ddl) => {
                let ddl = match dialect {
                    Dialect::Postgres => Postgres::shared().suited(ddl),
                    _ => (*ddl).to_owned(),
                };
                let text = format!(
                    "-- all\n--\n-- revision: a1\n-- down_revision: none\n\n-- upgrade\n{ddl}\n\n-- irreversible: a test\n"
                );
                fs::write(folder.join("a1.sql"), text).unwrap();
                options.dialects = vec![dialect];
                folder.to_owned()
            }
            Source::Example(name) => {
                let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
                let versions = root.join(name).join("versions");
                if !versions.join("chain.lock").exists() {
                    options.dialects = vec![dialect];
                }
                versions
            }
        };
        Migrations::load(versions, &options).unwrap()
    }
}

fn check(name: &str, dialect: Dialect, source: &Source, models: &Models) {
    let folder = tempfile::tempdir().unwrap();
    let migrations = source.chain(folder.path(), dialect);
    let server;
    let scratch = match dialect {
        Dialect::Sqlite => Scratch::Sqlite,
        _ => {
            server = Server::at(&Postgres::shared().url()).unwrap();
            Scratch::Postgres(&server)
        }
    };
    let ignore = Ignore::default();
    let schema = replay_all(&migrations, &scratch, &ignore).unwrap();
    let written = structs::write(&schema, &[]);
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/schema/structs")
        .join(format!("{name}.rs"));
    expect_test::expect_file![path].assert_eq(&written.text);

    let schemas = models::read(&migrations, models, &scratch, &ignore)
        .unwrap_or_else(|error| panic!("{error:#}"));
    let found = revision::work_out([&schemas], &ddl::renames(models), &Answers::new());
    let found = found.unwrap_or_else(|refusal| panic!("{refusal:#?}"));
    // A constraint that is NOT VALID is the one thing that models ask to be otherwise.
    let not_valid = written.unsaid.iter().filter(|one| one.kind == "NOT VALID");
    let expected: Vec<&str> = not_valid.map(|one| one.name.as_str()).collect();
    let described = found.changes[0].describe();
    assert_eq!(described.len(), expected.len(), "{described:#?}");
    for (line, name) in described.iter().zip(expected) {
        assert!(
            line.starts_with("validate ") && line.contains(name),
            "{described:#?}"
        );
    }
}

/// A field has the type of a crate where the crate is named.
#[test]
fn crates_are_used_where_they_are_named() {
    use migrate_schema::model::{Column, Schema, Table};

    let mut schema = Schema::new(Dialect::Postgres);
    let table = Table::new("t")
        .with(Column::new("a", "uuid"))
        .with(Column::new("b", "timestamp with time zone").not_null())
        .with(Column::new("c", "date"))
        .with(Column::new("d", "jsonb"))
        .with(Column::new("e", "numeric"))
        .with(Column::new("f", "numeric(10,2)"));
    schema.add(table);
    let fields = |crates: &[Crate]| {
        let text = structs::write(&schema, crates).text;
        let from = text.find("pub struct").unwrap();
        text[from..text.find("}\n").unwrap()].to_owned()
    };
    let all = [
        Crate::Uuid,
        Crate::Chrono,
        Crate::SerdeJson,
        Crate::RustDecimal,
    ];
    expect_test::expect![[r#"
        pub struct T {
            pub a: Option<uuid::Uuid>,
            pub b: chrono::DateTime<chrono::Utc>,
            pub c: Option<chrono::NaiveDate>,
            pub d: Option<serde_json::Value>,
            pub e: Option<rust_decimal::Decimal>,
            #[column(type = "numeric(10,2)")]
            pub f: Option<String>,
    "#]]
    .assert_eq(&fields(&all));
    expect_test::expect![[r#"
        pub struct T {
            #[column(type = "uuid")]
            pub a: Option<String>,
            pub b: jiff::Timestamp,
            pub c: Option<jiff::civil::Date>,
            #[column(type = "jsonb")]
            pub d: Option<String>,
            #[column(type = "numeric")]
            pub e: Option<String>,
            #[column(type = "numeric(10,2)")]
            pub f: Option<String>,
    "#]]
    .assert_eq(&fields(&[Crate::Jiff]));
    expect_test::expect![[r#"
        pub struct T {
            #[column(type = "uuid")]
            pub a: Option<String>,
            pub b: std::time::SystemTime,
            #[column(type = "date")]
            pub c: Option<String>,
            #[column(type = "jsonb")]
            pub d: Option<String>,
            #[column(type = "numeric")]
            pub e: Option<String>,
            #[column(type = "numeric(10,2)")]
            pub f: Option<String>,
    "#]]
    .assert_eq(&fields(&[]));
}
