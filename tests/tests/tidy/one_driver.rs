//! An app with one driver has nothing of another in its build.

use std::process::Command;

/// A feature, and the drivers that it brings, by the names of their crates.
const FEATURES: &[(&str, &[&str])] = &[
    ("", &[]),
    ("rusqlite", &["rusqlite", "libsqlite3-sys"]),
    ("postgres", &["postgres", "tokio-postgres"]),
    ("tokio-postgres", &["tokio-postgres"]),
    ("sqlx-postgres", &["sqlx-core", "sqlx-postgres"]),
    ("sqlx-0_8-postgres", &["sqlx-core", "sqlx-postgres"]),
    (
        "sqlx-sqlite",
        &["libsqlite3-sys", "sqlx", "sqlx-core", "sqlx-sqlite"],
    ),
    ("diesel-postgres", &["diesel", "pq-sys"]),
    ("diesel-sqlite", &["diesel", "libsqlite3-sys"]),
];

/// What of the crates that are built for a program is a driver, or speaks TLS.
fn is_driver(name: &str) -> bool {
    let drivers = [
        "rusqlite",
        "libsqlite3-sys",
        "postgres",
        "tokio-postgres",
        "pq-sys",
        "diesel",
        "native-tls",
        "openssl",
        "rustls",
    ];
    drivers.contains(&name)
        || (name.starts_with("sqlx") && name != "sqlx-macros" && name != "sqlx-macros-core")
}

#[test]
fn a_feature_brings_its_driver_alone() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (feature, drivers) in FEATURES {
        let tree = Command::new(&cargo)
            .args([
                "tree",
                "--quiet",
                "--offline",
                "--package",
                "migrate-runtime",
                "--no-default-features",
            ])
            .args([
                "--features",
                feature,
                "--edges",
                "normal",
                "--prefix",
                "none",
                "--format",
                "{p}",
            ])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .unwrap();
        assert!(
            tree.status.success(),
            "{}",
            String::from_utf8_lossy(&tree.stderr)
        );
        let tree = String::from_utf8(tree.stdout).unwrap();
        let mut found: Vec<&str> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .filter(|name| is_driver(name))
            .collect();
        found.sort_unstable();
        found.dedup();
        let mut drivers = drivers.to_vec();
        drivers.sort_unstable();
        assert_eq!(found, drivers, "with `{feature}`");
    }
}
