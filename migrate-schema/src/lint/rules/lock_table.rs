//! `lock-table`: a table is locked by name.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::locks::LockMode;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "lock-table",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A table is locked by name, or by what a block or a function does.",
    known_as: "none",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "LOCK TABLE users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "LOCK TABLE users IN ACCESS EXCLUSIVE MODE;",
        ),
    ],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "LOCK TABLE users IN SHARE MODE;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Lock { table, mode } = seen.act
            && *mode >= LockMode::ShareRowExclusive
            && step.stands(table)
        {
            found.add(
                Group::Locks,
                seen,
                table,
                match mode {
                    LockMode::AccessExclusive => {
                        format!("nobody can use {table} until the step commits")
                    }
                    _ => format!("nobody can write {table} until the step commits"),
                },
                "take no more than the statements take by themselves",
            );
        }
    }
}
