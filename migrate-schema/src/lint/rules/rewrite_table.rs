//! `rewrite-table`: a table is written anew: VACUUM FULL, CLUSTER, SET TABLESPACE, SET LOGGED.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "rewrite-table",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A table is written anew: VACUUM FULL, CLUSTER, SET TABLESPACE, SET LOGGED.",
    known_as: "eugene E10; Atlas PG307, PG311; squawk prefer-repack; pgfence 19, 28",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CLUSTER users USING users_pkey;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users SET UNLOGGED;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "VACUUM FULL users;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "VACUUM users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "VACUUM (FULL false, ANALYZE) users;",
        ),
        (
            "",
            "CREATE TABLE a (id integer); ALTER TABLE a SET UNLOGGED;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Rewrite { table, by } = seen.act
            && table.as_ref().is_none_or(|table| step.stands(table))
        {
            found.add(
                Group::Locks,
                seen,
                table.as_deref().unwrap_or_default(),
                format!(
                    "{by} writes {} anew, and nobody can read it meanwhile",
                    table.as_deref().unwrap_or("every table")
                ),
                "do it by hand at a quiet hour, or with a tool such as pg_repack",
            );
        }
    }
}
