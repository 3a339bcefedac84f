use std::collections::BTreeMap;

use migrate_chain::Dialect;
use migrate_runtime::schema::Schema;

use super::names;
use crate::hints::Hints;
use crate::sql::qualified::{bare, join};

/// What the models say of their own past.
///
/// ```
/// use migrate_runtime::{Schema, Table, schema};
///
/// #[derive(Table)]
/// #[table(name = "users", renamed_from = "accounts")]
/// struct User {
///     #[column(renamed_from = "mail")]
///     email: String,
/// }
///
/// static SCHEMA: Schema = schema![User];
///
/// let hints = migrate_schema::ddl::renames(&SCHEMA);
/// assert_eq!(hints.tables["users"], "accounts");
/// assert_eq!(hints.columns[&("users".to_owned(), "email".to_owned())], "mail");
/// ```
pub fn renames(schema: &Schema) -> Hints {
    Hints {
        sqlite: Some(Box::new(of(schema, Dialect::Sqlite))),
        sqlite_names: sqlite_names(schema),
        ..of(schema, Dialect::Postgres)
    }
}

/// The tables that have a schema, and those that had.
fn sqlite_names(schema: &Schema) -> BTreeMap<String, String> {
    let now = schema.tables.iter().map(|table| {
        let on = |dialect| names::table(table, dialect);
        (on(Dialect::Postgres), on(Dialect::Sqlite))
    });
    let before = schema.tables.iter().filter_map(|table| {
        let old = table.renamed_from?;
        Some((old.to_owned(), join(None, &bare(old))))
    });
    let all = before.chain(now);
    all.filter(|(postgres, sqlite)| postgres != sqlite)
        .collect()
}

fn of(schema: &Schema, dialect: Dialect) -> Hints {
    let is_sqlite = dialect == Dialect::Sqlite;
    let mut hints = Hints::default();
    for table in schema.tables {
        let name = names::table(table, dialect);
        if let Some(old) = table.renamed_from {
            let old = if is_sqlite {
                join(None, &bare(old))
            } else {
                old.to_owned()
            };
            // What had another name on SQLite can't be told from here: it is asked about.
            if is_sqlite && table.sqlite_name.is_some() {
                hints.doubtful.insert(name.clone());
            }
            // From one schema to another nothing changes on SQLite.
            if !(is_sqlite && old == name) {
                hints.tables.insert(name.clone(), old);
            }
        }
        for column in table.columns {
            if let Some(old) = column.renamed_from {
                let new = (name.clone(), column.name.to_owned());
                hints.columns.insert(new, old.to_owned());
            }
        }
    }
    for of in super::enums(schema) {
        let name = names::enumeration(of);
        if let Some(old) = of.renamed_from {
            hints.enums.insert(name.clone(), old.to_owned());
        }
        for value in of.values {
            if let Some(old) = value.renamed_from {
                let new = (name.clone(), value.name.to_owned());
                hints.values.insert(new, old.to_owned());
            }
        }
    }
    hints
}
