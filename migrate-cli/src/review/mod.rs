//! What a reviewer wants to know of revisions, as one value; each format is a file that renders it.

mod github;
mod gitlab;
pub(crate) mod json;
mod markdown;
mod rustc;
mod sarif;
pub(crate) mod text;

use std::collections::BTreeMap;

use migrate_chain::{Action, Chain, Dialect, Direction, Transaction};
use migrate_schema::lint::{Finding, Group, Lock, Report};

use crate::context::Context;
use crate::error::{Error, Result, name_program};
use crate::render::json::{Checked, Found, found};

/// What a review is printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReviewFormat {
    /// For a person
    Text,
    /// One document
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// SARIF 2.1.0
    Sarif,
    /// A comment for a pull request
    Markdown,
    /// rustc's JSON lines, for editors
    Rustc,
}

impl ReviewFormat {
    /// False where the form is another program's, which has its own way to show errors.
    pub(crate) fn is_of_us(self) -> bool {
        matches!(self, ReviewFormat::Text | ReviewFormat::Json)
    }
}

/// The document.
#[derive(Default)]
pub(crate) struct Review<'r> {
    /// What `check` found; absent for `lint`.
    pub(crate) checked: Option<&'r Checked>,
    /// What is wrong with files or database.
    pub(crate) problems: Vec<Found>,
    /// The revisions in question, in the order in which they run.
    pub(crate) revisions: Vec<Reviewed>,
    /// In the order of the files.
    pub(crate) findings: Vec<Finding>,
    /// What `lint --fix` has written, or would write.
    pub(crate) rewrites: Option<Rewrites>,
}

/// Files that were written anew, and what that cured.
#[derive(Debug, Default)]
pub(crate) struct Rewrites {
    pub(crate) cured: Vec<Finding>,
    /// The path of each, and what changes in it.
    pub(crate) files: Vec<(String, String)>,
    /// Revisions that stay as they are, and why.
    pub(crate) kept: Vec<String>,
}

/// A revision in question.
pub(crate) struct Reviewed {
    pub(crate) id: String,
    pub(crate) down_revision: Vec<String>,
    pub(crate) message: String,
    pub(crate) path: String,
    /// What its header says of older programs.
    pub(crate) breaking: Option<String>,
    pub(crate) sections: Vec<Side>,
}

/// A section of it, on one database.
pub(crate) struct Side {
    pub(crate) dialect: Dialect,
    pub(crate) direction: Direction,
    /// False for `no transaction`.
    pub(crate) is_transaction: bool,
    /// Absent for Rust code.
    pub(crate) sql: Option<String>,
    pub(crate) operations: Option<Vec<String>>,
    pub(crate) locks: Vec<Lock>,
}

/// Whether programs of earlier releases go on working.
pub(crate) enum Verdict<'r> {
    GoOn,
    /// Why not, each once.
    Break(Vec<&'r str>),
}

impl<'r> Review<'r> {
    /// Of the revisions that were looked at.
    pub(crate) fn new(chain: &Chain<'_>, positions: &[usize], report: Report) -> Review<'r> {
        let reviewed = |&at: &usize| {
            let revision = chain.get(at);
            let owned = |found: &[usize]| -> Vec<String> {
                found
                    .iter()
                    .map(|&at| chain.get(at).id.to_owned())
                    .collect()
            };
            let sections = report.sections.iter().filter(|one| one.position == at);
            Reviewed {
                id: revision.id.to_owned(),
                down_revision: owned(chain.parents(at)),
                message: revision.message.to_owned(),
                path: format!("{}/{}", chain.root, revision.path),
                breaking: revision.breaking.map(str::to_owned),
                sections: sections
                    .map(|section| {
                        let action = revision.action(section.direction, section.dialect);
                        Side {
                            dialect: section.dialect,
                            direction: section.direction,
                            is_transaction: action.properties().transaction != Transaction::Outside,
                            sql: match action {
                                Action::Script(script) => Some(script.text.trim().to_owned()),
                                _ => None,
                            },
                            operations: section.operations.clone(),
                            locks: section.traced.clone().unwrap_or(section.locks.clone()),
                        }
                    })
                    .collect(),
            }
        };
        Review {
            checked: None,
            problems: Vec::new(),
            revisions: positions.iter().map(reviewed).collect(),
            findings: report.findings,
            rewrites: None,
        }
    }

    /// Of a chain that nothing can be looked at in.
    pub(crate) fn of_error(error: &Error, program: &str) -> Review<'r> {
        let mut error = error.clone();
        error.edit(|text| name_program(text, program));
        Review {
            checked: None,
            problems: found(&error),
            revisions: Vec::new(),
            findings: Vec::new(),
            rewrites: None,
        }
    }

    /// Prints it.
    pub(crate) fn print(&self, context: &mut Context<'_, '_>, format: ReviewFormat) -> Result<()> {
        let text = match format {
            ReviewFormat::Text => return text::show(context, &self.findings),
            ReviewFormat::Json => return json::print(context, self),
            ReviewFormat::Github => github::render(self),
            ReviewFormat::Gitlab => return context.streams.document(&gitlab::render(self)),
            ReviewFormat::Sarif => return context.streams.document(&sarif::render(self)),
            ReviewFormat::Markdown => markdown::render(self),
            ReviewFormat::Rustc => rustc::render(self)?,
        };
        Ok(context.streams.text(&text)?)
    }

    /// What breaks programs that still run: findings, and what the header of a revision says.
    pub(crate) fn verdict<'v>(&'v self, revision: &'v Reviewed) -> Verdict<'v> {
        let mut reasons: Vec<&str> = revision.breaking.as_deref().into_iter().collect();
        for finding in self.of(revision) {
            let message = finding.message.as_str();
            if finding.group == Group::Breaks && !reasons.contains(&message) {
                reasons.push(message);
            }
        }
        if reasons.is_empty() {
            Verdict::GoOn
        } else {
            Verdict::Break(reasons)
        }
    }

    /// The findings about a revision.
    pub(crate) fn of<'v>(&'v self, revision: &'v Reviewed) -> impl Iterator<Item = &'v Finding> {
        let all = self.findings.iter();
        all.filter(move |finding| finding.revision == revision.id)
    }
}

/// Findings that several databases share, each with those databases.
pub(crate) fn shared<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
) -> Vec<(&'f Finding, Vec<&'static str>)> {
    let mut all: Vec<(&Finding, Vec<&'static str>)> = Vec::new();
    for finding in findings {
        let is_same = |other: &Finding| {
            (&other.place, &other.id, other.group, &other.message)
                == (&finding.place, &finding.id, finding.group, &finding.message)
        };
        match all.iter_mut().find(|(other, _)| is_same(other)) {
            Some((_, dialects)) => dialects.push(finding.dialect.name()),
            None => all.push((finding, vec![finding.dialect.name()])),
        }
    }
    all
}

/// `3 findings (2 breaks, 1 loses)`
pub(crate) fn summary(findings: &[Finding]) -> String {
    let mut groups: BTreeMap<Group, usize> = BTreeMap::new();
    for finding in findings {
        *groups.entry(finding.group).or_default() += 1;
    }
    let groups: Vec<String> = (groups.iter())
        .map(|(group, count)| format!("{count} {group}"))
        .collect();
    format!(
        "{} ({})",
        count(findings.len(), "finding"),
        groups.join(", ")
    )
}

pub(crate) fn count(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
