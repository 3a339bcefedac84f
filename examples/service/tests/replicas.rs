//! Several replicas, run as a deployment runs them.

use std::error::Error;
use std::process::{Command, Output, Stdio};

use migrate_tests::Postgres;

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

fn service(url: &str, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_service"));
    program
        .args(arguments)
        .env("DATABASE_URL", url)
        .env_remove("MIGRATE_ON_STARTUP")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn replicas_that_start_at_once_apply_each_revision_once() -> Result {
    const REPLICAS: usize = 8;
    let database = Postgres::shared().database();
    let replicas: Vec<_> = (0..REPLICAS)
        .map(|_| service(&database.url(), &["three more words"]).spawn())
        .collect::<Result<_, _>>()?;
    for replica in replicas {
        let output = replica.wait_with_output()?;
        assert!(output.status.success(), "{}", told(&output));
    }

    let mut client = database.connect();
    let rows = client.query("SELECT revision FROM migrate_log ORDER BY id", &[])?;
    let applied: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let chain = [
        "7d1ab94c3e60",
        "a4f2086b9d17",
        "c98e51d70f2b",
        "03b7ac6e24d8",
    ];
    assert_eq!(applied, chain);
    let done = client.query_one(
        "SELECT count(*) FROM job WHERE state = 'done' AND words = 3",
        &[],
    )?;
    assert_eq!(done.get::<_, i64>(0), REPLICAS as i64);
    Ok(())
}

#[test]
fn a_role_that_only_checks_changes_nothing() -> Result {
    let database = Postgres::shared().database();
    let refused = [
        service(&database.url(), &["--startup", "check"]).output()?,
        service(&database.url(), &[])
            .env("MIGRATE_ON_STARTUP", "check")
            .output()?,
    ];
    for output in refused {
        assert_eq!(output.status.code(), Some(1));
        let told = told(&output);
        assert!(told.contains("4 revisions are pending"), "{told}");
        assert!(told.contains("7d1ab94c3e60, create jobs"), "{told}");
    }
    let tables = database
        .connect()
        .query("SELECT FROM pg_tables WHERE schemaname = 'public'", &[])?;
    assert!(tables.is_empty());

    let output = service(&database.url(), &[]).output()?;
    assert!(output.status.success(), "{}", told(&output));
    let output = service(&database.url(), &["--startup", "check"]).output()?;
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("up to date at 03b7ac6e24d8"),
        "{}",
        told(&output)
    );
    Ok(())
}
