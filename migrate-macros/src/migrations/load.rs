use std::path::{Component, Path, PathBuf};

use migrate_chain::{Folder, Loaded, Options, Problems};

use super::assets::{self, Asset};
use super::settings::Settings;
use crate::attribute::errors::Errors;

/// A versions directory that passed every check.
pub(crate) struct Versions {
    pub(crate) loaded: Loaded,
    /// The files under `assets/`, when they were asked for.
    pub(crate) assets: Option<Vec<Asset>>,
    /// True when there is a chain.lock to track.
    pub(crate) has_lock: bool,
    /// The directory, absolute.
    directory: PathBuf,
}

impl Versions {
    /// The path of a file of the directory, absolute: the compiler reads others from where the
    /// macro is written.
    pub(crate) fn file(&self, path: &str) -> String {
        format!("{}/{path}", self.directory.display())
    }
}

/// Reads and checks the directory that the settings name; what is wrong with it is one error on
/// the literal that names it.
pub(crate) fn load(settings: &Settings, errors: &mut Errors) -> Option<Versions> {
    if !errors.is_empty() {
        return None;
    }
    let path = settings.path.as_ref()?;
    let found = manifest_dir().and_then(|manifest_dir| {
        let root = root(&path.value())?;
        let directory = inside(&manifest_dir, &root)?;
        read(settings, &root, directory).map_err(|problems| problems.to_string())
    });
    found
        .map_err(|message| errors.at(path.span(), message))
        .ok()
}

fn manifest_dir() -> Result<PathBuf, String> {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| {
            "CARGO_MANIFEST_DIR is not set: the build tool must set it to the crate's folder, as cargo does".to_owned()
        })
}

/// The directory as it is shown: relative to the crate, without `.` and `..`.
fn root(written: &str) -> Result<String, String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(written).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.extend(part.to_str()),
            Component::ParentDir => {
                parts.pop().ok_or_else(|| leads_out(written))?;
            }
            Component::RootDir | Component::Prefix(_) => {
                return Err(format!(
                    "`{written}` is an absolute path\n  = help: the path is relative to the crate's Cargo.toml, so that the crate builds on every machine"
                ));
            }
        }
    }
    if parts.is_empty() {
        return Err(format!(
            "`{written}` names no directory of the crate\n  = help: revisions have a directory of their own, such as `versions`"
        ));
    }
    Ok(parts.join("/"))
}

/// The directory on disk, unless a symbolic link takes it out of the crate.
fn inside(manifest_dir: &Path, root: &str) -> Result<PathBuf, String> {
    let directory = manifest_dir.join(root);
    let real = directory
        .canonicalize()
        .ok()
        .zip(manifest_dir.canonicalize().ok());
    match real {
        Some((directory, manifest_dir)) if !directory.starts_with(&manifest_dir) => {
            Err(leads_out(root))
        }
        // One that is not there is reported with the other problems.
        _ => Ok(directory),
    }
}

fn leads_out(written: &str) -> String {
    format!(
        "`{written}` leads out of the crate\n  = help: a published crate holds only its own folder; keep the revisions there, or in a crate of their own that the others depend on"
    )
}

fn read(settings: &Settings, root: &str, directory: PathBuf) -> Result<Versions, Problems> {
    let mut options = Options::new(root);
    if let Some(chain) = &settings.chain {
        options.name = chain.value();
    }
    options.dialects.clone_from(&settings.dialects);
    options.head = settings.head.as_ref().map(syn::LitStr::value);
    options.multiple_heads = settings.multiple_heads;
    options.multiple_bases = settings.multiple_bases;

    let folder = Folder::read(&directory, root);
    let has_lock = folder.chain_lock.is_some();
    let mut problems = Problems::new();
    let assets = (settings.assets.is_some() && directory.is_dir())
        .then(|| assets::read(&directory, root, &mut problems));
    match migrate_chain::load(folder, &options) {
        Ok(loaded) => problems.into_result().map(|()| Versions {
            loaded,
            assets,
            has_lock,
            directory,
        }),
        Err(found) => {
            problems.extend(found.iter().cloned());
            Err(problems.into_result().err().unwrap_or(found))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn a_path_is_shown_in_one_way() {
        for written in ["versions", "./versions/", "a/../versions", "versions//."] {
            assert_eq!(root(written), Ok("versions".to_owned()));
        }
        assert_eq!(root("db/versions"), Ok("db/versions".to_owned()));
    }

    #[test]
    fn a_path_stays_in_the_crate() {
        for written in ["", ".", "/versions", "..", "../versions", "a/../../a"] {
            assert!(root(written).is_err(), "{written}");
        }
    }
}
