use std::collections::BTreeSet;
use std::ops::Range;
use std::time::{Duration, Instant};

use migrate_chain::{Action, Chain, Dialect, Direction, Fingerprint, Plan, Run, Step};

use super::call::call;
use super::change::Course;
use super::decide::Wish;
use super::lock::Kind;
use super::transaction::Transaction;
use crate::driver::{Class, DbError, Driver, Failure, Piece};
use crate::history::Act;
use crate::hook::Moment;
use crate::plan::PlannedStep;
use crate::report::StepReport;
use crate::state::{State, ids};
use crate::tables::{Record, Timing};
use crate::{Error, ErrorKind, Event, Report};

/// A transaction that came to nothing.
#[derive(Debug)]
pub(super) struct Failed {
    /// True when the same may work a moment later: a deadlock, a lock not obtained in time.
    pub(super) passing: bool,
    /// True when another process has gone on with what was begun here: nothing failed.
    pub(super) moved: bool,
    pub(super) error: Error,
}

impl Failed {
    /// What was read is not what is recorded any more.
    pub(super) fn moved() -> Failed {
        Failed {
            passing: true,
            moved: true,
            error: Error::new(ErrorKind::Locked, "another process went on with the step"),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed {
            passing: false,
            moved: false,
            error,
        }
    }
}

impl<D: Driver> Transaction<'_, '_, '_, D> {
    /// Runs the plan's first transaction: scripts, history rows and the new recorded state commit
    /// together, so that no step is ever half recorded. Tells what the next one must be begun with;
    /// `None`: the plan is through.
    pub(super) async fn apply(
        mut self,
        chain: &Chain<'_>,
        state: &State,
        plan: &Plan,
        course: &mut Course<'_>,
    ) -> Result<Option<Kind>, Failed> {
        let (wish, report) = (&course.wish, &mut course.report);
        let runs = plan.runs(chain, D::DIALECT, self.engine.migrator.settings.per_step());
        let whole = Run {
            steps: 0..0,
            in_transaction: true,
            foreign_keys_off: false,
        };
        // A purge may have rows to forget and no step to take.
        let run = runs.first().unwrap_or(&whole);
        let violations = match run.foreign_keys_off {
            true => Some(self.violations().await?),
            false => None,
        };
        let mut batch = Batch::new(chain, plan);
        batch.transaction = run.in_transaction.then(|| report.transactions());
        if !self.is_present {
            batch.pieces.push(Piece::Own(self.engine.tables.create()));
        }
        for index in run.steps.clone() {
            self.step(&mut batch, index, report).await?;
        }
        self.flush(&mut batch, report).await?;
        if let Some(before) = &violations {
            self.no_new_violations(before)
                .await
                .map_err(|error| about_last(chain, plan, run, error))?;
        }
        self.called(&mut batch, Moment::BeforeCommit).await?;
        let heads = after(state, &plan.steps[run.steps.clone()]);
        let mut sql = String::new();
        if matches!(wish, Wish::Purge(_)) {
            sql.push_str(&self.engine.tables.delete_pending());
            sql.push_str(&self.engine.tables.purge());
        }
        let kept = |at: &usize| !matches!(wish, Wish::Purge(_)) && state.rows.contains(at);
        let gone: Vec<&str> = (state.rows.iter())
            .filter(|at| kept(at) && !heads.contains(at))
            .map(|&at| state.recorded_as(chain, at))
            .collect();
        let come: Vec<_> = (heads.iter())
            .filter(|at| !kept(at))
            .filter_map(|&at| Some((chain.get(at).id, chain.get(at).fingerprint(D::DIALECT)?)))
            .collect();
        sql.push_str(&self.engine.tables.update_heads(&gone, &come));
        if D::DIALECT == Dialect::Postgres {
            // Whatever of a script has changed them, a trigger, say.
            sql.push_str(&self.session.restore());
            sql.push_str(";\n");
        }
        if let Err(error) = self.commit(&sql).await {
            self.was_it(chain, plan, run, error, runs.len() > 1).await?;
        }
        report.to = ids(chain, &heads.into_iter().collect::<Vec<_>>());
        Ok(runs.get(1).map(Kind::of))
    }

    /// COMMIT failed. If only its answer was lost and a second connection says that it succeeded, it
    /// did; what comes after it can't be sent any more.
    async fn was_it(
        &mut self,
        chain: &Chain<'_>,
        plan: &Plan,
        run: &Run,
        error: DbError,
        more: bool,
    ) -> Result<(), Failed> {
        let last = plan.steps.get(run.steps.end.wrapping_sub(1));
        let (Class::Lost, Some(last)) = (error.class, last) else {
            return Err(not_committed(chain, plan, run, error));
        };
        // Nothing more is said on a connection that is gone.
        self.is_open = false;
        let id = chain.get(last.revision).id;
        match self.engine.was_committed(id).await {
            Some(Ok(true)) if more => Err(Error::new(
                ErrorKind::Database,
                format!("the connection broke after `{id}` was committed, with more to do"),
            )
            .with_source(error)
            .with_help("start again: it goes on from there")
            .into()),
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(Error::new(
                ErrorKind::Database,
                format!("the connection broke before `{id}` was committed"),
            )
            .with_source(error)
            .with_note(ROLLED_BACK)
            .into()),
            Some(Err(asked)) => {
                let mut failed = not_committed(chain, plan, run, error);
                failed.error = failed
                    .error
                    .with_note(format!("asking on a second connection failed: {asked}"));
                Err(failed)
            }
            None => Err(not_committed(chain, plan, run, error)),
        }
    }

    /// Adds a step to the batch, or runs it at once where somebody watches or the database is near.
    async fn step<'p>(
        &mut self,
        batch: &mut Batch<'p>,
        index: usize,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let (chain, plan) = (batch.chain, batch.plan);
        let step = &plan.steps[index];
        let revision = chain.get(step.revision);
        let action = revision.action(step.direction, D::DIALECT);
        let planned = PlannedStep::of(chain, step, plan.stamp, batch.transaction);
        let (number, total) = (
            report.steps.len() + batch.waiting.len() + 1,
            report.steps.len() + batch.waiting.len() + plan.steps.len() - index,
        );
        let at_once = self.engine.is_watched() || !D::ROUND_TRIPS;
        if at_once {
            self.engine.tell(&Event::StepStarted {
                step: &planned,
                number,
                total,
            });
            self.called(batch, Moment::BeforeStep(&planned)).await?;
        }
        let runs_code = matches!(action, Action::Code(_)) && !plan.stamp;
        if runs_code {
            // What travels before it is not its own time.
            batch.pieces.push(Piece::Own(SAVEPOINT.to_owned()));
            self.flush(batch, report).await?;
        }
        let since = Instant::now();
        batch.waiting.push(planned);
        match action {
            Action::Script(script) if !plan.stamp => {
                batch.push_script(index, script.text);
                if !D::ROUND_TRIPS {
                    self.send(batch).await?;
                }
                if D::DIALECT == Dialect::Postgres && may_change_session(script.text) {
                    batch.pieces.push(Piece::Own(self.session.restore()));
                }
            }
            Action::Code(_) if !plan.stamp => self.code(chain, step).await?,
            _ => {}
        }
        // The server knows best when the script before it in the message began and ended.
        let timing = if runs_code || !D::ROUND_TRIPS {
            Timing::Measured(since.elapsed())
        } else {
            Timing::Server
        };
        let (app_version, run_id) = (self.engine.migrator.release(), self.engine.run_id());
        let record = record(chain, step, plan.stamp, D::DIALECT, app_version, run_id);
        let history = self.engine.tables.insert_history(&record, timing);
        batch.pieces.push(Piece::Own(history));
        if at_once || runs_code {
            self.send(batch).await?;
            batch.took(report, since.elapsed());
        }
        if at_once && let Some(done) = report.steps.last() {
            let step = done.step.clone();
            self.called(batch, Moment::AfterStep(&step)).await?;
        }
        if at_once && let Some(done) = report.steps.last() {
            let (step, duration) = (&done.step, done.duration);
            self.engine.tell(&Event::StepFinished {
                step,
                number,
                total,
                duration,
            });
        }
        Ok(())
    }

    /// Calls the app's hook once everything before it has run.
    async fn called(&mut self, batch: &mut Batch<'_>, moment: Moment<'_>) -> Result<(), Failed> {
        if self.engine.migrator.hook.is_none() {
            return Ok(());
        }
        batch.pieces.push(Piece::Own(SAVEPOINT.to_owned()));
        self.send(batch).await?;
        let called = self.engine.hook(moment).await;
        let called = called.map_err(|error| error.with_note(ROLLED_BACK));
        let released = self.released(&format!("the hook {moment}"), called).await?;
        Ok(released?)
    }

    /// Calls the code of a Rust-coded revision.
    async fn code(&mut self, chain: &Chain<'_>, step: &Step) -> Result<(), Failed> {
        let revision = chain.get(step.revision);
        let migrations = self.engine.migrator.migrations;
        let Some(function) = migrations.function(revision.id, step.direction) else {
            return Err(Error::internal(format!("the code of `{}` is gone", revision.id)).into());
        };
        let called = call(&mut self.engine.driver, function, revision.id, migrations).await;
        let who = format!("the {} of `{}`", step.direction, revision.id);
        let called = match self.released(&who, called).await {
            Ok(called) => called,
            Err(ended) => return Err(ended.with_revision(revision.id).into()),
        };
        called.map_err(|error| {
            let place = revision.locate(chain.root, 0..0).0.of_file();
            let story = Error::new(
                ErrorKind::Code,
                format!("the {} of `{}` failed", step.direction, revision.id),
            );
            story
                .with_revision(revision.id)
                .with_place(place, None)
                .with_source(error)
                .with_note(ROLLED_BACK)
                .into()
        })
    }

    /// What code of the app's came to; an error of its own if it has ended the transaction.
    async fn released(
        &mut self,
        who: &str,
        called: crate::Result<()>,
    ) -> crate::Result<crate::Result<()>> {
        let release = match D::DIALECT {
            Dialect::Postgres => format!("{RELEASE}; {}", self.session.restore()),
            _ => RELEASE.to_owned(),
        };
        match (called, self.engine.driver.rows(&release).await) {
            (called, Ok(_)) => Ok(called),
            (
                Err(error),
                Err(DbError {
                    class: Class::InFailedTransaction | Class::Lost,
                    ..
                }),
            ) => Ok(Err(error)),
            (Ok(()), Err(error)) if error.class == Class::InFailedTransaction => {
                Ok(Err(Error::new(
                    ErrorKind::Code,
                    "it went on after an error of the database's, which had failed its transaction",
                )))
            }
            (Ok(()), Err(error)) if error.class == Class::Lost => {
                Err(Error::database("go on", error))
            }
            (Ok(()), Err(_)) => Err(ended(who)),
            (Err(error), Err(_)) => Err(ended(who).with_source(error)),
        }
    }

    /// Runs what waits and counts its steps as done.
    async fn flush(&mut self, batch: &mut Batch<'_>, report: &mut Report) -> Result<(), Failed> {
        let since = Instant::now();
        self.send(batch).await?;
        batch.took(report, since.elapsed());
        Ok(())
    }

    /// Runs what waits.
    async fn send(&mut self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let pieces = std::mem::take(&mut batch.pieces);
        let owners = std::mem::take(&mut batch.owners);
        if pieces.is_empty() {
            return Ok(());
        }
        match self.engine.driver.run(&pieces).await {
            Ok(()) => Ok(()),
            Err(failure) => {
                // The driver has rolled back.
                self.is_open = false;
                let owner = |piece: usize| {
                    owners
                        .iter()
                        .find(|(at, _)| *at == piece)
                        .map(|(_, step)| *step)
                };
                let step = failure.piece.and_then(owner);
                Err(script_failed::<D>(
                    batch.chain,
                    batch.plan,
                    step,
                    &owners,
                    failure,
                    &self.engine.tables,
                ))
            }
        }
    }
}

/// Around the code of a Rust-coded revision: a savepoint is gone once its transaction has ended, even
/// if the code has begun another.
const SAVEPOINT: &str = "SAVEPOINT migrate_step";
const RELEASE: &str = "RELEASE SAVEPOINT migrate_step";

pub(super) const ROLLED_BACK: &str =
    "its transaction was rolled back: the database is as it was before it";

/// Code of the app's has committed or rolled back under us.
fn ended(who: &str) -> Error {
    Error::new(
        ErrorKind::Code,
        format!("{who} ended the transaction that it ran in"),
    )
    .with_note("what it committed stays, and is recorded nowhere")
    .with_help("leave COMMIT and ROLLBACK to the engine; to fail, return an error")
}

/// Pieces on their way, and the steps they belong to.
struct Batch<'p> {
    chain: &'p Chain<'p>,
    plan: &'p Plan,
    pieces: Vec<Piece<'p>>,
    /// Which piece is the script of which step.
    owners: Vec<(usize, usize)>,
    waiting: Vec<PlannedStep>,
    /// Which of the plan's transactions it is, if it is one.
    transaction: Option<usize>,
}

impl<'p> Batch<'p> {
    fn new(chain: &'p Chain<'p>, plan: &'p Plan) -> Batch<'p> {
        Batch {
            chain,
            plan,
            pieces: Vec::new(),
            owners: Vec::new(),
            waiting: Vec::new(),
            transaction: None,
        }
    }

    fn push_script(&mut self, step: usize, text: &'p str) {
        self.owners.push((self.pieces.len(), step));
        self.pieces.push(Piece::Script(text));
    }

    /// Steps that travelled together share the time they took.
    fn took(&mut self, report: &mut Report, time: Duration) {
        let count = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX).max(1);
        let steps = self.waiting.drain(..);
        report.steps.extend(steps.map(|step| StepReport {
            step,
            duration: time / count,
        }));
    }
}

/// A step's row of the audit log.
pub(crate) fn record<'r>(
    chain: &'r Chain<'_>,
    step: &Step,
    stamp: bool,
    dialect: Dialect,
    app_version: &'r str,
    run_id: &'r str,
) -> Record<'r> {
    let revision = chain.get(step.revision);
    let act = match (step.direction, stamp) {
        (Direction::Upgrade, false) => Act::Upgrade,
        (Direction::Downgrade, false) => Act::Downgrade,
        (Direction::Upgrade, true) => Act::Stamp,
        (Direction::Downgrade, true) => Act::Unstamp,
    };
    let downgrade = match revision.action(Direction::Downgrade, dialect) {
        Action::Script(script) => Some((script.text, script.properties.to_words())),
        Action::Nothing => Some(("", String::new())),
        Action::Absent | Action::Code(_) | Action::Irreversible(_) => None,
    };
    // Every dialect that the engine runs on has one.
    let fingerprint = revision.fingerprint(dialect);
    Record {
        revision: revision.id,
        down_revision: ids(chain, chain.parents(step.revision)).join(", "),
        depends_on: ids(chain, chain.dependencies(step.revision)).join(", "),
        direction: act.name(),
        fingerprint: fingerprint.unwrap_or(Fingerprint::from_bytes([0; 32])),
        message: revision.message,
        breaking: revision.breaking,
        downgrade,
        app_version,
        run_id,
    }
}

/// Recorded heads once the steps are done.
pub(super) fn after(state: &State, steps: &[Step]) -> BTreeSet<usize> {
    let mut heads: BTreeSet<usize> = state.rows.iter().copied().collect();
    for step in steps {
        step.removes.iter().for_each(|at| {
            heads.remove(at);
        });
        heads.extend(&step.adds);
    }
    heads
}

/// True when a script may leave the session otherwise than it found it. A word too many costs a
/// statement, so strings and comments count.
pub(crate) fn may_change_session(script: &str) -> bool {
    [
        "search_path",
        "role",
        "authorization",
        "set_config",
        "reset",
        // Whatever is called may do the same.
        "select",
        "perform",
        "call",
        "execute",
    ]
    .iter()
    .any(|word| crate::driver::mentions(script, word))
}

fn script_failed<D: Driver>(
    chain: &Chain<'_>,
    plan: &Plan,
    step: Option<usize>,
    sent: &[(usize, usize)],
    failure: Failure,
    tables: &crate::tables::Tables,
) -> Failed {
    let passing = matches!(failure.error.class, Class::Retry | Class::Busy);
    let hint = failure.error.hint();
    let error = match (step.and_then(|index| plan.steps.get(index)), failure.piece) {
        (Some(step), _) => {
            let revision = chain.get(step.revision);
            let offset = match revision.action(step.direction, D::DIALECT) {
                Action::Script(script) => script.offset,
                _ => 0,
            };
            let Range { start, end } = failure.at.unwrap_or(0..0);
            let (place, snippet) = revision.locate(chain.root, offset + start..offset + end);
            let kind = match failure.error.class {
                Class::ReadOnly => ErrorKind::ReadOnly,
                _ => ErrorKind::Script,
            };
            Error::new(
                kind,
                format!("the {} of `{}` failed", step.direction, revision.id),
            )
            .with_revision(revision.id)
            .with_place(place, Some(snippet))
        }
        (None, Some(_)) => own_failed(tables, &failure.error),
        (None, None) => {
            let ids = sent.iter().filter_map(|(_, step)| plan.steps.get(*step));
            let ids: Vec<&str> = ids.map(|step| chain.get(step.revision).id).collect();
            let which = match ids[..] {
                [] => "a statement of the engine's".to_owned(),
                [one] => format!("`{one}`"),
                [first, .., last] => format!("a step from `{first}` to `{last}`"),
            };
            let kind = if failure.error.class == Class::Lost {
                ErrorKind::Database
            } else {
                ErrorKind::Script
            };
            Error::new(kind, format!("{which} failed"))
        }
    };
    let error = error.with_source(failure.error).with_note(ROLLED_BACK);
    Failed {
        passing,
        ..Failed::from(match hint {
            Some(hint) => error.with_help(hint),
            None => error,
        })
    }
}

/// A statement about our own tables failed: most often the role may not create them.
pub(super) fn own_failed(tables: &crate::tables::Tables, error: &DbError) -> Error {
    let story = Error::new(
        error.kind(),
        format!(
            "can't write to `{}` and the tables beside it",
            tables.shown()
        ),
    );
    match error.class {
        Class::Privilege => story
            .with_help("the role that migrates needs CREATE and USAGE on the schema, and SELECT, INSERT, UPDATE and DELETE on these tables: `GRANT CREATE, USAGE ON SCHEMA ... TO ...`")
            .with_help("an app whose role has less can check with `Startup::Check`, which needs SELECT only"),
        _ => story,
    }
}

fn not_committed(chain: &Chain<'_>, plan: &Plan, run: &Run, error: DbError) -> Failed {
    let passing = error.class == Class::Retry;
    // SQLite has no such codes, nor that statement.
    let is_constraint = error
        .code
        .as_deref()
        .is_some_and(|code| code.starts_with("23"));
    let kind = error.kind();
    let steps = &plan.steps[run.steps.clone()];
    let ids: Vec<&str> = steps
        .iter()
        .map(|step| chain.get(step.revision).id)
        .collect();
    let lost = error.class == Class::Lost;
    let story = Error::new(kind, format!("COMMIT failed after {}", ids.join(", ")));
    let story = match error.hint() {
        Some(hint) => story.with_help(hint),
        None => story,
    };
    let story = story.with_source(error);
    let story = match (lost, is_constraint) {
        (true, _) => story.with_note("the connection broke before the answer came: either all of it is recorded or nothing").with_help("start again: the next run finds out, and goes on from there"),
        (false, true) => story.with_note(ROLLED_BACK).with_help("a deferred constraint is checked at COMMIT: `SET CONSTRAINTS ALL IMMEDIATE` at the end of a script finds the one that fails"),
        (false, false) => story.with_note(ROLLED_BACK),
    };
    Failed {
        passing,
        ..Failed::from(story)
    }
}

/// An error that only shows at the end of a rebuild.
fn about_last(chain: &Chain<'_>, plan: &Plan, run: &Run, error: Error) -> Error {
    let steps = &plan.steps[run.steps.clone()];
    let error = error.with_note(ROLLED_BACK);
    match steps {
        [step] => {
            let revision = chain.get(step.revision);
            let place = revision.locate(chain.root, 0..0).0;
            error.with_revision(revision.id).with_place(
                migrate_chain::Place {
                    line: 0,
                    column: 0,
                    ..place
                },
                None,
            )
        }
        _ => error,
    }
}
