//! The program does the same on both databases.

use std::error::Error;
use std::process::Command;

use migrate_tests::{Postgres, sqlite};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

fn run(url: &str, arguments: &[&str]) -> Result<(String, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_two-databases"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .output()?;
    let told = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{told}");
    Ok((String::from_utf8(output.stdout)?, told))
}

#[test]
fn one_chain_serves_both_databases() -> Result {
    let file = sqlite::Database::new();
    let database = Postgres::shared().database();
    for url in [file.url(), database.url()] {
        let (printed, told) = run(&url, &["Ada", "hello"])?;
        assert_eq!(printed, "Ada: hello\n");
        assert!(
            told.starts_with("3 steps, from base to 19d84fc6e7a0\n"),
            "{told}"
        );
        let (printed, told) = run(&url, &["Grace", "hi"])?;
        assert_eq!(printed, "Ada: hello\nGrace: hi\n");
        assert_eq!(told, "up to date at 19d84fc6e7a0\n");
    }
    Ok(())
}
