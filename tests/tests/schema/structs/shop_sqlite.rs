//! The tables of the database, as structs.

use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
#[table(name = "Line items")]
#[table(primary_key(columns(the_order, select)))]
pub struct LineItems {
    #[column(name = "the order")]
    pub the_order: i64,
    #[column(default = "1")]
    pub select: i64,
    #[column(type = "NUMERIC(10, 2)", default = "0.0")]
    pub price: f64,
    #[column(type = "INT", default = "+1")]
    pub quantity: Option<i64>,
    #[column(type = "BOOLEAN", default = "FALSE")]
    pub is_gift: Option<bool>,
    #[column(type = "CLOB")]
    pub note: Option<String>,
    #[column(type(sqlite = ""))]
    pub untyped: Option<Vec<u8>>,
    #[column(check = "total <> 1e-3", generated = "price * quantity - -1", stored)]
    pub total: Option<f64>,
}

#[derive(Table)]
#[table(name = "audit")]
#[table(unique(columns(at, who), on_conflict = "ignore"))]
pub struct Audit {
    #[column(default = "(julianday('now'))")]
    pub at: f64,
    #[column(default = "'system'")]
    pub who: String,
    pub what: String,
}

#[derive(Table)]
#[table(name = "categories")]
#[table(check(name = "ck_categories_parent_id", expr = "parent <> id"))]
#[table(check(name = "ck_categories_parent_path", expr = "CASE WHEN parent IS NULL THEN path = '/' ELSE path GLOB '/*' END"))]
pub struct Categories {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "categories.id", on_delete = "set null", deferrable)]
    pub parent: Option<i64>,
    #[column(unique)]
    pub path: Option<String>,
}

#[derive(Table)]
#[table(name = "memberships", strict, without_rowid)]
#[table(primary_key(columns(user_id, org_id), on_conflict = "replace"))]
#[table(foreign_key(columns(user_id), references = "users(id)", name = "fk_memberships_user", on_delete = "cascade", deferrable = "initially deferred"))]
pub struct Memberships {
    pub user_id: i64,
    #[column(references = "organisations.id")]
    pub org_id: i64,
    #[column(default = "'member'")]
    pub role: String,
}

#[derive(Table)]
#[table(name = "organisations", strict)]
#[table(unique(columns(slug), on_conflict = "fail"))]
pub struct Organisations {
    #[column(primary_key, auto_increment)]
    pub id: i64,
    #[column(collate = "NOCASE")]
    pub name: String,
    pub slug: String,
    #[column(check = r#""plan" IN ('free', 'team', 'enterprise')"#, default = "'free'")]
    pub plan: String,
    #[column(default = "CURRENT_TIMESTAMP")]
    pub created_at: String,
    pub deleted_at: Option<String>,
}

#[derive(Table)]
#[table(name = "users")]
#[table(unique(columns(org_id, email), name = "uq_users_org_email"))]
#[table(index(expr = "lower(email)", columns(org_id), name = "ix_users_email", unique, where = "last_seen IS NOT NULL AND age > 0"))]
#[table(index(columns(display_name collate "RTRIM" desc, age), name = "ix_users_name"))]
#[table(index(columns(order desc, email_lower), name = "odd name, (really)"))]
pub struct Users {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "organisations.id", on_delete = "cascade", on_update = "restrict")]
    pub org_id: i64,
    #[column(check = r#"email LIKE '%_@_%' ESCAPE '\'"#, collate = "NOCASE")]
    pub email: String,
    #[column(check = r#"length("order") < 5 OR "order" IS NULL"#, default = "-1")]
    pub order: Option<i64>,
    #[column(type = "VARCHAR(200)", default = "'it''s me'")]
    pub display_name: Option<String>,
    #[column(check = "age >= 0 AND age < 200", type = "SMALLINT")]
    pub age: Option<i64>,
    #[column(default = "(json_object('theme', 'dark', 'size', 1 + 1))")]
    pub settings: String,
    #[column(generated = "lower(email)", stored)]
    pub email_lower: Option<String>,
    #[column(type(sqlite = ""), generated = "substr(display_name, 1, 1) || '.'", virtual)]
    pub initials: Option<Vec<u8>>,
    #[column(default = "X'00FF'")]
    pub password_hash: Option<Vec<u8>>,
    #[column(type = "TIMESTAMP", default = "'1970-01-01'")]
    pub last_seen: String,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Audit,
    Categories,
    LineItems,
    Memberships,
    Organisations,
    Users
    ; unmanaged = ["a_table_with_a_name_that_is_rather_long_because_somebody_generated_it"]
];

// Models can't say these. What a revision makes of them is kept by those that are generated:
//
// - table a_table_with_a_name_that_is_rather_long_because_somebody_generated_it: its name is none for a model
// - index ix_lines_total of Line items
// - DESC in a key org_id of memberships
// - NOT NULL ON CONFLICT REPLACE last_seen of users
// - COLLATE BINARY in a key email of users
// - trigger users_audit of users
// - virtual table documents
// - view active_users
// - trigger active_users_delete
// - view a_count
