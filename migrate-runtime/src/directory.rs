//! A chain from a directory that `include_dir!` embedded: parsed on first use.

use include_dir::Dir;
use migrate_chain::{Folder, Loaded, Options, Problems, Said};
use once_cell::sync::OnceCell;

use crate::code::Code;
use crate::migrations::{Parts, Source};
use crate::{Dialect, Migrations};

/// A versions directory that `include_dir!` embedded, and what the macro would be told about it.
/// [`build`](FromDir::build) makes the chain of it; all of it is `const`, for a `static`.
///
/// ```
/// use include_dir::{Dir, DirEntry, File};
/// use migrate_runtime::{Dialect, Migrations};
///
/// # static DIR: Dir<'static> = Dir::new("", &[DirEntry::File(File::new("a1-users.sql", b"\
/// # -- users\n-- revision: a1\n-- down_revision: none\n
/// # -- upgrade\nCREATE TABLE users (id INTEGER PRIMARY KEY);\n
/// # -- downgrade\nDROP TABLE users;\n"))]);
/// static BILLING: Migrations = Migrations::from_dir(&DIR)
///     .name("billing")
///     .dialects(&[Dialect::Sqlite])
///     .head("a1")
///     .build();
///
/// assert_eq!(BILLING.chain()?.name, "billing");
/// # Ok::<(), migrate_runtime::Error>(())
/// ```
///
/// A chain that a macro embedded is named in the macro; there is nothing to say about it later:
///
/// ```compile_fail,E0599
/// use migrate_runtime::{Migrations, embed_migrations};
///
/// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]).name("billing");
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "`build` makes the chain"]
pub struct FromDir {
    dir: &'static Dir<'static>,
    name: &'static str,
    dialects: &'static [Dialect],
    head: Option<&'static str>,
    multiple_heads: bool,
    multiple_bases: bool,
    beside: &'static [&'static str],
    code: &'static [Code],
    app_version: &'static str,
}

impl FromDir {
    pub(crate) const fn new(dir: &'static Dir<'static>) -> FromDir {
        FromDir {
            dir,
            name: Options::DEFAULT_NAME,
            dialects: &[],
            head: None,
            multiple_heads: false,
            multiple_bases: false,
            beside: &[],
            code: &[],
            app_version: "",
        }
    }

    /// The chain's name, where several share a database; by default `main`.
    pub const fn name(mut self, name: &'static str) -> FromDir {
        self.name = name;
        self
    }

    /// The databases that every revision must serve; by default those that the files name.
    pub const fn dialects(mut self, dialects: &'static [Dialect]) -> FromDir {
        self.dialects = dialects;
        self
    }

    /// The revision at which the chain must end.
    pub const fn head(mut self, revision: &'static str) -> FromDir {
        self.head = Some(revision);
        self
    }

    /// Allows several heads.
    pub const fn multiple_heads(mut self) -> FromDir {
        self.multiple_heads = true;
        self
    }

    /// Allows several bases.
    pub const fn multiple_bases(mut self) -> FromDir {
        self.multiple_bases = true;
        self
    }

    /// Tables in which other tools keep their histories in the same database, such as `_sqlx_migrations`: a start that finds
    /// one, and nothing of its own recorded, refuses otherwise.
    pub const fn beside(mut self, tables: &'static [&'static str]) -> FromDir {
        self.beside = tables;
        self
    }

    /// The functions of Rust-coded revisions, which no macro compiles here.
    pub const fn code(mut self, code: &'static [Code]) -> FromDir {
        self.code = code;
        self
    }

    /// The release of the app, which the audit log names: `env!("CARGO_PKG_VERSION")`.
    pub const fn app_version(mut self, version: &'static str) -> FromDir {
        self.app_version = version;
        self
    }

    /// The chain. Its directory is parsed and checked on first use.
    pub const fn build(self) -> Migrations {
        Migrations::of(Source::Dir(Lazy {
            of: self,
            parts: Parts::ALL,
            load,
            loaded: OnceCell::new(),
        }))
    }
}

/// A directory that is parsed on first use.
#[derive(Debug)]
pub(crate) struct Lazy {
    of: FromDir,
    pub(crate) parts: Parts,
    /// A pointer, so that a program which never calls [`FromDir::build`] links no parser.
    load: fn(&FromDir) -> Result<Loaded, Problems>,
    loaded: OnceCell<Loaded>,
}

impl Lazy {
    pub(crate) fn loaded(&self) -> Result<&Loaded, Problems> {
        self.loaded.get_or_try_init(|| (self.load)(&self.of))
    }

    pub(crate) fn code(&self) -> &'static [Code] {
        self.of.code
    }

    pub(crate) fn beside(&self) -> &'static [&'static str] {
        self.of.beside
    }

    pub(crate) fn dir(&self) -> &'static Dir<'static> {
        self.of.dir
    }

    pub(crate) fn app_version(&self) -> &'static str {
        self.of.app_version
    }
}

fn load(of: &FromDir) -> Result<Loaded, Problems> {
    let options = Options {
        name: of.name.to_owned(),
        dialects: of.dialects.to_vec(),
        head: of.head.map(str::to_owned),
        multiple_heads: of.multiple_heads,
        multiple_bases: of.multiple_bases,
        said: Said::Builder,
        ..Options::new("versions")
    };
    let mut folder = Folder::new(&options.root);
    let mut open = vec![of.dir];
    while let Some(dir) = open.pop() {
        open.extend(dir.dirs());
        for file in dir.files() {
            // Windows writes the other slash.
            let path = file.path().to_string_lossy().replace('\\', "/");
            folder.add(&path, file.contents());
        }
    }
    folder.finish();
    migrate_chain::load(folder, &options)
}
