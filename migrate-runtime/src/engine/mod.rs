//! The one loop that changes a database: decide without a lock, take the lock, decide again, act.
//!
//! Every entry point, blocking or async, on either database, for every command, goes through
//! [`Engine::change`].

mod apply;
mod call;
mod check;
mod decide;
mod foreign_keys;
mod lock;
mod read;
mod transaction;

use std::time::Duration;

use migrate_chain::packed::Opening;
use migrate_chain::{Applied, Chain, Goal, Plan, Target};

use crate::driver::{Class, Driver};
use crate::migrator::Migrator;
use crate::state::{Recorded, State, ids};
use crate::tables::Tables;
use crate::{Error, ErrorKind, Event, Outcome, Report, Result, Startup};

use decide::Decision;
pub(crate) use decide::Wish;
use lock::Kind;

/// How often a transaction that failed for a passing reason is tried in all.
const ATTEMPTS: u32 = 5;

/// A connection, a chain and the settings of one call.
pub(crate) struct Engine<'e, 'm, D: Driver> {
    driver: D,
    migrator: &'e mut Migrator<'m>,
    tables: Tables,
    /// What tells the rows of this run from others.
    run_id: String,
}

impl<'e, 'm, D: Driver> Engine<'e, 'm, D> {
    pub(crate) fn new(driver: D, migrator: &'e mut Migrator<'m>) -> Result<Engine<'e, 'm, D>> {
        let opening = migrator.migrations.opening()?;
        if !opening.serves(D::DIALECT) {
            return Err(Error::new(
                ErrorKind::Dialect,
                format!(
                    "the chain `{}` has no scripts for {}",
                    opening.name,
                    D::DIALECT
                ),
            )
            .with_help(format!(
                "name it where the chain is embedded: `dialects = [{}]`",
                D::DIALECT
            )));
        }
        let settings = &migrator.settings;
        let schema = settings
            .schema
            .as_deref()
            .filter(|_| D::DIALECT != migrate_chain::Dialect::Sqlite);
        let tables = Tables::new(D::DIALECT, opening.name, &settings.table_prefix, schema);
        Ok(Engine {
            driver,
            migrator,
            tables,
            run_id: crate::random::run_id(),
        })
    }

    /// What an app does when it starts.
    pub(crate) async fn run(mut self) -> Result<Report> {
        if self.migrator.settings.startup == Startup::Skip {
            return Ok(Report::new(Outcome::Skipped));
        }
        let migrations = self.migrator.migrations;
        let recorded = self.recorded().await?;
        if let Some(recorded) = &recorded
            && at_the_tips(&migrations.opening()?, D::DIALECT, recorded)
        {
            let mut report = Report::new(Outcome::UpToDate);
            report.from = recorded.iter().map(|row| row.revision.clone()).collect();
            report.to.clone_from(&report.from);
            return Ok(report);
        }
        self.change(recorded, Wish::Start).await
    }

    /// Carries out a command.
    pub(crate) async fn command(mut self, wish: Wish<'_>) -> Result<Report> {
        let recorded = self.recorded().await?;
        self.change(recorded, wish).await
    }

    /// The plan for a goal, without carrying it out.
    pub(crate) async fn plan(mut self, goal: Goal<'_>) -> Result<crate::Plan> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let recorded = self.recorded().await?.unwrap_or_default();
        let state = self.state(&chain, &recorded, &Wish::Goal(goal)).await?;
        match self.decide(&chain, &state, &Wish::Goal(goal))? {
            Decision::Nothing(report) => Ok(crate::Plan {
                from: report.from,
                to: report.to,
                steps: Vec::new(),
                notes: report.notes,
            }),
            Decision::Do(plan) => Ok(self.shown(&chain, &plan)),
        }
    }

    fn shown(&self, chain: &Chain<'_>, plan: &Plan) -> crate::Plan {
        crate::Plan::of(chain, plan, D::DIALECT, self.migrator.settings.per_step())
    }

    /// Decides, locks, decides again and acts, until nothing is left to do.
    async fn change(&mut self, recorded: Option<Vec<Recorded>>, wish: Wish<'_>) -> Result<Report> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let mut present = recorded.is_some();
        let recorded = recorded.unwrap_or_default();
        let state = self.state(&chain, &recorded, &wish).await?;
        let plan = match self.decide(&chain, &state, &wish)? {
            Decision::Nothing(report) => return Ok(report),
            Decision::Do(plan) => plan,
        };
        if matches!(wish, Wish::Start) && self.migrator.settings.startup == Startup::Check {
            return Err(check::pending(&self.shown(&chain, &plan)));
        }
        let mut agreed = self.shown(&chain, &plan);
        if !self.asked(&agreed) {
            return Ok(skipped(&chain, &state));
        }

        let mut report = Report::new(Outcome::Applied);
        report.from = ids(&chain, &plan.from);
        report.to.clone_from(&report.from);
        // Where a plan takes several transactions, others may act in between: what was decided under
        // the first lock is then carried on from wherever the database is.
        let mut decided: Option<Vec<bool>> = None;
        let mut kind = Kind::of(&chain, &plan, D::DIALECT, self.migrator.settings.per_step());
        let mut attempt = 1;
        loop {
            let mut transaction = self.lock(kind, &mut present, &mut report.waited).await?;
            let state = transaction.state(&chain, &wish).await?;
            let plan = match &decided {
                Some(wanted) => Plan::to(&chain, &state.applied, wanted.clone()),
                None => match transaction.engine.decide(&chain, &state, &wish)? {
                    Decision::Nothing(mut nothing) => {
                        transaction.rollback().await?;
                        nothing.waited = report.waited;
                        return Ok(nothing);
                    }
                    Decision::Do(plan) => plan,
                },
            };
            let needed = Kind::of(
                &chain,
                &plan,
                D::DIALECT,
                transaction.engine.migrator.settings.per_step(),
            );
            if plan.is_empty() && decided.is_some() {
                transaction.rollback().await?;
                break;
            }
            if needed != kind {
                transaction.rollback().await?;
                kind = needed;
                continue;
            }
            if decided.is_none() {
                let shown = transaction.engine.shown(&chain, &plan);
                // Somebody else acted since the question was asked.
                if shown != agreed && !transaction.engine.asked(&shown) {
                    transaction.rollback().await?;
                    return Ok(skipped(&chain, &state));
                }
                report.from = ids(&chain, &plan.from);
                report.notes.clone_from(&plan.notes);
                transaction.engine.tell(&Event::Planned { plan: &shown });
                decided = Some(wanted(&chain, &state.applied, &plan));
                agreed = shown;
            }
            let done = report.steps.len();
            match transaction
                .apply(&chain, &state, &plan, &wish, &mut report)
                .await
            {
                Ok(next) => {
                    present = true;
                    attempt = 1;
                    self.tell(&Event::Committed { heads: &report.to });
                    match next {
                        Some(next) => kind = next,
                        None => break,
                    }
                }
                Err(failed) => {
                    report.steps.truncate(done);
                    if !failed.passing || attempt >= ATTEMPTS {
                        return Err(failed.error);
                    }
                    let reason = failed.error.to_string();
                    self.tell(&Event::Retrying {
                        attempt,
                        reason: &reason,
                    });
                    let pause = crate::random::jitter(Duration::from_millis(50 << attempt));
                    self.driver.sleep(pause).await;
                    attempt += 1;
                }
            }
        }
        Ok(report)
    }

    /// Asks the person, if there is one.
    fn asked(&mut self, plan: &crate::Plan) -> bool {
        self.migrator.ask.as_mut().is_none_or(|ask| ask(plan))
    }

    fn tell(&mut self, event: &Event<'_>) {
        if let Some(observer) = &mut self.migrator.observer {
            observer(event);
        }
    }

    /// True when somebody watches, so that steps are not sent together.
    fn is_watched(&self) -> bool {
        self.migrator.observer.is_some()
    }

    /// Reads the recorded heads, waiting while the database is locked; `None`: there is no table.
    async fn recorded(&mut self) -> Result<Option<Vec<Recorded>>> {
        if self.driver.in_transaction() == Some(true) {
            return Err(read::in_transaction());
        }
        let mut wait = lock::Wait::new(self.migrator.settings.lock_wait);
        loop {
            match self.driver.rows(&self.tables.select_heads(false)).await {
                // No row says where the table lives, if a search_path led to it.
                Ok(rows) if rows.is_empty() && !self.tables.schema_is_known() => {
                    let rows = self.driver.rows(&self.tables.select_presence()).await;
                    let rows = rows.map_err(|error| read::failed(&self.tables, error))?;
                    return Ok(read::is_present(&rows).then(Vec::new));
                }
                Ok(rows) => return read::heads(rows),
                Err(error) if error.class == Class::Missing => return Ok(None),
                Err(error) if error.class == Class::Busy && !wait.is_over() => {
                    let pause = wait.pause();
                    self.driver.sleep(pause).await;
                }
                Err(error) => return Err(read::failed(&self.tables, error)),
            }
        }
    }

    /// Judges what is recorded; reads the audit log only where the heads do not tell.
    async fn state(
        &mut self,
        chain: &Chain<'_>,
        recorded: &[Recorded],
        wish: &Wish<'_>,
    ) -> Result<State> {
        if matches!(wish, Wish::Purge(_)) {
            return Ok(State::unjudged(chain, D::DIALECT, recorded));
        }
        let log = if State::is_plain(chain, D::DIALECT, recorded) {
            Vec::new()
        } else {
            self.read_log().await?
        };
        State::of(chain, D::DIALECT, recorded, &log)
    }
}

/// True when the recorded heads are those of the chain, and unedited: one row proves the whole
/// history, because fingerprints are chained. Allocates nothing.
fn at_the_tips(
    opening: &Opening<'_>,
    dialect: migrate_chain::Dialect,
    recorded: &[Recorded],
) -> bool {
    let mut count = 0;
    let all = opening.tips(dialect).all(|tip| {
        count += 1;
        recorded.iter().any(|row| {
            (row.revision == tip.id || Some(row.revision.as_str()) == tip.alias)
                && tip.fingerprint.is_hex(&row.fingerprint)
        })
    });
    all && count == recorded.len() && count > 0
}

/// What will be applied once the plan is through.
fn wanted(chain: &Chain<'_>, applied: &Applied, plan: &Plan) -> Vec<bool> {
    let mut wanted: Vec<bool> = (0..chain.len()).map(|at| applied.contains(at)).collect();
    for step in &plan.steps {
        if let Some(member) = wanted.get_mut(step.revision) {
            *member = step.direction == migrate_chain::Direction::Upgrade;
        }
    }
    wanted
}

fn skipped(chain: &Chain<'_>, state: &State) -> Report {
    let mut report = Report::new(Outcome::Skipped);
    report.from = state.heads(chain);
    report.to.clone_from(&report.from);
    report
}

/// The target of a start: every head there is.
const START: Target = Target::HEADS;
