//! `drop-parent`: a table is dropped that rows of others refer to, with foreign keys on.

use super::{Rule, SQLITE};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-parent",
    groups: &[Group::Loses],
    dialects: SQLITE,
    what: "A table is dropped that rows of others refer to, with foreign keys on.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);",
        "DROP TABLE users;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE);",
            "/*keys off*/ CREATE TABLE n (id integer PRIMARY KEY, mail text); INSERT INTO n SELECT id, '' FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DROP TABLE users;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let Some(before) = step.before.filter(|_| !step.is_without_keys) else {
        return;
    };
    let dropped = |name: &str| {
        step.acts().any(|seen| matches!(seen.act, Act::DropTable { table, .. } if table.eq_ignore_ascii_case(name)))
    };
    for seen in step.acts() {
        let Act::DropTable { table, .. } = seen.act else {
            continue;
        };
        let refers = |child: &&crate::model::Table| {
            let mut keys = child.foreign_keys.values();
            keys.any(|key| key.references.eq_ignore_ascii_case(table)) && !dropped(&child.name)
        };
        if let Some(child) = before.tables.values().find(refers) {
            found.add(
                Group::Loses,
                seen,
                table,
                format!("SQLite deletes the rows of {table} first, and with them, or in them, what refers to it: rows of {}", child.name),
                "mark the section `-- upgrade (sqlite, foreign keys off)`",
            );
        }
    }
}
