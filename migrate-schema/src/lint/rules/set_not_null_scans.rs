//! `set-not-null-scans`: nOT NULL is set without a CHECK that proves it.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "set-not-null-scans",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "NOT NULL is set without a CHECK that proves it.",
    known_as: "squawk adding-not-nullable-field; Atlas PG303; eugene E2; strong_migrations, online_migrations: setting NOT NULL; pgfence 8",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ALTER COLUMN mail SET NOT NULL;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); ALTER TABLE users ADD CONSTRAINT c CHECK (mail IS NOT NULL);",
            "ALTER TABLE users ALTER COLUMN mail SET NOT NULL;",
        ),
        (
            "",
            "CREATE TABLE a (id integer); ALTER TABLE a ALTER COLUMN id SET NOT NULL;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let Act::SetNotNull { table, column } = seen.act else {
            continue;
        };
        let was_nullable = step
            .column_before(table, column)
            .is_none_or(|one| one.nullable);
        if step.stands(table)
            && was_nullable
            && step.column_stands(table, column)
            && !is_checked(step, table, column)
        {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("all rows of {table} are read to look for a NULL, and nobody can use it meanwhile"),
                format!("add `CHECK ({column} IS NOT NULL) NOT VALID`, validate it in the next revision, then SET NOT NULL, and drop the CHECK"),
            );
        }
    }
}

/// Whether a valid CHECK says already that the column is never NULL.
pub(super) fn is_checked(step: &Step<'_>, table: &str, column: &str) -> bool {
    let says = |expression: &str| {
        let text = expression.to_lowercase().replace(['"', '(', ')'], "");
        text.split(" and ")
            .any(|part| part.trim() == format!("{} is not null", column.to_lowercase()))
    };
    step.table_before(table).is_some_and(|table| {
        let mut checks = table.checks.values();
        checks.any(|check| check.validated && says(&check.expression))
    })
}
