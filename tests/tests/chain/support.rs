//! Versions directories in memory.

use migrate_chain::{Chain, Dialect, Folder, Loaded, Options, Problems, load};
use migrate_tests::Dag;

/// Options that allow whatever a random history holds.
pub(crate) fn anything() -> Options {
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite];
    options.multiple_heads = true;
    options.multiple_bases = true;
    options
}

/// Loads files given as path and text.
pub(crate) fn try_load<P: AsRef<str>, T: AsRef<[u8]>>(
    files: impl IntoIterator<Item = (P, T)>,
    options: &Options,
) -> Result<Loaded, Problems> {
    let mut folder = Folder::new("versions");
    for (path, text) in files {
        folder.add(path.as_ref(), text.as_ref());
    }
    folder.finish();
    load(folder, options)
}

/// Loads a random history.
pub(crate) fn load_dag(dag: &Dag) -> Loaded {
    try_load(dag.files(), &anything()).unwrap_or_else(|problems| panic!("{problems}"))
}
