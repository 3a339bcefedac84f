//! Which files of parent folders are a project's own.

use std::path::{Path, PathBuf};

/// What a search upwards comes to.
pub(super) enum Found {
    File(PathBuf),
    /// There is one, and another user's.
    OfAnotherUser(PathBuf),
    Nothing,
}

/// The nearest file of a name, from a folder upwards. As git does, this stops at the root of the
/// repository and where the owner changes: in a folder such as `/tmp`, anybody may put a file that
/// names a database.
pub(super) fn upwards(start: &Path, name: &str) -> Found {
    let user = owner(start);
    for folder in start.ancestors() {
        let path = folder.join(name);
        let is_file = path.is_file();
        if owner(folder) != user || (is_file && owner(&path) != user) {
            let paths = folder.ancestors().map(|folder| folder.join(name));
            let mut files = paths.filter(|path| path.is_file());
            return files.next().map_or(Found::Nothing, Found::OfAnotherUser);
        }
        if is_file {
            return Found::File(path);
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Found::Nothing
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|metadata| metadata.uid())
}

/// Elsewhere files have owners that the standard library doesn't tell.
#[cfg(not(unix))]
fn owner(_: &Path) -> Option<u32> {
    None
}
