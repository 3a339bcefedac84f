//! sqlx 0.8 or 0.9 with SQLite, whichever Cargo.lock holds.

#[path = "sqlite.rs"]
mod sqlite;

use ::sqlx;
