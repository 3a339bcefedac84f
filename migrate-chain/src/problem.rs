use std::fmt;

use crate::nearest::nearest;

/// How many problems a report shows before it counts the rest.
const SHOWN: usize = 20;

/// Where something is: a file and, when known, a line and a column.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        match (self.line, self.column) {
            (0, _) => write!(f, "{}", self.path),
            (line, 0) => write!(f, "{}:{line}", self.path),
            (line, column) => write!(f, "{}:{line}:{column}", self.path),
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

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        // A tab stays a tab, so that the marks stand under what they mark on any terminal.
        let indent: String = (self.text.chars().take(self.before))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        writeln!(f, " {gutter} |")?;
        writeln!(f, " {number} | {}", self.text)?;
        write!(f, " {gutter} | {indent}{}", "^".repeat(self.marked.max(1)))
    }
}

/// Finds the place and the snippet of bytes `start..end` of a file.
///
/// Offsets past the end, or inside a character, mean the nearest character before them.
pub(crate) fn locate(path: &str, text: &str, range: std::ops::Range<usize>) -> (Place, Snippet) {
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

/// One thing that is wrong with a versions directory: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file it is about.
    pub place: Place,
    /// What is wrong, in one line.
    pub message: String,
    /// The line of the file, when the problem is about one.
    pub snippet: Option<Snippet>,
    /// What to do about it, one hint a line.
    pub help: Vec<String>,
}

impl Problem {
    /// A problem of a whole file or directory.
    pub fn file(path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem {
            place: Place {
                path: path.into(),
                line: 0,
                column: 0,
            },
            message: message.into(),
            snippet: None,
            help: Vec::new(),
        }
    }

    /// A problem of the bytes `range` of a file.
    pub fn at(
        path: &str,
        text: &str,
        range: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Problem {
        let (place, snippet) = locate(path, text, range);
        Problem {
            place,
            message: message.into(),
            snippet: Some(snippet),
            help: Vec::new(),
        }
    }

    /// Adds a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help.push(help.into());
        self
    }

    /// Adds "did you mean" when one of the candidates is close to what was written.
    #[must_use]
    pub fn did_you_mean<'c>(
        self,
        written: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Problem {
        match nearest(written, candidates) {
            Some(candidate) => self.help(format!("did you mean `{candidate}`?")),
            None => self,
        }
    }
}

/// The message, then `--> place`, the line of the file and the hints.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  --> {}", self.message, self.place)?;
        if let Some(snippet) = &self.snippet {
            write!(f, "\n{snippet}")?;
        }
        for help in &self.help {
            write!(f, "\n  = help: {help}")?;
        }
        Ok(())
    }
}

/// Every problem of a versions directory, in the order of the files; never empty as an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    all: Vec<Problem>,
}

impl Problems {
    /// No problem yet.
    pub fn new() -> Problems {
        Problems::default()
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.all.push(problem);
    }

    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The problems, sorted by file and line.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.all.iter()
    }

    /// How many more problems may still be shown: a rule that has to search for its hint
    /// (the nearest id among all) does so only for those.
    pub(crate) fn room(&self) -> bool {
        self.all.len() < SHOWN
    }

    /// `Ok` when nothing is wrong.
    ///
    /// # Errors
    ///
    /// All problems, sorted by place.
    pub fn into_result(mut self) -> Result<(), Problems> {
        if self.all.is_empty() {
            return Ok(());
        }
        self.all.sort_by(|a, b| {
            let key = |p: &Problem| (p.place.line, p.place.column);
            a.place
                .path
                .cmp(&b.place.path)
                .then_with(|| key(a).cmp(&key(b)))
        });
        Err(self)
    }
}

impl Extend<Problem> for Problems {
    fn extend<T: IntoIterator<Item = Problem>>(&mut self, problems: T) {
        self.all.extend(problems);
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.all.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{problem}")?;
        }
        match self.all.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_line() {
        let problem = Problem::at("versions/a.sql", "-- x\n-- down: é_b\n", 14..17, "bad key")
            .help("write `down_revision`");
        assert_eq!(
            problem.to_string(),
            "bad key\n  --> versions/a.sql:2:10\n   |\n 2 | -- down: é_b\n   |          ^^\n  = help: write `down_revision`"
        );
    }

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
    fn twenty_are_shown() {
        let mut problems = Problems::new();
        for n in 0..23 {
            problems.push(Problem::file(format!("{n:02}"), "m"));
        }
        let text = problems.to_string();
        assert!(text.ends_with("--> 19\n\nand 3 more"), "{text}");
    }
}
