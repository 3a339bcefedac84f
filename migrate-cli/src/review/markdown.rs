//! A comment for a pull request.

use std::fmt::Write as _;

use migrate_chain::Direction;
use migrate_schema::lint::Group;

use super::{Review, Reviewed, Side, Verdict, count, shared, summary};

pub(super) fn render(review: &Review<'_>) -> String {
    let mut text = String::new();
    let revisions = count(review.revisions.len(), "revision");
    let found = match &review.findings[..] {
        [] => "nothing found".to_owned(),
        findings => summary(findings),
    };
    let _ = writeln!(text, "## Migrations: {revisions}, {found}\n");
    if !review.problems.is_empty() {
        for problem in &review.problems {
            let place = match (&problem.path, problem.line) {
                (Some(path), Some(line)) => format!(" ({})", code(&format!("{path}:{line}"))),
                (Some(path), None) => format!(" ({})", code(path)),
                _ => String::new(),
            };
            let _ = writeln!(text, "- **error**: {}{place}", prose(&problem.message));
        }
        text.push('\n');
    }
    if !review.revisions.is_empty() {
        text.push_str("| revision | message | older programs | loses | locks | may fail |\n");
        text.push_str("|---|---|---|---|---|---|\n");
        for revision in &review.revisions {
            let count = |group: Group| {
                let found = review.of(revision).filter(|one| one.group == group);
                match shared(found).len() {
                    0 => String::new(),
                    count => count.to_string(),
                }
            };
            let verdict = match review.verdict(revision) {
                Verdict::GoOn => "go on",
                Verdict::Break(_) => "**break**",
            };
            let _ = writeln!(
                text,
                "| {} | {} | {verdict} | {} | {} | {} |",
                code(&revision.id),
                prose(&revision.message),
                count(Group::Loses),
                count(Group::Locks),
                count(Group::MayFail),
            );
        }
        text.push('\n');
    }
    for revision in &review.revisions {
        of_revision(&mut text, review, revision);
    }
    text
}

fn of_revision(text: &mut String, review: &Review<'_>, revision: &Reviewed) {
    let _ = writeln!(
        text,
        "### {} {}\n",
        code(&revision.id),
        prose(&revision.message)
    );
    let _ = writeln!(text, "{}\n", code(&revision.path));
    if let Verdict::Break(reasons) = review.verdict(revision) {
        text.push_str("Programs of earlier releases break:\n\n");
        for reason in reasons {
            let _ = writeln!(text, "- {}", prose(reason));
        }
        text.push('\n');
    }
    let upgrades = || {
        let sections = revision.sections.iter();
        sections.filter(|side| side.direction == Direction::Upgrade)
    };
    let mut operations: Vec<(&str, Vec<&str>)> = Vec::new();
    for side in upgrades() {
        for line in side.operations.iter().flatten() {
            match operations.iter_mut().find(|(known, _)| known == line) {
                Some((_, dialects)) => dialects.push(side.dialect.name()),
                None => operations.push((line, vec![side.dialect.name()])),
            }
        }
    }
    let databases = upgrades().count();
    if !operations.is_empty() {
        text.push_str("Schema:\n\n");
        for (line, dialects) in operations {
            let only = if dialects.len() < databases {
                format!(" ({})", dialects.join(", "))
            } else {
                String::new()
            };
            let _ = writeln!(text, "- {}{only}", prose(line));
        }
        text.push('\n');
    }
    let findings = shared(review.of(revision));
    if !findings.is_empty() {
        text.push_str("| finding | where | what | cure |\n|---|---|---|---|\n");
        for (finding, dialects) in findings {
            let place = format!("{}:{}", finding.place.line, finding.place.column);
            let _ = writeln!(
                text,
                "| {} | {} | {} ({}) | {} |",
                code(&format!("{}/{}", finding.group, finding.id)),
                code(&place),
                prose(&finding.message),
                dialects.join(", "),
                prose(&finding.cure),
            );
        }
        text.push('\n');
    }
    if upgrades().any(|side| !side.locks.is_empty()) {
        text.push_str("<details><summary>Locks</summary>\n\n");
        text.push_str("| table | lock | others wait to | rewritten |\n|---|---|---|---|\n");
        for lock in upgrades().flat_map(|side| &side.locks) {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                code(&lock.table),
                lock.mode,
                match lock.mode.keeps_from() {
                    "reads and writes" => "read, write",
                    "writes" => "write",
                    _ => "vacuum, change the schema",
                },
                if lock.rewrites { "yes" } else { "" },
            );
        }
        text.push_str("\n</details>\n\n");
    }
    if revision.sections.iter().any(|side| side.sql.is_some()) {
        text.push_str("<details><summary>SQL</summary>\n\n");
        for (title, sql) in scripts(&revision.sections) {
            let fence = fence(sql);
            let _ = writeln!(text, "{title}\n\n{fence}sql\n{sql}\n{fence}\n");
        }
        text.push_str("</details>\n\n");
    }
}

/// Each script once, with what it is and for which databases.
fn scripts(sections: &[Side]) -> Vec<(String, &str)> {
    let mut all: Vec<(Direction, bool, Vec<&str>, &str)> = Vec::new();
    for side in sections {
        let Some(sql) = side.sql.as_deref() else {
            continue;
        };
        let key = (side.direction, side.is_transaction, sql);
        match all.iter_mut().find(|one| (one.0, one.1, one.3) == key) {
            Some(known) => known.2.push(side.dialect.name()),
            None => all.push((key.0, key.1, vec![side.dialect.name()], sql)),
        }
    }
    let title = |(direction, is_transaction, dialects, sql): (Direction, bool, Vec<&str>, _)| {
        let outside = if is_transaction {
            ""
        } else {
            ", outside a transaction"
        };
        (
            format!("{} ({}{outside})", direction.name(), dialects.join(", ")),
            sql,
        )
    };
    all.into_iter().map(title).collect()
}

/// More backticks than stand in a row in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max();
    "`".repeat(longest.unwrap_or_default().max(2) + 1)
}

/// A text as code, within a line.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '`'], " ").replace('|', "\\|");
    format!("`{text}`")
}

/// A text within a line or a cell, in which nothing is markup, a tag or somebody's name; what it has in backticks is code.
fn prose(text: &str) -> String {
    let mut shown = String::new();
    let mut is_code = false;
    let is_balanced = text.matches('`').count().is_multiple_of(2);
    for c in text.chars() {
        match c {
            '`' if is_balanced => {
                is_code = !is_code;
                shown.push(c);
            }
            '\n' => shown.push(' '),
            '|' => shown.push_str("\\|"),
            _ if is_code => shown.push(c),
            '<' => shown.push_str("&lt;"),
            '&' => shown.push_str("&amp;"),
            '@' => shown.push_str("@\u{200b}"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '`' | '~' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}
