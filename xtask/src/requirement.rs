//! What building and testing the workspace needs and cargo can't fetch.
//!
//! What installs it, `xtask`, and what starts it, `migrate-tests`, read one list.

pub use migrate_scratch::requirement::{POSTGRES, Requirement, on_path};

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

/// OpenSSL's headers: on Linux `cargo-migrate` speaks TLS through it; other systems bring their own.
pub const OPENSSL: Requirement = Requirement {
    name: "OpenSSL's headers",
    program: "ssl.h",
    folders: &["/usr/include/openssl", "/usr/local/include/openssl"],
    packages: &[
        ("apt-get", "libssl-dev"),
        ("dnf", "openssl-devel"),
        ("apk", "openssl-dev"),
        ("pacman", "openssl"),
    ],
};

/// What tells the build where those are.
pub const PKG_CONFIG: Requirement = Requirement {
    name: "pkg-config",
    program: "pkg-config",
    folders: &["/usr/bin"],
    packages: &[
        ("apt-get", "pkg-config"),
        ("dnf", "pkgconf-pkg-config"),
        ("apk", "pkgconf"),
        ("pacman", "pkgconf"),
    ],
};

/// Everything the tests need: another program is another entry.
pub const ALL: &[Requirement] = if cfg!(target_os = "linux") {
    &[POSTGRES, PGBOUNCER, OPENSSL, PKG_CONFIG]
} else {
    &[POSTGRES, PGBOUNCER]
};
