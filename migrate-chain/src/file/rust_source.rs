use std::ops::Range;

use super::report::Report;
use crate::{Call, Direction};

/// The functions a Rust-coded revision defines, found by tokens: the compiler would report a wrong
/// signature at the place that calls it, inside our expansion.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    pub(crate) upgrade: Option<Call>,
    pub(crate) downgrade: Option<Call>,
}

impl Functions {
    pub(crate) fn get(&self, direction: Direction) -> Option<Call> {
        match direction {
            Direction::Upgrade => self.upgrade,
            Direction::Downgrade => self.downgrade,
        }
    }
}

/// Finds `upgrade` and `downgrade` among the items of the file, and reports other signatures.
pub(super) fn functions(report: &mut Report<'_>) -> Functions {
    let tokens = tokens(report.text);
    let word = |at: usize| {
        let text = tokens
            .get(at)
            .and_then(|range| report.text.get(range.clone()));
        text.unwrap_or("")
    };
    let mut functions = Functions::default();
    let mut problems = Vec::new();
    let mut depth = 0usize;
    for at in 0..tokens.len() {
        match word(at) {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            "fn" if depth == 0 => {
                let slot = match word(at + 1) {
                    "upgrade" => &mut functions.upgrade,
                    "downgrade" => &mut functions.downgrade,
                    _ => continue,
                };
                let name = tokens.get(at + 1).cloned().unwrap_or(0..0);
                let is_async = at > 0 && word(at - 1) == "async";
                let before = at.checked_sub(1 + usize::from(is_async)).map_or("", word);
                // `pub(crate)` ends in a parenthesis and serves as well.
                let public = before == "pub" || before == ")";
                let words: Vec<&str> = (at + 2..)
                    .map(word)
                    .take_while(|w| !matches!(*w, "{" | ";" | ""))
                    .collect();
                let context = if is_async { "AsyncContext" } else { "Context" };
                let takes = words.contains(&context);
                if !public || !takes || !returns_result(&words) {
                    problems.push((name, word(at + 1), is_async));
                }
                *slot = Some(if is_async { Call::Async } else { Call::Sync });
            }
            _ => {}
        }
    }
    let problems: Vec<_> = problems
        .into_iter()
        .map(|(at, name, is_async)| {
            report
                .problem(
                    at,
                    format!("`fn {name}` has another signature than the engine calls"),
                )
                .help(signature(name, is_async))
        })
        .collect();
    problems
        .into_iter()
        .for_each(|problem| report.problems.push(problem));
    functions
}

/// True for `-> Result<()>`, and for `-> Result<(), Error>` with the error under any path.
fn returns_result(words: &[&str]) -> bool {
    let Some(at) = words.iter().rposition(|word| *word == "Result") else {
        return false;
    };
    match &words[at + 1..] {
        ["<", "(", ")", ",", error @ .., ">"] => error.last() == Some(&"Error"),
        _ => true,
    }
}

/// The signature to write.
pub(crate) fn signature(name: &str, is_async: bool) -> String {
    if is_async {
        format!(
            "write `pub async fn {name}(db: &mut AsyncContext<'_>) -> migrate_runtime::Result<()>`"
        )
    } else {
        format!("write `pub fn {name}(db: &mut Context<'_>) -> migrate_runtime::Result<()>`")
    }
}

/// Words and single characters of Rust source, without comments, strings and characters.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match byte(at) {
            b'/' if byte(at + 1) == b'/' => {
                while at < bytes.len() && byte(at) != b'\n' {
                    at += 1;
                }
            }
            b'/' if byte(at + 1) == b'*' => {
                // Rust's block comments nest.
                let mut depth = 0usize;
                loop {
                    match (byte(at), byte(at + 1)) {
                        _ if at >= bytes.len() => break,
                        (b'/', b'*') => (depth, at) = (depth + 1, at + 2),
                        (b'*', b'/') => (depth, at) = (depth - 1, at + 2),
                        _ => at += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            b'"' => at = string_end(bytes, at),
            b'\'' => at = quote_end(bytes, at),
            b if is_word(b) => {
                while is_word(byte(at)) {
                    at += 1;
                }
                let word = text.get(start..at).unwrap_or("");
                let raw = matches!(word, "r" | "br" | "cr");
                match (raw, byte(at)) {
                    (true, b'"' | b'#') => match raw_string_end(bytes, at) {
                        Some(end) => at = end,
                        None => tokens.push(start..at),
                    },
                    (false, b'"') if matches!(word, "b" | "c") => at = string_end(bytes, at),
                    _ => tokens.push(start..at),
                }
            }
            b => {
                at += 1;
                if !b.is_ascii_whitespace() {
                    tokens.push(start..at);
                }
            }
        }
    }
    tokens
}

fn string_end(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Past a character literal; a lifetime is only its quote.
fn quote_end(bytes: &[u8], open: usize) -> usize {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    if byte(open + 1) == b'\\' {
        let mut at = open + 3;
        while at < bytes.len() && byte(at) != b'\'' && byte(at) != b'\n' {
            at += 1;
        }
        return at + 1;
    }
    // One character of up to four bytes, then the closing quote.
    (2..=5)
        .find(|len| byte(open + len) == b'\'')
        .filter(|&len| len == 2 || byte(open + 1) >= 0x80)
        .map_or(open + 1, |len| open + len + 1)
}

/// Past `r#"..."#`, from the first `#` or quote; `None` for a raw identifier.
fn raw_string_end(bytes: &[u8], open: usize) -> Option<usize> {
    let hashes = bytes[open..].iter().take_while(|&&b| b == b'#').count();
    if bytes.get(open + hashes) != Some(&b'"') {
        return None;
    }
    let mut at = open + hashes + 1;
    while at < bytes.len() {
        if bytes[at] == b'"' {
            let closing = bytes[at + 1..]
                .iter()
                .take(hashes)
                .take_while(|&&b| b == b'#');
            if closing.count() == hashes {
                return Some(at + 1 + hashes);
            }
        }
        at += 1;
    }
    Some(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problems;

    fn found(text: &str) -> (Functions, Problems) {
        let mut problems = Problems::new();
        let mut report = Report {
            path: "v/a.rs",
            text,
            locator: &crate::place::Locator::default(),
            problems: &mut problems,
        };
        (functions(&mut report), problems)
    }

    #[test]
    fn both_signatures() {
        let (found, problems) = found(
            "use x::Context;\n// pub fn downgrade(\nconst S: &str = r#\"pub fn downgrade(\"#;\nconst C: char = '{';\n\
             pub fn upgrade(db: &mut Context<'_>) -> Result<()> { let f = \"}\"; Ok(()) }\n\
             pub async fn downgrade(db: &mut AsyncContext<'_>) -> migrate_runtime::Result<()> { Ok(()) }\n\
             mod m { fn upgrade() {} }",
        );
        assert!(problems.is_empty(), "{problems}");
        assert_eq!(found.upgrade, Some(Call::Sync));
        assert_eq!(found.downgrade, Some(Call::Async));
    }

    #[test]
    fn other_signatures_are_reported() {
        for text in [
            "fn upgrade(db: &mut Context<'_>) -> Result<()> {}",
            "pub fn upgrade(db: &mut AsyncContext<'_>) -> Result<()> {}",
            "pub async fn upgrade(db: &mut Context<'_>) -> Result<()> {}",
            "pub fn upgrade(db: &mut Context<'_>) {}",
            "pub fn upgrade() -> Result<()> {}",
            "pub fn upgrade(db: &mut Context<'_>) -> Result<(), String> {}",
        ] {
            assert_eq!(found(text).1.len(), 1, "{text}");
        }
        assert!(found("pub fn upgrades() {}").1.is_empty());
    }

    #[test]
    fn unfinished_source_ends() {
        for text in ["\"abc", "r##\"x\"#", "/* /* */", "'", "'\\", "r#", "b\"\\"] {
            let _ = found(text);
        }
    }
}
