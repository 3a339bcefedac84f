//! The value behind every error of the workspace, and the one way in which it is shown.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::escape::escaped;
use crate::nearest::did_you_mean;
use crate::place::{Place, Snippet, locate};

/// What is wrong, where, why, and what to do.
///
/// `{}` is one line, the place and the message; `{:#}` tells the whole [story](Diagnostic::story).
#[derive(Clone)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What is wrong, in one line.
    pub message: String,
    /// The file it is about.
    pub place: Option<Place>,
    /// The line of the file.
    pub snippet: Option<Snippet>,
    /// What else is known, one fact a line.
    pub notes: Vec<String>,
    /// What to do about it, one hint a line.
    pub help: Vec<String>,
    /// What caused it, such as the error of the database.
    pub source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// How the first line of a [story](Diagnostic::story) begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Headline {
    /// With the message: the place follows in a line of its own, as compilers show it.
    Message,
    /// With the place, for whoever sees the first line alone, such as the reader of a log; the line
    /// of its own comes only with a snippet.
    Place,
}

/// A part of a story, for whoever colours or wraps each in its own way.
#[derive(Debug)]
#[non_exhaustive]
pub enum Part<'d> {
    /// The first line.
    Headline(String),
    /// What a cause says; it may have several lines.
    Cause(String),
    /// Where: `  --> versions/a1.sql:4:1`.
    Place(&'d Place),
    /// The line of the file.
    Snippet(&'d Snippet),
    /// `  = note: ...`
    Note(&'d str),
    /// `  = help: ...`
    Help(&'d str),
}

/// The parts of a diagnostic in their order, shown a line each.
#[derive(Debug)]
pub struct Story<'d> {
    diagnostic: &'d Diagnostic,
    headline: Headline,
}

impl Diagnostic {
    /// A message alone.
    pub fn new(message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            message: message.into(),
            place: None,
            snippet: None,
            notes: Vec::new(),
            help: Vec::new(),
            source: None,
        }
    }

    /// About a whole file or directory.
    pub fn file(path: impl Into<String>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::line(path, 0, message)
    }

    /// About a line of a file, from 1.
    pub fn line(path: impl Into<String>, line: usize, message: impl Into<String>) -> Diagnostic {
        let place = Place {
            path: path.into(),
            line,
            column: 0,
        };
        Diagnostic {
            place: Some(place),
            ..Diagnostic::new(message)
        }
    }

    /// About the bytes `range` of a file.
    pub fn at(
        path: &str,
        text: &str,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::located(locate(path, text, range), message)
    }

    /// About a place of a file that was found.
    pub(crate) fn located(
        (place, snippet): (Place, Snippet),
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            place: Some(place),
            snippet: Some(snippet),
            ..Diagnostic::new(message)
        }
    }

    /// Adds a line that says what else is known.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// Adds a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help.push(help.into());
        self
    }

    /// Adds "did you mean" when one of the candidates is close to what was written.
    #[must_use]
    pub fn did_you_mean<'c>(
        self,
        written: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Diagnostic {
        match did_you_mean(written, candidates) {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Names the error that caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Diagnostic {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Everything that is known, a part a line.
    pub fn story(&self, headline: Headline) -> Story<'_> {
        Story {
            diagnostic: self,
            headline,
        }
    }
}

impl<'d> Story<'d> {
    /// The parts, in their order.
    pub fn parts(&self) -> Vec<Part<'d>> {
        let Diagnostic {
            message,
            place,
            snippet,
            notes,
            help,
            source: _,
        } = self.diagnostic;
        let by_place = self.headline == Headline::Place;
        let first = match place {
            Some(place) if by_place => format!("{place}: {message}"),
            _ => message.clone(),
        };
        let mut parts = vec![Part::Headline(first)];
        let mut cause = self.diagnostic.source();
        let mut shown = String::new();
        while let Some(error) = cause {
            let text = format!("{error:#}");
            cause = error.source();
            // Some errors tell in this form all that lies below them.
            if !shown.contains(&text) {
                parts.push(Part::Cause(text.clone()));
                shown = text;
            }
        }
        if let Some(place) = place
            && (!by_place || snippet.is_some())
        {
            parts.push(Part::Place(place));
        }
        parts.extend(snippet.iter().map(Part::Snippet));
        parts.extend(notes.iter().map(|note| Part::Note(note)));
        parts.extend(help.iter().map(|help| Part::Help(help)));
        parts
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Headline(text) | Part::Cause(text) => f.write_str(&escaped(text)),
            Part::Place(place) => write!(f, "  --> {place}"),
            Part::Snippet(snippet) => write!(f, "{snippet}"),
            Part::Note(note) => write!(f, "  = note: {}", escaped(note)),
            Part::Help(help) => write!(f, "  = help: {}", escaped(help)),
        }
    }
}

impl fmt::Display for Story<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts().iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return write!(f, "{}", self.story(Headline::Place));
        }
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&escaped(&self.message))
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

/// Two that are shown equal are equal.
impl PartialEq for Diagnostic {
    fn eq(&self, other: &Diagnostic) -> bool {
        format!("{self:#}") == format!("{other:#}")
    }
}

impl Eq for Diagnostic {}

impl StdError for Diagnostic {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref();
        source.map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::is_escaped;

    fn diagnostic() -> Diagnostic {
        Diagnostic::at("versions/a.sql", "-- x\n-- down: é_b\n", 14..17, "bad key")
            .caused_by(Diagnostic::new("the cause").caused_by("below"))
            .note("it was read")
            .help("write `down_revision`")
    }

    #[test]
    fn a_story_tells_everything_once() {
        let below = "bad key\nthe cause\nbelow\n  --> versions/a.sql:2:10\n   |\n 2 | -- down: é_b\n   |          ^^\n  \
                     = note: it was read\n  = help: write `down_revision`";
        assert_eq!(diagnostic().story(Headline::Message).to_string(), below);
        let whole = format!("versions/a.sql:2:10: {below}");
        assert_eq!(format!("{:#}", diagnostic()), whole);
        assert_eq!(diagnostic().to_string(), "versions/a.sql:2:10: bad key");
    }

    #[test]
    fn a_whole_file_has_one_line() {
        let file = Diagnostic::file("versions", "empty");
        assert_eq!(
            file.story(Headline::Message).to_string(),
            "empty\n  --> versions"
        );
        assert_eq!(format!("{file:#}"), "versions: empty");
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        let error = Diagnostic::file("a\u{202e}b", "\u{1b}]0;title\u{7}\r\nline")
            .caused_by("\u{9b}31m")
            .note("\u{2066}")
            .help("\u{0}");
        assert_eq!(
            format!("{error:#}"),
            "a\\u{202e}b: \\u{1b}]0;title\\u{7}\nline\n\\u{9b}31m\n  = note: \\u{2066}\n  = help: \\u{0}"
        );
        assert!(!error.to_string().contains(is_escaped));
    }
}
