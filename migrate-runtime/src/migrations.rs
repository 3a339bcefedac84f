use std::path::Path;

use migrate_chain::packed::Header;
use migrate_chain::{Chain, Dialect, Direction, Folder, Loaded, Mismatch, Options, Packed};

use crate::assets::Assets;
use crate::code::{Code, Function};
#[cfg(feature = "include_dir")]
use crate::directory::{FromDir, Lazy};
use crate::engine::{ADOPT, AdoptPart, OUTSIDE, OutsidePart};
use crate::error::{Error, Result};

/// A chain of revisions that an app carries: embedded by a macro, or read from a directory.
///
/// All forms of one versions directory mean the same; a test holds them together.
#[derive(Debug)]
pub struct Migrations {
    source: Source,
}

#[derive(Debug)]
pub(crate) enum Source {
    Embedded(Embedded),
    #[cfg(feature = "include_dir")]
    Dir(Lazy),
    Loaded(Box<Loaded>, Vec<Code>, Parts),
}

/// What few chains need; one that was read at run time may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) outside: &'static OutsidePart,
    pub(crate) adopt: &'static AdoptPart,
}

impl Parts {
    pub(crate) const ALL: Parts = Parts {
        outside: &OUTSIDE,
        adopt: &ADOPT,
    };
}

/// What a macro wrote: constants, checked and hashed by the compiler.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Embedded {
    pub text: &'static str,
    pub table: &'static [u8],
    /// Empty where nothing is adopted.
    pub adoption: &'static [u8],
    pub code: &'static [Code],
    pub assets: Option<&'static Assets<'static>>,
    pub app_version: &'static str,
    /// Named where a section is `no transaction`.
    pub outside: Option<&'static OutsidePart>,
    /// Tables of other tools that live beside the chain's.
    pub beside: &'static [&'static str],
    /// Named where there is an `adopt.sql`.
    pub adopt: Option<&'static AdoptPart>,
}

impl Migrations {
    pub(crate) const fn of(source: Source) -> Migrations {
        Migrations { source }
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
    /// static MIGRATIONS: Migrations = Migrations::from_dir(&DIR).dialects(&[Dialect::Sqlite]).build();
    ///
    /// assert_eq!(MIGRATIONS.chain()?.get(0).id, "a1");
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    #[cfg(feature = "include_dir")]
    pub const fn from_dir(dir: &'static include_dir::Dir<'static>) -> FromDir {
        FromDir::new(dir)
    }

    /// Reads a versions directory from disk, with every check that the macro makes.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the directory, each with its place.
    pub fn load(directory: impl AsRef<Path>, options: &Options) -> Result<Migrations> {
        Migrations::load_with_code(directory, options, [])
    }

    /// [`load`](Migrations::load) with the functions of Rust-coded revisions, which no macro compiles
    /// here.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the directory, each with its place.
    pub fn load_with_code(
        directory: impl AsRef<Path>,
        options: &Options,
        code: impl IntoIterator<Item = Code>,
    ) -> Result<Migrations> {
        let folder = Folder::read(directory.as_ref(), &options.root);
        let loaded = migrate_chain::load(folder, options).map_err(Error::chain)?;
        Ok((loaded, code.into_iter().collect()).into())
    }

    /// The function of a Rust-coded revision, where it is compiled in or attached.
    pub(crate) fn function(&self, revision: &str, direction: Direction) -> Option<Function> {
        let code = match &self.source {
            Source::Embedded(embedded) => embedded.code,
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => lazy.code(),
            Source::Loaded(_, code, _) => code,
        };
        let code = code.iter().find(|code| code.revision == revision)?;
        match direction {
            Direction::Upgrade => code.upgrade,
            Direction::Downgrade => code.downgrade,
        }
    }

    /// How this chain is made to serve a database.
    pub(crate) fn serve(&self, dialect: Dialect) -> String {
        match &self.source {
            #[cfg(feature = "include_dir")]
            Source::Dir(_) => {
                format!("name it: `Migrations::from_dir(..).dialects(&[Dialect::{dialect:?}])`")
            }
            _ => format!(
                "`cargo migrate lock --dialect {dialect}` lets it serve this one, `--dialect sqlite,postgres` both: chain.lock says so, and the next build reads it"
            ),
        }
    }

    /// The data files that travel with the chain.
    #[cfg(feature = "include_dir")]
    pub(crate) fn assets(&self) -> &'static Assets<'static> {
        static NONE: Assets<'static> = Assets::new("", &[]);
        match &self.source {
            Source::Embedded(embedded) => embedded.assets.unwrap_or(&NONE),
            Source::Dir(lazy) => lazy.dir(),
            Source::Loaded(..) => &NONE,
        }
    }

    /// The release of the crate that embeds the chain, empty when none does.
    pub(crate) fn app_version(&self) -> &'static str {
        match &self.source {
            Source::Embedded(embedded) => embedded.app_version,
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => lazy.app_version(),
            Source::Loaded(..) => "",
        }
    }

    /// What a step outside a transaction needs, where the chain may have one.
    pub(crate) fn outside(&self) -> Option<&'static OutsidePart> {
        match &self.source {
            Source::Embedded(embedded) => embedded.outside,
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => Some(lazy.parts.outside),
            Source::Loaded(.., parts) => Some(parts.outside),
        }
    }

    /// The tables in which other tools keep their histories in the same database: the one that `adopt.sql` names, and those
    /// that live beside the chain's. They are no part of what the chain makes.
    ///
    /// # Errors
    ///
    /// As [`chain`](Migrations::chain).
    pub fn tables_of_others(&self) -> Result<Vec<String>> {
        let adoption = self.packed()?.adoption().map_err(mismatch)?;
        let table = adoption.and_then(|adoption| adoption.table);
        let mut tables: Vec<String> = table.map(str::to_owned).into_iter().collect();
        match &self.source {
            Source::Embedded(embedded) => {
                tables.extend(embedded.beside.iter().map(|name| (*name).to_owned()));
            }
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => {
                tables.extend(lazy.beside().iter().map(|name| (*name).to_owned()));
            }
            Source::Loaded(loaded, ..) => tables.extend(loaded.beside.iter().cloned()),
        }
        Ok(tables)
    }

    /// True for the table of a tool that is meant to live in the same database.
    pub(crate) fn lives_beside(&self, table: &str) -> bool {
        match &self.source {
            Source::Embedded(embedded) => embedded.beside.contains(&table),
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => lazy.beside().contains(&table),
            Source::Loaded(loaded, ..) => loaded.beside.iter().any(|name| name == table),
        }
    }

    /// What takes over databases of another tool's, where the chain may do so.
    pub(crate) fn adopt_part(&self) -> Option<&'static AdoptPart> {
        match &self.source {
            Source::Embedded(embedded) => embedded.adopt,
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => Some(lazy.parts.adopt),
            Source::Loaded(.., parts) => Some(parts.adopt),
        }
    }

    pub(crate) fn packed(&self) -> Result<Packed<'_>> {
        Ok(match &self.source {
            Source::Embedded(embedded) => Packed {
                text: embedded.text,
                table: embedded.table,
                adoption: embedded.adoption,
            },
            #[cfg(feature = "include_dir")]
            Source::Dir(lazy) => {
                let loaded = lazy.loaded().map_err(Error::chain)?;
                loaded.packed()
            }
            Source::Loaded(loaded, ..) => loaded.packed(),
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
        (loaded, Vec::new()).into()
    }
}

/// One with the functions of its Rust-coded revisions.
impl From<(Loaded, Vec<Code>)> for Migrations {
    fn from((loaded, code): (Loaded, Vec<Code>)) -> Migrations {
        Migrations::of(Source::Loaded(Box::new(loaded), code, Parts::ALL))
    }
}

fn mismatch(mismatch: Mismatch) -> Error {
    Error::internal(mismatch.to_string())
}
