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
        assert!(told.starts_with("6 steps, from base to "), "{told}");
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

/// The README shows what a reviewer of the last release reads, but for its SQL, which is in the file.
#[test]
fn the_readme_holds_the_review_of_the_last_release() -> Result {
    const BEGIN: &str = "<!-- review -->\n";
    const END: &str = "<!-- end of review -->\n";
    let folder = env!("CARGO_MANIFEST_DIR");
    let mut program = Command::new(env!("CARGO_BIN_EXE_models"));
    program
        .args(["migrate", "lint", "head", "--format", "markdown"])
        .current_dir(folder)
        .env_remove("DATABASE_URL");
    let output = program.output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(3), "{told}");
    let printed = String::from_utf8(output.stdout)?;
    let review = printed
        .split("<details><summary>SQL")
        .next()
        .unwrap_or_default();
    // In the README it stands below a heading.
    let review = review.replace("\n#", "\n##").replacen("##", "###", 1);
    let path = format!("{folder}/README.md");
    let text = std::fs::read_to_string(&path)?;
    let (head, rest) = text.split_once(BEGIN).ok_or("no place for the review")?;
    let (_, tail) = rest.split_once(END).ok_or("no end of the review")?;
    let expected = format!("{head}{BEGIN}{review}{END}{tail}");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &expected)?;
    }
    assert!(
        text == expected,
        "README.md is stale: run this test with UPDATE_EXPECT=1"
    );
    Ok(())
}

/// docs/migrations is committed: `cargo run -p models -- migrate docs` writes it.
#[test]
fn the_documentation_is_not_stale() -> Result {
    let mut program = Command::new(env!("CARGO_BIN_EXE_models"));
    let folder = env!("CARGO_MANIFEST_DIR");
    program.args(["migrate", "check", "--files"]);
    program.current_dir(folder).env_remove("DATABASE_URL");
    let output = program.output()?;
    let told = String::from_utf8(output.stdout)?;
    assert!(output.status.success(), "{told}");
    let line = "docs/migrations shows what the revisions do\n";
    assert!(told.contains(line), "{told}");
    Ok(())
}
