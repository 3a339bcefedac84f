//! The tables, as structs.

use migrate_runtime::{DbEnum, Schema, Table, schema};

/// Who may borrow.
#[derive(Table)]
#[table(name = "members")]
pub struct Member {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(unique)]
    email: String,
}

/// How a tool is.
#[derive(DbEnum)]
#[db_enum(name = "tool_state", rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Fine,
    /// Still of use.
    Worn,
    /// To be mended.
    Broken,
}

/// What there is to borrow.
#[derive(Table)]
#[table(name = "tools")]
pub struct Tool {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(default = "'fine'")]
    state: State,
}

/// Who has what.
#[derive(Table)]
#[table(name = "loans", check(name = "ck_loans_days", expr = "days > 0"))]
pub struct Loan {
    #[column(primary_key)]
    id: i64,
    #[column(references = "tools.id", index)]
    tool_id: i64,
    #[column(references = "members.id")]
    member_id: i64,
    #[column(default = 14)]
    days: i32,
    returned_at: Option<String>,
}

/// All of it: what is missing here is dropped.
pub static SCHEMA: Schema = schema![Member, Tool, Loan];
