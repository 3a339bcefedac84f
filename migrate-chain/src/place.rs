//! Where in a file something is, and the line that shows it.

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
    /// The lines of the snippet, each as its gutter (`" 4 |"`), the rest, and whether the rest are the
    /// marks under the part that is meant.
    pub fn lines(&self) -> [(String, String, bool); 3] {
        let number = self.line.to_string();
        let gutter = format!(" {} |", " ".repeat(number.len()));
        let mut indent = String::new();
        let mut marks = 0;
        for (at, c) in self.text.chars().enumerate() {
            let width = match is_escaped(c) {
                true => c.escape_unicode().len(),
                false => 1,
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
    let start = floor(text, range.start);
    let end = floor(text, range.end.max(start));
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = 1 + text[..line_start].bytes().filter(|&b| b == b'\n').count();
    // A byte order mark is no column that an editor shows.
    let shown = text[line_start..line_end].trim_start_matches('\u{feff}');
    let hidden = line_end - line_start - shown.len();
    let at = (start - line_start).saturating_sub(hidden);
    let before = shown[..at].chars().count();
    let marked = text[start..end.min(line_end)].trim_end().chars().count();
    let place = Place {
        path: path.to_owned(),
        line,
        column: before + 1,
    };
    let snippet = Snippet {
        line,
        text: shown.trim_end().to_owned(),
        before,
        marked,
    };
    (place, snippet)
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
    fn marks_stand_under_what_is_shown_escaped() {
        let (_, snippet) = locate("f", "a\u{1b}[0m b\u{202e}c", 7..11);
        assert_eq!(
            snippet.to_string(),
            "   |\n 1 | a\\u{1b}[0m b\\u{202e}c\n   |             ^^^^^^^^^"
        );
    }
}
