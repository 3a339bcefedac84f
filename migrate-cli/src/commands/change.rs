//! What `upgrade`, `downgrade` and `stamp` have in common: one plan, shown, written as a script, or
//! carried out.

use std::sync::{Arc, Mutex, PoisonError};

use migrate_chain::Target;
use migrate_runtime::{Event, Goal, Migrations, OnAhead, Outcome, Plan, Report, Resolution};

use super::{json, no_flag, target};
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::{Access, Database, on};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::render::json::{Done, Planned};
use crate::render::progress::Progress;

/// Flags of the commands that change a database.
#[derive(Debug, clap::Args)]
pub(crate) struct Change {
    /// Print the steps, and change nothing
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,
    /// Print a script for psql or sqlite3, without asking a database
    #[arg(long)]
    sql: bool,
    /// With --dry-run: exit with code 3 if there are steps
    #[arg(long, requires = "dry_run")]
    exit_code: bool,
}

impl Change {
    /// True where the database is to be changed, not only a plan or a script shown.
    pub(super) fn is_meant(&self) -> bool {
        !self.dry_run && !self.sql
    }

    /// Of a command that writes no script.
    pub(super) fn shown(dry_run: bool, exit_code: bool) -> Change {
        Change {
            dry_run,
            sql: false,
            exit_code,
        }
    }
}

/// Which command it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'a> {
    Upgrade(&'a str),
    Downgrade(&'a str),
    Stamp {
        revisions: &'a [String],
        purge: bool,
        force: bool,
    },
    Adopt,
    Resolve(Resolution),
    /// Down from what the chain doesn't know, by the scripts that the log kept.
    Unknown,
}

impl Kind<'_> {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Kind::Upgrade(_) => "upgrade",
            Kind::Downgrade(_) => "downgrade",
            Kind::Stamp { .. } => "stamp",
            Kind::Adopt => "adopt",
            Kind::Resolve(_) => "resolve",
            Kind::Unknown => "redo",
        }
    }

    /// True when the record may be moved back.
    fn may_move_back(&self) -> bool {
        matches!(self, Kind::Stamp { purge, force, .. } if *purge || *force)
    }

    /// The words that were written as targets.
    fn words(&self) -> Vec<&str> {
        match self {
            Kind::Upgrade(word) | Kind::Downgrade(word) => vec![word],
            Kind::Stamp { revisions, .. } => revisions.iter().map(String::as_str).collect(),
            Kind::Adopt | Kind::Resolve(_) | Kind::Unknown => Vec::new(),
        }
    }
}

pub(crate) fn exec(context: &mut Context<'_, '_>, kind: Kind<'_>, change: &Change) -> Result<Exit> {
    for word in kind.words() {
        no_flag(word, kind.name())?;
    }
    if change.sql {
        return super::script::exec(context, kind);
    }
    let targets: Vec<Target> = (kind.words().into_iter())
        .map(|word| target(word, kind.name()))
        .collect::<Result<_>>()?;
    let migrations = context.migrations(Need::Scripts)?;
    // Neither a dry run nor a way back makes a database.
    let access = if change.dry_run || matches!(kind, Kind::Downgrade(_)) {
        Access::Read
    } else {
        Access::Write
    };
    let mut database = context.connect(access)?;
    let remembered = context.same_environment(&migrations, &mut database)?;
    if change.dry_run {
        let plan = plan(context, kind, &targets, &migrations, &mut database)?;
        let judged = match (kind, plan.is_empty()) {
            (Kind::Upgrade(_), true) => context.judge(&migrations, &mut database)?,
            _ => None,
        };
        let ahead = judged.map(|report| report.ahead).unwrap_or_default();
        return show(context, &plan, &ahead, change.exit_code);
    }
    let report = run(
        context,
        kind,
        &migrations,
        &mut database,
        remembered.as_deref(),
    )?;
    // With nothing to do there is still something to refuse: what a start of the program would.
    if let (Kind::Upgrade(_), Outcome::Ahead) = (kind, report.outcome) {
        context.judge(&migrations, &mut database)?;
    }
    if report.outcome == Outcome::Applied && remembered.is_none() {
        context.remember(&migrations, &mut database)?;
    }
    print(context, &report)?;
    if let (Kind::Stamp { .. }, Outcome::Applied) = (kind, report.outcome) {
        let next = format!(
            "next: `{} check --drift` tells whether the tables are what is recorded now",
            context.program
        );
        context.streams.remark(next)?;
    }
    context.note_empty(&migrations.chain()?)?;
    Ok(Exit::Done)
}

fn plan(
    context: &Context<'_, '_>,
    kind: Kind<'_>,
    targets: &[Target],
    migrations: &Migrations,
    database: &mut Database,
) -> Result<Plan> {
    let head = Target::HEAD;
    let first = targets.first().unwrap_or(&head);
    let goal = match kind {
        Kind::Upgrade(_) => Goal::Upgrade(first),
        Kind::Downgrade(_) => Goal::Downgrade(first),
        Kind::Stamp { .. } | Kind::Adopt | Kind::Resolve(_) | Kind::Unknown => Goal::Stamp(targets),
    };
    let migrator = context.migrator(migrations);
    let mut migrator = migrator.stamp_back(kind.may_move_back());
    if let Kind::Stamp { purge: true, .. } = kind {
        let words = kind.words();
        return Ok(on!(database, conn => migrator.plan_purge(conn, &words))?);
    }
    if let Kind::Adopt = kind {
        return Ok(on!(database, conn => migrator.plan_adopt(conn))?);
    }
    Ok(on!(database, conn => migrator.plan(conn, goal))?)
}

/// The plan, as it would be carried out: steps that commit together stand together.
fn show(
    context: &mut Context<'_, '_>,
    plan: &Plan,
    ahead: &[String],
    exit_code: bool,
) -> Result<Exit> {
    if context.global.json {
        json(context, &Planned::from(plan))?;
    } else {
        let mut before = None;
        for step in &plan.steps {
            let group = step.transaction;
            if before.is_some_and(|before| before != group || group.is_none()) {
                context.streams.line("-- commit")?;
            }
            before = Some(group);
            let outside = if group.is_none() {
                " (no transaction)"
            } else {
                ""
            };
            let breaking = match &step.breaking {
                Some(reason) => format!(" (breaking: {reason})"),
                None => String::new(),
            };
            context.streams.line(format!("{step}{outside}{breaking}"))?;
        }
        for note in &plan.notes {
            context.streams.remark(format!("note: {note}"))?;
        }
        match (plan.is_empty(), ahead) {
            (false, _) => {}
            (true, []) => context.streams.remark(up_to_date(&plan.from))?,
            (true, ahead) => context.streams.remark(is_ahead(ahead))?,
        }
    }
    Ok(if exit_code && !plan.is_empty() {
        Exit::Pending
    } else {
        Exit::Done
    })
}

pub(super) fn run(
    context: &mut Context<'_, '_>,
    kind: Kind<'_>,
    migrations: &Migrations,
    database: &mut Database,
    remembered: Option<&str>,
) -> Result<Report> {
    let refused = Arc::new(Mutex::new(None));
    let mut protection = context.protection(migrations, database, remembered)?;
    let migrator = context.migrator(migrations);
    let migrator = match kind {
        Kind::Unknown => migrator.on_ahead(OnAhead::Downgrade),
        _ => migrator,
    };
    let _guard = interrupt::Guard::new(database.cancel());
    let is_terminal = context.streams.tty.err && !context.app.is_dumb();
    let is_quiet = context.streams.quiet;
    let progress = Mutex::new(Progress::new(context.streams.err(), is_terminal, is_quiet));
    let mut migrator = migrator
        .stamp_back(kind.may_move_back())
        .ask(|plan| match protection.permit(plan) {
            Ok(()) => true,
            Err(error) => {
                *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                false
            }
        })
        .on_event(|event| {
            let is_waiting = matches!(event, Event::Waiting { .. } | Event::Retrying { .. });
            interrupt::set_waiting(is_waiting);
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.on_event(event);
        });
    let words = kind.words();
    let done = match kind {
        Kind::Upgrade(target) => on!(database, conn => migrator.upgrade(conn, target)),
        Kind::Downgrade(target) => on!(database, conn => migrator.downgrade(conn, target)),
        Kind::Stamp { purge: false, .. } => on!(database, conn => migrator.stamp(conn, &words)),
        Kind::Stamp { purge: true, .. } => {
            on!(database, conn => migrator.stamp_purge(conn, &words))
        }
        Kind::Adopt => on!(database, conn => migrator.adopt(conn)),
        Kind::Unknown => on!(database, conn => migrator.run(conn)),
        Kind::Resolve(resolution) => on!(database, conn => migrator.resolve(conn, resolution)),
    };
    drop(migrator);
    let progress = progress
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    progress.finish(done.as_ref().ok().map(|report| report.steps.len()));
    if let Some(error) = refused
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
    {
        return Err(error);
    }
    done.map_err(|error| {
        let error = Error::from(error);
        // What is left is the engine's to tell.
        if interrupt::is_requested() {
            error.prefixed("interrupted: ")
        } else {
            error
        }
    })
}

pub(super) fn print(context: &mut Context<'_, '_>, report: &Report) -> Result<()> {
    if context.global.json {
        return json(context, &Done::from(report));
    }
    match report.outcome {
        Outcome::UpToDate => context.streams.remark(up_to_date(&report.to))?,
        Outcome::Ahead => context.streams.remark(is_ahead(&report.ahead))?,
        Outcome::Skipped => context.streams.remark("nothing was changed")?,
        _ => {}
    }
    Ok(())
}

fn up_to_date(heads: &[String]) -> String {
    format!("nothing to do: the database is at {}", at(heads))
}

fn is_ahead(heads: &[String]) -> String {
    format!(
        "nothing to do: the database is ahead of this chain, at {}",
        at(heads)
    )
}

fn at(heads: &[String]) -> String {
    match heads {
        [] => "base".to_owned(),
        heads => heads.join(", "),
    }
}
