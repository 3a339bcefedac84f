//! The tables of the database, as structs.

use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
#[table(name = "ledger_posting")]
#[table(index(columns(account), name = "ledger_posting_account"))]
pub struct LedgerPosting {
    #[column(primary_key)]
    pub id: i64,
    pub account: String,
    pub amount: i64,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    LedgerPosting,
];
