//! One file a command: its arguments, and an `exec` that prints what the engine or the files tell.

pub(crate) mod adopt;
pub(crate) mod branches;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod create;
pub(crate) mod current;
#[cfg(feature = "models")]
pub(crate) mod docs;
pub(crate) mod downgrade;
pub(crate) mod drop;
pub(crate) mod heads;
pub(crate) mod history;
#[cfg(feature = "models")]
pub(crate) mod import;
pub(crate) mod init;
#[cfg(feature = "models")]
pub(crate) mod lint;
pub(crate) mod lock;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod merge;
#[cfg(feature = "models")]
pub(crate) mod models;
#[cfg(feature = "models")]
pub(crate) mod prove;
pub(crate) mod rebase;
pub(crate) mod redo;
pub(crate) mod release;
pub(crate) mod repair;
pub(crate) mod resolve;
pub(crate) mod revision;
#[cfg(feature = "models")]
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod squash;
pub(crate) mod stamp;
pub(crate) mod upgrade;
pub(crate) mod verify;
pub(crate) mod wait;

#[cfg(feature = "models")]
mod autogenerate;
mod change;
mod edited;
mod script;

use migrate_chain::Target;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};

/// Prints a report as JSON.
fn json(context: &mut Context<'_, '_>, report: &impl Serialize) -> Result<()> {
    context.streams.document(report)
}

/// A target, read before anything else happens: a malformed one is a mistake of usage. A `--word`
/// that is no flag ends up here, because targets may start with a hyphen.
fn target(word: &str, command: &str) -> Result<Target> {
    no_flag(word, command)?;
    Ok(word.parse()?)
}

fn no_flag(word: &str, command: &str) -> Result<()> {
    if !word.starts_with("--") {
        return Ok(());
    }
    let error = Error::usage(format!("`{command}` has no flag `{word}`"));
    let tree = crate::cli::tree("migrate");
    let flags: Vec<String> = (tree.find_subcommand(command).into_iter())
        .chain([&tree])
        .flat_map(|command| command.get_arguments())
        .filter_map(|argument| argument.get_long().map(|long| format!("--{long}")))
        .collect();
    Err(
        match migrate_chain::nearest(word, flags.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("`{command} --help` lists the flags")),
        },
    )
}
