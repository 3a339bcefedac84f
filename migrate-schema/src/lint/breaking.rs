//! What a header says of older programs, held to what is found.

use migrate_chain::{Chain, Direction};

use super::{Finding, Group};

/// The rule that says so.
pub(super) const ID: &str = "breaking-header";

/// Adds a finding where a revision breaks older programs and its header doesn't say so, or the other way around.
pub(super) fn add(chain: &Chain<'_>, at: usize, breaks: &[usize], findings: &mut Vec<Finding>) {
    let revision = chain.get(at);
    let mut own = findings.iter().filter(|one| is_breaking(one, revision.id));
    let first = own.next();
    let (message, cure, dialect) = match (revision.breaking, first) {
        (None, Some(first)) => (
            "programs of earlier releases break, and the header doesn't say so",
            "add a line `-- breaking: REASON`, so that a rolling deploy waits for it",
            first.dialect,
        ),
        (Some(_), _) if !breaks.contains(&at) => (
            "the header says `breaking:`, and nothing here breaks a program of an earlier release",
            "remove the line, or allow it with what it breaks as the reason",
            chain
                .dialects
                .first()
                .copied()
                .unwrap_or(migrate_chain::Dialect::Sqlite),
        ),
        _ => return,
    };
    let text = revision.text();
    let line = text
        .find("breaking:")
        .filter(|_| revision.breaking.is_some());
    let start = line.unwrap_or_default();
    let length = text.get(start..).and_then(|rest| rest.lines().next());
    let range = start..start + length.map_or(0, str::len);
    let (place, snippet) = revision.locate(chain.root, range.clone());
    findings.push(Finding {
        id: ID.to_owned(),
        group: Group::Breaks,
        revision: revision.id.to_owned(),
        direction: Direction::Upgrade,
        dialect,
        place,
        snippet,
        range: range.clone(),
        message: message.to_owned(),
        cure: cure.to_owned(),
        statement: range,
        table: None,
    });
}

/// Takes it away again where all that breaks is allowed.
pub(super) fn remove_allowed(chain: &Chain<'_>, at: usize, findings: &mut Vec<Finding>) {
    let revision = chain.get(at);
    let still = findings.iter().any(|one| is_breaking(one, revision.id));
    if revision.breaking.is_none() && !still {
        findings.retain(|one| one.revision != revision.id || one.id != ID);
    }
}

fn is_breaking(finding: &Finding, revision: &str) -> bool {
    finding.revision == revision
        && finding.group == Group::Breaks
        && finding.direction == Direction::Upgrade
        && finding.id != ID
}
