//! `update-without-where`: all rows of a table get another value.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};
use crate::sql::cursor::{Cursor, lex, split_at_commas};

pub(super) const RULE: Rule = Rule {
    id: "update-without-where",
    groups: &[Group::Loses],
    dialects: ALL,
    what: "All rows of a table get another value.",
    known_as: "strong_migrations, online_migrations: backfilling; pgfence 42",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "UPDATE users SET mail = '';",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "UPDATE users SET mail = '' WHERE mail IS NULL;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN x integer; UPDATE users SET x = age;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Update {
            table,
            has_where: false,
        } = seen.act
            && step.stands(table)
            && !fills_new(step, seen.statement, table)
        {
            found.add(
                Group::Loses,
                seen,
                table,
                format!("every row of {table} is overwritten: the statement has no WHERE"),
                "say which rows are meant; `WHERE true` if it is all of them",
            );
        }
    }
}

/// Whether all that the statement sets are columns that the section adds: they hold nothing that could be lost.
fn fills_new(step: &Step<'_>, statement: &std::ops::Range<usize>, table: &str) -> bool {
    let found = step.statements.iter().find(|one| one.range == *statement);
    let text = found.map_or("", |one| one.text.as_str());
    let tokens = lex(text, step.dialect).unwrap_or_default();
    let set = tokens.iter().position(|token| token.is_word("SET"));
    let rest = set.and_then(|at| tokens.get(at + 1..)).unwrap_or_default();
    let mut depth = 0_i32;
    let end = rest.iter().position(|token| {
        depth += i32::from(token.is_symbol(b'(')) - i32::from(token.is_symbol(b')'));
        depth == 0 && token.is_word("FROM")
    });
    let list = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let columns: Vec<String> = split_at_commas(list)
        .into_iter()
        .filter_map(|part| Cursor::new(part).take_name())
        .collect();
    let is_new = |column: &String| {
        step.acts().any(|seen| match seen.act {
            Act::AddColumn {
                table: of,
                column: new,
            } => of.eq_ignore_ascii_case(table) && new.name.eq_ignore_ascii_case(column),
            _ => false,
        })
    };
    !columns.is_empty() && columns.iter().all(is_new)
}
