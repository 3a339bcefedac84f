//! What every change must leave true of the repository as a whole.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod imports;
mod one_driver;
mod prose;
mod sql;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn output(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The text files that git tracks; those of ui tests are wrong on purpose.
fn files() -> Vec<(String, String)> {
    let listed = output(Command::new("git").args(["ls-files", "--", ".", ":!tests/ui"]));
    let files: Vec<_> = listed
        .lines()
        .filter_map(|path| Some((path.to_owned(), fs::read_to_string(root().join(path)).ok()?)))
        .collect();
    assert!(files.len() > 50, "{}", files.len());
    files
}

/// Folder and text of each manifest, the workspace's apart.
fn manifests() -> Vec<(String, String)> {
    let manifests = files().into_iter().filter_map(|(path, text)| {
        let folder = path.strip_suffix("/Cargo.toml")?;
        Some((folder.to_owned(), text))
    });
    manifests.collect()
}

/// The names of the crates that users depend on.
fn published() -> Vec<String> {
    let published = manifests()
        .into_iter()
        .filter(|(_, text)| !text.contains("publish = false"))
        .map(|(_, text)| value(&text, "name").to_owned());
    published.collect()
}

/// The first `key = "value"` of a manifest.
fn value<'t>(manifest: &'t str, key: &str) -> &'t str {
    let mut lines = manifest.lines();
    let found = lines.find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
    found
        .unwrap_or_else(|| panic!("no {key}"))
        .trim()
        .trim_matches('"')
}

/// What cargo builds for a package, on this machine: name, version and licence of each crate.
fn tree(package: &str, features: &[&str]) -> BTreeSet<(String, String, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--locked", "--package", package]);
    cargo.args([
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]);
    let listed = output(cargo.args(features));
    let crates = listed.lines().map(|line| {
        let (package, licence) = line.split_once('|').unwrap();
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap(), words.next().unwrap());
        // A crate that was listed before is marked so.
        let licence = licence.trim_end_matches("(*)").trim();
        (name.to_owned(), version.to_owned(), licence.to_owned())
    });
    crates.collect()
}

/// Checks that a package brings no more crates than that, those of another apart.
fn at_most(limit: usize, package: &str, features: &[&str], apart: Option<&str>) {
    let apart = apart.map(|apart| tree(apart, &[])).unwrap_or_default();
    let own = tree(package, features);
    let brought: Vec<&str> = own
        .difference(&apart)
        .map(|(name, _, _)| name.as_str())
        .filter(|name| *name != package)
        .collect();
    assert!(
        (1..=limit).contains(&brought.len()),
        "{package} brings {}, and may bring {limit}: {brought:?}",
        brought.len()
    );
}

#[test]
fn few_crates_are_brought_along() {
    at_most(12, "migrate-macros", &[], None);
    let rusqlite = ["--features", "rusqlite"];
    at_most(12, "migrate-runtime", &rusqlite, Some("rusqlite"));
    let postgres = ["--no-default-features", "--features", "postgres"];
    at_most(8, "migrate-runtime", &postgres, Some("postgres"));
}

#[test]
fn licences_fit() {
    const FIT: &[&str] = &[
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];
    let fits = |licence: &str| {
        let alternatives = |term: &str| {
            term.split(" OR ")
                .any(|one| FIT.contains(&one.trim_matches(['(', ')', ' '])))
        };
        licence
            .replace('/', " OR ")
            .split(" AND ")
            .all(alternatives)
    };
    assert!(fits("(MIT OR Apache-2.0) AND Unicode-3.0") && fits("GPL-3.0/MIT"));
    assert!(!fits("GPL-3.0") && !fits("MIT AND GPL-3.0") && !fits(""));
    for package in published() {
        for (name, version, licence) in tree(&package, &["--all-features"]) {
            assert!(
                fits(&licence),
                "{package} brings {name} {version}, whose licence is `{licence}`"
            );
        }
    }
}

#[test]
fn siblings_are_pinned() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = value(&workspace, "version");
    let published = published();
    assert!(published.len() >= 3, "{published:?}");
    let mut pins = 0;
    for (folder, manifest) in manifests()
        .into_iter()
        .chain([(String::new(), workspace.clone())])
    {
        let (dependencies, tests) = manifest
            .split_once("[dev-dependencies]")
            .unwrap_or((&manifest, ""));
        // Tests are built from this checkout.
        let tests = tests.split_once("\n[").map_or("", |(_, rest)| rest);
        for line in dependencies.lines().chain(tests.lines()) {
            let name = line.split([' ', '.', '=']).next().unwrap();
            if published.iter().any(|sibling| sibling == name) && line.contains('=') {
                let pinned = line.contains(&format!("version = \"={version}\""))
                    || line.contains("workspace = true");
                // A workspace of its own, never published.
                let is_outside = manifest.contains("publish = false") && line.contains("path = ");
                assert!(pinned || is_outside, "{folder}/Cargo.toml: {line}");
                pins += 1;
            }
        }
    }
    assert!(pins >= 5, "{pins}");
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
    for (folder, manifest) in manifests() {
        let own = manifest.contains("[lints.rust]\nunsafe_code = \"forbid\"\n");
        let inherited = manifest.contains("[lints]\nworkspace = true\n");
        // A workspace of its own has nothing to inherit.
        let fits = if manifest.contains("[workspace]") {
            own
        } else {
            inherited
        };
        assert!(fits, "{folder}/Cargo.toml");
    }
}

#[test]
fn white_space_is_plain() {
    // What other tools have written stays as they wrote it.
    let ours = |path: &str| !path.starts_with("tests/adopt/fixtures/");
    for (path, text) in files().into_iter().filter(|(path, _)| ours(path)) {
        for (number, line) in text.lines().enumerate() {
            let number = number + 1;
            assert_eq!(
                line.trim_end(),
                line,
                "{path}:{number}: white space at its end"
            );
            assert!(
                !(path.ends_with(".rs") && line.contains('\t')),
                "{path}:{number}: a tab"
            );
        }
        assert!(
            text.is_empty() || text.ends_with('\n'),
            "{path}: no line break at its end"
        );
    }
}

/// No path of whoever wrote a file ends up in it.
#[test]
fn no_path_is_of_one_machine() {
    let homes = ["home", "root", "Users", "tmp"].map(|folder| format!("/{folder}/"));
    /// Where packages are installed, on every machine that has them there.
    const EXCEPT: &[&str] = &["/home/linuxbrew/"];
    let this = "tests/tests/tidy/main.rs";
    for (path, text) in files().into_iter().filter(|(path, _)| path != this) {
        for (number, line) in text.lines().enumerate() {
            let absolute = |home: &str| {
                line.match_indices(home).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    let inside =
                        before.is_some_and(|c| c.is_alphanumeric() || "_-.}])/".contains(c));
                    !inside && !EXCEPT.iter().any(|known| line[at..].starts_with(known))
                })
            };
            let found = homes.iter().find(|home| absolute(home));
            assert_eq!(found, None, "{path}:{}: {line}", number + 1);
        }
    }
}

#[test]
fn the_changelog_is_open() {
    if let Ok(changelog) = fs::read_to_string(root().join("CHANGELOG.md")) {
        assert!(changelog.contains("\n## [Unreleased]\n"));
    }
}
