//! The value of the key `adopts`: what another tool calls the revision.

use std::collections::HashSet;
use std::ops::Range;

use super::block::Entry;
use crate::file::lines::split_word;
use crate::file::report::Report;

/// A key of another tool's, with what the tool recorded beside it. Every value is the place where it stands.
#[derive(Debug, Clone)]
pub(crate) struct AdoptedKey {
    pub(crate) key: Range<usize>,
    /// The tool's checksums of the file, any of which is right: of its LF and of its CRLF form, say.
    pub(crate) sums: Vec<Range<usize>>,
    /// The tool's own name of the step, where it isn't the revision's message.
    pub(crate) name: Option<Range<usize>>,
}

const FORM: &str = "it is written `adopts: KEY`, `adopts: KEY SUM|SUM`, `adopts: KEY \"NAME\"`, or several of them separated by commas";

/// Reads `KEY`, `KEY SUM|SUM`, `KEY SUM "NAME"`, or several of them separated by commas.
pub(super) fn adopts(report: &mut Report<'_>, entry: &Entry<'_>) -> Vec<AdoptedKey> {
    let mut keys = Vec::new();
    let mut seen = HashSet::new();
    let mut rest = entry.value;
    loop {
        let at = entry.at.end - rest.len();
        match one(at, rest) {
            Ok((key, after)) => {
                if seen.insert(&report.text[key.key.clone()]) {
                    keys.push(key);
                } else {
                    let written = report.text[key.key.clone()].to_owned();
                    report.push(key.key, format!("`{written}` is named twice"));
                }
                match after.strip_prefix(',') {
                    Some(next) => rest = next.trim_start(),
                    None => return keys,
                }
            }
            Err((at, message)) => {
                let problem = report.problem(at, message).help(FORM);
                report.problems.push(problem);
                return keys;
            }
        }
    }
}

/// Reads one key and what follows it, up to a comma or the end; `text` starts at `at` of the file.
fn one(at: usize, text: &str) -> Result<(AdoptedKey, &str), (Range<usize>, &'static str)> {
    let end = at + text.len();
    let is_word = |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b'"');
    // What is left of the text tells where it starts.
    let range = |word: &str, rest: &str| {
        let end = end - rest.len();
        end - word.len()..end
    };
    let (word, rest) = split_word(text, is_word);
    if word.is_empty() {
        return Err((at..at + 1, "`adopts` lacks a key here"));
    }
    let key = range(word, rest);
    let (words, rest) = split_word(rest.trim_start(), is_word);
    let mut sums = Vec::new();
    if !words.is_empty() {
        let mut start = range(words, rest).start;
        for sum in words.split('|') {
            if sum.is_empty() {
                return Err((range(words, rest), "a checksum is empty"));
            }
            sums.push(start..start + sum.len());
            start += sum.len() + 1;
        }
    }
    let rest = rest.trim_start();
    let (name, rest) = match rest.strip_prefix('"') {
        None => (None, rest),
        Some(quoted) => match quoted.split_once('"') {
            Some((name, after)) => {
                let start = end - quoted.len();
                (Some(start..start + name.len()), after.trim_start())
            }
            None => return Err((end - rest.len()..end, "the `\"` is not closed")),
        },
    };
    if !rest.is_empty() && !rest.starts_with(',') {
        let at = end - rest.len()..end;
        return Err((at, "this is neither a checksum nor a name"));
    }
    Ok((AdoptedKey { key, sums, name }, rest))
}
