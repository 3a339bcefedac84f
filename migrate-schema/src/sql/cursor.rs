//! A cursor over the tokens of one statement.

use migrate_chain::Dialect;
use migrate_chain::sql::{TokenKind, tokens};

use migrate_chain::sql::unquoted;

/// A token with its text. What belongs together (`||`, `1e-5`, `.5`) is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token<'_> {
    pub(crate) fn is_symbol(&self, symbol: u8) -> bool {
        self.kind == TokenKind::Symbol(symbol) && self.text.len() == 1
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

const OPERATORS: &[&str] = &[
    "->>", "||", "->", "<=", ">=", "<>", "!=", "==", "<<", ">>", "::", ":=", "@>", "<@", "&&",
];

/// The tokens of a statement; `None` if a quote in it is never closed.
pub(crate) fn lex(script: &str, dialect: Dialect) -> Option<Vec<Token<'_>>> {
    let raw = tokens(script, dialect)?;
    let mut joined: Vec<Token<'_>> = Vec::with_capacity(raw.len());
    for token in raw {
        let last = joined.last().copied();
        let start = match last {
            Some(last)
                if last.end == token.start && belongs(script, last, token.kind, token.end) =>
            {
                joined.pop();
                last.start
            }
            _ => token.start,
        };
        let kind = match script.get(start..token.end)? {
            text if start < token.start && is_number(text) => TokenKind::Number,
            _ => token.kind,
        };
        joined.push(Token {
            kind,
            text: script.get(start..token.end)?,
            start,
            end: token.end,
        });
    }
    Some(joined)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('.').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a token is the rest of the one that it touches.
fn belongs(script: &str, last: Token<'_>, kind: TokenKind, end: usize) -> bool {
    let Some(text) = script.get(last.start..end) else {
        return false;
    };
    let has_open_exponent = last.kind == TokenKind::Number
        && last.text.ends_with(['e', 'E', '+', '-'])
        && !last.text.starts_with("0x")
        && !last.text.starts_with("0X");
    match kind {
        TokenKind::Symbol(b'+' | b'-') => has_open_exponent && last.text.ends_with(['e', 'E']),
        TokenKind::Symbol(_) => OPERATORS.contains(&text),
        TokenKind::Number => {
            last.text == "." || (has_open_exponent && last.text.ends_with(['+', '-']))
        }
        _ => false,
    }
}

/// Reads tokens one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(crate) fn new(tokens: &'t [Token<'a>]) -> Cursor<'t, 'a> {
        Cursor { tokens, at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// What is next, for a message.
    pub(crate) fn here(&self) -> &'a str {
        self.peek().map_or("the end", |token| token.text)
    }

    /// Takes words, all or none.
    pub(crate) fn take(&mut self, words: &[&str]) -> bool {
        let ahead = self.tokens.get(self.at..self.at + words.len());
        let found = ahead.is_some_and(|ahead| {
            ahead
                .iter()
                .zip(words)
                .all(|(token, word)| token.is_word(word))
        });
        if found {
            self.at += words.len();
        }
        found
    }

    pub(crate) fn take_symbol(&mut self, symbol: u8) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// Takes a name: a bare word, or a quoted one (SQLite takes `'a'` too).
    pub(crate) fn take_name(&mut self) -> Option<String> {
        let token = self.peek()?;
        let name = match token.kind {
            TokenKind::Word => token.text.to_owned(),
            TokenKind::Name => unquoted(token.text),
            TokenKind::Text if token.text.starts_with('\'') => unquoted(token.text),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// Takes `( .. )` and returns what is inside; `None`, and nothing taken, if none is next or it is never closed.
    pub(crate) fn take_parentheses(&mut self) -> Option<&'t [Token<'a>]> {
        let close = closing(self.tokens, self.at)?;
        let inside = self.tokens.get(self.at + 1..close)?;
        self.at = close + 1;
        Some(inside)
    }

    /// Takes the rest.
    pub(crate) fn rest(&mut self) -> &'t [Token<'a>] {
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        self.at = self.tokens.len();
        rest
    }
}

/// Where the parenthesis that opens at `open` is closed.
pub(crate) fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    if !tokens.get(open)?.is_symbol(b'(') {
        return None;
    }
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is_symbol(b'(') {
            depth += 1;
        } else if token.is_symbol(b')') {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The parts between the commas that stand in no parentheses.
pub(crate) fn split_at_commas<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_i64;
    let parts = tokens.split(|token| {
        // Brackets hold a subscript on PostgreSQL; on SQLite they are quotes, and no symbol.
        if token.is_symbol(b'(') || token.is_symbol(b'[') {
            depth += 1;
        } else if token.is_symbol(b')') || token.is_symbol(b']') {
            depth -= 1;
        }
        depth == 0 && token.is_symbol(b',')
    });
    parts.collect()
}

/// What tokens stand for in the script they come from, as it is written there.
pub(crate) fn source<'a>(script: &'a str, tokens: &[Token<'_>]) -> &'a str {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => script.get(first.start..last.end).unwrap_or_default(),
        _ => "",
    }
}
