//! What is wrong among models that are each right by themselves.

use expect_test::expect;
use migrate_runtime::{DbEnum, Dialect, Schema, Table, schema};
use migrate_schema::ddl;

#[derive(Table)]
#[table(name = "users", unique(columns(a), name = "uq"))]
struct User {
    #[column(primary_key, references = "orgz.id")]
    id: i64,
    #[column(references = "orgs.ident")]
    a: i64,
    #[column(references = "orgs.name")]
    b: String,
    #[column(references = "orgs.id", name = "c")]
    c: i32,
    #[column(references = "orgs.id", type = "integer")]
    meant: i64,
    #[column(references = "orgs.id", type = "uuid")]
    never: String,
    #[column(references = "spatial_ref_sys.srid")]
    d: i32,
    mood: Mood,
}

#[derive(Table)]
#[table(
    name = "orgs",
    renamed_from = "users",
    strict,
    index(columns(name), name = "uq"),
    primary_key(columns(id), name = "users")
)]
struct Org {
    #[column(auto_increment)]
    id: i64,
    name: String,
    #[column(identity, type(postgres = "text"))]
    number: i64,
    #[column(type = "numeric(10, 2)")]
    amount: String,
    mood: OtherMood,
}

#[derive(Table)]
#[table(name = "Users")]
struct Again {
    #[column(primary_key)]
    id: Maybe,
}

type Maybe = Option<i64>;

#[derive(DbEnum)]
#[db_enum(name = "mood")]
enum Mood {
    Good,
}

#[derive(DbEnum)]
#[db_enum(name = "mood", renamed_from = "orgs")]
enum OtherMood {
    Bad,
}

static SCHEMA: Schema = schema![User, Org, Again, User; unmanaged = ["spatial_ref_sys", "orgs"]];

fn told(dialect: Dialect) -> String {
    let problems = ddl::create(&SCHEMA, dialect).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n") + "\n"
}

#[test]
fn sqlite_is_told_all_at_once() {
    expect![[r#"
        model `User`: is listed twice
        model `Org`: table `orgs` is also listed as unmanaged
        model `Org`: `renamed_from = "users"`: that is still the table of model `User`
        model `Again`: table `Users` is that of model `User` too
        model `OtherMood`: enum `mood` is that of `Mood` too
        model `User`: the foreign key `fk_users_id` of `users.id` refers to an unknown table `orgz`
          = help: did you mean `orgs`? A table that is there and that no model is about is named in `schema![..; unmanaged = ["orgz"]]`
        model `User`: the foreign key `fk_users_a` refers to an unknown column `orgs.ident`
        model `User`: the foreign key `fk_users_b` refers to `orgs(name)`, which is neither the primary key nor unique
        model `User`: the foreign key `fk_users_never`: `users.never` is uuid, but `orgs.id` is INTEGER
        model `Org`: column `amount` is numeric(10, 2), which no STRICT table has
          = help: write `type(sqlite = "..")` with INTEGER, REAL, TEXT, BLOB or ANY
        model `Again`: column `id` can be NULL: a primary key can't
    "#]].assert_eq(&told(Dialect::Sqlite));
}

#[test]
fn postgres_is_told_all_at_once() {
    expect![[r#"
        model `User`: is listed twice
        model `Org`: table `orgs` is also listed as unmanaged
        model `Org`: `renamed_from = "users"`: that is still the table of model `User`
        model `OtherMood`: enum `mood` is that of `Mood` too
        model `Org`: the primary key `users` has the name of the table of model `User`
        model `Org`: the index `uq` has the name of the UNIQUE constraint of model `User`
        model `User`: the foreign key `fk_users_id` of `users.id` refers to an unknown table `orgz`
          = help: did you mean `orgs`? A table that is there and that no model is about is named in `schema![..; unmanaged = ["orgz"]]`
        model `User`: the foreign key `fk_users_a` refers to an unknown column `orgs.ident`
        model `User`: the foreign key `fk_users_b` refers to `orgs(name)`, which is neither the primary key nor unique
        model `User`: the foreign key `fk_users_c`: `users.c` is integer, but `orgs.id` is bigint
        model `User`: the foreign key `fk_users_never`: `users.never` is uuid, but `orgs.id` is bigint
        model `Org`: column `number` is text: the database numbers integers only
        model `Again`: column `id` can be NULL: a primary key can't
    "#]].assert_eq(&told(Dialect::Postgres));
}
