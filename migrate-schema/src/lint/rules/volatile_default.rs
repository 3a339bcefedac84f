//! `volatile-default`: a column is added whose default differs from row to row.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};
use crate::sql::is_volatile;

pub(super) const RULE: Rule = Rule {
    id: "volatile-default",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A column is added whose default differs from row to row.",
    known_as: "squawk adding-field-with-default; Atlas PG302; strong_migrations: adding a column with a volatile default value; online_migrations: adding a column with a default value; pgfence 2",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN luck float DEFAULT random();",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN at timestamptz DEFAULT clock_timestamp();",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN at timestamptz DEFAULT now();",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN n integer NOT NULL DEFAULT 0;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN d date DEFAULT CURRENT_DATE;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN tags text[] DEFAULT array[]::text[];",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::AddColumn { table, column } = seen.act
            && step.stands(table)
            && step.is_rewritten(table, true)
            && let Some(default) = column.default.as_deref().filter(|text| is_volatile(text))
        {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("{table} is written anew, and nobody can read it meanwhile: {default} differs from row to row"),
                "add the column without a default, then set it (`ALTER COLUMN .. SET DEFAULT`), and fill the old rows in batches",
            );
        }
    }
}
