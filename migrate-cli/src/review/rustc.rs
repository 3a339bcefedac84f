//! rustc's JSON lines, a diagnostic each: what rust-analyzer reads of its `check.overrideCommand`.

use migrate_schema::lint::{Finding, Group};
use serde::Serialize;

use super::{Review, shared};
use crate::error::{Error, Result};
use crate::render::json::Found;

#[derive(Serialize)]
struct Diagnostic {
    #[serde(rename = "$message_type")]
    message_type: &'static str,
    message: String,
    code: Option<Code>,
    level: &'static str,
    spans: Vec<Span>,
    children: Vec<Diagnostic>,
    rendered: Option<String>,
}

#[derive(Serialize)]
struct Code {
    code: String,
    explanation: Option<&'static str>,
}

#[derive(Serialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    line_start: usize,
    line_end: usize,
    column_start: usize,
    column_end: usize,
    is_primary: bool,
    text: Vec<Text>,
    label: Option<String>,
    suggested_replacement: Option<String>,
    suggestion_applicability: Option<String>,
    expansion: Option<()>,
}

#[derive(Serialize)]
struct Text {
    text: String,
    highlight_start: usize,
    highlight_end: usize,
}

pub(super) fn render(review: &Review<'_>) -> Result<String> {
    let problems = review.problems.iter().map(problem);
    let findings = shared(&review.findings);
    let findings = findings
        .iter()
        .map(|(one, dialects)| finding(one, dialects));
    let mut text = String::new();
    for diagnostic in problems.chain(findings) {
        let line = serde_json::to_string(&diagnostic)
            .map_err(|error| Error::failed(format!("can't print JSON: {error}")))?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

fn finding(finding: &Finding, dialects: &[&str]) -> Diagnostic {
    let (before, marked) = finding.snippet.marks();
    let (start, end) = (before + 1, before + marked.max(1) + 1);
    let shown = finding.diagnostic();
    Diagnostic {
        children: vec![child(&finding.cure)],
        spans: vec![Span {
            byte_start: finding.range.start,
            byte_end: finding.range.end,
            column_start: start,
            column_end: end,
            text: vec![Text {
                text: finding.snippet.text().to_owned(),
                highlight_start: start,
                highlight_end: end,
            }],
            ..span(&finding.place.path, finding.place.line, start)
        }],
        rendered: Some(format!("{shown:#}\n")),
        code: Some(Code {
            code: format!("{}/{}", finding.group, finding.id),
            explanation: None,
        }),
        ..diagnostic(
            match finding.group {
                Group::Breaks | Group::Loses | Group::Locks | Group::MayFail => "warning",
                _ => "note",
            },
            format!("{} ({})", finding.message, dialects.join(", ")),
        )
    }
}

fn problem(found: &Found) -> Diagnostic {
    let place = found.path.as_ref();
    let column = found.column.unwrap_or(1);
    Diagnostic {
        spans: place
            .map(|path| span(path, found.line.unwrap_or(1), column))
            .into_iter()
            .collect(),
        children: found.help.iter().map(|help| child(help)).collect(),
        rendered: Some(format!("error: {}\n", found.message)),
        ..diagnostic("error", found.message.clone())
    }
}

fn child(help: &str) -> Diagnostic {
    diagnostic("help", help.to_owned())
}

fn diagnostic(level: &'static str, message: String) -> Diagnostic {
    Diagnostic {
        message_type: "diagnostic",
        message,
        code: None,
        level,
        spans: Vec::new(),
        children: Vec::new(),
        rendered: None,
    }
}

fn span(path: &str, line: usize, column: usize) -> Span {
    let line = line.max(1);
    Span {
        file_name: path.to_owned(),
        byte_start: 0,
        byte_end: 0,
        line_start: line,
        line_end: line,
        column_start: column,
        column_end: column + 1,
        is_primary: true,
        text: Vec::new(),
        label: None,
        suggested_replacement: None,
        suggestion_applicability: None,
        expansion: None,
    }
}
