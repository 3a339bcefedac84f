//! `stored-column`: a stored generated column is added to a table that exists.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "stored-column",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A stored generated column is added to a table that exists.",
    known_as: "eugene E11; strong_migrations, online_migrations: adding a stored generated column; Atlas PG309; pgfence 4",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN twice integer GENERATED ALWAYS AS (age * 2) STORED;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN twice integer;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::AddColumn { table, column } = seen.act
            && step.stands(table)
            && step.is_rewritten(table, true)
            && column.is_stored
        {
            found.add(Group::Locks, seen, table, format!("{table} is written anew to compute it for each row, and nobody can read it meanwhile"), "add a plain column that a trigger keeps, and fill the old rows in batches; or compute it in a view");
        }
    }
}
