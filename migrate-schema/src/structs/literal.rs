//! Texts as Rust writes them.

/// A string literal: a raw one where quotes or backslashes would have to be escaped.
pub(super) fn literal(text: &str) -> String {
    // What Rust's own escapes leave alone can stand in a raw literal, and a reader sees all of it.
    let is_visible =
        |c: char| c == ' ' || c == '\n' || "\"\\'".contains(c) || c.escape_debug().count() == 1;
    if !text.chars().all(is_visible) {
        return format!("{text:?}");
    }
    if !text.contains(['"', '\\', '\n']) {
        return format!("\"{text}\"");
    }
    let runs = text.split('"').skip(1);
    let hashes = runs.map(|rest| rest.len() - rest.trim_start_matches('#').len());
    let hashes = "#".repeat(hashes.max().map_or(1, |longest| longest + 1));
    format!("r{hashes}\"{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn a_text_is_what_it_was() {
        assert_eq!(literal("it's"), "\"it's\"");
        assert_eq!(literal("\"A\""), "r#\"\"A\"\"#");
        assert_eq!(literal("a\"#b"), "r##\"a\"#b\"##");
        assert_eq!(literal("a\\b"), "r#\"a\\b\"#");
        assert_eq!(literal("a\rb"), "\"a\\rb\"");
        // It would turn the rest of the line around, unseen.
        assert_eq!(literal("a\u{202e}b"), "\"a\\u{202e}b\"");
    }
}
