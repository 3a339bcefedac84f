//! Annotations of GitHub Actions, which shows each beside its line.

use migrate_chain::Place;

use super::{Review, shared};
use crate::render::github;

pub(super) fn render(review: &Review<'_>) -> String {
    let mut text = String::new();
    for problem in &review.problems {
        let place = problem.path.as_ref().map(|path| Place {
            path: path.clone(),
            line: problem.line.unwrap_or_default(),
            column: problem.column.unwrap_or_default(),
        });
        text.push_str(&github::error(place.as_ref(), &problem.message));
        text.push('\n');
    }
    for (finding, dialects) in shared(&review.findings) {
        let message = format!(
            "{} ({})\nhelp: {}",
            finding.diagnostic().message,
            dialects.join(", "),
            finding.cure
        );
        text.push_str(&github::error(Some(&finding.place), &message));
        text.push('\n');
    }
    text
}
