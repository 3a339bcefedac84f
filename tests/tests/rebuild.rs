//! `cargo build` notices an edited, a new and a missing revision.
//!
//! A real app is built again and again: with the one-line build script that `cargo migrate init`
//! writes, and without it, where edits and `chain.lock` are noticed but nothing else. Then every
//! example is, as it stands.

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, SystemTime};

use migrate_chain::{Folder, Options};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

#[test]
fn changes_are_noticed() -> Result {
    let app = App::new()?;
    app.write("versions/a1-users.sql", &revision("a1", "none", "users"))?;
    assert_eq!(app.run()?, "a1:users ");

    // With the build script.
    app.write("versions/a1-users.sql", &revision("a1", "none", "people"))?;
    assert_eq!(app.run()?, "a1:people ", "an edited revision");
    app.write("versions/b1-teams.sql", &revision("b1", "a1", "teams"))?;
    assert_eq!(app.run()?, "a1:people b1:teams ", "a new revision");
    app.write("versions/2026/c1-notes.sql", &revision("c1", "b1", "notes"))?;
    assert_eq!(
        app.run()?,
        "a1:people b1:teams c1:notes ",
        "a new revision in a new folder"
    );
    app.remove("versions/2026/c1-notes.sql")?;
    assert_eq!(app.run()?, "a1:people b1:teams ", "a removed revision");
    app.write("versions/d1-code.rs", CODE)?;
    assert_eq!(
        app.run()?,
        "a1:people b1:teams d1:code ",
        "a Rust-coded revision"
    );
    app.write("versions/d1-code.rs", &CODE.replace("//! code", "//! more"))?;
    assert_eq!(app.run()?, "a1:people b1:teams d1:more ", "and an edit");
    app.write("versions/e1-lost.sql", &revision("e1", "d2", "lost"))?;
    let failure = app.fail()?;
    assert!(
        failure.contains("unknown down_revision `d2`"),
        "a broken revision: {failure}"
    );
    app.write("versions/e1-lost.sql", &revision("e1", "d1", "found"))?;
    assert_eq!(
        app.run()?,
        "a1:people b1:teams d1:more e1:found ",
        "and its repair"
    );
    assert!(!app.compiles()?, "nothing has changed");

    // Without it.
    app.remove("build.rs")?;
    app.run()?;
    app.write("versions/a1-users.sql", &revision("a1", "none", "members"))?;
    assert_eq!(
        app.run()?,
        "a1:members b1:teams d1:more e1:found ",
        "an edited revision, without a build script"
    );
    app.write("versions/f1-late.sql", &revision("f1", "e1", "late"))?;
    assert!(
        !app.compiles()?,
        "a new one is not noticed: if it is now, the docs can say so"
    );

    // chain.lock is written by the command that adds a revision, and tracked.
    app.lock()?;
    app.write("versions/a1-users.sql", &revision("a1", "none", "users"))?;
    app.lock()?;
    assert!(app.run()?.ends_with("f1:late "));
    app.write("versions/g1-last.sql", &revision("g1", "f1", "last"))?;
    app.lock()?;
    assert!(app.run()?.ends_with("g1:last "), "through chain.lock");

    // The runtime here has none of its features but `macros`.
    app.write("src/main.rs", &MAIN.replace("[sqlite]", "[sqlite], assets"))?;
    app.write("versions/assets/units.csv", "kg\n")?;
    let failure = app.fail()?;
    assert!(
        failure.contains("`assets` needs the feature `include_dir`"),
        "{failure}"
    );
    let errors = failure.matches("error: ").count();
    assert_eq!(errors, 2, "one, and cargo's own: {failure}");
    Ok(())
}

const MAIN: &str = r#"
use migrate_runtime::{Dialect, Direction, Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);

fn main() -> migrate_runtime::Result<()> {
    for revision in MIGRATIONS.chain()?.revisions() {
        print!("{}:{} ", revision.id, revision.message);
        let script = format!("{:?}", revision.action(Direction::Upgrade, Dialect::Sqlite));
        assert!(script.contains("Code") || script.contains(revision.message));
    }
    Ok(())
}
"#;

const BUILD: &str = r#"
fn main() {
    println!("cargo::rerun-if-changed=versions");
}
"#;

const CODE: &str = "//! code
//!
//! revision: d1
//! down_revision: b1
//! irreversible: the rows are gone

use migrate_runtime::{Context, Result};

pub fn upgrade(_db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
";

fn revision(id: &str, parent: &str, table: &str) -> String {
    format!(
        "-- {table}\n-- revision: {id}\n-- down_revision: {parent}\n\n\
         -- upgrade\nCREATE TABLE {table} (id INTEGER PRIMARY KEY);\n\n\
         -- downgrade\nDROP TABLE {table};\n"
    )
}

/// On a copy of the workspace, with a target folder of its own: cargo tells the packages of two workspaces apart by their
/// place within, so in a shared one the copy would pass for the original.
#[test]
fn changes_are_noticed_in_every_example() -> Result {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild-examples");
    let lock = File::create(copy.with_extension("lock"))?;
    lock.lock()?;
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    copy_folder(&workspace, &copy)?;
    let examples = with_versions(&copy.join("examples"))?;
    assert!(examples.len() >= 6, "{examples:?}");

    // Checked together, with the features that add up then, so that what they depend on is built once.
    let mut packages = Vec::new();
    for example in &examples {
        packages.extend(["--package".to_owned(), package(example)?]);
    }
    let clock = copy.with_extension("clock");
    for example in &examples {
        let name = example.display();
        let versions = example.join("versions");
        let check = || -> Result<(bool, String)> {
            tick(&clock)?;
            let output = Command::new(env!("CARGO"))
                .args(["check", "--offline", "--color=never"])
                .args(&packages)
                .current_dir(&copy)
                .env("CARGO_TARGET_DIR", copy.with_extension("target"))
                // Nothing is run: SQLite need not be fast.
                .env("CFLAGS", "-O0")
                .env("CARGO_INCREMENTAL", "0")
                .env("CARGO_PROFILE_DEV_DEBUG", "false")
                .env_remove("RUSTFLAGS")
                .output()?;
            Ok((output.status.success(), String::from_utf8(output.stderr)?))
        };
        let passes = |when: &str| -> Result {
            let (passed, said) = check()?;
            assert!(passed, "{name}, {when}: {said}");
            tick(&clock)
        };
        let fails = |when: &str, with: &str| -> Result {
            let (passed, said) = check()?;
            assert!(!passed, "{name}: {when} is not noticed");
            assert!(said.contains(with), "{name}, {when}: {said}");
            tick(&clock)
        };

        passes("as it stands")?;
        let (path, text) = base(&versions)?;
        fs::write(&path, text.replace("down_revision:", "down_revisions:"))?;
        fails("an edited revision", "unknown key `down_revisions`")?;
        fs::write(&path, &text)?;
        passes("with the edit undone")?;
        let new = versions.join("zz-new.sql");
        fs::write(&new, revision("zz", "zy", "new"))?;
        fails("a new revision", "unknown down_revision `zy`")?;
        fs::remove_file(new)?;
        passes("with the new one gone")?;
        fs::remove_file(&path)?;
        fails("a removed revision", "versions")?;
        fs::write(&path, &text)?;
        tick(&clock)?;
    }
    Ok(())
}

/// Copies sources: no build artifacts, no repository, and none of the broken chains that `ui` holds.
fn copy_folder(from: &Path, to: &Path) -> Result {
    if from.join("CACHEDIR.TAG").exists() || from.ends_with(".git") || from.ends_with("tests/ui") {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        // A link to a folder is copied as one.
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// The folders that have a `versions` folder.
fn with_versions(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join("versions").is_dir() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(with_versions(&path)?);
        }
    }
    found.sort();
    Ok(found)
}

/// The name of the package in a folder.
fn package(folder: &Path) -> Result<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
    let name = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = "));
    let name = name.ok_or_else(|| format!("{}: no name", folder.display()))?;
    Ok(name.trim_matches('"').to_owned())
}

/// The revision at the base of a chain, and its text.
fn base(versions: &Path) -> Result<(PathBuf, String)> {
    for entry in fs::read_dir(versions)? {
        let path = entry?.path();
        if path.is_file() {
            let text = fs::read_to_string(&path)?;
            if text.contains("down_revision: none") {
                return Ok((path, text));
            }
        }
    }
    Err(format!("{}: no base", versions.display()).into())
}

/// Waits until the file system's clock, which may be as coarse as two seconds, has moved on.
fn tick(probe: &Path) -> Result {
    let now = || -> Result<SystemTime> {
        fs::write(probe, "")?;
        Ok(fs::metadata(probe)?.modified()?)
    };
    let start = now()?;
    while now()? <= start {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// An app with a crate of its own, in a folder that cargo knows from the last run.
struct App {
    folder: PathBuf,
    /// Held while the test runs: another one would write to the same folder.
    _lock: File,
}

impl App {
    fn new() -> Result<App> {
        let temp = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rebuild");
        fs::create_dir_all(&temp)?;
        let lock = File::create(temp.join("lock"))?;
        lock.lock()?;
        let app = App {
            folder: temp.join("app"),
            _lock: lock,
        };
        if app.folder.exists() {
            fs::remove_dir_all(&app.folder)?;
        }
        let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let runtime = workspace.join("migrate-runtime").canonicalize()?;
        app.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\nmigrate-runtime = {{ path = {runtime:?} }}\n\n\
                 [profile.dev]\ndebug = false\n\n[workspace]\n"
            ),
        )?;
        // The versions that the workspace has on this machine.
        fs::copy(workspace.join("Cargo.lock"), app.folder.join("Cargo.lock"))?;
        app.write("src/main.rs", MAIN)?;
        app.write("build.rs", BUILD)?;
        Ok(app)
    }

    /// Writes a file so that its time differs from that of anything built before.
    fn write(&self, path: &str, text: &str) -> Result {
        let path = self.folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        tick(&self.folder.with_extension("clock"))?;
        Ok(fs::write(path, text)?)
    }

    fn remove(&self, path: &str) -> Result {
        tick(&self.folder.with_extension("clock"))?;
        Ok(fs::remove_file(self.folder.join(path))?)
    }

    /// Writes chain.lock as `cargo migrate lock` does.
    fn lock(&self) -> Result {
        let path = self.folder.join("versions/chain.lock");
        if path.exists() {
            fs::remove_file(&path)?;
        }
        let folder = Folder::read(&self.folder.join("versions"), "versions");
        let mut options = Options::new("versions");
        options.dialects = vec![migrate_chain::Dialect::Sqlite];
        let loaded = migrate_chain::load(folder, &options)?;
        self.write(
            "versions/chain.lock",
            &loaded.chain_lock(&Default::default())?.to_string(),
        )
    }

    fn cargo(&self, command: &str) -> Result<Output> {
        // Before it, so that what was written last is older than what is built now.
        tick(&self.folder.with_extension("clock"))?;
        Ok(Command::new(env!("CARGO"))
            .args([command, "--offline", "--color=never"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.with_extension("target"))
            .env_remove("RUSTFLAGS")
            .output()?)
    }

    /// Builds and runs the app; what it prints is the chain that was compiled in.
    fn run(&self) -> Result<String> {
        let output = self.cargo("run")?;
        if !output.status.success() {
            return Err(String::from_utf8(output.stderr)?.into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What a build that must fail says.
    fn fail(&self) -> Result<String> {
        let output = self.cargo("build")?;
        assert!(!output.status.success(), "the build went through");
        let said = String::from_utf8(output.stderr)?;
        // Of the app: what cargo says of the libraries is not under test.
        Ok(said
            .split_once("Compiling app")
            .map_or(said.clone(), |(_, app)| app.to_owned()))
    }

    /// True when a build finds something to do.
    fn compiles(&self) -> Result<bool> {
        let output = self.cargo("build")?;
        Ok(String::from_utf8(output.stderr)?.contains("Compiling app"))
    }
}
