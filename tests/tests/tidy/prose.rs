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

/// A link to another file of the repository leads somewhere.
#[test]
fn links_lead_somewhere() {
    let files = super::files();
    let mut broken = Vec::new();
    let mut count = 0;
    for (path, text) in &files {
        if !path.ends_with(".md") {
            continue;
        }
        let folder = super::root().join(path);
        let folder = folder.parent().unwrap();
        for target in targets(text) {
            count += 1;
            if !folder.join(target).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(count > 50, "{count}");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The files that a page links to, outside its code.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    let inline = prose.flat_map(|prose| {
        let links = prose.split("](").skip(1);
        links.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
    });
    let named = (text.lines())
        .filter(|line| line.starts_with('['))
        .filter_map(|line| line.split_once("]: ").map(|(_, target)| target));
    inline
        .chain(named)
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' '))
}
