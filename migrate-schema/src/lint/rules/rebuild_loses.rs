//! `rebuild-loses`: a table is made anew without something that it had.

use super::{Rule, SQLITE};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};
use crate::model::{Numbering, Table};
use migrate_chain::sql::unquoted;

pub(super) const RULE: Rule = Rule {
    id: "rebuild-loses",
    groups: &[Group::Loses],
    dialects: SQLITE,
    what: "A table is made anew without something that it had.",
    known_as: "none",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT);",
            "CREATE TABLE n (id integer PRIMARY KEY, mail text); INSERT INTO n (id) SELECT id FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, age integer) STRICT;",
            "CREATE TABLE n (id integer PRIMARY KEY, age integer); INSERT INTO n SELECT id, age FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TRIGGER t AFTER DELETE ON users BEGIN SELECT 1; END;",
            "CREATE TABLE n (id integer PRIMARY KEY, mail varchar(50), age integer); INSERT INTO n SELECT id, mail, age FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE INDEX users_mail ON users (mail);",
            "CREATE TABLE n (id integer PRIMARY KEY, mail varchar(50), age integer); INSERT INTO n SELECT id, mail, age FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail text COLLATE NOCASE);",
            "CREATE TABLE n (id integer PRIMARY KEY, mail text); INSERT INTO n SELECT id, mail FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE TABLE n (id integer PRIMARY KEY, mail varchar(50), age integer); INSERT INTO n SELECT id, mail, age FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE INDEX users_mail ON users (mail);",
            "CREATE TABLE n (id integer PRIMARY KEY, mail varchar(50), age integer); INSERT INTO n SELECT id, mail, age FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users; CREATE INDEX users_mail ON users (mail);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let Act::DropTable {
            table,
            is_rebuilt: true,
            ..
        } = seen.act
        else {
            continue;
        };
        let (Some(old), Some(new)) = (step.table_before(table), step.table_after(table)) else {
            continue;
        };
        for what in lost(step, old, new) {
            found.add(
                Group::Loses,
                seen,
                table,
                format!("{table} is made anew without {what}"),
                "make the new table with it; what belongs to the old one goes with it, and has to be created again",
            );
        }
    }
}

/// What the old table has, and the new one lacks without a statement that says so.
fn lost(step: &Step<'_>, old: &Table, new: &Table) -> Vec<String> {
    let mut lost = Vec::new();
    if old.strict && !new.strict {
        lost.push("STRICT".to_owned());
    }
    if old.without_rowid && !new.without_rowid {
        lost.push("WITHOUT ROWID".to_owned());
    }
    for column in &old.columns {
        let Some(after) = new
            .columns
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case(&column.name))
        else {
            continue;
        };
        if column.numbering == Some(Numbering::AutoIncrement) && after.numbering.is_none() {
            lost.push(format!(
                "AUTOINCREMENT of {}: ids of deleted rows are given out again",
                column.name
            ));
        }
        if column.collation.is_some() && after.collation.is_none() {
            lost.push(format!("the collation of {}", column.name));
        }
    }
    let dropped = |name: &str| {
        step.acts().any(|seen| match seen.act {
            Act::DropIndex { name: of, .. } | Act::DropObject { name: of, .. } => {
                of.eq_ignore_ascii_case(name)
            }
            _ => false,
        })
    };
    let has_column = |key: &String| {
        let name = unquoted(key.split(' ').next().unwrap_or_default());
        new.columns
            .iter()
            .any(|one| one.name.eq_ignore_ascii_case(&name))
    };
    for (name, index) in &old.indexes {
        // An index of the same columns under another name is none the less there.
        let is_there = new.indexes.values().any(|one| one.keys == index.keys)
            || new.uniques.values().any(|one| one.columns == index.keys);
        if !is_there && !dropped(name) && index.keys.iter().all(has_column) {
            lost.push(format!("the index {name}"));
        }
    }
    for opaque in old.opaque.iter().filter(|one| one.kind == "trigger") {
        let is_there = new
            .opaque
            .iter()
            .any(|one| one.name.eq_ignore_ascii_case(&opaque.name));
        if !is_there && !dropped(&opaque.name) {
            lost.push(format!("the trigger {}", opaque.name));
        }
    }
    lost
}
