//! The tables of the database, as structs.

use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
#[table(name = "entry")]
pub struct Entry {
    #[column(primary_key)]
    pub id: i64,
    pub guest: String,
    #[column(check = "text <> ''")]
    pub text: String,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub at: String,
    #[column(type = "VARCHAR(8)", default = "'en'")]
    pub language: String,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Entry,
];
