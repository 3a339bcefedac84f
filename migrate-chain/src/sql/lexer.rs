//! Tokens: where each word, number, quoted text and symbol of a script begins and ends.
//!
//! Every quote and comment is one token or none at all, so that no later phase can mistake what is written inside of
//! one for SQL. The rules are those of `src/backend/parser/scan.l` for PostgreSQL (with `standard_conforming_strings`
//! on, its default) and of `src/tokenize.c` for SQLite.

use super::quotes;
use crate::Dialect;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a bare identifier: only the grammar can tell which.
    Word,
    /// A number, with whatever is glued to it.
    Number,
    /// A literal with its prefix: `'..'`, `E'..'`, `U&'..'`, `x'..'`, `$tag$..$tag$`.
    Text,
    /// A quoted identifier: `".."`, `U&".."`, on SQLite also `` `..` `` and `[..]`.
    Name,
    /// Any other character, one by one.
    Symbol(u8),
    /// A line for psql or for the sqlite3 shell. The lexer never makes one: where a statement begins decides.
    Shell,
}

/// A token, and where it stands in the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// The offset of its first byte.
    pub start: usize,
    /// The offset behind its last byte.
    pub end: usize,
}

/// The tokens of a script, white space and comments left out; `None` if a quote or a comment is
/// never closed.
///
/// ```
/// use migrate_chain::{Dialect, sql::{TokenKind, tokens}};
///
/// let script = "SELECT [a b] -- c\n>= 'd'";
/// let tokens = tokens(script, Dialect::Sqlite).unwrap();
/// let texts: Vec<_> = tokens.iter().map(|token| &script[token.start..token.end]).collect();
/// assert_eq!(texts, ["SELECT", "[a b]", ">", "=", "'d'"]);
/// assert_eq!(tokens[1].kind, TokenKind::Name);
/// ```
pub fn tokens(script: &str, dialect: Dialect) -> Option<Vec<Token>> {
    let mut lexer = Lexer::new(script, dialect);
    let tokens = lexer.by_ref().collect();
    // SQLite accepts a comment that the end of the text ends.
    match lexer.unclosed {
        Some(unclosed) if !(dialect == Dialect::Sqlite && unclosed.what == Open::Comment) => None,
        _ => Some(tokens),
    }
}

/// Something that the script opens and never closes, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclosed {
    pub(super) start: usize,
    pub(super) what: Open,
}

/// What can be left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    Text,
    Name,
    DollarQuote,
    Comment,
    Parenthesis,
    TriggerBody,
    AtomicBody,
}

/// An iterator over the tokens of a script; white space and comments are left out.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    script: &'a str,
    dialect: Dialect,
    at: usize,
    /// At most one: what is never closed extends to the end.
    unclosed: Option<Unclosed>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(script: &'a str, dialect: Dialect) -> Lexer<'a> {
        // An editor's byte order mark is no part of the first word.
        let at = if script.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        Lexer {
            script,
            dialect,
            at,
            unclosed: None,
        }
    }

    pub(super) fn script(&self) -> &'a str {
        self.script
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn text(&self, token: Token) -> &'a str {
        self.script.get(token.start..token.end).unwrap_or_default()
    }

    pub(super) fn unclosed(&self) -> Option<Unclosed> {
        self.unclosed
    }

    /// Goes on behind the current line; returns where that line ends.
    pub(super) fn skip_line(&mut self) -> usize {
        self.at = quotes::line_end(self.bytes(), self.at, Dialect::Postgres);
        self.at
    }

    /// Goes on at `at`, which must be a place ahead.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = self.at.max(at);
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn bytes(&self) -> &'a [u8] {
        self.script.as_bytes()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes().get(self.at + ahead).copied()
    }

    /// Moves to `end`, or to the end of the script if what began at `start` is never closed.
    fn close(&mut self, start: usize, end: Option<usize>, what: Open) {
        if end.is_none() {
            self.unclosed = Some(Unclosed { start, what });
        }
        self.at = end.unwrap_or(self.script.len());
    }

    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'-' if self.peek(1) == Some(b'-') => {
                    self.at = quotes::line_end(self.bytes(), self.at, self.dialect);
                }
                b'/' if self.peek(1) == Some(b'*') => {
                    let end = quotes::comment_end(self.bytes(), self.at, self.dialect);
                    self.close(self.at, end, Open::Comment);
                }
                _ => break,
            }
        }
    }

    /// A `'..'` whose quote stands `prefix` bytes ahead.
    fn literal(&mut self, prefix: usize) -> Kind {
        let escapes =
            self.dialect == Dialect::Postgres && matches!(self.peek(0), Some(b'e' | b'E'));
        let end = quotes::text_end(self.bytes(), self.at + prefix, escapes);
        self.close(self.at, end, Open::Text);
        Kind::Text
    }

    /// An identifier that ends at `quote`, whose opening quote stands `prefix` bytes ahead.
    fn name(&mut self, prefix: usize, quote: u8) -> Kind {
        let end = quotes::name_end(self.bytes(), self.at + prefix, quote);
        self.close(self.at, end, Open::Name);
        Kind::Name
    }

    fn dollar(&mut self) -> Kind {
        match quotes::dollar_tag(self.bytes(), self.at) {
            Some(tag) => {
                let end = quotes::dollar_end(self.script, self.at, tag);
                self.close(self.at, end, Open::DollarQuote);
                Kind::Text
            }
            None => {
                self.at += 1;
                Kind::Symbol(b'$')
            }
        }
    }

    /// A word, unless it is the prefix of a quoted text.
    fn word(&mut self) -> Kind {
        let postgres = self.dialect == Dialect::Postgres;
        match (self.peek(0), self.peek(1), self.peek(2)) {
            (Some(b'x' | b'X'), Some(b'\''), _) => return self.literal(1),
            (Some(b'e' | b'E' | b'b' | b'B' | b'n' | b'N'), Some(b'\''), _) if postgres => {
                return self.literal(1);
            }
            (Some(b'u' | b'U'), Some(b'&'), Some(b'\'')) if postgres => return self.literal(2),
            (Some(b'u' | b'U'), Some(b'&'), Some(b'"')) if postgres => return self.name(2, b'"'),
            _ => {}
        }
        self.at = quotes::word_end(self.bytes(), self.at);
        Kind::Word
    }

    /// A number, with whatever is glued to it, except `$`: in `1$a$..` a dollar quote starts.
    fn number(&mut self) -> Kind {
        while self
            .peek(0)
            .is_some_and(|byte| byte == b'.' || (byte != b'$' && quotes::continues_word(byte)))
        {
            self.at += 1;
        }
        Kind::Number
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blank();
        let start = self.at;
        let sqlite = self.dialect == Dialect::Sqlite;
        let kind = match self.peek(0)? {
            b'\'' => self.literal(0),
            b'"' => self.name(0, b'"'),
            b'`' if sqlite => self.name(0, b'`'),
            b'[' if sqlite => self.name(0, b']'),
            b'$' if !sqlite => self.dollar(),
            b'0'..=b'9' => self.number(),
            byte if quotes::continues_word(byte) => self.word(),
            byte => {
                self.at += 1;
                Kind::Symbol(byte)
            }
        };
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}
