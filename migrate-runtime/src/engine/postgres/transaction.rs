use crate::driver::{DbError, Driver, Row, Rows};
use crate::engine::Engine;
use crate::engine::database::{Database, Failure, Piece};
use crate::engine::lock::LockReply;
use crate::engine::nontransactional::lock::Outside;
use crate::engine::postgres::Postgres;
use crate::engine::postgres::message::{self, ROLLBACK_AND_READ};
use crate::engine::postgres::session::Session;
use crate::engine::recorded_state;
use crate::engine::run::Run;
use crate::engine::transaction::Transaction;
use crate::tables::{Tables, Told};
use crate::{Error, ErrorKind, Lock, Result};
use migrate_chain::sql::identifier;

impl<C: Driver> Database for Postgres<'_, C> {
    type Driver = C;

    const ROUND_TRIPS: bool = true;

    fn connection(&mut self) -> &mut C {
        self.0
    }

    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure> {
        for message in message::compose(pieces) {
            let Err(error) = self.0.execute(&message.text).await else {
                continue;
            };
            let answer = self.0.end(ROLLBACK_AND_READ).await.ok();
            let answer: Option<Vec<String>> =
                answer.map(|rows| rows.texts().map(str::to_owned).collect());
            let failure = message::failure(&message, error, answer.as_deref());
            if let Some([_, markers @ ..]) = answer.as_deref()
                && !markers.is_empty()
            {
                let left = message::remove(markers.iter().map(String::as_str));
                let _ = self.0.execute(&left).await;
            }
            return Err(failure);
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.0.end("ROLLBACK").await.map(drop)
    }

    fn rollback_now(&mut self) {
        self.0.send_now("ROLLBACK");
    }

    fn in_transaction(&self) -> Option<bool> {
        self.0.in_transaction()
    }

    async fn heads(engine: &mut Engine<'_, '_, Self>) -> Result<Rows, DbError> {
        let rows = engine.read_patiently(&engine.tables.select_heads()).await?;
        if !rows.is_empty() {
            return Ok(rows);
        }
        let select = engine.tables.select_heads_or_none(false);
        engine.read_patiently(&select).await
    }

    fn told(tables: &Tables, row: Row<'_>) -> Told {
        tables.told(row)
    }

    async fn prepare(engine: &mut Engine<'_, '_, Self>, present: &mut bool) -> Result<()> {
        match engine.migrator.settings.lock {
            Lock::Table => engine.lay_lock_row(present).await,
            _ => Ok(()),
        }
    }

    /// One message: BEGIN, our limits, the lock, and with it held what is recorded.
    async fn begin(
        transaction: &mut Transaction<'_, '_, '_, Self>,
        present: bool,
        check_interval: bool,
    ) -> Result<Option<LockReply>, DbError> {
        let engine = &mut *transaction.engine;
        let settings = &engine.migrator.settings;
        let mut sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n".to_owned();
        for (name, timeout) in [
            ("lock_timeout", settings.lock_timeout),
            ("statement_timeout", settings.statement_timeout),
        ] {
            if let Some(timeout) = timeout {
                sql.push_str(&format!(
                    "SET LOCAL {name} = {};\n",
                    timeout.as_millis().max(1)
                ));
            }
        }
        let (lock, from) = engine.tables.try_lock(settings.lock);
        // From 14 on the server notices a dead client and frees its lock within a second.
        let interval = if check_interval {
            "CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 140000 \
             THEN pg_catalog.set_config('client_connection_check_interval', '1000', true) END"
        } else {
            "NULL"
        };
        // A role's own limit must not end the transaction while code of the app's runs in it.
        sql.push_str(&format!(
            "SELECT {lock}, {}, \
             pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true), {interval}{from};\n",
            Session::CELLS
        ));
        if present {
            // A statement of its own, so that its snapshot is taken with the lock held.
            sql.push_str(&engine.tables.select_state());
        } else {
            // It may have come since.
            sql.push_str(&engine.tables.select_presence());
            sql.push_str(";\n");
            if !engine.tables.schema_is_known() {
                sql.push_str(&engine.tables.select_hidden());
            }
        }
        transaction.is_open = true;
        let rows = engine.driver.0.begin(&sql).await?;
        // Without a schema there is no key, and no lock: that is told by `hold`.
        if rows.cell() == Some("f") {
            return Ok(None);
        }
        let mut answer = LockReply {
            session: rows
                .get(0)
                .map_or_else(Session::default, |row| Session::of(row, 1)),
            ..LockReply::default()
        };
        if present {
            (answer.recorded, answer.in_progress) =
                recorded_state::state::<Self>(&engine.tables, &rows, 1);
        } else if recorded_state::is_present(rows.get(1)) {
            // By its whole name: a temporary table may stand before it.
            let tables = match &answer.session.schema {
                Some(schema) if !engine.tables.schema_is_known() => engine.tables.in_schema(schema),
                _ => engine.tables.clone(),
            };
            let rows = engine.driver.rows(&tables.select_state()).await?;
            (answer.recorded, answer.in_progress) =
                recorded_state::state::<Self>(&tables, &rows, 0);
        } else {
            let hidden = rows.get(2).and_then(|row| row.get(0));
            answer.hidden_in = hidden.map(str::to_owned);
        }
        Ok(Some(answer))
    }

    fn accept(engine: &mut Engine<'_, '_, Self>, answer: &LockReply) -> Result<()> {
        match &answer.hidden_in {
            Some(schema) => Err(hidden(schema)),
            None => engine.adopt_session(&answer.session),
        }
    }

    /// In one message, so that a transaction which has failed unnoticed answers with an error: a bare
    /// COMMIT of it would answer ROLLBACK and no error.
    async fn commit(engine: &mut Engine<'_, '_, Self>, sql: &str) -> Result<(), DbError> {
        let committed = engine.driver.0.end(&format!("{sql}COMMIT")).await;
        committed.map(drop)
    }

    async fn was_committed(
        engine: &mut Engine<'_, '_, Self>,
        revision: &str,
    ) -> Option<Result<bool>> {
        engine.was_committed(revision).await
    }

    async fn hold_outside(
        outside: &mut Outside<'_, '_, '_, Self>,
        run: &mut Run<'_>,
    ) -> Result<()> {
        outside.hold(run).await
    }

    async fn holder(engine: &mut Engine<'_, '_, Self>) -> Option<String> {
        let key = engine.tables.lock_key();
        let sql = format!(
            "SELECT pg_catalog.concat_ws(' ', 'process', a.pid, 'of ' || a.usename, 'from ' || a.client_addr, '(' || NULLIF(a.application_name, '') || ')') \
             FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
             AND (l.classid::bigint << 32 | l.objid::bigint) = {key} LIMIT 1"
        );
        // Only a name for a message: without it the wait goes on all the same.
        let rows = engine.driver.rows(&sql).await.ok()?;
        rows.cell().map(str::to_owned)
    }

    async fn nothing_hidden(engine: &mut Engine<'_, '_, Self>) -> Result<()> {
        if engine.tables.schema_is_known() {
            return Ok(());
        }
        let rows = engine.driver.rows(&engine.tables.select_hidden()).await;
        let rows = rows.map_err(|error| recorded_state::failed(&engine.tables, error))?;
        match rows.cell() {
            Some(schema) => Err(hidden(schema)),
            None => Ok(()),
        }
    }
}

/// To take that for an empty database would run everything again.
fn hidden(schema: &str) -> Error {
    Error::new(
        ErrorKind::Privilege,
        format!(
            "the schema `{schema}` of the search_path keeps a record that this role may not read"
        ),
    )
    .with_help(format!(
        "`GRANT USAGE ON SCHEMA {}`, and SELECT on its tables; or take it off the search_path",
        identifier(schema)
    ))
}

impl<D: Database> Engine<'_, '_, D> {
    /// Keeps who works, and the schema that the database named as its current one.
    pub(crate) fn adopt_session(&mut self, session: &Session) -> Result<()> {
        self.tables.work_as(session.acts_as());
        if self.tables.schema_is_known() {
            return Ok(());
        }
        let Some(schema) = session.schema.as_deref() else {
            return Err(Error::new(
                ErrorKind::Database,
                "there is no schema to keep the record in: the search_path names none that exists",
            )
            .with_help("create one, or name it with `.schema(\"app\")`"));
        };
        self.tables = self.tables.in_schema(schema);
        Ok(())
    }
}
