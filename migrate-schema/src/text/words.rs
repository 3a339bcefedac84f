//! The words of an expression or a statement, so that a renamed column is renamed in it too.

use std::ops::Range;

use migrate_chain::Dialect;

use super::quote::{bare, ident, literal};
use crate::sql::names::identifier;

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword, quoted or not.
    Name,
    /// A text in single quotes.
    Text,
    /// A number, a sign, the body of a function.
    Other,
}

/// A word, where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) kind: Kind,
    pub(crate) at: Range<usize>,
}

/// The words of a text; white space and comments are none.
pub(crate) fn words(text: &str, dialect: Dialect) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (len, kind) = match first {
            c if c.is_whitespace() => (c.len_utf8(), None),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") => {
                (rest.find("*/").map_or(rest.len(), |end| end + 2), None)
            }
            '\'' => (quoted(rest, '\'', escapes(text, at)), Some(Kind::Text)),
            '"' => (quoted(rest, '"', false), Some(Kind::Name)),
            '`' if dialect == Dialect::Sqlite => (quoted(rest, '`', false), Some(Kind::Name)),
            '[' if dialect == Dialect::Sqlite => (quoted(rest, ']', false), Some(Kind::Name)),
            '$' if dialect == Dialect::Postgres => (dollar(rest), Some(Kind::Other)),
            c if c.is_ascii_digit() => (run(rest), Some(Kind::Other)),
            c if in_name(c) => (run(rest), Some(Kind::Name)),
            c => (c.len_utf8(), Some(Kind::Other)),
        };
        let len = len.max(first.len_utf8());
        if let Some(kind) = kind {
            words.push(Word {
                kind,
                at: at..at + len,
            });
        }
        at += len;
    }
    words
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || !c.is_ascii()
}

fn run(text: &str) -> usize {
    text.find(|c: char| !(in_name(c) || c == '$'))
        .unwrap_or(text.len())
}

/// Whether the quote at `at` belongs to an `E'..'`, in which a backslash escapes.
fn escapes(text: &str, at: usize) -> bool {
    let mut before = text[..at].chars().rev();
    matches!(before.next(), Some('e' | 'E')) && !before.next().is_some_and(in_name)
}

/// The length of a quoted text; a doubled quote is part of it.
fn quoted(text: &str, close: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
        } else if c == close {
            match chars.peek() {
                Some(&(_, next)) if next == close => {
                    chars.next();
                }
                _ => return at + close.len_utf8(),
            }
        }
    }
    text.len()
}

fn dollar(text: &str) -> usize {
    let Some(end) = text[1..].find('$') else {
        return 1;
    };
    let tag = &text[..end + 2];
    if !tag[1..end + 1].chars().all(in_name) {
        return 1;
    }
    let body = text[tag.len()..].find(tag);
    body.map_or(text.len(), |body| body + 2 * tag.len())
}

/// A name, and what stands around it.
pub(crate) struct Named<'a> {
    /// What stands in front of the dot in front of it.
    pub(crate) qualifier: Option<&'a str>,
    /// Itself, without quotes.
    pub(crate) name: &'a str,
    /// A parenthesis follows: a function's name, or a table's in front of its columns.
    pub(crate) called: bool,
    /// A dot follows: it is a qualifier itself.
    pub(crate) qualifies: bool,
}

/// Replaces names. A type that is cast to and a collation are no columns, and `new` is not asked.
pub(crate) fn replace(
    text: &str,
    dialect: Dialect,
    new: &dyn Fn(Named<'_>) -> Option<String>,
) -> String {
    let words = words(text, dialect);
    let is = |at: usize, what: &str| {
        words
            .get(at)
            .is_some_and(|word| &text[word.at.clone()] == what)
    };
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, word) in words.iter().enumerate() {
        if word.kind != Kind::Name {
            continue;
        }
        let before = |back: usize| at.checked_sub(back);
        let is_type = before(2).is_some_and(|two| is(two, ":") && is(two + 1, ":"));
        let is_collation = before(1).is_some_and(|one| {
            words
                .get(one)
                .is_some_and(|word| text[word.at.clone()].eq_ignore_ascii_case("collate"))
        });
        if is_type || is_collation {
            continue;
        }
        let qualifier = before(2)
            .filter(|&two| is(two + 1, "."))
            .and_then(|two| words.get(two))
            .map(|word| bare(&text[word.at.clone()]));
        let named = Named {
            qualifier: qualifier.as_deref(),
            name: &bare(&text[word.at.clone()]),
            called: is(at + 1, "("),
            qualifies: is(at + 1, "."),
        };
        if let Some(new) = new(named) {
            out.push_str(&text[copied..word.at.start]);
            out.push_str(&match dialect {
                Dialect::Sqlite => identifier(&new),
                _ => ident(&new),
            });
            copied = word.at.end;
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// Replaces the value `old` of an enum type where it is written as `'old'::type`, and the type's name.
pub(crate) fn rename_literals(
    text: &str,
    new_type: &dyn Fn(&str) -> Option<String>,
    new_value: &dyn Fn(&str, &str) -> Option<String>,
) -> String {
    let words = words(text, Dialect::Postgres);
    let part = |at: usize| words.get(at).map_or("", |word| &text[word.at.clone()]);
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, word) in words.iter().enumerate() {
        let replaced = match word.kind {
            Kind::Text if part(at + 1) == ":" && part(at + 2) == ":" => {
                let kind = bare(part(at + 3));
                let value = part(at).trim_matches('\'').replace("''", "'");
                new_value(&kind, &value).map(|new| literal(&new))
            }
            Kind::Name if at >= 2 && part(at - 1) == ":" && part(at - 2) == ":" => {
                new_type(&bare(part(at))).map(|new| ident(&new))
            }
            _ => None,
        };
        if let Some(new) = replaced {
            out.push_str(&text[copied..word.at.start]);
            out.push_str(&new);
            copied = word.at.end;
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// Whether a text holds a name, as a table's or a column's.
pub(crate) fn mentions(text: &str, dialect: Dialect, name: &str) -> bool {
    words(text, dialect).iter().any(|word| {
        let said = bare(&text[word.at.clone()]);
        word.kind == Kind::Name
            && match dialect {
                Dialect::Sqlite => said.eq_ignore_ascii_case(name),
                _ => said == name || said.to_lowercase() == name,
            }
    })
}

/// Whether a text holds a constant in single quotes.
pub(crate) fn holds(text: &str, dialect: Dialect, value: &str) -> bool {
    words(text, dialect).iter().any(|word| {
        let said = text.get(word.at.clone()).unwrap_or_default();
        word.kind == Kind::Text && said == literal(value)
    })
}

/// The constants in single quotes, without them.
pub(crate) fn texts(text: &str, dialect: Dialect) -> Vec<String> {
    let words = words(text, dialect);
    (words.iter().filter(|word| word.kind == Kind::Text))
        .map(|word| text[word.at.clone()].trim_matches('\'').replace("''", "'"))
        .collect()
}

/// The whole numbers.
pub(crate) fn numbers(text: &str, dialect: Dialect) -> Vec<i64> {
    let words = words(text, dialect);
    let said = |at: usize| words.get(at).map_or("", |word| &text[word.at.clone()]);
    let number = |at: usize| {
        let number: i64 = said(at).parse().ok()?;
        let is_negative = at.checked_sub(1).is_some_and(|before| said(before) == "-");
        Some(if is_negative { -number } else { number })
    };
    (0..words.len()).filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_found() {
        let check = "a IN ('x', 'it''s') AND b1 >= -5 AND b < 10.5";
        assert_eq!(texts(check, Dialect::Sqlite), ["x", "it's"]);
        assert_eq!(numbers(check, Dialect::Sqlite), [-5, 10, 5]);
    }

    fn renamed(text: &str, dialect: Dialect) -> String {
        replace(text, dialect, &|word| {
            (word.name == "mail" && !word.called).then(|| "e mail".to_owned())
        })
    }

    #[test]
    fn a_column_is_renamed_and_what_only_looks_like_it_is_not() {
        assert_eq!(
            renamed(
                "lower(mail) = 'mail' AND \"mail\" <> mail(1) -- mail",
                Dialect::Sqlite
            ),
            "lower(\"e mail\") = 'mail' AND \"e mail\" <> mail(1) -- mail"
        );
        assert_eq!(
            renamed(
                "(x)::mail || $$mail$$ || E'\\'mail' || t.mail",
                Dialect::Postgres
            ),
            "(x)::mail || $$mail$$ || E'\\'mail' || t.\"e mail\""
        );
        assert_eq!(
            renamed("[mail] + `mail`", Dialect::Sqlite),
            "\"e mail\" + \"e mail\""
        );
    }

    #[test]
    fn a_value_is_renamed_where_it_is_one_of_its_type() {
        let value =
            |kind: &str, value: &str| (kind == "mood" && value == "sad").then(|| "blue".to_owned());
        let kind = |name: &str| (name == "mood").then(|| "feeling".to_owned());
        assert_eq!(
            rename_literals("(m <> 'sad'::mood) AND (t <> 'sad'::text)", &kind, &value),
            "(m <> 'blue'::feeling) AND (t <> 'sad'::text)"
        );
    }

    #[test]
    fn odd_texts_end() {
        for text in ["'", "\"", "$", "$a", "$a$", "[", "E'\\", "é'", "/*", "--"] {
            for dialect in Dialect::ALL {
                words(text, dialect);
            }
        }
    }
}
