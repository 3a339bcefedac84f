//! `cargo xtask false-alarms`: what lint says of real histories, held against what a person has judged.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, command, install};

/// What a person has judged: a line each, of the history, the rule, `FILE:LINE`, and `true` or `false`.
const JUDGED: &str = "xtask/judged.txt";

/// What lint found in a revision, by its place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alarm {
    history: String,
    rule: String,
    /// The file without its date and its id, and the line.
    place: String,
}

/// How often a rule was heard, and how often it was right.
#[derive(Debug, Default)]
struct Count {
    all: usize,
    right: usize,
    wrong: usize,
}

/// Lints each revision by itself, as if all below it were there with rows. A folder holds a chain in `versions`, which
/// `cargo migrate import` has made of a real project's migrations.
pub(crate) fn run(folders: &[OsString]) -> Result {
    if folders.is_empty() {
        return Err(
            "`false-alarms` needs folders with chains that `cargo migrate import` has written"
                .to_owned(),
        );
    }
    install::missing()?;
    let judged = judged()?;
    let build = ["build", "--quiet", "--package", "cargo-migrate"];
    command::run(command::cargo().args(build))?;
    let program = command::target()?.join("debug/cargo-migrate");
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut unjudged = Vec::new();
    let mut revisions = 0;
    for folder in folders {
        let folder = fs::canonicalize(folder)
            .map_err(|error| format!("{}: {error}", Path::new(folder).display()))?;
        let (seen, alarms) = history(&program, &folder)?;
        revisions += seen;
        for (alarm, told) in alarms {
            let count = counts.entry(alarm.rule.clone()).or_default();
            count.all += 1;
            match judged.get(&alarm) {
                Some(true) => count.right += 1,
                Some(false) => count.wrong += 1,
                None => unjudged.push((alarm, told)),
            }
        }
    }
    for (alarm, told) in &unjudged {
        println!("{} {} {} ?\n{told}", alarm.history, alarm.rule, alarm.place);
    }
    println!("{revisions} revisions\n\n  all  true false  share  rule");
    for (rule, count) in &counts {
        let share = percent(count.wrong, revisions);
        let Count { all, right, wrong } = count;
        println!("{all:5} {right:5} {wrong:5} {share:5.1}%  {rule}");
    }
    let wrong = counts.values().map(|count| count.wrong).sum();
    let share = percent(wrong, revisions);
    println!("false alarms: {wrong}, {share:.1}% of the revisions");
    match unjudged.len() {
        0 if share < 1.0 => Ok(()),
        0 => Err("1% or more are false alarms".to_owned()),
        some => Err(format!("{some} findings are not judged: see {JUDGED}")),
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    let whole = u32::try_from(whole.max(1)).unwrap_or(u32::MAX);
    let part = u32::try_from(part).unwrap_or(u32::MAX);
    100.0 * f64::from(part) / f64::from(whole)
}

/// How many revisions a history has, and what is found in them, with what lint says.
fn history(program: &Path, folder: &Path) -> Result<(usize, Vec<(Alarm, String)>)> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let versions = folder.join("versions");
    let mut files: Vec<PathBuf> = fs::read_dir(&versions)
        .map_err(|error| failed(&versions, error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "sql"))
        .collect();
    files.sort();
    let mut seen = 0;
    let mut alarms = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| failed(&file, error))?;
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("-- revision: "));
        let Some(id) = id else { continue };
        let mut lint = Command::new(program);
        lint.args(["migrate", "lint", id]).current_dir(folder);
        let output = lint.output().map_err(|error| failed(program, error))?;
        let told = String::from_utf8_lossy(&output.stdout);
        if !matches!(output.status.code(), Some(0 | 3)) {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {told}{why}", file.display()));
        }
        seen += 1;
        for finding in told.split("\n\n") {
            if let Some((rule, place)) = read(finding, id) {
                let alarm = Alarm {
                    history: name.to_string(),
                    rule,
                    place,
                };
                alarms.push((alarm, finding.trim().to_owned()));
            }
        }
    }
    Ok((seen, alarms))
}

/// The rule of a finding as lint prints it, and its place.
fn read(finding: &str, id: &str) -> Option<(String, String)> {
    let rule = finding.trim_start().strip_prefix('[')?;
    let (rule, _) = rule.split_once(']')?;
    let place = finding
        .lines()
        .find_map(|line| line.trim().strip_prefix("--> "))?;
    let (_, place) = place.split_once(&format!("{id}-"))?;
    let mut parts = place.split(':');
    let (file, line) = (parts.next()?, parts.next().unwrap_or("0"));
    Some((rule.to_owned(), format!("{file}:{line}")))
}

fn judged() -> Result<BTreeMap<Alarm, bool>> {
    let path = command::root().join(JUDGED);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let lines = lines.filter(|line| !line.trim().is_empty());
    lines
        .map(
            |line| match line.split_whitespace().collect::<Vec<_>>()[..] {
                [history, rule, place, word @ ("true" | "false")] => {
                    let alarm = Alarm {
                        history: history.to_owned(),
                        rule: rule.to_owned(),
                        place: place.to_owned(),
                    };
                    Ok((alarm, word == "true"))
                }
                _ => Err(format!("{JUDGED}: {line:?} is no judgement")),
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_finding_is_known_by_its_slug_and_line() {
        let finding = "[loses/drop-column] the values of users.mail are gone for good (sqlite)\n  --> versions/2026-01-20-8280855a5064-no-mail.sql:6:19\n   |";
        let expected = ("loses/drop-column".to_owned(), "no-mail.sql:6".to_owned());
        assert_eq!(read(finding, "8280855a5064"), Some(expected));
        assert_eq!(read("1 revision: nothing found", "8280855a5064"), None);
    }
}
