//! Models of every kind.

use migrate_runtime::schema::{ColumnType, SqlType};
use migrate_runtime::{DbEnum, Schema, Table, schema};

pub(crate) struct Settings;
pub(crate) struct Cache;

/// A type of our own, and another name for one.
pub(crate) struct PersonId;
type Text = String;

impl ColumnType for PersonId {
    const TYPE: SqlType = i64::TYPE;
}

#[derive(DbEnum)]
#[db_enum(
    name = "mood",
    rename_all = "snake_case",
    renamed_from = "feeling",
    comment = "of a day"
)]
pub(crate) enum Mood {
    VeryGood,
    #[db_enum(name = "so-so", renamed_from = "meh")]
    SoSo,
    #[db_enum(name = "it's bad")]
    Bad,
}

#[derive(Table)]
#[table(
    name = "users",
    renamed_from = "accounts",
    comment = "people who sign in",
    strict,
    primary_key(org_id, id),
    unique(columns(org_id, email), name = "uq_users_org_email"),
    index(columns(email), where = "deleted_at IS NULL"),
    index(expr = "lower(email)", name = "ix_users_lower_email"),
    check(name = "ck_users_age", expr = "age >= 0")
)]
pub(crate) struct User {
    id: i64,
    #[column(renamed_from = "mail", unique)]
    email: String,
    #[column(references = "orgs.id", on_delete = "cascade")]
    org_id: i64,
    #[column(default = "0", type = "smallint")]
    age: i16,
    #[column(generated = "lower(email)", stored)]
    email_lower: String,
    #[column(type(sqlite = "TEXT", postgres = "jsonb"), comment = "what's chosen")]
    settings: Settings,
    mood: Option<Mood>,
    deleted_at: Option<String>,
    #[column(skip)]
    cache: Cache,
}

#[derive(Table)]
#[table(name = "orgs")]
pub(crate) struct Org {
    #[column(primary_key, auto_increment)]
    id: i64,
    #[column(
        collate(sqlite = "NOCASE", postgres = "C"),
        index,
        check = "name <> ''"
    )]
    name: String,
}

/// Composite keys, in both directions.
#[derive(Table)]
#[table(
    name = "memberships",
    without_rowid,
    primary_key(columns(org_id, user_id), name = "memberships_key"),
    foreign_key(
        columns(org_id, user_id),
        references = "users(org_id, id)",
        name = "fk_member",
        on_delete = "cascade",
        on_update = "restrict",
        deferrable
    )
)]
pub(crate) struct Membership {
    org_id: i64,
    user_id: i64,
    #[column(default = true)]
    active: bool,
    #[column(
        default(sqlite = "CURRENT_TIMESTAMP", postgres = "now()"),
        type(postgres = "timestamptz")
    )]
    since: String,
}

#[derive(Table)]
#[table(name = "posts",
        index(author_id, published_at desc nulls_last),
        index(columns(title collate "C" ops "text_pattern_ops"), name = "ix_posts_prefix", only = "postgres"),
        index(columns(slug), unique, where(sqlite = "published_at > ''", postgres = "published_at IS NOT NULL")),
        index(columns(author_id), include(title), name = "ix_posts_covering"),
        index(expr(postgres = "to_tsvector('english', body)"), method = "gin", name = "ix_posts_body"))]
pub(crate) struct Post {
    #[column(primary_key, identity = "always")]
    id: i64,
    #[column(
        references = "people.id",
        on_delete = "set null",
        on_update = "cascade"
    )]
    author_id: Option<PersonId>,
    title: Text,
    slug: Text,
    #[column(default = "''")]
    body: String,
    #[column(default = "1 + 1")]
    weight: i32,
    #[column(generated = "weight * 2")]
    double_weight: i32,
    published_at: Option<String>,
    mood: Mood,
    #[column(type(postgres = "text"), default = "'so-so'")]
    last_mood: Mood,
}

/// Refers to itself.
#[derive(Table)]
#[table(name = "comments")]
pub(crate) struct Comment {
    #[column(primary_key, identity)]
    id: i64,
    #[column(references = "comments(id)", on_delete = "set default", default = 0)]
    parent_id: Option<i64>,
    #[column(references = "posts.id", index)]
    post_id: i64,
    #[column(name = "text", nullable)]
    body: String,
    #[column(nullable = false)]
    note: Option<String>,
}

#[derive(Table)]
#[table(name = "teams")]
pub(crate) struct Team {
    #[column(primary_key)]
    id: i64,
    #[column(references = "people.id", deferrable = "initially deferred")]
    lead_id: i64,
}

#[derive(Table)]
#[table(name = "people")]
pub(crate) struct Person {
    #[column(primary_key)]
    id: PersonId,
    #[column(references = "teams.id", deferrable = "initially_deferred")]
    team_id: i64,
}

#[derive(Table)]
#[table(
    name = "tags",
    unique(columns(label, parent), nulls_not_distinct, on_conflict = "ignore"),
    unique(columns(position), deferrable = "initially deferred")
)]
pub(crate) struct Tag {
    #[column(primary_key)]
    id: i64,
    label: String,
    parent: Option<i64>,
    position: i32,
}

#[derive(Table)]
#[table(
    name = "post_tags",
    primary_key(columns(post_id, tag_id), on_conflict = "replace")
)]
pub(crate) struct PostTag {
    #[column(references = "posts.id")]
    post_id: i64,
    #[column(references = "tags.id")]
    tag_id: i64,
}

/// Names that need quotes.
#[derive(Table)]
#[table(name = "order", index(r#type, group))]
pub(crate) struct Order {
    #[column(primary_key)]
    r#type: i32,
    group: i32,
    #[column(name = "a \"quoted\" column", unique)]
    quoted: f64,
}

/// Without a primary key, with a name of 63 bytes and constraints that are named by hash.
#[derive(Table)]
#[table(name = "measurements_of_all_the_sensors_that_we_have_ever_put_out_there")]
pub(crate) struct Measurement {
    #[column(index)]
    at: i64,
    #[column(index, check = "value > -274")]
    value: f32,
}

/// As another tool left it.
#[derive(Table)]
#[table(strict)]
pub(crate) struct LegacyItem {
    #[column(primary_key, type(postgres = "bigserial"))]
    id: i64,
    #[column(type = "varchar(20)", default = "'none'")]
    code: String,
    #[column(type = "int", references = "order.type")]
    kind: i64,
}

pub(crate) static SCHEMA: Schema = schema![
    User, Membership, Org, Team, Post, Comment, Person, Tag, PostTag, Order, Measurement, LegacyItem;
    unmanaged = ["spatial_ref_sys"]
];
