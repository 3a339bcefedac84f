use migrate_chain::{Applied, Language};

use super::revision::{New, write};
use super::target;
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::Directory;

/// Write a revision that joins several heads
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  merge heads -m \"merge feature\"
  merge ae10 b111 -m \"merge feature\"")]
pub(crate) struct Merge {
    /// The heads to join; `heads` for all of them
    #[arg(value_name = "REV", required = true)]
    revisions: Vec<String>,
    /// What it is for
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Give the joined branch a name
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    branch_label: Vec<String>,
    /// Its id, in place of a new one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Let it join revisions that are no heads, which makes branches
    #[arg(long)]
    splice: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Merge) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let chain = directory.loaded.packed().chain()?;
    let mut joined = Vec::new();
    for word in &args.revisions {
        let target = target(word, "merge")?;
        if target.is_relative_to_current() {
            return Err(Error::usage(format!(
                "`{target}` depends on a database; `merge` names revisions"
            )));
        }
        joined.extend(target.positions(&chain, &Applied::of_rows(&chain, &[]))?);
    }
    // Chain order, so that whoever merges the same heads writes the same line.
    joined.sort_unstable();
    joined.dedup();
    let ids: Vec<String> = joined
        .iter()
        .map(|&at| chain.get(at).id.to_owned())
        .collect();
    if ids.len() < 2 {
        let one = ids
            .first()
            .map_or_else(|| "nothing".to_owned(), |id| format!("`{id}` alone"));
        return Err(Error::failed(format!(
            "a merge joins several revisions, and this names {one}"
        ))
        .help("`heads` lists what there is to join"));
    }
    for &at in &joined {
        if !args.splice && !chain.children(at).is_empty() {
            return Err(Error::failed(format!("`{}` is no head", chain.get(at).id))
                .help("give `--splice` to join it nevertheless"));
        }
        let below = chain.closure(&[at]);
        if let Some(&other) = joined.iter().find(|&&other| other != at && below[other]) {
            return Err(Error::failed(format!(
                "`{}` stands on `{}` already: there is nothing to join",
                chain.get(at).id,
                chain.get(other).id
            )));
        }
    }
    let message = args
        .message
        .clone()
        .unwrap_or_else(|| format!("merge {}", ids.join(" and ")));
    let new = New {
        message: &message,
        ids: args.rev_id.as_slice(),
        parents: ids,
        depends_on: Vec::new(),
        labels: args.branch_label.clone(),
        language: Language::Sql,
    };
    write(context, &directory, &chain, &new)
}
