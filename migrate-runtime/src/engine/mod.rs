//! The one loop that changes a database: decide without a lock, take the lock, decide again, act.
//!
//! Every entry point, blocking or async, on either database, for every command, goes through
//! `Engine::change`.

pub(crate) mod adopt;
mod batch;
mod database;
mod environment;
mod executor;
pub(crate) mod linked;
mod lock;
mod locked;
mod nontransactional;
mod plan;
mod planner;
mod postgres;
mod preflight;
mod recorded_state;
mod repair;
mod run;
mod rust_code;
mod sqlite;
mod step_error;
pub(crate) mod stored;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use migrate_chain::packed::Header;
use migrate_chain::{Chain, Segment};

use crate::in_progress::StepInProgress;
use crate::log::LastAct;
use crate::migrator::Migrator;
use crate::state::{Recorded, State};
use crate::tables::{By, Tables};
use crate::trace::Span;
use crate::{Error, ErrorKind, Event, Outcome, Report, Result, Startup};

pub(crate) use database::Database;
pub use linked::{ADOPT, AdoptPart, OUTSIDE, OutsidePart};
use linked::{Adopt, Linked, Outside};
use nontransactional::resolve;
pub use nontransactional::resolve::Resolution;
pub(crate) use plan::record;
pub(crate) use planner::Request;
use planner::{Decision, Planner};
#[cfg(feature = "_postgres")]
pub(crate) use postgres::Postgres;
pub(crate) use postgres::custom_settings;
#[cfg(feature = "diesel-postgres")]
pub(crate) use postgres::lock_limit::limited;
#[cfg(any(
    feature = "postgres",
    feature = "tokio-postgres",
    feature = "sqlx-postgres",
    feature = "sqlx-0_8-postgres"
))]
pub(crate) use postgres::lock_limit::limited_read;
pub(crate) use postgres::session::{may_change_session, offline as offline_session};
pub(crate) use preflight::runnable_on;
#[cfg(feature = "_sqlite")]
pub(crate) use sqlite::{Sqlite, drop_table};

/// Half of PostgreSQL's `deadlock_timeout`, as most servers have it.
#[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
const BESIDE_OTHERS: Duration = Duration::from_millis(500);

/// A connection, a chain and the settings of one call.
pub(crate) struct Engine<'e, 'm, D: Database> {
    driver: D,
    outside: Option<Outside<D>>,
    adopt: Option<Adopt<D>>,
    /// The tool whose databases are taken over, once it was looked for.
    other: Option<adopt::Other<'m>>,
    /// What makes the plan, unless it is a start.
    planner: Option<Planner<D>>,
    /// What is put to the person at the terminal, where a start asks them.
    question: Option<fn(&crate::Plan) -> bool>,
    migrator: &'e mut Migrator<'m>,
    tables: Tables,
    /// What tells the rows of this run from others.
    run_id: OnceLock<String>,
    span: Span,
    /// The connection that holds the lock while a step runs outside a transaction, kept from one such step to the next.
    second: Option<D::Driver>,
    /// Since when a lock on a table is waited for, in one try after another.
    blocked_since: Option<Instant>,
    /// Since when another tool's step is seen half done.
    half_done_since: Option<Instant>,
}

impl<'e, 'm, D: Database> Engine<'e, 'm, D> {
    pub(crate) fn new(
        driver: D,
        Linked { outside, adopt }: Linked<D>,
        migrator: &'e mut Migrator<'m>,
    ) -> Result<Engine<'e, 'm, D>> {
        let header = migrator.migrations.header()?;
        if !header.serves(D::DIALECT) {
            return Err(Error::new(
                ErrorKind::Dialect,
                format!(
                    "the chain `{}` has no scripts for {}",
                    header.name,
                    D::DIALECT
                ),
            )
            .with_help(migrator.migrations.serve(D::DIALECT)));
        }
        let settings = &migrator.settings;
        let (prefix, schema) = (settings.table_prefix.clone(), settings.schema.as_deref());
        let tables = Tables::new(D::DIALECT, header.name, prefix, schema);
        let run_id = OnceLock::new();
        Ok(Engine {
            span: Span::new(header.name, D::DIALECT, || {
                run_id.get_or_init(crate::random::run_id)
            }),
            driver,
            outside,
            adopt,
            other: None,
            planner: None,
            question: None,
            migrator,
            tables,
            run_id,
            second: None,
            blocked_since: None,
            half_done_since: None,
        })
    }

    /// Made when it is first asked for: a start that finds everything up to date needs none.
    fn run_id(&self) -> &str {
        self.run_id.get_or_init(crate::random::run_id)
    }

    /// How long one try may wait for a lock on a table, at most.
    ///
    /// Where another tool may be at work, less than PostgreSQL waits before it looks for a deadlock: of a step of ours and one
    /// of an old release, which then waits for us to let go of the tool's table, ours is the one that is taken again.
    #[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
    fn longest_try(&self) -> Duration {
        let left = self.lock_wait_left();
        match &self.other {
            Some(other) if other.is_due => left.min(BESIDE_OTHERS),
            _ => left,
        }
    }

    /// How much of `lock_wait` is left for a lock on a table.
    #[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
    fn lock_wait_left(&self) -> Duration {
        let limit = self.migrator.settings.lock_wait;
        let waited = self.blocked_since.map(|since| since.elapsed());
        limit.saturating_sub(waited.unwrap_or_default())
    }

    /// Who writes rows of the audit log.
    fn by(&self) -> By<'_> {
        By {
            app_version: self.migrator.release(),
            run_id: self.run_id(),
        }
    }

    /// What an app does when it starts.
    pub(crate) async fn run(self) -> Result<Report> {
        match self.migrator.settings.startup {
            Startup::Apply => self.start(Request::Start).await,
            Startup::Check => self.start(Request::Check).await,
            Startup::Skip => Ok(Report::new(Outcome::Skipped)),
            Startup::Ask => self.ask().await,
        }
    }

    /// Starts once a person agrees; a check where nobody can be asked.
    async fn ask(mut self) -> Result<Report> {
        if self.migrator.ask.is_none() {
            let terminal = self
                .migrator
                .terminal
                .filter(|terminal| (terminal.is_there)());
            let Some(terminal) = terminal else {
                let checked = self.start(Request::Check).await;
                return checked.map_err(preflight::nobody_to_ask);
            };
            self.question = Some(terminal.agrees);
        }
        let report = self.start(Request::Start).await?;
        match report.outcome {
            Outcome::Skipped => Err(preflight::declined()),
            _ => Ok(report),
        }
    }

    /// Starts, or judges the database as a start would.
    pub(crate) async fn start(mut self, request: Request<'_>) -> Result<Report> {
        self.wait_as_said().await;
        if self.driver.in_transaction() != Some(true)
            && let Some(report) = D::marked(&mut self).await
        {
            return Ok(report);
        }
        let migrations = self.migrator.migrations;
        let recorded = self.recorded().await?;
        match recorded {
            Some(recorded)
                if at_the_effective_heads(&migrations.header()?, D::DIALECT, &recorded) =>
            {
                let heads = recorded.into_iter().map(|row| row.revision).collect();
                Ok(Report::standing(Outcome::UpToDate, heads))
            }
            recorded => self.change(recorded, request).await,
        }
    }

    /// Carries out a command.
    pub(crate) async fn command(mut self, request: Request<'_>) -> Result<Report> {
        self.planner =
            Some(|engine, chain, state, request| engine.decide_command(chain, state, request));
        self.driver.wait_itself().await;
        let recorded = self.recorded().await?;
        self.change(recorded, request).await
    }

    /// The plan for a request, without carrying it out.
    pub(crate) async fn plan(mut self, request: Request<'_>) -> Result<crate::Plan> {
        self.planner =
            Some(|engine, chain, state, request| engine.decide_command(chain, state, request));
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let mut recorded = self.visible_heads().await?;
        let mut state = self.first_state(&chain, &mut recorded, &request).await?;
        let looked = self.look_at_other(&chain, &mut state, &request, adopt::Look::Read);
        looked.await.map_err(|failed| failed.error)?;
        self.not_on_top(&state, &request, None).await?;
        let plan = match self.decide(&chain, &state, &request)? {
            Decision::Execute(plan) => plan,
            Decision::Done(report) => {
                return Ok(crate::Plan {
                    from: report.from,
                    to: report.to,
                    notes: report.notes,
                    ahead: report.ahead,
                    adopted: report.adopted,
                    steps: Vec::new(),
                });
            }
            Decision::Begin(_) => return Err(Error::internal("a plan that is begun unseen")),
        };
        let segments = plan.segments(D::DIALECT, self.migrator.settings.per_step());
        let mut shown = Self::shown(&plan, &chain, &segments);
        if let Some(in_progress) = &state.in_progress
            && !request.rewrites()
        {
            // Refused here as the run would refuse it.
            let index = self.index_left(&chain, in_progress).await;
            resolve::check::<D>(&chain, in_progress, index)?;
            shown.notes.push(in_progress.to_string());
        }
        Ok(shown)
    }

    /// A plan as a person is shown it.
    fn shown(plan: &plan::Plan<'_>, chain: &Chain<'_>, segments: &[Segment]) -> crate::Plan {
        let mut shown = plan.shown(chain, segments);
        shown.notes.extend(D::notes(&plan.steps, segments));
        shown
    }

    /// Looks at what another tool has applied, where the chain takes over its databases. True where it may matter.
    async fn look_at_other(
        &mut self,
        chain: &Chain<'_>,
        state: &mut State,
        request: &Request<'_>,
        how: adopt::Look,
    ) -> Result<bool, step_error::StepError> {
        match self.adopt.as_ref().map(|adopt| adopt.look) {
            Some(look) => look(self, chain, state, request, how).await,
            None => Ok(false),
        }
    }

    /// What another tool has applied, and how that differs from what is recorded.
    pub(crate) async fn other_tool(mut self) -> Result<Option<crate::OtherTool>> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let request = Request::Adopt;
        let mut recorded = self.visible_heads().await?;
        let mut state = self.first_state(&chain, &mut recorded, &request).await?;
        let looked = self.look_at_other(&chain, &mut state, &request, adopt::Look::Read);
        looked.await.map_err(|failed| failed.error)?;
        let to_adopt: Vec<usize> = state.adopt.iter().map(|step| step.revision).collect();
        Ok(self.other.as_ref().map(|other| {
            crate::OtherTool::new(
                other.adoption.tool,
                crate::state::ids(&chain, &to_adopt),
                crate::state::ids(&chain, &state.lacking),
            )
        }))
    }

    /// Refuses to begin at the base on top of another tool's history; `histories` are the tables that were found, if they were
    /// looked for already.
    async fn not_on_top(
        &mut self,
        state: &State,
        request: &Request<'_>,
        histories: Option<String>,
    ) -> Result<()> {
        if !state.recorded.is_empty() || !request.may_begin() {
            return Ok(());
        }
        let found = match histories {
            Some(found) => found,
            None => {
                let sql = D::select_histories(&self.tables);
                let rows = self.read_patiently(&sql).await;
                let rows = rows.map_err(|error| recorded_state::failed(&self.tables, error))?;
                rows.cell().unwrap_or_default().to_owned()
            }
        };
        self.no_other_history(&found).await
    }

    /// What steps outside a transaction take.
    fn outside(&self) -> Result<&Outside<D>> {
        self.outside.as_ref().ok_or_else(|| {
            Error::internal("a step outside a transaction that the chain does not have")
        })
    }

    /// True when a person is to be asked.
    fn asks(&self) -> bool {
        self.question.is_some() || self.migrator.ask.is_some()
    }

    /// Asks the person, if there is one.
    fn is_agreed(&mut self, plan: &crate::Plan) -> bool {
        match self.question {
            Some(question) => question(plan),
            None => self.migrator.ask.as_mut().is_none_or(|ask| ask(plan)),
        }
    }

    fn emit(&mut self, event: &Event<'_>) {
        self.span.event(event);
        if let Some(observer) = &mut self.migrator.observer {
            observer(event);
        }
    }

    /// True when an event is worth putting together.
    fn is_observed(&self) -> bool {
        Span::IS_ON || self.migrator.observer.is_some()
    }

    /// True when somebody watches or is called, so that steps are not sent together.
    fn is_watched(&self) -> bool {
        self.migrator.observer.is_some() || self.migrator.hook.is_some()
    }

    /// Reads the recorded heads, waiting while the database is locked; `None`: there is no table.
    async fn recorded(&mut self) -> Result<Option<Vec<Recorded>>> {
        if self.driver.in_transaction() == Some(true) {
            return Err(recorded_state::in_transaction());
        }
        self.wait_as_said().await;
        D::heads(self).await
    }

    /// Judges what is recorded; reads the audit log only where the heads do not tell. `None`: our tables are not there.
    async fn state(
        &mut self,
        chain: &Chain<'_>,
        request: &Request<'_>,
        recorded: Option<&[Recorded]>,
        in_progress: Option<StepInProgress>,
    ) -> Result<State> {
        let rows = recorded.unwrap_or_default();
        let is_plain = !request.rewrites() && State::is_plain(chain, D::DIALECT, rows);
        let log = if recorded.is_none() || is_plain {
            Vec::new()
        } else {
            self.read_log().await?
        };
        if request.rewrites() {
            return Ok(State::unjudged(chain, rows, log, in_progress));
        }
        State::of(chain, D::DIALECT, rows, log, in_progress)
    }

    /// An error if the recorded heads and the log don't say the same, which matters wherever something is left to do.
    async fn agree(
        &mut self,
        chain: &Chain<'_>,
        request: &Request<'_>,
        state: &State,
        acts: Option<Vec<LastAct>>,
    ) -> Result<()> {
        if request.rewrites()
            || state.recorded.is_empty()
            || at_the_effective_heads(
                &self.migrator.migrations.header()?,
                D::DIALECT,
                &state.recorded,
            )
        {
            return Ok(());
        }
        let acts = match acts {
            _ if !state.log.is_empty() => LastAct::of_log(&state.log),
            Some(acts) => acts,
            None => self.last_acts().await?,
        };
        crate::state::agree(chain, state, &acts)
    }

    /// Judges what is recorded, before the lock. What is read one after the other may be of two moments, so that a
    /// refusal counts only if nothing has moved meanwhile.
    async fn first_state(
        &mut self,
        chain: &Chain<'_>,
        recorded: &mut Option<Vec<Recorded>>,
        request: &Request<'_>,
    ) -> Result<State> {
        loop {
            let rows = recorded.as_deref().unwrap_or_default();
            // Blank fingerprints tell that a step is in progress; without a row nothing does.
            let tells = |row: &Recorded| !row.fingerprint.is_empty();
            let in_progress = if recorded.is_none() || !rows.is_empty() && rows.iter().all(tells) {
                None
            } else {
                self.read_in_progress().await?
            };
            let mut judged = self
                .state(chain, request, recorded.as_deref(), in_progress)
                .await;
            // Whoever takes the lock next, and asks nobody before, looks into the log with it.
            if let Ok(state) = &judged
                && (!matches!(request, Request::Start) || self.asks())
                && let Err(error) = self.agree(chain, request, state, None).await
            {
                judged = Err(error);
            }
            if judged.is_ok() {
                return judged;
            }
            let now = self.recorded().await?;
            if now == *recorded {
                return judged;
            }
            *recorded = now;
        }
    }
}

/// True when the recorded heads are those of the chain, and unedited: one row proves the whole
/// history, because fingerprints are chained. Allocates nothing.
fn at_the_effective_heads(
    header: &Header<'_>,
    dialect: migrate_chain::Dialect,
    recorded: &[Recorded],
) -> bool {
    let mut count = 0;
    let all = header.effective_heads(dialect).all(|head| {
        count += 1;
        recorded.iter().any(|row| {
            (row.revision == head.id || Some(row.revision.as_str()) == head.alias)
                && head.fingerprint.is_hex(&row.fingerprint)
        })
    });
    all && count == recorded.len() && count > 0
}
