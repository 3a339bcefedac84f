//! What the macros write down. No part of the public interface: the crates pin each other exactly.

pub use crate::__assets as assets;
pub use crate::code::{Code, Function};
pub use crate::engine::{OUTSIDE, OutsidePart};
pub use crate::migrations::Embedded;
#[cfg(feature = "include_dir")]
pub use include_dir;
#[cfg(feature = "macros")]
pub use migrate_macros::embed_migrations;

/// Wraps what a macro wrote; a constant, so that nothing is parsed, sorted or hashed at startup.
pub const fn embedded(embedded: Embedded) -> crate::Migrations {
    crate::Migrations::embedded(embedded)
}

/// The value of a chain that failed to compile: one error and no cascade.
pub const fn invalid() -> crate::Migrations {
    crate::Migrations::embedded(Embedded {
        text: "",
        table: &[],
        code: &[],
        assets: None,
        app_version: "",
        outside: None,
    })
}
