//! `narrow-view`: a view loses a column.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};
use crate::sql::cursor::{Cursor, Token, lex, split_at_commas};

pub(super) const RULE: Rule = Rule {
    id: "narrow-view",
    groups: &[Group::Breaks],
    dialects: ALL,
    what: "A view loses a column.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE VIEW mails AS SELECT id, mail FROM users;",
        "DROP VIEW mails; CREATE VIEW mails AS SELECT id FROM users;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE VIEW mails AS SELECT id, mail FROM users;",
        "DROP VIEW mails; CREATE VIEW mails AS SELECT id, mail, age FROM users;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let (Some(before), Some(after)) = (step.before, step.after) else {
        return;
    };
    for old in before.opaque.iter().filter(|one| one.kind.contains("view")) {
        let mut all = after.opaque.iter();
        let Some(new) = all.find(|one| one.kind == old.kind && one.name == old.name) else {
            continue;
        };
        let (before, after) = (selected(&old.create, step), selected(&new.create, step));
        let gone = before.iter().find(|column| !after.contains(column));
        if let Some(gone) = gone.filter(|_| !after.is_empty()) {
            found.add_of(
                Group::Breaks,
                &old.name,
                format!(
                    "the view {} no longer has {gone}: programs that still run ask for it",
                    old.name
                ),
                "keep the column until no such program runs",
            );
        }
    }
}

/// The names that the outermost SELECT of a view gives its columns; none where one of them can't be told.
fn selected(create: &str, step: &Step<'_>) -> Vec<String> {
    let tokens = lex(create, step.dialect).unwrap_or_default();
    let from = tokens.iter().position(|token| token.is_word("SELECT"));
    let rest = from.and_then(|at| tokens.get(at + 1..)).unwrap_or_default();
    let mut depth = 0_i32;
    let end = rest.iter().position(|token| {
        depth += i32::from(token.is_symbol(b'(')) - i32::from(token.is_symbol(b')'));
        depth == 0 && token.is_word("FROM")
    });
    let list = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let name = |part: &&[Token<'_>]| {
        let mut last = Cursor::new(part.get(part.len().checked_sub(1)?..)?);
        last.take_name().map(|name| name.to_lowercase())
    };
    let parts = split_at_commas(list);
    let names: Option<Vec<String>> = parts.iter().map(name).collect();
    names.unwrap_or_default()
}
