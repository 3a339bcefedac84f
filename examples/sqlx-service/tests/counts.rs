//! The program, run as a user runs it.

use std::error::Error;
use std::process::Command;

use migrate_tests::Postgres;

#[test]
fn the_second_run_is_up_to_date() -> Result<(), Box<dyn Error>> {
    let database = Postgres::shared().database();
    for (printed, told) in [
        ("/about: 1\n", "2 steps, from base to 90b3f2c7d15e"),
        ("/about: 2\n", "up to date at 90b3f2c7d15e\n"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sqlx-service"))
            .args(["/about"])
            .env("DATABASE_URL", database.url())
            .output()?;
        let error = String::from_utf8(output.stderr)?;
        assert!(output.status.success(), "{error}");
        assert!(error.starts_with(told), "{error}");
        assert_eq!(String::from_utf8(output.stdout)?, printed);
    }
    Ok(())
}
