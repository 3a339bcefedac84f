//! `drop-object`: a view, a type, a function or a schema goes.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-object",
    groups: &[Group::Breaks],
    dialects: ALL,
    what: "A view, a type, a function or a schema goes.",
    known_as: "Atlas DS101; squawk ban-drop-database",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE VIEW mails AS SELECT mail FROM users;",
        "DROP VIEW mails;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE VIEW mails AS SELECT mail FROM users;",
            "DROP VIEW mails; CREATE VIEW mails AS SELECT mail FROM users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE VIEW mails AS SELECT mail FROM users; DROP VIEW mails;",
        ),
        ("", "DROP VIEW IF EXISTS mails;"),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropObject { kind, name, .. } = seen.act
            && [
                "view",
                "materialized view",
                "type",
                "function",
                "schema",
                "database",
                "sequence",
            ]
            .contains(kind)
            && !makes(step, name)
            && !is_own_name(step, name)
            && (["schema", "database"].contains(kind) || !step.is_spared(seen, name))
        {
            found.add(
                Group::Breaks,
                seen,
                name,
                format!("drops the {kind} {name}: programs that still run ask for it"),
                "drop it in a release after the last one that uses it",
            );
        }
    }
}

/// Whether the section gave the name itself, to what it replaces: no program knows it.
fn is_own_name(step: &Step<'_>, name: &str) -> bool {
    step.acts()
        .any(|seen| matches!(seen.act, Act::RenameObject { to, .. } if to == name))
}

/// Whether the section also creates the object: then it is only changed.
fn makes(step: &Step<'_>, name: &str) -> bool {
    let is_new = |text: &str| {
        let text = text.trim_start();
        let creates = text
            .get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case("create"));
        creates && crate::sql::mentions_relation(text, step.dialect, &name.to_lowercase())
    };
    step.statements
        .iter()
        .any(|statement| is_new(&statement.text))
}
