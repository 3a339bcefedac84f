use rusqlite::{Connection, OpenFlags};

use super::Access;
use crate::config::{Sqlite, Url};
use crate::error::{Error, Result};

pub(super) fn open(what: &Sqlite, access: Access) -> Result<Connection> {
    let path = match what {
        Sqlite::Memory => {
            return Connection::open_in_memory().map_err(|error| failed(what, &error));
        }
        Sqlite::File(path) => path,
    };
    if access == Access::Read && !path.exists() {
        // Nothing is applied there, and a command that reads makes no file.
        return Connection::open_in_memory().map_err(|error| failed(what, &error));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        return Err(Error::failed(format!(
            "there is no folder {} to put the database in",
            folder.display()
        )));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| failed(what, &error))?;
    // Opening reads nothing yet: a file that is no database shows only here.
    let look = connection.query_row("PRAGMA main.schema_version", [], |_| Ok(()));
    look.map_err(|error| failed(what, &error))?;
    Ok(connection)
}

fn failed(what: &Sqlite, error: &rusqlite::Error) -> Error {
    Error::failed(format!("can't open {}: {error}", Url::Sqlite(what.clone())))
}
