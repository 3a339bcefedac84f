use std::ops::Range;

use super::header::{self, Header};
use super::report::Report;
use super::rust_source;
use super::section::{self, Body, Misread, Section};
use crate::fingerprint::{content_of_code, normalized};
use crate::place::Locator;
use crate::problem::{Problem, Problems};
use crate::{Dialect, Direction, Language, Properties, SourceFile, id};

/// A parsed revision file. Ranges are bytes of its text.
#[derive(Debug)]
pub(crate) struct RevisionFile {
    /// As problems show it: the versions directory, then the path in it.
    pub(crate) shown: String,
    pub(crate) source: SourceFile,
    locator: Locator,
    pub(crate) language: Language,
    pub(crate) header: Header,
    pub(crate) sections: Vec<Section>,
    pub(crate) misread: Misread,
    /// The functions of a Rust-coded revision.
    pub(crate) functions: rust_source::Functions,
}

impl RevisionFile {
    /// Reads one file; everything wrong with its form is added to `problems`.
    ///
    /// A file without text yields `None`: nothing more is known of it. One without an id is still
    /// checked as far as it goes.
    pub(crate) fn parse(
        root: &str,
        source: SourceFile,
        problems: &mut Problems,
    ) -> Option<RevisionFile> {
        let shown = format!("{root}/{}", source.path);
        let language = match source.path.rsplit_once('.') {
            Some((_, "rs")) => Language::Rust,
            _ => Language::Sql,
        };
        let text = &source.text;
        let locator = Locator::default();
        let mut report = Report {
            path: &shown,
            text,
            locator: &locator,
            problems,
        };
        if let Some(at) = text.find('\0') {
            report.push(at..at + 1, "a NUL character: this is no text file");
            return None;
        }
        if text.trim_start_matches('\u{feff}').trim().is_empty() {
            let problem = Problem::file(shown.as_str(), "the file is empty")
                .help("delete it; `cargo migrate revision -m \"message\"` writes a new one");
            report.problems.push(problem);
            return None;
        }
        let mut misread = Misread::default();
        let (header, sections) = match language {
            Language::Sql => {
                let sections = section::sections(&mut report, &mut misread);
                let end = sections.first().map_or(text.len(), |s| s.at.start);
                (header::sql(&mut report, end, &mut misread), sections)
            }
            Language::Rust => header::rust(&mut report, &mut misread),
        };
        let functions = match language {
            Language::Sql => rust_source::Functions::default(),
            Language::Rust => rust_source::functions(&mut report),
        };
        if header.identified {
            let id = &text[header.revision.clone()];
            named(&mut report, &source.path, id, header.revision.clone());
        }
        Some(RevisionFile {
            shown,
            language,
            header,
            sections,
            misread,
            functions,
            locator,
            source,
        })
    }

    pub(crate) fn text(&self, range: &Range<usize>) -> &str {
        self.source.text.get(range.clone()).unwrap_or("")
    }

    pub(crate) fn id(&self) -> &str {
        self.text(&self.header.revision)
    }

    /// True for a revision with several parents.
    pub(crate) fn is_merge(&self) -> bool {
        self.header.down_revision.len() > 1
    }

    /// The section that serves a dialect: its own wins over the plain one.
    pub(crate) fn section(&self, direction: Direction, dialect: Dialect) -> Option<&Section> {
        let of = |wanted: Option<Dialect>| {
            (self.sections.iter()).find(|s| s.direction == direction && s.dialect == wanted)
        };
        of(Some(dialect)).or_else(|| of(None))
    }

    /// What a direction does on a dialect; `None` when the file does not say.
    pub(crate) fn action(
        &self,
        direction: Direction,
        dialect: Dialect,
    ) -> Option<(Properties, Body)> {
        if let Some(section) = self.section(direction, dialect) {
            return Some((section.properties, section.body.clone()));
        }
        let given = self.sections.iter().any(|s| s.direction == direction);
        match self.language {
            // The functions speak for themselves; header keys only add properties.
            Language::Rust if !given => Some((Properties::default(), Body::Code)),
            Language::Sql if self.is_merge() && self.sections.is_empty() => {
                Some((Properties::default(), Body::Nothing))
            }
            _ => None,
        }
    }

    /// What a fingerprint is taken of, normalised: the upgrade script of a dialect, or the `content` key.
    pub(crate) fn content(&self, dialect: Dialect) -> String {
        match self.action(Direction::Upgrade, dialect) {
            Some((_, Body::Script(range))) => normalized(self.text(&range)),
            Some((_, Body::Code)) => {
                let content = self.header.content.as_ref().map(|range| self.text(range));
                normalized(&content_of_code(content))
            }
            _ => String::new(),
        }
    }

    pub(crate) fn problem(&self, range: &Range<usize>, message: impl Into<String>) -> Problem {
        let text = &self.source.text;
        let place = self.locator.locate(&self.shown, text, range.clone());
        Problem::located(place, message)
    }

    /// What ties are broken by: the file's name, then its folders.
    pub(crate) fn order_key(&self) -> (&str, &str) {
        let path = self.source.path.as_str();
        (path.rsplit('/').next().unwrap_or(path), path)
    }
}

/// The header is the truth; the file's name must say the same, or a person looking for a revision
/// opens the wrong file.
fn named(report: &mut Report<'_>, path: &str, revision: &str, at: Range<usize>) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if id::check(revision).is_ok() && !id::named_by(revision, stem) {
        let problem = report
            .problem(
                at,
                format!("the file name does not contain the revision id `{revision}`"),
            )
            .help(format!(
                "rename the file to `{revision}-...`, or correct the id"
            ));
        report.problems.push(problem);
    }
}
