//! What the macros write down. No part of the public interface: the crates pin each other exactly.

pub use crate::__assets as assets;
pub use crate::code::{Code, Function};
pub use crate::engine::{ADOPT, AdoptPart, OUTSIDE, OutsidePart};
pub use crate::migrations::Embedded;
use crate::migrations::Source;
pub use crate::utc::Utc;
#[cfg(feature = "include_dir")]
pub use include_dir;
#[cfg(feature = "macros")]
pub use migrate_macros::embed_migrations;

/// Wraps what a macro wrote; a constant, so that nothing is parsed, sorted or hashed at startup.
pub const fn embedded(embedded: Embedded) -> crate::Migrations {
    crate::Migrations::of(Source::Embedded(embedded))
}

/// The value of a chain that failed to compile: one error and no cascade.
pub const fn invalid() -> crate::Migrations {
    embedded(Embedded {
        text: "",
        table: &[],
        adoption: &[],
        code: &[],
        assets: None,
        app_version: "",
        outside: None,
        beside: &[],
        adopt: None,
    })
}

/// What SQLite said, without the script, which some versions of the driver repeat.
#[cfg(feature = "rusqlite")]
pub fn rusqlite_error(error: rusqlite::Error) -> crate::Error {
    crate::Error::other(crate::driver::rusqlite_error(error))
}

/// Runs a query as a Rust-coded revision would, for the test databases of migrate-schema.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub fn query(
    migrations: &crate::Migrations,
    connection: &mut impl crate::Connection,
    query: &str,
    values: &[crate::Value],
) -> crate::Result<Vec<crate::Row>> {
    crate::Context::new(connection.raw(), "", migrations).query(query, values)
}
