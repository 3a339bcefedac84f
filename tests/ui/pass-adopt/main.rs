//! A chain that takes over the databases of another tool.

use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite, postgres]);

fn main() {}
