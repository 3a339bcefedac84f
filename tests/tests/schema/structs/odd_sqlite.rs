//! The tables of the database, as structs.

use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
#[table(name = "Option", without_rowid)]
pub struct OptionTable {
    #[column(primary_key)]
    pub key: String,
    pub value: Option<Vec<u8>>,
}

#[derive(Table)]
#[table(name = "children")]
#[table(foreign_key(columns(again), references = "pairs_target(x)", name = "again"))]
#[table(foreign_key(columns(a, b), references = "pairs(a, b)", on_delete = "restrict"))]
pub struct Children {
    pub a: i64,
    pub b: String,
    #[column(references = "pairs_target.x", on_update = "set null", deferrable = "initially deferred")]
    pub target: Option<i64>,
    pub again: Option<i64>,
}

#[derive(Table)]
#[table(name = "order items")]
pub struct OrderItems {
    #[column(primary_key)]
    pub id: i64,
    #[column(name = "Größe")]
    pub größe: Option<f64>,
    #[column(check = "amount >= 0")]
    pub amount: Option<f64>,
}

#[derive(Table)]
#[table(name = "order_items")]
pub struct OrderItemsTable {
    #[column(primary_key)]
    pub id: i64,
}

#[derive(Table)]
#[table(name = "pairs")]
#[table(primary_key(columns(a, b)))]
pub struct Pairs {
    #[column(nullable)]
    pub a: i64,
    #[column(nullable)]
    pub b: String,
    #[column(references = "pairs_target.x")]
    pub c: Option<i64>,
}

#[derive(Table)]
#[table(name = "pairs_target")]
pub struct PairsTarget {
    #[column(unique)]
    pub x: Option<i64>,
    pub y: Option<i64>,
    pub z: i64,
}

#[derive(Table)]
#[table(name = "strict_ints", strict)]
pub struct StrictInts {
    #[column(type = "INT")]
    pub a: Option<i64>,
    #[column(type = "ANY")]
    pub b: Option<String>,
    pub c: i64,
}

#[derive(Table)]
#[table(name = "tokens", strict)]
pub struct Tokens {
    #[column(primary_key)]
    pub token: String,
    #[column(references = "users.id", on_delete = "cascade")]
    pub user: Option<i64>,
}

#[derive(Table)]
#[table(name = "users")]
#[table(unique(columns(user_id_2), on_conflict = "replace"))]
#[table(unique(columns(user_id, name)))]
#[table(check(name = "both_set", expr = "name IS NOT NULL OR path IS NOT NULL"))]
#[table(check(name = "ck_users_user_id_name", expr = "user_id < 100 AND name <> ''"))]
#[table(index(expr = "lower(name)", columns(a_b), name = "by_lower"))]
#[table(index(columns(name collate "BINARY" desc, user_id), name = "by_name", where = "user_id IS NOT NULL"))]
#[table(index(columns(r#type), unique))]
pub struct Users {
    #[column(primary_key, auto_increment)]
    pub id: i64,
    pub r#type: Option<String>,
    #[column(name = "userId", type = "VARCHAR(20)")]
    pub user_id_2: String,
    #[column(check = "user_id > 0", type = "INT")]
    pub user_id: Option<i64>,
    #[column(name = "self", type = "BOOLEAN", default = "1")]
    pub self_: Option<bool>,
    #[column(name = "2nd", type = "DECIMAL(10, 2)", default = "(1 + 2)")]
    pub _2nd: Option<f64>,
    #[column(name = "a b", type = "DATETIME", default = "CURRENT_TIMESTAMP")]
    pub a_b: Option<String>,
    #[column(type(sqlite = ""))]
    pub untyped: Option<Vec<u8>>,
    #[column(default = r#"'it''s "so"'"#, collate = "NOCASE")]
    pub name: Option<String>,
    #[column(default = r#"'a\b'"#)]
    pub path: Option<String>,
    #[column(generated = "lower(name)", stored)]
    pub low: Option<String>,
    #[column(generated = "upper(name)", virtual)]
    pub up: Option<String>,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Children,
    OptionTable,
    OrderItems,
    OrderItemsTable,
    Pairs,
    PairsTarget,
    StrictInts,
    Tokens,
    Users
    ; unmanaged = ["lost"]
];

// Models can't say these. What a revision makes of them is kept by those that are generated:
//
// - table lost: the foreign key `fk_lost_nobody` refers to `nowhere`, which isn't there
// - DESC in a key b of pairs
// - NOT NULL ON CONFLICT IGNORE z of pairs_target
// - index by_lower_down of users
// - trigger touched of users
// - virtual table search
// - view names
