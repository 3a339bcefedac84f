use clap_complete::Shell;

use crate::Exit;
use crate::context::Context;
use crate::error::Result;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  completions bash > ~/.local/share/bash-completion/completions/cargo-migrate
  completions fish > ~/.config/fish/completions/cargo-migrate.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Completions) -> Result<Exit> {
    let name = program(context);
    let mut tree = crate::cli::tree(&name);
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut tree, name, &mut script);
    context.streams.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// The name of the executable: shells complete a word, and a manual page is looked up by one.
pub(super) fn program(context: &Context<'_, '_>) -> String {
    let program = context.app.program.clone().unwrap_or_default();
    match program.as_str() {
        "" | "cargo migrate" => "cargo-migrate".to_owned(),
        other => other.split(' ').next().unwrap_or(other).to_owned(),
    }
}
