use migrate_chain::Chain;

use super::database::Database;
use super::lock::Backoff;
use super::{Engine, Request};
use crate::driver::{Class, DbError, Row, Rows};
use crate::in_progress::StepInProgress;
use crate::log::{LastAct, LogEntry};
use crate::state::{Recorded, State};
use crate::tables::{PLANTED, RowKind, Tables};
use crate::{Error, ErrorKind, Result};

impl<D: Database> Engine<'_, '_, D> {
    /// Reads without the lock, waiting while the database is locked.
    pub(super) async fn read_patiently(&mut self, sql: &str) -> std::result::Result<Rows, DbError> {
        let mut wait = Backoff::of_read(self.migrator.settings.lock_wait);
        loop {
            match self.driver.rows_within(sql, wait.slice()).await {
                Err(error) if error.class == Class::Busy => {
                    if wait.is_over() {
                        let holder = self.holder(&wait).await;
                        return Err(wait.in_vain(&error, holder.as_deref()));
                    }
                    self.driver.wait_itself().await;
                    self.pause(&mut wait).await;
                }
                read => return read,
            }
        }
    }

    /// Reads from now on wait as `lock_wait` says, where somebody has said it, or watches.
    pub(super) async fn wait_as_said(&mut self) {
        let is_said = self.migrator.settings.has_lock_wait || self.migrator.observer.is_some();
        if is_said && !D::CANCELS {
            self.driver.wait_itself().await;
        }
    }

    /// What is recorded, for whoever believes it without the lock: a record that can't be seen is no
    /// empty database.
    pub(super) async fn visible_heads(&mut self) -> Result<Option<Vec<Recorded>>> {
        self.driver.wait_itself().await;
        let recorded = self.recorded().await?;
        match recorded {
            None => D::not_elsewhere(self).await?,
            Some(_) => D::nothing_planted(self).await?,
        }
        Ok(recorded)
    }

    /// The audit log, oldest first; empty where there is none.
    pub(super) async fn read_log(&mut self) -> Result<Vec<LogEntry>> {
        match self.read_patiently(&self.tables.select_log()).await {
            Ok(rows) => Ok(rows.iter().filter_map(LogEntry::of).collect()),
            Err(error) if error.class == Class::Missing => match self.outdated().await? {
                Some(outdated) => Err(outdated.with_source(error)),
                None => Ok(Vec::new()),
            },
            Err(error) => Err(self.not_read(error).await),
        }
    }

    /// What the log says of each revision.
    pub(super) async fn last_acts(&mut self) -> Result<Vec<LastAct>> {
        match self.read_patiently(&self.tables.select_last_acts()).await {
            Ok(rows) => Ok(acts(&rows, 0)),
            Err(error) => Err(match (error.class, self.outdated().await) {
                (Class::Missing, Ok(Some(outdated))) => outdated.with_source(error),
                _ => self.not_read(error).await,
            }),
        }
    }

    /// A guarded read of our tables failed.
    pub(super) async fn not_read(&mut self, error: DbError) -> Error {
        if error.code.as_deref() == Some(PLANTED)
            && let Err(planted) = D::nothing_planted(self).await
        {
            return planted;
        }
        failed(&self.tables, error)
    }

    /// The error that a database deserves whose tables have the names of a layout before the first
    /// release; asked for once a table of ours was not found.
    pub(super) async fn outdated(&mut self) -> Result<Option<Error>> {
        let rows = self.read_patiently(&self.tables.select_outdated()).await;
        let rows = rows.map_err(|error| failed(&self.tables, error))?;
        Ok(rows.cell().map(|found| {
            Error::new(
                ErrorKind::Database,
                format!(
                    "the record has the layout of before the first release: there is a table `{found}`"
                ),
            )
            .with_note("no release has written such tables, so none can read them")
            .with_help(format!(
                "drop `{table}` and what lies beside it (`_history`, `_pending`, `_setting`), and `stamp` \
                 the revision that the database is at",
                table = self.tables.shown()
            ))
        }))
    }

    /// The non-transactional step under way or interrupted, if any.
    pub(super) async fn read_in_progress(&mut self) -> Result<Option<StepInProgress>> {
        match self.read_patiently(&self.tables.select_in_progress()).await {
            Ok(rows) => Ok(rows.get(0).and_then(StepInProgress::of)),
            Err(error) => Err(match (error.class, self.outdated().await) {
                (Class::Missing, Ok(Some(outdated))) => outdated.with_source(error),
                _ => self.not_read(error).await,
            }),
        }
    }

    /// What is recorded, judged only where it is nothing.
    pub(crate) async fn current(mut self) -> Result<Vec<String>> {
        let recorded = self.sound_heads().await?.unwrap_or_default();
        Ok(recorded.into_iter().map(|row| row.revision).collect())
    }

    /// The non-transactional step under way or interrupted, for a person.
    pub(crate) async fn in_progress(mut self) -> Result<Option<StepInProgress>> {
        match self.visible_heads().await? {
            Some(_) => self.read_in_progress().await,
            None => Ok(None),
        }
    }

    /// What is recorded; an error if it is no heads, and the log doesn't say so. The log is read after the heads, so that a
    /// refusal counts only if nothing has moved meanwhile.
    async fn sound_heads(&mut self) -> Result<Option<Vec<Recorded>>> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        loop {
            let recorded = self.visible_heads().await?;
            let Some([]) = recorded.as_deref() else {
                return Ok(recorded);
            };
            let judged = self.state(&chain, &Request::Check, Some(&[]), None).await;
            match judged {
                Ok(_) => return Ok(recorded),
                Err(error) if self.recorded().await? == recorded => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// The audit log, for a person.
    pub(crate) async fn log(mut self) -> Result<Vec<LogEntry>> {
        match self.visible_heads().await? {
            Some(_) => self.read_log().await,
            None => Ok(Vec::new()),
        }
    }

    /// Every applied revision that is not as it was.
    pub(crate) async fn verify(mut self) -> Result<Vec<crate::Difference>> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let (recorded, log) = loop {
            let Some(recorded) = self.sound_heads().await? else {
                return Ok(Vec::new());
            };
            let log = self.read_log().await?;
            // Both of one moment: nothing was committed in between.
            if self.recorded().await?.as_ref() == Some(&recorded) {
                break (recorded, log);
            }
        };
        if !recorded.is_empty() {
            let state = State::of(&chain, D::DIALECT, &recorded, log.clone(), None);
            // What was edited is what is asked for.
            if let Ok(state) = state {
                crate::state::agree(&chain, &state, &LastAct::of_log(&log))?;
            }
        }
        let rows = crate::state::known(&chain, &recorded, &log)?;
        let applied = migrate_chain::Applied::of_rows(&chain, &rows);
        Ok(crate::verify::differences(
            &chain,
            D::DIALECT,
            &applied,
            &log,
        ))
    }

    /// The chain, newest first, with what the database has of it.
    pub(crate) async fn history(mut self) -> Result<Vec<crate::HistoryEntry>> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let mut recorded = self.visible_heads().await?;
        let state = self
            .first_state(&chain, &mut recorded, &Request::Check)
            .await?;
        Ok(entries(&chain, &state))
    }
}

fn entries(chain: &Chain<'_>, state: &crate::state::State) -> Vec<crate::HistoryEntry> {
    let entry = |at: usize| {
        let revision = chain.get(at);
        crate::HistoryEntry {
            revision: revision.id.to_owned(),
            down_revision: crate::state::ids(chain, chain.parents(at)),
            depends_on: crate::state::ids(chain, chain.dependencies(at)),
            message: revision.message.to_owned(),
            path: format!("{}/{}", chain.root, revision.path),
            applied: state.applied.contains(at),
            current: state.rows.contains(&at),
            head: chain.children(at).is_empty(),
            in_progress: (state.in_progress.clone())
                .filter(|step| chain.index_of(&step.revision) == Some(at)),
        }
    };
    (0..chain.len()).rev().map(entry).collect()
}

/// Reads the rows of `Tables::select_heads`; `None`: a table of that name in another schema answered.
pub(super) fn heads<D: Database>(
    tables: &Tables,
    rows: &mut dyn Iterator<Item = Row<'_>>,
) -> Result<Option<Vec<Recorded>>> {
    let mut recorded = Vec::new();
    for row in rows {
        match D::classify_row(tables, row) {
            RowKind::Head => {}
            RowKind::Other => continue,
            RowKind::InTransaction => return Err(in_transaction()),
            RowKind::Elsewhere | RowKind::Shadowed | RowKind::Hidden => return Ok(None),
        }
        if row.get(0).is_some() && row.get(1).is_some() {
            let (revision, fingerprint) = (row.text(0), row.text(1));
            recorded.push(Recorded {
                revision,
                fingerprint,
            });
        }
    }
    Ok(Some(recorded))
}

/// Reads the rows of `Tables::select_state`, after `skip` others; eight cells are a step in progress, and no head has as many.
pub(super) fn state<D: Database>(
    tables: &Tables,
    rows: &Rows,
    skip: usize,
) -> (Option<Vec<Recorded>>, Option<StepInProgress>) {
    let mut rows = rows.iter().skip(skip);
    let is_in_progress = |row: &Row<'_>| row.len() == 8;
    // On PostgreSQL a head has more cells than an act of the log.
    let is_head = |row: &Row<'_>| !is_in_progress(row);
    let recorded = heads::<D>(tables, &mut rows.clone().filter(is_head));
    let in_progress = rows.find(is_in_progress);
    (
        recorded.ok().flatten(),
        in_progress.and_then(StepInProgress::of),
    )
}

/// Reads the rows of `Tables::select_last_acts` among those of `Tables::select_state`, after `skip` others.
pub(super) fn acts(rows: &Rows, skip: usize) -> Vec<LastAct> {
    let rows = rows.iter().skip(skip).filter(|row| row.len() == 2);
    rows.filter_map(LastAct::of).collect()
}

/// Reads the cell of `Tables::select_presence`.
pub(super) fn is_present(row: Option<Row<'_>>) -> bool {
    row.and_then(|row| row.get(0)).is_some()
}

/// Our COMMIT would commit what the caller has begun.
pub(super) fn in_transaction() -> Error {
    Error::new(
        ErrorKind::InTransaction,
        "the connection is inside a transaction of the caller's",
    )
    .with_help("commit it or roll it back before the migrations run: they commit on their own")
}

/// A read of our tables failed.
pub(super) fn failed(tables: &Tables, error: DbError) -> Error {
    match error.class {
        Class::InFailedTransaction => in_transaction().with_source(error),
        Class::Privilege => {
            let error = Error::database("read what is recorded", error).with_help(format!(
                "the role needs USAGE on the schema, and SELECT on `{}` and the tables beside it",
                tables.shown()
            ));
            #[cfg(feature = "_postgres")]
            let error = error.with_help(format!(
                "whoever migrates can give it: `{}`",
                tables.grant_to_read()
            ));
            error
        }
        _ => Error::database("read what is recorded", error),
    }
}
