//! Databases that the real tools have migrated, taken over by ours while the old program lives on.

mod database;
mod fixtures;
mod old;
mod ours;
mod takeover;
mod tool;
mod versions;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};

type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["old", tool, url, folder, steps] => steps
            .parse()
            .map_err(Into::into)
            .and_then(|steps| old::start(tool, url, Path::new(folder), steps)),
        ["ours", tool, url, folder, verb @ ..] => {
            // The whole story, which an error of ours has in `Debug`.
            ours::start(tool, url, Path::new(folder), verb)
                .map_err(|error| format!("{error:?}").into())
        }
        _ => all(&words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Everything for each of the tools, or for those that are named.
fn all(names: &[&str]) -> Result {
    let scratch = database::Scratch::start()?;
    let mut failures = Vec::new();
    let chosen = |tool: &&tool::Tool| names.is_empty() || names.contains(&tool.name);
    for tool in tool::TOOLS.iter().filter(chosen) {
        for kind in tool.databases {
            match take_over(&scratch, tool, *kind) {
                Ok(rounds) => println!("{}, {}: {rounds}", tool.name, kind.name()),
                Err(error) => failures.push(format!("{}, {}: {error}", tool.name, kind.name())),
            }
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(failures.join("\n\n").into())
}

fn take_over(
    scratch: &database::Scratch,
    tool: &'static tool::Tool,
    kind: database::Kind,
) -> Result<String> {
    fixtures::compare(scratch, tool, kind)?;
    let versions = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("versions")
        .join(tool.name);
    let releases = takeover::Releases::new(scratch, tool, &versions::Program::of(tool, &versions))?;
    releases.in_turn(scratch, kind)?;
    releases.at_once(scratch, kind)
}

/// A runtime for one program.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// What a command prints; an error with all of it if it fails.
fn output(command: &mut Command) -> Result<String> {
    let out = command.output()?;
    if out.status.success() {
        return Ok(String::from_utf8(out.stdout)?);
    }
    let [stdout, stderr] = [&out.stdout, &out.stderr].map(|text| String::from_utf8_lossy(text));
    Err(format!("{command:?}: {}\n{stdout}{stderr}", out.status).into())
}
