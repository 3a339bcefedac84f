//! What a person sees when a versions directory, or the macro's options, are wrong.
//!
//! A case is a folder of `tests/ui`: `main.rs`, `versions/` and `stderr`, all that rustc says. It is
//! compiled by rustc itself, with the folder as the crate's: a harness that builds a cargo project
//! of its own would set another `CARGO_MANIFEST_DIR`. A case without `stderr` compiles silently.
//!
//! `MIGRATE_BLESS=1 cargo test --test ui` writes what rustc says now to the files; read the diff
//! before you commit it. `MIGRATE_UI=lock` runs only the cases whose name contains `lock`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::SystemTime;

#[test]
fn messages() -> Result<(), Box<dyn Error>> {
    let compiler = Compiler::new()?;
    let mut cases = cases()?;
    assert!(!cases.is_empty(), "no case of that name");
    cases.reverse();
    let (queue, failures) = (Mutex::new(cases), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(2, |n| n.get().min(8));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = pop(&queue) {
                    if let Err(failure) = compiler.check(&case) {
                        let name = case.file_name().unwrap_or_default().to_string_lossy();
                        let failure = format!("--- {name}\n{failure}");
                        failures.lock().map(|mut all| all.push(failure)).ok();
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner()?;
    failures.sort();
    assert!(
        failures.is_empty(),
        "{}\n{} cases failed; MIGRATE_BLESS=1 accepts what rustc says now",
        failures.join("\n"),
        failures.len()
    );
    Ok(())
}

fn pop(queue: &Mutex<Vec<PathBuf>>) -> Option<PathBuf> {
    queue.lock().ok()?.pop()
}

fn cases() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let wanted = std::env::var("MIGRATE_UI").unwrap_or_default();
    let mut cases = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("ui"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A checkout without symbolic links has files in their place.
        let possible = cfg!(unix) || !name.contains("symlink");
        if path.join("main.rs").is_file() && name.contains(&wanted) && possible {
            cases.push(path);
        }
    }
    cases.sort();
    Ok(cases)
}

/// What a case's file `flags` gives to rustc besides, such as what makes a release build.
fn flags(case: &Path) -> Vec<String> {
    let flags = fs::read_to_string(case.join("flags")).unwrap_or_default();
    flags.split_whitespace().map(str::to_owned).collect()
}

/// rustc and the libraries this test itself was linked with.
struct Compiler {
    dependencies: PathBuf,
    runtime: PathBuf,
    output: tempfile::TempDir,
}

impl Compiler {
    fn new() -> Result<Compiler, Box<dyn Error>> {
        let mut compiler = Compiler {
            dependencies: std::env::current_exe()?.with_file_name(""),
            runtime: PathBuf::new(),
            output: tempfile::tempdir()?,
        };
        let probe = compiler.output.path().join("main.rs");
        fs::write(
            &probe,
            "pub use migrate_runtime::{Migrations, Schema, Table, __private::include_dir, embed_migrations};\nfn main() {}\n",
        )?;
        let mut tried = String::new();
        // The newest was built from today's sources, but maybe with other features.
        for runtime in compiler.candidates()? {
            compiler.runtime = runtime;
            match compiler.compile(compiler.output.path())? {
                said if said.is_empty() => return Ok(compiler),
                said => tried.push_str(&said),
            }
        }
        Err(format!("no libmigrate_runtime with the features of these tests: {tried}").into())
    }

    fn candidates(&self) -> Result<Vec<PathBuf>, Box<dyn Error>> {
        let mut candidates: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.dependencies)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("libmigrate_runtime-") && name.ends_with(".rlib") {
                candidates.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        candidates.sort();
        Ok(candidates.into_iter().rev().map(|(_, path)| path).collect())
    }

    /// What rustc says of a case.
    fn compile(&self, case: &Path) -> Result<String, Box<dyn Error>> {
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        let mut runtime = std::ffi::OsString::from("migrate_runtime=");
        runtime.push(&self.runtime);
        // For the case of a renamed dependency.
        let mut renamed = std::ffi::OsString::from("renamed=");
        renamed.push(&self.runtime);
        let mut dependencies = std::ffi::OsString::from("dependency=");
        dependencies.push(&self.dependencies);
        let output = Command::new("rustc")
            .args(["main.rs", "--crate-type=bin", "--edition=2024"])
            .args(["--emit=metadata", "--color=never", "-o"])
            .arg(self.output.path().join(format!("{name}.rmeta")))
            .arg("-L")
            .arg(dependencies)
            .arg("--extern")
            .arg(runtime)
            .arg("--extern")
            .arg(renamed)
            .args(flags(case))
            .current_dir(case)
            .env("CARGO_MANIFEST_DIR", case)
            .env("CARGO_PKG_VERSION", "1.2.3")
            .output()?;
        // rustc writes the whole path of a trait when another crate in sight has one of that name,
        // which depends on the features that the libraries were built with.
        let said = String::from_utf8(output.stderr)?;
        Ok(said.replace("the trait `migrate_runtime::", "the trait `"))
    }

    /// Compares what rustc says with what is expected.
    fn check(&self, case: &Path) -> Result<(), Box<dyn Error>> {
        let path = case.join("stderr");
        let expected = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let said = self.compile(case)?;
        // The folder's own path would differ on every machine.
        let said = said.replace(&*case.to_string_lossy(), "$DIR");
        if said == expected {
            return Ok(());
        }
        if std::env::var_os("MIGRATE_BLESS").is_some() {
            if said.is_empty() {
                fs::remove_file(&path)?;
            } else {
                fs::write(&path, &said)?;
            }
            return Ok(());
        }
        Err(format!("expected:\n{expected}\nrustc said:\n{said}").into())
    }
}
