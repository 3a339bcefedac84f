use std::path::{Component, Path, PathBuf};

use migrate_chain::chain_lock::ChainLock;
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
/// the literal that names it, beside those of the options.
pub(crate) fn load(settings: &Settings, errors: &mut Errors) -> Option<Versions> {
    let path = settings.path.as_ref()?;
    let options_are_right = errors.is_empty();
    let found = manifest_dir().and_then(|manifest_dir| {
        let root = root(&path.value())?;
        let directory = inside(&manifest_dir, &root)?;
        let options = options(settings, &root, options_are_right);
        read(settings, &options, directory).map_err(|problems| problems.to_string())
    });
    found
        .map_err(|message| errors.at(path.span(), message))
        .ok()
        .filter(|_| options_are_right)
}

fn manifest_dir() -> Result<PathBuf, String> {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| {
            "CARGO_MANIFEST_DIR is not set: the build tool must set it to the crate's folder, as cargo does".to_owned()
        })
}

/// The directory as it is shown: relative to the crate, without `.`, and with `..` only in front.
fn root(written: &str) -> Result<String, String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(written).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.extend(part.to_str()),
            Component::ParentDir if parts.last().is_none_or(|part| *part == "..") => {
                parts.push("..");
            }
            Component::ParentDir => drop(parts.pop()),
            Component::RootDir | Component::Prefix(_) => {
                return Err(format!(
                    "`{written}` is an absolute path\n  = help: the path is relative to the crate's Cargo.toml, so that the crate builds on every machine"
                ));
            }
        }
    }
    if parts.last().is_none_or(|part| *part == "..") {
        return Err(format!(
            "`{written}` is no directory for revisions\n  = help: they have one of their own, such as `versions`, or `../versions` for the crates of a workspace that share it"
        ));
    }
    Ok(parts.join("/"))
}

/// The directory on disk, unless it lies beyond the workspace, by `..` or by a symbolic link.
fn inside(manifest_dir: &Path, root: &str) -> Result<PathBuf, String> {
    let crate_dir = manifest_dir.canonicalize();
    let crate_dir = crate_dir.unwrap_or_else(|_| manifest_dir.to_owned());
    let workspace = crate_dir
        .ancestors()
        .find(|dir| dir.join("Cargo.lock").is_file());
    let limit = workspace.unwrap_or(&crate_dir);
    let ups = root.split('/').take_while(|part| *part == "..").count();
    let up = crate_dir.ancestors().nth(ups);
    let directory = manifest_dir.join(root);
    // One that is not there is reported with the other problems.
    let real = directory.canonicalize().ok();
    let outside = |path: &Path| !path.starts_with(limit);
    if up.is_none_or(outside) || real.as_deref().is_some_and(outside) {
        return Err(leads_out(root, &crate_dir, workspace));
    }
    Ok(directory)
}

fn leads_out(root: &str, crate_dir: &Path, workspace: Option<&Path>) -> String {
    let (limit, help) = match workspace {
        Some(dir) if dir == crate_dir => (
            "crate, which has a Cargo.lock of its own",
            "keep the revisions in the crate; or, if it belongs to a workspace, delete its own Cargo.lock, which the workspace doesn't use",
        ),
        Some(_) => (
            "workspace, which begins at the nearest Cargo.lock above the crate",
            "keep the revisions in the workspace, or in a crate of their own that the others depend on",
        ),
        None => (
            "crate",
            "there is no Cargo.lock above it, where a workspace would begin; keep the revisions in the crate, or in one of their own that the others depend on",
        ),
    };
    format!("`{root}` leads out of the {limit}\n  = help: {help}")
}

/// What the options say. Where some are wrong, nothing is made of those that are missing: they may be
/// the ones that were meant.
fn options(settings: &Settings, root: &str, right: bool) -> Options {
    let mut options = Options::new(root);
    if let Some(chain) = &settings.chain {
        options.name = chain.value();
    }
    options.dialects.clone_from(&settings.dialects);
    options.head = settings.head.as_ref().map(syn::LitStr::value);
    options.multiple_heads = settings.multiple_heads || !right;
    options.multiple_bases = settings.multiple_bases || !right;
    options.incomplete = !right;
    options.blank_head = true;
    options
}

fn read(settings: &Settings, options: &Options, directory: PathBuf) -> Result<Versions, Problems> {
    let root = &options.root;
    let folder = Folder::read(&directory, root);
    let has_lock = folder.chain_lock.is_some();
    let lock = settings.proved.then(|| folder.chain_lock.clone());
    let mut problems = Problems::new();
    let assets = (settings.assets.is_some() && directory.is_dir())
        .then(|| assets::read(&directory, root, &mut problems));
    match migrate_chain::load(folder, options) {
        Ok(loaded) => {
            if let Some(lock) = lock {
                proved(&loaded, root, &lock.unwrap_or_default())?;
            }
            problems.into_result().map(|()| Versions {
                loaded,
                assets,
                has_lock,
                directory,
            })
        }
        Err(mut found) => {
            found.append(problems);
            Err(found.sorted())
        }
    }
}

/// The head has run, as chain.lock says.
fn proved(loaded: &Loaded, root: &str, lock: &str) -> Result<(), Problems> {
    match loaded.packed().chain() {
        Ok(chain) => ChainLock::read(root, lock).0.is_proved(&chain),
        // What was packed just now can be read.
        Err(_) => Ok(()),
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
    fn a_path_may_lead_to_a_folder_of_the_workspace() {
        assert_eq!(root("../versions"), Ok("../versions".to_owned()));
        assert_eq!(root("a/../../b/../c"), Ok("../c".to_owned()));
        assert_eq!(
            root("../../db/versions/"),
            Ok("../../db/versions".to_owned())
        );
    }

    #[test]
    fn a_path_names_a_folder_of_its_own() {
        for written in ["", ".", "/versions", "..", "../..", "a/..", "a/../.."] {
            assert!(root(written).is_err(), "{written}");
        }
    }
}
