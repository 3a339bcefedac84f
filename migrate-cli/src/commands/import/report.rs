//! What an import says: as text, and as the one document of `--json`.

use std::collections::BTreeMap;

use migrate_chain::{Dialect, Direction};
use migrate_schema::scratch::beside::{Equal, Unequal};
use serde::Serialize;

use super::{Import, Importing};
use crate::Exit;
use crate::commands::json;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::Directory;
use crate::import::{Downgrade, Draft, Drafted, Refused};

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) tool: &'static str,
    pub(super) revisions: Vec<Shown>,
    pub(super) refused: Vec<Refused>,
    /// Steps of the other tool that were imported before, and have been edited there since.
    pub(super) edited: Vec<Refused>,
    pub(super) proved: Option<Proved>,
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) revision: String,
    pub(super) key: String,
    pub(super) path: String,
    pub(super) sources: Vec<String>,
    pub(super) changes: Vec<String>,
    pub(super) downgrade: Downgrade,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Proved {
    pub(super) steps: usize,
    pub(super) equal: bool,
    /// How many downgrades lead there and back, as with the other tool.
    pub(super) downgrades: usize,
    /// Downgrades that don't work with the other tool either.
    pub(super) broken: Vec<BrokenDowngrade>,
    /// The database that was compared too.
    pub(super) against: Option<String>,
    /// The first step that differs.
    pub(super) differs: Option<Differs>,
}

#[derive(Debug, Serialize)]
pub(super) struct BrokenDowngrade {
    pub(super) revision: String,
    pub(super) reason: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Differs {
    pub(super) revision: String,
    pub(super) direction: &'static str,
    pub(super) how: String,
}

impl Importing {
    /// Nothing can be written, because of these files.
    pub(super) fn refuse(
        &self,
        context: &mut Context<'_, '_>,
        refused: Vec<Refused>,
    ) -> Result<Exit> {
        let count = match refused.len() {
            1 => "1 file can't become a revision".to_owned(),
            count => format!("{count} files can't become revisions"),
        };
        let list: Vec<String> = refused
            .iter()
            .map(|one| format!("{}: {}", one.file, one.reason))
            .collect();
        let error = Error::failed(format!("{count}:\n  {}", list.join("\n  ")))
            .note("nothing was written")
            .help("`--baseline` begins with the schema as it is, in one revision");
        let report = Report {
            tool: self.tool.name,
            revisions: Vec::new(),
            refused,
            edited: Vec::new(),
            proved: None,
        };
        Err(self.print_refused(context, &report, error)?)
    }

    pub(super) fn unequal(
        &self,
        context: &mut Context<'_, '_>,
        mut report: Report,
        draft: &Draft,
        unequal: &Unequal,
    ) -> Result<Exit> {
        let at = draft
            .revisions
            .iter()
            .position(|one| one.id == unequal.revision);
        let files = at
            .and_then(|at| draft.revisions.get(at))
            .map(|one| one.sources.join(", "));
        let direction = match unequal.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        };
        report.proved = Some(Proved {
            steps: at.unwrap_or_default(),
            differs: Some(Differs {
                revision: unequal.revision.clone(),
                direction,
                how: unequal.how.clone(),
            }),
            ..Proved::default()
        });
        let (revision, tool) = (&unequal.revision, self.tool.name);
        // Then it is no other thing in the chain.
        let fails =
            (unequal.how).strip_prefix(&format!("the {direction} fails on an empty database: "));
        let message = match fails {
            Some(why) => format!(
                "the {direction} of `{revision}` fails on an empty database, with {tool} as in the chain: {why}"
            ),
            None => format!(
                "the {direction} of `{revision}` is not what {tool} does: {}",
                unequal.how
            ),
        };
        let error = Error::failed(message)
            .note(format!("it comes from {}", files.unwrap_or_default()))
            .note("nothing was written");
        let lacks = unequal.how.contains("extension") && unequal.how.contains("not available");
        let error = if lacks || unequal.how.contains("extension control file") {
            error.help(
                "the scratch server lacks that extension: name one that has it with `--url postgres://..`, whose role may create databases",
            )
        } else if fails.is_some() && self.dialect == Dialect::Postgres {
            error.help(
                "where it needs another version of PostgreSQL than the scratch server is, or what the server lacks: name one that has it with `--url postgres://..`, whose role may create databases",
            )
        } else {
            error
        };
        Err(self.print_refused(context, &report, error)?)
    }

    /// The error, after its document where one is asked for.
    pub(super) fn print_refused(
        &self,
        context: &mut Context<'_, '_>,
        report: &Report,
        error: Error,
    ) -> Result<Error> {
        if context.global.json {
            json(context, report)?;
        }
        Ok(error)
    }

    pub(super) fn print(
        &self,
        context: &mut Context<'_, '_>,
        args: &Import,
        directory: &Directory,
        report: &Report,
    ) -> Result<Exit> {
        for edited in &report.edited {
            context
                .streams
                .remark(format!("warning: {}: {}", edited.file, edited.reason))?;
        }
        if context.global.json {
            json(context, report)?;
            return Ok(Exit::Done);
        }
        for (change, files) in changes(report) {
            let which = match &files[..] {
                [file] => file.clone(),
                files => format!("{} files", files.len()),
            };
            context
                .streams
                .remark(format!("changed: {which}: {change}"))?;
        }
        if let Some(proved) = &report.proved {
            for broken in &proved.broken {
                context.streams.remark(format!(
                    "note: the downgrade of `{}` doesn't work with {} either: {}",
                    broken.revision, self.tool.name, broken.reason
                ))?;
            }
            let steps = counted(proved.steps, "step", "steps");
            let downgrades = counted(proved.downgrades, "downgrade", "downgrades");
            let against = proved
                .against
                .as_ref()
                .map(|url| format!(", and {url} is equal"))
                .unwrap_or_default();
            context.streams.line(format!(
                "proved on {}: {steps} equal, {downgrades} there and back{against}",
                self.dialect
            ))?;
        }
        let count = counted(report.revisions.len(), "revision", "revisions");
        let verb = if args.dry_run { "Would write" } else { "Wrote" };
        context.streams.line(format!(
            "{verb} {count} of {} to {}",
            self.tool.name, directory.folder.root
        ))?;
        if context.global.verbose {
            for one in &report.revisions {
                context
                    .streams
                    .line(format!("  {} <- {}", one.path, one.sources.join(", ")))?;
            }
        }
        if !args.dry_run && !report.revisions.is_empty() {
            let program = context.program.clone();
            context.streams.remark(format!(
                "next: `{program} adopt --dry-run` shows what a database that {} has migrated becomes",
                self.tool.name
            ))?;
        }
        Ok(Exit::Done)
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) fn shown(directory: &Directory, one: &Drafted) -> Shown {
    Shown {
        revision: one.id.clone(),
        key: one.key.clone(),
        path: directory.shown(&one.file.path),
        sources: one.sources.clone(),
        changes: one.changes.clone(),
        downgrade: one.downgrade,
    }
}

pub(super) fn broken(equal: &Equal) -> Vec<BrokenDowngrade> {
    let broken = equal.broken.iter().map(|one| BrokenDowngrade {
        revision: one.revision.clone(),
        reason: one.reason.clone(),
    });
    broken.collect()
}

/// Each change once, with the files that it was made in.
fn changes(report: &Report) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &report.revisions {
        let file = one.sources.first().cloned().unwrap_or_default();
        for change in &one.changes {
            let at = *places.entry(change).or_insert_with(|| {
                all.push((change.clone(), Vec::new()));
                all.len() - 1
            });
            if let Some((_, files)) = all.get_mut(at) {
                files.push(file.clone());
            }
        }
    }
    all
}

/// A problem of a drafted file, said of the file that it comes from.
pub(super) fn refused_by(problem: &migrate_chain::Problem, draft: &Draft) -> Refused {
    let place = problem
        .place
        .as_ref()
        .map(|place| place.path.as_str())
        .unwrap_or_default();
    let one = draft
        .revisions
        .iter()
        .find(|one| place.ends_with(&one.file.path));
    let mut reason = problem.message.clone();
    if let Some(help) = problem.help.first() {
        reason.push_str(&format!("; {help}"));
    }
    Refused {
        file: one
            .and_then(|one| one.sources.first().cloned())
            .unwrap_or_else(|| place.to_owned()),
        reason,
    }
}
