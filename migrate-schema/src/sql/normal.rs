//! One spelling for what means the same on SQLite: white space, letter case, quotes of names, outer parentheses.
//!
//! Only what SQLite itself does not care about is changed, token by token, so that no text can come out with another
//! meaning.

use migrate_chain::sql::TokenKind;

use super::cursor::{Token, closing, split_at_commas};
use super::keywords::is_operator;
use migrate_chain::sql::unquoted;

use super::names::ident;

/// The expression that tokens spell, without outer parentheses.
pub(crate) fn expression(tokens: &[Token<'_>], columns: &[String]) -> String {
    text(without_parentheses(tokens), columns)
}

/// The normal form of an expression, with its parentheses.
pub(crate) fn text(tokens: &[Token<'_>], columns: &[String]) -> String {
    let mut text = String::new();
    let mut before: Option<Token<'_>> = None;
    let mut was_sign = false;
    for (at, token) in tokens.iter().enumerate() {
        let after = tokens.get(at + 1);
        let spelled = spell(before, *token, after, columns);
        if before.is_some_and(|before| needs_space(before, *token, was_sign)) {
            text.push(' ');
        }
        was_sign = is_sign(before, *token);
        text.push_str(&spelled);
        before = Some(*token);
    }
    text
}

/// Takes off parentheses that enclose the whole, unless they make a list or a query of it.
pub(crate) fn without_parentheses<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut inside = tokens;
    while closing(inside, 0).is_some_and(|close| close + 1 == inside.len()) {
        let Some(next) = inside.get(1..inside.len() - 1) else {
            break;
        };
        let is_query = next.first().is_some_and(|token| {
            ["SELECT", "WITH", "VALUES"]
                .iter()
                .any(|word| token.is_word(word))
        });
        if next.is_empty() || is_query || split_at_commas(next).len() > 1 {
            break;
        }
        inside = next;
    }
    inside
}

/// A default as it can follow DEFAULT: a literal as it is, anything else in parentheses.
pub(crate) fn default(expression: &[Token<'_>], columns: &[String]) -> Option<String> {
    let inside = without_parentheses(expression);
    let text = text(inside, columns);
    match inside {
        [only] if only.is_word("NULL") => None,
        [only] if matches!(only.kind, TokenKind::Number | TokenKind::Text) => Some(text),
        [only] if only.kind == TokenKind::Word && is_constant(only.text) => Some(text),
        [sign, number]
            if number.kind == TokenKind::Number
                && (sign.is_symbol(b'-') || sign.is_symbol(b'+')) =>
        {
            Some(text)
        }
        _ => Some(format!("({text})")),
    }
}

/// The words that are values.
pub(crate) fn is_constant(word: &str) -> bool {
    const CONSTANTS: [&str; 6] = [
        "NULL",
        "TRUE",
        "FALSE",
        "CURRENT_TIME",
        "CURRENT_DATE",
        "CURRENT_TIMESTAMP",
    ];
    CONSTANTS
        .iter()
        .any(|constant| constant.eq_ignore_ascii_case(word))
}

/// A column by its own spelling, whatever case was used to name it.
fn column<'c>(name: &str, columns: &'c [String]) -> Option<&'c String> {
    columns
        .iter()
        .find(|column| column.eq_ignore_ascii_case(name))
}

/// The columns that an expression mentions, in the order in which it does.
pub(crate) fn mentioned(tokens: &[Token<'_>], columns: &[String]) -> Vec<String> {
    let mut mentioned: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let calls = tokens
            .get(at + 1)
            .is_some_and(|after| after.is_symbol(b'('));
        let name = match token.kind {
            TokenKind::Word if is_operator(token.text) || calls => continue,
            TokenKind::Word | TokenKind::Name => unquoted(token.text),
            _ => continue,
        };
        if let Some(column) = column(&name, columns).filter(|name| !mentioned.contains(name)) {
            mentioned.push(column.clone());
        }
    }
    mentioned
}

fn spell(
    before: Option<Token<'_>>,
    token: Token<'_>,
    after: Option<&Token<'_>>,
    columns: &[String],
) -> String {
    let calls = after.is_some_and(|after| after.is_symbol(b'('));
    let names_collation = before.is_some_and(|before| before.is_word("COLLATE"));
    match token.kind {
        TokenKind::Word if names_collation => collation(token.text),
        TokenKind::Word if is_operator(token.text) => token.text.to_ascii_uppercase(),
        TokenKind::Word if calls => token.text.to_ascii_lowercase(),
        TokenKind::Word => match column(token.text, columns) {
            Some(column) => ident(column),
            None => token.text.to_owned(),
        },
        TokenKind::Name => {
            let name = unquoted(token.text);
            let is_qualifier = after.is_some_and(|after| after.is_symbol(b'.'));
            match column(&name, columns) {
                _ if names_collation => collation(&name),
                Some(column) => ident(column),
                None if is_qualifier || !token.text.starts_with('"') => ident(&name),
                // SQLite takes it for a string when no column has that name.
                None => token.text.to_owned(),
            }
        }
        TokenKind::Symbol(_) if token.text == "==" => "=".to_owned(),
        TokenKind::Symbol(_) if token.text == "!=" => "<>".to_owned(),
        TokenKind::Number => token.text.to_ascii_lowercase(),
        TokenKind::Text if token.text.starts_with(['x', 'X']) => token.text.to_ascii_uppercase(),
        _ => token.text.to_owned(),
    }
}

/// A collation's name; those that SQLite has are spelled as in its manual.
pub(crate) fn collation(name: &str) -> String {
    let own = ["BINARY", "NOCASE", "RTRIM"];
    match own.iter().find(|own| own.eq_ignore_ascii_case(name)) {
        Some(own) => (*own).to_owned(),
        None => ident(name),
    }
}

/// Whether a `-`, `+` or `~` belongs to what follows it.
fn is_sign(before: Option<Token<'_>>, token: Token<'_>) -> bool {
    if !matches!(token.text, "-" | "+" | "~") {
        return false;
    }
    match before {
        None => true,
        Some(before) => match before.kind {
            TokenKind::Symbol(_) => !before.is_symbol(b')'),
            TokenKind::Word => is_operator(before.text),
            _ => false,
        },
    }
}

fn needs_space(before: Token<'_>, token: Token<'_>, was_sign: bool) -> bool {
    // `- -1` must not become a comment.
    if was_sign {
        return matches!(token.kind, TokenKind::Symbol(b'-' | b'+' | b'~'));
    }
    match (before.text, token.text) {
        (".", _) | (_, "." | "," | ")") | ("(", _) => false,
        (_, "(") => match before.kind {
            TokenKind::Word => is_operator(before.text) && !before.is_word("CAST"),
            TokenKind::Name => false,
            _ => true,
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use migrate_chain::Dialect;

    use super::*;
    use crate::sql::cursor::lex;

    fn normal(text: &str) -> String {
        let columns = ["a", "B", "order", "a b"].map(str::to_owned);
        expression(&lex(text, Dialect::Sqlite).unwrap(), &columns)
    }

    #[test]
    fn what_means_the_same_is_spelled_the_same() {
        for (expected, spellings) in [
            ("a > 0", ["a>0", "((A > 0))", "( [a]\n>/* x */0 )"]),
            (
                "lower(\"B\")",
                ["LOWER ( b )", "(lower(\"b\"))", "Lower(`B`)"],
            ),
            (
                "\"order\" = -1",
                ["\"ORDER\"== -1", "[order]= - 1", "(`Order`=-1)"],
            ),
            (
                "a IS NOT NULL AND \"B\" IN ('x', 'Y')",
                [
                    "a is not null and b in('x','Y')",
                    "A IS NOT NULL AND(B IN('x' ,'Y'))",
                    "a is  not null and b in ('x','Y')",
                ],
            ),
            (
                "a || 'x' <> .5",
                ["a||'x'!=.5", "a || 'x' <> .5", "(a||'x')<>.5"],
            ),
            (
                "a COLLATE NOCASE DESC",
                [
                    "a collate nocase desc",
                    "[A] COLLATE \"nocase\" DESC",
                    "a collate NoCase Desc",
                ],
            ),
            (
                "t.a + 1e-5",
                ["t . a+1E-5", "\"t\".a + 1e-5", "[t].[a]+1e-5"],
            ),
        ] {
            let expected_is_stable = normal(expected);
            assert_eq!(expected_is_stable, expected);
            for spelling in spellings {
                // Inner parentheses are kept: nothing tells that they are not needed.
                if !spelling.contains("AND(") && !spelling.starts_with("(a||") {
                    assert_eq!(normal(spelling), expected, "{spelling}");
                }
            }
        }
    }

    #[test]
    fn what_differs_stays_different() {
        for text in [
            "a - -1",
            "a - 1",
            "- -a",
            "\"no column\" = a",
            "(a, \"B\")",
            "(a) + (\"B\")",
            "'A' = a",
            "CASE WHEN a THEN \"B\" END",
            "CAST(a AS text)",
            "json_extract(a, '$.x') ->> '$[0]'",
            "NOT (a AND \"B\")",
            "~a",
            "a IN (1, -2)",
        ] {
            assert_eq!(normal(text), text);
        }
    }

    #[test]
    fn a_default_has_parentheses_where_it_needs_them() {
        let written = |text: &str| default(&lex(text, Dialect::Sqlite).unwrap(), &[]);
        for plain in [
            "0",
            "-1.5",
            "1e3",
            "'it''s'",
            "''",
            "X'00'",
            "CURRENT_TIMESTAMP",
            "TRUE",
        ] {
            assert_eq!(written(plain).as_deref(), Some(plain));
        }
        for other in ["1 + 1", "'a' || 'b'", "now()", "lower('A')", "a"] {
            assert_eq!(written(other), Some(format!("({other})")));
        }
        assert_eq!(written("null"), None);
    }
}
