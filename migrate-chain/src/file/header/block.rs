use std::ops::Range;

use crate::file::lines::{Line, split_word};

pub(super) const ALL_KEYS: [&str; 14] = [
    "revision",
    "down_revision",
    "depends_on",
    "branch_labels",
    "created",
    "version",
    "breaking",
    "replaces",
    "adopts",
    "fingerprint",
    "content",
    "upgrade",
    "downgrade",
    "irreversible",
];
/// The keys that any revision may have; the rest are for Rust-coded ones.
pub(super) const KEYS: &[&str] = ALL_KEYS.split_at(10).0;

/// The lines of a header, collected.
pub(super) struct Block<'a> {
    /// What a comment starts with.
    pub(super) mark: &'static str,
    pub(super) started: bool,
    pub(super) message: Option<Range<usize>>,
    pub(super) entries: Vec<Entry<'a>>,
    /// Lines that would be keys but for their case.
    pub(super) shouted: Vec<(Range<usize>, String)>,
    /// Keys that are there, but not as they should be: not also missing.
    pub(super) reported: Vec<String>,
    pub(super) end: usize,
}

/// `key: value`, or `key (words): value`.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) words: Option<&'a str>,
    pub(super) value: &'a str,
    /// Of the value, or of the key when there is no value.
    pub(super) at: Range<usize>,
    pub(super) line: Range<usize>,
}

impl<'a> Block<'a> {
    pub(super) fn new(mark: &'static str) -> Block<'a> {
        Block {
            mark,
            started: false,
            message: None,
            entries: Vec::new(),
            shouted: Vec::new(),
            reported: Vec::new(),
            end: 0,
        }
    }

    /// The keys of the file's language.
    pub(super) fn known(&self) -> &'static [&'static str] {
        match self.mark {
            "--" => KEYS,
            _ => &ALL_KEYS,
        }
    }

    pub(super) fn line(&mut self, line: &Line<'a>, comment: &'a str) {
        self.started = true;
        self.end = line.next;
        let text = comment.trim();
        if text.is_empty() {
            return;
        }
        let entry = entry(line, comment);
        let first = self.message.is_none() && self.entries.is_empty();
        // The first line is the message, whatever it looks like, unless it is a known key.
        let key = (entry.as_ref()).is_some_and(|entry| self.known().contains(&entry.key));
        match entry {
            Some(entry) if key || !first => self.entries.push(entry),
            _ if first => self.message = Some(line.range_of(text)),
            _ => {
                let word = text.split(':').next().unwrap_or("").trim();
                let lower = word.to_ascii_lowercase().replace([' ', '-'], "_");
                if text.contains(':') && KEYS.contains(&lower.as_str()) {
                    self.shouted.push((line.range_of(word), lower));
                }
            }
        }
    }
}

/// Reads a comment as `key: value` when its first word is lower-case and followed by a colon.
pub(super) fn entry<'a>(line: &Line<'a>, comment: &'a str) -> Option<Entry<'a>> {
    let text = comment.trim();
    let (key, rest) = split_word(text, |byte| byte.is_ascii_lowercase() || byte == b'_');
    let (words, rest) = match rest.trim_start().strip_prefix('(') {
        Some(inner) => {
            let (words, rest) = inner.split_once(')')?;
            (Some(words), rest.trim_start())
        }
        None => (None, rest),
    };
    let value = rest.strip_prefix(':')?;
    // `https://...` opens no key.
    if key.is_empty() || !(value.is_empty() || value.starts_with([' ', '\t'])) {
        return None;
    }
    let value = value.trim();
    let at = line.range_of(if value.is_empty() { key } else { value });
    Some(Entry {
        key,
        words,
        value,
        at,
        line: line.range(),
    })
}
