//! A step outside a transaction, statement by statement.
//!
//! How far it came is recorded before and after each statement, so that whatever happens, the next
//! start knows what was done: a statement that can run in a transaction commits together with its
//! advance; of one that can't, `started` is recorded before it and `done` after it.

use std::ops::Range;
use std::time::Instant;

use migrate_chain::sql::{mentions, runs_in_transaction};
use migrate_chain::{Action, Chain, Dialect, Direction, Plan, Revision, Step};

use crate::driver::{Class, DbError};
use crate::engine::Engine;
use crate::engine::batch::{after, may_change_session};
use crate::engine::database::{Database, Piece};
use crate::engine::lock::Backoff;
use crate::engine::nontransactional::lock::Outside;
use crate::engine::nontransactional::resolve;
use crate::engine::postgres::invalid_index::{self, Found};
use crate::engine::run::{Run, Settled, Turn};
use crate::engine::rust_code::call;
use crate::engine::step_error::Failed;
use crate::hook::Moment;
use crate::in_progress::StepInProgress;
use crate::plan::PlannedStep;
use crate::report::StepReport;
use crate::state::{State, ids};
use crate::{Error, ErrorKind, Event};

impl<D: Database> Engine<'_, '_, D> {
    /// One step outside a transaction: the plan's next, or one that was interrupted before.
    pub(crate) async fn turn_outside(
        &mut self,
        chain: &Chain<'_>,
        run: &mut Run<'_>,
    ) -> Result<Turn, Failed> {
        let mut outside = self.lock_outside(run).await?;
        let state = outside.state(chain).await?;
        let plan = match &state.in_progress {
            Some(in_progress) => {
                if !outside.may_resume(chain, in_progress, run).await? {
                    outside.release().await?;
                    return Ok(Turn::Next(crate::engine::lock::Mode::default()));
                }
                if run.report.steps.is_empty() {
                    run.report.from = state.heads(chain);
                }
                resolve::resumed(chain, &state, in_progress)?
            }
            None => match outside.engine.settle(chain, &state, run)? {
                Settled::Go(plan) => plan,
                Settled::Otherwise(turn) => {
                    outside.release().await?;
                    return Ok(turn);
                }
            },
        };
        match outside.step(chain, &state, &plan, run).await {
            Err(failed) if failed.moved => {
                outside.release().await?;
                return Ok(Turn::Next(crate::engine::lock::Mode::default()));
            }
            done => done?,
        }
        outside.release().await?;
        run.present = true;
        self.emit(&Event::Committed {
            heads: &run.report.to,
        });
        // Whatever comes next is decided anew.
        Ok(Turn::Next(crate::engine::lock::Mode::default()))
    }
}

/// A step under way.
struct Progress<'p> {
    chain: &'p Chain<'p>,
    step: &'p Step,
    revision: &'p Revision<'p>,
    action: &'p Action<'p>,
    /// How many statements it has.
    total: usize,
}

impl Progress<'_> {
    fn direction(&self) -> Direction {
        self.step.direction
    }

    /// An error at a statement, with its place in the file.
    fn failed(&self, at: &Range<usize>, message: String) -> Error {
        let offset = match self.action {
            Action::Script(script) => script.offset,
            _ => 0,
        };
        let (place, snippet) = self
            .revision
            .locate(self.chain.root, offset + at.start..offset + at.end);
        Error::new(ErrorKind::Script, message)
            .with_revision(self.revision.id)
            .with_place(place, Some(snippet))
    }
}

impl<D: Database> Outside<'_, '_, '_, D> {
    /// An interrupted step is gone on with unasked only where it is known how far it came. False when
    /// another process has gone on with it.
    async fn may_resume(
        &mut self,
        chain: &Chain<'_>,
        in_progress: &StepInProgress,
        run: &mut Run<'_>,
    ) -> crate::Result<bool> {
        if D::DIALECT == Dialect::Sqlite && !in_progress.is_certain() {
            if may_run_again(chain, in_progress) {
                return Ok(true);
            }
            // Another process may be at work on it right now.
            let mut wait = Backoff::new(self.engine.migrator.settings.lock_wait);
            while self.in_progress.as_ref() == Some(in_progress) && !wait.is_over() {
                self.engine.pause(&mut wait).await;
                self.read().await?;
            }
            wait.report(&mut run.report);
            if self.in_progress.as_ref() != Some(in_progress) {
                return Ok(false);
            }
        }
        let index = self.index_left(chain, in_progress).await;
        resolve::check(chain, D::DIALECT, in_progress, index)?;
        Ok(true)
    }

    /// What became of the index that the uncertain statement creates.
    pub(crate) async fn index_left(
        &mut self,
        chain: &Chain<'_>,
        in_progress: &StepInProgress,
    ) -> Option<(String, Found)> {
        let at = in_progress.position(chain)?;
        let Action::Script(script) = chain.get(at).action(in_progress.direction, D::DIALECT) else {
            return None;
        };
        let statement = script
            .text
            .get(script.statements.get(in_progress.done)?.clone())?;
        let index = invalid_index::created(statement, D::DIALECT)?;
        let found = self.engine.find_index(&index).await.ok()?;
        Some((index.qualified(), found))
    }

    /// Runs the first step of the plan, from where it stands.
    async fn step(
        &mut self,
        chain: &Chain<'_>,
        state: &State,
        plan: &Plan,
        run: &mut Run<'_>,
    ) -> Result<(), Failed> {
        let Some(step) = plan.steps.first() else {
            return Err(Error::internal("a plan without a step").into());
        };
        let revision = chain.get(step.revision);
        let action = revision.action(step.direction, D::DIALECT);
        let resumed = state.in_progress.is_some();
        let planned = PlannedStep::of(chain, step, false, None);
        let (number, total) = (
            run.report.steps.len() + 1,
            run.report.steps.len() + plan.steps.len(),
        );
        self.engine.emit(&Event::StepStarted {
            step: &planned,
            number,
            total,
        });
        self.call_hook(Moment::BeforeStep(&planned)).await?;
        let since = Instant::now();
        if !resumed {
            let in_progress =
                StepInProgress::new(revision.id, step.direction, action, self.engine.run_id());
            self.begin(in_progress).await?;
        }
        let progress = Progress {
            chain,
            step,
            revision,
            action,
            total: self
                .in_progress
                .as_ref()
                .map_or(0, |in_progress| in_progress.total),
        };
        self.statements(&progress, resumed).await?;
        self.call_hook(Moment::AfterStep(&planned)).await?;
        self.finish(chain, step, state, since).await?;
        let duration = since.elapsed();
        self.engine.emit(&Event::StepFinished {
            step: &planned,
            number,
            total,
            duration,
        });
        run.report.steps.push(StepReport {
            step: planned,
            duration,
        });
        let heads = after(state, std::slice::from_ref(step));
        run.report.to = ids(chain, &heads);
        Ok(())
    }

    /// Calls the app's hook, which finds no transaction here.
    async fn call_hook(&mut self, moment: Moment<'_>) -> Result<(), Failed> {
        let called = self.engine.hook(moment).await;
        let note = "it runs outside a transaction: what it and the step have done remains, and the next start goes on with the step";
        Ok(called.map_err(|error| error.with_note(note))?)
    }

    /// Runs what is left of the step.
    async fn statements(&mut self, progress: &Progress<'_>, resumed: bool) -> Result<(), Failed> {
        match progress.action {
            Action::Script(script) => {
                let done = self
                    .in_progress
                    .as_ref()
                    .map_or(0, |in_progress| in_progress.done);
                let changes = D::DIALECT == Dialect::Postgres && may_change_session(script.text);
                if changes {
                    self.restore_on_release();
                }
                for (at, range) in script.statements.iter().enumerate() {
                    let text = script.text.get(range.clone()).unwrap_or("");
                    if at < done {
                        if is_of_session(text, D::DIALECT) {
                            // The session that it was said to is gone.
                            let again = self.engine.driver.rows(text).await;
                            again.map_err(|error| Error::database("set up the session", error))?;
                        }
                    } else if runs_in_transaction(text, D::DIALECT) {
                        self.together(progress, at, range, text).await?;
                    } else {
                        self.alone(progress, at, range, text, resumed && at == done)
                            .await?;
                    }
                }
                if changes {
                    let restore = self.session.restore();
                    let restored = self.engine.driver.rows(&restore).await;
                    restored.map_err(|error| Error::database("put the session back", error))?;
                }
                Ok(())
            }
            Action::Code(_) => self.code(progress).await,
            Action::Nothing | Action::Absent | Action::Irreversible(_) => Ok(()),
        }
    }

    /// A statement that can run in a transaction commits together with its advance.
    async fn together(
        &mut self,
        progress: &Progress<'_>,
        at: usize,
        range: &Range<usize>,
        text: &str,
    ) -> Result<(), Failed> {
        self.open().await?;
        let advance = self.engine.tables.advance_in_progress(at + 1, at + 1);
        let pieces = [Piece::Script(text), Piece::Own(advance)];
        if let Err(failure) = self.engine.driver.run(&pieces).await {
            let place = failure.at.map_or(range.clone(), |at| {
                range.start + at.start..range.start + at.end
            });
            return Err(self
                .statement_failed(progress, at, &place, failure.error, true)
                .await);
        }
        match self.close("").await {
            Ok(()) => {
                self.advanced(at + 1, at + 1);
                Ok(())
            }
            Err(error) => {
                self.engine.driver.rollback_now();
                Err(self
                    .statement_failed(progress, at, range, error, true)
                    .await)
            }
        }
    }

    /// A statement that can't: recorded before and after.
    async fn alone(
        &mut self,
        progress: &Progress<'_>,
        at: usize,
        range: &Range<usize>,
        text: &str,
        resumed: bool,
    ) -> Result<(), Failed> {
        let index = invalid_index::created(text, D::DIALECT);
        if let Some(index) = &index
            && resumed
        {
            let dropped = self.engine.drop_invalid_index(index).await;
            dropped.map_err(|error| {
                Error::database("drop the INVALID index that an earlier try left", error)
            })?;
        }
        self.advance(at + 1, at).await?;
        let ran = match self.run_alone(text).await {
            Ok(()) => match &index {
                Some(index) => match self.engine.find_index(index).await {
                    Ok(Found::Invalid) => Err(DbError::new(
                        Class::Other,
                        format!("the index {} is there, but INVALID", index.qualified()),
                    )),
                    _ => Ok(()),
                },
                None => Ok(()),
            },
            Err(error) => Err(error),
        };
        match ran {
            Ok(()) => self.advance(at + 1, at + 1).await,
            Err(error) => {
                let position = error.position.and_then(|position| {
                    let (offset, _) = text.char_indices().nth(position.checked_sub(1)?)?;
                    Some(range.start + offset..range.start + offset + 1)
                });
                let place = position.unwrap_or(range.clone());
                Err(self
                    .statement_failed(progress, at, &place, error, false)
                    .await)
            }
        }
    }

    /// Runs it; SQLite may have to wait for whoever reads the file.
    async fn run_alone(&mut self, text: &str) -> Result<(), DbError> {
        let mut wait = Backoff::new(self.engine.migrator.settings.lock_wait);
        loop {
            match self.engine.driver.rows(text).await {
                Err(error)
                    if D::DIALECT == Dialect::Sqlite
                        && error.class == Class::Busy
                        && !wait.is_over() =>
                {
                    self.engine.pause(&mut wait).await;
                }
                ran => return ran.map(drop),
            }
        }
    }

    /// Code outside a transaction counts as one statement, whose fate only it knows.
    async fn code(&mut self, progress: &Progress<'_>) -> Result<(), Failed> {
        if self
            .in_progress
            .as_ref()
            .is_some_and(|in_progress| in_progress.done > 0)
        {
            return Ok(());
        }
        let migrations = self.engine.migrator.migrations;
        let Some(function) = migrations.function(progress.revision.id, progress.direction()) else {
            return Err(Error::internal("the code of the step is gone").into());
        };
        self.advance(1, 0).await?;
        let called = call(
            &mut self.engine.driver,
            function,
            progress.revision.id,
            migrations,
        )
        .await;
        match called {
            Ok(()) => self.advance(1, 1).await,
            Err(error) => {
                let story = Error::new(
                    ErrorKind::Code,
                    format!(
                        "the {} of `{}` failed",
                        progress.direction(),
                        progress.revision.id
                    ),
                );
                let place = progress
                    .revision
                    .locate(progress.chain.root, 0..0)
                    .0
                    .of_file();
                Err(story
                    .with_revision(progress.revision.id)
                    .with_place(place, None)
                    .with_source(error)
                    .with_note("it runs outside a transaction: what it did before it failed remains, and only a person can tell how much that is")
                    .with_help(resolve::CHOICE)
                    .into())
            }
        }
    }

    /// The server refused a statement, so its fate is known: it was not done. Recorded like that,
    /// the next start goes on at it, once what was wrong is mended.
    async fn statement_failed(
        &mut self,
        progress: &Progress<'_>,
        at: usize,
        place: &Range<usize>,
        error: DbError,
        rolled_back: bool,
    ) -> Failed {
        let direction = progress.direction();
        let id = progress.revision.id;
        let passing = matches!(error.class, Class::Retry | Class::Busy);
        let lost = error.class == Class::Lost;
        let hint = error.hint();
        let text = match progress.action {
            Action::Script(script) => script.text.get(place.clone()).unwrap_or(""),
            _ => "",
        };
        let leaves_index = match progress.action {
            Action::Script(script) => {
                let range = script.statements.get(at).cloned().unwrap_or(0..0);
                invalid_index::created(script.text.get(range).unwrap_or(text), D::DIALECT).is_some()
            }
            _ => false,
        };
        let total = progress.total;
        let message = format!(
            "the {direction} of `{id}` failed at statement {} of {total}",
            at + 1
        );
        let mut story = progress.failed(place, message).with_source(error);
        if let Some(hint) = hint {
            story = story.with_help(hint);
        }
        if lost {
            return Failed::from(story.with_note(if rolled_back {
                "the connection is gone: the statement took effect together with the record of it, or not at all, and the next start goes on from there"
            } else {
                "the connection is gone: whether the statement took effect is not known, and the next start asks"
            }));
        }
        let undone = at == 0 && !leaves_index;
        let recorded = match (undone, rolled_back) {
            // Nothing has happened: as if it had never begun.
            (true, _) => self.cancel(progress.chain).await,
            (false, true) => Ok(()),
            (false, false) => self.advance(at, at).await,
        };
        let story = match (recorded, undone) {
            (Err(failed), _) if failed.moved => return failed,
            (Ok(()), true) => story.with_note("it was the first statement, so nothing of the step is done, and nothing is recorded"),
            (Ok(()), false) => story.with_note(format!(
                "it runs outside a transaction: {} before it {} done and recorded; the next start goes on at this one",
                if at == 1 { "the statement".to_owned() } else { format!("the {at} statements") },
                if at == 1 { "is" } else { "are" },
            )),
            (Err(failed), _) => story.with_note(format!("and that could not be recorded: {}", failed.error)),
        };
        Failed {
            passing,
            ..Failed::from(story)
        }
    }
}

/// SQLite: what it can't run in a transaction may mostly run again. Not so a copy into a new file,
/// and who knows what code does.
fn may_run_again(chain: &Chain<'_>, in_progress: &StepInProgress) -> bool {
    let Some(at) = in_progress.position(chain) else {
        return false;
    };
    let Action::Script(script) = chain.get(at).action(in_progress.direction, Dialect::Sqlite)
    else {
        return false;
    };
    let range = script.statements.get(in_progress.done).cloned();
    let text = range.and_then(|range| script.text.get(range));
    in_progress.is_unchanged(chain.get(at).action(in_progress.direction, Dialect::Sqlite))
        && text.is_some_and(|text| !mentions(text, "into"))
}

/// True when a statement is about the session, and said to a later one again before a script goes on.
fn is_of_session(statement: &str, dialect: Dialect) -> bool {
    let words: &[&str] = match dialect {
        Dialect::Sqlite => &["PRAGMA", "ATTACH", "DETACH"],
        _ => &["SET", "RESET"],
    };
    let first = statement.split_whitespace().next().unwrap_or("");
    words.iter().any(|word| first.eq_ignore_ascii_case(word))
}
