//! `unique-over-rows`: a table that may hold rows gets a rule that no two may be equal.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintDef, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "unique-over-rows",
    groups: &[Group::MayFail],
    dialects: ALL,
    what: "A table that may hold rows gets a rule that no two may be equal.",
    known_as: "Atlas MF101, MF102",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "CREATE UNIQUE INDEX users_mail ON users (mail);",
    )],
    good: &[
        (
            "",
            "CREATE TABLE a (n integer); CREATE UNIQUE INDEX a_n ON a (n);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE INDEX users_mail ON users (mail);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN x integer; CREATE UNIQUE INDEX users_x ON users (x);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let (table, columns) = match seen.act {
            Act::CreateIndex {
                table,
                is_unique: true,
                columns,
                ..
            } => (table, columns),
            Act::AddConstraint { table, constraint } if is_key(constraint) => {
                (table, &constraint.columns)
            }
            _ => continue,
        };
        // What was added just now is NULL in all rows, and NULL equals nothing.
        let is_new = |column: &String| {
            step.table_before(table).is_some() && step.column_before(table, column).is_none()
        };
        if step.stands(table) && !columns.iter().any(is_new) {
            let what = match &columns[..] {
                [] => "what it covers".to_owned(),
                columns => columns.join(", "),
            };
            found.add(
                Group::MayFail,
                seen,
                table,
                format!("fails if two rows of {table} are equal in {what}"),
                "look for such rows first, and decide which of them stays",
            );
        }
    }
}

fn is_key(constraint: &ConstraintDef) -> bool {
    matches!(
        constraint.kind,
        ConstraintKind::Unique | ConstraintKind::PrimaryKey
    ) && !constraint.using_index
}
