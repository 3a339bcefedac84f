//! SARIF 2.1.0, which GitHub's code scanning and many editors read.

use migrate_chain::Fingerprint;
use migrate_schema::lint::{Group, rules};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Review;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What stands as it is in the path of a URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

pub(super) fn render(review: &Review<'_>) -> Value {
    let own = ["fails", "breaking-header", "allowance", "problem"].map(|id| {
        json!({"id": id, "shortDescription": {"text": match id {
            "fails" => "A revision fails on an empty database.",
            "breaking-header" => "A header and what is found say different things of older programs.",
            "allowance" => "A comment allows nothing.",
            _ => "The chain or the database is not as it should be.",
        }}})
    });
    let known = rules().iter().map(|rule| {
        let groups: Vec<&str> = rule.groups.iter().map(|group| group.name()).collect();
        json!({
            "id": rule.id,
            "shortDescription": {"text": rule.what},
            "properties": {"tags": groups},
        })
    });
    let rules: Vec<Value> = known.chain(own).collect();
    let mut results = Vec::new();
    for problem in &review.problems {
        let mut result = json!({
            "ruleId": "problem",
            "level": "error",
            "message": {"text": problem.message},
        });
        if let Some(path) = &problem.path {
            let place = location(path, problem.line, problem.column, None);
            result["locations"] = json!([place]);
        }
        results.push(result);
    }
    for finding in &review.findings {
        let (before, marked) = finding.snippet.marks();
        let end = (marked > 0).then_some(before + marked + 1);
        let words = [
            finding.id.as_str(),
            finding.group.name(),
            &finding.revision,
            finding.direction.name(),
            finding.dialect.name(),
            &finding.message,
        ];
        let place = &finding.place;
        results.push(json!({
            "ruleId": finding.id,
            "level": match finding.group {
                Group::Breaks | Group::Loses => "error",
                Group::Locks | Group::MayFail => "warning",
                _ => "note",
            },
            "message": {"text": format!(
                "{} ({}). Cure: {}", finding.message, finding.dialect, finding.cure
            )},
            "locations": [location(&place.path, Some(place.line), Some(place.column), end)],
            "partialFingerprints": {
                "finding/v1": Fingerprint::of_content(&words.join("\n")).to_string(),
            },
            "properties": {
                "group": finding.group.name(),
                "revision": finding.revision,
                "direction": finding.direction.name(),
                "dialect": finding.dialect.name(),
            },
        }));
    }
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "migrate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A line and a column of 0 are not known.
fn location(path: &str, line: Option<usize>, column: Option<usize>, end: Option<usize>) -> Value {
    let uri = utf8_percent_encode(path, PATH).to_string();
    let mut place = json!({"artifactLocation": {"uri": uri}});
    if let Some(line) = line.filter(|&line| line > 0) {
        let mut region = json!({"startLine": line});
        if let Some(column) = column.filter(|&column| column > 0) {
            region["startColumn"] = json!(column);
            if let Some(end) = end.filter(|&end| end > column) {
                region["endColumn"] = json!(end);
            }
        }
        place["region"] = region;
    }
    json!({"physicalLocation": place})
}
