use crate::Dialect;

/// What an app, or migrate.toml, says about a chain besides its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The chain's name, which lets several share a database.
    pub name: String,
    /// The versions directory, as places show it.
    pub root: String,
    /// What every revision must serve; empty: what the files name.
    pub dialects: Vec<Dialect>,
    /// The head the app expects.
    pub head: Option<String>,
    /// Several heads are meant.
    pub multiple_heads: bool,
    /// Several bases are meant.
    pub multiple_bases: bool,
    /// Tables in which other tools keep their histories in the same database.
    pub beside: Vec<String>,
    /// An open head may be blank: its script is still to be written, and no plan holds it. Debug builds of
    /// an app take such a chain.
    pub blank_head: bool,
    /// Some of what was said could not be read, and was reported: that something is missing here is no
    /// problem of the files.
    pub incomplete: bool,
    /// Where these are said, for the advice of errors.
    pub said: Said,
}

/// Where [`Options`] are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Said {
    /// In `embed_migrations!` or a derive.
    #[default]
    Macro,
    /// In migrate.toml, which has the same words.
    Configuration,
    /// With the methods of `Migrations::from_dir`.
    Builder,
}

impl Said {
    /// How an option that is only on or off is said.
    pub(crate) fn flag(self, name: &str) -> String {
        match self {
            Said::Macro => format!("`embed_migrations!(.., {name})`"),
            Said::Configuration => format!(
                "`{name} = true` in migrate.toml, and `embed_migrations!(.., {name})` in the app"
            ),
            Said::Builder => format!("`Migrations::from_dir(..).{name}()`"),
        }
    }

    /// How the dialects are said.
    pub(crate) fn dialects(self) -> &'static str {
        match self {
            Said::Macro | Said::Configuration => {
                "`embed_migrations!(\"versions\", dialects = [sqlite])`, or `dialects = [\"sqlite\"]` in migrate.toml"
            }
            Said::Builder => "`Migrations::from_dir(..).dialects(&[Dialect::Sqlite])`",
        }
    }

    /// How the head is pinned.
    pub(crate) fn head(self) -> &'static str {
        match self {
            Said::Macro | Said::Configuration => "`head = \"...\"`",
            Said::Builder => "`.head(\"...\")`",
        }
    }
}

impl Options {
    /// The name of a chain that was given none.
    pub const DEFAULT_NAME: &str = "main";

    /// The defaults, for a directory shown as `root`.
    pub fn new(root: &str) -> Options {
        Options {
            name: Options::DEFAULT_NAME.to_owned(),
            root: root.trim_end_matches('/').to_owned(),
            dialects: Vec::new(),
            head: None,
            multiple_heads: false,
            multiple_bases: false,
            beside: Vec::new(),
            blank_head: false,
            incomplete: false,
            said: Said::Macro,
        }
    }
}
