use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;

use super::Secret;
use super::search::{self, Found};
use crate::error::{Error, Result};

/// The name of the configuration file.
pub(crate) const NAME: &str = "migrate.toml";

/// What migrate.toml says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The versions directory, relative to the file.
    pub(crate) versions: Option<String>,
    /// The folder that `docs` writes, relative to the file.
    #[cfg_attr(not(feature = "models"), allow(dead_code))]
    pub(crate) docs: Option<String>,
    pub(crate) chain: Option<String>,
    #[serde(default)]
    pub(crate) dialects: Vec<String>,
    pub(crate) head: Option<String>,
    #[serde(default)]
    pub(crate) multiple_heads: bool,
    #[serde(default)]
    pub(crate) multiple_bases: bool,
    /// Tables of other tools that live in the same database.
    #[serde(default)]
    pub(crate) beside: Vec<String>,
    pub(crate) url: Option<Secret>,
    pub(crate) url_env: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table_prefix: Option<String>,
    /// How new files are named.
    pub(crate) file_template: Option<String>,
    /// The text of new files, relative to the file.
    pub(crate) template: Option<String>,
    pub(crate) template_rust: Option<String>,
    /// Whether the schema that the chain makes is kept beside it, in schema.DIALECT.sql.
    #[serde(default)]
    #[cfg_attr(not(feature = "models"), allow(dead_code))]
    pub(crate) snapshot: bool,
    /// The tables whose rows belong to it.
    #[serde(default)]
    #[cfg_attr(not(feature = "models"), allow(dead_code))]
    pub(crate) snapshot_data: Vec<String>,
    /// Whether chain.lock is to say that the head has run on a scratch database, both ways.
    #[serde(default)]
    #[cfg_attr(not(feature = "models"), allow(dead_code))]
    pub(crate) proof: bool,
    /// In seconds.
    pub(crate) lock_wait: Option<f64>,
    pub(crate) lock_timeout: Option<Limit>,
    pub(crate) statement_timeout: Option<Limit>,
    pub(crate) transactions: Option<PerTransaction>,
    /// The oldest SQLite in use.
    #[cfg_attr(not(feature = "models"), allow(dead_code))]
    pub(crate) sqlite: Option<Oldest>,
    /// The oldest PostgreSQL in use.
    #[cfg_attr(not(feature = "models"), allow(dead_code))]
    pub(crate) postgres: Option<Oldest>,
    /// The environment where none is named.
    pub(crate) default_env: Option<String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, Environment>,
    /// The folder it lies in; paths count from there.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// A version, such as `"3.40"` or `"14"`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Oldest(pub(crate) u32, pub(crate) u32);

impl TryFrom<String> for Oldest {
    type Error = String;

    fn try_from(text: String) -> Result<Oldest, String> {
        let mut parts = text.split('.').map(str::parse::<u32>);
        let refused = || format!("`{text}` is no version, such as 3.40 or 14");
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), None) => Ok(Oldest(major, 0)),
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Oldest(major, minor)),
            _ => Err(refused()),
        }
    }
}

/// A number of seconds, or `"none"`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number of seconds, or the word `none` in quotes"
)]
pub(crate) enum Limit {
    Seconds(f64),
    Word(NoLimit),
}

/// The word for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NoLimit {
    None,
}

impl Limit {
    /// No limit is 0, as PostgreSQL means it.
    pub(crate) fn seconds(self) -> f64 {
        match self {
            Limit::Seconds(seconds) => seconds,
            Limit::Word(NoLimit::None) => 0.0,
        }
    }
}

/// What commits together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PerTransaction {
    Single,
    PerStep,
}

/// A database with a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Environment {
    pub(crate) url: Option<Secret>,
    /// The variable that holds the URL.
    pub(crate) url_env: Option<String>,
    /// The folder of its chain, where it has one of its own.
    pub(crate) versions: Option<String>,
    /// The folder that `docs` writes of it.
    #[cfg_attr(not(feature = "models"), allow(dead_code))]
    pub(crate) docs: Option<String>,
    pub(crate) chain: Option<String>,
    pub(crate) schema: Option<String>,
    /// In seconds.
    pub(crate) lock_wait: Option<f64>,
    pub(crate) lock_timeout: Option<Limit>,
    pub(crate) statement_timeout: Option<Limit>,
    pub(crate) transactions: Option<PerTransaction>,
    /// Asks before a downgrade or a plan that is breaking.
    #[serde(default)]
    pub(crate) protected: bool,
    /// Where a plan must have been applied before it may be applied here.
    pub(crate) requires: Option<String>,
}

/// The number of the line, from 1, in which a byte is.
fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// What the parser has against a line.
fn refused(path: &str, line: usize, message: &str) -> Error {
    let mut words = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown field") {
        return Error::at_line(path, line, without_values(message));
    }
    let key = words.next().unwrap_or_default();
    let known: Vec<&str> = words.collect();
    let error = Error::at_line(path, line, format!("there is no key `{key}`"));
    match migrate_chain::nearest(key, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("the keys are {}", known.join(", "))),
    }
}

/// `invalid type: string, expected a table`, without the string.
fn without_values(message: &str) -> String {
    // That is Rust's word.
    let message = &message.replace("expected f64", "expected a number");
    match (message.find(" \""), message.rfind('"')) {
        (Some(from), Some(to)) if from + 1 < to => {
            format!("{}{}", &message[..from], &message[to + 1..])
        }
        _ => message.to_owned(),
    }
}

/// What a search for the configuration comes to.
pub(crate) enum Nearest {
    File(Box<File>),
    /// One that is not read, because whoever wrote it is not whose folder this is.
    OfAnotherUser(PathBuf),
    Nothing,
}

impl File {
    /// The nearest from `start` upwards.
    pub(crate) fn nearest(start: &Path) -> Result<Nearest> {
        match search::upwards(start, NAME) {
            Found::File(path) => File::read(&path).map(|file| Nearest::File(Box::new(file))),
            Found::OfAnotherUser(path) => Ok(Nearest::OfAnotherUser(path)),
            Found::Nothing => Ok(Nearest::Nothing),
        }
    }

    pub(crate) fn read(path: &Path) -> Result<File> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::failed(format!("can't read {shown}: {error}")))?;
        let mut file: File = toml::from_str(&text).map_err(|error| {
            // The line may hold a password, and so may a value that is of the wrong type.
            let line = error.span().map_or(0, |span| line_of(&text, span.start));
            refused(&shown.to_string(), line, error.message())
        })?;
        file.folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(file)
    }

    /// The environment of that name.
    pub(crate) fn environment(&self, name: &str) -> Result<&Environment> {
        self.env.get(name).ok_or_else(|| {
            let error = Error::usage(format!("{NAME} has no environment `{name}`"));
            let names = self.env.keys().map(String::as_str);
            match migrate_chain::nearest(name, names.clone()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None if self.env.is_empty() => error.help(format!("it is a table: [env.{name}]")),
                None => error.help(format!("it has {}", names.collect::<Vec<_>>().join(", "))),
            }
        })
    }
}
