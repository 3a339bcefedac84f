//! Models beside what no model says: tables that others manage, domains, functions, extensions.

use migrate_runtime::{Schema, Table, schema};

use crate::support::{Database, Engine, Project, on_both};

#[derive(Table)]
#[table(name = "shops")]
struct Shop {
    #[column(primary_key)]
    id: i64,
    #[column(references = "places.id", on_delete = "cascade")]
    place_id: i64,
    #[column(references = "places.code", type(postgres = "varchar(8)"))]
    code: Option<String>,
}

#[derive(Table)]
#[table(name = "shops")]
struct LaterShop {
    #[column(primary_key)]
    id: i64,
    #[column(references = "places.id", on_delete = "cascade")]
    place_id: i64,
    #[column(references = "places.code", type(postgres = "varchar(8)"))]
    code: Option<String>,
    #[column(references = "places.id")]
    second_place_id: Option<i64>,
}

static SHOPS: Schema = schema![Shop; unmanaged = ["places"]];
static LATER: Schema = schema![LaterShop; unmanaged = ["places"]];

on_both![models_refer_to_what_others_manage];

fn models_refer_to_what_others_manage<D: Database>() {
    let project = Project::<D>::new();
    project.by_hand(
        "versions/a1-places.sql",
        "-- places\n--\n-- revision: a1\n-- down_revision: none\n\n-- upgrade\n\
         CREATE TABLE places (id BIGINT PRIMARY KEY, code VARCHAR(8) UNIQUE, name TEXT);\n\n\
         -- downgrade\nDROP TABLE places;\n",
    );
    let out = project.generate(&SHOPS, "b1", &[]);
    assert!(
        out.starts_with("found: create table shops\nGenerated"),
        "{out}"
    );
    project.ok(&SHOPS, &["upgrade"]);
    project.ok(&SHOPS, &["check"]);
    project.database.run(
        "INSERT INTO places VALUES (1, 'x', 'here'); INSERT INTO shops (id, place_id, code) VALUES (7, 1, 'x')",
    );
    project.generate(&LATER, "c1", &[]);
    project.ok(&LATER, &["upgrade"]);
    project.ok(&LATER, &["check"]);
    assert_eq!(
        project
            .database
            .value("SELECT code FROM shops WHERE place_id = 1"),
        "x"
    );
    project.ok(&LATER, &["downgrade", "a1"]);
    assert_eq!(project.database.value("SELECT name FROM places"), "here");
}

#[derive(Table)]
#[table(name = "users")]
struct User {
    #[column(primary_key, type(postgres = "text"), default(postgres = "new_id()"))]
    id: String,
    #[column(type(postgres = "email"))]
    email: String,
    #[column(
        type(postgres = "citext"),
        default(postgres = "nextval('numbers')::text")
    )]
    login: String,
}

static USERS: Schema = schema![User];

#[test]
fn models_use_what_the_chain_makes_by_hand() {
    let project = Project::<migrate_tests::postgres::Database>::new();
    project.by_hand(
        "versions/a1-by-hand.sql",
        "-- by hand\n--\n-- revision: a1\n-- down_revision: none\n\n-- upgrade\n\
         CREATE EXTENSION citext;\n\
         CREATE DOMAIN email AS citext CHECK (VALUE LIKE '%@%');\n\
         CREATE SEQUENCE numbers;\n\
         CREATE FUNCTION new_id() RETURNS text LANGUAGE sql AS $$ SELECT gen_random_uuid()::text $$;\n\n\
         -- downgrade\nDROP FUNCTION new_id();\nDROP SEQUENCE numbers;\nDROP DOMAIN email;\nDROP EXTENSION citext;\n",
    );
    let out = project.generate(&USERS, "b1", &[]);
    assert!(
        out.starts_with("found: create table users\nGenerated"),
        "{out}"
    );
    project.ok(&USERS, &["upgrade"]);
    project.ok(&USERS, &["check"]);
    project
        .database
        .run("INSERT INTO users (email) VALUES ('A@b')");
    assert_eq!(
        project
            .database
            .value("SELECT count(*) FROM users WHERE email = 'a@B'"),
        "1"
    );
    project.ok(&USERS, &["downgrade", "base"]);
}
