//! sqlx 0.8 or 0.9 with SQLite, whichever the app links.

#[path = "sqlite.rs"]
mod sqlite;

use ::sqlx;
