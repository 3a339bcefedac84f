//! `index-without-concurrently`: an index is built while nobody can write the table.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "index-without-concurrently",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "An index is built while nobody can write the table.",
    known_as: "squawk require-concurrent-index-creation; Atlas PG101; eugene E6; strong_migrations, online_migrations: adding an index non-concurrently; pgfence 5",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE INDEX users_mail ON users (mail);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE UNIQUE INDEX users_mail ON users (mail);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DO $$ BEGIN EXECUTE 'CREATE INDEX users_mail ON users (mail)'; END $$;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE INDEX CONCURRENTLY users_mail ON users (mail);",
        ),
        (
            "",
            "CREATE TABLE a (id integer); CREATE INDEX a_id ON a (id);",
        ),
        (
            "CREATE TABLE a (id integer);",
            "DROP TABLE a; CREATE TABLE a (id integer, b integer); CREATE INDEX a_id ON a (id);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::CreateIndex {
            table,
            is_concurrent: false,
            ..
        } = seen.act
            && step.stands(table)
        {
            found.add(Group::Locks, seen, table, format!("nobody can write {table} while the index is built"), "CREATE INDEX CONCURRENTLY, in a revision of its own with `-- upgrade (postgres, no transaction)`");
        }
    }
}
