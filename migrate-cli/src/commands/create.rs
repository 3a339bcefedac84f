use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::database::{Access, Database};
use crate::error::{Error, Result};
use crate::url::{SqlitePlace, Url};

/// Make the database that the URL names
#[derive(Debug, clap::Args)]
#[command(after_help = "\
One that is there already stays as it is.

Example:
  create && upgrade")]
pub(crate) struct Create {}

#[derive(Debug, Serialize)]
struct Made {
    url: String,
    created: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Create) -> Result<Exit> {
    let url = context.config.url()?.clone();
    let created = match &url {
        Url::Sqlite(sqlite) => match &sqlite.place {
            SqlitePlace::File(path) if !path.exists() => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(|error| {
                        Error::failed(format!("can't make {}: {error}", folder.display()))
                    })?;
                }
                // SQLite itself writes nothing before there is something to write.
                std::fs::File::create_new(path)
                    .map_err(|error| Error::failed(format!("can't make {url}: {error}")))?;
                Database::open(&url, Access::Write)?;
                true
            }
            _ => false,
        },
        Url::Postgres(_) => create(&url)?,
    };
    let url = url.to_string();
    if context.global.json {
        json(context, &Made { url, created })?;
        return Ok(Exit::Done);
    }
    context.streams.line(if created {
        format!("Created {url}")
    } else {
        format!("{url} is there already")
    })?;
    Ok(Exit::Done)
}

#[cfg(feature = "postgres")]
fn create(url: &Url) -> Result<bool> {
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
    match client.batch_execute(&format!("CREATE DATABASE {}", identifier(name))) {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => Ok(false),
        Err(error) => Err(Error::failed(format!(
            "can't make {url}: {}",
            causes(&error)
        ))),
    }
}

#[cfg(not(feature = "postgres"))]
fn create(url: &Url) -> Result<bool> {
    Ok(Database::open(url, Access::Write).map(|_| false)?)
}
