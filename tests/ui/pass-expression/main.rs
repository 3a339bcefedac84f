#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, unused_lifetimes)]
#![deny(rust_2018_idioms, non_ascii_idents, trivial_casts, let_underscore_drop)]
#![forbid(unsafe_code)]
//! In a static, a constant, a function and an argument; every option.

use migrate_runtime::{Migrations, embed_migrations};

/// The app's tables.
pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
/// Every option, in another order.
pub const CONSTANT: Migrations = embed_migrations!(
    "versions",
    multiple_bases,
    assets,
    head = "B.2",
    multiple_heads,
    chain = "billing",
    dialects = [sqlite, postgres,],
);
const REFERENCE: &Migrations = &MIGRATIONS;

macro_rules! versions {
    ($path:literal) => {
        embed_migrations!($path, dialects = [sqlite])
    };
}

fn local() -> Migrations {
    let migrations = embed_migrations!("versions", dialects = [sqlite], assets);
    migrations
}

fn main() {
    let constant = CONSTANT;
    for migrations in [&MIGRATIONS, &constant, REFERENCE, &local(), &versions!("versions")] {
        assert!(migrations.chain().is_ok());
    }
}
