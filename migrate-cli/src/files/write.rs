use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::error::{Error, Result};

/// Writes a file that must not exist yet. Whoever reads the folder meanwhile sees all of it or none.
pub(crate) fn create(path: &Path, text: &str) -> Result<()> {
    let written = temporary(path, text).and_then(|file| {
        let persisted = file.persist_noclobber(path);
        persisted.map(drop).map_err(|error| error.error)
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::failed(format!(
            "{} is there already, and stays as it is",
            path.display()
        )),
        _ => failed(path, &error),
    })
}

/// Replaces a file by way of a temporary one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let written = temporary(path, text).and_then(|file| {
        if let Ok(metadata) = fs::metadata(path) {
            // Whoever may read the old one may read the new one.
            let _ = fs::set_permissions(file.path(), metadata.permissions());
        }
        file.persist(path).map(drop).map_err(|error| error.error)
    });
    written.map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    // With a temporary file's name in it, which nobody needs to know, the error is another one's wrapping.
    let reason = match error.get_ref() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    };
    Error::failed(format!("can't write {}: {reason}", path.display()))
}

/// The text in a file beside the one that is meant; a dot file, which no chain reads.
fn temporary(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".").suffix(".tmp");
    // By default only its owner could read it; the umask takes away what nobody else should have.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_file_that_is_meant() {
        let error = create(Path::new("no-such-folder/a1.sql"), "").unwrap_err();
        assert_eq!(
            error.diagnostic.message,
            "can't write no-such-folder/a1.sql: entity not found"
        );
    }
}
