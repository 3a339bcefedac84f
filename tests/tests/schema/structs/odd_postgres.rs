//! The tables of the database, as structs.

use migrate_runtime::{DbEnum, Schema, Table, schema};

#[derive(DbEnum)]
#[db_enum(name = "state", schema = "core", rename_all = "snake_case", comment = "of a tool")]
pub enum State {
    Fine,
    InRepair,
}

#[derive(DbEnum)]
#[db_enum(name = "mood")]
pub enum Mood {
    #[db_enum(name = "sad")]
    Sad,
    #[db_enum(name = "so-so")]
    SoSo,
    #[db_enum(name = "Very Good")]
    VeryGood,
}

#[derive(Table)]
#[table(name = "base")]
pub struct Base {
    #[column(primary_key)]
    pub id: i32,
    pub kind: Option<String>,
}

#[derive(Table)]
#[table(name = "tools", schema = "core")]
#[table(primary_key(columns(id), name = "tools_key"))]
#[table(foreign_key(columns(small), references = "public.users(id)", name = "twice"))]
pub struct Tools {
    #[column(identity)]
    pub id: i32,
    #[column(references = "core.users.id", on_delete = "cascade", on_update = "set default", deferrable)]
    pub by_user: i64,
    #[column(references = "public.users.id", on_delete = "set null", type = "smallint")]
    pub small: Option<i16>,
}

#[derive(Table)]
#[table(name = "users", schema = "core")]
pub struct Users {
    #[column(primary_key, identity = "always")]
    pub id: i64,
    #[column(references = "public.users.id")]
    pub owner: Option<i32>,
}

#[derive(Table)]
#[table(name = "days")]
pub struct Days {
    #[column(primary_key, type = "date")]
    pub day: String,
    pub what: Option<String>,
}

#[derive(Table)]
#[table(name = "derived")]
pub struct Derived {
    pub id: i32,
    pub kind: Option<String>,
    pub more: Option<String>,
}

#[derive(Table)]
#[table(name = "late")]
#[table(check(name = "positive", expr = "x > 0"))]
pub struct Late {
    #[column(type = "bigserial")]
    pub id: i64,
    pub x: Option<i32>,
}

#[derive(Table)]
#[table(name = "part_of")]
#[table(foreign_key(columns(x, y), references = "parts(b, a)"))]
pub struct PartOf {
    pub x: Option<i32>,
    pub y: Option<i32>,
}

#[derive(Table)]
#[table(name = "parts")]
#[table(primary_key(columns(b, a)))]
pub struct Parts {
    pub a: i32,
    pub b: i32,
}

#[derive(Table)]
#[table(name = "users", comment = r#"people who "sign in""#)]
#[table(unique(columns(name), name = "one_name", deferrable = "initially deferred"))]
#[table(unique(columns(mail, r#type)))]
#[table(check(name = "grown", expr = "(age >= 18) OR (age IS NULL)"))]
#[table(check(name = "users_check", expr = "(age < 200) AND (price < (1000)::numeric)"))]
#[table(index(expr = "lower(name)", name = "by_lower", unique, include(age), where = "age > 0"))]
#[table(index(columns(name collate "ucs_basic" ops "text_pattern_ops" desc nulls_last, age), name = "by_name"))]
#[table(index(columns(settings ops "jsonb_path_ops"), name = "by_settings", method = "gin"))]
#[table(index(expr = "age + number", name = "by_sum"))]
#[table(index(columns(tags), name = "by_tags", method = "gin"))]
#[table(index(columns(age)))]
pub struct UsersTable {
    #[column(primary_key, type = "serial")]
    pub id: i32,
    #[column(unique, type = "email")]
    pub mail: String,
    #[column(check = "(type)::text = ANY ((ARRAY['plain'::character varying, 'admin'::character varying])::text[])", type = "character varying(20)", default = "'plain'::character varying")]
    pub r#type: Option<String>,
    #[column(name = "userId", type = "uuid", default = "gen_random_uuid()")]
    pub user_id: Option<String>,
    #[column(default = "'sad'::mood")]
    pub mood: Option<Mood>,
    #[column(default = "'{}'::mood[]")]
    pub moods: Vec<Mood>,
    #[column(default = "'fine'::core.state")]
    pub state: State,
    #[column(type = "text[]")]
    pub tags: Option<String>,
    #[column(type = "address")]
    pub home: Option<String>,
    #[column(default = "nextval('numbers'::regclass)")]
    pub number: Option<i64>,
    #[column(check = "price > (0)::numeric", type = "numeric(10,2)")]
    pub price: Option<String>,
    #[column(type = "jsonb", default = r#"'{"a": "b"}'::jsonb"#)]
    pub settings: String,
    #[column(default = "now()")]
    pub at: std::time::SystemTime,
    #[column(type = "date")]
    pub day: Option<String>,
    #[column(generated = "lower((type)::text)", stored)]
    pub low: Option<String>,
    #[column(collate = "C")]
    pub name: Option<String>,
    #[column(comment = r#"in years
or so"#)]
    pub age: Option<i32>,
    #[column(type = "daterange")]
    pub valid: Option<String>,
}

#[derive(Table)]
#[table(name = "vec")]
pub struct VecTable {
    #[column(name = "Self")]
    pub self_: Option<String>,
    pub r#fn: Option<String>,
    #[column(name = "1")]
    pub _1: Option<String>,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Base,
    Days,
    Derived,
    Late,
    PartOf,
    Parts,
    Tools,
    Users,
    UsersTable,
    VecTable
    ; unmanaged = ["empty", "option", "unused"]
];

// Models can't say these. What a revision makes of them is kept by those that are generated:
//
// - table empty: it has no columns
// - table option: two columns are `id`, in whatever case
// - table base: it inherits, or is inherited from
// - MATCH FULL twice of core.tools
// - sequence (START WITH 100) id of core.users
// - table days: it is partitioned
// - table derived: it inherits, or is inherited from
// - inheritance base of derived
// - index by_lower_down of users
// - storage (fillfactor='50') by_sum of users
// - constraint users_valid_excl of users
// - row security users of users
// - policy own of users
// - enum asked: no column has it
// - enum unused: no column has it
// - domain email
// - type address
// - sequence numbers
// - function answer(asked)
// - view adults
// - materialized view ages
