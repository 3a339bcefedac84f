mod fix;

use std::collections::BTreeMap;

use migrate_chain::{Applied, Chain, Range, Symbol};
use migrate_runtime::Migrations;
use migrate_schema::lint::{Finding, Group, Report};

use crate::Exit;
use crate::context::{Context, Need, Recorded};
use crate::database::Access;
use crate::error::Result;
use crate::files::Directory;
use crate::render::Format;
use crate::review::{Review, ReviewFormat, count, summary};

/// Say what revisions break, lose, lock, or may fail at
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code 3: something was found that no comment allows: `-- lint:allow ID: reason`.
With `--url` the database is asked which tables are empty: what they lock or fail at is left out.

Examples:
  lint                         the open revisions
  lint ae10:head               from ae10 on
  lint --all --design          all of the chain, matters of taste included
  lint --format github         beside the lines, in a pull request
  lint --fix --dry-run         what a rewrite of open revisions would cure")]
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
    /// What it is printed as [default: text]
    #[arg(long, value_name = "FORMAT", value_enum, conflicts_with = "json")]
    format: Option<ReviewFormat>,
    /// Write open revisions anew where that cures what is found
    #[arg(long)]
    fix: bool,
    /// With --fix: show what it would write
    #[arg(long, requires = "fix")]
    dry_run: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Lint) -> Result<Exit> {
    super::no_flag(args.range.as_deref().unwrap_or_default(), "lint")?;
    let format = format_of(context, args.format);
    let outcome = examine(context, args, format);
    if let Err(error) = &outcome
        && args.format.is_some_and(|format| !format.is_of_us())
    {
        // Whoever reads such a document reads nothing else.
        Review::of_error(error, &context.program).print(context, format)?;
    }
    outcome
}

fn examine(context: &mut Context<'_, '_>, args: &Lint, format: ReviewFormat) -> Result<Exit> {
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
    let report = context.linted(&migrations, &positions, args.design, args.fix)?;
    for note in &report.notes {
        context.streams.remark(format!("note: {note}"))?;
    }
    if args.fix {
        return fixed(context, args, format, &migrations, &positions, &report);
    }
    let mut review = Review::new(&chain, &positions, report);
    if context.global.url.is_some() {
        let before = review.findings.len();
        only_with_rows(context, &mut review.findings)?;
        if let more @ 1.. = before - review.findings.len() {
            context.streams.remark(format!(
                "note: left out: {}, about tables that are empty there",
                count(more, "finding")
            ))?;
        }
    }
    printed(context, &review, format)
}

/// Prints what was found, and says how much that is.
fn printed(
    context: &mut Context<'_, '_>,
    review: &Review<'_>,
    format: ReviewFormat,
) -> Result<Exit> {
    review.print(context, format)?;
    let looked = count(review.revisions.len(), "revision");
    context.streams.line(match &review.findings[..] {
        [] => format!("{looked}: nothing found"),
        findings => format!("{looked}: {}", summary(findings)),
    })?;
    Ok(match &review.findings[..] {
        [] => Exit::Done,
        _ => Exit::Pending,
    })
}

/// Cures what a rewrite cures, and prints what is left.
fn fixed(
    context: &mut Context<'_, '_>,
    args: &Lint,
    format: ReviewFormat,
    migrations: &Migrations,
    positions: &[usize],
    report: &Report,
) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let chain = migrations.chain()?;
    let fixed = fix::write(
        context,
        &directory,
        migrations,
        report,
        positions,
        args.dry_run,
    )?;
    fixed.show(context, args.dry_run)?;
    let is_left = |finding: &&Finding| !fixed.cured.contains(finding);
    if args.dry_run || fixed.files.is_empty() {
        let mut left = report.clone();
        left.findings = report.findings.iter().filter(is_left).cloned().collect();
        let mut review = Review::new(&chain, positions, left);
        review.rewrites = Some(fixed.into_rewrites());
        return printed(context, &review, format);
    }
    crate::upkeep::refresh(context)?;
    let directory = Directory::open(context)?;
    let now = context.newest(&directory)?;
    let now_chain = now.chain()?;
    let looked = |at: &usize| {
        let id = now_chain.get(*at).id;
        let was = chain.index_of(id);
        was.is_some_and(|was| positions.contains(&was)) || fixed.added.iter().any(|one| one == id)
    };
    let positions: Vec<usize> = (0..now_chain.len()).filter(looked).collect();
    let report = context.linted(&now, &positions, args.design, false)?;
    let mut review = Review::new(&now_chain, &positions, report);
    review.rewrites = Some(fixed.into_rewrites());
    printed(context, &review, format)
}

/// What a review is printed as, and nothing beside it.
pub(super) fn format_of(
    context: &mut Context<'_, '_>,
    asked: Option<ReviewFormat>,
) -> ReviewFormat {
    match asked {
        None if context.global.json => ReviewFormat::Json,
        None | Some(ReviewFormat::Text) => ReviewFormat::Text,
        Some(format) => {
            let is_annotated = context.streams.format == Format::Annotated;
            context.streams.format = match format {
                ReviewFormat::Json => Format::Json { is_annotated },
                _ => Format::Document,
            };
            format
        }
    }
}

/// The revisions that no release has sealed.
pub(super) fn open(chain: &Chain<'_>, directory: Option<&Directory>) -> Result<Vec<usize>> {
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
    migrations: &Migrations,
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
