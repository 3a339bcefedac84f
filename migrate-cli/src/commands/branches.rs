use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::error::Result;
use crate::render::form::{self, Parts};
use crate::render::json::Revision;

/// Show where the chain branches
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  branches -v                  each in full")]
pub(crate) struct Branches {}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Branches) -> Result<Exit> {
    let migrations = context.migrations(Need::Graph)?;
    let chain = migrations.chain()?;
    let points: Vec<usize> = (0..chain.len())
        .rev()
        .filter(|&at| chain.is_branchpoint(at))
        .collect();
    if context.global.json {
        let revisions: Vec<_> = points.iter().map(|&at| Revision::new(&chain, at)).collect();
        json(context, &revisions)?;
        return Ok(Exit::Done);
    }
    for at in points {
        let verbose = context.global.verbose;
        context.streams.line(if verbose {
            form::entry(&chain, at, false)
        } else {
            form::line(&chain, at, Parts::BRANCH, false)
        })?;
        let indent = " ".repeat(chain.get(at).id.len());
        for &child in chain.children(at) {
            let parts = Parts {
                message: verbose,
                ..Parts::BRANCH
            };
            let line = form::line(&chain, child, parts, false);
            context.streams.line(format!("{indent} -> {line}"))?;
        }
        context.streams.line("")?;
    }
    Ok(Exit::Done)
}
