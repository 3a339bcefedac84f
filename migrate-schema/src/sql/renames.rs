//! Names in texts that the database wrote: found, and renamed as the database itself renames them.

use migrate_chain::Dialect;
use migrate_chain::sql::TokenKind;

use super::cursor::{Token, lex};
use migrate_chain::sql::unquoted;

use super::names::{ident_of, literal};
use super::qualified::{bare, join, split};

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

/// Replaces names. A type that is cast to and a collation are no columns, and `new` is not asked. `relation` has the new
/// names of tables, by the names of the model.
pub(crate) fn replace(
    text: &str,
    dialect: Dialect,
    relation: &dyn Fn(&str) -> Option<String>,
    new: &dyn Fn(Named<'_>) -> Option<String>,
) -> String {
    let tokens = lex(text, dialect).unwrap_or_default();
    let is = |at: Option<usize>, what: &str| text_of(&tokens, at).eq_ignore_ascii_case(what);
    let name_at = |at: usize| {
        let token = tokens.get(at).filter(|token| is_name(token));
        token.map(|token| unquoted(token.text))
    };
    let write = |name: &str| match split(name) {
        (Some(schema), name) => format!(
            "{}.{}",
            ident_of(dialect, &schema),
            ident_of(dialect, &name)
        ),
        (None, name) => ident_of(dialect, &name),
    };
    let mut out = String::with_capacity(text.len());
    let (mut copied, mut at) = (0, 0);
    while let Some(token) = tokens.get(at) {
        let (one, two) = (at.checked_sub(1), at.checked_sub(2));
        let (start, mut end) = (token.start, token.end);
        let follows = is(Some(at + 1), ".").then(|| name_at(at + 2)).flatten();
        let own = name_at(at).filter(|_| !is(one, "COLLATE"));
        at += 1;
        let Some(name) = own else { continue };
        // A schema, and what is in it.
        let in_schema = follows.as_ref().filter(|_| !is(one, "."));
        let in_schema = in_schema.and_then(|follows| relation(&join(Some(&name), follows)));
        let written = if let Some(new) = in_schema {
            end = tokens.get(at + 1).map_or(end, |last| last.end);
            at += 2;
            Some(write(&new))
        } else if is(one, "::") {
            None
        } else {
            let qualifier = is(one, ".").then(|| unquoted(text_of(&tokens, two)));
            let called = is(Some(at), "(");
            let qualifies = is(Some(at), ".");
            match relation(&join(None, &name)).filter(|_| qualifier.is_none() || called) {
                // In front of a column it is the name by which a query has it, which is without a schema.
                Some(new) if qualifies => Some(ident_of(dialect, &bare(&new))),
                Some(new) => Some(write(&new)),
                None => {
                    let named = Named {
                        qualifier: qualifier.as_deref(),
                        name: &name,
                        called,
                        qualifies,
                    };
                    new(named).map(|new| ident_of(dialect, &new))
                }
            }
        };
        if let Some(new) = written {
            out.push_str(text.get(copied..start).unwrap_or_default());
            out.push_str(&new);
            copied = end;
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// Replaces the value `old` of an enum type where it is written as `'old'::type`, and the type's name.
pub(crate) fn rename_literals(
    text: &str,
    new_type: &dyn Fn(&str) -> Option<String>,
    new_value: &dyn Fn(&str, &str) -> Option<String>,
) -> String {
    let tokens = lex(text, Dialect::Postgres).unwrap_or_default();
    let is_cast = |at: Option<usize>| text_of(&tokens, at) == "::";
    // The type whose name begins there, and where it ends.
    let type_at = |at: usize| {
        let first = unquoted(text_of(&tokens, Some(at)));
        if text_of(&tokens, Some(at + 1)) == "." {
            let second = unquoted(text_of(&tokens, Some(at + 2)));
            (join(Some(&first), &second), at + 2)
        } else {
            (join(None, &first), at)
        }
    };
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (at, token) in tokens.iter().enumerate() {
        let (new, end) = match token.kind {
            TokenKind::Text if is_cast(Some(at + 1)) => {
                let (kind, _) = type_at(at + 2);
                let new = new_value(&kind, &unquoted(token.text));
                (new.map(|new| literal(&new)), token.end)
            }
            _ if is_name(token) && is_cast(at.checked_sub(1)) => {
                let (kind, last) = type_at(at);
                let end = tokens.get(last).map_or(token.end, |last| last.end);
                (new_type(&kind).map(|new| relation_of(&new)), end)
            }
            _ => continue,
        };
        if let Some(new) = new {
            out.push_str(text.get(copied..token.start).unwrap_or_default());
            out.push_str(&new);
            copied = end;
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// A table or a type, as PostgreSQL itself writes it.
fn relation_of(name: &str) -> String {
    let write = |name: &str| ident_of(Dialect::Postgres, name);
    match split(name) {
        (Some(schema), name) => format!("{}.{}", write(&schema), write(&name)),
        (None, name) => write(&name),
    }
}

fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::Name)
}

/// The text of a token, empty where there is none.
fn text_of<'a>(tokens: &[Token<'a>], at: Option<usize>) -> &'a str {
    let token = at.and_then(|at| tokens.get(at));
    token.map_or("", |token| token.text)
}

/// Whether a text holds a name, as a table's or a column's.
pub(crate) fn mentions(text: &str, dialect: Dialect, name: &str) -> bool {
    let tokens = lex(text, dialect).unwrap_or_default();
    tokens.iter().any(|token| match (dialect, token.kind) {
        (Dialect::Sqlite, TokenKind::Word | TokenKind::Name) => {
            unquoted(token.text).eq_ignore_ascii_case(name)
        }
        (_, TokenKind::Word) => token.text.to_lowercase() == name,
        (_, TokenKind::Name) => unquoted(token.text) == name,
        _ => false,
    })
}

/// Whether a text holds the name of a table, a view or a type, whatever schema it says.
pub(crate) fn mentions_relation(text: &str, dialect: Dialect, name: &str) -> bool {
    mentions(text, dialect, &bare(name))
}

/// Whether a text holds a constant in single quotes.
pub(crate) fn holds(text: &str, dialect: Dialect, value: &str) -> bool {
    let tokens = lex(text, dialect).unwrap_or_default();
    let mut texts = tokens.iter().filter(|token| token.kind == TokenKind::Text);
    texts.any(|token| unquoted(token.text) == value)
}

/// The constants in single quotes, without them.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) fn texts(text: &str, dialect: Dialect) -> Vec<String> {
    let tokens = lex(text, dialect).unwrap_or_default();
    let texts = tokens.iter().filter(|token| token.kind == TokenKind::Text);
    texts.map(|token| unquoted(token.text)).collect()
}

/// The numbers, without what is behind the point.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) fn numbers(text: &str, dialect: Dialect) -> Vec<i64> {
    let tokens = lex(text, dialect).unwrap_or_default();
    let number = |(at, token): (usize, &Token<'_>)| {
        let whole = token.text.split('.').next()?;
        let number: i64 = whole.parse().ok()?;
        let is_negative = text_of(&tokens, at.checked_sub(1)) == "-";
        Some(if is_negative { -number } else { number })
    };
    tokens.iter().enumerate().filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(feature = "rusqlite", feature = "postgres"))]
    #[test]
    fn constants_are_found() {
        let check = "a IN ('x', 'it''s') AND b1 >= -5 AND b < 10.5";
        assert_eq!(texts(check, Dialect::Sqlite), ["x", "it's"]);
        assert_eq!(numbers(check, Dialect::Sqlite), [-5, 10]);
    }

    fn renamed(text: &str, dialect: Dialect) -> String {
        replace(text, dialect, &|_| None, &|word| {
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
    fn a_table_is_renamed_with_its_schema() {
        let new = |name: &str| match name {
            "users" => Some("core.people".to_owned()),
            "core.posts" => Some("posts".to_owned()),
            _ => None,
        };
        let text =
            "SELECT users.id, p.users FROM users JOIN core.posts p ON core.f(p.id) = users.id";
        assert_eq!(
            replace(text, Dialect::Postgres, &new, &|_| None),
            "SELECT people.id, p.users FROM core.people JOIN posts p ON core.f(p.id) = people.id"
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

    /// What can't be read is left alone.
    #[test]
    fn odd_texts_stay() {
        for text in ["mail '", "mail \"", "mail $a$", "mail /*", "E'\\", "é'"] {
            assert_eq!(renamed(text, Dialect::Postgres), text);
        }
    }

    #[test]
    fn constants_are_found_whatever_quotes_are_in_them() {
        assert!(holds("a = 'it''s'", Dialect::Sqlite, "it's"));
        assert!(holds("E'a\\\\b'::mood", Dialect::Postgres, "a\\b"));
        assert!(!holds("a = 'b'", Dialect::Postgres, "a"));
    }
}
