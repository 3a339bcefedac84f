//! A step outside a transaction, statement by statement.
//!
//! How far it came is recorded before and after each statement, so that whatever happens, the next
//! start knows what was done: a statement that can run in a transaction commits together with its
//! advance; of one that can't, `started` is recorded before it and `done` after it.

use std::ops::Range;
use std::time::Instant;

use migrate_chain::sql::runs_in_transaction;
use migrate_chain::{Action, Chain, Dialect, Direction, Plan, Revision, Step};

use super::apply::{Failed, after, may_change_session, record};
use super::call::call;
use super::change::{Course, Settled, Turn};
use super::indexes::{self, Found};
use super::lock::Wait;
use super::outside_lock::Outside;
use super::{Engine, resolve};
use crate::driver::{Class, DbError, Driver, Piece};
use crate::hook::Moment;
use crate::pending::Pending;
use crate::plan::PlannedStep;
use crate::report::StepReport;
use crate::state::{State, ids};
use crate::tables::Timing;
use crate::{Error, ErrorKind, Event};

impl<D: Driver> Engine<'_, '_, D> {
    /// One step outside a transaction: the plan's next, or one that was interrupted before.
    pub(super) async fn turn_outside(
        &mut self,
        chain: &Chain<'_>,
        course: &mut Course<'_>,
    ) -> Result<Turn, Failed> {
        let mut outside = self.lock_outside(course).await?;
        let state = outside.state(chain).await?;
        let plan = match &state.pending {
            Some(pending) => {
                outside.may_resume(chain, pending).await?;
                if course.report.steps.is_empty() {
                    course.report.from = state.heads(chain);
                }
                resolve::resumed(chain, &state, pending)?
            }
            None => match outside.engine.settle(chain, &state, course)? {
                Settled::Go(plan) => plan,
                Settled::Otherwise(turn) => {
                    outside.release().await?;
                    return Ok(turn);
                }
            },
        };
        outside.step(chain, &state, &plan, course).await?;
        outside.release().await?;
        course.present = true;
        self.tell(&Event::Committed {
            heads: &course.report.to,
        });
        // Whatever comes next is decided anew.
        Ok(Turn::Next(super::lock::Kind::default()))
    }
}

/// A step under way.
struct Progress<'p> {
    chain: &'p Chain<'p>,
    step: &'p Step,
    revision: &'p Revision<'p>,
    action: &'p Action<'p>,
    pending: Pending,
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

impl<D: Driver> Outside<'_, '_, '_, D> {
    /// An interrupted step is gone on with unasked only where it is known how far it came.
    async fn may_resume(&mut self, chain: &Chain<'_>, pending: &Pending) -> Result<(), Failed> {
        if D::DIALECT == Dialect::Sqlite && !pending.is_certain() {
            let position = pending.position(chain);
            let action = position.map(|at| chain.get(at).action(pending.direction, D::DIALECT));
            if matches!(action, Some(Action::Script(_))) {
                // VACUUM and pragmas may run again.
                return Ok(());
            }
            // Code of another process may be at work on it right now.
            let mut wait = Wait::new(self.engine.migrator.settings.lock_wait);
            while self.pending.as_ref() == Some(pending) && !wait.is_over() {
                let pause = wait.pause();
                self.engine.driver.sleep(pause).await;
                self.read().await?;
            }
            if self.pending.as_ref() != Some(pending) {
                return Err(Failed {
                    passing: true,
                    error: Error::new(ErrorKind::Locked, "another process was at work on the step"),
                });
            }
        }
        let index = self.index_left(chain, pending).await;
        resolve::check(chain, D::DIALECT, pending, index).map_err(Failed::from)
    }

    /// What became of the index that the uncertain statement creates.
    async fn index_left(
        &mut self,
        chain: &Chain<'_>,
        pending: &Pending,
    ) -> Option<(String, Found)> {
        let at = pending.position(chain)?;
        let Action::Script(script) = chain.get(at).action(pending.direction, D::DIALECT) else {
            return None;
        };
        let statement = script
            .text
            .get(script.statements.get(pending.done)?.clone())?;
        let index = indexes::created(statement, D::DIALECT)?;
        let found = self.engine.find_index(&index).await.ok()?;
        Some((index.qualified(), found))
    }

    /// Runs the first step of the plan, from where it stands.
    async fn step(
        &mut self,
        chain: &Chain<'_>,
        state: &State,
        plan: &Plan,
        course: &mut Course<'_>,
    ) -> Result<(), Failed> {
        let Some(step) = plan.steps.first() else {
            return Err(Error::internal("a plan without a step").into());
        };
        let revision = chain.get(step.revision);
        let action = revision.action(step.direction, D::DIALECT);
        let resumed = state.pending.is_some();
        let pending = match &state.pending {
            Some(pending) => pending.clone(),
            None => Pending::new(revision.id, step.direction, action, &self.engine.run_id),
        };
        let planned = PlannedStep::of(chain, step, false, None);
        let (number, total) = (
            course.report.steps.len() + 1,
            course.report.steps.len() + plan.steps.len(),
        );
        self.engine.tell(&Event::StepStarted {
            step: &planned,
            number,
            total,
        });
        self.engine.hook(Moment::BeforeStep(&planned)).await?;
        let since = Instant::now();
        if !resumed {
            self.begin(&pending).await?;
        }
        let mut progress = Progress {
            chain,
            step,
            revision,
            action,
            pending,
        };
        self.statements(&mut progress, resumed).await?;
        self.engine.hook(Moment::AfterStep(&planned)).await?;
        self.finish(&progress, state, since).await?;
        let duration = since.elapsed();
        self.engine.tell(&Event::StepFinished {
            step: &planned,
            number,
            total,
            duration,
        });
        course.report.steps.push(StepReport {
            step: planned,
            duration,
        });
        let heads = after(state, std::slice::from_ref(step));
        course.report.to = ids(chain, &heads.into_iter().collect::<Vec<_>>());
        Ok(())
    }

    /// Records that the step is under way.
    async fn begin(&mut self, pending: &Pending) -> Result<(), Failed> {
        let mut sql = String::new();
        if !self.is_present {
            sql.push_str(&self.engine.tables.create());
            sql.push_str(";\n");
            self.is_present = true;
        }
        sql.push_str(&self.engine.tables.insert_pending(pending));
        self.record(&sql).await
    }

    /// Records what a person decided.
    pub(super) async fn record_resolution(&mut self, sql: &str) -> crate::Result<()> {
        self.record(sql).await.map_err(|failed| failed.error)
    }

    /// A transaction of the engine's own statements.
    async fn record(&mut self, sql: &str) -> Result<(), Failed> {
        self.begin_transaction().await?;
        let recorded = self.engine.driver.rows(&format!("{sql};\nCOMMIT")).await;
        recorded.map(drop).map_err(|error| self.not_recorded(error))
    }

    fn not_recorded(&mut self, error: DbError) -> Failed {
        self.engine.driver.abandon();
        Failed {
            passing: matches!(error.class, Class::Busy | Class::Retry),
            error: Error::database("record how far the step is", error),
        }
    }

    async fn begin_transaction(&mut self) -> Result<(), Failed> {
        let begin = match D::DIALECT {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            _ => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        let mut wait = Wait::new(self.engine.migrator.settings.lock_wait);
        loop {
            match self.engine.driver.rows(begin).await {
                Ok(_) => return Ok(()),
                Err(error) if error.class == Class::Busy => self.engine.wait(&mut wait).await?,
                Err(error) => return Err(Error::database("begin", error).into()),
            }
        }
    }

    /// Runs what is left of the step.
    async fn statements(
        &mut self,
        progress: &mut Progress<'_>,
        resumed: bool,
    ) -> Result<(), Failed> {
        match progress.action {
            Action::Script(script) => {
                for at in progress.pending.done..script.statements.len() {
                    let Some(range) = script.statements.get(at).cloned() else {
                        break;
                    };
                    let text = script.text.get(range.clone()).unwrap_or("");
                    if runs_in_transaction(text, D::DIALECT) {
                        self.together(progress, at, &range, text).await?;
                    } else {
                        self.alone(progress, at, &range, text, resumed).await?;
                    }
                    progress.pending.started = at + 1;
                    progress.pending.done = at + 1;
                }
                if D::DIALECT == Dialect::Postgres && may_change_session(script.text) {
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
        self.begin_transaction().await?;
        self.still_ours(progress).await?;
        let advance = self.engine.tables.advance_pending(at + 1, at + 1);
        let pieces = [Piece::Script(text), Piece::Own(advance)];
        if let Err(failure) = self.engine.driver.run(&pieces).await {
            let place = failure.at.map_or(range.clone(), |at| {
                range.start + at.start..range.start + at.end
            });
            return Err(self
                .statement_failed(progress, at, &place, failure.error, true)
                .await);
        }
        match self.engine.driver.rows("COMMIT").await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.engine.driver.abandon();
                Err(self
                    .statement_failed(progress, at, range, error, true)
                    .await)
            }
        }
    }

    /// SQLite, where no lock is held: another process may have resumed the same step.
    async fn still_ours(&mut self, progress: &Progress<'_>) -> Result<(), Failed> {
        if D::DIALECT != Dialect::Sqlite {
            return Ok(());
        }
        let now = self.engine.read_pending().await?;
        if now.as_ref().is_some_and(|now| {
            now.done == progress.pending.done && now.revision == progress.pending.revision
        }) {
            return Ok(());
        }
        self.engine.driver.abandon();
        Err(Failed {
            passing: true,
            error: Error::new(ErrorKind::Locked, "another process went on with the step"),
        })
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
        let index = indexes::created(text, D::DIALECT);
        if let Some(index) = &index
            && resumed
            && at == progress.pending.done
        {
            let dropped = self.engine.drop_invalid_index(index).await;
            dropped.map_err(|error| {
                Error::database("drop the INVALID index that an earlier try left", error)
            })?;
        }
        self.advance(at + 1, at).await?;
        let ran = match self.engine.driver.rows(text).await {
            Ok(_) => match &index {
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

    async fn advance(&mut self, started: usize, done: usize) -> Result<(), Failed> {
        let sql = self.engine.tables.advance_pending(started, done);
        self.record(&sql).await
    }

    /// Code outside a transaction counts as one statement, whose fate only it knows.
    async fn code(&mut self, progress: &Progress<'_>) -> Result<(), Failed> {
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
                indexes::created(script.text.get(range).unwrap_or(text), D::DIALECT).is_some()
            }
            _ => false,
        };
        let total = progress.pending.total;
        let message = format!(
            "the {direction} of `{id}` failed at statement {} of {total}",
            at + 1
        );
        let mut story = progress.failed(place, message).with_source(error);
        if let Some(hint) = hint {
            story = story.with_help(hint);
        }
        if lost {
            let story = story.with_note("the connection is gone: whether the statement took effect is not known, and the next start asks");
            return Failed {
                passing: false,
                error: story,
            };
        }
        let undone = at == 0 && !leaves_index;
        let recorded = match (undone, rolled_back) {
            // Nothing has happened: as if it had never begun.
            (true, _) => self.cancel(progress).await,
            (false, true) => Ok(()),
            (false, false) => self.advance(at, at).await,
        };
        let story = match (recorded, undone) {
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
            error: story,
        }
    }

    /// Takes back that the step is under way.
    async fn cancel(&mut self, progress: &Progress<'_>) -> Result<(), Failed> {
        let sql = self.start_state(progress.chain);
        self.record(&sql).await
    }

    /// The recorded state as it was before the step.
    pub(super) fn start_state(&self, chain: &Chain<'_>) -> String {
        let rows = self.recorded.iter().filter_map(|row| {
            let at = chain.position(&row.revision)?;
            Some((
                row.revision.as_str(),
                chain.get(at).fingerprint(D::DIALECT)?,
            ))
        });
        let rows: Vec<_> = rows.collect();
        let tables = &self.engine.tables;
        format!(
            "{}{}{}SELECT 1",
            tables.delete_pending(),
            tables.purge(),
            tables.update_heads(&[], &rows)
        )
    }

    /// The end state, with the history row, in one transaction.
    async fn finish(
        &mut self,
        progress: &Progress<'_>,
        state: &State,
        since: Instant,
    ) -> Result<(), Failed> {
        let sql = self.end_state(progress.chain, progress.step, state, since);
        self.begin_transaction().await?;
        self.still_ours(progress).await?;
        let recorded = self.engine.driver.rows(&format!("{sql};\nCOMMIT")).await;
        recorded.map(drop).map_err(|error| self.not_recorded(error))
    }

    /// The statements that record the step as done.
    pub(super) fn end_state(
        &self,
        chain: &Chain<'_>,
        step: &Step,
        state: &State,
        since: Instant,
    ) -> String {
        let engine = &*self.engine;
        let (app_version, run_id) = (engine.migrator.release(), engine.run_id.as_str());
        let record = record(chain, step, false, D::DIALECT, app_version, run_id);
        let heads = after(state, std::slice::from_ref(step));
        let rows = heads.into_iter().filter_map(|at| {
            let id = if state.rows.contains(&at) {
                state.recorded_as(chain, at)
            } else {
                chain.get(at).id
            };
            Some((id, chain.get(at).fingerprint(D::DIALECT)?))
        });
        let rows: Vec<_> = rows.collect();
        format!(
            "{};\n{}{}{}SELECT 1",
            engine
                .tables
                .insert_history(&record, Timing::Measured(since.elapsed())),
            engine.tables.delete_pending(),
            engine.tables.purge(),
            engine.tables.update_heads(&[], &rows)
        )
    }
}
