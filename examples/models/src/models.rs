//! The tables, as structs.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use migrate_runtime::{DbEnum, Schema, Table, schema};
use serde_json::Value;

/// Who may borrow.
#[derive(Table)]
#[table(
    name = "members",
    index(expr = "lower(email)", name = "uq_members_email_lower", unique)
)]
pub struct Member {
    /// Printed on the card, so never given twice.
    #[column(primary_key, auto_increment)]
    id: i64,
    name: String,
    email: String,
    #[column(default = "CURRENT_TIMESTAMP")]
    joined_at: Timestamp,
}

/// Where tools are kept: the library has more than one house.
#[derive(Table)]
#[table(name = "sites")]
pub struct Site {
    #[column(primary_key, identity)]
    id: i64,
    #[column(unique)]
    name: String,
}

/// When a site is open; 1 is Monday.
#[derive(Table)]
#[table(
    name = "opening_hours",
    primary_key(site_id, weekday),
    check(name = "ck_opening_hours_weekday", expr = "weekday BETWEEN 1 AND 7"),
    check(name = "ck_opening_hours_order", expr = "opens < closes")
)]
pub struct OpeningHours {
    #[column(references = "sites.id", on_delete = "cascade")]
    site_id: i64,
    weekday: i16,
    opens: Time,
    closes: Time,
}

/// A shelf of a site, by the code that is painted on it.
#[derive(Table)]
#[table(name = "shelves", primary_key(site_id, code))]
pub struct Shelf {
    #[column(references = "sites.id", on_delete = "cascade")]
    site_id: i64,
    code: String,
}

/// Drills below power tools, power tools below tools.
#[derive(Table)]
#[table(name = "categories")]
pub struct Category {
    #[column(primary_key, identity)]
    id: i64,
    #[column(unique)]
    name: String,
    #[column(references = "categories.id", on_delete = "set null")]
    parent_id: Option<i64>,
}

/// How a tool is.
#[derive(DbEnum)]
#[db_enum(name = "tool_condition", rename_all = "snake_case")]
pub enum Condition {
    /// As it should be.
    Fine,
    /// To be mended.
    Broken,
    /// Being mended.
    InRepair,
}

/// What there is to borrow.
#[derive(Table)]
#[table(
    name = "tools",
    foreign_key(columns(site_id, shelf), references = "shelves(site_id, code)"),
    index(columns(site_id, shelf)),
    index(expr = "lower(name)", name = "ix_tools_name_lower"),
    check(name = "ck_tools_price", expr = "price_cents >= 0")
)]
pub struct Tool {
    #[column(primary_key, identity)]
    id: i64,
    /// What is engraved on it.
    #[column(unique)]
    label: String,
    name: String,
    site_id: i64,
    shelf: String,
    #[column(references = "categories.id", on_delete = "set null", index)]
    category_id: Option<i64>,
    price_cents: i32,
    bought_on: Option<Date>,
    #[column(default = "'fine'")]
    condition: Condition,
    /// What only some tools have, such as a voltage.
    #[column(default = "'{}'")]
    details: Value,
    #[column(generated = "lower(label || ' ' || name)", stored, index)]
    search: String,
}

/// A word that tools are found by.
#[derive(Table)]
#[table(name = "tags")]
pub struct Tag {
    #[column(primary_key, identity)]
    id: i64,
    #[column(unique)]
    name: String,
}

/// Which tool has which tags.
#[derive(Table)]
#[table(name = "tool_tags", primary_key(tool_id, tag_id))]
pub struct ToolTag {
    #[column(references = "tools.id", on_delete = "cascade")]
    tool_id: i64,
    #[column(references = "tags.id", on_delete = "cascade", index)]
    tag_id: i64,
}

/// Who has what. A tool is out once at a time: that is what the index is for.
#[derive(Table)]
#[table(
    name = "loans",
    index(
        columns(tool_id),
        name = "uq_loans_tool_id_open",
        unique,
        where = "returned_at IS NULL"
    ),
    check(name = "ck_loans_days", expr = "days > 0")
)]
pub struct Loan {
    #[column(primary_key, identity)]
    id: i64,
    #[column(references = "tools.id")]
    tool_id: i64,
    #[column(references = "members.id", index)]
    member_id: i64,
    #[column(default = "CURRENT_TIMESTAMP")]
    lent_at: Timestamp,
    days: i32,
    returned_at: Option<Timestamp>,
}

/// Who waits for what, and for how long.
#[derive(Table)]
#[table(name = "reservations", primary_key(tool_id, member_id))]
pub struct Reservation {
    #[column(references = "tools.id", on_delete = "cascade")]
    tool_id: i64,
    #[column(references = "members.id", on_delete = "cascade", index)]
    member_id: i64,
    until: Date,
}

/// What was the matter with a tool, and since when it is well again.
#[derive(Table)]
#[table(name = "repairs")]
pub struct Repair {
    #[column(primary_key, identity)]
    id: i64,
    #[column(references = "tools.id", on_delete = "cascade", index)]
    tool_id: i64,
    report: String,
    #[column(default = "CURRENT_TIMESTAMP")]
    reported_at: Timestamp,
    done_at: Option<Timestamp>,
}

/// What a loan that came back late costs.
#[derive(Table)]
#[table(
    name = "fees",
    index(columns(loan_id), name = "ix_fees_open", where = "paid_at IS NULL"),
    check(name = "ck_fees_days_late", expr = "days_late > 0")
)]
pub struct Fee {
    #[column(primary_key, references = "loans.id", on_delete = "cascade")]
    loan_id: i64,
    days_late: i32,
    #[column(default = 50)]
    cents_a_day: i32,
    #[column(generated = "days_late * cents_a_day", stored)]
    cents: i32,
    paid_at: Option<Timestamp>,
}

/// What was paid for fees. A bookkeeper, who is no member, reads what came in, and nothing else.
#[derive(Table)]
#[table(
    schema = "billing",
    name = "payments",
    check(name = "ck_payments_euros", expr = "euros > 0")
)]
pub struct Payment {
    #[column(primary_key, identity)]
    id: i64,
    /// Who stood at the counter: members, too.
    #[column(references = "members.id", index)]
    taken_by: i64,
    #[column(references = "members.id", index)]
    paid_by: i64,
    euros: i64,
    #[column(default = "CURRENT_TIMESTAMP")]
    paid_at: Timestamp,
}

/// All of it: what is missing here is dropped.
pub static SCHEMA: Schema = schema![
    Member,
    Site,
    OpeningHours,
    Shelf,
    Category,
    Tool,
    Tag,
    ToolTag,
    Loan,
    Reservation,
    Repair,
    Fee,
    Payment
];
