//! An app with models, whose revisions are read when it runs: for tests that sit at a terminal with it.
//!
//! `asks revision --autogenerate ...`, in a folder that has a `versions` folder for SQLite.

// A test's program fails the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::ExitCode;

use migrate_cli::{App, Args};
use migrate_runtime::{Dialect, Migrations, Options, Schema, Table, schema};

#[derive(Table)]
#[table(name = "users")]
struct User {
    #[column(primary_key)]
    id: i64,
    email: String,
    login: Option<String>,
    age: i32,
}

static SCHEMA: Schema = schema![User];

fn main() -> ExitCode {
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite];
    let migrations = Migrations::load("versions", &options).unwrap();
    let app = App::new(&migrations).models(&SCHEMA);
    app.program("asks")
        .exec(Args::new(std::env::args_os().skip(1)))
}
