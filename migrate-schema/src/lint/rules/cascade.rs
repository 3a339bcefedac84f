//! `cascade`: something is dropped, and with it whatever depends on it.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "cascade",
    groups: &[Group::Loses],
    dialects: POSTGRES,
    what: "Something is dropped, and with it whatever depends on it.",
    known_as: "squawk ban-truncate-cascade; pgfence 16",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE VIEW mails AS SELECT mail FROM users;",
            "ALTER TABLE users DROP COLUMN mail CASCADE;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DROP TABLE users CASCADE;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DROP TABLE users;",
        ),
        ("", "DROP TABLE IF EXISTS users CASCADE;"),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let of = match seen.act {
            Act::DropTable {
                table,
                cascade: true,
                ..
            } if !step.is_spared(seen, table) => table,
            Act::DropColumn {
                table,
                cascade: true,
                ..
            } => table,
            Act::DropConstraint {
                table,
                cascade: true,
                ..
            } => table,
            Act::DropIndex {
                name,
                cascade: true,
                ..
            } => name,
            Act::DropObject {
                name,
                cascade: true,
                ..
            } => name,
            Act::Truncate {
                table,
                cascade: true,
            } => table,
            _ => continue,
        };
        if step.stands(of) {
            found.add(
                Group::Loses,
                seen,
                of,
                format!(
                    "CASCADE drops or empties whatever depends on {of}, without a word of it here"
                ),
                "drop what depends on it by name, and leave CASCADE out",
            );
        }
    }
}
