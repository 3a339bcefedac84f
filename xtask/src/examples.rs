//! Runs each example: every package below `examples/` with a program is one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io, process};

use crate::postgres::Server;
use crate::{Result, command};

/// How an example is run.
struct Example {
    /// Its folder below `examples/`.
    name: &'static str,
    /// The arguments of each run, in turn. The runs share a scratch folder and a database, so that a later one sees
    /// what an earlier one left.
    runs: &'static [&'static [&'static str]],
    /// Whether `DATABASE_URL` is that of a scratch PostgreSQL database; it is unset otherwise.
    postgres: bool,
}

/// How the examples are run that want more than one run without arguments; one may stand here several times.
const EXAMPLES: &[Example] = &[
    Example {
        name: "async-service",
        runs: &[&[], &[]],
        postgres: true,
    },
    Example {
        name: "diesel-app",
        runs: &[&["milk"], &["milk", "bread"]],
        postgres: false,
    },
    Example {
        name: "library/app",
        runs: &[&["tea", "350"], &[]],
        postgres: false,
    },
    Example {
        name: "models",
        runs: &[&[], &["lend", "T-1", "ada@example.org"]],
        postgres: false,
    },
    Example {
        name: "models",
        runs: &[&[], &["lend", "T-1", "ada@example.org"]],
        postgres: true,
    },
    Example {
        name: "quickstart",
        runs: &[&[], &["put", "flour", "2.5", "kg"], &[]],
        postgres: false,
    },
    Example {
        name: "service",
        runs: &[&["two words"], &["--startup", "check"]],
        postgres: true,
    },
    Example {
        name: "sqlx-service",
        runs: &[&["/about"], &["/about", "/imprint"]],
        postgres: true,
    },
    Example {
        name: "two-databases",
        runs: &[&["Ada", "hello"], &[]],
        postgres: false,
    },
    Example {
        name: "two-databases",
        runs: &[&["Ada", "hello"], &[]],
        postgres: true,
    },
];

pub(crate) fn run() -> Result {
    let folder = command::root().join("examples");
    let names = names(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if let Some(Example { name, .. }) =
        (EXAMPLES.iter()).find(|example| !names.iter().any(|name| name == example.name))
    {
        return Err(format!(
            "there is no example {name}, but it has a line in xtask's table"
        ));
    }
    let programs = command::programs()?;
    let mut server = None;
    for name in &names {
        let program = programs.join(package(&folder.join(name))?);
        let known: Vec<_> = EXAMPLES.iter().filter(|known| known.name == name).collect();
        if known.is_empty() {
            run_one(&program, &[&[]], None)?;
        }
        for example in known {
            let url = match (example.postgres, &mut server) {
                (false, _) => None,
                (true, Some(server)) => Some(Server::database(server)?),
                (true, None) => Some(server.insert(Server::start()?).database()?),
            };
            run_one(&program, example.runs, url.as_deref())?;
        }
    }
    eprintln!("examples run: {}", names.join(", "));
    Ok(())
}

/// The folders that hold a package with a program, sorted; an example of several packages has them in sub-folders.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(path) = open.pop() {
        if folder.join(&path).join("Cargo.toml").is_file() {
            if folder.join(&path).join("src/main.rs").is_file() {
                names.push(path.to_string_lossy().replace('\\', "/"));
            }
            continue;
        }
        for entry in fs::read_dir(folder.join(&path))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(path.join(entry.file_name()));
            }
        }
    }
    names.sort();
    Ok(names)
}

/// The name of the package in a folder, which its program bears.
fn package(folder: &Path) -> Result<String> {
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)
        .map_err(|error| format!("{}: {error}", manifest.display()))?;
    let name = text.lines().find_map(|line| line.strip_prefix("name = "));
    let name = name.ok_or_else(|| format!("{} has no name", manifest.display()))?;
    Ok(name.trim_matches('"').to_owned())
}

/// In a scratch folder, so that what an example writes does not end up in the checkout.
fn run_one(program: &Path, runs: &[&[&str]], url: Option<&str>) -> Result {
    let scratch = env::temp_dir().join(format!("xtask-{}-example", process::id()));
    let failed = |error: io::Error| format!("{}: {error}", scratch.display());
    fs::create_dir_all(&scratch).map_err(failed)?;
    let outcome = runs.iter().try_for_each(|arguments| {
        let mut command = Command::new(program);
        command.args(*arguments);
        match url {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.env_remove("DATABASE_URL"),
        };
        command::run(
            command
                .env_remove("MIGRATE_ON_STARTUP")
                .current_dir(&scratch),
        )
    });
    outcome.and(fs::remove_dir_all(&scratch).map_err(failed))
}
