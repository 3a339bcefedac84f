use std::collections::BTreeMap;

use migrate_chain::{Applied, Chain, Headline, Range, Symbol};
use migrate_schema::lint::{Finding, Group};
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::{Context, Need, Recorded};
use crate::database::Access;
use crate::error::Result;
use crate::files::Directory;
use crate::render::github;

/// Say what revisions break, lose, lock, or may fail at
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code 3: something was found that no comment allows: `-- lint:allow ID: reason`.
With `--url` the database is asked which tables are empty: what they lock or fail at is left out.

Examples:
  lint                         the open revisions
  lint ae10:head               from ae10 on
  lint --all --design          all of the chain, matters of taste included")]
pub(crate) struct Lint {
    /// Only these: OLDER:NEWER, both included; one alone is a revision
    #[arg(value_name = "A:B", allow_hyphen_values = true)]
    range: Option<String>,
    /// All of the chain, sealed revisions included
    #[arg(long, conflicts_with = "range")]
    all: bool,
    /// Matters of taste, too
    #[arg(long)]
    design: bool,
}

#[derive(Debug, Serialize)]
struct Report<'r> {
    findings: Vec<Shown<'r>>,
}

#[derive(Debug, Serialize)]
struct Shown<'r> {
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

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Lint) -> Result<Exit> {
    super::no_flag(args.range.as_deref().unwrap_or_default(), "lint")?;
    let directory = if context.config.versions.is_dir() {
        Some(Directory::open(context)?)
    } else {
        None
    };
    let migrations = match &directory {
        Some(directory) => context.newest(directory)?,
        None => context.migrations(Need::Scripts)?,
    };
    let chain = migrations.chain()?;
    let positions = match (&args.range, args.all) {
        (Some(range), _) => ranged(context, &chain, &migrations, range)?,
        (None, true) => (0..chain.len()).collect(),
        (None, false) => open(&chain, directory.as_ref())?,
    };
    let report = context.linted(&migrations, &positions, args.design)?;
    for note in &report.notes {
        context.streams.remark(format!("note: {note}"))?;
    }
    let mut findings = report.findings;
    if context.global.url.is_some() {
        let before = findings.len();
        only_with_rows(context, &mut findings)?;
        if let more @ 1.. = before - findings.len() {
            context.streams.remark(format!(
                "note: left out: {}, about tables that are empty there",
                count(more, "finding")
            ))?;
        }
    }
    let exit = match &findings[..] {
        [] => Exit::Done,
        _ => Exit::Pending,
    };
    if context.global.json {
        let findings = findings.iter().map(Shown::from).collect();
        json(context, &Report { findings })?;
        return Ok(exit);
    }
    show(context, &findings)?;
    let looked = count(positions.len(), "revision");
    context.streams.line(match &findings[..] {
        [] => format!("{looked}: nothing found"),
        findings => format!("{looked}: {}", summary(findings)),
    })?;
    Ok(exit)
}

/// Each finding as compilers show theirs; once where several databases share it.
fn show(context: &mut Context<'_, '_>, findings: &[Finding]) -> Result<()> {
    let mut shown: Vec<(&Finding, Vec<&'static str>)> = Vec::new();
    for finding in findings {
        let is_same = |other: &Finding| {
            (&other.place, &other.id, other.group, &other.message)
                == (&finding.place, &finding.id, finding.group, &finding.message)
        };
        match shown.iter_mut().find(|(other, _)| is_same(other)) {
            Some((_, dialects)) => dialects.push(finding.dialect.name()),
            None => shown.push((finding, vec![finding.dialect.name()])),
        }
    }
    for (finding, dialects) in shown {
        let diagnostic = finding.diagnostic();
        let message = format!("{} ({})", diagnostic.message, dialects.join(", "));
        context
            .streams
            .annotation(&github::error(Some(&finding.place), &message));
        for (at, part) in diagnostic
            .story(Headline::Message)
            .parts()
            .iter()
            .enumerate()
        {
            let line = part.to_string();
            let style = context.streams.style;
            context.streams.line(match at {
                0 => style.pending(&line),
                _ => line,
            })?;
        }
        context.streams.line("")?;
    }
    Ok(())
}

fn summary(findings: &[Finding]) -> String {
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

fn count(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// The revisions that no release has sealed.
fn open(chain: &Chain<'_>, directory: Option<&Directory>) -> Result<Vec<usize>> {
    let lock = match directory {
        Some(directory) => directory.chain_lock()?.unwrap_or_default(),
        None => Default::default(),
    };
    let is_open = |at: &usize| lock.seal_of(chain.get(*at).id).is_none();
    Ok((0..chain.len()).filter(is_open).collect())
}

fn ranged(
    context: &mut Context<'_, '_>,
    chain: &Chain<'_>,
    migrations: &migrate_runtime::Migrations,
    word: &str,
) -> Result<Vec<usize>> {
    let range: Range = if word.contains(':') {
        word.parse()?
    } else {
        format!("{word}:{word}").parse()?
    };
    let sides = [&range.lower, &range.upper];
    let mut sides = sides.into_iter().flatten();
    let applied = if sides.any(|target| target.symbol == Some(Symbol::Current)) {
        let mut database = context.connect(Access::Read)?;
        Recorded::new(chain, context.recorded(migrations, &mut database)?).applied
    } else {
        Applied::of_rows(chain, &[])
    };
    Ok(range.positions(chain, &applied)?)
}

/// Leaves out what waits for, or fails at, the rows of a table that has none.
fn only_with_rows(context: &mut Context<'_, '_>, findings: &mut Vec<Finding>) -> Result<()> {
    let mut database = context.connect(Access::Read)?;
    let dialect = database.dialect();
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.dialect == dialect) {
        if let Some(table) = &finding.table
            && !known.contains_key(table)
        {
            known.insert(table.clone(), database.is_empty_table(table)?);
        }
    }
    findings.retain(|finding| {
        let is_about_rows = matches!(finding.group, Group::Locks | Group::MayFail);
        let table = finding
            .table
            .as_ref()
            .filter(|_| finding.dialect == dialect);
        let is_empty = table.and_then(|table| known.get(table)) == Some(&true);
        !(is_about_rows && is_empty)
    });
    Ok(())
}
