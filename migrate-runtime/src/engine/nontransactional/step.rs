//! A step outside a transaction, statement by statement.
//!
//! How far it came is recorded before and after each statement, so that whatever happens, the next
//! start knows what was done: a statement that can run in a transaction commits together with its
//! advance; of one that can't, `started` is recorded before it and `done` after it.

use std::ops::Range;
use std::time::Instant;

use migrate_chain::sql::runs_in_transaction;
use migrate_chain::{Chain, Segment};

use crate::driver::{Class, DbError};
use crate::engine::database::{Blocked, Database, Piece};
use crate::engine::lock::Backoff;
use crate::engine::locked::Locked;
use crate::engine::nontransactional::resolve;
use crate::engine::plan::{Content, Plan, PlanStep};
use crate::engine::planner::Request;
use crate::engine::postgres::invalid_index::Found;
use crate::engine::run::Run;
use crate::engine::rust_code::call;
use crate::engine::step_error::{Retry, StepError, session_not_restored};
use crate::hook::Moment;
use crate::in_progress::{Beginnings, StepInProgress};
use crate::report::StepReport;
use crate::state::{Head, shown_heads};
use crate::{Error, ErrorKind, Event, Function, Resolution};

/// A step under way.
struct Progress<'p> {
    chain: &'p Chain<'p>,
    step: &'p PlanStep<'p>,
    /// The recorded heads before it.
    before: &'p [Head<'p>],
    /// What is recorded of its statements.
    beginnings: Beginnings,
}

impl Progress<'_> {
    /// The text of one of its statements.
    fn statement(&self, at: usize) -> Option<&str> {
        match self.step.content {
            Content::Script {
                text, statements, ..
            } => text.get(statements.get(at)?.clone()),
            Content::Nothing | Content::Code(_) => None,
        }
    }
}

impl<D: Database> Locked<'_, '_, '_, D> {
    /// Takes the lock for a step outside a transaction, and reads what is recorded.
    pub(crate) async fn lock_outside(&mut self, run: &mut Run<'_>) -> crate::Result<()> {
        D::hold_outside(self, run).await?;
        self.read().await
    }

    /// Runs the plan's first step, from where it stands.
    pub(crate) async fn execute_outside(
        mut self,
        chain: &Chain<'_>,
        plan: &Plan<'_>,
        segment: &Segment,
        run: &mut Run<'_>,
    ) -> Result<(), StepError> {
        let Some(step) = plan.steps.get(segment.steps.start) else {
            return Err(Error::internal("a plan without a step").into());
        };
        let progress = Progress {
            chain,
            step,
            before: &plan.heads,
            beginnings: step.content.beginnings(),
        };
        let resumed = self.in_progress.clone();
        if let Some(in_progress) = &resumed {
            self.check_resumable(&progress, in_progress, &run.request)
                .await?;
        }
        let (number, total) = (
            run.report.steps.len() + 1,
            run.report.steps.len() + plan.steps.len(),
        );
        let planned = &step.planned;
        self.engine.emit(&Event::StepStarted {
            step: planned,
            number,
            total,
        });
        self.call_outside(Moment::BeforeStep(planned)).await?;
        let since = Instant::now();
        if resumed.is_none() {
            let begun = StepInProgress::new(
                &planned.revision,
                planned.direction,
                &progress.beginnings,
                self.engine.run_id(),
            );
            self.begin_step(begun).await?;
        }
        self.statements(&progress, resumed.is_some()).await?;
        self.call_outside(Moment::AfterStep(planned)).await?;
        let heads = plan.heads_after(segment.steps.clone());
        self.finish_step(chain, step, &heads, since).await?;
        let duration = since.elapsed();
        self.engine.emit(&Event::StepFinished {
            step: planned,
            number,
            total,
            duration,
        });
        run.report.steps.push(StepReport {
            step: planned.clone(),
            duration,
        });
        run.report.to = shown_heads(chain, &heads);
        run.present = true;
        self.engine.emit(&Event::Committed {
            heads: &run.report.to,
        });
        Ok(self.release().await?)
    }

    /// An interrupted step is gone on with unasked only where it is known how far it came. Once a person has said that
    /// its uncertain statement may run again, that is known.
    async fn check_resumable(
        &mut self,
        progress: &Progress<'_>,
        in_progress: &StepInProgress,
        request: &Request<'_>,
    ) -> Result<(), StepError> {
        let chain = progress.chain;
        let index = self.engine.index_left(chain, in_progress).await;
        if matches!(request, Request::Resolve(Resolution::Retry)) {
            if !in_progress.is_certain() {
                // An index that is there and valid is what the statement was for.
                let took_effect = matches!(index, Some((_, Found::Valid)));
                let done = in_progress.done + usize::from(took_effect);
                self.advance(&progress.beginnings, done, done).await?;
            }
            return Ok(());
        }
        resolve::check::<D>(chain, in_progress, index)
            .map_err(|error| D::wait_for_others(Some(in_progress), error))
    }

    /// Calls the app's hook, which finds no transaction here.
    async fn call_outside(&mut self, moment: Moment<'_>) -> Result<(), StepError> {
        let called = self.engine.hook(moment).await;
        let note = "it runs outside a transaction: what it and the step have done remains, and the next start goes on with the step";
        Ok(called.map_err(|error| error.with_note(note))?)
    }

    /// Runs what is left of the step.
    async fn statements(
        &mut self,
        progress: &Progress<'_>,
        resumed: bool,
    ) -> Result<(), StepError> {
        let (text, statements) = match progress.step.content {
            Content::Nothing => return Ok(()),
            Content::Code(function) => return self.code_outside(progress, function).await,
            Content::Script {
                text, statements, ..
            } => (text, statements),
        };
        let done = self.in_progress.as_ref().map_or(0, |step| step.done);
        D::leave_limit_to(self.engine, text);
        D::keep_session(self, Some(text)).await?;
        let restore = D::restore_after(&mut self.session, Some(text), false);
        if restore.is_some() {
            self.restore_on_release();
        }
        self.as_the_app = D::as_the_app(&self.session, text);
        let preamble = D::after_preamble(&self.session, text);
        for (at, range) in statements.iter().enumerate() {
            let statement = text.get(range.clone()).unwrap_or("");
            if at < done {
                if is_of_session::<D>(statement) {
                    // The session that it was said to is gone.
                    let again = self.engine.driver.rows(statement).await;
                    again.map_err(|error| Error::database("set up the session", error))?;
                }
            } else if runs_in_transaction(statement, D::DIALECT) {
                self.together(progress, at, range, statement).await?;
            } else {
                self.alone(progress, at, range, statement, resumed && at == done)
                    .await?;
            }
            if let Some((end, timeouts)) = &preamble
                && range.end == *end
            {
                let set = self.engine.driver.rows(timeouts).await;
                set.map_err(|error| Error::database("set up the session", error))?;
            }
        }
        let planned = &progress.step.planned;
        let who = format!("the {} of `{}`", planned.direction, planned.revision);
        self.put_back(restore, &who).await
    }

    /// Puts the session back after the step.
    async fn put_back(&mut self, restore: Option<String>, who: &str) -> Result<(), StepError> {
        if let Some(restore) = restore {
            let restored = self.engine.driver.rows(&restore).await;
            restored.map_err(|error| session_not_restored(who, error))?;
        }
        D::restore_now(self).await?;
        self.as_the_app.clear();
        Ok(())
    }

    /// A statement that can run in a transaction commits together with its advance.
    async fn together(
        &mut self,
        progress: &Progress<'_>,
        at: usize,
        range: &Range<usize>,
        text: &str,
    ) -> Result<(), StepError> {
        let as_the_script = self.open().await?;
        let Some(advanced) = self.advanced(&progress.beginnings, at + 1, at + 1) else {
            return Err(Error::internal("no step is in progress").into());
        };
        let advance = self.engine.tables.advance_in_progress(&advanced);
        let pieces = [
            Piece::Own(as_the_script),
            Piece::Script(text),
            Piece::Own(self.as_the_app.clone()),
            Piece::Own(advance),
        ];
        if let Err(failure) = self.engine.driver.run(&pieces).await {
            let blocked = failure.blocked;
            let place = failure.at.map_or(range.clone(), |at| {
                range.start + at.start..range.start + at.end
            });
            let failed = self
                .statement_failed(progress, at, place, failure.error, true)
                .await;
            return Err(self.blocked(failed, blocked).await);
        }
        match D::commit(self.engine, "").await {
            Ok(()) => {
                self.in_progress = Some(advanced);
                Ok(())
            }
            Err(error) => {
                self.engine.driver.rollback_now();
                Err(self
                    .statement_failed(progress, at, range.clone(), error, true)
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
    ) -> Result<(), StepError> {
        let index = D::concurrent_index(text);
        if let Some(index) = &index
            && resumed
            && let Err(error) = self.engine.drop_invalid_index(index).await
        {
            let class = error.class;
            let doing = "drop the INVALID index that an earlier try left";
            let failed = StepError::new(Error::database(doing, error), class);
            let blocked = (class == Class::Busy).then(|| self.blocked_alone(text));
            return Err(self.blocked(failed, blocked).await);
        }
        self.advance(&progress.beginnings, at + 1, at).await?;
        let ran = match (self.run_alone(text).await, &index) {
            (Ok(()), Some(index)) => match self.engine.find_index(index).await {
                Ok(Found::Invalid) => Err(DbError::new(
                    Class::Other,
                    format!("the index {} is there, but INVALID", index.qualified()),
                )),
                _ => Ok(()),
            },
            (ran, _) => ran,
        };
        match ran {
            Ok(()) => self.advance(&progress.beginnings, at + 1, at + 1).await,
            Err(error) => {
                let position = error.position.and_then(|position| {
                    let (offset, _) = text.char_indices().nth(position.checked_sub(1)?)?;
                    Some(range.start + offset..range.start + offset + 1)
                });
                let place = position.unwrap_or(range.clone());
                let blocked = (error.class == Class::Busy).then(|| self.blocked_alone(text));
                let failed = self
                    .statement_failed(progress, at, place, error, false)
                    .await;
                Err(self.blocked(failed, blocked).await)
            }
        }
    }

    /// A statement by itself did not obtain a lock.
    fn blocked_alone(&self, statement: &str) -> Blocked {
        let settings = &self.engine.migrator.settings;
        Blocked {
            statement: statement.to_owned(),
            waited: if D::HOLDS_NO_LOCK_OUTSIDE {
                settings.lock_wait
            } else {
                settings.lock_timeout.unwrap_or_default()
            },
        }
    }

    /// Runs it; where no lock is held, it may have to wait for whoever reads.
    async fn run_alone(&mut self, text: &str) -> Result<(), DbError> {
        let mut wait = Backoff::new(self.engine.migrator.settings.lock_wait);
        let (limit, restore) = D::limit_alone(self.engine, text).unzip();
        if let Some(limit) = limit {
            self.engine.driver.rows(&limit).await?;
        }
        if D::HOLDS_NO_LOCK_OUTSIDE {
            self.engine.driver.wait_itself().await;
        }
        let ran = loop {
            match self.engine.driver.rows(text).await {
                Err(error)
                    if D::HOLDS_NO_LOCK_OUTSIDE
                        && error.class == Class::Busy
                        && !wait.is_over() =>
                {
                    self.engine.pause(&mut wait).await;
                }
                ran => break ran.map(drop),
            }
        };
        self.engine.driver.let_it_wait();
        if let Some(restore) = restore {
            // Put back again with the lock, if this fails.
            let _ = self.engine.driver.rows(&restore).await;
        }
        ran
    }

    /// Code outside a transaction counts as one statement, whose fate only it knows.
    async fn code_outside(
        &mut self,
        progress: &Progress<'_>,
        function: Function,
    ) -> Result<(), StepError> {
        if self.in_progress.as_ref().is_some_and(|step| step.done > 0) {
            return Ok(());
        }
        let planned = &progress.step.planned;
        let (id, direction) = (&planned.revision, planned.direction);
        let migrations = self.engine.migrator.migrations;
        self.advance(&progress.beginnings, 1, 0).await?;
        D::keep_session(self, None).await?;
        self.restore_on_release();
        let restore = D::restore_after(&mut self.session, None, false);
        match call(&mut self.engine.driver, function, id, migrations).await {
            Ok(()) => {
                let who = format!("the {direction} of `{id}`");
                self.put_back(restore, &who).await?;
                self.advance(&progress.beginnings, 1, 1).await
            }
            Err(error) => {
                let story =
                    Error::new(ErrorKind::Code, format!("the {direction} of `{id}` failed"));
                Err(progress
                    .step
                    .at_file(progress.chain, story)
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
        place: Range<usize>,
        error: DbError,
        rolled_back: bool,
    ) -> StepError {
        let planned = &progress.step.planned;
        let class = error.class;
        let lost = class == Class::Lost;
        let hint = error.hint();
        let total = progress.beginnings.total();
        let kind = match class {
            Class::Busy => ErrorKind::Locked,
            _ => ErrorKind::Script,
        };
        let story = Error::new(
            kind,
            format!(
                "the {} of `{}` failed at statement {} of {total}",
                planned.direction,
                planned.revision,
                at + 1
            ),
        );
        let story = progress.step.at_place(progress.chain, place, story);
        let mut story = story.with_source(error);
        if let Some(hint) = hint {
            story = story.with_help(hint);
        }
        if lost {
            return StepError::from(story.with_note(if rolled_back {
                "the connection is gone: the statement took effect together with the record of it, or not at all, and the next start goes on from there"
            } else {
                "the connection is gone: whether the statement took effect is not known, and the next start asks"
            }));
        }
        let leaves_index =
            (progress.statement(at)).is_some_and(|text| D::concurrent_index(text).is_some());
        let undone = at == 0 && !leaves_index;
        let recorded = match (undone, rolled_back) {
            // Nothing has happened: as if it had never begun.
            (true, _) => self.cancel(progress.before).await,
            (false, true) => Ok(()),
            (false, false) => self.advance(&progress.beginnings, at, at).await,
        };
        let story = match (recorded, undone) {
            (Err(failed), _) if failed.retry == Retry::Moved => return failed,
            (Ok(()), true) => story.with_note("it was the first statement, so nothing of the step is done, and nothing is recorded"),
            (Ok(()), false) => story.with_note(format!(
                "it runs outside a transaction: {} before it {} done and recorded; the next start goes on at this one, which may be mended until then, and what follows it",
                if at == 1 { "the statement".to_owned() } else { format!("the {at} statements") },
                if at == 1 { "is" } else { "are" },
            )),
            (Err(failed), _) => story.with_note(format!("and that could not be recorded: {}", failed.error)),
        };
        StepError::new(story, class)
    }
}

/// True when a statement is about the session, and said to a later one again before a script goes on.
fn is_of_session<D: Database>(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or("");
    let mut words = D::OF_SESSION.iter();
    words.any(|word| first.eq_ignore_ascii_case(word))
}
