use migrate_runtime::schema::Schema;

use crate::hints::Hints;

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
    let mut hints = Hints::default();
    for table in schema.tables {
        if let Some(old) = table.renamed_from {
            hints.tables.insert(table.name.to_owned(), old.to_owned());
        }
        for column in table.columns {
            if let Some(old) = column.renamed_from {
                let new = (table.name.to_owned(), column.name.to_owned());
                hints.columns.insert(new, old.to_owned());
            }
        }
    }
    for of in super::enums(schema) {
        if let Some(old) = of.renamed_from {
            hints.enums.insert(of.name.to_owned(), old.to_owned());
        }
        for value in of.values {
            if let Some(old) = value.renamed_from {
                let new = (of.name.to_owned(), value.name.to_owned());
                hints.values.insert(new, old.to_owned());
            }
        }
    }
    hints
}
