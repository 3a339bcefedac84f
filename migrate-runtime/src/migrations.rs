use std::path::Path;

#[cfg(feature = "include_dir")]
use migrate_chain::Problems;
use migrate_chain::packed::Header;
use migrate_chain::{Chain, Direction, Folder, Loaded, Mismatch, Options, Packed};

use crate::assets::Assets;
use crate::code::{Code, Function};
use crate::engine::{OUTSIDE, OutsidePart};
use crate::error::{Error, Result};

/// A chain of revisions that an app carries: embedded by a macro, or read from a directory.
///
/// All forms of one versions directory mean the same; a test holds them together.
#[derive(Debug)]
pub struct Migrations {
    source: Source,
    /// Code attached by hand to a chain that was not embedded by a macro.
    attached: Vec<Code>,
}

#[derive(Debug)]
enum Source {
    Embedded(Embedded),
    #[cfg(feature = "include_dir")]
    Dir(Lazy),
    Loaded(Box<Loaded>, &'static OutsidePart),
}

/// What a macro wrote: constants, checked and hashed by the compiler.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Embedded {
    pub text: &'static str,
    pub table: &'static [u8],
    pub code: &'static [Code],
    pub assets: Option<&'static Assets<'static>>,
    pub app_version: &'static str,
    /// Named where a section is `no transaction`.
    pub outside: Option<&'static OutsidePart>,
}

/// A directory that is parsed on first use.
#[cfg(feature = "include_dir")]
#[derive(Debug)]
struct Lazy {
    dir: &'static include_dir::Dir<'static>,
    name: &'static str,
    dialects: &'static [crate::Dialect],
    multiple_heads: bool,
    outside: &'static OutsidePart,
    /// A pointer, so that a program which never calls [`Migrations::from_dir`] links no parser.
    load: fn(&Lazy) -> std::result::Result<Loaded, Problems>,
    loaded: once_cell::sync::OnceCell<Loaded>,
}

impl Migrations {
    pub(crate) const fn embedded(embedded: Embedded) -> Migrations {
        Migrations {
            source: Source::Embedded(embedded),
            attached: Vec::new(),
        }
    }

    /// The chain of a directory that `include_dir!` embedded: parsed and checked once, on first
    /// use. A mistake in it shows when the app starts; [`embed_migrations!`](crate::embed_migrations)
    /// shows it when the app is built.
    ///
    /// ```
    /// use include_dir::{Dir, DirEntry, File};
    /// use migrate_runtime::{Dialect, Migrations};
    ///
    /// // What `include_dir!("$CARGO_MANIFEST_DIR/versions")` gives.
    /// static DIR: Dir<'static> = Dir::new("", &[DirEntry::File(File::new("a1-users.sql", b"\
    /// -- users\n-- revision: a1\n-- down_revision: none\n
    /// -- upgrade\nCREATE TABLE users (id INTEGER PRIMARY KEY);\n
    /// -- downgrade\nDROP TABLE users;\n"))]);
    /// static MIGRATIONS: Migrations = Migrations::from_dir(&DIR).dialects(&[Dialect::Sqlite]);
    ///
    /// assert_eq!(MIGRATIONS.chain()?.get(0).id, "a1");
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    #[cfg(feature = "include_dir")]
    pub const fn from_dir(dir: &'static include_dir::Dir<'static>) -> Migrations {
        Migrations {
            source: Source::Dir(Lazy {
                dir,
                name: Options::DEFAULT_NAME,
                dialects: &[],
                multiple_heads: false,
                outside: &OUTSIDE,
                load: load_dir,
                loaded: once_cell::sync::OnceCell::new(),
            }),
            attached: Vec::new(),
        }
    }

    /// Names the dialects of a chain [from a directory](Migrations::from_dir).
    #[cfg(feature = "include_dir")]
    #[must_use]
    pub const fn dialects(mut self, dialects: &'static [crate::Dialect]) -> Migrations {
        if let Source::Dir(lazy) = &mut self.source {
            lazy.dialects = dialects;
        }
        self
    }

    /// Names a chain [from a directory](Migrations::from_dir).
    #[cfg(feature = "include_dir")]
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Migrations {
        if let Source::Dir(lazy) = &mut self.source {
            lazy.name = name;
        }
        self
    }

    /// Allows several heads in a chain [from a directory](Migrations::from_dir).
    #[cfg(feature = "include_dir")]
    #[must_use]
    pub const fn multiple_heads(mut self) -> Migrations {
        if let Source::Dir(lazy) = &mut self.source {
            lazy.multiple_heads = true;
        }
        self
    }

    /// Reads a versions directory from disk, with every check that the macro makes.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the directory, each with its place.
    pub fn load(directory: impl AsRef<Path>, options: &Options) -> Result<Migrations> {
        let folder = Folder::read(directory.as_ref(), &options.root);
        let loaded = migrate_chain::load(folder, options).map_err(Error::chain)?;
        Ok(loaded.into())
    }

    /// Attaches the functions of a Rust-coded revision to a chain that no macro compiled.
    #[must_use]
    pub fn code(mut self, code: Code) -> Migrations {
        self.attached.push(code);
        self
    }

    /// The function of a Rust-coded revision, where it is compiled in or attached.
    pub(crate) fn function(&self, revision: &str, direction: Direction) -> Option<Function> {
        let compiled = match &self.source {
            Source::Embedded(embedded) => embedded.code,
            _ => &[],
        };
        let code = (self.attached.iter().chain(compiled)).find(|code| code.revision == revision)?;
        match direction {
            Direction::Upgrade => code.upgrade,
            Direction::Downgrade => code.downgrade,
        }
    }

    /// The data files that travel with the chain.
    #[cfg(feature = "include_dir")]
    pub(crate) fn assets(&self) -> &'static Assets<'static> {
        static NONE: Assets<'static> = Assets::new("", &[]);
        match &self.source {
            Source::Embedded(embedded) => embedded.assets.unwrap_or(&NONE),
            Source::Dir(lazy) => lazy.dir,
            Source::Loaded(..) => &NONE,
        }
    }

    /// The release of the crate that embeds the chain, empty when none does.
    pub(crate) fn app_version(&self) -> &'static str {
        match &self.source {
            Source::Embedded(embedded) => embedded.app_version,
            _ => "",
        }
    }

    /// What a step outside a transaction needs, where the chain may have one.
    pub(crate) fn outside(&self) -> Option<&'static OutsidePart> {
        match &self.source {
            Source::Embedded(embedded) => embedded.outside,
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => Some(lazy.outside),
            Source::Loaded(_, outside) => Some(outside),
        }
    }

    pub(crate) fn packed(&self) -> Result<Packed<'_>> {
        Ok(match &self.source {
            Source::Embedded(embedded) => Packed {
                text: embedded.text,
                table: embedded.table,
            },
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => {
                let loaded = lazy.loaded.get_or_try_init(|| (lazy.load)(lazy));
                loaded.map_err(Error::chain)?.packed()
            }
            Source::Loaded(loaded, _) => loaded.packed(),
        })
    }

    pub(crate) fn header(&self) -> Result<Header<'_>> {
        self.packed()?.header().map_err(mismatch)
    }

    /// The chain: its revisions in order, their parents, scripts and fingerprints.
    ///
    /// # Errors
    ///
    /// A chain [from a directory](Migrations::from_dir) is checked here, on first use.
    pub fn chain(&self) -> Result<Chain<'_>> {
        self.packed()?.chain().map_err(mismatch)
    }
}

/// A directory that was read and checked by hand.
impl From<Loaded> for Migrations {
    fn from(loaded: Loaded) -> Migrations {
        Migrations {
            source: Source::Loaded(Box::new(loaded), &OUTSIDE),
            attached: Vec::new(),
        }
    }
}

fn mismatch(mismatch: Mismatch) -> Error {
    Error::internal(mismatch.to_string())
}

#[cfg(feature = "include_dir")]
fn load_dir(lazy: &Lazy) -> std::result::Result<Loaded, Problems> {
    let mut options = Options::new("versions");
    lazy.name.clone_into(&mut options.name);
    lazy.dialects.clone_into(&mut options.dialects);
    options.multiple_heads = lazy.multiple_heads;
    let mut folder = Folder::new(&options.root);
    let mut open = vec![lazy.dir];
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
