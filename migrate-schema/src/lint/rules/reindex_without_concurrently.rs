//! `reindex-without-concurrently`: an index is built anew while nobody can write its table.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "reindex-without-concurrently",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "An index is built anew while nobody can write its table.",
    known_as: "squawk require-concurrent-reindex; pgfence 24",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "REINDEX TABLE users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "REINDEX (VERBOSE, CONCURRENTLY false) INDEX users_pkey;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "REINDEX TABLE CONCURRENTLY users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "REINDEX (CONCURRENTLY) TABLE users;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Reindex {
            is_concurrent: false,
            table,
            ..
        } = seen.act
            && table.as_deref().is_none_or(|table| step.stands(table))
        {
            let table = table.as_deref().unwrap_or_default();
            found.add(Group::Locks, seen, table, "nobody can write the table, nor read with the index, while it is built anew", "REINDEX .. CONCURRENTLY, in a revision of its own with `-- upgrade (postgres, no transaction)`");
        }
    }
}
