//! One document. Its keys are part of the interface: docs/lint.md lists them.

use migrate_schema::lint::Finding;
use serde::Serialize;

use super::{Review, Reviewed, Side, Verdict};
use crate::context::Context;
use crate::error::Result;
use crate::render::json::Checked;

#[derive(Serialize)]
struct Findings<'r> {
    findings: Vec<Shown<'r>>,
    #[serde(flatten)]
    rewrites: Option<Fixed<'r>>,
}

/// What `lint --fix` adds.
#[derive(Serialize)]
struct Fixed<'r> {
    fixed: Vec<Shown<'r>>,
    files: Vec<File<'r>>,
    kept: &'r [String],
}

#[derive(Serialize)]
struct File<'r> {
    path: &'r str,
    diff: &'r str,
}

#[derive(Serialize)]
struct Document<'r> {
    #[serde(flatten)]
    checked: &'r Checked,
    findings: Vec<Shown<'r>>,
    revisions: Vec<Revision<'r>>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub(crate) struct Shown<'r> {
    id: &'r str,
    group: &'static str,
    revision: &'r str,
    direction: &'static str,
    dialect: &'static str,
    file: &'r str,
    line: usize,
    column: usize,
    message: &'r str,
    cure: &'r str,
}

#[derive(Serialize)]
struct Revision<'r> {
    revision: &'r str,
    down_revision: &'r [String],
    message: &'r str,
    path: &'r str,
    breaking: Option<&'r str>,
    /// Whether programs of earlier releases go on working, and if not, why.
    older_programs: OlderPrograms<'r>,
    sections: Vec<Section<'r>>,
}

#[derive(Serialize)]
struct OlderPrograms<'r> {
    go_on: bool,
    reasons: Vec<&'r str>,
}

#[derive(Serialize)]
struct Section<'r> {
    dialect: &'static str,
    direction: &'static str,
    transaction: bool,
    /// `null` for Rust code.
    sql: Option<&'r str>,
    /// What it changes in the schema; `null` where it was not run.
    operations: Option<&'r [String]>,
    locks: Vec<Lock<'r>>,
}

#[derive(Serialize)]
struct Lock<'r> {
    table: &'r str,
    mode: &'static str,
    keeps_from: &'static str,
    rewrites: bool,
}

impl<'r> From<&'r Finding> for Shown<'r> {
    fn from(finding: &'r Finding) -> Shown<'r> {
        Shown {
            id: &finding.id,
            group: finding.group.name(),
            revision: &finding.revision,
            direction: finding.direction.name(),
            dialect: finding.dialect.name(),
            file: &finding.place.path,
            line: finding.place.line,
            column: finding.place.column,
            message: &finding.message,
            cure: &finding.cure,
        }
    }
}

pub(super) fn print(context: &mut Context<'_, '_>, review: &Review<'_>) -> Result<()> {
    let findings = review.findings.iter().map(Shown::from).collect();
    match review.checked {
        None => {
            let rewrites = review.rewrites.as_ref().map(|rewrites| Fixed {
                fixed: rewrites.cured.iter().map(Shown::from).collect(),
                files: (rewrites.files.iter())
                    .map(|(path, diff)| File { path, diff })
                    .collect(),
                kept: &rewrites.kept,
            });
            context.streams.document(&Findings { findings, rewrites })
        }
        Some(checked) => context.streams.document(&Document {
            checked,
            findings,
            revisions: review
                .revisions
                .iter()
                .map(|one| revision(review, one))
                .collect(),
        }),
    }
}

fn revision<'r>(review: &'r Review<'_>, of: &'r Reviewed) -> Revision<'r> {
    let reasons = match review.verdict(of) {
        Verdict::GoOn => Vec::new(),
        Verdict::Break(reasons) => reasons,
    };
    Revision {
        revision: &of.id,
        down_revision: &of.down_revision,
        message: &of.message,
        path: &of.path,
        breaking: of.breaking.as_deref(),
        older_programs: OlderPrograms {
            go_on: reasons.is_empty(),
            reasons,
        },
        sections: of.sections.iter().map(section).collect(),
    }
}

fn section(side: &Side) -> Section<'_> {
    Section {
        dialect: side.dialect.name(),
        direction: side.direction.name(),
        transaction: side.is_transaction,
        sql: side.sql.as_deref(),
        operations: side.operations.as_deref(),
        locks: (side.locks.iter())
            .map(|lock| Lock {
                table: &lock.table,
                mode: lock.mode.name(),
                keeps_from: lock.mode.keeps_from(),
                rewrites: lock.rewrites,
            })
            .collect(),
    }
}
