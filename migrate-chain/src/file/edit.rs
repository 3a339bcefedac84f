use super::section;

/// Puts `key: value` into the header of a revision file: in place of what it has, or as its last
/// line. All else stays as it is, to the byte: line endings, a byte order mark, the script.
///
/// `None`: the file has no header.
pub fn set_key(text: &str, key: &str, value: &str) -> Option<String> {
    let bom = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut end = None;
    let mut at = bom;
    for line in text[bom..].split_inclusive('\n') {
        let range = at..at + line.trim_end_matches(['\n', '\r']).len();
        at += line.len();
        let trimmed = text[range.clone()].trim_start();
        let Some(mark) = ["//!", "--"]
            .into_iter()
            .find(|mark| trimmed.starts_with(mark))
        else {
            if trimmed.is_empty() && end.is_none() {
                continue;
            }
            break;
        };
        let comment = trimmed[mark.len()..].trim();
        if comment
            .split_once(':')
            .is_some_and(|(word, _)| word.trim_end() == key)
        {
            let start = range.end - trimmed.len();
            let line = format!("{mark} {key}: {value}");
            return Some(format!("{}{line}{}", &text[..start], &text[range.end..]));
        }
        end = Some((range.end, mark));
    }
    let (end, mark) = end?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    Some(format!(
        "{}{newline}{mark} {key}: {value}{}",
        &text[..end],
        &text[end..]
    ))
}

/// A revision file with these sections in place of its own; its header stays as it is, to the byte, but for the
/// reason why it breaks older clients, which it gets where it has none.
///
/// ```
/// let blank = "-- vx_x_x\n-- revision: b1\n-- down_revision: a1\n\n-- upgrade\n\n-- downgrade\n";
/// let filled = migrate_chain::filled(blank, "\n-- upgrade: nothing\n", Some("drops t"));
/// assert_eq!(
///     filled,
///     "-- vx_x_x\n-- revision: b1\n-- down_revision: a1\n-- breaking: drops t\n\n-- upgrade: nothing\n"
/// );
/// ```
pub fn filled(text: &str, sections: &str, breaking: Option<&str>) -> String {
    let header = text.get(..section::first(text)).unwrap_or(text);
    let is_said = |line: &str| {
        let line = line.trim_start().trim_start_matches('-').trim_start();
        line.split_once(':')
            .is_some_and(|(key, _)| key.trim_end() == "breaking")
    };
    let header = match breaking {
        Some(reason) if !header.lines().any(is_said) => set_key(header, "breaking", reason),
        _ => None,
    }
    .unwrap_or_else(|| header.to_owned());
    let all = format!("{}\n{sections}", header.trim_end());
    if text.contains("\r\n") {
        all.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{filled, set_key};

    #[test]
    fn what_stands_above_the_sections_stays() {
        let text = "-- m\r\n-- revision: a\r\n-- breaking: no\r\n\r\n-- by hand\r\n-- upgrade (sqlite)\r\n-- todo\r\n";
        assert_eq!(
            filled(text, "\n-- upgrade\nSELECT 1;\n", Some("drops t")),
            "-- m\r\n-- revision: a\r\n-- breaking: no\r\n\r\n-- by hand\r\n\r\n-- upgrade\r\nSELECT 1;\r\n"
        );
        let bare = "-- m\n-- revision: a";
        assert_eq!(
            filled(bare, "\n-- upgrade: nothing\n", None),
            "-- m\n-- revision: a\n\n-- upgrade: nothing\n"
        );
    }

    #[test]
    fn nothing_but_the_line_changes() {
        let text = "\u{feff}-- m\r\n--\r\n-- revision: a\r\n-- down_revision: none\r\n\r\n-- upgrade\r\n-- down_revision: x\r\nSELECT 1;\r\n";
        let changed = set_key(text, "down_revision", "b").unwrap();
        assert_eq!(changed, text.replacen(": none", ": b", 1));
        let added = set_key(text, "version", "v1").unwrap();
        assert_eq!(
            added,
            text.replacen(": none\r\n", ": none\r\n-- version: v1\r\n", 1)
        );
        let rust = "//! m\n//! revision: a\n\npub fn upgrade() {}\n";
        assert_eq!(
            set_key(rust, "version", "v1").unwrap(),
            "//! m\n//! revision: a\n//! version: v1\n\npub fn upgrade() {}\n"
        );
        assert_eq!(set_key("SELECT 1;", "version", "v1"), None);
    }
}
