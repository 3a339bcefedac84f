//! Makes databases on a server and drops them.

use std::sync::{Arc, Mutex, PoisonError};

use postgres::error::Severity;
use postgres::{Client, Config, Error};

pub(super) type Connect = dyn Fn(&Config) -> Result<Client, Error> + Send + Sync;

/// One connection for all databases, since one for each costs as much as the database.
pub(super) struct Admin {
    pub(super) config: Config,
    pub(super) connect: Arc<Connect>,
    client: Mutex<Option<Client>>,
}

impl Admin {
    pub(super) fn new(config: Config, connect: Arc<Connect>) -> Admin {
        let client = Mutex::new(None);
        Admin {
            config,
            connect,
            client,
        }
    }

    /// Does something on the connection, and again on a new one where the server has ended the old one meanwhile.
    pub(super) fn run<T>(
        &self,
        mut work: impl FnMut(&mut Client) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = kept.as_mut() {
            match work(client) {
                Err(error) if is_end(&error) => {}
                outcome => return outcome,
            }
        }
        work(kept.insert((self.connect)(&self.config)?))
    }

    /// Creates an empty database. template0 admits no connections, so nobody can be in the way of the copy.
    pub(super) fn create(&self, name: &str) -> Result<(), Error> {
        self.run(|client| {
            // Copying files costs half of what logging their pages does, but has all that is in memory written first:
            // nothing is waited for only where nothing has to last. The word came with version 15.
            let row = client.query_one(
                "SELECT pg_catalog.current_setting('fsync') OPERATOR(pg_catalog.=) 'off' \
                 AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.>=) 150000",
                &[],
            )?;
            let strategy = if row.try_get(0)? { " STRATEGY file_copy" } else { "" };
            client.batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE template0{strategy}"
            ))
        })
    }

    /// Drops a database, whoever is still connected.
    pub(super) fn remove(&self, name: &str) -> Result<(), Error> {
        let drop = format!("DROP DATABASE IF EXISTS {name}");
        self.run(|client| {
            // FORCE came with version 13.
            client.batch_execute(&format!("{drop} WITH (FORCE)")).or_else(|_| {
                client.batch_execute(&format!(
                    "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname OPERATOR(pg_catalog.=) '{name}'"
                ))?;
                client.batch_execute(&drop)
            })
        })
    }
}

/// Whether nothing more can be done on a connection. The server may have sent why; then that comes before the end.
fn is_end(error: &Error) -> bool {
    error.as_db_error().is_none_or(|error| {
        matches!(
            error.parsed_severity(),
            Some(Severity::Fatal | Severity::Panic)
        )
    })
}
