//! `set-not-null`: a column takes no NULL any more.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "set-not-null",
    groups: &[Group::Breaks, Group::MayFail],
    dialects: ALL,
    what: "A column takes no NULL any more.",
    known_as: "squawk adding-not-nullable-field; Atlas MF104, LT101; strong_migrations, online_migrations: setting NOT NULL",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "CREATE TABLE n (id integer PRIMARY KEY, mail varchar(50) NOT NULL, age integer); INSERT INTO n SELECT id, coalesce(mail, ''), age FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN x integer;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let Act::SetNotNull { table, column } = seen.act else {
            continue;
        };
        let was_nullable = step
            .column_before(table, column)
            .is_none_or(|one| one.nullable);
        if !step.stands(table) || !was_nullable || !step.column_stands(table, column) {
            continue;
        }
        if step
            .column_after(table, column)
            .is_none_or(|one| one.default.is_none())
        {
            found.add(
                Group::Breaks,
                seen,
                table,
                format!("{table}.{column} takes no NULL any more: programs that still run may leave it out"),
                "release first the program that always writes it",
            );
        }
        let is_copied = step.drops(table) && step.chooses_values();
        if !is_copied && !fills(step, seen.index, table) {
            found.add(
                Group::MayFail,
                seen,
                table,
                format!("fails if {column} of a row of {table} is NULL"),
                "fill such rows first: UPDATE .. WHERE .. IS NULL",
            );
        }
    }
}

/// Whether an earlier statement writes rows of the table.
fn fills(step: &Step<'_>, index: usize, table: &str) -> bool {
    step.acts().any(|seen| match seen.act {
        Act::Update { table: of, .. } => seen.index < index && of.eq_ignore_ascii_case(table),
        _ => false,
    })
}
