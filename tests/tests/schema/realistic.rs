//! Every table of a realistic schema changed by one revision: what hangs on them, and on each other, is in the way.

use migrate_chain::Dialect;
use migrate_schema::diff::Answers;
use migrate_schema::model::{Column, Schema, Table};

use crate::change::{Change, Read, schema_of};

macro_rules! schemas {
    ($($name:ident: $engine:ty, $file:literal;)+) => {
        mod renamed {
            use crate::support::{Postgres, Sqlite};
            $(#[test]
            fn $name() {
                super::everything_is_renamed::<$engine>(include_str!($file));
            })+
        }
        mod changed {
            use crate::support::{Postgres, Sqlite};
            $(#[test]
            fn $name() {
                super::every_table_changes::<$engine>(include_str!($file));
            })+
        }
    };
}

schemas! {
    a_shop_on_sqlite: Sqlite, "ddl/sqlite.sql";
    a_shop_on_postgres: Postgres, "ddl/postgres.sql";
    a_clinic_on_sqlite: Sqlite, "ddl/clinic.sqlite.sql";
    a_clinic_on_postgres: Postgres, "ddl/clinic.postgres.sql";
}

/// What the server at hand can make of it.
fn suited<E: Read>(ddl: &str) -> String {
    match E::DIALECT {
        Dialect::Postgres => migrate_tests::Postgres::shared().suited(ddl),
        _ => ddl.to_owned(),
    }
}

/// The database renames by itself what the revision has to.
fn everything_is_renamed<E: Read>(ddl: &str) {
    let ddl = &suited::<E>(ddl);
    let mut renames = String::new();
    let mut answers = Answers::new();
    for (at, table) in schema_of::<E>(ddl).tables.values().enumerate() {
        let old = table.name.replace('"', "\"\"");
        let new = format!("{}_new", table.name);
        renames += &format!("ALTER TABLE \"{old}\" RENAME TO \"{old}_new\";\n");
        answers = answers.rename(&format!("{}={new}", table.name)).unwrap();
        if table.columns.is_empty() {
            continue;
        }
        let column = &table.columns[at % table.columns.len()].name;
        let quoted = column.replace('"', "\"\"");
        renames +=
            &format!("ALTER TABLE \"{old}_new\" RENAME COLUMN \"{quoted}\" TO \"{quoted}_new\";\n");
        answers = answers
            .rename(&format!("{new}.{column}={column}_new"))
            .unwrap();
    }
    let after = format!("{ddl}\n{renames}");
    Change {
        answers,
        ..Change::new(ddl, "", &after)
    }
    .carry_out::<E>();
}

/// A column comes to each table, and another takes NULL from now on, which on SQLite asks for a new table.
fn every_table_changes<E: Read>(ddl: &str) {
    let ddl = &suited::<E>(ddl);
    let start = schema_of::<E>(ddl);
    let mut wanted: Schema = start.clone();
    for table in wanted.tables.values_mut() {
        let kind = match E::DIALECT {
            Dialect::Sqlite => "TEXT",
            _ => "text",
        };
        let loosened = (table.columns.iter()).position(|column| is_free(table, column));
        if let Some(at) = loosened {
            table.columns[at].nullable = true;
            table.columns[at].not_null_on_conflict = None;
        }
        table
            .columns
            .push(Column::new("newest", kind).not_null().default("'x'"));
        if E::DIALECT == Dialect::Postgres {
            table.columns.last_mut().unwrap().default = Some("'x'::text".to_owned());
        }
    }
    Change::new(ddl, "", "").carry_out_between::<E>(&start, &wanted);
}

/// The UPDATE of the way back, which fills what is empty, fires the triggers of a table: those are left out.
fn is_free(table: &Table, column: &Column) -> bool {
    let key = table.primary_key.as_ref();
    !column.nullable
        && !table
            .opaque
            .iter()
            .any(|one| one.kind == "trigger" && one.create.contains("audited"))
        && column.numbering.is_none()
        && column.generated.is_none()
        && key.is_none_or(|key| !key.columns.contains(&column.name))
}
