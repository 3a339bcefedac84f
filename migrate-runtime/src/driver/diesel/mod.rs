//! diesel, whose transaction manager counts what the engine begins: a transaction that code of the app's begins within one is
//! a savepoint.

#[cfg(feature = "diesel-postgres")]
mod messages;
#[cfg(feature = "diesel-postgres")]
mod postgres;
#[cfg(feature = "diesel-sqlite")]
mod sqlite;

use ::diesel::connection::{AnsiTransactionManager, TransactionManager};
use ::diesel::{Connection, QueryResult};

/// How many transactions diesel counts on a connection, savepoints included.
fn depth<C: Connection<TransactionManager = AnsiTransactionManager>>(connection: &mut C) -> u32 {
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    status
        .transaction_depth()
        .ok()
        .flatten()
        .map_or(0, u32::from)
}

/// Commits all that diesel counts.
fn commit<C: Connection<TransactionManager = AnsiTransactionManager>>(
    connection: &mut C,
) -> QueryResult<()> {
    while depth(connection) > 0 {
        AnsiTransactionManager::commit_transaction(connection)?;
    }
    Ok(())
}

/// Rolls back all that diesel counts.
fn rollback<C: Connection<TransactionManager = AnsiTransactionManager>>(
    connection: &mut C,
) -> QueryResult<()> {
    while depth(connection) > 0 {
        AnsiTransactionManager::rollback_transaction(connection)?;
    }
    Ok(())
}

impl From<::diesel::result::Error> for crate::Error {
    fn from(error: ::diesel::result::Error) -> crate::Error {
        crate::Error::other(error)
    }
}
