//! `json`: a json column.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "json",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A json column.",
    known_as: "eugene E3; strong_migrations, online_migrations: adding a json column",
    check,
    bad: &[
        ("", "CREATE TABLE a (data json);"),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN data json;",
        ),
    ],
    good: &[("", "CREATE TABLE a (data jsonb);")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let (table, columns) = match seen.act {
            Act::CreateTable {
                table,
                columns,
                is_temporary: false,
                ..
            } => (table, &columns[..]),
            Act::AddColumn { table, column } => (table, std::slice::from_ref(column)),
            _ => continue,
        };
        for column in columns.iter().filter(|column| column.kind == "json") {
            found.add(
                Group::Design,
                seen,
                table,
                format!(
                    "{table}.{} has no equality: SELECT DISTINCT over it fails",
                    column.name
                ),
                "jsonb",
            );
        }
    }
}
