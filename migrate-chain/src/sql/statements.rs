//! Statements: the tokens up to a `;` that is not part of a body.

use super::lexer::{Kind, Lexer, Token, Unclosed};
use super::nesting::Nesting;
use crate::Dialect;
use std::ops::Range;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// From its first token up to and including its `;`, if it has one. In bytes of the script.
    /// Comments before and behind it are left out.
    pub range: Range<usize>,
}

/// The statements of a script, in order: see [`statements`].
#[derive(Debug, Clone)]
pub struct Statements<'a> {
    lexer: Lexer<'a>,
    unclosed: Option<Unclosed>,
}

/// Splits a script into its statements, without allocating.
///
/// A `;` inside of a text, a comment, a trigger's body (SQLite), a `BEGIN ATOMIC` body or parentheses (PostgreSQL)
/// ends no statement. Empty statements are left out; the last one needs no `;`.
///
/// ```
/// use migrate_chain::{Dialect, sql::statements};
///
/// let script = "CREATE TABLE a (x); -- a;b\n;; INSERT INTO a VALUES (';')";
/// let texts: Vec<&str> = statements(script, Dialect::Sqlite).map(|s| &script[s.range]).collect();
/// assert_eq!(texts, ["CREATE TABLE a (x);", "INSERT INTO a VALUES (';')"]);
/// ```
pub fn statements(script: &str, dialect: Dialect) -> Statements<'_> {
    Statements {
        lexer: Lexer::new(script, dialect),
        unclosed: None,
    }
}

/// Whether a script has no statement at all: nothing but white space, comments and `;`.
///
/// Comments nest on PostgreSQL only, so a script can be blank to one database and not to the other; it is blank
/// if every database reads it so.
///
/// ```
/// use migrate_chain::sql::is_blank;
///
/// assert!(is_blank("\n -- later\n /* ; */ ;"));
/// assert!(!is_blank("SELECT 1"));
/// ```
pub fn is_blank(script: &str) -> bool {
    Dialect::ALL
        .into_iter()
        .all(|dialect| Lexer::new(script, dialect).all(|token| token.kind == Kind::Symbol(b';')))
}

impl Statements<'_> {
    /// The next statement; `each` sees its tokens, the closing `;` left out, and any shell line on the way.
    pub(super) fn read(&mut self, mut each: impl FnMut(Token)) -> Option<Statement> {
        let mut range: Option<Range<usize>> = None;
        let mut nesting = Nesting::default();
        while let Some(token) = self.lexer.next() {
            let token = self.shell_line(token, range.is_none());
            match (token.kind, &mut range) {
                (Kind::Shell, _) => {
                    each(token);
                    continue;
                }
                (Kind::Symbol(b';'), None) => continue,
                (_, None) => range = Some(token.start..token.end),
                (_, Some(range)) => range.end = token.end,
            }
            if nesting.ends_with(token, &self.lexer) {
                return range.map(|range| Statement { range });
            }
            each(token);
        }
        self.unclosed = self.unclosed.or(nesting.unclosed());
        range.map(|range| Statement { range })
    }

    /// What the script leaves open, once all of it was read. A quote comes first: it swallows every `)` and `END`.
    pub(super) fn unclosed(&self) -> Option<Unclosed> {
        self.lexer.unclosed().or(self.unclosed)
    }

    /// Leaves out the data lines of a `COPY .. FROM STDIN`: up to the line `\.`. False if there is none.
    pub(super) fn skip_copy_data(&mut self) -> bool {
        let script = self.lexer.script();
        let mut at = self.lexer.position();
        for line in script.get(at..).unwrap_or_default().split_inclusive('\n') {
            at += line.len();
            if line.trim_end() == "\\." {
                self.lexer.skip_to(at);
                return true;
            }
        }
        false
    }

    /// Turns the token that starts a line for psql or the sqlite3 shell into that line.
    ///
    /// A backslash is no token of PostgreSQL's, wherever it stands; no statement of SQLite's starts with a dot.
    fn shell_line(&mut self, token: Token, first: bool) -> Token {
        let shell = match token.kind {
            Kind::Symbol(b'\\') => self.lexer.dialect() == Dialect::Postgres,
            Kind::Symbol(b'.') => first && self.lexer.dialect() == Dialect::Sqlite,
            _ => false,
        };
        if !shell {
            return token;
        }
        let end = self.lexer.skip_line();
        Token {
            kind: Kind::Shell,
            start: token.start,
            end,
        }
    }
}

impl Iterator for Statements<'_> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        self.read(|_| {})
    }
}
