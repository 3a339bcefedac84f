use migrate_chain::{Chain, Step};

use super::database::Database;
use super::run::Run;
use super::{Engine, Request, preflight};
use crate::log::{Act, Latest};
use crate::state::{State, ids};
use crate::tables::Timing;
use crate::verify::{self, Changed};
use crate::{Difference, Error, ErrorKind, Report, Result};

impl<D: Database> Engine<'_, '_, D> {
    /// Accepts edited content, after a person has looked: records the fingerprints of this chain.
    pub(crate) async fn repair(mut self) -> Result<(Vec<Difference>, Report)> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let recorded = self.recorded().await?;
        let mut run = Run::new(Request::Start, recorded.is_some());
        let mut transaction = self.lock(false, &mut run).await?;
        let log = transaction.engine.read_log().await?;
        let state = State::unjudged(
            &chain,
            D::DIALECT,
            &transaction.recorded,
            transaction.in_progress.clone(),
        );
        let unknown = transaction
            .recorded
            .iter()
            .find(|row| chain.index_of(&row.revision).is_none());
        if unknown.is_some() || state.in_progress.is_some() {
            // Tells what stands in the way.
            crate::state::known(&chain, &transaction.recorded, &log)?;
            return Err(match (&state.in_progress, unknown) {
                (Some(in_progress), _) => preflight::interrupted(in_progress),
                (None, ahead) => Error::new(
                    ErrorKind::Ahead,
                    format!(
                        "the database has `{}`, which this program doesn't, so that it can't repair the record",
                        ahead.map_or("", |row| &row.revision)
                    ),
                )
                .with_help("repair it with the release that brought it, or a later one"),
            });
        }
        let found = verify::differences(&chain, D::DIALECT, &state.applied, &log);
        let moved: Vec<Difference> = (found.iter())
            .filter(|difference| difference.what != Changed::Content)
            .cloned()
            .collect();
        if !moved.is_empty() {
            return Err(verify::error(&chain, &moved));
        }
        let stale = stale(&chain, &state, &log, D::DIALECT);
        run.report.from = ids(&chain, &state.rows);
        run.report.to.clone_from(&run.report.from);
        if stale.is_empty() {
            transaction.rollback().await?;
            return Ok((found, run.report));
        }
        // One row in the audit log for every revision whose fingerprint changes: the edited ones and
        // all that stand on them.
        let engine = &*transaction.engine;
        let mut sql = String::new();
        for &at in &stale {
            let step = Step {
                revision: at,
                direction: migrate_chain::Direction::Upgrade,
                removes: Vec::new(),
                adds: Vec::new(),
            };
            let mut record = super::batch::record(&chain, &step, false, D::DIALECT);
            record.direction = Act::Repair.name();
            let timing = Timing::Measured(std::time::Instant::now());
            sql.push_str(&engine.tables.insert_log(&record, engine.by(), timing));
            sql.push_str(";\n");
        }
        // Each head under the id that it is recorded by: a squash's may be that of what it replaces.
        let rows: Vec<_> = (transaction.recorded.iter())
            .filter_map(|row| {
                let at = chain.index_of(&row.revision)?;
                Some((
                    row.revision.as_str(),
                    chain.get(at).fingerprint(D::DIALECT)?,
                ))
            })
            .collect();
        sql.push_str(&engine.tables.purge());
        sql.push_str(&engine.tables.update_heads(&[], &rows));
        let committed = transaction.commit(&sql).await;
        committed.map_err(|error| Error::database("record the repair", error))?;
        Ok((found, run.report))
    }
}

/// Applied revisions whose recorded fingerprint is another than the chain's.
fn stale(
    chain: &Chain<'_>,
    state: &State,
    log: &[crate::LogEntry],
    dialect: migrate_chain::Dialect,
) -> Vec<usize> {
    let last = Latest::of(log);
    let differs = |at: &usize| {
        let revision = chain.get(*at);
        let recorded = last.get(revision.id).and_then(|entry| entry.fingerprint);
        recorded.is_some() && recorded != revision.fingerprint(dialect)
    };
    state.applied.iter().filter(differs).collect()
}
