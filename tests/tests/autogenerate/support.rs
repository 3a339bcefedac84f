//! An app in a folder of its own, built anew for every command, on a database of either kind.

use std::fs;

use migrate_cli::{App, Args, Exit};
use migrate_runtime::{Dialect, Migrations, Options, Schema};
pub(crate) use migrate_tests::on_both;
pub(crate) use migrate_tests::support::{Database, Engine};
use tempfile::TempDir;

pub(crate) struct Project<D> {
    pub(crate) dir: TempDir,
    pub(crate) database: D,
    dialects: Vec<Dialect>,
    /// Whether the app's chain may have several heads.
    multiple_heads: bool,
}

pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl<D: Database> Project<D> {
    /// With an empty chain for the database alone.
    pub(crate) fn new() -> Self {
        Self::of(vec![D::DIALECT])
    }

    /// With an empty chain for both databases.
    pub(crate) fn for_both() -> Self {
        Self::of(Dialect::ALL.to_vec())
    }

    fn of(dialects: Vec<Dialect>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("versions")).unwrap();
        fs::write(dir.path().join("versions/chain.lock"), "").unwrap();
        let project = Self {
            dir,
            database: D::new(),
            dialects,
            multiple_heads: false,
        };
        assert_eq!(project.run(None, &["lock"]).exit, Exit::Done);
        project
    }

    /// Lets the chain have several heads.
    pub(crate) fn with_heads(mut self) -> Self {
        self.multiple_heads = true;
        self
    }

    /// What the app would have compiled in.
    pub(crate) fn migrations(&self) -> Migrations {
        let mut options = Options::new("versions");
        options.dialects.clone_from(&self.dialects);
        options.multiple_heads = self.multiple_heads;
        // As in a debug build.
        options.blank_head = true;
        Migrations::load(self.dir.path().join("versions"), &options).unwrap()
    }

    pub(crate) fn run(&self, models: Option<&Schema>, words: &[&str]) -> Ran {
        self.run_after(|| {}, models, words)
    }

    /// Runs a command by a program that was built before a change.
    pub(crate) fn run_after(
        &self,
        change: impl FnOnce(),
        models: Option<&Schema>,
        words: &[&str],
    ) -> Ran {
        let migrations = self.migrations();
        change();
        let mut app = App::new(&migrations)
            .program("app migrate")
            .url(self.database.url())
            .current_dir(self.dir.path())
            .variables([("SOURCE_DATE_EPOCH", "1795168931")]);
        if let Some(models) = models {
            app = app.models(models);
        }
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = app.run(Args::new(words.iter().copied()), &mut out, &mut err);
        Ran {
            exit,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }

    pub(crate) fn ok(&self, models: &Schema, words: &[&str]) -> String {
        let ran = self.run(Some(models), words);
        assert_eq!(ran.exit, Exit::Done, "{words:?}\n{}{}", ran.out, ran.err);
        ran.out
    }

    /// Writes a revision of that id.
    pub(crate) fn generate(&self, models: &Schema, id: &str, more: &[&str]) -> String {
        let words = ["revision", "--autogenerate", "-m", id, "--rev-id", id];
        self.ok(models, &[&words[..], more].concat())
    }

    /// A revision that somebody wrote.
    pub(crate) fn by_hand(&self, path: &str, text: &str) {
        // The app of these tests is what the files say, which chain.lock doesn't know yet.
        fs::remove_file(self.dir.path().join("versions/chain.lock")).unwrap();
        self.write(path, text);
        assert_eq!(self.run(None, &["lock"]).exit, Exit::Done);
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let folder = fs::read_dir(self.dir.path().join("versions")).unwrap();
        let mut names: Vec<String> = folder
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir.path().join(path)).unwrap()
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.dir.path().join(path)).unwrap();
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.dir.path().join(path), text).unwrap();
    }
}
