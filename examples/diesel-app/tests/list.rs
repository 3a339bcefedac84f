//! The program, run as a user runs it.

use std::error::Error;
use std::process::Command;

#[test]
fn the_list_grows_and_the_second_run_is_up_to_date() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for (things, printed, told) in [
        (
            ["milk", "bread"],
            "1 bread\n1 milk\n",
            "2 steps, from base to b27a9c40e8d3",
        ),
        (
            ["milk", "tea"],
            "1 bread\n2 milk\n1 tea\n",
            "up to date at b27a9c40e8d3\n",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_diesel-app"))
            .args(things)
            .current_dir(folder.path())
            .env_remove("SHOPPING_LIST")
            .output()?;
        let error = String::from_utf8(output.stderr)?;
        assert!(output.status.success(), "{error}");
        assert!(error.starts_with(told), "{error}");
        assert_eq!(String::from_utf8(output.stdout)?, printed);
    }
    Ok(())
}
