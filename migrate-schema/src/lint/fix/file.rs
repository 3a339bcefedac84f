//! The files that come of a rewrite.

use std::ops::Range;

use migrate_chain::{
    Action, Chain, Dialect, Direction, Language, NewHeader, Properties, Revision, Script,
    Transaction,
};

use crate::lint::Finding;
use crate::revision::Body;

/// A revision that is written anew, and the one that follows it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rewritten {
    /// The whole text of its file.
    pub text: String,
    /// What runs outside a transaction, as a revision of its own.
    pub following: Option<Following>,
    /// The findings that are gone with it.
    pub cured: Vec<Finding>,
}

/// What a revision says that follows the one which was rewritten.
#[derive(Debug)]
#[non_exhaustive]
pub struct Following {
    /// Its message.
    pub message: String,
    breaking: Option<String>,
    sections: String,
}

impl Following {
    /// `back` is what its downgrade does.
    pub(super) fn new(
        chain: &Chain<'_>,
        revision: &Revision<'_>,
        [forth, back]: [&Body; 2],
        breaks: bool,
    ) -> Following {
        let mut sections = String::new();
        for (direction, body) in [("upgrade", forth), ("downgrade", back)] {
            for &dialect in &chain.dialects {
                let tag = (chain.dialects.len() > 1).then_some(dialect);
                let body = match dialect {
                    Dialect::Postgres => body,
                    // Its whole change stands in the first of the two.
                    _ => &Body::Nothing,
                };
                sections.push('\n');
                sections.push_str(&body.write(direction, tag));
            }
        }
        Following {
            message: format!("{}, online", revision.message),
            breaking: revision.breaking.filter(|_| breaks).map(str::to_owned),
            sections,
        }
    }

    /// The whole text of its file.
    pub fn text(&self, header: &NewHeader<'_>) -> String {
        let header = NewHeader {
            breaking: self.breaking.as_deref(),
            ..*header
        };
        header.text(Language::Sql) + &self.sections
    }
}

/// The text of a revision's file, whose PostgreSQL sections are written anew.
pub(super) struct Sections<'r> {
    revision: &'r Revision<'r>,
    /// The other database that a section without a name is for.
    other: Option<Dialect>,
    edits: Vec<(Range<usize>, String)>,
}

impl<'r> Sections<'r> {
    pub(super) fn of(chain: &Chain<'_>, revision: &'r Revision<'r>) -> Sections<'r> {
        Sections {
            revision,
            other: (chain.dialects.iter().copied()).find(|one| *one != Dialect::Postgres),
            edits: Vec::new(),
        }
    }

    /// Gives a section another script; without one, it does nothing.
    pub(super) fn replace(
        &mut self,
        direction: Direction,
        script: Option<&str>,
        transaction: Transaction,
    ) {
        let Action::Script(old) = self.revision.action(direction, Dialect::Postgres) else {
            return;
        };
        let (line, is_named) = self.line(old);
        let properties = Properties {
            transaction,
            ..Properties::default()
        };
        let own = (is_named || self.other.is_some()).then_some(Dialect::Postgres);
        let words = words_of(own, properties);
        let name = direction.name();
        let section = match script {
            Some(script) => format!("-- {name}{words}\n{}\n", script.trim_end()),
            None => format!("-- {name}{words}: nothing\n"),
        };
        if is_named || self.other.is_none() {
            let end = old.offset + old.text.len();
            let is_last = self.revision.text()[end..].trim().is_empty();
            let gap = if is_last { "" } else { "\n" };
            self.edits.push((line.start..end, section + gap));
        } else {
            // What was for all is the other's from now on.
            let words = words_of(self.other, old.properties);
            self.edits
                .push((line, format!("{section}\n-- {name}{words}")));
        }
    }

    /// Takes a key out of the header.
    pub(super) fn remove_key(&mut self, key: &str) {
        let mut at = 0;
        for line in self.revision.text().split_inclusive('\n') {
            let range = at..at + line.len();
            at = range.end;
            let Some(comment) = line.trim().strip_prefix("--") else {
                break;
            };
            if comment
                .split_once(':')
                .is_some_and(|(word, _)| word.trim() == key)
            {
                self.edits.push((range, String::new()));
            }
        }
    }

    /// The line that a section begins with, and whether it names the database.
    fn line(&self, script: &Script<'_>) -> (Range<usize>, bool) {
        let above = self.revision.text()[..script.offset].trim_end();
        let start = above.rfind('\n').map_or(0, |at| at + 1);
        let is_named = above[start..].contains(Dialect::Postgres.name());
        (start..above.len(), is_named)
    }

    /// The whole file.
    pub(super) fn text(mut self) -> String {
        self.edits.sort_by_key(|(range, _)| range.start);
        let old = self.revision.text();
        let (mut text, mut at) = (String::new(), 0);
        for (range, new) in &self.edits {
            text.push_str(old.get(at..range.start).unwrap_or_default());
            text.push_str(new);
            at = range.end;
        }
        text.push_str(old.get(at..).unwrap_or_default());
        if old.contains("\r\n") {
            text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        text
    }
}

/// What stands behind `-- upgrade`.
fn words_of(dialect: Option<Dialect>, properties: Properties) -> String {
    let mut words: Vec<String> = dialect.iter().map(|one| one.name().to_owned()).collect();
    words.extend(Some(properties.to_words()).filter(|words| !words.is_empty()));
    match &words[..] {
        [] => String::new(),
        words => format!(" ({})", words.join(", ")),
    }
}
