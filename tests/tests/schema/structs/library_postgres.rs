//! The tables of the database, as structs.

use migrate_runtime::{DbEnum, Schema, Table, schema};

#[derive(DbEnum)]
#[db_enum(name = "tool_condition", rename_all = "snake_case")]
pub enum ToolCondition {
    Fine,
    Broken,
    InRepair,
}

#[derive(Table)]
#[table(name = "payments", schema = "billing")]
#[table(index(columns(paid_by)))]
#[table(index(columns(taken_by)))]
pub struct Payments {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(references = "public.members.id")]
    pub taken_by: i64,
    #[column(references = "public.members.id")]
    pub paid_by: i64,
    #[column(check = "euros > 0")]
    pub euros: i64,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub paid_at: std::time::SystemTime,
}

#[derive(Table)]
#[table(name = "categories")]
pub struct Categories {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(unique)]
    pub name: String,
    #[column(references = "categories.id", on_delete = "set null")]
    pub parent_id: Option<i64>,
}

#[derive(Table)]
#[table(name = "fees")]
#[table(index(columns(loan_id), name = "ix_fees_open", where = "paid_at IS NULL"))]
pub struct Fees {
    #[column(primary_key, references = "loans.id", on_delete = "cascade")]
    pub loan_id: i64,
    #[column(check = "days_late > 0")]
    pub days_late: i32,
    #[column(default = "50")]
    pub cents_a_day: i32,
    #[column(generated = "days_late * cents_a_day", stored)]
    pub cents: i32,
    pub paid_at: Option<std::time::SystemTime>,
}

#[derive(Table)]
#[table(name = "loans")]
#[table(index(columns(member_id)))]
#[table(index(columns(tool_id), name = "uq_loans_tool_id_open", unique, where = "returned_at IS NULL"))]
pub struct Loans {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(references = "tools.id")]
    pub tool_id: i64,
    #[column(references = "members.id")]
    pub member_id: i64,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub lent_at: std::time::SystemTime,
    #[column(check = "days > 0")]
    pub days: i32,
    pub returned_at: Option<std::time::SystemTime>,
}

#[derive(Table)]
#[table(name = "members")]
#[table(index(expr = "lower(email)", name = "uq_members_email_lower", unique))]
pub struct Members {
    #[column(primary_key, identity)]
    pub id: i64,
    pub name: String,
    pub email: String,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub joined_at: std::time::SystemTime,
}

#[derive(Table)]
#[table(name = "opening_hours")]
#[table(primary_key(columns(site_id, weekday)))]
#[table(check(name = "ck_opening_hours_order", expr = "opens < closes"))]
pub struct OpeningHours {
    #[column(references = "sites.id", on_delete = "cascade")]
    pub site_id: i64,
    #[column(check = "(weekday >= 1) AND (weekday <= 7)")]
    pub weekday: i16,
    #[column(type = "time without time zone")]
    pub opens: String,
    #[column(type = "time without time zone")]
    pub closes: String,
}

#[derive(Table)]
#[table(name = "repairs")]
#[table(index(columns(tool_id)))]
pub struct Repairs {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(references = "tools.id", on_delete = "cascade")]
    pub tool_id: i64,
    pub report: String,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub reported_at: std::time::SystemTime,
    pub done_at: Option<std::time::SystemTime>,
}

#[derive(Table)]
#[table(name = "reservations")]
#[table(primary_key(columns(tool_id, member_id)))]
#[table(index(columns(member_id)))]
pub struct Reservations {
    #[column(references = "tools.id", on_delete = "cascade")]
    pub tool_id: i64,
    #[column(references = "members.id", on_delete = "cascade")]
    pub member_id: i64,
    #[column(type = "date")]
    pub until: String,
}

#[derive(Table)]
#[table(name = "shelves")]
#[table(primary_key(columns(site_id, code)))]
pub struct Shelves {
    #[column(references = "sites.id", on_delete = "cascade")]
    pub site_id: i64,
    pub code: String,
}

#[derive(Table)]
#[table(name = "sites")]
pub struct Sites {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(unique)]
    pub name: String,
}

#[derive(Table)]
#[table(name = "tags")]
pub struct Tags {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(unique)]
    pub name: String,
}

#[derive(Table)]
#[table(name = "tool_tags")]
#[table(primary_key(columns(tool_id, tag_id)))]
#[table(index(columns(tag_id)))]
pub struct ToolTags {
    #[column(references = "tools.id", on_delete = "cascade")]
    pub tool_id: i64,
    #[column(references = "tags.id", on_delete = "cascade")]
    pub tag_id: i64,
}

#[derive(Table)]
#[table(name = "tools")]
#[table(foreign_key(columns(site_id, shelf), references = "shelves(site_id, code)"))]
#[table(check(name = "ck_tools_price", expr = "price_cents >= 0"))]
#[table(index(columns(category_id)))]
#[table(index(expr = "lower(name)", name = "ix_tools_name_lower"))]
#[table(index(columns(search)))]
#[table(index(columns(site_id, shelf)))]
pub struct Tools {
    #[column(primary_key, identity)]
    pub id: i64,
    pub name: String,
    pub site_id: i64,
    pub shelf: String,
    #[column(references = "categories.id", on_delete = "set null")]
    pub category_id: Option<i64>,
    pub price_cents: i32,
    #[column(type = "date")]
    pub bought_on: Option<String>,
    #[column(unique)]
    pub label: String,
    #[column(default = "'fine'::tool_condition")]
    pub condition: ToolCondition,
    #[column(type = "jsonb", default = "'{}'::jsonb")]
    pub details: String,
    #[column(generated = "lower(((label || ' '::text) || name))", stored)]
    pub search: String,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Categories,
    Fees,
    Loans,
    Members,
    OpeningHours,
    Payments,
    Repairs,
    Reservations,
    Shelves,
    Sites,
    Tags,
    ToolTags,
    Tools,
];

// Models can't say these. What a revision makes of them is kept by those that are generated:
//
// - view billing.income
// - schema privileges billing
