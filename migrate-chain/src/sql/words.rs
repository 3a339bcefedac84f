//! The tokens of one statement, as the rules read them.

use super::lexer::{Kind, Lexer, Token};
use super::quoting::unquoted;
use super::statements::statements;
use crate::Dialect;
use std::borrow::Cow;
use std::ops::Range;

/// One statement. Positions count tokens; whatever lies behind the last one is no word at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    script: &'a str,
    dialect: Dialect,
    tokens: &'a [Token],
}

/// A name with an optional schema, each in the form under which the database stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Qualified {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl<'a> Words<'a> {
    pub(super) fn new(script: &'a str, dialect: Dialect, tokens: &'a [Token]) -> Words<'a> {
        Words {
            script,
            dialect,
            tokens,
        }
    }

    /// Other tokens of the same script.
    pub(super) fn with<'t>(&self, tokens: &'t [Token]) -> Words<'t>
    where
        'a: 't,
    {
        Words { tokens, ..*self }
    }

    /// The tokens of a statement that stands alone, for [`Words::new`].
    pub(super) fn tokens_of(statement: &str, dialect: Dialect) -> Vec<Token> {
        let mut tokens = Vec::new();
        statements(statement, dialect).read(|token| tokens.push(token));
        tokens
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The token as written.
    pub(super) fn text(&self, at: usize) -> &'a str {
        let token = self.tokens.get(at);
        token
            .and_then(|token| self.script.get(token.start..token.end))
            .unwrap_or_default()
    }

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Whether a bare word stands here, in any case.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.kind(at) == Some(Kind::Word) && self.text(at).eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    pub(super) fn symbol(&self, at: usize, symbol: u8) -> bool {
        self.kind(at) == Some(Kind::Symbol(symbol))
    }

    /// Whether these bare words stand at `at`, separated by spaces in `words`.
    pub(super) fn are(&self, at: usize, words: &str) -> bool {
        // Nearly every statement answers no to each rule, mostly by its first letter, and in an unoptimised macro it
        // takes long to split the words.
        let letter = |text: &str| text.as_bytes().first().map(u8::to_ascii_uppercase);
        letter(self.text(at)) == letter(words)
            && (words.split(' ').enumerate()).all(|(index, word)| self.is(at + index, word))
    }

    /// Whether the statement starts with these words.
    pub(super) fn start(&self, words: &str) -> bool {
        self.are(0, words)
    }

    /// `at`, or the place behind these words if they stand there.
    pub(super) fn skip(&self, at: usize, words: &str) -> usize {
        if self.are(at, words) {
            at + words.split(' ').count()
        } else {
            at
        }
    }

    /// `at`, or the place behind the parentheses that open there.
    pub(super) fn skip_parentheses(&self, at: usize) -> usize {
        if !self.symbol(at, b'(') {
            return at;
        }
        let inner = self.tokens.get(at..).unwrap_or_default();
        let mut depth = 0_usize;
        for (index, token) in inner.iter().enumerate() {
            match token.kind {
                Kind::Symbol(b'(') => depth += 1,
                Kind::Symbol(b')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at + index + 1;
            }
        }
        self.len()
    }

    /// The places that are in no parentheses, from `at` on.
    pub(super) fn outer(&self, at: usize) -> impl Iterator<Item = usize> + use<'a> {
        let mut depth = 0_usize;
        let tokens = self.tokens.iter().enumerate().skip(at);
        tokens.filter_map(move |(index, token)| {
            match token.kind {
                Kind::Symbol(b'(') => depth += 1,
                Kind::Symbol(b')') => depth = depth.saturating_sub(1),
                _ => return (depth == 0).then_some(index),
            }
            None
        })
    }

    /// From the first token through `count` of them, in bytes of the script.
    pub(super) fn range(&self, count: usize) -> Range<usize> {
        self.between(0, count.max(1))
    }

    /// The tokens `from..to`, in bytes of the script.
    pub(super) fn between(&self, from: usize, to: usize) -> Range<usize> {
        let start = self
            .tokens
            .get(from)
            .or(self.tokens.last())
            .map_or(0, |token| token.start);
        let last = self.tokens.get(..to).unwrap_or(self.tokens).last();
        start..last.map_or(start, |token| token.end.max(start))
    }

    /// A name here, and the place behind it: `a`, `"a"`, `s.a`; for `d.s.a` the last two parts.
    pub(super) fn qualified(&self, at: usize) -> Option<(Qualified, usize)> {
        let mut found = Qualified {
            schema: None,
            name: self.identifier(at)?,
        };
        let mut at = at + 1;
        while self.symbol(at, b'.') {
            let name = self.identifier(at + 1)?;
            found = Qualified {
                schema: Some(found.name),
                name,
            };
            at += 2;
        }
        Some((found, at))
    }

    /// An identifier in the form under which the database stores it: quotes taken off; bare words of PostgreSQL
    /// folded to lower case and, like quoted ones, cut at 63 bytes.
    ///
    /// The escapes of a `U&".."` stay as they are.
    pub(super) fn identifier(&self, at: usize) -> Option<String> {
        let text = self.text(at);
        let mut name = match self.kind(at)? {
            Kind::Word if self.dialect == Dialect::Postgres => text.to_ascii_lowercase(),
            Kind::Word => text.to_owned(),
            Kind::Name => unquoted(text),
            // SQLite reads a literal as a name where only a name can stand.
            Kind::Text if self.dialect == Dialect::Sqlite => unquoted(text),
            _ => return None,
        };
        if self.dialect == Dialect::Postgres {
            truncate(&mut name, 63);
        }
        Some(name)
    }

    /// The literals of the statement, each with its place.
    pub(super) fn literals(&self) -> impl Iterator<Item = (usize, Cow<'a, str>)> + use<'a> {
        let words = *self;
        (0..self.len()).filter_map(move |at| words.literal(at).map(|value| (at, value)))
    }

    /// The value of the literal here. Backslash and Unicode escapes stay as they are.
    pub(super) fn literal(&self, at: usize) -> Option<Cow<'a, str>> {
        (self.kind(at)? == Kind::Text).then(|| literal_value(self.text(at)))
    }

    /// The tokens inside of the dollar quote here, one level deep, in bytes of the script.
    pub(super) fn dollar_quoted(&self, at: usize) -> Option<DollarQuoted<'a>> {
        let text = self.text(at);
        if self.kind(at)? != Kind::Text || !text.starts_with('$') {
            return None;
        }
        let body = dollar_body(text);
        let start = self.tokens.get(at)?.start + (text.len() - body.len()) / 2;
        Some(DollarQuoted {
            lexer: Lexer::new(body, self.dialect),
            start,
        })
    }
}

/// The tokens of a dollar quote's body.
#[derive(Debug, Clone)]
pub(super) struct DollarQuoted<'a> {
    lexer: Lexer<'a>,
    start: usize,
}

impl<'a> Iterator for DollarQuoted<'a> {
    type Item = (Kind, &'a str, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.lexer.next()?;
        let range = self.start + token.start..self.start + token.end;
        Some((token.kind, self.lexer.text(token), range))
    }
}

/// The value of a literal as written.
pub(super) fn literal_value(text: &str) -> Cow<'_, str> {
    if text.starts_with('$') {
        return Cow::Borrowed(dollar_body(text));
    }
    let body = text
        .find('\'')
        .and_then(|quote| text.get(quote + 1..))
        .unwrap_or_default();
    let body = body.strip_suffix('\'').unwrap_or(body);
    if body.contains("''") {
        Cow::Owned(body.replace("''", "'"))
    } else {
        Cow::Borrowed(body)
    }
}

fn dollar_body(text: &str) -> &str {
    let tag = text
        .get(1..)
        .and_then(|rest| rest.find('$'))
        .map_or(text.len(), |at| at + 2);
    let body = text.get(tag..).unwrap_or_default();
    body.get(..body.len().saturating_sub(tag))
        .unwrap_or_default()
}

/// Cuts a name to at most `limit` bytes, between two characters.
fn truncate(name: &mut String, limit: usize) {
    if name.len() > limit {
        let end = (0..=limit).rev().find(|&at| name.is_char_boundary(at));
        name.truncate(end.unwrap_or(0));
    }
}
