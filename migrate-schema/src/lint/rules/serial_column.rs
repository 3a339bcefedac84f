//! `serial-column`: a numbered column is added to a table that exists.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "serial-column",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A numbered column is added to a table that exists.",
    known_as: "squawk adding-serial-primary-key-field; eugene E11; strong_migrations: adding an auto-incrementing column; Atlas PG310; pgfence 30",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN n bigserial;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY;",
        ),
    ],
    good: &[
        ("", "CREATE TABLE a (id bigserial);"),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN n bigint;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::AddColumn { table, column } = seen.act
            && step.stands(table)
            && step.is_rewritten(table, true)
            && (column.is_serial() || column.is_identity)
        {
            found.add(Group::Locks, seen, table, format!("{table} is written anew to number its rows, and nobody can read it meanwhile"), "add a plain column, give it a default from a sequence, and number the old rows in batches");
        }
    }
}
