//! Where the databases of tests are made.

use migrate_chain::Dialect;

use super::Result;
use crate::Error;
use crate::scratch::Scratch;

/// Where a scratch database of that kind is made.
pub(super) fn scratch(dialect: Dialect) -> Result<Scratch<'static>> {
    match dialect {
        #[cfg(feature = "rusqlite")]
        Dialect::Sqlite => Ok(Scratch::Sqlite),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Ok(Scratch::Postgres(server()?)),
        other => Err(
            Error::new(format!("migrate-schema is built without {other}")).with_help(format!(
                "its feature `{}` brings it",
                match other {
                    Dialect::Sqlite => "rusqlite",
                    _ => "postgres",
                }
            )),
        ),
    }
}

/// One for all tests of the process.
#[cfg(feature = "postgres")]
fn server() -> Result<&'static crate::scratch::Server> {
    use std::sync::{Mutex, OnceLock, PoisonError};

    use crate::scratch::Server;

    static SERVER: OnceLock<Server> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    // Only a lock for the moment: what a panicking thread left behind is either there or not.
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = SERVER.get() {
        return Ok(server);
    }
    let server = match std::env::var("MIGRATE_SCRATCH_URL") {
        Ok(url) => {
            let (server, note) = Server::at(&url)?.or_private()?;
            if let Some(note) = note {
                eprintln!("note: {note}");
            }
            server
        }
        Err(_) => Server::start()
            .map_err(|error| error.with_help("or name a server in MIGRATE_SCRATCH_URL"))?,
    };
    Ok(SERVER.get_or_init(|| server))
}
