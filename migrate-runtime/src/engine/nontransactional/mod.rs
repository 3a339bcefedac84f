//! Steps outside a transaction: statement by statement, with their progress recorded.
//!
//! PostgreSQL: a second connection holds the lock in a transaction that stays idle, which blocks no
//! `CREATE INDEX CONCURRENTLY` and is safe behind a pooler; without one, the session itself holds
//! it. Either is polled, never waited for: a waiter inside `pg_advisory_lock` holds a snapshot, and
//! the index build that holds the lock would wait for it for ever.
//!
//! SQLite: nothing is held. What it can't run in a transaction (`VACUUM`, pragmas) may be run twice
//! without harm, and everything else commits together with its advance, which only one process can
//! make (`progress`).

#[cfg(feature = "_postgres")]
mod hold;
mod progress;
pub(crate) mod resolve;
mod step;
