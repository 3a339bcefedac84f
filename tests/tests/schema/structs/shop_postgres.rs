//! The tables of the database, as structs.

use migrate_runtime::{DbEnum, Schema, Table, schema};

#[derive(DbEnum)]
#[db_enum(name = "mood", comment = "how they feel")]
pub enum Mood {
    #[db_enum(name = "sad")]
    Sad,
    #[db_enum(name = "so-so")]
    SoSo,
    #[db_enum(name = "it's fine")]
    ItSFine,
}

#[derive(Table)]
#[table(name = "Line items")]
#[table(primary_key(columns(the_order, select), name = "pk of lines"))]
#[table(foreign_key(columns(parent, parent_select), references = "Line items(the order, select)", name = "fk_lines_parent"))]
pub struct LineItems {
    #[column(name = "the order")]
    pub the_order: i64,
    #[column(identity)]
    pub select: i32,
    #[column(type = "smallserial")]
    pub small: i16,
    #[column(type = "bigserial")]
    pub big: i64,
    pub parent: Option<i64>,
    pub parent_select: Option<i32>,
    #[column(generated = "((small)::numeric * 1.5) - ('-1'::integer)::numeric", stored)]
    pub total: Option<f64>,
}

#[derive(Table)]
#[table(name = "audit")]
pub struct Audit {
    #[column(default = "CURRENT_TIMESTAMP")]
    pub at: std::time::SystemTime,
    #[column(type = "name", default = "CURRENT_USER")]
    pub who: Option<String>,
    pub what: Option<String>,
}

#[derive(Table)]
#[table(name = "memberships")]
#[table(primary_key(columns(user_id, org_id)))]
#[table(foreign_key(columns(user_id), references = "users(id)", name = "fk_memberships_user", on_delete = "set null"))]
pub struct Memberships {
    pub user_id: i32,
    pub org_id: i64,
    #[column(type = "int4range")]
    pub during: Option<String>,
    #[column(check = "role <> ''::text", default = "'member'::text", collate = "C")]
    pub role: String,
}

#[derive(Table)]
#[table(name = "organisations", comment = "who pays; it's one row per contract")]
#[table(unique(columns(slug), deferrable))]
pub struct Organisations {
    #[column(primary_key, identity = "always")]
    pub id: i64,
    #[column(type = "character varying(200)", collate = "ignore_case")]
    pub name: String,
    #[column(generated = "slugify((name)::text)", stored, comment = "in URLs")]
    pub slug: Option<String>,
    #[column(default = "'so-so'::mood")]
    pub mood: Mood,
    #[column(check = "cardinality(tags) < 10", type = "text[]", default = "'{}'::text[]")]
    pub tags: String,
    #[column(type = "jsonb", default = r#"'{"users": 5}'::jsonb"#)]
    pub limits: Option<String>,
    #[column(type = "timestamp(3) with time zone", default = "now()")]
    pub created_at: String,
    pub deleted_at: Option<std::time::SystemTime>,
}

#[derive(Table)]
#[table(name = "users")]
#[table(unique(columns(org_id, mail), name = "uq_users_org_mail"))]
#[table(foreign_key(columns(org_id), references = "organisations(id)", name = "fk_users_org", on_delete = "cascade", on_update = "restrict", deferrable = "initially deferred"))]
#[table(index(columns(during), method = "gist"))]
#[table(index(columns(age), name = "ix_users_filled"))]
#[table(index(expr = r#""order" + 1"#, columns(uid), name = "odd name, (really)", unique, where = "(mail)::text <> ',)'::text"))]
pub struct Users {
    #[column(primary_key, type = "serial")]
    pub id: i32,
    #[column(type = "uuid", default = "gen_random_uuid()")]
    pub uid: String,
    pub org_id: i64,
    #[column(type = "email")]
    pub mail: Option<String>,
    #[column(check = r#"("order" = ANY (ARRAY[1, 2, 3])) OR ("order" IS NULL)"#, default = "'-1'::integer")]
    pub order: Option<i32>,
    #[column(check = "(age >= 0) AND (age < 200)")]
    pub age: Option<i16>,
    #[column(type = "numeric(12,2)", default = "0.00")]
    pub balance: String,
    #[column(type = "money_amount")]
    pub price: Option<String>,
    #[column(type = "timespan", default = r#"'["2026-01-01 00:00:00+00","2027-01-01 00:00:00+00")'::timespan"#)]
    pub during: Option<String>,
    #[column(default = "ARRAY['sad'::mood]")]
    pub moods: Option<Vec<Mood>>,
    #[column(default = "nextval('invoice_numbers'::regclass)")]
    pub invoice: Option<i32>,
    #[column(default = r#"'\x00ff'::bytea"#)]
    pub data: Option<Vec<u8>>,
    #[column(type = "bit varying(8)", default = r#"'101'::"bit""#)]
    pub flags: Option<String>,
    #[column(type = "interval", default = "'1 day 02:00:00'::interval")]
    pub wait: Option<String>,
}

/// Every model of the database.
pub static SCHEMA: Schema = schema![
    Audit,
    LineItems,
    Memberships,
    Organisations,
    Users
    ; unmanaged = ["nothing at all"]
];

// Models can't say these. What a revision makes of them is kept by those that are generated:
//
// - table nothing at all: it has no columns
// - sequence (INCREMENT BY 5 MINVALUE 10 MAXVALUE 100000 START WITH 100 CACHE 3 CYCLE) select of Line items
// - sequence (INCREMENT BY 2 CACHE 7) big of Line items
// - rule quiet of audit
// - MATCH FULL fk_memberships_user of memberships
// - NOT VALID ck_memberships_role of memberships: the next revision that is generated validates it
// - NOT VALID fk_memberships_user of memberships: the next revision that is generated validates it
// - constraint ck_memberships_own of memberships
// - constraint no_overlap of memberships
// - storage (fillfactor='50') ix_users_filled of users
// - index ix_users_mail of users
// - row security users of users
// - policy own_rows of users
// - policy seen of users
// - trigger users_audit of users
// - trigger users_off of users
// - statistics st_users of users
// - domain email
// - type money_amount
// - type timespan
// - sequence invoice_numbers
// - collation ignore_case
// - function slugify(input text)
// - function audit_users()
// - view zz_active
// - view aa_count
// - materialized view moods
// - index ix_moods
// - procedure sweep(IN days integer)
// - function concat_step(text, text)
// - aggregate concat_all(text)
