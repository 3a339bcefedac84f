//! GitLab's code quality report: a list, of which each entry has a fingerprint that stays when lines move.

use std::collections::BTreeMap;

use migrate_chain::Fingerprint;
use migrate_schema::lint::Group;
use serde::Serialize;

use super::Review;

#[derive(Serialize)]
pub(super) struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

pub(super) fn render(review: &Review<'_>) -> Vec<Entry> {
    // Two findings of one kind in a file are told apart by their order.
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut fingerprint = |words: String| {
        let count = seen.entry(words.clone()).or_default();
        *count += 1;
        Fingerprint::of_content(&format!("{words}\n{count}")).to_string()
    };
    let mut entries = Vec::new();
    for problem in &review.problems {
        let path = problem
            .path
            .clone()
            .unwrap_or_else(|| "versions".to_owned());
        entries.push(Entry {
            fingerprint: fingerprint(format!("problem\n{path}\n{}", problem.message)),
            description: problem.message.clone(),
            check_name: "problem".to_owned(),
            severity: "blocker",
            location: Location {
                path,
                lines: Lines {
                    begin: problem.line.unwrap_or(1),
                },
            },
        });
    }
    for finding in &review.findings {
        let words = [
            finding.id.as_str(),
            finding.group.name(),
            &finding.revision,
            finding.direction.name(),
            finding.dialect.name(),
            &finding.message,
        ];
        entries.push(Entry {
            description: format!(
                "{} ({}). Cure: {}",
                finding.message, finding.dialect, finding.cure
            ),
            check_name: finding.id.clone(),
            fingerprint: fingerprint(words.join("\n")),
            severity: match finding.group {
                Group::Breaks | Group::Loses => "critical",
                Group::Locks | Group::MayFail => "major",
                _ => "minor",
            },
            location: Location {
                path: finding.place.path.clone(),
                lines: Lines {
                    begin: finding.place.line.max(1),
                },
            },
        });
    }
    entries
}
