use std::collections::HashMap;
use std::ops::Range;

use super::lines::{Line, lines, split_word};
use super::report::Report;
use crate::nearest::nearest;
use crate::{Dialect, Direction, Properties};

/// What a direction of a revision does, as one section says it.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub(crate) direction: Direction,
    /// `None`: the plain section, for every dialect that has none of its own.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) properties: Properties,
    pub(crate) body: Body,
    /// The line that opens it.
    pub(crate) at: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// The script's bytes.
    Script(Range<usize>),
    /// A function of a Rust-coded revision.
    Code,
    /// `: nothing`, on purpose.
    Nothing,
    /// `-- irreversible: REASON`.
    Irreversible(Range<usize>),
}

/// The directions of which a line that was meant as a section could not be read, and was reported:
/// what is missing because of it is not reported too.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Misread([bool; 2]);

impl Misread {
    pub(super) fn add(&mut self, direction: Direction) {
        self.0[direction as usize] = true;
    }

    pub(crate) fn of(self, direction: Direction) -> bool {
        self.0[direction as usize]
    }

    pub(crate) fn any(self) -> bool {
        self.0.contains(&true)
    }
}

/// Which direction a word opens.
pub(super) fn direction_of(word: &str) -> Direction {
    match word {
        "upgrade" => Direction::Upgrade,
        _ => Direction::Downgrade,
    }
}

/// Finds the sections of a SQL file, and reports duplicates and lines that were meant as one.
pub(super) fn sections(report: &mut Report<'_>, misread: &mut Misread) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut reported = false;
    for line in lines(report.text) {
        let Some(comment) = line.text.trim_start().strip_prefix("--") else {
            // A line that was misread may be what should open the script.
            if let Some(open) = sections.last()
                && !(reported || misread.any() || line.text.is_empty())
                && !matches!(open.body, Body::Script(_))
            {
                never_run(report, &line, open);
                reported = true;
            }
            continue;
        };
        let opened = match open(&line, comment) {
            Ok(opened) => opened,
            Err(Mistake {
                direction,
                at,
                message,
                help,
            }) => {
                let problem = report.problem(at, message).help(help);
                report.problems.push(problem);
                misread.add(direction);
                None
            }
        };
        let Some(section) = opened else { continue };
        if let Some(open) = sections.last_mut()
            && let Body::Script(script) = &mut open.body
        {
            script.end = line.start;
        }
        sections.push(section);
        reported = false;
    }
    if let Some(open) = sections.last_mut()
        && let Body::Script(script) = &mut open.body
    {
        script.end = report.text.len();
    }
    duplicates(report, &sections);
    sections
}

/// Where the first section of a SQL file opens, in bytes; the end of the text where none does.
pub(super) fn first(text: &str) -> usize {
    let opens = |line: &Line<'_>| {
        let comment = line.text.trim_start().strip_prefix("--");
        comment.is_some_and(|comment| matches!(open(line, comment), Ok(Some(_))))
    };
    let found = lines(text).find(opens);
    found.map_or(text.len(), |line| line.start)
}

/// Whether a revision file may not have this line in a script: it is read as one that opens a section, or refused because it
/// looks like one, whatever quotes it stands in.
pub fn is_section_line(line: &str) -> bool {
    let text = line.trim_end();
    let line = Line {
        text,
        start: 0,
        next: text.len(),
    };
    let comment = text.trim_start().strip_prefix("--");
    comment.is_some_and(|comment| !matches!(open(&line, comment), Ok(None)))
}

/// What stands below `-- upgrade: nothing` would never run.
fn never_run(report: &mut Report<'_>, line: &Line<'_>, open: &Section) {
    let opened = report.text.get(open.at.clone()).unwrap_or("");
    let problem = report
        .problem(line.range(), "a script that would never run")
        .help(format!("`{opened}` has none: remove one of the two"));
    report.problems.push(problem);
}

struct Mistake {
    /// Of the section that was meant.
    direction: Direction,
    at: Range<usize>,
    message: String,
    help: String,
}

/// Reads `-- upgrade`, `-- downgrade (postgres, no transaction)`, `-- upgrade: nothing` or
/// `-- irreversible (sqlite): reason`; `None` for any other comment.
fn open(line: &Line<'_>, comment: &str) -> Result<Option<Section>, Mistake> {
    let text = comment.trim_start();
    let (word, rest) = split_word(text, |byte| byte.is_ascii_alphabetic());
    let rest = rest.trim_start();
    let exact = line.text.starts_with("-- ") && !comment.starts_with("  ");
    let known = matches!(word, "upgrade" | "downgrade" | "irreversible");
    // Prose may start with the word: `-- upgrade the units to metric`.
    let form = rest.is_empty() || rest.starts_with('(') || rest.starts_with(':');
    if !known || !exact || !form {
        return meant(line, word, rest, known && !exact).map_or(Ok(None), Err);
    }
    let mistake = |part: &str, message: String, help: &str| Mistake {
        direction: direction_of(word),
        at: line.range_of(part),
        message,
        help: help.to_owned(),
    };
    let (words, after) = match rest.strip_prefix('(') {
        None => ("", rest),
        Some(inner) => match inner.split_once(')') {
            Some((words, after)) => (words, after.trim_start()),
            None => {
                return Err(mistake(rest, "the `(` is not closed".to_owned(), FORM));
            }
        },
    };
    let (dialect, properties) = if rest.starts_with('(') {
        Properties::parse(words).map_err(|message| mistake(words, message, FORM))?
    } else {
        (None, Properties::default())
    };
    let value = match after.strip_prefix(':') {
        Some(value) => Some(value.trim()),
        None if after.is_empty() => None,
        None => return Err(mistake(after, format!("unexpected `{after}`"), FORM)),
    };
    let (direction, body) = match (word, value) {
        ("irreversible", Some(reason)) if !reason.is_empty() => (
            Direction::Downgrade,
            Body::Irreversible(line.range_of(reason)),
        ),
        ("irreversible", _) => {
            return Err(mistake(
                line.text,
                "`irreversible` without a reason".to_owned(),
                "say why, for the person who needs it undone: `-- irreversible: reason`",
            ));
        }
        ("upgrade", None) => (Direction::Upgrade, Body::Script(line.next..line.next)),
        ("downgrade", None) => (Direction::Downgrade, Body::Script(line.next..line.next)),
        ("upgrade", Some("nothing")) => (Direction::Upgrade, Body::Nothing),
        ("downgrade", Some("nothing")) => (Direction::Downgrade, Body::Nothing),
        (_, Some(value)) => {
            let message = match value {
                "" => format!("`{word}:` has no value"),
                value => format!("`{word}:` is followed by `{value}`"),
            };
            return Err(mistake(
                if value.is_empty() { line.text } else { value },
                message,
                "a script starts on the next line after `-- upgrade` without a colon; a section that does nothing is `-- upgrade: nothing`",
            ));
        }
        (_, None) => return Ok(None),
    };
    Ok(Some(Section {
        direction,
        dialect,
        properties,
        body,
        at: line.range(),
    }))
}

const FORM: &str = "a section line is `-- upgrade` or `-- downgrade`, optionally with properties: `-- upgrade (postgres, no transaction)`";

/// A comment that was meant as a section line but is not read as one would silently move a script
/// into the section above it.
fn meant(line: &Line<'_>, word: &str, rest: &str, misplaced: bool) -> Option<Mistake> {
    const WORDS: [&str; 3] = ["upgrade", "downgrade", "irreversible"];
    if word.is_empty() {
        return None;
    }
    let alone = rest.is_empty() || rest.starts_with('(') || rest.starts_with(':');
    let lower = word.to_ascii_lowercase();
    if !alone {
        // `-- upgrade postgres`: nobody would write it as prose.
        let bare = || rest == "nothing" || Properties::parse(rest).is_ok();
        return (WORDS.contains(&lower.as_str()) && bare()).then(|| Mistake {
            direction: direction_of(&lower),
            at: line.range(),
            message: format!("`{}` is not a section line", line.text.trim_start()),
            help: match rest {
                "nothing" => format!("write it as `-- {lower}: nothing`"),
                _ => format!("properties stand in parentheses: `-- {lower} ({rest})`"),
            },
        });
    }
    let near = if WORDS.contains(&lower.as_str()) {
        lower
    } else if rest.starts_with(':') && !rest[1..].trim_start().starts_with("nothing") {
        // `-- update: ...` is more likely prose than a slip.
        return None;
    } else {
        nearest(&lower, WORDS)?.to_owned()
    };
    let help = if misplaced || word.eq_ignore_ascii_case(&near) {
        format!("write it at the start of the line, as `-- {near}`")
    } else {
        format!("did you mean `-- {near}`?")
    };
    Some(Mistake {
        direction: direction_of(&near),
        at: line.range(),
        message: format!("`{}` is not a section line", line.text.trim_start()),
        help,
    })
}

/// One section a direction and dialect.
pub(super) fn duplicates(report: &mut Report<'_>, sections: &[Section]) {
    let mut first: HashMap<(Direction, Option<Dialect>), usize> = HashMap::new();
    for section in sections {
        let key = (section.direction, section.dialect);
        let Some(&line) = first.get(&key) else {
            let (place, _) = (report.locator).locate(report.path, report.text, section.at.clone());
            first.insert(key, place.line);
            continue;
        };
        let dialect = (section.dialect).map_or(String::new(), |dialect| format!(" for {dialect}"));
        let message = format!("a second {} section{dialect}", section.direction);
        let problem = report
            .problem(section.at.clone(), message)
            .help(format!("the first one is at line {line}"));
        report.problems.push(problem);
    }
}

/// The sections a Rust-coded revision's header keys stand for.
pub(super) fn of_key(
    report: &mut Report<'_>,
    key: &str,
    words: Option<&str>,
    value: &str,
    at: Range<usize>,
) -> Option<Section> {
    let mut fail = |message: String| {
        let problem = report.problem(at.clone(), message).help(
            "the forms are `upgrade: (PROPERTIES)`, `downgrade: (PROPERTIES)`, `downgrade: nothing` and `irreversible: REASON`",
        );
        report.problems.push(problem);
        None
    };
    let inner = |words: &str| match Properties::parse(words) {
        Ok(parsed) => Ok(parsed),
        Err(message) => Err(message),
    };
    let parsed = match words {
        None => Ok((None, Properties::default())),
        Some(words) => inner(words),
    };
    let (mut dialect, mut properties) = match parsed {
        Ok(parsed) => parsed,
        Err(message) => return fail(message),
    };
    let words_given = words.is_some();
    let body = match (key, value) {
        ("irreversible", "") => return fail("`irreversible` without a reason".to_owned()),
        ("irreversible", _) => {
            let end = at.end;
            Body::Irreversible(end - value.len()..end)
        }
        (_, "nothing") => Body::Nothing,
        (_, "") => Body::Code,
        (_, value) => {
            let words = value.strip_prefix('(').and_then(|v| v.strip_suffix(')'));
            let Some(words) = words else {
                return fail(format!("`{key}: {value}` is not a list of properties"));
            };
            if words_given {
                return fail(format!("`{key}` is given properties twice"));
            }
            match inner(words) {
                Ok((named, read)) => {
                    dialect = dialect.or(named);
                    properties = read;
                }
                Err(message) => return fail(message),
            }
            Body::Code
        }
    };
    Some(Section {
        direction: direction_of(key),
        dialect,
        properties,
        body,
        at,
    })
}
