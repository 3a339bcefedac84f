//! `rename-rewrites-text`: a rename changes the text of views and triggers.

use super::{Rule, SQLITE};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "rename-rewrites-text",
    groups: &[Group::Breaks],
    dialects: SQLITE,
    what: "A rename changes the text of views and triggers.",
    known_as: "none",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE VIEW mails AS SELECT mail FROM users;",
            "ALTER TABLE users RENAME TO people;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE VIEW mails AS SELECT mail FROM users;",
            "ALTER TABLE users RENAME COLUMN mail TO email;",
        ),
    ],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users RENAME TO people;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let Some(before) = step.before else { return };
    for seen in step.acts() {
        let (table, name) = match seen.act {
            Act::RenameTable { table, .. } => (table, table),
            Act::RenameColumn { table, column, .. } => (table, column),
            _ => continue,
        };
        let mentions = |one: &&crate::model::Opaque| {
            crate::sql::mentions(&one.create, step.dialect, &name.to_lowercase())
                && crate::sql::mentions(&one.create, step.dialect, &table.to_lowercase())
        };
        if let Some(view) = before
            .opaque
            .iter()
            .find(mentions)
            .filter(|_| step.stands(table))
        {
            found.add(
                Group::Breaks,
                seen,
                table,
                format!("SQLite writes the new name into the {} {}: it gives its columns other names, or none of what it had", view.kind, view.name),
                "drop it first, and create it again with the names that are meant",
            );
        }
    }
}
