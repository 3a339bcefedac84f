//! Who takes part, and how their programs are built.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use crate::generate::{self, Layout};
use crate::{Base, Result};

/// A package below `benches/`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) folder: &'static str,
    layout: Layout,
    bases: &'static [Base],
    /// Ways to use it besides the usual one, and the databases that have them.
    variants: &'static [(&'static str, &'static [Base])],
}

const BOTH: &[Base] = &[Base::Sqlite, Base::Postgres];

pub(crate) const LIMIT: &str = "limit";
pub(crate) const OURS: &str = "ours";

pub(crate) const ALL: &[Contender] = &[
    Contender {
        name: LIMIT,
        folder: "limit",
        layout: Layout::Slices,
        bases: BOTH,
        variants: &[("bare", BOTH), ("pragma", &[Base::Sqlite])],
    },
    Contender {
        name: OURS,
        folder: "ours",
        layout: Layout::Ours,
        bases: BOTH,
        variants: &[("user_version", &[Base::Sqlite]), ("watched", BOTH)],
    },
    Contender {
        name: "refinery",
        folder: "peers/refinery",
        layout: Layout::Refinery,
        bases: BOTH,
        variants: &[("grouped", BOTH)],
    },
    Contender {
        name: "sqlx",
        folder: "peers/sqlx",
        layout: Layout::Sqlx,
        bases: BOTH,
        variants: &[],
    },
    Contender {
        name: "diesel",
        folder: "peers/diesel",
        layout: Layout::Diesel,
        bases: BOTH,
        variants: &[],
    },
    Contender {
        name: "rusqlite-migration",
        folder: "peers/rusqlite-migration",
        layout: Layout::Slices,
        bases: &[Base::Sqlite],
        variants: &[],
    },
    Contender {
        name: "rusqlite-migration-dir",
        folder: "peers/rusqlite-migration-dir",
        layout: Layout::Folders,
        bases: &[Base::Sqlite],
        variants: &[],
    },
    Contender {
        name: "sea-orm-migration",
        folder: "peers/sea-orm-migration",
        layout: Layout::SeaOrm,
        bases: BOTH,
        variants: &[("grouped", BOTH)],
    },
    Contender {
        name: "toasty",
        folder: "peers/toasty",
        layout: Layout::Toasty,
        bases: BOTH,
        variants: &[],
    },
];

/// Our runtime on the connections of drivers that have migrations of their own, each beside the driver alone.
pub(crate) const DRIVERS: &[Contender] = &[
    Contender {
        name: "on-sqlx",
        folder: "drivers/sqlx",
        layout: Layout::Ours,
        bases: BOTH,
        variants: &[("limit", BOTH), ("limit, prepared", BOTH)],
    },
    Contender {
        name: "on-diesel",
        folder: "drivers/diesel",
        layout: Layout::Ours,
        bases: BOTH,
        variants: &[("limit", BOTH)],
    },
];

/// A contender in one of its ways: a line of the tables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) contender: Contender,
    pub(crate) variant: &'static str,
}

impl Entry {
    pub(crate) fn name(&self) -> String {
        match self.variant {
            "" => self.contender.name.to_owned(),
            variant => format!("{}, {variant}", self.contender.name),
        }
    }
}

impl Contender {
    /// True for ours and the limit.
    pub(crate) fn is_own(&self) -> bool {
        [LIMIT, OURS].contains(&self.name)
    }

    /// The lines that it has for a database.
    pub(crate) fn entries(self, base: Base) -> Vec<Entry> {
        if !self.bases.contains(&base) {
            return Vec::new();
        }
        let variants = self
            .variants
            .iter()
            .filter(|(_, bases)| bases.contains(&base));
        let names = [""].into_iter().chain(variants.map(|(name, _)| *name));
        names
            .map(|variant| Entry {
                contender: self,
                variant,
            })
            .collect()
    }
}

/// What is built of a contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Program {
    /// Carries out the harness's tasks.
    Bench,
    /// The harness with an allocator that counts.
    Count,
    /// A minimal app.
    App,
    /// What [`App`](Program::App) is without us; only [`DRIVERS`] have it in their own folder.
    Raw,
}

impl Program {
    /// Features of cargo's, besides those that the package has by default.
    pub(crate) fn features(self, base: Base) -> Vec<String> {
        let mut features = vec!["--features".to_owned(), base.feature().to_owned()];
        match self {
            Program::Count => features[1].push_str(",count"),
            Program::Raw => features.push("--no-default-features".to_owned()),
            Program::Bench | Program::App => {}
        }
        features
    }
}

/// Copies contenders beside generated revisions and builds them there.
pub(crate) struct Builder {
    /// Where `benches/` is.
    source: PathBuf,
    /// Where everything is written.
    target: PathBuf,
    debug: bool,
    /// Whether each contender is released into a folder of its own, so that one can be built from nothing while the
    /// others stay.
    apart: bool,
    built: HashMap<(&'static str, Base, usize, Program), Result<PathBuf>>,
}

impl Builder {
    pub(crate) fn new(source: PathBuf, target: PathBuf, debug: bool, apart: bool) -> Builder {
        Builder {
            source,
            target,
            debug,
            apart,
            built: HashMap::new(),
        }
    }

    /// The program of a contender for a number of revisions; one that does not build is told once and
    /// remembered.
    pub(crate) fn program(
        &mut self,
        contender: Contender,
        base: Base,
        count: usize,
        program: Program,
    ) -> Result<PathBuf> {
        let key = (contender.name, base, count, program);
        if let Some(built) = self.built.get(&key) {
            return built.clone();
        }
        eprintln!(
            "building {} ({base}, {count} revisions, {program:?})",
            contender.name
        );
        let built = self.build(contender, base, count, program);
        if let Err(error) = &built {
            eprintln!("{} does not build: {error}", contender.name);
        }
        self.built.insert(key, built.clone());
        built
    }

    fn build(
        &self,
        contender: Contender,
        base: Base,
        count: usize,
        program: Program,
    ) -> Result<PathBuf> {
        let app = self.app(contender, count)?;
        let mut cargo = self.cargo(contender, &app, base, !self.debug);
        let package = package(contender, count);
        let bin = match program {
            Program::Bench | Program::Count => package.as_str(),
            Program::App => "app",
            Program::Raw => "raw",
        };
        cargo.args(["build", "--quiet", "--bin", bin]);
        cargo.args(program.features(base));
        let profile = if self.debug { "debug" } else { "release" };
        if !self.debug {
            cargo.arg("--release");
        }
        let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
        if !output.status.success() {
            return Err(first_error(&output.stderr));
        }
        let built = self.cargo_target(contender, base, !self.debug);
        let built = built.join(profile).join(bin);
        let kept = self.target.join("bin");
        let kept = kept.join(format!(
            "{}-{base}-{count}-{program:?}-{profile}",
            contender.name
        ));
        fs::create_dir_all(self.target.join("bin"))
            .and_then(|()| fs::copy(&built, &kept))
            .map_err(|error| format!("{}: {error}", built.display()))?;
        Ok(kept)
    }

    /// The folder of a contender with that many revisions, ready to be built.
    pub(crate) fn app(&self, contender: Contender, count: usize) -> Result<PathBuf> {
        let app = self
            .target
            .join("apps")
            .join(format!("{}-{count}", contender.name));
        let source = self.source.join(contender.folder);
        let failed = |error: io::Error| format!("{}: {error}", app.display());
        for file in [
            "Cargo.toml",
            "Cargo.lock",
            "build.rs",
            "src/main.rs",
            "src/bin/app.rs",
            "src/bin/raw.rs",
        ] {
            let Ok(text) = fs::read_to_string(source.join(file)) else {
                continue;
            };
            // Paths out of the folder would lead elsewhere from the copy.
            let base = source.join(file);
            let base = base.parent().unwrap_or(&source);
            // Cargo takes packages of one name for one, wherever they are, and would not build a second.
            let own = format!("name = \"bench-{}\"", contender.name);
            let text = text.replace(&own, &format!("name = \"{}\"", package(contender, count)));
            generate::put(&app.join(file), &absolute(&text, base)).map_err(failed)?;
        }
        generate::write(&app, contender.layout, count).map_err(failed)?;
        Ok(app)
    }

    pub(crate) fn cargo(
        &self,
        contender: Contender,
        app: &Path,
        base: Base,
        release: bool,
    ) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let target = self.cargo_target(contender, base, release);
        cargo
            .current_dir(app)
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
            .env_remove("RUSTFLAGS");
        cargo
    }

    /// What cargo has released of a contender that is built apart from the others.
    pub(crate) fn released(&self, contender: Contender, base: Base) -> PathBuf {
        let folder = self.target.join("release");
        folder.join(format!("{}-{base}", contender.name))
    }

    fn cargo_target(&self, contender: Contender, base: Base, release: bool) -> PathBuf {
        if release && self.apart {
            self.released(contender, base)
        } else {
            self.target.join("build")
        }
    }
}

/// The name of a copy's package.
fn package(contender: Contender, count: usize) -> String {
    format!("bench-{}-{count}", contender.name)
}

/// Makes string literals that start with `../` absolute.
fn absolute(text: &str, base: &Path) -> String {
    let mut parts = text.split("\"../");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once('"').unwrap_or((part, ""));
        let path = Path::new("..").join(path);
        // The app's own files stay relative.
        let path = match base.join(&path).canonicalize() {
            Ok(found) => found.display().to_string(),
            Err(_) => path.display().to_string(),
        };
        out.push_str(&format!("\"{path}\"{rest}"));
    }
    out
}

/// The line of a failed build that tells most.
pub(crate) fn first_error(stderr: &[u8]) -> String {
    let stderr = String::from_utf8_lossy(stderr);
    let line = stderr.lines().find(|line| line.starts_with("error"));
    line.or(stderr.lines().next())
        .unwrap_or("does not build")
        .to_owned()
}
