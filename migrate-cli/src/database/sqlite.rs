use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Access;
use crate::error::{Error, Result};
use crate::url::{Sqlite, SqliteMode, SqlitePlace};

/// How long a connection waits for a lock by itself, as rusqlite sets it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn open(what: &Sqlite, access: Access) -> Result<Connection> {
    let failed =
        |error: rusqlite::Error| Error::failed(format!("can't open {what}")).caused_by(error);
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    flags |= match what.mode {
        SqliteMode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        SqliteMode::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
        SqliteMode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let path = match &what.place {
        SqlitePlace::Memory(None) if !what.is_shared => {
            return Connection::open_in_memory().map_err(failed);
        }
        SqlitePlace::Memory(name) => {
            let name = name.as_deref().unwrap_or(":memory:");
            flags |= OpenFlags::SQLITE_OPEN_MEMORY | OpenFlags::SQLITE_OPEN_CREATE;
            return Connection::open_with_flags(uri(name, what), flags).map_err(failed);
        }
        SqlitePlace::File(path) => path,
    };
    if !path.exists() {
        if what.mode != SqliteMode::Create {
            return Err(Error::failed(format!(
                "there is no file {}, and `mode` makes none",
                path.display()
            )));
        }
        if access == Access::Read {
            // Nothing is applied there, and a command that reads makes no file.
            return Connection::open_in_memory().map_err(failed);
        }
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        return Err(Error::failed(format!(
            "there is no folder {} to put the database in",
            folder.display()
        ))
        .help("make it, or name another file"));
    }
    // Only through a URI does SQLite learn of an immutable file; a path need not be UTF-8.
    let connection = match (what.is_immutable, path.to_str()) {
        (true, Some(path)) => Connection::open_with_flags(uri(path, what), flags),
        _ => {
            if what.is_shared {
                flags |= OpenFlags::SQLITE_OPEN_SHARED_CACHE;
            }
            Connection::open_with_flags(path, flags - OpenFlags::SQLITE_OPEN_URI)
        }
    };
    let connection = connection.map_err(failed)?;
    // Opening reads nothing yet: a file that is no database shows only here. For one that is locked the engine waits, as
    // long as was said.
    connection.busy_timeout(Duration::ZERO).map_err(failed)?;
    let look = connection.query_row("PRAGMA main.schema_version", [], |_| Ok(()));
    let is_locked = matches!(
        look.as_ref().map_err(rusqlite::Error::sqlite_error_code),
        Err(Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    );
    if !is_locked {
        look.map_err(failed)?;
    }
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    Ok(connection)
}

/// The file, by device and number where there are such, so that links are seen through.
pub(super) fn identity(connection: &Connection) -> Option<String> {
    let path = connection.path().filter(|path| !path.is_empty())?;
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path) {
        use std::os::unix::fs::MetadataExt;
        return Some(format!("{}:{}", metadata.dev(), metadata.ino()));
    }
    let whole = std::fs::canonicalize(path).ok()?;
    Some(whole.to_string_lossy().into_owned())
}

/// A name as SQLite's own URI, whatever characters it has.
fn uri(name: &str, what: &Sqlite) -> String {
    let name: Vec<String> = (name.split('/'))
        .map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string())
        .collect();
    let cache = if what.is_shared { "shared" } else { "private" };
    let immutable = u8::from(what.is_immutable);
    format!(
        "file:{}?cache={cache}&immutable={immutable}",
        name.join("/")
    )
}
