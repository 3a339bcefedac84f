//! A chain written down in a test, and what the suite says of it.

use std::path::Path;

use migrate_runtime::{Dialect, Migrations, Options, Schema, schema};
use migrate_schema::testing::{Result, Suite};
use tempfile::TempDir;

/// No test here is about models.
pub(crate) static NONE: Schema = schema![];

pub(crate) struct Written {
    dir: TempDir,
    dialects: Vec<Dialect>,
    last: String,
}

impl Written {
    pub(crate) fn new(dialects: &[Dialect]) -> Written {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("versions")).unwrap();
        Written {
            dir,
            dialects: dialects.to_vec(),
            last: "none".to_owned(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A revision on the last one. It can't go back.
    pub(crate) fn revision(self, id: &str, upgrade: &str) -> Written {
        self.with_header(id, "", upgrade)
    }

    /// A revision with more lines in the header.
    pub(crate) fn with_header(self, id: &str, header: &str, upgrade: &str) -> Written {
        self.file(id, header, upgrade, "-- irreversible: of no interest here")
    }

    pub(crate) fn reversible(self, id: &str, upgrade: &str, downgrade: &str) -> Written {
        let downgrade = format!("-- downgrade\n{downgrade};");
        self.file(id, "", upgrade, &downgrade)
    }

    fn file(mut self, id: &str, header: &str, upgrade: &str, downgrade: &str) -> Written {
        let text = format!(
            "-- {id}\n--\n-- revision: {id}\n-- down_revision: {}\n{header}\n-- upgrade\n{upgrade};\n\n{downgrade}\n",
            self.last
        );
        id.clone_into(&mut self.last);
        self.write(&format!("versions/{id}.sql"), &text);
        self
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.dir.path().join(path), text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(path)).unwrap()
    }

    pub(crate) fn migrations(&self) -> Migrations {
        let mut options = Options::new("versions");
        options.dialects.clone_from(&self.dialects);
        Migrations::load(self.dir.path().join("versions"), &options).unwrap()
    }

    /// What a test says.
    pub(crate) fn run(&self, test: impl FnOnce(Suite<'_>) -> Result) -> Result {
        let migrations = self.migrations();
        let dir = self.dir.path().to_str().unwrap();
        test(Suite::new(&migrations, &NONE, dir))
    }

    /// What a test says that fails.
    pub(crate) fn failure(&self, test: impl FnOnce(Suite<'_>) -> Result) -> String {
        format!("{:?}", self.run(test).unwrap_err())
    }
}

/// A text that does not depend on the database.
pub(crate) fn neutral(told: &str) -> String {
    told.replace("on sqlite", "on DATABASE")
        .replace("on postgres", "on DATABASE")
}
