//! Who follows the README from an empty folder arrives: each file and each command below is taken from it.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// What the README says to do, in order.
enum Step {
    Write { path: String, text: String },
    Run { line: String },
}

/// The steps of a section. A block is the file that the paragraph above it names; one of `sh` holds commands.
fn steps(section: &str) -> Vec<Step> {
    let (_, rest) = README.split_once(&format!("\n## {section}\n")).unwrap();
    let rest = rest.split("\n## ").next().unwrap();
    let mut steps = Vec::new();
    let mut parts = rest.split("```");
    while let (Some(above), Some(block)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').unwrap();
        if language == "sh" {
            for line in text.lines() {
                let line = line.split(" #").next().unwrap().trim().to_owned();
                steps.push(Step::Run { line });
            }
            continue;
        }
        let paragraph = above.trim_end().rsplit("\n\n").next().unwrap();
        let mut words = paragraph.split('`').skip(1).step_by(2);
        let path = words.find(|word| word.contains('.') && !word.contains(' '));
        let path = path.unwrap_or_else(|| panic!("which file is this?\n{text}"));
        steps.push(Step::Write {
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }
    steps
}

/// An app as `cargo new` leaves it, that finds our crates as if they were published.
fn new_app(folder: &Path) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = "[package]\nname = \"app-of-the-readme\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // The versions that are on this machine.
    fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut patch = String::from("[patch.crates-io]\n");
    for name in ["migrate-chain", "migrate-macros", "migrate-runtime"] {
        let path = workspace.join(name).canonicalize().unwrap();
        patch += &format!("{name} = {{ path = {path:?} }}\n");
    }
    fs::create_dir_all(folder.join(".cargo")).unwrap();
    fs::write(folder.join(".cargo/config.toml"), patch).unwrap();
}

/// Runs a line with our `cargo migrate` on the path; what it prints.
fn run(folder: &Path, line: &str) -> String {
    let mut path = vec![PathBuf::from(env!("CARGO_BIN_EXE_cargo-migrate")).with_file_name("")];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap()));
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let output = Command::new("sh")
        .args(["-ec", line])
        .current_dir(folder)
        .env("PATH", env::join_paths(path).unwrap())
        // Where the test of rebuilds has built the same crates.
        .env("CARGO_TARGET_DIR", tmp.join("rebuild/app.target"))
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CFLAGS", "-O0")
        .env_remove("RUSTFLAGS")
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_readme_leads_to_a_migrated_database() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    new_app(folder);
    let mut printed = Vec::new();
    for step in steps("Adopt it in five minutes") {
        match step {
            Step::Write { path, text } if path == "Cargo.toml" => {
                let manifest = fs::read_to_string(folder.join(&path)).unwrap();
                fs::write(folder.join(path), manifest + &text).unwrap();
            }
            Step::Write { path, text } => {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            // It is built already.
            Step::Run { line } if line == "cargo install cargo-migrate" => {}
            Step::Run { line } => printed.push((run(folder, &line), line)),
        }
    }
    let of = |wanted: &str| -> Vec<&str> {
        let lines = printed.iter().filter(|(_, line)| line == wanted);
        lines.map(|(printed, _)| printed.as_str()).collect()
    };
    let [first, second] = of("cargo run")[..] else {
        panic!("the README runs the app twice: {printed:?}");
    };
    assert!(
        first.starts_with("1 step, from base to cb3cf47d9259\n"),
        "{first}"
    );
    assert_eq!(second, "up to date at cb3cf47d9259\n");
    assert_eq!(of("cargo migrate current"), ["cb3cf47d9259 (head)\n"]);
}
