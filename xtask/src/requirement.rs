//! The programs that tests need and cargo can't fetch.
//!
//! Free of dependencies, because two crates include this file: `xtask` (to install what is missing) and `migrate-tests`
//! (to start it).

#[path = "../../migrate-schema/src/scratch/requirement.rs"]
mod program;

pub use program::{POSTGRES, Requirement, on_path};

/// A connection pooler for PostgreSQL: in transaction mode it gives each transaction whichever connection is free.
pub const PGBOUNCER: Requirement = Requirement {
    name: "PgBouncer",
    program: "pgbouncer",
    folders: &[
        "/usr/sbin", // Debian, Ubuntu, where a user's PATH lacks it
        "/usr/local/sbin",
        "/opt/homebrew/bin",
        "/opt/homebrew/opt/pgbouncer/bin",
        "/usr/local/opt/pgbouncer/bin",
        "/home/linuxbrew/.linuxbrew/bin",
        "/opt/local/bin", // MacPorts
    ],
    packages: &[
        ("apt-get", "pgbouncer"),
        ("dnf", "pgbouncer"),
        ("apk", "pgbouncer"),
        ("pacman", "pgbouncer"),
        ("brew", "pgbouncer"),
    ],
};

/// Everything the tests need: another program is another entry.
pub const ALL: &[Requirement] = &[POSTGRES, PGBOUNCER];
