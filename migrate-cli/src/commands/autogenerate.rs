//! `revision --autogenerate`: what the models ask for, as files.

use migrate_chain::{Chain, Dialect, Language, NewHeader};
use migrate_schema::diff::{Answers, Changes};
use migrate_schema::hazards::HazardKind;
use migrate_schema::lint::{Finding, Group};
use migrate_schema::operation::{Operation, TableOperation};
use migrate_schema::revision::Revision;
use serde::Serialize;

use super::json;
use super::revision::{Body, Draft, Drafted, New, Written, prepare, template};
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit, generated};
use crate::models::Compared;
use crate::prompt::Prompt;
use crate::prompt::models::answer_questions;
use crate::review;
use crate::review::json::Shown;

/// What `--autogenerate` takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "With --autogenerate")]
pub(crate) struct AutogenerateArgs {
    /// For PostgreSQL tables in use: what reads whole tables goes into a revision of its own
    #[arg(long, requires = "autogenerate")]
    online: bool,
    /// What has a new name: users.mail=email, accounts=users
    #[arg(long, value_name = "OLD=NEW", requires = "autogenerate")]
    rename: Vec<String>,
    /// What goes, and takes its values along: users.mail, accounts
    #[arg(long, value_name = "NAME", requires = "autogenerate")]
    drop: Vec<String>,
    /// What existing rows are given in a new column (SQL): users.age=18
    #[arg(long, value_name = "COLUMN=VALUE", requires = "autogenerate")]
    fill: Vec<String>,
}

impl AutogenerateArgs {
    fn answers(&self) -> Result<Answers> {
        let mut answers = Answers::new();
        for rename in &self.rename {
            answers = answers.rename(rename).map_err(Error::usage)?;
        }
        for drop in &self.drop {
            answers = answers.drop(drop);
        }
        for fill in &self.fill {
            answers = answers.fill(fill).map_err(Error::usage)?;
        }
        Ok(answers)
    }
}

/// Writes what the models ask for, if they ask for anything.
pub(super) fn autogenerate(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    new: New<'_>,
    args: &AutogenerateArgs,
) -> Result<Exit> {
    generate(context, directory, chain, new, None, args)
}

/// Writes what the models ask for into a file that is still to be written.
///
/// `ids`: of what `--online` needs beside it.
pub(super) fn fill(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    blank: usize,
    ids: &[String],
    args: &AutogenerateArgs,
) -> Result<Exit> {
    let new = new_beside(chain, blank, ids);
    generate(context, directory, chain, new, Some(blank), args)
}

/// What a blank revision stands on, as if it were to be made.
pub(super) fn new_beside<'n>(chain: &'n Chain<'_>, blank: usize, ids: &'n [String]) -> New<'n> {
    let owned = |found: &[usize]| {
        let ids = found.iter().map(|&at| chain.get(at).id.to_owned());
        ids.collect::<Vec<String>>()
    };
    New {
        message: chain.get(blank).message,
        ids,
        parents: owned(chain.parents(blank)),
        depends_on: owned(chain.dependencies(blank)),
        labels: Vec::new(),
        language: Language::Sql,
    }
}

fn generate(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    mut new: New<'_>,
    blank: Option<usize>,
    args: &AutogenerateArgs,
) -> Result<Exit> {
    let others = others(chain, &new);
    let mut branches = Vec::new();
    if !others.is_empty() {
        branches.push(new.parents.first().cloned());
        branches.extend(others.iter().cloned().map(Some));
    }
    let answers = args.answers()?;
    let compared = context.compared(directory, &branches)?;
    let missing = missing(context, &compared, &answers)?;
    for spent in &missing.spent {
        context.streams.remark(format!("note: {spent}"))?;
    }
    if !missing.kept.is_empty() {
        context.streams.remark(format!(
            "note: in no model, and kept: {} (`--drop NAME` drops an index)",
            missing.kept.join(", ")
        ))?;
    }
    if missing.is_empty() {
        if context.global.json {
            json(context, &Generated::default())?;
        } else {
            context
                .streams
                .line("nothing changed: the chain makes what the models say")?;
        }
        if let Some(blank) = blank {
            let path = directory.shown(chain.get(blank).path);
            context
                .streams
                .remark(format!("note: {path} is still to be written"))?;
        }
        return Ok(Exit::Done);
    }
    for (at, other) in others.into_iter().enumerate() {
        if compared.needs(&missing, at + 1) {
            if blank.is_some() {
                return Err(Error::failed(format!(
                    "what the models ask for changes what `{other}` made, and the blank revision doesn't depend on it"
                ))
                .note("nothing was written")
                .help(format!("add `depends_on: {other}` to its header")));
            }
            context.streams.remark(format!(
                "note: it depends on `{other}`, which made some of what it changes"
            ))?;
            new.depends_on.push(other);
        }
    }
    let steps = steps(context, directory, args, &missing)?;
    let draft = draft(context, directory, chain, &new, blank, &steps)?;
    let tried = context.try_out(directory, &compared, &steps)?;
    draft.edit.write()?;
    crate::upkeep::refresh(context)?;
    let tried = tried.into_iter().map(|line| format!("careful: {line}"));
    for careful in careful(&missing).into_iter().chain(tried) {
        context.streams.remark(careful)?;
    }
    let findings = findings(context, &draft.files)?;
    for (finding, dialects) in review::shared(&findings) {
        // What is lost has been said.
        if finding.group != Group::Loses {
            context.streams.remark(format!(
                "lint: [{}/{}] {} ({}), at {}",
                finding.group,
                finding.id,
                finding.message,
                dialects.join(", "),
                finding.place
            ))?;
        }
    }
    let changes = crate::models::describe(&missing);
    if context.global.json {
        let mut files = draft.files.iter();
        let first = files.next();
        let generated = Generated {
            revision: first.map(|file| file.id.as_str()),
            down_revision: first.map_or(&[], |file| file.parents.as_slice()),
            path: first.map(|file| file.path.as_str()),
            followed_by: files.map(super::revision::Drafted::written).collect(),
            changes,
            findings: findings.iter().map(Shown::from).collect(),
        };
        json(context, &generated)?;
        return Ok(Exit::Done);
    }
    for change in changes {
        context.streams.line(format!("found: {change}"))?;
    }
    for (at, file) in draft.files.iter().enumerate() {
        let verb = match (at, blank) {
            (0, Some(_)) => "Filled",
            _ => "Generated",
        };
        context.streams.line(format!("{verb} {}", file.path))?;
    }
    Ok(Exit::Done)
}

/// The heads beside the one that the new revision follows: models are held against all of them.
fn others(chain: &Chain<'_>, new: &New<'_>) -> Vec<String> {
    let known = new.parents.iter().chain(&new.depends_on);
    let known: Vec<usize> = known.filter_map(|id| chain.index_of(id)).collect();
    let below = chain.closure(&known);
    let heads = chain
        .heads()
        .into_iter()
        .filter(|&at| !chain.get(at).is_blank());
    let others = heads.filter(|&at| !known.contains(&at) && !below.get(at).is_some_and(|is| *is));
    others.map(|at| chain.get(at).id.to_owned()).collect()
}

/// What the models ask for and the chain doesn't make. What they leave open is asked on a terminal,
/// and an error elsewhere.
fn missing(
    context: &mut Context<'_, '_>,
    compared: &Compared<'_>,
    answers: &Answers,
) -> Result<Revision> {
    if context.global.yes || !context.streams.is_interactive() {
        let found = compared.work_out(answers)?;
        return filled(&found).map(|()| found);
    }
    let mut prompt = Prompt {
        out: context.streams.err(),
        lines: &mut std::io::stdin().lock(),
    };
    answer_questions(&|answers| compared.work_out(answers), answers, &mut prompt)
}

/// An error if there are new columns that no row could take.
fn filled(found: &Revision) -> Result<()> {
    let mut lines: Vec<String> = Vec::new();
    for (flag, kind) in found.changes.iter().flat_map(Changes::fills_missing) {
        let column = flag.trim_start_matches("--fill ").trim_start_matches('"');
        let column = column.split('=').next().unwrap_or(column);
        let is_known = |line: &String| line.starts_with(&format!("`{column}` "));
        if !lines.iter().any(is_known) {
            lines.push(format!(
                "`{column}` ({kind}) takes no NULL and has no default: what do the rows that exist get? Say it in SQL, \
                 such as `{flag}`"
            ));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    Err(Error::failed(lines.join("\n"))
        .note("nothing was written: the models don't tell what is meant")
        .help("or give the column a `default`, or make the field an `Option`"))
}

/// What a person should know who doesn't read the file: what is lost, and what is left to write.
fn careful(missing: &Revision) -> Vec<String> {
    let mut lines = Vec::new();
    for changes in &missing.changes {
        lines.extend(
            changes
                .hazards()
                .iter()
                .filter_map(|hazard| match hazard.kind {
                    HazardKind::Loses => Some(format!("careful: this loses {}", hazard.what)),
                    HazardKind::Changes => Some(format!("careful: this changes {}", hazard.what)),
                    _ => None,
                }),
        );
        lines.extend(changes.reviews());
        lines.extend(changes.unfilled().iter().map(|(table, column)| {
            let column = &column.name;
            format!(
                "careful: {table}.{column} takes no NULL: write into the script what rows that exist get, \
                 or generate it with `--fill {table}.{column}=VALUE`"
            )
        }));
        let dropped: Vec<String> = (changes.operations.iter())
            .filter_map(|change| match &change.operation {
                Operation::Table(TableOperation::Drop(table)) => Some(format!("{:?}", table.name)),
                _ => None,
            })
            .collect();
        if !dropped.is_empty() {
            lines.push(format!(
                "help: tables that no model is about stay with `schema![..; unmanaged = [{}]]`",
                dropped.join(", ")
            ));
        }
    }
    let mut once: Vec<String> = Vec::new();
    for line in lines {
        if !once.contains(&line) {
            once.push(line);
        }
    }
    once
}

/// The revisions to write: one, or with `--online` as many as it takes.
fn steps(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    args: &AutogenerateArgs,
    missing: &Revision,
) -> Result<Vec<Revision>> {
    if !args.online {
        return Ok(vec![missing.clone()]);
    }
    let dialects = &directory.options.dialects;
    if !dialects.contains(&Dialect::Postgres) {
        context.streams.remark(
            "note: --online changes nothing here: SQLite has one writer at a time, whatever the script says",
        )?;
    }
    Ok(missing.online())
}

/// What `--json` prints; nothing changed: `null` and empty lists.
#[derive(Debug, Default, Serialize)]
struct Generated<'g> {
    revision: Option<&'g str>,
    down_revision: &'g [String],
    path: Option<&'g str>,
    /// With `--online`, what else was written.
    followed_by: Vec<Written<'g>>,
    changes: Vec<String>,
    findings: Vec<Shown<'g>>,
}

/// What a reviewer should know of the files that were written.
fn findings(context: &mut Context<'_, '_>, files: &[Drafted]) -> Result<Vec<Finding>> {
    let directory = Directory::open(context)?;
    // Where a program has to be built for it first, `lint` finds it later.
    let Ok(migrations) = context.newest(&directory) else {
        return Ok(Vec::new());
    };
    let chain = migrations.chain()?;
    let written = files.iter().filter_map(|file| chain.index_of(&file.id));
    let written: Vec<usize> = written.collect();
    Ok(context
        .linted(&migrations, &written, false, false)?
        .findings)
}

/// The files of these revisions, each on the one before; the first of them is the blank one, if it is given.
pub(super) fn draft<'d>(
    context: &mut Context<'_, '_>,
    directory: &'d Directory,
    chain: &Chain<'_>,
    new: &New<'_>,
    blank: Option<usize>,
    steps: &[Revision],
) -> Result<Draft<'d>> {
    let mut edit = Edit::new(directory);
    let (filled, steps) = match (blank, steps) {
        (Some(blank), [first, others @ ..]) => {
            let blank = chain.get(blank);
            let text = first.fill(blank.text());
            edit.replace(blank.path, blank.path.to_owned(), text);
            let file = Drafted {
                id: blank.id.to_owned(),
                parents: new.parents.clone(),
                path: directory.shown(blank.path),
            };
            (Some(file), others)
        }
        (_, steps) => (None, steps),
    };
    let above;
    let new = match &filled {
        Some(file) => {
            above = New {
                parents: vec![file.id.clone()],
                depends_on: Vec::new(),
                labels: Vec::new(),
                ..*new
            };
            &above
        }
        None => new,
    };
    let template = template(context, Language::Sql)?;
    let template = template.as_deref();
    let texts: Vec<_> = (steps.iter())
        .map(|step| move |header: &NewHeader<'_>| text(step, header, template))
        .collect();
    let message = |at: usize| match at {
        0 if filled.is_none() => new.message.to_owned(),
        _ => format!("{}, online", new.message),
    };
    let bodies: Vec<Body<'_>> = (texts.iter().enumerate())
        .map(|(at, text)| Body {
            message: message(at),
            text,
        })
        .collect();
    let mut draft = prepare(context, edit, chain, new, "sql", &bodies)?;
    draft.files.splice(0..0, filled);
    Ok(draft)
}

fn text(step: &Revision, header: &NewHeader<'_>, template: Option<&str>) -> String {
    let breaking = step.breaking();
    let header = NewHeader {
        breaking: breaking.as_deref(),
        ..*header
    };
    generated(&header, &step.sections(), template)
}
