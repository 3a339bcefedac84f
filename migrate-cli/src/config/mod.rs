//! What a command works with: flags first, then the environment, then migrate.toml.

mod dotenv;
mod file;
mod limits;
mod search;
mod secret;

use std::path::{Path, PathBuf};

use migrate_chain::{Dialect, Options, Said};

#[cfg(feature = "models")]
pub(crate) use file::Oldest;
pub(crate) use file::{Environment, File, NAME, Nearest, PerTransaction};
pub(crate) use limits::Limits;
pub(crate) use secret::Secret;

use crate::App;
use crate::cli::Global;
use crate::error::{Error, Result};
use crate::url::Url;

/// The folder of the revisions where nothing names another.
const VERSIONS: &str = "versions";

/// The settings, resolved as far as no database is needed.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) file: File,
    /// True when there is a migrate.toml.
    pub(crate) has_file: bool,
    /// Where relative paths of flags count from.
    pub(crate) current_dir: PathBuf,
    /// The name of the environment, where one is meant.
    pub(crate) env: Option<String>,
    /// The versions directory.
    pub(crate) versions: PathBuf,
    /// How it is shown.
    pub(crate) root: String,
    /// Where `docs` writes, where migrate.toml says it.
    #[cfg(feature = "models")]
    pub(crate) docs: Option<PathBuf>,
    pub(crate) schema: Option<String>,
    pub(crate) table_prefix: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) dialects: Vec<Dialect>,
    /// The chain's name, where it is not the default.
    pub(crate) chain: Option<String>,
    url: Named,
    /// What a person should know of how it was found.
    pub(crate) notes: Vec<String>,
}

/// The database that was named.
#[derive(Debug)]
enum Named {
    Url(Url),
    /// By a variable that is not set.
    Unset(String),
    /// By something that is no URL: an error of commands that need a database.
    Wrong(Error),
    Not,
}

impl Config {
    pub(crate) fn new(app: &mut App<'_>, global: &Global) -> Result<Config> {
        let current_dir = match &app.directory {
            Some(directory) => directory.clone(),
            None => std::env::current_dir()
                .map_err(|error| Error::failed(format!("there is no current folder: {error}")))?,
        };
        // `cargo run` tells where the crate is that runs; its folder wins over the current one.
        let crate_dir = app
            .variable("CARGO_MANIFEST_DIR")
            .filter(|_| app.is_mounted())
            .map(PathBuf::from);
        let start = crate_dir.as_deref().unwrap_or(&current_dir);
        app.dotenv = dotenv::read(start)?;
        let app = &*app;
        let mut notes = Vec::new();
        let found = match &global.config {
            Some(path) => Some(File::read(&current_dir.join(path))?),
            None => match File::nearest(start)? {
                Nearest::File(file) => Some(*file),
                Nearest::OfAnotherUser(path) => {
                    notes.push(format!(
                        "{} is another user's, and is not read; `--config` names it if it is meant",
                        path.display()
                    ));
                    None
                }
                Nearest::Nothing => None,
            },
        };
        let has_file = found.is_some();
        let file = found.unwrap_or_default();
        let meant = global.env.clone().or_else(|| app.variable("MIGRATE_ENV"));
        let is_meant = meant.is_some();
        let mut env = meant.or_else(|| file.default_env.clone());
        let mut environment = match &env {
            Some(name) if has_file => Some(file.environment(name)?),
            _ => None,
        };
        let (url, origin) = url(app, global, &file, environment, &current_dir)?;
        if !is_meant && origin != Origin::Environment {
            // Whoever names a database and no environment doesn't mean the default one.
            env = None;
            environment = None;
        }
        // The tables of an app are where the app says: its own start reads them too.
        let (schema, table_prefix) = if app.is_mounted() {
            (app.schema.clone(), app.table_prefix.clone())
        } else {
            let schema = environment.and_then(|environment| environment.schema.clone());
            (
                schema.or_else(|| file.schema.clone()),
                file.table_prefix.clone(),
            )
        };
        let limits = Limits::new(app, global, &file, environment)?;
        let chain = (global.chain.clone())
            .or_else(|| environment.and_then(|environment| environment.chain.clone()))
            .or_else(|| file.chain.clone());
        let (versions, root) = versions(
            global,
            environment
                .and_then(|environment| environment.versions.as_ref())
                .or(file.versions.as_ref()),
            if has_file { &file.folder } else { start },
            &current_dir,
            embedded_root(app),
        );
        #[cfg(feature = "models")]
        let docs = environment
            .and_then(|environment| environment.docs.as_ref())
            .or(file.docs.as_ref())
            .map(|docs| file.folder.join(docs));
        let dialects = dialects(global, &file)?;
        Ok(Config {
            #[cfg(feature = "models")]
            docs,
            chain,
            limits,
            has_file,
            current_dir,
            env,
            versions,
            root,
            schema,
            table_prefix,
            dialects,
            url,
            file,
            notes,
        })
    }

    /// The database.
    pub(crate) fn url(&self) -> Result<&Url> {
        let env = self.env.as_deref();
        match (&self.url, env) {
            (Named::Url(url), _) => Ok(url),
            (Named::Unset(variable), Some(env)) => Err(unset(
                &format!("environment `{env}` takes its URL"),
                variable,
            )),
            (Named::Unset(variable), None) => {
                Err(unset(&format!("{NAME} takes the URL"), variable))
            }
            (Named::Wrong(error), _) => Err(error.clone()),
            (Named::Not, _) => {
                let error = Error::usage("no database is named")
                    .help("give `--url sqlite:app.db`, or `--url postgres://user@host/database`")
                    .help("or set DATABASE_URL");
                Err(match (self.has_file, env) {
                    (true, Some(env)) => {
                        error.help(format!("or give environment `{env}` a `url` in {NAME}"))
                    }
                    (true, None) if self.file.env.is_empty() => {
                        error.help(format!("or put a `url` into {NAME}"))
                    }
                    (true, None) => {
                        let names: Vec<&str> = self.file.env.keys().map(String::as_str).collect();
                        error.help(format!(
                            "or choose an environment of {NAME} with `--env`, or once for all with `default_env`: {}",
                            names.join(", ")
                        ))
                    }
                    (false, _) => error.help(format!("or write a {NAME}: `init` does")),
                })
            }
        }
    }

    /// The database, for commands that can do without.
    pub(crate) fn url_if_any(&self) -> Option<&Url> {
        match &self.url {
            Named::Url(url) => Some(url),
            Named::Unset(_) | Named::Wrong(_) | Named::Not => None,
        }
    }

    /// The URL of another environment, as `requires` names it.
    pub(crate) fn url_of(&self, app: &App<'_>, name: &str) -> Result<Url> {
        let environment = self.file.environment(name)?;
        match from_file(
            app,
            environment.url.as_ref(),
            environment.url_env.as_deref(),
            &self.file.folder,
        )? {
            Named::Url(url) => Ok(url),
            Named::Wrong(error) => Err(error),
            Named::Unset(variable) => Err(unset(
                &format!("environment `{name}` takes its URL"),
                &variable,
            )),
            Named::Not => Err(Error::failed(format!(
                "environment `{name}` has no `url` in {NAME}"
            ))),
        }
    }

    /// How the versions directory is checked.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(&self.root);
        options.said = Said::Configuration;
        if let Some(name) = &self.chain {
            options.name.clone_from(name);
        }
        options.dialects.clone_from(&self.dialects);
        options.head.clone_from(&self.file.head);
        options.multiple_heads = self.file.multiple_heads;
        options.multiple_bases = self.file.multiple_bases;
        options.beside.clone_from(&self.file.beside);
        options
    }
}

/// A variable that names a database is missing, or empty.
fn unset(what: &str, variable: &str) -> Error {
    Error::usage(format!(
        "{what} from the variable {variable}, which is not set"
    ))
    .help(format!(
        "set it, or write `{variable}=...` into a file `.env`, which only the command line reads"
    ))
}

/// Where a URL was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Where an environment of migrate.toml says.
    Environment,
    Elsewhere,
}

/// `--url`; what `--env` has; what the app says; `DATABASE_URL`; what migrate.toml says.
fn url(
    app: &App<'_>,
    global: &Global,
    file: &File,
    environment: Option<&Environment>,
    current_dir: &Path,
) -> Result<(Named, Origin)> {
    if let Some(url) = &global.url {
        let url = Url::parse(url.reveal(), current_dir)
            .map_err(|error| error.note("it is what `--url` says"))?;
        return Ok((Named::Url(url), Origin::Elsewhere));
    }
    let of_environment = match environment {
        Some(environment) => from_file(
            app,
            environment.url.as_ref(),
            environment.url_env.as_deref(),
            &file.folder,
        )?,
        None => Named::Not,
    };
    // Whoever names an environment doesn't mean the database of another.
    if global.env.is_some() && !matches!(of_environment, Named::Not) {
        return Ok((of_environment, Origin::Environment));
    }
    if let Some(url) = &app.url {
        return Ok((named(url, current_dir, "the app"), Origin::Elsewhere));
    }
    if app.database.is_some() {
        return Ok((Named::Not, Origin::Elsewhere));
    }
    if let Some(url) = app.variable("DATABASE_URL") {
        return Ok((
            named(&url.into(), current_dir, "the variable DATABASE_URL"),
            Origin::Elsewhere,
        ));
    }
    match of_environment {
        Named::Not => {
            let (url, variable) = (file.url.as_ref(), file.url_env.as_deref());
            let named = from_file(app, url, variable, &file.folder)?;
            Ok((named, Origin::Elsewhere))
        }
        named => Ok((named, Origin::Environment)),
    }
}

/// `origin`: what an error names in place of the text.
fn named(url: &Secret, base: &Path, origin: &str) -> Named {
    match Url::parse(url.reveal(), base) {
        Ok(url) => Named::Url(url),
        Err(error) => Named::Wrong(error.note(format!("it is what {origin} says"))),
    }
}

fn from_file(
    app: &App<'_>,
    url: Option<&Secret>,
    variable: Option<&str>,
    folder: &Path,
) -> Result<Named> {
    match (url, variable) {
        (Some(url), None) => Ok(named(url, folder, NAME)),
        (None, None) => Ok(Named::Not),
        (None, Some(variable)) => match app.variable(variable) {
            Some(url) => {
                let origin = format!("the variable {variable}");
                Ok(named(&url.into(), folder, &origin))
            }
            None => Ok(Named::Unset(variable.to_owned())),
        },
        (Some(_), Some(_)) => Err(
            Error::failed(format!("{NAME} gives both `url` and `url_env`"))
                .help("keep one of the two"),
        ),
    }
}

/// The literal that the app embeds; nothing for a chain from disk.
fn embedded_root(app: &App<'_>) -> Option<String> {
    match app.source {
        crate::app::Source::App(migrations) => {
            migrations.chain().ok().map(|chain| chain.root.to_owned())
        }
        crate::app::Source::Disk => None,
    }
}

/// The folder, and how it is shown: as it was written, or relative to the current folder.
fn versions(
    global: &Global,
    configured: Option<&String>,
    start: &Path,
    current_dir: &Path,
    embedded: Option<String>,
) -> (PathBuf, String) {
    if let Some(versions) = &global.versions {
        let shown = versions.to_string_lossy().replace('\\', "/");
        return (current_dir.join(versions), shown);
    }
    let literal = configured
        .cloned()
        .or(embedded)
        .unwrap_or_else(|| VERSIONS.to_owned());
    let directory = start.join(&literal);
    // From a sub-folder of the project an editor opens what it is shown.
    let shown = match directory.strip_prefix(current_dir) {
        Ok(inside) => inside.to_string_lossy().replace('\\', "/"),
        Err(_) => literal,
    };
    (directory, shown)
}

/// The dialects that migrate.toml or a flag names; with none, the files or the database decide.
fn dialects(global: &Global, file: &File) -> Result<Vec<Dialect>> {
    let parse = |name: &String| {
        let parsed = name.parse::<Dialect>();
        parsed.map_err(|error| Error::usage(format!("`{name}` is no dialect: {error}")))
    };
    let given: Vec<Dialect> = global.dialects.iter().map(parse).collect::<Result<_>>()?;
    if file.dialects.is_empty() {
        Ok(given)
    } else {
        file.dialects.iter().map(parse).collect()
    }
}
