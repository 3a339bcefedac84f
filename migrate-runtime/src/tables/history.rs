//! The audit log: a row a step.

use std::time::{Duration, Instant, SystemTime};

use migrate_chain::{Dialect, Fingerprint};

use super::Tables;
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
    pub(crate) app_version: &'a str,
    pub(crate) run_id: &'a str,
}

/// How long a step took.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Timing {
    /// Measured here.
    Measured { since: SystemTime, took: Duration },
    /// Known to the server alone, since steps travel together: from the end of the step before, or
    /// the arrival of the message.
    Server,
    /// The same, worked out by [`Tables::settle_times`] for all rows at once, since looking for the
    /// row before took the server a third of the time of a small step. Only in the transaction that
    /// creates the table: a later role may have no right to change rows.
    Settled,
}

impl Timing {
    /// That of a step which began then and ends now.
    pub(crate) fn since(since: Instant) -> Timing {
        let took = since.elapsed();
        Timing::Measured {
            since: SystemTime::now()
                .checked_sub(took)
                .unwrap_or(SystemTime::UNIX_EPOCH),
            took,
        }
    }
}

const INSERT: &str = "INSERT INTO {history} (chain, revision, down_revision, depends_on, direction, fingerprint, message, \
     breaking, downgrade, downgrade_properties, app_version, run_id, applied_by, started_at, duration_ms)";

impl Tables {
    /// Appends a row to the audit log.
    pub(crate) fn insert_history(&self, record: &Record<'_>, timing: Timing) -> String {
        let row = self.history_row(record, timing);
        match (self.dialect, timing) {
            (Dialect::Postgres, Timing::Server) => {
                let mut sql = self.sql(INSERT, &[]);
                sql.push_str(" SELECT ");
                sql.push_str(&row);
                self.push(
                    &mut sql,
                    " FROM (SELECT LEAST(pg_catalog.clock_timestamp(), GREATEST(pg_catalog.statement_timestamp(), \
                     (SELECT started_at + duration_ms * interval '1 millisecond' FROM {history} ORDER BY id DESC LIMIT 1))) AS since) AS clock",
                    &[],
                );
                sql
            }
            _ => self.insert_rows(&[row]),
        }
    }

    /// Appends rows that are not timed by the server.
    pub(crate) fn insert_rows(&self, rows: &[String]) -> String {
        // Not SELECT: VALUES are planned in a third of the time.
        let mut sql = self.sql(INSERT, &[]);
        sql.push_str(" VALUES (");
        sql.push_str(&rows.join("), ("));
        sql.push(')');
        sql
    }

    /// The values of a row.
    pub(crate) fn history_row(&self, record: &Record<'_>, timing: Timing) -> String {
        let (script, properties) = match &record.downgrade {
            Some((script, properties)) => (Some(*script), Some(properties.as_str())),
            None => (None, None),
        };
        let fingerprint = record.fingerprint.to_string();
        let mut sql = String::with_capacity(512);
        self.push(
            &mut sql,
            "{chain}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ",
            &[
                Some(record.revision),
                Some(&record.down_revision),
                Some(&record.depends_on),
                Some(record.direction),
                Some(&fingerprint),
                Some(record.message),
                record.breaking,
                script,
                properties,
                Some(record.app_version),
                Some(record.run_id),
            ],
        );
        match self.dialect {
            Dialect::Sqlite => self.push(&mut sql, "?, ", &[Some(&user())]),
            _ => sql.push_str("session_user, "),
        }
        sql.push_str(&match (self.dialect, timing) {
            (Dialect::Sqlite, Timing::Server | Timing::Settled) => {
                "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 0.0".to_owned()
            }
            // SQLite's clock is the program's.
            (Dialect::Sqlite, Timing::Measured { since, took }) => {
                format!("'{}', {}", iso(since), milliseconds(took))
            }
            (_, Timing::Measured { took, .. }) => format!(
                "pg_catalog.statement_timestamp() - interval '{0} milliseconds', {0}",
                milliseconds(took)
            ),
            // For so long its end, and the arrival of the message as a negative number.
            (_, Timing::Settled) => "pg_catalog.clock_timestamp(), \
                 -pg_catalog.date_part('epoch', pg_catalog.statement_timestamp())"
                .to_owned(),
            (_, Timing::Server) => {
                "since, extract(epoch FROM pg_catalog.clock_timestamp() - since) * 1000".to_owned()
            }
        });
        sql
    }

    /// PostgreSQL: turns the ends of [`Timing::Settled`] into beginnings and durations.
    pub(crate) fn settle_times(&self) -> String {
        self.sql(
            "UPDATE {history} AS step SET started_at = since, \
             duration_ms = pg_catalog.date_part('epoch', step.started_at - since) * 1000 FROM (SELECT id, \
             LEAST(ended, GREATEST(pg_catalog.to_timestamp(-duration_ms), pg_catalog.lag(ended) OVER (ORDER BY id))) AS since \
             FROM (SELECT id, duration_ms, started_at + GREATEST(duration_ms, 0) * interval '1 millisecond' AS ended \
             FROM {history}) AS ends) AS clock WHERE clock.id = step.id AND step.duration_ms < 0;\n",
            &[],
        )
    }

    /// 1 if a run has recorded a revision: what is true after the answer to COMMIT was lost.
    pub(crate) fn select_run(&self, run_id: &str, revision: &str) -> String {
        self.sql(
            "SELECT max(1) FROM {history} WHERE chain = {chain} AND run_id = ? AND revision = ?",
            &[Some(run_id), Some(revision)],
        )
    }

    /// PostgreSQL: roles other than ours that can log in and may write the audit log, or may become
    /// one that does.
    pub(crate) fn select_other_writers(&self) -> String {
        let history = self.name("history");
        self.sql(
            "SELECT rolname FROM pg_catalog.pg_roles r WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user \
             AND rolname <> session_user AND EXISTS (SELECT FROM pg_catalog.pg_roles able WHERE NOT able.rolsuper \
             AND pg_catalog.pg_has_role(r.oid, able.oid, 'MEMBER') \
             AND (pg_catalog.has_any_column_privilege(able.oid, ?, 'INSERT') \
             OR pg_catalog.has_any_column_privilege(able.oid, ?, 'UPDATE'))) ORDER BY rolname LIMIT 5",
            &[Some(&history), Some(&history)],
        )
    }

    /// The audit log, oldest first.
    pub(crate) fn select_history(&self) -> String {
        self.sql(
            match self.dialect {
                Dialect::Sqlite => {
                    "SELECT revision, down_revision, depends_on, direction, fingerprint, message, breaking, downgrade, \
                     downgrade_properties, app_version, applied_by, run_id, started_at, \
                     CAST(round(duration_ms * 1000) AS bigint) FROM {history} WHERE chain = {chain} ORDER BY id"
                }
                _ => {
                    "SELECT revision, down_revision, depends_on, direction, fingerprint, message, breaking, downgrade, \
                     downgrade_properties, app_version, applied_by, run_id, \
                     pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), \
                     CAST(round(duration_ms * 1000) AS bigint) FROM {history} WHERE chain = {chain} ORDER BY id"
                }
            },
            &[],
        )
    }
}

/// Who runs the program; SQLite has no users of its own.
fn user() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    user.unwrap_or_default().trim_matches('\0').to_owned()
}
