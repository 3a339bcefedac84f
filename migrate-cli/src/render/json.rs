//! What `--json` prints. The keys are part of the interface: they are documented in the README, and
//! none is renamed or removed within a major version.

use std::borrow::Cow;

use migrate_chain::{Chain, Diagnostic, escaped};
use migrate_runtime::{
    Act, Changed, Difference, LogEntry, Outcome, Plan, PlannedStep, Report, StepInProgress,
};
use serde::Serialize;

use super::form;
use crate::error::Error;

/// One revision: `history`, `heads`, `branches`, `current`, `show`.
#[derive(Debug, Serialize)]
pub(crate) struct Revision<'c> {
    pub(crate) revision: &'c str,
    pub(crate) down_revision: Vec<&'c str>,
    pub(crate) depends_on: Vec<&'c str>,
    pub(crate) branch_labels: Vec<&'c str>,
    pub(crate) message: &'c str,
    pub(crate) path: String,
    pub(crate) created: Option<&'c str>,
    pub(crate) version: Option<&'c str>,
    pub(crate) breaking: Option<&'c str>,
    pub(crate) replaces: Vec<&'c str>,
    pub(crate) children: Vec<&'c str>,
    pub(crate) is_head: bool,
    pub(crate) is_branchpoint: bool,
    pub(crate) is_mergepoint: bool,
    /// Absent where no database was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_current: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_applied: Option<bool>,
}

impl<'c> Revision<'c> {
    pub(crate) fn new(chain: &'c Chain<'_>, at: usize) -> Revision<'c> {
        let revision = chain.get(at);
        Revision {
            revision: revision.id,
            down_revision: form::ids(chain, chain.parents(at)),
            depends_on: form::ids(chain, chain.dependencies(at)),
            branch_labels: form::labels(chain, at),
            message: revision.message,
            path: form::path(chain, at),
            created: revision.created,
            version: revision.version,
            breaking: revision.breaking,
            replaces: revision.replaces.clone(),
            children: form::ids(chain, chain.children(at)),
            is_head: chain.children(at).is_empty(),
            is_branchpoint: chain.is_branchpoint(at),
            is_mergepoint: chain.is_mergepoint(at),
            is_current: None,
            is_applied: None,
        }
    }
}

/// A plan that was not carried out: `--dry-run`.
#[derive(Debug, Serialize)]
pub(crate) struct Planned<'p> {
    pub(crate) from: &'p [String],
    pub(crate) to: &'p [String],
    pub(crate) steps: Vec<Step<'p>>,
    pub(crate) notes: &'p [String],
    /// What another tool has applied and would be recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adopted: Option<Adopted>,
}

/// What another tool has applied, and is recorded without running.
#[derive(Debug, Serialize)]
pub(crate) struct Adopted {
    pub(crate) from: String,
    pub(crate) revisions: Vec<String>,
    pub(crate) heads: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Step<'p> {
    pub(crate) revision: &'p str,
    pub(crate) down_revision: &'p [String],
    pub(crate) direction: &'static str,
    pub(crate) message: &'p str,
    pub(crate) path: &'p str,
    pub(crate) stamp: bool,
    /// What another tool, which has applied it, calls it.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) adopts: &'p [String],
    pub(crate) breaking: Option<&'p str>,
    /// Steps with the same number commit together; none: outside a transaction.
    pub(crate) transaction: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_ms: Option<f64>,
}

impl<'p> From<&'p PlannedStep> for Step<'p> {
    fn from(step: &'p PlannedStep) -> Step<'p> {
        Step {
            revision: &step.revision,
            down_revision: &step.down_revision,
            direction: step.direction.name(),
            message: &step.message,
            path: &step.path,
            stamp: step.stamp,
            adopts: &step.adopts,
            breaking: step.breaking.as_deref(),
            transaction: step.transaction,
            duration_ms: None,
        }
    }
}

impl<'p> From<&'p Plan> for Planned<'p> {
    fn from(plan: &'p Plan) -> Planned<'p> {
        Planned {
            from: &plan.from,
            to: &plan.to,
            steps: plan.steps.iter().map(Step::from).collect(),
            notes: &plan.notes,
            adopted: plan.adopted.as_ref().map(Adopted::from),
        }
    }
}

impl From<&migrate_runtime::Adopted> for Adopted {
    fn from(adopted: &migrate_runtime::Adopted) -> Adopted {
        Adopted {
            from: adopted.from.clone(),
            revisions: adopted.revisions.clone(),
            heads: adopted.heads.clone(),
        }
    }
}

/// What was done: `upgrade`, `downgrade`, `stamp`.
#[derive(Debug, Serialize)]
pub(crate) struct Done<'r> {
    pub(crate) outcome: &'static str,
    pub(crate) from: &'r [String],
    pub(crate) to: &'r [String],
    pub(crate) steps: Vec<Step<'r>>,
    pub(crate) ahead: &'r [String],
    pub(crate) notes: &'r [String],
    pub(crate) waited_ms: Option<f64>,
    /// What another tool had applied and was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adopted: Option<Adopted>,
}

impl<'r> From<&'r Report> for Done<'r> {
    fn from(report: &'r Report) -> Done<'r> {
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        let steps = report.steps.iter().map(|done| Step {
            duration_ms: Some(milliseconds(done.duration)),
            ..Step::from(&done.step)
        });
        Done {
            outcome: match report.outcome {
                Outcome::UpToDate => "up_to_date",
                Outcome::Applied => "applied",
                Outcome::Ahead => "ahead",
                Outcome::Skipped => "skipped",
                _ => "other",
            },
            from: &report.from,
            to: &report.to,
            steps: steps.collect(),
            ahead: &report.ahead,
            notes: &report.notes,
            waited_ms: report.waited.map(milliseconds),
            adopted: report.adopted.as_ref().map(Adopted::from),
        }
    }
}

/// A step outside a transaction that is under way or was interrupted.
#[derive(Debug, Serialize)]
pub(crate) struct InProgress {
    revision: String,
    direction: &'static str,
    /// How many statements were begun, are done, and there are; one that is begun and not done may
    /// have taken effect or not.
    started: usize,
    done: usize,
    total: usize,
}

impl From<StepInProgress> for InProgress {
    fn from(step: StepInProgress) -> InProgress {
        InProgress {
            revision: step.revision,
            direction: step.direction.name(),
            started: step.started,
            done: step.done,
            total: step.total,
        }
    }
}

/// A row of `log`.
#[derive(Debug, Serialize)]
pub(crate) struct Log<'l> {
    pub(crate) revision: &'l str,
    pub(crate) down_revision: &'l [String],
    pub(crate) depends_on: &'l [String],
    pub(crate) act: &'static str,
    pub(crate) message: &'l str,
    pub(crate) breaking: Option<&'l str>,
    pub(crate) app_version: &'l str,
    pub(crate) applied_by: &'l str,
    pub(crate) run_id: &'l str,
    pub(crate) started_at: &'l str,
    pub(crate) duration_ms: f64,
}

impl<'l> From<&'l LogEntry> for Log<'l> {
    fn from(entry: &'l LogEntry) -> Log<'l> {
        Log {
            revision: &entry.revision,
            down_revision: &entry.down_revision,
            depends_on: &entry.depends_on,
            act: Act::name(entry.act),
            message: &entry.message,
            breaking: entry.breaking.as_deref(),
            app_version: &entry.app_version,
            applied_by: &entry.applied_by,
            run_id: &entry.run_id,
            started_at: &entry.started_at,
            duration_ms: entry.duration.as_secs_f64() * 1000.0,
        }
    }
}

/// A revision that is not as it was when it was applied: `verify`.
#[derive(Debug, Serialize)]
pub(crate) struct Differs<'d> {
    pub(crate) revision: &'d str,
    pub(crate) path: &'d str,
    pub(crate) what: &'static str,
    pub(crate) applied_at: &'d str,
}

impl<'d> From<&'d Difference> for Differs<'d> {
    fn from(difference: &'d Difference) -> Differs<'d> {
        Differs {
            revision: &difference.revision,
            path: &difference.path,
            what: match difference.what {
                Changed::Content => "content",
                Changed::Ancestry => "ancestry",
                _ => "other",
            },
            applied_at: &difference.applied_at,
        }
    }
}

/// What `check` found.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    pub(crate) ok: bool,
    pub(crate) problems: Vec<Found>,
    /// Ids of the revisions that are not applied.
    pub(crate) pending: Vec<String>,
    /// Ids of applied revisions that the chain doesn't have, where it can work with them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ahead: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_progress: Option<InProgress>,
    /// What the models ask for and the chain doesn't make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missing: Option<Missing>,
    /// What the database has and the chain doesn't make, or the other way around.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drift: Option<Vec<String>>,
    /// What another tool has applied and is not recorded here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) to_adopt: Vec<String>,
    /// What is recorded here and the other tool doesn't have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) lacking: Vec<String>,
    /// The files that `docs` would write otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) stale_docs: Vec<String>,
    /// The databases for which chain.lock doesn't say that the head has run, though it is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unproved: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Missing {
    pub(crate) changes: Vec<String>,
    /// The file to write.
    pub(crate) path: String,
    /// What to write into it.
    pub(crate) text: String,
    /// What to add to chain.lock, where there is one.
    pub(crate) chain_lock: Vec<String>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Found {
    pub(crate) message: String,
    pub(crate) path: Option<String>,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    /// What the database said, or another cause, the nearest first.
    pub(crate) causes: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Vec<String>,
}

impl From<&Diagnostic> for Found {
    fn from(diagnostic: &Diagnostic) -> Found {
        let place = diagnostic.place.as_ref();
        Found {
            message: diagnostic.message.clone(),
            path: place.map(|place| place.path.clone()),
            line: place.map(|place| place.line).filter(|&line| line > 0),
            column: place.map(|place| place.column).filter(|&column| column > 0),
            causes: Vec::new(),
            notes: diagnostic.notes.clone(),
            help: diagnostic.help.clone(),
        }
    }
}

/// Each problem of a versions directory, or the error itself.
pub(crate) fn found(error: &Error) -> Vec<Found> {
    match error.problems() {
        Some(problems) => problems.iter().map(Found::from).collect(),
        None => vec![Found {
            causes: error.causes(),
            ..Found::from(&*error.diagnostic)
        }],
    }
}

/// A command that came to nothing: the one document on standard output.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    error: Refused,
}

#[derive(Debug, Serialize)]
struct Refused {
    exit_code: u8,
    #[serde(flatten)]
    refusal: Option<NotTaken>,
    #[serde(flatten)]
    found: Found,
    /// What is wrong with the versions directory, if that is it.
    problems: Vec<Found>,
}

/// Why a database of another tool's is not taken over.
#[derive(Debug, Serialize)]
struct NotTaken {
    kind: &'static str,
    from: String,
    keys: Vec<String>,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Refusal {
        let problems = match error.problems() {
            Some(_) => found(error),
            None => Vec::new(),
        };
        Refusal {
            error: Refused {
                exit_code: error.exit.code(),
                refusal: error.refusal.as_ref().map(|refusal| NotTaken {
                    kind: refusal.kind.name(),
                    from: refusal.from.clone(),
                    keys: refusal.keys.clone(),
                }),
                found: Found {
                    causes: error.causes(),
                    ..Found::from(&*error.diagnostic)
                },
                problems,
            },
        }
    }
}

/// A document as text, without a character that a terminal would obey.
pub(crate) fn text(report: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(report)?;
    if let Cow::Borrowed(_) = escaped(&text) {
        return Ok(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match escaped(c.encode_utf8(&mut [0; 4])) {
            Cow::Borrowed(_) => shown.push(c),
            Cow::Owned(_) => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Ok(shown)
}
