use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::{Access, Database};
use crate::error::{Error, Result};
use crate::url::{SqlitePlace, Url};

/// Drop the database that the URL names, with all that is in it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Asks for its name, or takes `--yes`. A database of a protected environment is never dropped.

Example:
  drop --yes && create && upgrade")]
pub(crate) struct Drop {
    /// End the connections of others first (PostgreSQL)
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Serialize)]
struct Dropped {
    url: String,
    dropped: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Drop) -> Result<Exit> {
    let url = context.config.url()?.clone();
    let is_there = match &url {
        Url::Sqlite(sqlite) => match &sqlite.place {
            SqlitePlace::File(path) => path.exists(),
            SqlitePlace::Memory(_) => false,
        },
        Url::Postgres(_) => true,
    };
    // What the database says of itself counts beside what it is called here.
    let mut names: Vec<String> = context.config.env.clone().into_iter().collect();
    let found = if is_there {
        Database::open(&url, Access::Read).map(Some)
    } else {
        Ok(None)
    };
    if let Ok(Some(mut database)) = found {
        let migrations = context.migrations(Need::Graph)?;
        names.extend(context.same_environment(&migrations, &mut database)?);
    }
    for name in &names {
        let environment = context.config.file.env.get(name);
        if environment.is_some_and(|environment| environment.protected) {
            return Err(Error::failed(format!(
                "`{name}` is protected, and its database is not dropped from here"
            ))
            .note("nothing was changed"));
        }
    }
    confirm(context, &url)?;
    let dropped = match &url {
        Url::Sqlite(_) if !is_there => false,
        Url::Sqlite(sqlite) => match &sqlite.place {
            SqlitePlace::File(path) => {
                for suffix in ["-wal", "-shm", "-journal", ""] {
                    let mut name = path.clone().into_os_string();
                    name.push(suffix);
                    match std::fs::remove_file(&name) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(Error::failed(format!("can't drop {url}: {error}")));
                        }
                        _ => {}
                    }
                }
                true
            }
            SqlitePlace::Memory(_) => false,
        },
        Url::Postgres(_) => drop(&url, args.force)?,
    };
    let url = url.to_string();
    if context.global.json {
        json(context, &Dropped { url, dropped })?;
        return Ok(Exit::Done);
    }
    context.streams.line(if dropped {
        format!("Dropped {url}")
    } else {
        format!("{url} is not there")
    })?;
    Ok(Exit::Done)
}

/// Asks a person for the name of what goes, unless `--yes` was given.
fn confirm(context: &mut Context<'_, '_>, url: &Url) -> Result<()> {
    if context.global.yes {
        return Ok(());
    }
    let refused = Error::failed(format!("{url} and all that is in it would be dropped"))
        .note("nothing was changed");
    if !context.streams.is_interactive() {
        return Err(refused.help("give `--yes` if that is meant"));
    }
    let name = match url {
        Url::Postgres(postgres) => postgres.database().unwrap_or_default().to_owned(),
        Url::Sqlite(sqlite) => match &sqlite.place {
            SqlitePlace::File(path) => path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            SqlitePlace::Memory(_) => return Ok(()),
        },
    };
    let mut prompt = crate::prompt::Prompt {
        out: context.streams.err(),
        lines: &mut std::io::stdin().lock(),
    };
    writeln!(prompt.out, "{url} and all that is in it will be dropped.")?;
    match prompt.read_line(&format!("Type `{name}` to go on"))? {
        Some(answer) if answer == name => Ok(()),
        _ => Err(refused),
    }
}

#[cfg(feature = "postgres")]
fn drop(url: &Url, force: bool) -> Result<bool> {
    use migrate_chain::sql::identifier;
    use postgres::error::SqlState;

    use crate::database::postgres::{causes, connect_beside};

    let Url::Postgres(postgres) = url else {
        return Ok(false);
    };
    let Some(name) = postgres.database() else {
        return Err(Error::usage("the URL names no database"));
    };
    let mut client = connect_beside(postgres)?;
    let force = if force { " WITH (FORCE)" } else { "" };
    match client.batch_execute(&format!("DROP DATABASE {}{force}", identifier(name))) {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_DATABASE) => Ok(false),
        Err(error) => {
            let refused = Error::failed(format!("can't drop {url}: {}", causes(&error)));
            Err(if error.code() == Some(&SqlState::OBJECT_IN_USE) {
                refused.help("`--force` ends the connections of others first")
            } else {
                refused
            })
        }
    }
}

#[cfg(not(feature = "postgres"))]
fn drop(url: &Url, _: bool) -> Result<bool> {
    Ok(Database::open(url, Access::Write).map(|_| false)?)
}
