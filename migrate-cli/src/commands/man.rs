use std::path::PathBuf;

use super::completions;
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};

/// Print the manual page, or write one for each command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  man | man -l -
  man --dir ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write the page of each command into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Man) -> Result<Exit> {
    let name = completions::program(context);
    let mut tree = crate::cli::tree(&name).display_name(name.clone());
    tree.build();
    let page = |command: clap::Command| -> Result<Vec<u8>> {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        Ok(page)
    };
    let Some(dir) = &args.dir else {
        let page = page(tree)?;
        context.streams.text(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Done);
    };
    let dir = context.config.current_dir.join(dir);
    let failed =
        |error: std::io::Error| Error::failed(format!("can't write to {}: {error}", dir.display()));
    std::fs::create_dir_all(&dir).map_err(failed)?;
    let commands = tree.get_subcommands().cloned().map(|command| {
        let title = format!("{name}-{}", command.get_name());
        (title.clone(), command.display_name(title))
    });
    let all: Vec<_> = commands.chain([(name.clone(), tree.clone())]).collect();
    for (title, command) in all {
        let path = dir.join(format!("{title}.1"));
        std::fs::write(&path, page(command)?).map_err(failed)?;
        context.streams.line(format!("Wrote {}", path.display()))?;
    }
    Ok(Exit::Done)
}
