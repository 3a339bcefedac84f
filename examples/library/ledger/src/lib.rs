//! Double-entry accounts in the database of the app that uses it.
//!
//! The tables come from the library's own chain. The app applies it before it uses the rest:
//!
//! ```
//! let mut connection = rusqlite::Connection::open_in_memory()?;
//! ledger::migrate(&mut connection)?;
//! ledger::post(&mut connection, "cash", "sales", 350)?;
//! assert_eq!(ledger::balance(&connection, "cash")?, 350);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use migrate_runtime::{Migrations, Report};
use rusqlite::{Connection, params};

/// The chain. Its name keeps its records apart from those of the app.
#[derive(Debug, Migrations)]
#[migrations(path = "versions", chain = "ledger", dialects = [sqlite])]
pub struct Ledger;

/// Brings the library's tables up to what this release needs.
///
/// # Errors
///
/// As [`Migrations::run`].
pub fn migrate(connection: &mut Connection) -> migrate_runtime::Result<Report> {
    Ledger::migrations().run(connection)
}

/// Moves an amount from one account to another.
///
/// # Errors
///
/// Whatever the database said.
pub fn post(
    connection: &mut Connection,
    to: &str,
    from: &str,
    amount: i64,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for (account, amount) in [(to, amount), (from, -amount)] {
        transaction.execute(
            "INSERT INTO ledger_posting (account, amount) VALUES (?1, ?2)",
            params![account, amount],
        )?;
    }
    transaction.commit()
}

/// What an account holds.
///
/// # Errors
///
/// Whatever the database said.
pub fn balance(connection: &Connection, account: &str) -> rusqlite::Result<i64> {
    connection.query_row(
        "SELECT coalesce(sum(amount), 0) FROM ledger_posting WHERE account = ?1",
        [account],
        |row| row.get(0),
    )
}
