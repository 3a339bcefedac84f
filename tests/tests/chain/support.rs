//! Versions directories in memory.

use migrate_chain::{Dialect, Folder, Loaded, Options, Problems, load};
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

/// A revision that does nothing: its file and text, with more header lines.
pub(crate) fn revision(id: &str, parents: &str, more: &str) -> (String, String) {
    let text = format!(
        "-- {id}\n-- revision: {id}\n-- down_revision: {parents}\n{more}\n-- upgrade: nothing\n-- downgrade: nothing\n"
    );
    (format!("{id}.sql"), text)
}

/// A history of `(id, parents, a header line or nothing)`.
pub(crate) fn history(revisions: &[(&str, &str, &str)]) -> Loaded {
    let files = revisions.iter().map(|(id, parents, more)| {
        let more = match *more {
            "" => String::new(),
            line => format!("-- {line}\n"),
        };
        revision(id, parents, &more)
    });
    try_load(files, &anything()).unwrap_or_else(|problems| panic!("{problems}"))
}
