//! `import`: histories of other tools become revisions, and the proof that they do the same.

mod convert;
mod recorded;
mod refused;

use crate::support::{Database, Project, Ran};

/// Imports what lies in `old`, and reads the document.
fn imported(project: &Project, flags: &str) -> (Ran, serde_json::Value) {
    let ran = project.run(&format!("import old --json {flags}"));
    let document = serde_json::from_str(&ran.out)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err));
    (ran, document)
}

/// The one revision that came of a file.
fn revision(project: &Project, document: &serde_json::Value, key: &str) -> String {
    let revisions = document["revisions"].as_array().unwrap();
    let one = revisions.iter().find(|one| one["key"] == key).unwrap();
    project.read(one["path"].as_str().unwrap())
}

/// A folder of the real tools' tests.
fn real(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("adopt")
        .join(path)
}

/// What a tool has left in a database.
fn fixture<D: Database>(database: &D, tool: &str, name: &str) {
    let kind = D::DIALECT.name();
    let text =
        std::fs::read_to_string(real(&format!("fixtures/{tool}/{name}.{kind}.sql"))).unwrap();
    database.run(&text);
}
