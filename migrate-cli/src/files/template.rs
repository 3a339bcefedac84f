use migrate_chain::Dialect;

use super::clock::Utc;

/// What a new revision is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Sql,
    Rust,
}

/// A revision that is about to be written.
#[derive(Debug)]
pub(crate) struct NewRevision<'a> {
    pub(crate) message: &'a str,
    pub(crate) id: &'a str,
    pub(crate) parents: &'a [String],
    pub(crate) depends_on: &'a [String],
    pub(crate) labels: &'a [String],
    pub(crate) created: Utc,
    /// Sections of their own; none: one plain section.
    pub(crate) dialects: &'a [Dialect],
}

impl NewRevision<'_> {
    /// The header, each line after `mark`.
    pub(crate) fn header(&self, mark: &str) -> String {
        let mut lines = vec![format!("{mark} {}", self.message), mark.to_owned()];
        let list = |ids: &[String]| match ids {
            [] => "none".to_owned(),
            ids => ids.join(", "),
        };
        lines.push(format!("{mark} revision: {}", self.id));
        lines.push(format!("{mark} down_revision: {}", list(self.parents)));
        if !self.depends_on.is_empty() {
            lines.push(format!("{mark} depends_on: {}", list(self.depends_on)));
        }
        if !self.labels.is_empty() {
            lines.push(format!("{mark} branch_labels: {}", list(self.labels)));
        }
        lines.push(format!("{mark} created: {}", self.created));
        lines.join("\n")
    }

    /// The whole file, whose sections a person fills in: left blank, they are an error.
    pub(crate) fn text(&self, language: Language, template: Option<&str>) -> String {
        let mark = match language {
            Language::Sql => "--",
            Language::Rust => "//!",
        };
        let header = self.header(mark);
        match (template, language) {
            (Some(template), _) => (template.replace("\r\n", "\n"))
                .replace("{header}", &header)
                .replace("{revision}", self.id)
                .replace("{message}", self.message),
            (None, Language::Sql) => format!("{header}\n{}", self.sections()),
            (None, Language::Rust) => format!("{header}\n\n{RUST}"),
        }
    }

    fn sections(&self) -> String {
        let mut text = String::new();
        for direction in ["upgrade", "downgrade"] {
            match self.dialects {
                [] => text.push_str(&format!("\n-- {direction}\n\n")),
                dialects => {
                    for dialect in dialects {
                        text.push_str(&format!("\n-- {direction} ({dialect})\n\n"));
                    }
                }
            }
        }
        text
    }
}

const RUST: &str = "\
use migrate_runtime::{Context, Result};

pub fn upgrade(_db: &mut Context<'_>) -> Result<()> {
    Err(\"this upgrade is still to be written\".into())
}

pub fn downgrade(_db: &mut Context<'_>) -> Result<()> {
    Err(\"this downgrade is still to be written\".into())
}
";
