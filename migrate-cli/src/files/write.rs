use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Writes a file that must not exist yet. Whoever reads the folder meanwhile sees all of it or none.
pub(crate) fn create(path: &Path, text: &str) -> Result<()> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::failed(format!(
            "{} is there already, and stays as it is",
            path.display()
        )),
        _ => Error::failed(format!("can't write {}: {error}", path.display())),
    };
    let temporary = temporary(path, text).map_err(failed)?;
    // A hard link refuses a name that is taken, which a rename does not.
    let linked = match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // A file system without links: no window is left but that of a crash.
            let file = OpenOptions::new().write(true).create_new(true).open(path);
            file.and_then(|mut file| file.write_all(text.as_bytes()))
        }
        done => done,
    };
    let _ = fs::remove_file(&temporary);
    linked.map_err(failed)
}

/// Replaces a file by way of a temporary one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let failed =
        |error: io::Error| Error::failed(format!("can't write {}: {error}", path.display()));
    let temporary = temporary(path, text).map_err(failed)?;
    if let Ok(metadata) = fs::metadata(path) {
        // Whoever may read the old one may read the new one.
        let _ = fs::set_permissions(&temporary, metadata.permissions());
    }
    fs::rename(&temporary, path).map_err(|error| {
        let _ = fs::remove_file(&temporary);
        failed(error)
    })
}

/// The text in a file beside the one that is meant; a dot file, which no chain reads.
fn temporary(path: &Path, text: &str) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.map(|()| temporary)
}
