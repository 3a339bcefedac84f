//! The program, run as a user runs it.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output, Stdio};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

#[cfg(feature = "cli")]
const VERSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/versions");

/// What is printed on stdout and stderr, by a run that succeeds.
fn run(folder: &Path, arguments: &[&str]) -> Result<(String, String)> {
    let output = start(folder, arguments)?;
    let told = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{arguments:?}: {told}");
    Ok((String::from_utf8(output.stdout)?, told))
}

fn start(folder: &Path, arguments: &[&str]) -> Result<Output> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    program
        .args(arguments)
        .current_dir(folder)
        .env_remove("QUICKSTART_FILE");
    Ok(program.output()?)
}

#[test]
fn the_second_run_is_up_to_date() -> Result {
    let folder = tempfile::tempdir()?;
    let (_, told) = run(folder.path(), &[])?;
    assert!(
        told.starts_with("inventory.db: 6 steps, from base to 38f6d21b9ac0\n"),
        "{told}"
    );
    let (_, told) = run(folder.path(), &[])?;
    assert_eq!(told, "inventory.db is up to date at 38f6d21b9ac0\n");
    Ok(())
}

#[test]
fn it_does_its_job() -> Result {
    let folder = tempfile::tempdir()?;
    run(folder.path(), &["put", "flour", "2.5", "kilogram", "A1"])?;
    run(folder.path(), &["take", "flour", "1"])?;
    let (listed, _) = run(folder.path(), &[])?;
    assert_eq!(listed, "flour 1.5 kg, shelf A1 (2 movements)\n");
    let (help, _) = run(folder.path(), &["--help"])?;
    assert!(help.contains("Usage: quickstart"), "{help}");
    assert!(help.contains("--features cli"), "{help}");
    assert_eq!(start(folder.path(), &["eat"])?.status.code(), Some(2));
    assert_eq!(
        start(folder.path(), &["take", "flour", "9"])?.status.code(),
        Some(1)
    );
    Ok(())
}

/// What an older release left is kept by the Rust-coded revision and by the table that is rebuilt.
#[test]
fn rows_survive_the_way_up_and_down() -> Result {
    let folder = tempfile::tempdir()?;
    run(folder.path(), &["upgrade", "92d8be03714f"])?;
    let file = rusqlite::Connection::open(folder.path().join("inventory.db"))?;
    file.execute_batch(
        "INSERT INTO item (id, name, quantity, unit) VALUES
             (1, 'flour', 2, ' Kilos'), (2, 'milk', 3, 'Litre'), (3, 'rope', -1, 'fathom');
         INSERT INTO movement (item_id, quantity) VALUES (1, 2), (2, 1), (2, 2);",
    )?;
    let kept = "flour 2 kg (1 movement)\nmilk 3 l (2 movements)\nrope 0 fathom (0 movements)\n";
    assert_eq!(run(folder.path(), &["list"])?.0, kept);
    run(folder.path(), &["downgrade", "92d8be03714f"])?;
    assert_eq!(run(folder.path(), &["list"])?.0, kept);
    run(folder.path(), &["downgrade", "base"])?;
    let tables: i64 = file.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'migrate%' AND name NOT LIKE 'sqlite%'",
        [],
        |row| row.get(0),
    )?;
    assert_eq!(tables, 0);
    Ok(())
}

#[test]
fn programs_that_start_at_once_apply_each_revision_once() -> Result {
    let folder = tempfile::tempdir()?;
    let programs: Vec<_> = (0..8)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_quickstart"))
                .args(["put", "flour", "1", "kg"])
                .current_dir(folder.path())
                .env_remove("QUICKSTART_FILE")
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
        })
        .collect::<Result<_, _>>()?;
    for program in programs {
        let output = program.wait_with_output()?;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let file = rusqlite::Connection::open(folder.path().join("inventory.db"))?;
    let (steps, revisions): (i64, i64) = file.query_row(
        "SELECT count(*), count(DISTINCT revision) FROM migrate_log",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    assert_eq!((steps, revisions), (6, 6));
    let (listed, _) = run(folder.path(), &[])?;
    assert_eq!(listed, "flour 8 kg (8 movements)\n");
    Ok(())
}

/// The Rust-coded revision runs too, which `cargo migrate` on the files alone would have to refuse.
#[cfg(feature = "cli")]
#[test]
fn it_has_the_whole_command_line() -> Result {
    let folder = tempfile::tempdir()?;
    let (_, told) = run(folder.path(), &["migrate", "upgrade"])?;
    assert_eq!(told.lines().count(), 6, "{told}");
    let (current, _) = run(folder.path(), &["migrate", "current"])?;
    assert_eq!(current, "38f6d21b9ac0 (head)\n");
    run(folder.path(), &["migrate", "downgrade", "-1"])?;
    let check = start(folder.path(), &["migrate", "check"])?;
    assert_eq!(check.status.code(), Some(3));
    let (help, _) = run(folder.path(), &["migrate", "--help"])?;
    assert!(help.contains("Usage: quickstart migrate"), "{help}");
    let words = [
        "migrate",
        "--versions",
        VERSIONS,
        "revision",
        "--autogenerate",
        "-m",
        "what the models ask for",
    ];
    assert_eq!(
        run(folder.path(), &words)?.0,
        "nothing changed: the chain makes what the models say\n"
    );
    Ok(())
}
