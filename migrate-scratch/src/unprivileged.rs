//! Who runs a server that refuses to run as root, and where.

use std::collections::hash_map::RandomState;
use std::env;
use std::fs::{self, DirBuilder};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Result};

/// A user's and a group's number where we are root; `None` where we are not.
///
/// # Errors
///
/// We are root, and there is nobody else.
pub fn user() -> Result<Option<(u32, u32)>> {
    // std does not tell who we are, but a process owns what it creates.
    let probe = folder(&env::temp_dir()).and_then(|probe| {
        let uid = fs::metadata(&probe).map(|probe| probe.uid());
        fs::remove_dir(&probe).and(uid)
    });
    let uid = probe
        .map_err(|error| Error::new("the temporary folder can't be used").with_source(error))?;
    if uid != 0 {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let fields = passwd
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields.first() == Some(&name))?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    match ["postgres", "nobody"].into_iter().find_map(ids) {
        Some(user) => Ok(Some(user)),
        None => Err(Error::new(
            "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`",
        )),
    }
}

/// Where a server's folder goes: the temporary folder, unless only root can enter that.
pub fn parent_dir(other_user: bool) -> PathBuf {
    let usual = env::temp_dir();
    let open_to_all = |dir: &Path| fs::metadata(dir).is_ok_and(|dir| dir.mode() & 0o001 != 0);
    let reachable = usual.ancestors().all(open_to_all);
    if other_user && !reachable {
        PathBuf::from("/tmp")
    } else {
        usual
    }
}

/// Where a server keeps all that it has: in memory where there is room, because a new database alone is nine hundred
/// files; else where [`parent_dir`] says. A `TMPDIR` that somebody chose is obeyed.
pub(crate) fn server_dir(other_user: bool) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let chosen = env::var_os("TMPDIR").is_some();
    if !chosen && free_kib(memory).is_some_and(|free| free >= ROOM_KIB) {
        memory.to_path_buf()
    } else {
        parent_dir(other_user)
    }
}

/// A server with some dozens of small databases, and its log of changes, fits twice.
const ROOM_KIB: u64 = 2 * 1024 * 1024;

/// What a file system has left, as `df` says; `None` where the folder isn't one of its own.
fn free_kib(mount: &Path) -> Option<u64> {
    let df = Command::new("df").arg("-Pk").arg(mount).output().ok()?;
    let text = String::from_utf8(df.stdout).ok()?;
    let fields: Vec<_> = text.lines().nth(1)?.split_whitespace().collect();
    let [_, _, _, free, _, on] = fields[..] else {
        return None;
    };
    free.parse().ok().filter(|_| Path::new(on) == mount)
}

/// A new folder that is ours alone.
pub(crate) fn folder(parent: &Path) -> io::Result<PathBuf> {
    // The standard library seeds each of these anew.
    let random = RandomState::new().build_hasher().finish();
    let folder = parent.join(format!("migrate-pg-{random:016x}"));
    DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}
