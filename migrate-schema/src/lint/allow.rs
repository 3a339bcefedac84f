//! Findings that a person allows, with a comment in the file: `-- lint:allow ID: reason`.

use std::ops::Range;

use migrate_chain::sql::{statements, tokens};
use migrate_chain::{Action, Chain, Dialect, Direction, Revision, nearest};

use super::{Finding, Group, breaking, rules};
use crate::scratch::Scratch;

/// A comment that allows findings.
struct Allowance<'t> {
    /// In bytes of the file.
    range: Range<usize>,
    id: &'t str,
    has_reason: bool,
    /// The statement that it is about; none: the revision.
    statement: Option<Range<usize>>,
}

const MARK: &str = "lint:allow";

/// Takes out the findings of a revision that its file allows, and adds one for each allowance that allows nothing.
pub(super) fn apply(
    chain: &Chain<'_>,
    at: usize,
    databases: &[(Dialect, Option<Scratch<'_>>)],
    findings: &mut Vec<Finding>,
) {
    let revision = chain.get(at);
    let dialects: Vec<Dialect> = databases.iter().map(|(dialect, _)| *dialect).collect();
    let allowances = allowances(revision, &dialects);
    let mut used = vec![false; allowances.len()];
    findings.retain(|finding| {
        if finding.revision != revision.id {
            return true;
        }
        let mut is_allowed = false;
        for (index, one) in allowances.iter().enumerate() {
            if one.has_reason && one.is_of(finding) {
                used[index] = true;
                is_allowed = true;
            }
        }
        !is_allowed
    });
    let Some(&dialect) = dialects.first() else {
        return;
    };
    for (one, _) in allowances.iter().zip(used).filter(|(_, used)| !used) {
        let known = rules()
            .iter()
            .map(|rule| rule.id)
            .chain(["fails", breaking::ID]);
        let (message, cure) = if !one.has_reason {
            (
                format!("`{}` is allowed without a reason", one.id),
                "write it as `-- lint:allow ID: reason`".to_owned(),
            )
        } else if known.clone().any(|id| id == one.id) {
            // Matters of design are looked at only where they are asked for.
            let is_design =
                |rule: &&super::Rule| rule.id == one.id && rule.groups == [Group::Design];
            if rules().iter().any(|rule| is_design(&rule)) {
                continue;
            }
            (
                format!("`{}` is allowed, and nothing of the kind is found", one.id),
                "remove the comment".to_owned(),
            )
        } else {
            let near = nearest(one.id, known);
            (
                format!("there is no rule `{}` to allow", one.id),
                near.map_or_else(
                    || "docs/lint.md lists the rules".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ),
            )
        };
        let (place, snippet) = revision.locate(chain.root, one.range.clone());
        findings.push(Finding {
            id: "allowance".to_owned(),
            group: Group::Design,
            revision: revision.id.to_owned(),
            direction: Direction::Upgrade,
            dialect,
            place,
            snippet,
            range: one.range.clone(),
            message,
            cure,
            statement: one.range.clone(),
            table: None,
        });
    }
}

impl Allowance<'_> {
    fn is_of(&self, finding: &Finding) -> bool {
        let id = self.id.split_once('/').map_or(self.id, |(group, id)| {
            if group == finding.group.name() {
                id
            } else {
                ""
            }
        });
        let is_there = match &self.statement {
            None => true,
            Some(range) => *range == finding.statement,
        };
        id == finding.id && is_there
    }
}

fn allowances<'t>(revision: &Revision<'t>, dialects: &[Dialect]) -> Vec<Allowance<'t>> {
    let text = revision.text();
    let sections = sections(revision, dialects);
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let offset = start;
        start += line.len();
        let Some(at) = line.find(MARK) else { continue };
        let before = line[..at].trim_end();
        if !(before.ends_with("--") || before.ends_with("//!") || before.ends_with("/*")) {
            continue;
        }
        let position = offset + at;
        let section = sections
            .iter()
            .find(|section| section.range.contains(&position));
        // What stands in a text is none.
        if section.is_some_and(|section| section.quotes.iter().any(|one| one.contains(&position))) {
            continue;
        }
        let statement = section.map(|section| section.statement(text, position));
        let rest = line[at + MARK.len()..].trim().trim_end_matches("*/");
        let (ids, reason) = rest.split_once(':').unwrap_or((rest, ""));
        for id in ids.split(',').map(str::trim) {
            found.push(Allowance {
                range: position..offset + line.trim_end().len(),
                id,
                has_reason: !reason.trim().is_empty(),
                statement: statement.clone(),
            });
        }
    }
    found
}

/// Where a script stands in its file.
struct Section {
    range: Range<usize>,
    statements: Vec<Range<usize>>,
    quotes: Vec<Range<usize>>,
}

fn sections(revision: &Revision<'_>, dialects: &[Dialect]) -> Vec<Section> {
    let mut sections = Vec::new();
    for &dialect in dialects {
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let Action::Script(script) = revision.action(direction, dialect) else {
                continue;
            };
            let moved =
                |range: Range<usize>| script.offset + range.start..script.offset + range.end;
            let quotes = tokens(script.text, dialect).unwrap_or_default();
            sections.push(Section {
                range: moved(0..script.text.len()),
                statements: statements(script.text, dialect)
                    .map(|statement| moved(statement.range))
                    .collect(),
                quotes: quotes
                    .into_iter()
                    .map(|token| moved(token.start..token.end))
                    .collect(),
            });
        }
    }
    sections
}

impl Section {
    /// The statement that a comment belongs to: the one it stands in, the one that ends on its line, or the next one.
    fn statement(&self, text: &str, position: usize) -> Range<usize> {
        let is_own = |range: &&Range<usize>| {
            let same_line = || {
                let between = text.get(range.end..position).unwrap_or("\n");
                !between.contains('\n')
            };
            range.contains(&position) || (range.end <= position && same_line())
        };
        let own = self.statements.iter().rfind(is_own);
        let next = || self.statements.iter().find(|range| range.start > position);
        own.or_else(next).cloned().unwrap_or(position..position)
    }
}
