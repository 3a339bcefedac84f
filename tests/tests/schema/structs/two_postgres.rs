//! The tables of the database, as structs.

use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
#[table(name = "entry")]
#[table(check(name = "entry_text", expr = "text <> ''::text"))]
pub struct Entry {
    #[column(primary_key, identity = "always")]
    pub id: i64,
    pub guest: String,
    pub text: String,
    #[column(default = "now()")]
    pub at: std::time::SystemTime,
    #[column(type = "character varying(8)", default = "'en'::character varying")]
    pub language: String,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Entry,
];
