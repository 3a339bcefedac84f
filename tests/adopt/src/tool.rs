//! The tools, and how an old program of each is started.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use migrate_scratch::LocalServer;

use crate::database::{Database, Kind, Scratch};
use crate::{Result, output};

pub(crate) struct Tool {
    /// What `import --tool` calls it, and the folder of its history.
    pub(crate) name: &'static str,
    /// Where in that folder `import` begins to read.
    pub(crate) import_from: &'static str,
    /// Where in it the steps are.
    steps_in: &'static str,
    language: Language,
    pub(crate) databases: &'static [Kind],
    /// Its history table; none where it counts in the file's header.
    pub(crate) table: Option<&'static str>,
    /// What it has recorded, without the times.
    pub(crate) recorded: &'static str,
    /// Statements that make the times and durations that it has recorded the same in each run.
    pub(crate) timeless: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Rust,
    Alembic,
    Django,
    Dbmate,
}

use Kind::{Postgres, Sqlite};

pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "sqlx",
        import_from: "",
        steps_in: "",
        language: Language::Rust,
        databases: &[Sqlite, Postgres],
        table: Some("_sqlx_migrations"),
        recorded: "SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version",
        timeless: &[
            "UPDATE _sqlx_migrations SET installed_on = '2026-01-01 00:00:00', execution_time = 1000000",
        ],
    },
    Tool {
        name: "diesel",
        import_from: "",
        steps_in: "",
        language: Language::Rust,
        databases: &[Sqlite, Postgres],
        table: Some("__diesel_schema_migrations"),
        recorded: "SELECT version FROM __diesel_schema_migrations ORDER BY version",
        timeless: &["UPDATE __diesel_schema_migrations SET run_on = '2026-01-01 00:00:00'"],
    },
    Tool {
        name: "refinery",
        import_from: "",
        steps_in: "",
        language: Language::Rust,
        databases: &[Sqlite, Postgres],
        table: Some("refinery_schema_history"),
        recorded: "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version",
        timeless: &["UPDATE refinery_schema_history SET applied_on = '2026-01-01T00:00:00Z'"],
    },
    Tool {
        name: "rusqlite_migration",
        import_from: "",
        steps_in: "",
        language: Language::Rust,
        databases: &[Sqlite],
        table: None,
        recorded: "PRAGMA user_version",
        timeless: &[],
    },
    Tool {
        name: "sea-orm",
        import_from: "",
        steps_in: "src",
        language: Language::Rust,
        databases: &[Sqlite, Postgres],
        table: Some("seaql_migrations"),
        recorded: "SELECT version FROM seaql_migrations ORDER BY version",
        timeless: &["UPDATE seaql_migrations SET applied_at = 1767225600"],
    },
    Tool {
        name: "dbmate",
        import_from: "",
        steps_in: "",
        language: Language::Dbmate,
        databases: &[Sqlite, Postgres],
        table: Some("schema_migrations"),
        recorded: "SELECT version FROM schema_migrations ORDER BY version",
        timeless: &[],
    },
    Tool {
        name: "alembic",
        import_from: "",
        steps_in: "versions",
        language: Language::Alembic,
        databases: &[Sqlite, Postgres],
        table: Some("alembic_version"),
        recorded: "SELECT version_num FROM alembic_version ORDER BY version_num",
        timeless: &[],
    },
    Tool {
        name: "django",
        import_from: "",
        steps_in: "notes/migrations",
        language: Language::Django,
        databases: &[Sqlite, Postgres],
        table: Some("django_migrations"),
        recorded: "SELECT app, name FROM django_migrations ORDER BY app, name",
        timeless: &["UPDATE django_migrations SET applied = '2026-01-01 00:00:00'"],
    },
];

impl Tool {
    /// Whether it runs the third step without the second, as it does with a branch that is merged late.
    pub(crate) fn makes_holes(&self) -> bool {
        matches!(self.name, "sqlx" | "diesel" | "dbmate")
    }

    /// Why ours can't wait for a step of its that is under way, nor find it half done, if so: two starts of its own run the
    /// step twice, or die of each other, as well.
    pub(crate) fn cannot_be_awaited(&self, kind: Kind) -> Option<&'static str> {
        match (self.name, kind) {
            ("refinery", _) => Some("commits a step before it records it"),
            ("sea-orm", Kind::Sqlite) => Some("runs no step in a transaction"),
            // Where it rebuilds a table, the second run succeeds, too.
            ("django", Kind::Sqlite) => Some("reads what is applied before it begins to write"),
            _ => None,
        }
    }

    /// Whether its steps can be undone.
    pub(crate) fn goes_down(&self) -> bool {
        self.name != "refinery"
    }

    /// Whether it notices that a file was edited since it ran.
    pub(crate) fn has_checksums(&self) -> bool {
        matches!(self.name, "sqlx" | "refinery")
    }
}

/// A release of the old program: the tool, and the migrations that it knows.
pub(crate) struct Release {
    pub(crate) tool: &'static Tool,
    /// Its folder, laid out as the tool wants it.
    pub(crate) folder: PathBuf,
    pub(crate) steps: usize,
}

impl Release {
    /// The release that knows the first steps of the tool's history.
    pub(crate) fn new(scratch: &Scratch, tool: &'static Tool, steps: usize) -> Result<Release> {
        Release::of(scratch, tool, &(1..=steps).collect::<Vec<_>>())
    }

    /// The release that knows these steps of the tool's history, the first of which is 1.
    pub(crate) fn of(scratch: &Scratch, tool: &'static Tool, steps: &[usize]) -> Result<Release> {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("histories")
            .join(tool.name);
        let folder = scratch.folder(tool.name)?;
        copy(&from, &folder)?;
        if tool.name != "sea-orm" {
            let mut files: Vec<_> =
                fs::read_dir(folder.join(tool.steps_in))?.collect::<std::io::Result<_>>()?;
            files.retain(|file| {
                file.file_name()
                    .to_string_lossy()
                    .starts_with(|first: char| first != '_')
            });
            let step = |file: &fs::DirEntry| {
                let name = file.file_name().to_string_lossy().into_owned();
                name.split_once('.')
                    .map_or(name.clone(), |(stem, _)| stem.to_owned())
            };
            let mut names: Vec<_> = files.iter().map(step).collect();
            names.sort();
            names.dedup();
            let known = |file: &fs::DirEntry| {
                let at = names.iter().position(|name| *name == step(file));
                at.is_some_and(|at| steps.contains(&(at + 1)))
            };
            for file in files.iter().filter(|file| !known(file)) {
                if file.path().is_dir() {
                    fs::remove_dir_all(file.path())?;
                } else {
                    fs::remove_file(file.path())?;
                }
            }
        }
        Ok(Release {
            tool,
            folder,
            steps: steps.len(),
        })
    }

    /// Changes the text of each of its steps.
    pub(crate) fn each_file(&self, edit: impl Fn(&str) -> String) -> Result {
        for file in fs::read_dir(self.folder.join(self.tool.steps_in))? {
            let path = file?.path();
            fs::write(&path, edit(&fs::read_to_string(&path)?))?;
        }
        Ok(())
    }

    /// The command that starts this release.
    pub(crate) fn command(&self, database: &Database) -> Result<Command> {
        let mut command = match self.tool.language {
            Language::Rust => {
                let mut command = Command::new(env::current_exe()?);
                command.args(["old", self.tool.name, &database.url]);
                command.arg(&self.folder).arg(self.steps.to_string());
                return Ok(command);
            }
            Language::Alembic => {
                let mut command = Command::new(python("alembic")?);
                command.args(["upgrade", "head"]);
                let url = match database.kind {
                    Kind::Sqlite => format!("sqlite:///{}", database.file().display()),
                    Kind::Postgres => format!(
                        "postgresql+psycopg://{}@/{}?host={}&port={}",
                        LocalServer::USER,
                        database.name(),
                        database.host,
                        database.port,
                    ),
                };
                command.env("DATABASE_URL", url);
                command
            }
            Language::Django => {
                let mut command = Command::new(python("python")?);
                command.args(["manage.py", "migrate", "--verbosity", "0"]);
                command.env("DATABASE_URL", &database.url);
                command
            }
            Language::Dbmate => {
                let url = match database.kind {
                    Kind::Sqlite => format!("sqlite:{}", database.file().display()),
                    Kind::Postgres => format!(
                        "postgres://{}@/{}?socket={}&port={}&sslmode=disable",
                        LocalServer::USER,
                        database.name(),
                        database.host,
                        database.port,
                    ),
                };
                let mut command = Command::new(python("dbmate")?);
                command.args([
                    "--no-dump-schema",
                    "--migrations-dir",
                    ".",
                    "--url",
                    &url,
                    "migrate",
                ]);
                command
            }
        };
        command
            .current_dir(&self.folder)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Ok(command)
    }

    /// Starts this release, and waits until it has migrated.
    pub(crate) fn start(&self, database: &Database) -> Result {
        output(&mut self.command(database)?)?;
        Ok(())
    }
}

/// A program of the virtual environment that `cargo xtask adopt` has made.
fn python(program: &str) -> Result<PathBuf> {
    let folder =
        env::var_os("ADOPT_PYTHON").ok_or("ADOPT_PYTHON is not set: run `cargo xtask adopt`")?;
    Ok(Path::new(&folder).join(program))
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
