//! Our folders: what `cargo migrate import` writes, and releases of the new program.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::database::{Database, Scratch};
use crate::tool::{Release, Tool, copy};
use crate::{Result, output};

/// A release of our program.
pub(crate) struct Program {
    tool: &'static Tool,
    versions: PathBuf,
}

/// The revision that the new program brings, which no old one knows.
const NEXT: &str = "n5";

/// What [`NEXT`] does.
pub(crate) const NEXT_UPGRADE: &str =
    "CREATE TABLE tags (note INTEGER NOT NULL, tag VARCHAR(20) NOT NULL);";

impl Program {
    /// What `import` makes of a release's folder, proved beside a database that this release has migrated.
    pub(crate) fn imported(
        scratch: &Scratch,
        release: &Release,
        against: &Database,
    ) -> Result<Program> {
        let versions = scratch.folder("versions")?;
        let program = env::var_os("ADOPT_CARGO_MIGRATE");
        let program = program.ok_or("ADOPT_CARGO_MIGRATE is not set: run `cargo xtask adopt`")?;
        let mut import = Command::new(program);
        import
            .args(["migrate", "import"])
            .arg(release.folder.join(release.tool.import_from));
        import
            .args(["--tool", release.tool.name])
            .arg("--versions")
            .arg(&versions);
        import.args(["--against", &against.url]);
        output(&mut import)?;
        Ok(Program {
            tool: release.tool,
            versions,
        })
    }

    /// The release that knows the revisions in this folder.
    pub(crate) fn of(tool: &'static Tool, versions: &Path) -> Program {
        Program {
            tool,
            versions: versions.to_path_buf(),
        }
    }

    /// The folder.
    pub(crate) fn versions(&self) -> &Path {
        &self.versions
    }

    /// The release after this one: it brings a revision of its own.
    pub(crate) fn with_next(&self, scratch: &Scratch) -> Result<Program> {
        let program = self.copied(scratch)?;
        let head = program.head()?.0;
        let text = format!(
            "-- tags\n--\n-- revision: {NEXT}\n-- down_revision: {head}\n\n\
             -- upgrade\n{NEXT_UPGRADE}\n\n-- downgrade\nDROP TABLE tags;\n"
        );
        fs::write(program.versions.join(format!("{NEXT}-tags.sql")), text)?;
        Ok(program)
    }

    /// The release before this one: it lacks the last revision.
    pub(crate) fn without_last(&self, scratch: &Scratch) -> Result<Program> {
        let program = self.copied(scratch)?;
        fs::remove_file(program.head()?.1)?;
        Ok(program)
    }

    fn copied(&self, scratch: &Scratch) -> Result<Program> {
        let versions = scratch.folder("versions")?;
        copy(&self.versions, &versions)?;
        // It lists the revisions of one release.
        let lock = versions.join("chain.lock");
        if lock.exists() {
            fs::remove_file(lock)?;
        }
        Ok(Program {
            tool: self.tool,
            versions,
        })
    }

    /// The last revision's id, and its file.
    pub(crate) fn head(&self) -> Result<(String, PathBuf)> {
        let mut revisions = Vec::new();
        let mut parents = Vec::new();
        for file in fs::read_dir(&self.versions)? {
            let path = file?.path();
            let text = fs::read_to_string(&path)?;
            let value = |key: &str| {
                text.lines()
                    .find_map(|line| line.strip_prefix(key))
                    .map(str::to_owned)
            };
            parents.extend(value("-- down_revision: "));
            revisions.extend(value("-- revision: ").map(|revision| (revision, path)));
        }
        let head = revisions
            .into_iter()
            .find(|(revision, _)| !parents.contains(revision));
        head.ok_or_else(|| format!("no head in {}", self.versions.display()).into())
    }

    /// Starts this release, and waits until it has migrated: the lines that it prints.
    pub(crate) fn start(&self, database: &Database) -> Result<Vec<String>> {
        self.run(database, &["start"])
    }

    /// Takes the database down to what another release knows.
    pub(crate) fn downgrade(&self, database: &Database, to: &Program) -> Result<Vec<String>> {
        self.run(database, &["downgrade", &to.head()?.0])
    }

    fn run(&self, database: &Database, verb: &[&str]) -> Result<Vec<String>> {
        let mut command = Command::new(env::current_exe()?);
        command
            .args(["ours", self.tool.name, &database.url])
            .arg(&self.versions)
            .args(verb);
        Ok(output(&mut command)?.lines().map(str::to_owned).collect())
    }
}
