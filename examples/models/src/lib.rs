//! A tool library: members borrow tools. Its tables are declared in [`models`], and the revisions in
//! `versions/` were written from them by `revision --autogenerate`; README.md tells how.

pub mod models;
pub mod store;

use migrate_runtime::{Migrations, embed_migrations};

/// The revisions, for both databases.
pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite, postgres]);
