//! What an app's Cargo.toml tells: by which driver it reaches its database, and what it lacks to migrate it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use migrate_chain::Dialect;
use toml::{Table, Value};

/// The file that cargo reads.
pub(crate) const NAME: &str = "Cargo.toml";

/// The crate by which an app migrates.
const RUNTIME: &str = "migrate-runtime";

/// The dependencies of an app.
#[derive(Debug)]
pub(crate) struct Manifest {
    dependencies: Vec<Dependency>,
}

/// A dependency, with what the workspace says of it.
#[derive(Debug)]
struct Dependency {
    /// What the app calls it.
    name: String,
    package: String,
    version: String,
    features: BTreeSet<String>,
    is_inherited: bool,
}

/// A connection that the app has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Driver {
    /// The package that Cargo.toml names.
    pub(crate) package: &'static str,
    /// The feature of migrate-runtime that takes it.
    pub(crate) feature: &'static str,
    pub(crate) dialect: Dialect,
    /// The statement that runs the chain on it.
    pub(crate) run: &'static str,
}

const BLOCKING: &str = "MIGRATIONS.run(&mut connection)?;";
const ASYNC: &str = "MIGRATIONS.run_async(&mut client).await?;";
const POOL: &str = "MIGRATIONS.run(&mut *pool.get()?)?;";
const SQLX: &str = "MIGRATIONS.run_async(&mut *pool.acquire().await?).await?;";

/// By package, and the feature of it that brings the database, where it has several.
const DRIVERS: [(Option<&str>, Driver); 15] = {
    use Dialect::{Postgres, Sqlite};
    const fn of(
        package: &'static str,
        of: Option<&'static str>,
        feature: &'static str,
        dialect: Dialect,
        run: &'static str,
    ) -> (Option<&'static str>, Driver) {
        let driver = Driver {
            package,
            feature,
            dialect,
            run,
        };
        (of, driver)
    }
    [
        of("rusqlite", None, "rusqlite", Sqlite, BLOCKING),
        of(
            "postgres",
            None,
            "postgres",
            Postgres,
            "MIGRATIONS.run(&mut client)?;",
        ),
        of("tokio-postgres", None, "tokio-postgres", Postgres, ASYNC),
        of("sqlx", Some("sqlite"), "sqlx-sqlite", Sqlite, SQLX),
        of("sqlx", Some("postgres"), "sqlx-postgres", Postgres, SQLX),
        of("diesel", Some("sqlite"), "diesel-sqlite", Sqlite, BLOCKING),
        of(
            "diesel",
            Some("postgres"),
            "diesel-postgres",
            Postgres,
            BLOCKING,
        ),
        of("r2d2_sqlite", None, "rusqlite", Sqlite, POOL),
        of("r2d2_postgres", None, "postgres", Postgres, POOL),
        of(
            "deadpool-postgres",
            None,
            "tokio-postgres",
            Postgres,
            "MIGRATIONS.run_async(&mut **pool.get().await?).await?;",
        ),
        of(
            "bb8-postgres",
            None,
            "tokio-postgres",
            Postgres,
            "MIGRATIONS.run_async(&mut *pool.get().await?).await?;",
        ),
        of(
            "deadpool-sqlite",
            None,
            "rusqlite",
            Sqlite,
            "pool.get().await?.interact(|connection| MIGRATIONS.run(connection)).await??;",
        ),
        of(
            "tokio-rusqlite",
            None,
            "rusqlite",
            Sqlite,
            "connection.call(|connection| MIGRATIONS.run(connection)).await?;",
        ),
        of(
            "sea-orm",
            Some("sqlx-sqlite"),
            "sqlx-sqlite",
            Sqlite,
            "MIGRATIONS.run_async(&mut *database.get_sqlite_connection_pool().acquire().await?).await?;",
        ),
        of(
            "sea-orm",
            Some("sqlx-postgres"),
            "sqlx-postgres",
            Postgres,
            "MIGRATIONS.run_async(&mut *database.get_postgres_connection_pool().acquire().await?).await?;",
        ),
    ]
};

/// sqlx 0.8 has a feature of its own where no SQLite makes cargo agree on a version.
const OLD_SQLX: &str = "sqlx-0_8-postgres";

/// The versions that are sqlx 0.8, or bring it.
const OF_OLD_SQLX: [(&str, &str); 2] = [("sqlx", "0.8"), ("sea-orm", "1")];

impl Manifest {
    /// Reads the Cargo.toml of a package; `None` where there is none, or only a workspace's. What cargo itself won't
    /// read names no dependency.
    pub(crate) fn read(folder: &Path) -> Option<Manifest> {
        if !folder.join(NAME).is_file() {
            return None;
        }
        let manifest = table(folder).unwrap_or_default();
        let package = manifest.get("package");
        if package.is_none() && manifest.contains_key("workspace") {
            return None;
        }
        let named = package.and_then(|package| package.get("workspace")?.as_str());
        let workspace = match named {
            Some(path) => table(&folder.join(path)),
            None => folder
                .ancestors()
                .filter_map(table)
                .find(|one| one.contains_key("workspace")),
        };
        let shared = workspace
            .as_ref()
            .and_then(|one| one.get("workspace")?.get("dependencies"));
        let targets = manifest.get("target").and_then(Value::as_table);
        let targets = targets.into_iter().flat_map(Table::values);
        let all = [manifest.get("dependencies")].into_iter();
        let all = all.chain(targets.map(|target| target.get("dependencies")));
        let dependencies = (all.flatten().filter_map(Value::as_table).flatten())
            .map(|(name, said)| Dependency::new(name, said, shared))
            .collect();
        Some(Manifest { dependencies })
    }

    /// The drivers, one for each feature that migrate-runtime needs.
    pub(crate) fn drivers(&self) -> Vec<Driver> {
        let mut found: Vec<Driver> = Vec::new();
        for (needs, driver) in DRIVERS {
            let has = |one: &&Dependency| {
                one.package == driver.package
                    && needs.is_none_or(|feature| one.features.contains(feature))
            };
            let Some(dependency) = self.dependencies.iter().find(has) else {
                continue;
            };
            let is_old = driver.feature == "sqlx-postgres"
                && OF_OLD_SQLX.iter().any(|(package, version)| {
                    dependency.package == *package && is_of(&dependency.version, version)
                });
            let driver = Driver {
                feature: if is_old { OLD_SQLX } else { driver.feature },
                ..driver
            };
            if !found.iter().any(|one| one.feature == driver.feature) {
                found.push(driver);
            }
        }
        found
    }

    /// The line of Cargo.toml that brings the drivers' features; `None`: it is there already.
    pub(crate) fn line(&self, drivers: &[Driver]) -> Option<String> {
        let own = self.runtime();
        let mut features: BTreeSet<&str> = drivers.iter().map(|driver| driver.feature).collect();
        if let Some(own) = own {
            if features
                .iter()
                .all(|feature| own.features.contains(*feature))
            {
                return None;
            }
            features.extend(own.features.iter().map(String::as_str));
        }
        let features: Vec<String> = features
            .iter()
            .map(|feature| format!("{feature:?}"))
            .collect();
        let features = features.join(", ");
        let name = own.map_or(RUNTIME, |own| &own.name);
        let package = if name == RUNTIME {
            String::new()
        } else {
            format!("package = {RUNTIME:?}, ")
        };
        Some(if own.is_some_and(|own| own.is_inherited) {
            format!("{name} = {{ workspace = true, features = [{features}] }}")
        } else {
            let version = concat!(
                env!("CARGO_PKG_VERSION_MAJOR"),
                ".",
                env!("CARGO_PKG_VERSION_MINOR")
            );
            format!("{name} = {{ {package}version = {version:?}, features = [{features}] }}")
        })
    }

    /// What the app's code calls migrate-runtime.
    pub(crate) fn path(&self) -> String {
        let name = self.runtime().map_or(RUNTIME, |own| &own.name);
        name.replace('-', "_")
    }

    fn runtime(&self) -> Option<&Dependency> {
        self.dependencies.iter().find(|one| one.package == RUNTIME)
    }
}

impl Dependency {
    /// `shared`: what the workspace says of its dependencies.
    fn new(name: &str, said: &Value, shared: Option<&Value>) -> Dependency {
        let is_inherited = said.get("workspace").and_then(Value::as_bool) == Some(true);
        let shared = shared
            .filter(|_| is_inherited)
            .and_then(|shared| shared.get(name));
        let both = || [Some(said), shared].into_iter().flatten();
        let text = |key: &str| {
            both()
                .find_map(|one| one.get(key).and_then(Value::as_str))
                .map(str::to_owned)
        };
        let bare = || both().find_map(Value::as_str).map(str::to_owned);
        let features = both()
            .filter_map(|one| one.get("features").and_then(Value::as_array))
            .flatten()
            .filter_map(Value::as_str);
        Dependency {
            name: name.to_owned(),
            package: text("package").unwrap_or_else(|| name.to_owned()),
            version: text("version").or_else(bare).unwrap_or_default(),
            features: features.map(str::to_owned).collect(),
            is_inherited,
        }
    }
}

fn table(folder: &Path) -> Option<Table> {
    fs::read_to_string(folder.join(NAME)).ok()?.parse().ok()
}

/// Whether a requirement begins with a version: `0.8`, `=0.8.2`, `^0.8`.
fn is_of(requirement: &str, version: &str) -> bool {
    let from = requirement.trim_start_matches(|c: char| !c.is_ascii_digit());
    let rest = from.strip_prefix(version);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}
