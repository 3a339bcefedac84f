use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::adoption::{PARAMETERS, parameters};
use crate::file::{AdoptFile, AdoptSection, Purpose};
use crate::parsed::ParsedChain;
use crate::problem::{Problem, Problems};
use crate::sql::{self, Section};
use crate::{ADOPT_SQL, Dialect};

/// The header keys `adopts` and `adopt.sql` belong together; where a header has problems, the key may be what could not be read.
pub(super) fn both_or_none(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let adopting = (parsed.files.iter()).find_map(|file| Some((file, file.header.adopts.first()?)));
    match (&parsed.adopt, adopting) {
        (None, Some((file, first))) => {
            let message =
                format!("`adopts` without {ADOPT_SQL}, which would say how the keys are found");
            problems.push(
                file.problem(&first.key, message)
                    .help(format!("put {ADOPT_SQL} back beside the revisions: `cargo migrate import` writes it"))
                    .help("once every database was taken over, take the lines `-- adopts: ..` out of all revisions: they are no part of what is recorded"),
            );
        }
        (Some(file), None) if problems.is_empty() => {
            let message = "no revision has a key `adopts`, so no database can be taken over";
            problems.push(
                Problem::file(file.shown.as_str(), message)
                    .help("name in each revision what the other tool calls it: `-- adopts: KEY`"),
            );
        }
        _ => {}
    }
}

/// A key of the other tool's has one meaning.
pub(super) fn unique_keys(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, file) in parsed.files.iter().enumerate() {
        for adopted in &file.header.adopts {
            let key = file.text(&adopted.key);
            let before = *first.entry(key).or_insert(index);
            if before != index {
                let before = &parsed.files[before];
                let message = format!(
                    "`{}` adopts `{key}`, and so does `{}`",
                    file.id(),
                    before.id()
                );
                problems.push(file.problem(&adopted.key, message).help(format!(
                    "one revision stands for a key; the other is {}",
                    before.shown
                )));
            }
        }
    }
    let Some(file) = &parsed.adopt else { return };
    let mut seen = HashSet::new();
    for range in &file.without {
        let key = file.text(range);
        if let Some(&index) = first.get(key) {
            let revision = parsed.files[index].id();
            let message = format!("`{key}` stands in `without`, and `{revision}` adopts it");
            problems.push(file.problem(range, message).help("keep one of the two"));
        } else if !seen.insert(key) {
            problems.push(file.problem(range, format!("`{key}` is named twice")));
        }
    }
}

/// `adopt.sql` says what it has to.
pub(super) fn is_complete(parsed: &ParsedChain<'_>, file: &AdoptFile, problems: &mut Problems) {
    if file.misread {
        return;
    }
    let missing = |what: &str, help: &str| {
        Problem::file(file.shown.as_str(), format!("no {what}")).help(help)
    };
    if file.tool.is_none() {
        problems.push(missing(
            "key `adopt`",
            "name the other tool at the top of the file: `-- adopt: sqlx`",
        ));
    }
    if file.table.is_none() {
        problems.push(missing(
            "key `table`",
            "name the table of the other tool's: `-- table: _sqlx_migrations`; or say `-- table: none`, where the query of `-- applied` decides alone",
        ));
    }
    for purpose in Purpose::ALL {
        let lacks = |dialect: &&Dialect| file.section(purpose, **dialect).is_none();
        let lacking: Vec<&str> = (parsed.dialects.iter().filter(lacks))
            .map(|dialect| dialect.name())
            .collect();
        if lacking.is_empty() {
            continue;
        }
        let name = purpose.name();
        let is_written = file.sections.iter().any(|one| one.purpose == purpose);
        let (whose, tag) = if is_written {
            (
                format!(" for {}", lacking.join(" and ")),
                format!(" ({})", lacking[0]),
            )
        } else {
            (String::new(), String::new())
        };
        problems.push(missing(
            &format!("section `{name}`{whose}"),
            &format!("a line `-- {name}{tag}` opens one; one that does nothing on purpose is `-- {name}{tag}: nothing`"),
        ));
    }
}

/// The scripts of `adopt.sql` are what their sections are for, on each database.
pub(super) fn scripts(parsed: &ParsedChain<'_>, file: &AdoptFile, problems: &mut Problems) {
    // What stands below a line that was misread is not where it belongs.
    let sections = file.sections.iter().filter(|_| !file.misread);
    for section in sections {
        let Some(script) = &section.script else {
            continue;
        };
        let text = file.text(script);
        let name = section.purpose.name();
        if sql::is_blank(text) {
            let line = file.text(&section.at);
            problems.push(
                file.problem(&section.at, format!("the section `{name}` is blank"))
                    .help(format!(
                        "write the SQL, or `{line}: nothing` if it does nothing on purpose"
                    )),
            );
            continue;
        }
        // What is wrong on both databases is reported once.
        let mut found = HashSet::new();
        let mut push = |at: &Range<usize>, message: String, help: &str| {
            let at = script.start + at.start..script.start + at.end;
            if found.insert((at.start, message.clone())) {
                problems.push(file.problem(&at, message).help(help));
            }
        };
        for &dialect in served(parsed, file, section) {
            let inspected = sql::inspect(text, &Section::new(dialect));
            for finding in &inspected.findings {
                push(&finding.range, finding.message.clone(), &finding.help);
            }
            if section.purpose == Purpose::Applied
                && let [_, second, ..] = &inspected.statements[..]
            {
                let message = "a second statement: `-- applied` is one query".to_owned();
                push(&second.range, message, "join them with UNION ALL");
            }
            for (range, number) in parameters(text, dialect) {
                let written = text.get(range.clone()).unwrap_or("");
                match section.purpose {
                    Purpose::Applied => push(
                        &range,
                        format!("`{written}` has no value in `-- applied`"),
                        "the query finds every key there is; only `-- record` and `-- unrecord` are about one",
                    ),
                    _ if !(1..=PARAMETERS).contains(&number) => push(
                        &range,
                        format!("`{written}` has no value"),
                        "?1 is the key, ?2 the other tool's own name of it, ?3 the checksum, ?4 the key before it",
                    ),
                    _ => {}
                }
            }
        }
    }
}

/// The dialects of the chain that a section serves.
fn served<'p>(
    parsed: &'p ParsedChain<'_>,
    file: &AdoptFile,
    section: &AdoptSection,
) -> impl Iterator<Item = &'p Dialect> {
    let is_it = |dialect: &&Dialect| {
        let one = file.section(section.purpose, **dialect);
        one.is_some_and(|one| one.at == section.at)
    };
    let served: Vec<&Dialect> = parsed.dialects.iter().filter(is_it).collect();
    served.into_iter()
}
