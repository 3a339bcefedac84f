//! Text of others as it may be shown on a terminal.

use std::borrow::Cow;

/// True for a character that changes what a terminal shows of others: control characters, and those
/// that turn the direction of writing.
pub(crate) fn is_escaped(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text from a file, a database or a server as it may be shown: characters that a terminal would
/// obey instead of showing stand there as `\u{1b}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // A line that ends as on Windows.
        let after = rest.strip_prefix("\r\n").map(|after| (after, '\n'));
        let (after, c) = after.unwrap_or((&rest[c.len_utf8()..], c));
        if is_escaped(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        rest = after;
    }
    Cow::Owned(shown)
}
