//! `set-not-null-scans`: NOT NULL is set without a CHECK that proves it.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintDef};
use crate::lint::step::{Found, Seen, Step, is_named};

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
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); ALTER TABLE users ADD CONSTRAINT c CHECK (mail IS NOT NULL) NOT VALID;",
            "ALTER TABLE users ADD CONSTRAINT d CHECK (\"mail\" IS NOT NULL); ALTER TABLE users ALTER COLUMN mail SET NOT NULL;",
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
            && !is_checked(step, seen, table, column)
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

/// Whether a valid CHECK says already that the column is never NULL: one that was there, or that the section has added
/// and validated above.
pub(super) fn is_checked(step: &Step<'_>, seen: Seen<'_>, table: &str, column: &str) -> bool {
    let says = |expression: &str| {
        let text = expression.to_lowercase().replace(['"', '(', ')'], "");
        text.split(" and ")
            .any(|part| part.replace(' ', "") == format!("{}isnotnull", column.to_lowercase()))
    };
    let was_there = step.table_before(table).is_some_and(|table| {
        let mut checks = table.checks.values();
        checks.any(|check| check.validated && says(&check.expression))
    });
    let above = || step.acts().filter(|one| one.index < seen.index);
    let is_validated = |check: &ConstraintDef| {
        !check.not_valid
            || above().any(|one| match one.act {
                Act::Validate { table: of, name } => {
                    is_named(of, table)
                        && check.name.as_deref().is_some_and(|own| is_named(own, name))
                }
                _ => false,
            })
    };
    was_there
        || above().any(|one| match one.act {
            Act::AddConstraint {
                table: of,
                constraint,
            } => {
                is_named(of, table)
                    && constraint.expression.as_deref().is_some_and(says)
                    && is_validated(constraint)
            }
            _ => false,
        })
}
