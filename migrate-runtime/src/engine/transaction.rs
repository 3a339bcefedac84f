use migrate_chain::{Chain, Dialect};

use super::Engine;
use super::database::Database;
use super::decide::Wish;
use super::lock::Answer;
use crate::driver::DbError;
use crate::pending::Pending;
use crate::quote::{identifier, literal};
use crate::state::{Recorded, State};
use crate::{Error, ErrorKind, Result};

/// An open transaction of the engine's, with the lock in it. Dropped on the way of an error, a
/// panic or a cancelled future, it rolls back and puts the session's settings back.
pub(crate) struct Transaction<'l, 'e, 'm, D: Database> {
    pub(super) engine: &'l mut Engine<'e, 'm, D>,
    pub(super) is_open: bool,
    /// True when our tables are there.
    pub(super) is_present: bool,
    pub(super) session: Session,
    pub(super) recorded: Vec<Recorded>,
    pub(super) pending: Option<Pending>,
    /// SQLite: what puts the connection's settings back, the last first.
    pub(super) restore: Vec<String>,
}

/// What a script could leave changed on PostgreSQL.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) schema: Option<String>,
    search_path: String,
    user: String,
    role: String,
}

impl Session {
    /// What [`Session::of`] reads.
    #[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
    pub(super) const CELLS: &'static str = "pg_catalog.current_schema(), pg_catalog.current_setting('search_path'), \
         session_user, pg_catalog.current_setting('role')";

    /// Reads them, the first of which is this one of the row's.
    #[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
    pub(super) fn of(row: crate::driver::Row<'_>, first: usize) -> Session {
        let text = |at| row.get(first + at).unwrap_or_default().to_owned();
        Session {
            schema: row.get(first).map(str::to_owned),
            search_path: text(1),
            user: text(2),
            role: text(3),
        }
    }

    /// Whose rights count.
    fn acts_as(&self) -> &str {
        match self.role.as_str() {
            "none" | "" => &self.user,
            role => role,
        }
    }

    /// Puts it back.
    pub(super) fn restore(&self) -> String {
        let role = match self.role.as_str() {
            "none" | "" => "NONE".to_owned(),
            role => identifier(role),
        };
        format!(
            "SET SESSION AUTHORIZATION {}; SET ROLE {role}; SELECT pg_catalog.set_config('search_path', {}, false)",
            identifier(&self.user),
            literal(Dialect::Postgres, &self.search_path)
        )
    }
}

impl<'l, 'e, 'm, D: Database> Transaction<'l, 'e, 'm, D> {
    /// Not begun yet.
    pub(super) fn new(engine: &'l mut Engine<'e, 'm, D>) -> Self {
        Transaction {
            engine,
            is_open: false,
            is_present: false,
            session: Session::default(),
            recorded: Vec::new(),
            pending: None,
            restore: Vec::new(),
        }
    }

    /// Keeps what its first message answered.
    pub(super) fn hold(&mut self, answer: Answer) -> Result<()> {
        if let Some(schema) = &answer.hidden_in {
            return Err(hidden(schema));
        }
        self.engine.settle_in(&answer.session)?;
        self.is_present = answer.recorded.is_some();
        self.recorded = answer.recorded.unwrap_or_default();
        self.pending = answer.pending;
        self.session = answer.session;
        Ok(())
    }

    /// Judges what is recorded.
    pub(super) async fn state(&mut self, chain: &Chain<'_>, wish: &Wish<'_>) -> Result<State> {
        let pending = self.pending.clone();
        if wish.forgets() {
            return Ok(State::unjudged(chain, D::DIALECT, &self.recorded, pending));
        }
        self.engine.state(chain, &self.recorded, pending).await
    }

    /// Ends it without an effect.
    pub(super) async fn rollback(mut self) -> Result<()> {
        self.is_open = false;
        let rolled_back = self.engine.driver.rollback().await;
        rolled_back.map_err(|error| Error::database("roll back", error))
    }

    /// Makes everything in it last; `sql` are the engine's last statements.
    pub(super) async fn commit(&mut self, sql: &str) -> std::result::Result<(), DbError> {
        D::commit(self.engine, sql).await?;
        self.is_open = false;
        Ok(())
    }

    /// Rolls back what is open, without waiting where the driver allows that.
    pub(super) fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.engine.driver.abandon();
        }
    }
}

/// To take that for an empty database would run everything again.
pub(super) fn hidden(schema: &str) -> Error {
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
    pub(super) fn settle_in(&mut self, session: &Session) -> Result<()> {
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

impl<D: Database> Drop for Transaction<'_, '_, '_, D> {
    fn drop(&mut self) {
        self.close();
        for restore in self.restore.iter().rev() {
            self.engine.driver.leave(restore);
        }
    }
}
