//! `unique-over-rows`: a table that may hold rows gets a rule that no two may be equal.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintDef, ConstraintKind};
use crate::lint::step::{Found, Seen, Step};

pub(super) const RULE: Rule = Rule {
    id: "unique-over-rows",
    groups: &[Group::MayFail],
    dialects: ALL,
    what: "A table that may hold rows gets a rule that no two may be equal.",
    known_as: "Atlas MF101, MF102",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE UNIQUE INDEX users_mail ON users (mail);",
        ),
        (
            "CREATE TABLE users (mail varchar(50), age integer, CONSTRAINT u UNIQUE (mail, age));",
            "CREATE UNIQUE INDEX users_mail ON users (mail);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50) UNIQUE);",
            "UPDATE users SET mail = 'none' WHERE mail IS NULL; CREATE UNIQUE INDEX users_mail ON users (mail);",
        ),
    ],
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
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50) UNIQUE, age integer);",
            "CREATE UNIQUE INDEX users_age_id ON users (age, id); CREATE UNIQUE INDEX users_mail_age ON users (mail, age);",
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
        if step.stands(table)
            && !columns.iter().any(is_new)
            && !is_proved(step, seen, table, columns)
        {
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

/// Whether fewer of the columns were a key before, which no row has been written against since.
fn is_proved(step: &Step<'_>, seen: Seen<'_>, table: &str, columns: &[String]) -> bool {
    let Some(before) = step.table_before(table) else {
        return false;
    };
    let text = step
        .statements
        .get(seen.index)
        .map(|one| one.text.to_uppercase());
    let is_plain = text.is_some_and(|text| !text.contains("COLLATE") && !text.contains("NULLS"));
    let is_written = step.acts().any(|other| match other.act {
        Act::Update { table: of, .. } | Act::Insert { table: of } => of.eq_ignore_ascii_case(table),
        _ => false,
    });
    let is_same = |column: &String| {
        let sides = (
            step.column_before(table, column),
            step.column_after(table, column),
        );
        matches!(sides, (Some(one), Some(other)) if one.kind == other.kind && one.collation == other.collation)
    };
    let is_part = |key: &Vec<String>| {
        let mut all = key.iter();
        all.all(|one| columns.iter().any(|own| own.eq_ignore_ascii_case(one)))
    };
    let key = before.primary_key.iter().map(|key| &key.columns);
    let mut keys = key.chain(before.uniques.values().map(|unique| &unique.columns));
    is_plain && !is_written && columns.iter().all(is_same) && keys.any(is_part)
}
