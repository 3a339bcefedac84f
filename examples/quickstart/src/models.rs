//! The tables as structs, as the newest revision leaves them: change one, and `revision --autogenerate` writes the next.

use migrate_runtime::{Schema, Table, schema};

/// A spelling that units have agreed on.
#[derive(Table)]
#[table(name = "unit")]
struct Unit {
    #[column(primary_key)]
    code: String,
    name: String,
}

/// What is in stock.
#[derive(Table)]
#[table(
    name = "item",
    check(name = "ck_item_quantity", expr = "quantity >= 0")
)]
struct Item {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    name: String,
    #[column(default = 0)]
    quantity: f64,
    #[column(references = "unit.code")]
    unit: String,
    #[column(default = "''")]
    shelf: String,
}

/// What was put there or taken.
#[derive(Table)]
#[table(name = "movement", index(columns(item_id), name = "movement_item_id"))]
struct Movement {
    #[column(primary_key)]
    id: i64,
    #[column(references = "item.id", on_delete = "cascade")]
    item_id: i64,
    quantity: f64,
    #[column(default = "CURRENT_TIMESTAMP")]
    at: String,
}

/// All of it: what is missing here is dropped.
pub(crate) static SCHEMA: Schema = schema![Unit, Item, Movement];

#[cfg(test)]
mod tests {
    use super::SCHEMA;
    use crate::Versions;

    // Up from nothing, up and down again at each revision, with rows; models and chain agree.
    migrate_schema::migration_tests!(Versions::migrations(), SCHEMA);
}
