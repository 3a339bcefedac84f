//! Where quotes and comments end.
//!
//! Each function takes the place of the opening character and returns the place behind the closing one,
//! `None` if there is none. Only ASCII bytes are compared, so a place is always the border of a character.

use crate::Dialect;

/// Whether a byte can stand inside of a bare identifier. `$` can in both dialects, and any non-ASCII character.
pub(super) fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// The end of a bare identifier.
pub(super) fn word_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(&byte) = bytes.get(at)
        && continues_word(byte)
    {
        at += 1;
    }
    at
}

/// The end of a line, its line break left out. A lone CR ends a `--` comment on PostgreSQL and doesn't on SQLite.
pub(super) fn line_end(bytes: &[u8], from: usize, dialect: Dialect) -> usize {
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\n' || (byte == b'\r' && dialect == Dialect::Postgres) {
            break;
        }
        at += 1;
    }
    at
}

/// `/* .. */`, which nests on PostgreSQL only.
pub(super) fn comment_end(bytes: &[u8], start: usize, dialect: Dialect) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = start + 2;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            (b'/', Some(b'*')) if dialect == Dialect::Postgres => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// `'..'`, in which `''` is a quote; with `escapes` (`E'..'`) so is `\'`.
pub(super) fn text_end(bytes: &[u8], start: usize, escapes: bool) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if escapes => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => match continuation(bytes, at + 1) {
                // Escapes hold in what continues an `E'..'`; for other texts it makes no difference.
                Some(more) if escapes => at = more + 1,
                _ => return Some(at + 1),
            },
            _ => at += 1,
        }
    }
}

/// The quote that continues a text: PostgreSQL joins literals that only white space with a line break separates.
fn continuation(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let mut line_break = false;
    loop {
        match *bytes.get(at)? {
            b'\n' | b'\r' => line_break = true,
            b' ' | b'\t' | 0x0b | 0x0c => {}
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = line_end(bytes, at, Dialect::Postgres);
                continue;
            }
            b'\'' if line_break => return Some(at),
            _ => return None,
        }
        at += 1;
    }
}

/// A quoted identifier up to `quote`. Doubling keeps it open, except for `]`.
pub(super) fn name_end(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start + 1;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        if byte == quote {
            if quote == b']' || bytes.get(at) != Some(&quote) {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// The length of the `$tag$` that starts here, if one does: `$1` is a parameter.
pub(super) fn dollar_tag(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'$' => return Some(at + 1 - start),
            b'0'..=b'9' if at == start + 1 => return None,
            byte if continues_word(byte) => at += 1,
            _ => return None,
        }
    }
}

/// A dollar quote whose tag, both `$` included, is `length` bytes long.
pub(super) fn dollar_end(script: &str, start: usize, length: usize) -> Option<usize> {
    let body = start + length;
    let tag = script.get(start..body)?;
    let close = script.get(body..)?.find(tag)?;
    Some(body + close + length)
}
