//! The program itself: its names, its streams and its exit codes.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let versions = folder.path().join("versions");
    fs::create_dir(&versions).unwrap();
    let mut down = "none";
    for id in ["a1", "b1"] {
        let text = format!(
            "-- step {id}\n-- revision: {id}\n-- down_revision: {down}\n\n-- upgrade (sqlite)\nCREATE TABLE {id} (x);\n\n-- downgrade\nDROP TABLE {id};\n"
        );
        fs::write(versions.join(format!("{id}.sql")), text).unwrap();
        down = id;
    }
    folder
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-migrate"));
    program.args(words).current_dir(folder);
    for variable in ["MIGRATE_ENV", "GITHUB_ACTIONS", "CARGO_MANIFEST_DIR"] {
        program.env_remove(variable);
    }
    program.env("DATABASE_URL", "sqlite:app.db");
    program.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn results_go_to_stdout_and_the_rest_to_stderr() {
    let folder = project();
    let ran = run(folder.path(), &["upgrade"]);
    assert_eq!(ran.status.code(), Some(0));
    assert_eq!(text(&ran.stdout), "");
    assert_eq!(
        text(&ran.stderr),
        "Running upgrade  -> a1, step a1\nRunning upgrade a1 -> b1, step b1\n"
    );
    let ran = run(folder.path(), &["current"]);
    assert_eq!(
        (text(&ran.stdout), text(&ran.stderr)),
        ("b1 (head)\n".to_owned(), String::new())
    );
}

#[test]
fn exit_codes_reach_the_shell() {
    let folder = project();
    for (words, code) in [
        (&["check"][..], 3),
        (&["upgrade", "zz"], 1),
        (&["upgrade", "+0"], 2),
        (&["--nope"], 2),
        (&["upgrade"], 0),
        (&["check"], 0),
        (&["--version"], 0),
    ] {
        assert_eq!(
            run(folder.path(), words).status.code(),
            Some(code),
            "{words:?}"
        );
    }
}

/// Cargo runs `cargo-migrate migrate ...`.
#[test]
fn cargo_finds_it() {
    let folder = project();
    let ran = run(folder.path(), &["migrate", "heads"]);
    assert_eq!(text(&ran.stdout), "b1 (head)\n");
    let ran = run(folder.path(), &["migrate", "--help"]);
    assert!(text(&ran.stdout).contains("Usage: cargo migrate"));
    let ran = run(folder.path(), &["--help"]);
    assert!(text(&ran.stdout).contains("Usage: cargo-migrate"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = project();
    let program = env!("CARGO_BIN_EXE_cargo-migrate");
    let ran = Command::new("sh")
        .args([
            "-c",
            &format!("'{program}' history -v | true; '{program}' history | head -n 1"),
        ])
        .current_dir(folder.path())
        .env("DATABASE_URL", "sqlite:app.db")
        .output()
        .unwrap();
    assert_eq!(
        (text(&ran.stdout), text(&ran.stderr)),
        ("a1 -> b1 (head), step b1\n".to_owned(), String::new())
    );
}
