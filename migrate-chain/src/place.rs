//! Where in a file something is, and the line that shows it.

use std::cell::Cell;
use std::fmt;
use std::ops::Range;

use crate::escape::{escaped, is_escaped};

/// Where something is: a file and, when known, a line and a column. The order is that of the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the crate or the working directory, with `/` between folders.
    pub path: String,
    /// The line, from 1; 0 when the place is the whole file.
    pub line: usize,
    /// The column in characters, from 1; 0 when the place is the whole line.
    pub column: usize,
}

impl Place {
    /// The file as a whole.
    #[must_use]
    pub fn of_file(self) -> Place {
        Place {
            line: 0,
            column: 0,
            ..self
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = escaped(&self.path);
        match (self.line, self.column) {
            (0, _) => write!(f, "{path}"),
            (line, 0) => write!(f, "{path}:{line}"),
            (line, column) => write!(f, "{path}:{line}:{column}"),
        }
    }
}

/// A line of a file with the part that is meant, as compilers show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    line: usize,
    text: String,
    /// Characters before the marked part, and in it.
    before: usize,
    marked: usize,
}

impl Snippet {
    /// The line of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many characters stand before the part that is meant, and how many are in it.
    pub fn marks(&self) -> (usize, usize) {
        (self.before, self.marked)
    }

    /// The lines of the snippet, each as its gutter (`" 4 |"`), the rest, and whether the rest are the
    /// marks under the part that is meant.
    pub fn lines(&self) -> [(String, String, bool); 3] {
        let number = self.line.to_string();
        let gutter = format!(" {} |", " ".repeat(number.len()));
        let mut indent = String::new();
        let mut marks = 0;
        for (at, c) in self.text.chars().enumerate() {
            let width = if is_escaped(c) {
                c.escape_unicode().len()
            } else {
                1
            };
            if at < self.before {
                // A tab stays a tab, so that the marks stand under what they mark on any terminal.
                let space = if c == '\t' { '\t' } else { ' ' };
                indent.extend(std::iter::repeat_n(space, width));
            } else if at < self.before + self.marked {
                marks += width;
            }
        }
        let marks = "^".repeat(marks.max(1));
        [
            (gutter.clone(), String::new(), false),
            (
                format!(" {number} |"),
                format!(" {}", escaped(&self.text)),
                false,
            ),
            (gutter, format!(" {indent}{marks}"), true),
        ]
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (gutter, rest, _)) in self.lines().iter().enumerate() {
            let end = if index > 0 { "\n" } else { "" };
            write!(f, "{end}{gutter}{rest}")?;
        }
        Ok(())
    }
}

/// Finds the place and the snippet of bytes `start..end` of a file.
///
/// Offsets past the end, or inside a character, mean the nearest character before them.
pub(crate) fn locate(path: &str, text: &str, range: Range<usize>) -> (Place, Snippet) {
    Locator::default().locate(path, text, range)
}

/// Finds many places of one text: it goes on from the last one, so that all together cost one pass as
/// long as they come in their order.
#[derive(Debug, Default)]
pub(crate) struct Locator {
    last: Cell<Position>,
}

/// A byte of a text, and where that is for a person.
#[derive(Debug, Default, Clone, Copy)]
struct Position {
    offset: usize,
    /// The line, from 0, and where it starts.
    line: usize,
    line_start: usize,
    /// Characters of the line before the byte.
    column: usize,
}

impl Locator {
    pub(crate) fn locate(&self, path: &str, text: &str, range: Range<usize>) -> (Place, Snippet) {
        let start = floor(text, range.start);
        let at = self.position(text, start);
        let place = Place {
            path: path.to_owned(),
            line: at.line + 1,
            column: at.column + 1,
        };
        (place, snippet(text, at, range.end))
    }

    fn position(&self, text: &str, offset: usize) -> Position {
        let last = self.last.get();
        let mut at = if last.offset <= offset {
            last
        } else {
            Position::default()
        };
        let between = &text[at.offset..offset];
        at.line += between.bytes().filter(|&byte| byte == b'\n').count();
        let rest = match between.rfind('\n') {
            Some(end) => {
                at.line_start = at.offset + end + 1;
                at.column = 0;
                &between[end + 1..]
            }
            None => between,
        };
        // A byte order mark is no column that an editor shows.
        at.column += rest.chars().filter(|&c| c != BOM).count();
        at.offset = offset;
        self.last.set(at);
        at
    }
}

const BOM: char = '\u{feff}';

/// What is shown of a long line, in bytes before and behind the start of the part that is meant.
const BEFORE: usize = 80;
const BEHIND: usize = 120;

fn snippet(text: &str, at: Position, end: usize) -> Snippet {
    let start = at.offset;
    let is_cut = start - at.line_start > 2 * BEFORE;
    let from = if is_cut {
        floor(text, start - BEFORE)
    } else {
        at.line_start
    };
    let limit = floor(text, start + 2 * BEHIND);
    let (until, goes_on) = match text[start..limit].find('\n') {
        Some(end) => (start + end, false),
        None if limit == text.len() => (limit, false),
        None => (floor(text, start + BEHIND), true),
    };
    let before = text[from..start].trim_start_matches(BOM);
    let end = floor(text, end.max(start)).min(until);
    let marked = text[start..end].trim_end().chars().count();
    let ellipsis = if is_cut { "... " } else { "" };
    let behind = text[start..until].trim_start_matches(BOM);
    let shown = format!("{ellipsis}{before}{behind}");
    let mut shown = shown.trim_end().to_owned();
    if goes_on {
        shown.push_str(" ...");
    }
    Snippet {
        line: at.line + 1,
        text: shown,
        before: ellipsis.len() + before.chars().count(),
        marked,
    }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_has_a_place() {
        let text = "\u{feff}-- é\r\n\tü";
        for start in 0..text.len() + 3 {
            for end in 0..text.len() + 3 {
                let (place, _) = locate("f", text, start..end);
                assert!(place.line >= 1 && place.column >= 1);
            }
        }
        assert_eq!(locate("f", text, 3..5).0.to_string(), "f:1:1");
    }

    #[test]
    fn places_are_the_same_in_any_order() {
        let text = "\u{feff}a é\nü\r\n\nx\ty\n";
        let locator = Locator::default();
        let backwards = (0..=text.len()).rev();
        for at in (0..=text.len()).chain(backwards).chain([3, 9, 4, 12]) {
            assert_eq!(
                locator.locate("f", text, at..at + 2),
                locate("f", text, at..at + 2)
            );
        }
    }

    #[test]
    fn of_a_long_line_a_part_is_shown() {
        let text = format!("{}BEGIN{}\n", "x".repeat(1000), ";".repeat(1000));
        let (place, snippet) = locate("f", &text, 1000..1005);
        assert_eq!(place.to_string(), "f:1:1001");
        let shown = snippet.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(
            lines[1].starts_with(" 1 | ... xxx") && lines[1].ends_with(";;; ..."),
            "{shown}"
        );
        let at = lines[2].find('^').unwrap();
        assert_eq!(
            (&lines[1][at..at + 5], lines[2].matches('^').count()),
            ("BEGIN", 5)
        );
        assert!(lines[1].len() < 250, "{shown}");
    }

    #[test]
    fn marks_stand_under_what_is_shown_escaped() {
        let (_, snippet) = locate("f", "a\u{1b}[0m b\u{202e}c", 7..11);
        assert_eq!(
            snippet.to_string(),
            "   |\n 1 | a\\u{1b}[0m b\\u{202e}c\n   |             ^^^^^^^^^"
        );
    }
}
