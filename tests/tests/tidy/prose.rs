//! A doc comment is read alone: in a hover, in rustdoc, in a diff.

/// Words that refer to something which a reader of one comment doesn't see.
const DANGLING: &[&str] = &[
    "The same",
    "The others",
    "One of them",
    "All of them",
    "None of them",
    "Those",
    "So is",
    "So are",
    "So does",
    "So do",
    "As above",
    "As before",
    "As [",
    "Likewise",
    "Nor",
    "And",
    "But",
    "Also",
    "It",
    "They",
    "None.",
    "Such as",
];

#[test]
fn doc_comments_stand_alone() {
    assert!(dangles("The same, with a default.") && dangles("It ran.") && dangles("None."));
    assert!(!dangles("Items of a list.") && !dangles("Nothing ran.") && !dangles("Both ends."));
    let mut found = Vec::new();
    for (path, text) in super::files() {
        if !path.ends_with(".rs") {
            continue;
        }
        let mut inside = false;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let comment = line.strip_prefix("///").or(line.strip_prefix("//!"));
            if let Some(comment) = comment.filter(|_| !inside)
                && dangles(comment.trim_start())
            {
                found.push(format!("{path}:{}: {line}", number + 1));
            }
            inside = comment.is_some();
        }
    }
    assert!(
        found.is_empty(),
        "say what it is about, not what it is like:\n{}",
        found.join("\n")
    );
}

/// True where a comment opens with such words.
fn dangles(comment: &str) -> bool {
    DANGLING.iter().any(|words| {
        let rest = comment.strip_prefix(words);
        rest.is_some_and(|rest| {
            words.ends_with(['.', '[']) || !rest.starts_with(char::is_alphanumeric)
        })
    })
}
