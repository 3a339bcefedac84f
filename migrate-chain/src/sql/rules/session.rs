//! The settings by which a server reads a script: what splits and checks scripts reads them alike.

use crate::Dialect;
use crate::sql::finding::{Finding, find};
use crate::sql::lexer::Token;
use crate::sql::words::Words;

/// No setting under which PostgreSQL would read the text of a script in another way than it was written:
/// another encoding than UTF-8, or strings in which `\` escapes. SQLite has no such setting.
///
/// Every spelling that the text alone tells is refused, in a `DO` block too. A role's or a database's own
/// setting holds for later sessions only.
pub(super) fn no_other_reading(words: &Words<'_>, findings: &mut Vec<Finding>) {
    if words.dialect() != Dialect::Postgres {
        return;
    }
    if words.is(0, "SET") {
        assignment(words, 0, findings);
    }
    if words.is(0, "UPDATE") {
        catalog(words, findings);
    }
    calls(words, findings);
    if words.is(0, "DO") {
        for at in 1..words.len() {
            if let Some(body) = words.dollar_quoted(at) {
                let tokens: Vec<Token> = body
                    .map(|(kind, _, range)| Token {
                        kind,
                        start: range.start,
                        end: range.end,
                    })
                    .collect();
                block(&words.with(&tokens), findings);
            }
        }
    }
}

/// The statements of a `DO` block.
fn block(words: &Words<'_>, findings: &mut Vec<Finding>) {
    for at in 1..words.len() {
        let starts =
            words.symbol(at - 1, b';') || words.is_any(at - 1, &["BEGIN", "THEN", "ELSE", "LOOP"]);
        if starts && words.is(at, "SET") {
            assignment(words, at, findings);
        }
    }
    calls(words, findings);
}

/// `SET [SESSION | LOCAL] name {= | TO} value`, or `SET [SESSION | LOCAL] NAMES value`.
fn assignment(words: &Words<'_>, set: usize, findings: &mut Vec<Finding>) {
    let at = set + 1 + usize::from(words.is_any(set + 1, &["SESSION", "LOCAL"]));
    let (name, value) = if words.is(at, "NAMES") {
        ("client_encoding".to_owned(), at + 1)
    } else {
        match words.identifier(at) {
            Some(name) => (name.to_ascii_lowercase(), at + 2),
            None => return,
        }
    };
    let given = match words.literal(value) {
        Some(text) => text,
        // The server's own, which the driver has chosen.
        None if words.is(value, "DEFAULT") || words.kind(value).is_none() => return,
        None => words.text(value).trim_matches('"').into(),
    };
    check(words, set, value + 1, &name, &given, findings);
}

/// `set_config('name', 'value', ..)`, wherever it is called.
fn calls(words: &Words<'_>, findings: &mut Vec<Finding>) {
    for at in 0..words.len() {
        let called = words.symbol(at + 1, b'(')
            && words
                .identifier(at)
                .is_some_and(|name| name == "set_config");
        if !called {
            continue;
        }
        let end = words.skip_parentheses(at + 1);
        let mut literals = (at + 2..end).filter_map(|at| words.literal(at));
        if let (Some(name), Some(value)) = (literals.next(), literals.next()) {
            check(words, at, end, &name.to_ascii_lowercase(), &value, findings);
        }
    }
}

/// `UPDATE pg_settings SET setting = 'value' WHERE name = 'name'`, which calls `set_config`.
fn catalog(words: &Words<'_>, findings: &mut Vec<Finding>) {
    let (Some((table, _)), Some(value)) = (
        words.qualified(words.skip(1, "ONLY")),
        (0..words.len()).find(|&at| words.is(at, "setting") && words.symbol(at + 1, b'=')),
    ) else {
        return;
    };
    let Some(value) = words
        .literal(value + 2)
        .filter(|_| table.name == "pg_settings")
    else {
        return;
    };
    for (_, name) in words.literals() {
        check(
            words,
            0,
            words.len(),
            &name.to_ascii_lowercase(),
            &value,
            findings,
        );
    }
}

fn check(
    words: &Words<'_>,
    from: usize,
    to: usize,
    name: &str,
    value: &str,
    findings: &mut Vec<Finding>,
) {
    let (right, problem, help) = match name {
        "client_encoding" => (
            is_utf8(value),
            "the server would read UTF-8 as something else",
            "remove it: a revision is UTF-8, and is sent as it is",
        ),
        "standard_conforming_strings" => (
            is_on(value),
            "`\\` in a string would mean something else than what is checked here",
            "remove it; a string with escapes is written E'..'",
        ),
        _ => return,
    };
    if !right {
        let message = format!("`{name}` is set to `{value}`: {problem}");
        find(findings, words.between(from, to), message, help);
    }
}

/// As PostgreSQL compares the names of encodings: by letters and digits, in any case.
fn is_utf8(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    matches!(name.as_str(), "utf8" | "unicode")
}

/// As PostgreSQL reads a truth value: by any beginning that only one of them has.
fn is_on(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let begins = |whole: &str| !value.is_empty() && whole.starts_with(&value);
    value == "1" || value == "on" || begins("true") || begins("yes")
}
