//! For a person: each finding as compilers show theirs.

use migrate_chain::Headline;
use migrate_schema::lint::Finding;

use super::shared;
use crate::context::Context;
use crate::error::Result;
use crate::render::github;

/// Prints findings, once where several databases share one.
pub(crate) fn show(context: &mut Context<'_, '_>, findings: &[Finding]) -> Result<()> {
    for (finding, dialects) in shared(findings) {
        let diagnostic = finding.diagnostic();
        let message = format!("{} ({})", diagnostic.message, dialects.join(", "));
        context
            .streams
            .annotation(&github::error(Some(&finding.place), &message));
        let story = diagnostic.story(Headline::Message);
        for (at, part) in story.parts().iter().enumerate() {
            let line = part.to_string();
            let style = context.streams.style;
            context.streams.line(match at {
                0 => style.pending(&line),
                _ => line,
            })?;
        }
        context.streams.line("")?;
    }
    Ok(())
}
