//! An older program undoes what it doesn't contain, with the scripts that the history keeps.

use migrate_chain::{Chain, Dialect, Direction, Properties, Transaction as Mode};

use super::database::Database;
use super::run::Run;
use super::{Engine, Request, preflight};
use crate::engine::database::Piece;
use crate::log::{Act, LogEntry};
use crate::plan::PlannedStep;
use crate::report::StepReport;
use crate::state::{State, ids};
use crate::tables::{Record, Timing};
use crate::{Error, ErrorKind, Event, Outcome, Report, Result};

/// Downgrades what is ahead, newest first, each in a transaction of its own: wherever it is
/// interrupted, the next start goes on.
pub(super) async fn downgrade<D: Database>(
    engine: &mut Engine<'_, '_, D>,
    chain: &Chain<'_>,
    mut run: Run<'_>,
) -> Result<Report> {
    let mut foreign_keys_off = false;
    loop {
        let done = run.report.steps.len();
        match turn(engine, chain, &mut foreign_keys_off, &mut run).await {
            Ok(true) => engine.trace(&run.report, done),
            Ok(false) => return Ok(run.report),
            Err(error) => return Err(error.after(&run.report)),
        }
    }
}

/// What would be undone.
pub(super) fn plan(chain: &Chain<'_>, state: &State) -> crate::Plan {
    let ids_of = |entries: &mut dyn Iterator<Item = &LogEntry>| -> Vec<String> {
        entries.map(|entry| entry.revision.clone()).collect()
    };
    crate::Plan {
        from: ids_of(&mut state.ahead.iter().take(1)),
        to: ids(chain, &state.rows),
        steps: state.ahead.iter().map(planned).collect(),
        notes: Vec::new(),
    }
}

/// Undoes the newest revision, or finds out how that must be begun; false once nothing is ahead.
async fn turn<D: Database>(
    engine: &mut Engine<'_, '_, D>,
    chain: &Chain<'_>,
    foreign_keys_off: &mut bool,
    run: &mut Run<'_>,
) -> Result<bool> {
    let mut transaction = engine.lock(*foreign_keys_off, run).await?;
    let state = transaction.state(chain, &Request::Start).await?;
    if let Some(in_progress) = &state.in_progress {
        return Err(preflight::interrupted(in_progress));
    }
    if run.report.steps.is_empty() {
        let recorded = transaction.recorded.iter();
        run.report.from = recorded.map(|row| row.revision.clone()).collect();
    }
    let Some(entry) = state.ahead.first() else {
        transaction.rollback().await?;
        run.report.to = ids(chain, &state.rows);
        if run.report.steps.is_empty() {
            // Others have done all of it.
            run.report.outcome = Outcome::UpToDate;
        }
        return Ok(false);
    };
    // All of them, before the first one runs.
    for ahead in &state.ahead {
        runnable(ahead)?;
    }
    let (script, properties) = runnable(entry)?;
    let off = properties.foreign_keys_off && D::DIALECT == Dialect::Sqlite;
    if off != *foreign_keys_off {
        transaction.rollback().await?;
        *foreign_keys_off = off;
        return Ok(true);
    }
    transaction.engine.only_we_write().await?;
    let plan = plan(chain, &state);
    if run.report.steps.is_empty() && run.agreed.as_ref() != Some(&plan) {
        if !transaction.engine.is_agreed(&plan) {
            transaction.rollback().await?;
            run.report.outcome = Outcome::Skipped;
            run.report.to.clone_from(&run.report.from);
            return Ok(false);
        }
        run.agreed = Some(plan);
    }
    let violations = match off {
        true => Some(transaction.violations().await?),
        false => None,
    };
    let since = std::time::Instant::now();
    let step = planned(entry);
    let (number, total) = (
        run.report.steps.len() + 1,
        run.report.steps.len() + state.ahead.len(),
    );
    transaction.engine.emit(&Event::StepStarted {
        step: &step,
        number,
        total,
    });
    let pieces = [Piece::Script(script)];
    if let Err(failure) = transaction.engine.driver.run(&pieces).await {
        transaction.is_open = false;
        return Err(Error::new(
            ErrorKind::Script,
            format!(
                "the downgrade of `{}`, kept in the history, failed",
                entry.revision
            ),
        )
        .with_revision(&entry.revision)
        .with_source(failure.error)
        .with_note("its transaction was rolled back"));
    }
    if let Some(before) = &violations {
        transaction.no_new_violations(before).await?;
    }
    let mut sql = String::new();
    if D::DIALECT == Dialect::Postgres {
        sql.push_str(&transaction.session.restore());
        sql.push_str(";\n");
    }
    let duration = since.elapsed();
    sql.push_str(&undone(transaction.engine, chain, &state, entry, since));
    let committed = transaction.commit(&sql).await;
    committed.map_err(|error| Error::database("record the downgrade", error))?;
    transaction.engine.emit(&Event::StepFinished {
        step: &step,
        number,
        total,
        duration,
    });
    drop(transaction);
    run.report.steps.push(StepReport { step, duration });
    Ok(true)
}

/// The script that undoes a revision, if the history could keep one.
fn runnable(entry: &LogEntry) -> Result<(&str, Properties)> {
    let refused = |why: String| {
        Error::new(
            ErrorKind::Ahead,
            format!(
                "the database has `{}`, and it can't be downgraded from here: {why}",
                entry.revision
            ),
        )
        .with_revision(&entry.revision)
        .with_help("downgrade with the release that brought it")
    };
    let Some((script, words)) = &entry.downgrade else {
        return Err(refused(
            "it is irreversible or Rust-coded, so the history keeps no script".to_owned(),
        ));
    };
    let properties = match words.as_str() {
        "" => Properties::default(),
        words => Properties::parse(words).map_err(refused)?.1,
    };
    if properties.transaction == Mode::Outside {
        return Err(refused(
            "its downgrade runs outside a transaction".to_owned(),
        ));
    }
    Ok((script, properties))
}

fn planned(entry: &LogEntry) -> PlannedStep {
    PlannedStep {
        revision: entry.revision.clone(),
        down_revision: entry.down_revision.clone(),
        message: entry.message.clone(),
        path: "the history in the database".to_owned(),
        direction: Direction::Downgrade,
        stamp: false,
        breaking: entry.breaking.clone(),
        transaction: Some(0),
    }
}

/// The statements that record a revision as undone: what it stood on is recorded again, unless
/// something else that is applied stands on it too.
fn undone<D: Database>(
    engine: &Engine<'_, '_, D>,
    chain: &Chain<'_>,
    state: &State,
    entry: &LogEntry,
    since: std::time::Instant,
) -> String {
    let zero = migrate_chain::Fingerprint::from_bytes([0; 32]);
    let record = Record {
        revision: &entry.revision,
        down_revision: entry.down_revision.join(", "),
        depends_on: entry.depends_on.join(", "),
        direction: Act::Downgrade.name(),
        fingerprint: entry.fingerprint.unwrap_or(zero),
        message: &entry.message,
        breaking: entry.breaking.as_deref(),
        downgrade: entry
            .downgrade
            .as_ref()
            .map(|(script, words)| (script.as_str(), words.clone())),
    };
    let mut sql = (engine.tables).insert_log(&record, engine.by(), Timing::Measured(since));
    sql.push_str(";\n");
    let stands_on = |other: &LogEntry, id: &str| {
        other.revision != entry.revision
            && other
                .down_revision
                .iter()
                .chain(&other.depends_on)
                .any(|below| below == id)
    };
    let mut come = Vec::new();
    for id in entry.down_revision.iter().chain(&entry.depends_on) {
        let by_ahead = state.ahead.iter().any(|ahead| stands_on(ahead, id));
        let known = chain.index_of(id);
        let by_known = known.is_some_and(|at| {
            chain
                .required_by(at)
                .iter()
                .any(|&above| state.applied.contains(above))
        });
        if by_ahead || by_known || come.iter().any(|(other, _)| *other == id.as_str()) {
            continue;
        }
        let fingerprint = match known {
            Some(at) => chain.get(at).fingerprint(D::DIALECT),
            None => state
                .ahead
                .iter()
                .find(|ahead| ahead.revision == *id)
                .and_then(|ahead| ahead.fingerprint),
        };
        come.push((id.as_str(), fingerprint.unwrap_or(zero)));
    }
    sql.push_str(&engine.tables.update_heads(&[&entry.revision], &come));
    sql
}

impl<D: Database> Engine<'_, '_, D> {
    /// A stored script runs with our rights: nobody else may have been able to write it.
    async fn only_we_write(&mut self) -> Result<()> {
        if D::DIALECT != Dialect::Postgres {
            return Ok(());
        }
        let rows = self.driver.rows(&self.tables.select_other_writers()).await;
        let rows = rows.map_err(|error| Error::database("see who may write the history", error))?;
        let others: Vec<&str> = rows.iter().filter_map(|row| row.get(0)).collect();
        if others.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Ahead,
            format!("the history's scripts are not run, because other roles may write them: {}", others.join(", ")),
        )
        .with_help("take INSERT and UPDATE on the history from them, or downgrade with the release that brought the revisions"))
    }
}
