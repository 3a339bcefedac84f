use crate::file::Body;
use crate::parsed::ParsedChain;
use crate::problem::{Problem, Problems};
use crate::{Direction, Language, sql};

/// The files or the options name the databases that the scripts are for.
pub(super) fn a_dialect(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let named = !parsed.dialects.is_empty() || parsed.options.incomplete;
    if !named && parsed.every_file().next().is_some() {
        let root = parsed.options.root.as_str();
        let problem =
            Problem::file(root, "no database is named, by chain.lock, the files or the app").help(format!(
                "name the databases the scripts are for in chain.lock, in a line such as `dialects sqlite`, or {}",
                parsed.options.said.dialects()
            ));
        problems.push(problem);
    }
}

/// Both directions are there for every dialect; a merge alone may leave both out.
pub(super) fn present(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    for (index, file) in parsed.every_file() {
        if parsed.is_blank_head(index) {
            continue;
        }
        for direction in Direction::BOTH {
            // One of which the parents could not be read may be a merge.
            let may_be_merge = file.header.doubtful && file.sections.is_empty();
            if file.misread.of(direction) || may_be_merge {
                continue;
            }
            let missing: Vec<&str> = (parsed.dialects.iter())
                .filter(|&&dialect| file.action(direction, dialect).is_none())
                .map(|dialect| dialect.name())
                .collect();
            if missing.is_empty() {
                continue;
            }
            let written = file
                .sections
                .iter()
                .any(|section| section.direction == direction);
            let whose = if written {
                format!(" for {}", missing.join(" and "))
            } else {
                String::new()
            };
            let problem = Problem::file(
                file.shown.as_str(),
                format!("no {direction} section{whose}"),
            );
            let tag = if written {
                format!(" ({})", missing[0])
            } else {
                String::new()
            };
            let problem = match direction {
                Direction::Upgrade => problem.help(format!(
                    "a line `-- upgrade{tag}` opens one; one that does nothing on purpose is `-- upgrade{tag}: nothing`"
                )),
                Direction::Downgrade => problem.help(format!(
                    "a line `-- downgrade{tag}` opens one; if there is no way back, say `-- irreversible{tag}: reason`"
                )),
            };
            problems.push(problem);
        }
    }
}

/// A section that does nothing says so.
pub(super) fn not_blank(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    for (index, file) in parsed.every_file() {
        if parsed.is_blank_head(index) {
            continue;
        }
        for section in &file.sections {
            if let Body::Script(range) = &section.body
                && sql::is_blank(file.text(range))
            {
                let line = file.text(&section.at);
                let problem = file
                    .problem(
                        &section.at,
                        format!("the {} section is blank", section.direction),
                    )
                    .help(format!(
                        "write the script, or `{line}: nothing` if it does nothing on purpose"
                    ));
                problems.push(problem);
            }
        }
    }
}

/// A Rust-coded revision has a function for each direction, or says that it has none.
pub(super) fn functions(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let files = parsed.every_file().map(|(_, file)| file);
    for file in files.filter(|file| file.language == Language::Rust) {
        for direction in Direction::BOTH {
            if file.misread.of(direction) {
                continue;
            }
            let of = |section: &&crate::file::Section| section.direction == direction;
            let sections = file.sections.iter().filter(of);
            let (mut coded, mut other) = (false, false);
            for section in sections {
                coded |= section.body == Body::Code;
                other |= section.body != Body::Code;
            }
            let function = file.functions.get(direction).is_some();
            if !function && (coded || !other) {
                let problem = Problem::file(
                    file.shown.as_str(),
                    format!("no `pub fn {direction}`"),
                )
                .help(format!(
                    "add `pub fn {direction}(db: &mut Context<'_>) -> migrate_runtime::Result<()>`"
                ));
                let problem = match direction {
                    Direction::Upgrade => problem,
                    Direction::Downgrade => problem.help(
                        "or a header line `//! irreversible: REASON`, if there is no way back",
                    ),
                };
                problems.push(problem);
            }
            if function && other && !coded {
                let problem = Problem::file(
                    file.shown.as_str(),
                    format!("`fn {direction}` would never run: the header says that there is none"),
                )
                .help("remove the function or the header line");
                problems.push(problem);
            }
        }
    }
}
