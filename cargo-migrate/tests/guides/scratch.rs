//! An empty folder in which a page is followed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use tempfile::TempDir;

use crate::page::{Page, Printed, Step};
use crate::printed;

pub(crate) struct Scratch {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// With an app as `cargo new` leaves it, that finds our crates as if they were published.
    pub(crate) fn with_app() -> Self {
        let scratch = Self::new();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        scratch.write("Cargo.toml", MANIFEST);
        scratch.write("src/main.rs", "fn main() {}\n");
        // The versions that are on this machine.
        let lock = fs::read_to_string(workspace.join("Cargo.lock")).unwrap();
        scratch.write("Cargo.lock", &lock);
        let mut patch = String::from("[patch.crates-io]\n");
        for name in OURS {
            let path = workspace.join(name).canonicalize().unwrap();
            patch += &format!("{name} = {{ path = {path:?} }}\n");
        }
        scratch.write(".cargo/config.toml", &patch);
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Does what the page says; how many files and commands that were.
    pub(crate) fn follow(&self, page: &Page, steps: &[Step]) -> usize {
        let mut changes: Vec<(&Printed, String)> = Vec::new();
        for step in steps {
            match step {
                Step::Write { path, text } => self.take_over(path, text),
                // It is built already.
                Step::Run(command) if command.line == "cargo install cargo-migrate" => {}
                Step::Run(command) => {
                    let (code, text) = self.run(&command.line);
                    let place = page.path.display();
                    let Some(said) = &command.printed else {
                        assert_eq!(code, 0, "{place}: {}\n{text}", command.line);
                        continue;
                    };
                    let text = match code {
                        0 => text,
                        code => format!("{text}[{code}]\n"),
                    };
                    if printed::fits(&said.text, &text) {
                        continue;
                    }
                    assert!(
                        env::var_os("UPDATE_EXPECT").is_some(),
                        "{place}:{}: {}\nthe page says\n{}\nand it is\n{text}",
                        said.from,
                        command.line,
                        said.text
                    );
                    changes.push((said, text));
                }
            }
        }
        if !changes.is_empty() {
            printed::rewrite(page, &changes);
        }
        steps.len()
    }

    /// Dependencies take the place of those that were there, other tables of the manifest join it.
    fn take_over(&self, path: &str, text: &str) {
        match path {
            "Cargo.toml" if text.starts_with("[dependencies]") => {
                self.write(path, &format!("{MANIFEST}{text}"));
            }
            "Cargo.toml" => {
                let manifest = fs::read_to_string(self.dir.path().join(path)).unwrap();
                self.write(path, &format!("{manifest}\n{text}"));
            }
            path => self.write(path, text),
        }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a line with our `cargo migrate` on the path; its exit code, and what a terminal would show.
    fn run(&self, line: &str) -> (i32, String) {
        let mut path = vec![PathBuf::from(env!("CARGO_BIN_EXE_cargo-migrate")).with_file_name("")];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap()));
        let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let mut shell = Process::new("sh");
        shell
            .args(["-c", &format!("exec 2>&1\n{line}")])
            .current_dir(self.dir.path())
            .env("PATH", env::join_paths(path).unwrap())
            // Where the test of rebuilds has built the same crates.
            .env("CARGO_TARGET_DIR", tmp.join("rebuild/app.target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_TERM_QUIET", "true")
            .env("CARGO_TERM_COLOR", "never")
            .env("CFLAGS", "-O0")
            // The day of the files in the pages.
            .env("SOURCE_DATE_EPOCH", "1795168931");
        for name in ["RUSTFLAGS", "DATABASE_URL", "MIGRATE_ENV", "GITHUB_ACTIONS"] {
            shell.env_remove(name);
        }
        let output = shell.envs(self.variables.iter().cloned()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text)
    }
}

const MANIFEST: &str = "\
[package]
name = \"app\"
version = \"0.1.0\"
edition = \"2024\"

[workspace]

";

const OURS: &[&str] = &[
    "migrate-chain",
    "migrate-cli",
    "migrate-macros",
    "migrate-runtime",
    "migrate-schema",
    "migrate-scratch",
];
