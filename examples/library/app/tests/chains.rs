//! The two chains don't see each other.

use std::error::Error;
use std::process::Command;

use ledger::Ledger;

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

#[test]
fn each_chain_is_recorded_for_itself() -> Result {
    let folder = tempfile::tempdir()?;
    let run = |arguments: &[&str]| -> Result<(String, String)> {
        let output = Command::new(env!("CARGO_BIN_EXE_ledger-app"))
            .args(arguments)
            .current_dir(folder.path())
            .output()?;
        let told = String::from_utf8(output.stderr)?;
        assert!(output.status.success(), "{told}");
        Ok((String::from_utf8(output.stdout)?, told))
    };
    let (printed, told) = run(&["tea", "350"])?;
    assert_eq!(printed, "cash: 350\n");
    assert!(
        told.contains("ledger: 2 steps, from base to 0ba7d35e61f8\n"),
        "{told}"
    );
    assert!(
        told.contains("shop: 1 step, from base to 9f26b8c4d07e\n"),
        "{told}"
    );

    // Taking the library's tables away leaves the app's chain where it is.
    let mut connection = rusqlite::Connection::open(folder.path().join("shop.db"))?;
    Ledger::migrations().downgrade(&mut connection, "base")?;
    let (printed, told) = run(&[])?;
    assert_eq!(printed, "cash: 0\n");
    assert!(
        told.contains("ledger: 2 steps, from base to 0ba7d35e61f8\n"),
        "{told}"
    );
    assert!(
        told.contains("shop: up to date at 9f26b8c4d07e\n"),
        "{told}"
    );
    Ok(())
}
