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
        ["ours", tool, url, folder, verb @ ..] => ours::start(tool, url, Path::new(folder), verb),
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

fn all(names: &[&str]) -> Result {
    let scratch = database::Scratch::start()?;
    let chosen = |tool: &&tool::Tool| names.is_empty() || names.contains(&tool.name);
    for tool in tool::TOOLS.iter().filter(chosen) {
        for kind in tool.databases {
            fixtures::compare(&scratch, tool, *kind)?;
        }
    }
    Ok(())
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
