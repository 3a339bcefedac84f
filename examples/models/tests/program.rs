//! The program, run as a user runs it, on both databases.

use std::error::Error;
use std::process::{Command, Output};

use migrate_tests::{Postgres, sqlite};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

fn start(words: &[&str]) -> Result<Output> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_models"));
    program.args(words).env_remove("DATABASE_URL");
    Ok(program.output()?)
}

/// What is printed on stdout and stderr, by a run that succeeds.
fn run(words: &[&str]) -> Result<(String, String)> {
    let output = start(words)?;
    let told = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{words:?}: {told}");
    Ok((String::from_utf8(output.stdout)?, told))
}

#[test]
fn it_lends_and_takes_back() -> Result {
    let file = sqlite::Database::new();
    let database = Postgres::shared().database();
    for url in [file.url(), database.url()] {
        let (printed, told) = run(&["--url", &url])?;
        let shelf = "T-1 cordless drill: North, shelf A1\nT-2 mitre saw: broken\n";
        assert_eq!(printed, shelf);
        assert!(told.starts_with("4 steps, from base to "), "{told}");
        let (printed, told) = run(&["--url", &url, "lend", "T-1", "ADA@example.org"])?;
        assert!(
            printed.starts_with("T-1 cordless drill: lent to Ada until 2"),
            "{printed}"
        );
        assert!(told.starts_with("up to date at "), "{told}");
        for refused in [
            ["lend", "T-1", "grace@example.org"],
            ["lend", "T-2", "grace@example.org"],
        ] {
            let [lend, label, email] = refused;
            let output = start(&["--url", &url, lend, label, email])?;
            assert_eq!(output.status.code(), Some(1), "{refused:?}");
        }
        assert_eq!(run(&["--url", &url, "return", "T-1"])?.0, shelf);
    }
    Ok(())
}

#[test]
fn it_has_the_whole_command_line() -> Result {
    let file = sqlite::Database::new();
    let url = file.url();
    run(&["--url", &url, "migrate", "upgrade", "+1"])?;
    let (history, _) = run(&["--url", &url, "migrate", "history", "-i"])?;
    assert!(history.ends_with("(current), first release\n"), "{history}");
    let (help, _) = run(&["migrate", "--help"])?;
    assert!(help.contains("Usage: models migrate"), "{help}");
    Ok(())
}
