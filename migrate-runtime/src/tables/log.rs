//! The audit log: a row a step.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use migrate_chain::{Dialect, Fingerprint};

use super::Tables;
#[cfg(feature = "_sqlite")]
use crate::driver::Values;
use crate::times::{iso, milliseconds};

/// A row of the audit log that is about to be written.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) revision: &'a str,
    pub(crate) down_revision: String,
    pub(crate) depends_on: String,
    pub(crate) direction: &'a str,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) message: &'a str,
    pub(crate) breaking: Option<&'a str>,
    /// With its section properties; `None` where it can't be stored.
    pub(crate) downgrade: Option<(&'a str, String)>,
}

/// Who writes rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By<'a> {
    /// The release of the app.
    pub(crate) app_version: &'a str,
    /// What tells the rows of this run from others.
    pub(crate) run_id: &'a str,
}

/// How long a step took.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Timing {
    /// Measured here: from then until its row is written.
    Measured(Instant),
    /// Known to the server alone, since steps travel together: from the end of the step before, or
    /// the arrival of the message.
    Server,
    /// Known to the server alone, of a step that travels alone: from the arrival of the message.
    #[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
    ServerAlone,
    /// The server's time, worked out by [`Tables::compute_times`] for all rows at once, since looking for the
    /// row before took the server a third of the time of a small step. Only in the transaction that
    /// creates the table: a later role may have no right to change rows.
    #[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
    ComputedLast,
}

/// When a step began that ends now, and how long it took.
fn began(since: Instant) -> (SystemTime, Duration) {
    let took = since.elapsed();
    let began = SystemTime::now().checked_sub(took);
    (began.unwrap_or(SystemTime::UNIX_EPOCH), took)
}

const INSERT: &str = "INSERT INTO {log} (chain, app_version, run_id, applied_by, revision, down_revision, depends_on, \
     direction, fingerprint, message, breaking, downgrade, downgrade_properties, started_at, duration_ms) ";

impl<'a> Record<'a> {
    /// Its own cells, up to the times.
    fn cells(&self) -> [Option<Cow<'a, str>>; 9] {
        let (script, properties) = match &self.downgrade {
            Some((script, properties)) => (Some(*script), Some(properties.clone())),
            None => (None, None),
        };
        [
            Some(self.revision.into()),
            Some(self.down_revision.clone().into()),
            Some(self.depends_on.clone().into()),
            Some(self.direction.into()),
            Some(self.fingerprint.to_string().into()),
            Some(self.message.into()),
            self.breaking.map(Cow::Borrowed),
            script.map(Cow::Borrowed),
            properties.map(Cow::Owned),
        ]
    }

    /// SQLite: what is bound to [`Tables::insert_bound`].
    #[cfg(feature = "_sqlite")]
    pub(crate) fn bound(&self, since: Instant) -> Values<'a> {
        let (since, took) = began(since);
        let times = [iso(since), milliseconds(took).to_string()];
        let cells = self.cells().into_iter();
        cells.chain(times.map(|time| Some(time.into()))).collect()
    }
}

impl Tables {
    /// Appends a row to the audit log.
    pub(crate) fn insert_log(&self, record: &Record<'_>, by: By<'_>, timing: Timing) -> String {
        let (before, after) = match (self.dialect, timing) {
            (Dialect::Sqlite, Timing::Server | Timing::ServerAlone | Timing::ComputedLast) => (
                "VALUES (",
                "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 0.0)".to_owned(),
            ),
            // SQLite's clock is the program's.
            (Dialect::Sqlite, Timing::Measured(since)) => {
                let (since, took) = began(since);
                (
                    "VALUES (",
                    format!("'{}', {})", iso(since), milliseconds(took)),
                )
            }
            // Not SELECT: VALUES are planned in a third of the time.
            (_, Timing::Measured(since)) => (
                "VALUES (",
                format!(
                    "pg_catalog.statement_timestamp() {{-}} interval '{0} milliseconds', {0})",
                    milliseconds(since.elapsed())
                ),
            ),
            // For so long its end, and the arrival of the message as a negative number.
            (_, Timing::ComputedLast) => (
                "VALUES (",
                "pg_catalog.clock_timestamp(), \
                 {-} pg_catalog.date_part('epoch', pg_catalog.statement_timestamp()))"
                    .to_owned(),
            ),
            (_, Timing::ServerAlone) => (
                "VALUES (",
                "pg_catalog.statement_timestamp(), GREATEST(0, pg_catalog.date_part('epoch', \
                 pg_catalog.clock_timestamp() {-} pg_catalog.statement_timestamp()) {*} 1000))"
                    .to_owned(),
            ),
            (_, Timing::Server) => (
                "SELECT ",
                "since, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() {-} since) {*} 1000 \
                 FROM (SELECT LEAST(pg_catalog.clock_timestamp(), GREATEST(pg_catalog.statement_timestamp(), \
                 (SELECT started_at {+} (duration_ms {*} interval '1 millisecond') FROM {log} ORDER BY id DESC LIMIT 1))) AS since) AS clock"
                    .to_owned(),
            ),
        };
        let mut sql = self.begin_insert(before, by);
        let cells = record.cells();
        let cells: Vec<_> = cells.iter().map(Option::as_deref).collect();
        self.push(&mut sql, "?, ?, ?, ?, ?, ?, ?, ?, ?, ", &cells);
        self.push(&mut sql, &after, &[]);
        sql
    }

    /// SQLite: appends rows whose values are [bound](Record::bound).
    pub(crate) fn insert_bound(&self, by: By<'_>) -> String {
        let mut sql = self.begin_insert("VALUES (", by);
        sql.push_str("?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        sql
    }

    fn begin_insert(&self, values: &str, by: By<'_>) -> String {
        let mut sql = String::with_capacity(768);
        self.push(&mut sql, INSERT, &[]);
        sql.push_str(values);
        let by = [Some(by.app_version), Some(by.run_id)];
        self.push(&mut sql, "{chain}, ?, ?, ", &by);
        match self.dialect {
            Dialect::Sqlite => self.push(&mut sql, "?, ", &[Some(&user())]),
            _ => sql.push_str("session_user, "),
        }
        sql
    }

    /// PostgreSQL: turns the ends of [`Timing::ComputedLast`] into beginnings and durations.
    #[cfg(feature = "_postgres")]
    pub(crate) fn compute_times(&self) -> String {
        self.sql(
            "UPDATE {log} AS step SET started_at = since, \
             duration_ms = pg_catalog.date_part('epoch', step.started_at {-} since) {*} 1000 FROM (SELECT id, \
             LEAST(ended, GREATEST(pg_catalog.to_timestamp({-} duration_ms), pg_catalog.lag(ended) OVER (ORDER BY id))) AS since \
             FROM (SELECT id, duration_ms, started_at {+} (GREATEST(duration_ms, 0) {*} interval '1 millisecond') AS ended \
             FROM {log}) AS ends) AS clock WHERE clock.id {=} step.id AND step.duration_ms {<} 0;\n",
            &[],
        )
    }

    /// PostgreSQL: roles other than ours that can log in and may write the audit log, or may become
    /// one that does.
    #[cfg(feature = "_postgres")]
    pub(crate) fn select_other_writers(&self) -> String {
        let log = self.name("log");
        self.sql(
            "SELECT rolname FROM pg_catalog.pg_roles r WHERE rolcanlogin AND NOT rolsuper AND rolname {<>} current_user \
             AND rolname {<>} session_user AND EXISTS (SELECT FROM pg_catalog.pg_roles able WHERE NOT able.rolsuper \
             AND pg_catalog.pg_has_role(r.oid, able.oid, 'MEMBER') \
             AND (pg_catalog.has_any_column_privilege(able.oid, ?, 'INSERT') \
             OR pg_catalog.has_any_column_privilege(able.oid, ?, 'UPDATE'))) ORDER BY rolname LIMIT 5",
            &[Some(&log), Some(&log)],
        )
    }

    /// What happened last to each revision that the log names, the older first.
    pub(crate) fn select_last_acts(&self) -> String {
        self.sql(
            match self.dialect {
                // Beside `max` a column is of the same row.
                Dialect::Sqlite => {
                    "SELECT revision, direction FROM (SELECT revision, direction, max(id) AS id FROM {log} \
                     WHERE chain = {chain} GROUP BY revision) ORDER BY id"
                }
                _ => {
                    "SELECT revision, direction FROM (SELECT DISTINCT ON (revision) revision, direction, id FROM {log} \
                     WHERE chain {=} {chain} ORDER BY revision, id DESC) AS last ORDER BY id"
                }
            },
            &[],
        )
    }

    /// The audit log, oldest first.
    pub(crate) fn select_log(&self) -> String {
        let log = self.sql(
            match self.dialect {
                Dialect::Sqlite => {
                    "SELECT revision, down_revision, depends_on, direction, fingerprint, message, breaking, downgrade, \
                     downgrade_properties, app_version, applied_by, run_id, started_at, \
                     CAST(round(duration_ms * 1000) AS bigint) FROM {log} WHERE chain = {chain} ORDER BY id"
                }
                _ => {
                    "SELECT revision, down_revision, depends_on, direction, fingerprint, message, breaking, downgrade, \
                     downgrade_properties, app_version, applied_by, run_id, \
                     pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), \
                     CAST(pg_catalog.round(duration_ms {*} 1000) AS bigint) FROM {log} WHERE chain {=} {chain} ORDER BY id"
                }
            },
            &[],
        );
        self.guarded(log)
    }
}

/// Who runs the program; SQLite has no users of its own.
fn user() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    user.unwrap_or_default().trim_matches('\0').to_owned()
}
