//! The tables in which a database remembers what was applied, and every statement about them.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use migrate_chain::{Dialect, Fingerprint};

use crate::Lock;
use crate::times::{iso, milliseconds};

use crate::pending::Pending;
use crate::quote::{identifier, literal, optional, push_identifier, push_literal};

/// What the tables' names start with unless the app says otherwise.
pub(crate) const DEFAULT_PREFIX: &str = "migrate";

/// The version of the tables' layout.
const LAYOUT: &str = "1";

/// PostgreSQL: two cells that differ when the statement is part of a transaction that the caller
/// began.
const BEGAN: &str = "current_timestamp, pg_catalog.statement_timestamp()";

/// The tables of one chain in one database.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    dialect: Dialect,
    chain: String,
    prefix: Cow<'static, str>,
    /// `None` on PostgreSQL: `current_schema()`, until the lock's answer tells what that is.
    schema: Option<Cow<'static, str>>,
    /// PostgreSQL: the role that works, once it is known.
    role: Option<String>,
}

/// What a row says beside a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is one of the chain's own.
    Head,
    /// It is another chain's, or none.
    Other,
    /// The caller has begun a transaction.
    InTransaction,
    /// A table of that name in another schema answered.
    Elsewhere,
}

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

impl Tables {
    pub(crate) fn new(
        dialect: Dialect,
        chain: &str,
        prefix: Cow<'static, str>,
        schema: Option<&str>,
    ) -> Tables {
        let schema = match (dialect, schema) {
            // An attached or temporary table must not answer.
            (Dialect::Sqlite, _) => Some(Cow::Borrowed("main")),
            (_, schema) => schema.map(|schema| Cow::Owned(schema.to_owned())),
        };
        Tables {
            dialect,
            chain: chain.to_owned(),
            prefix,
            schema,
            role: None,
        }
    }

    /// The same, in the schema that the database named.
    pub(crate) fn in_schema(&self, schema: &str) -> Tables {
        Tables {
            schema: Some(Cow::Owned(schema.to_owned())),
            ..self.clone()
        }
    }

    /// Keeps who works here, for [`Tables::grant`].
    pub(crate) fn work_as(&mut self, role: &str) {
        self.role = Some(role.to_owned());
    }

    /// PostgreSQL: the statement that lets the role that works here create our tables.
    pub(crate) fn grant(&self) -> Option<String> {
        let (schema, role) = (self.schema.as_deref()?, self.role.as_deref()?);
        Some(format!(
            "GRANT CREATE, USAGE ON SCHEMA {} TO {}",
            identifier(schema),
            identifier(role)
        ))
    }

    pub(crate) fn schema_is_known(&self) -> bool {
        self.schema.is_some()
    }

    /// The name of the table of recorded revisions, as a person would look for it.
    pub(crate) fn shown(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}_revision", self.prefix),
            None => format!("{}_revision", self.prefix),
        }
    }

    fn name(&self, table: &str) -> String {
        let mut name = String::with_capacity(64);
        self.push_name(&mut name, table);
        name
    }

    fn push_name(&self, sql: &mut String, table: &str) {
        if let Some(schema) = &self.schema {
            push_identifier(sql, &[schema]);
            sql.push('.');
        }
        push_identifier(sql, &[&self.prefix, "_", table]);
    }

    fn text(&self, value: &str) -> String {
        literal(self.dialect, value)
    }

    fn of_chain(&self) -> String {
        let mut sql = String::new();
        self.push_of_chain(&mut sql);
        sql
    }

    fn push_of_chain(&self, sql: &mut String) {
        sql.push_str("chain = ");
        push_literal(sql, self.dialect, &self.chain);
    }

    /// One statement that answers "what is recorded": a row a head, with its fingerprint. PostgreSQL
    /// adds what [`Tables::told`] looks at.
    ///
    /// A start that is up to date sends nothing else, so it spares the server what costs most: a
    /// condition takes longer to plan than a few rows of other chains take to read, and comparing
    /// here what can be compared here saves a new connection the lookup of operators.
    pub(crate) fn select_heads(&self) -> String {
        let mut sql = String::with_capacity(320);
        sql.push_str("SELECT revision, fingerprint");
        if self.dialect == Dialect::Postgres {
            self.push_told(&mut sql, BEGAN);
        }
        sql.push_str(" FROM ");
        self.push_name(&mut sql, "revision");
        if self.dialect == Dialect::Sqlite {
            sql.push_str(" WHERE ");
            self.push_of_chain(&mut sql);
        }
        sql
    }

    /// The same with at least one row on PostgreSQL, because a table without one would tell nothing
    /// about itself; it takes the server twice as long. A transaction may be `in_ours`.
    pub(crate) fn select_heads_or_none(&self, in_ours: bool) -> String {
        if self.dialect == Dialect::Sqlite {
            return self.select_heads();
        }
        let mut sql = "SELECT revision, fingerprint".to_owned();
        self.push_told(&mut sql, if in_ours { "NULL, NULL" } else { BEGAN });
        sql.push_str(" FROM (SELECT 1) AS one LEFT JOIN ");
        self.push_name(&mut sql, "revision");
        sql.push_str(" ON ");
        self.push_of_chain(&mut sql);
        sql
    }

    /// The cells that say whose a row is, whether the caller has begun a transaction, and where the
    /// table was found.
    fn push_told(&self, sql: &mut String, began: &str) {
        sql.push_str(", chain, ");
        sql.push_str(began);
        if self.schema.is_none() {
            // Without a schema the server looks the name up, and may find one further down the path.
            // That of the current schema is named in full here; the answer bears no schema only if
            // it is what the bare name means.
            sql.push_str(", pg_catalog.to_regclass(pg_catalog.format(");
            let mut whole = String::with_capacity(64);
            whole.push_str("%I.");
            push_identifier(&mut whole, &[&self.prefix.replace('%', "%%"), "_revision"]);
            push_literal(sql, self.dialect, &whole);
            sql.push_str(", current_schema))");
        }
    }

    /// What the cells of [`Tables::select_heads`] tell that come after the head itself.
    pub(crate) fn told(&self, mut cells: impl Iterator<Item = Option<String>>) -> Told {
        // SQLite has none.
        let Some(chain) = cells.next() else {
            return Told::Head;
        };
        if cells.next() != cells.next() {
            return Told::InTransaction;
        }
        if let Some(found) = cells.next() {
            let found = found.unwrap_or_default();
            let is_bare = found.strip_prefix(&*self.prefix) == Some("_revision");
            if !is_bare && found != self.name("revision") {
                return Told::Elsewhere;
            }
        }
        match chain {
            Some(chain) if chain == self.chain => Told::Head,
            _ => Told::Other,
        }
    }

    /// What a transaction of ours reads first: the heads, and the step under way.
    pub(crate) fn select_state(&self) -> String {
        format!(
            "{};\n{}",
            self.select_heads_or_none(true),
            self.select_pending()
        )
    }

    /// Whether the table of recorded revisions is there, in one cell that is 1 or NULL.
    pub(crate) fn select_presence(&self) -> String {
        let table = self.text(&format!("{}_revision", self.prefix));
        match self.dialect {
            Dialect::Sqlite => {
                format!(
                    "SELECT max(1) FROM main.sqlite_master WHERE type = 'table' AND name = {table}"
                )
            }
            // A query of the catalog and not a name lookup, whose cache may be behind the lock.
            _ => format!(
                "SELECT max(1) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relname = {table} AND n.nspname = {}",
                self.schema_expression()
            ),
        }
    }

    fn schema_expression(&self) -> String {
        match &self.schema {
            Some(schema) => self.text(schema),
            None => "pg_catalog.current_schema()".to_owned(),
        }
    }

    /// PostgreSQL's key of the lock: the first 8 bytes of SHA-256 over the length-prefixed names of
    /// schema and table. Chains that share a table share the lock.
    pub(crate) fn lock_key(&self) -> String {
        let part = |expression: &str| {
            let bytes = format!("pg_catalog.convert_to({expression}, 'UTF8')");
            format!("pg_catalog.int8send(pg_catalog.octet_length({bytes})) || {bytes}")
        };
        let schema = part(&format!("{}::text", self.schema_expression()));
        let table = part(&format!(
            "{}::text",
            self.text(&format!("{}_revision", self.prefix))
        ));
        format!(
            "('x' || pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256({schema} || {table}), 'hex'), 1, 16))::bit(64)::bigint"
        )
    }

    /// PostgreSQL: what is selected to take the lock for a transaction, and from where. The first
    /// cell is true where it is held; a row that another holds is an error, and none of ours.
    pub(crate) fn try_lock(&self, lock: Lock) -> (String, String) {
        match lock {
            Lock::None => ("true".to_owned(), String::new()),
            Lock::Auto | Lock::Advisory => {
                let key = self.lock_key();
                (
                    format!("pg_catalog.pg_try_advisory_xact_lock({key})"),
                    String::new(),
                )
            }
            Lock::Table => {
                let setting = self.name("setting");
                let from =
                    format!(" FROM {setting} WHERE chain = '' AND key = 'lock' FOR UPDATE NOWAIT");
                ("true".to_owned(), from)
            }
        }
    }

    /// The row that [`Lock::Table`] locks, of no chain: those that share the tables share the lock.
    pub(crate) fn insert_lock_row(&self) -> String {
        format!(
            "INSERT INTO {} (chain, key, value) VALUES ('', 'lock', '') ON CONFLICT DO NOTHING",
            self.name("setting")
        )
    }

    /// Creates what is missing.
    pub(crate) fn create(&self) -> String {
        let (id, time, real, rowid) = match self.dialect {
            Dialect::Sqlite => ("INTEGER PRIMARY KEY", "TEXT", "REAL", " WITHOUT ROWID"),
            _ => (
                "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                "timestamptz",
                "double precision",
                "",
            ),
        };
        let revision = self.name("revision");
        let history = self.name("history");
        let pending = self.name("pending");
        let setting = self.name("setting");
        let chain = self.text(&self.chain);
        format!(
            "CREATE TABLE IF NOT EXISTS {revision} (chain TEXT NOT NULL, revision TEXT NOT NULL, fingerprint TEXT NOT NULL, \
             PRIMARY KEY (chain, revision)){rowid};\n\
             CREATE TABLE IF NOT EXISTS {history} (id {id}, chain TEXT NOT NULL, revision TEXT NOT NULL, \
             down_revision TEXT NOT NULL, depends_on TEXT NOT NULL, direction TEXT NOT NULL, fingerprint TEXT NOT NULL, \
             message TEXT NOT NULL, breaking TEXT, downgrade TEXT, downgrade_properties TEXT, app_version TEXT NOT NULL, \
             applied_by TEXT NOT NULL, run_id TEXT NOT NULL, started_at {time} NOT NULL, duration_ms {real} NOT NULL);\n\
             CREATE TABLE IF NOT EXISTS {pending} (chain TEXT NOT NULL, revision TEXT NOT NULL, direction TEXT NOT NULL, \
             content_hash TEXT NOT NULL, started INTEGER NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL, \
             run_id TEXT NOT NULL, PRIMARY KEY (chain)){rowid};\n\
             CREATE TABLE IF NOT EXISTS {setting} (chain TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, \
             PRIMARY KEY (chain, key)){rowid};\n\
             INSERT INTO {setting} (chain, key, value) VALUES ({chain}, 'layout', '{LAYOUT}') ON CONFLICT DO NOTHING;"
        )
    }

    /// What the chain remembers under a key, in one cell.
    pub(crate) fn select_setting(&self, key: &str) -> String {
        format!(
            "SELECT value FROM {} WHERE {} AND key = {}",
            self.name("setting"),
            self.of_chain(),
            self.text(key)
        )
    }

    /// Remembers a value under a key.
    pub(crate) fn upsert_setting(&self, key: &str, value: &str) -> String {
        format!(
            "INSERT INTO {} (chain, key, value) VALUES ({}, {}, {}) ON CONFLICT (chain, key) DO UPDATE SET value = excluded.value",
            self.name("setting"),
            self.text(&self.chain),
            self.text(key),
            self.text(value)
        )
    }

    /// What is recorded, in one cell: the heads' fingerprints in order, joined by commas.
    pub(crate) fn select_joined(&self) -> String {
        let (table, chain) = (self.name("revision"), self.of_chain());
        match self.dialect {
            Dialect::Sqlite => format!(
                "SELECT coalesce(group_concat(fingerprint), '') FROM \
                 (SELECT fingerprint FROM {table} WHERE {chain} ORDER BY fingerprint)"
            ),
            _ => format!(
                "SELECT coalesce(pg_catalog.string_agg(fingerprint, ',' ORDER BY fingerprint COLLATE \"C\"), '') \
                 FROM {table} WHERE {chain}"
            ),
        }
    }

    /// Appends a row to the audit log.
    pub(crate) fn insert_history(&self, record: &Record<'_>, timing: Timing) -> String {
        let row = self.history_row(record, timing);
        match (self.dialect, timing) {
            (Dialect::Postgres, Timing::Server) => format!(
                "{} SELECT {row} FROM (SELECT LEAST(pg_catalog.clock_timestamp(), GREATEST(pg_catalog.statement_timestamp(), \
                 (SELECT started_at + duration_ms * interval '1 millisecond' FROM {} ORDER BY id DESC LIMIT 1))) AS since) AS clock",
                self.insert_into_history(),
                self.name("history")
            ),
            _ => self.insert_rows(&[row]),
        }
    }

    /// Appends rows that are not timed by the server.
    pub(crate) fn insert_rows(&self, rows: &[String]) -> String {
        // Not SELECT: VALUES are planned in a third of the time.
        format!(
            "{} VALUES ({})",
            self.insert_into_history(),
            rows.join("), (")
        )
    }

    fn insert_into_history(&self) -> String {
        format!(
            "INSERT INTO {} (chain, revision, down_revision, depends_on, direction, fingerprint, message, breaking, \
             downgrade, downgrade_properties, app_version, applied_by, run_id, started_at, duration_ms)",
            self.name("history")
        )
    }

    /// The values of a row.
    pub(crate) fn history_row(&self, record: &Record<'_>, timing: Timing) -> String {
        let Record {
            revision,
            down_revision,
            depends_on,
            direction,
            fingerprint,
            message,
            breaking,
            downgrade,
            app_version,
            run_id,
        } = record;
        let (script, properties) = match downgrade {
            Some((script, properties)) => (Some(*script), Some(properties.as_str())),
            None => (None, None),
        };
        let time = match (self.dialect, timing) {
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
        };
        [
            self.text(&self.chain),
            self.text(revision),
            self.text(down_revision),
            self.text(depends_on),
            self.text(direction),
            self.text(&fingerprint.to_string()),
            self.text(message),
            optional(self.dialect, *breaking),
            optional(self.dialect, script),
            optional(self.dialect, properties),
            self.text(app_version),
            self.applied_by(),
            self.text(run_id),
            time,
        ]
        .join(", ")
    }

    /// PostgreSQL: turns the ends of [`Timing::Settled`] into beginnings and durations.
    pub(crate) fn settle_times(&self) -> String {
        let history = self.name("history");
        format!(
            "UPDATE {history} AS step SET started_at = since, \
             duration_ms = pg_catalog.date_part('epoch', step.started_at - since) * 1000 FROM (SELECT id, \
             LEAST(ended, GREATEST(pg_catalog.to_timestamp(-duration_ms), pg_catalog.lag(ended) OVER (ORDER BY id))) AS since \
             FROM (SELECT id, duration_ms, started_at + GREATEST(duration_ms, 0) * interval '1 millisecond' AS ended \
             FROM {history}) AS ends) AS clock WHERE clock.id = step.id AND step.duration_ms < 0;\n"
        )
    }

    fn applied_by(&self) -> String {
        match self.dialect {
            Dialect::Sqlite => {
                let user = ["USER", "LOGNAME", "USERNAME"]
                    .into_iter()
                    .find_map(|name| std::env::var(name).ok());
                self.text(user.as_deref().unwrap_or("").trim_matches('\0'))
            }
            _ => "session_user".to_owned(),
        }
    }

    /// Replaces recorded heads.
    pub(crate) fn update_heads(&self, gone: &[&str], come: &[(&str, Fingerprint)]) -> String {
        let table = self.name("revision");
        let mut sql = String::new();
        if !gone.is_empty() {
            let list: Vec<String> = gone.iter().map(|id| self.text(id)).collect();
            let chain = self.of_chain();
            sql.push_str(&format!(
                "DELETE FROM {table} WHERE {chain} AND revision IN ({});\n",
                list.join(", ")
            ));
        }
        if !come.is_empty() {
            let rows = come.iter().map(|(id, fingerprint)| {
                format!(
                    "({}, {}, '{fingerprint}')",
                    self.text(&self.chain),
                    self.text(id)
                )
            });
            let rows: Vec<String> = rows.collect();
            sql.push_str(&format!(
                "INSERT INTO {table} (chain, revision, fingerprint) VALUES {};\n",
                rows.join(", ")
            ));
        }
        sql
    }

    /// The non-transactional step under way, if any: revision, direction, hash, started, done, total,
    /// run.
    pub(crate) fn select_pending(&self) -> String {
        format!(
            "SELECT revision, direction, content_hash, started, done, total, run_id FROM {} WHERE {}",
            self.name("pending"),
            self.of_chain()
        )
    }

    /// Records that a non-transactional step begins, and blanks the heads' fingerprints, so that the
    /// one-row check can't pass until it is through.
    pub(crate) fn insert_pending(&self, pending: &Pending) -> String {
        let Pending {
            revision,
            direction,
            content_hash,
            started,
            done,
            total,
            run_id,
        } = pending;
        format!(
            "INSERT INTO {} (chain, revision, direction, content_hash, started, done, total, run_id) \
             VALUES ({}, {}, {}, {}, {started}, {done}, {total}, {});\n\
             UPDATE {} SET fingerprint = '' WHERE {}",
            self.name("pending"),
            self.text(&self.chain),
            self.text(revision),
            self.text(direction.name()),
            self.text(content_hash),
            self.text(run_id),
            self.name("revision"),
            self.of_chain(),
        )
    }

    /// Records how far it is.
    pub(crate) fn advance_pending(&self, started: usize, done: usize) -> String {
        format!(
            "UPDATE {} SET started = {started}, done = {done} WHERE {}",
            self.name("pending"),
            self.of_chain()
        )
    }

    /// Ends it.
    pub(crate) fn delete_pending(&self) -> String {
        format!(
            "DELETE FROM {} WHERE {};\n",
            self.name("pending"),
            self.of_chain()
        )
    }

    /// Forgets every recorded head, known or not.
    pub(crate) fn purge(&self) -> String {
        format!(
            "DELETE FROM {} WHERE {};\n",
            self.name("revision"),
            self.of_chain()
        )
    }

    /// 1 if a run has recorded a revision: what is true after the answer to COMMIT was lost.
    pub(crate) fn select_run(&self, run_id: &str, revision: &str) -> String {
        format!(
            "SELECT max(1) FROM {} WHERE {} AND run_id = {} AND revision = {}",
            self.name("history"),
            self.of_chain(),
            self.text(run_id),
            self.text(revision)
        )
    }

    /// Writes nothing, which fails where nothing can be written.
    pub(crate) fn delete_nothing(&self) -> String {
        format!("DELETE FROM {} WHERE false", self.name("revision"))
    }

    /// PostgreSQL: schemas of the search_path that the role may not use and that have a table of
    /// that name, which the server skips without a word.
    pub(crate) fn select_hidden(&self) -> String {
        let table = self.text(&format!("{}_revision", self.prefix));
        format!(
            "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, \
             pg_catalog.string_to_array(pg_catalog.translate(pg_catalog.current_setting('search_path'), '\" ', ''), ',') AS path \
             WHERE c.relname = {table} AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
             AND (n.nspname = ANY (path) OR ('$user' = ANY (path) AND n.nspname = current_user)) LIMIT 1"
        )
    }

    /// PostgreSQL: roles other than ours that can log in and may write the audit log, or may become
    /// one that does.
    pub(crate) fn select_other_writers(&self) -> String {
        let history = self.text(&self.name("history"));
        format!(
            "SELECT rolname FROM pg_catalog.pg_roles r WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user \
             AND rolname <> session_user AND EXISTS (SELECT FROM pg_catalog.pg_roles able WHERE NOT able.rolsuper \
             AND pg_catalog.pg_has_role(r.oid, able.oid, 'MEMBER') \
             AND (pg_catalog.has_any_column_privilege(able.oid, {history}, 'INSERT') \
             OR pg_catalog.has_any_column_privilege(able.oid, {history}, 'UPDATE'))) ORDER BY rolname LIMIT 5"
        )
    }

    /// The audit log, oldest first.
    pub(crate) fn select_history(&self) -> String {
        let time = match self.dialect {
            Dialect::Sqlite => "started_at",
            _ => {
                "pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
            }
        };
        format!(
            "SELECT revision, down_revision, depends_on, direction, fingerprint, message, breaking, downgrade, \
             downgrade_properties, app_version, applied_by, run_id, {time}, \
             CAST(round(duration_ms * 1000) AS bigint) FROM {} WHERE {} ORDER BY id",
            self.name("history"),
            self.of_chain()
        )
    }
}
