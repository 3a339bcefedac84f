//! The revision files that the steps of another tool become.

use std::collections::BTreeSet;

use migrate_chain::sql::{TokenKind, tokens};
use migrate_chain::{
    AdoptedKey, Dialect, Direction, Language, NewHeader, Properties, SourceFile, id,
};
use serde::Serialize;

use super::adopt::AdoptSql;
use super::history::{History, Refused, Step};
use super::section::{Converted, convert};

/// The revisions, in a line.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) revisions: Vec<Drafted>,
    pub(crate) refused: Vec<Refused>,
    /// True where a script looks at the tool's own table, which the base then makes.
    pub(crate) has_table: bool,
}

/// A revision as it is to be written.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) file: SourceFile,
    pub(crate) sources: Vec<String>,
    pub(crate) changes: Vec<String>,
    pub(crate) downgrade: Downgrade,
}

/// What the way back is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Downgrade {
    Script,
    Nothing,
    Irreversible,
}

/// Why there is no way back.
fn no_down(tool: &str) -> String {
    format!("{tool} had no script for the way back")
}

/// Makes revisions of the steps, for one database.
pub(crate) fn draft(tool: &str, history: &History, adopt: &AdoptSql, dialect: Dialect) -> Draft {
    let mut draft = Draft {
        has_table: uses_table(history, adopt, dialect),
        ..Draft::default()
    };
    let mut taken = BTreeSet::new();
    let mut parent: Option<String> = None;
    for (at, step) in history.steps.iter().enumerate() {
        let id = fresh(&step.key, &mut taken);
        let up = convert(&step.up, Direction::Upgrade, dialect);
        let down = step
            .down
            .as_ref()
            .map(|side| (convert(side, Direction::Downgrade, dialect), side));
        let mut refuse = |file: &str, reason: String| {
            draft.refused.push(Refused {
                file: file.to_owned(),
                reason,
            });
        };
        let mut up = match up {
            Ok(up) => up,
            Err(reason) => {
                refuse(&step.up.file, reason);
                continue;
            }
        };
        let down = match down {
            Some((Err(reason), side)) => {
                refuse(&side.file, reason);
                continue;
            }
            Some((Ok(down), _)) => Some(down),
            None => None,
        };
        if at == 0 && draft.has_table {
            let text = up.text.take().unwrap_or_default();
            up.text = Some(format!("{}\n\n{text}", adopt.create));
            up.changes.push(format!(
                "the table {}, which scripts of this history look at, is made first",
                adopt.table
            ));
        }
        let mut changes = up.changes.clone();
        changes.extend(down.iter().flat_map(|down| down.changes.clone()));
        dedup(&mut changes);
        let downgrade = match &down {
            None => Downgrade::Irreversible,
            Some(Converted { text: None, .. }) => Downgrade::Nothing,
            Some(_) => Downgrade::Script,
        };
        let text = text(tool, step, &id, parent.as_deref(), &up, down.as_ref());
        draft.revisions.push(Drafted {
            file: SourceFile {
                path: path(step, &id),
                text,
            },
            key: step.key.clone(),
            sources: step.sources.clone(),
            changes,
            downgrade,
            id: id.clone(),
        });
        parent = Some(id);
    }
    draft
}

/// True where a script names the tool's own table.
fn uses_table(history: &History, adopt: &AdoptSql, dialect: Dialect) -> bool {
    let Some(name) = adopt.name().filter(|_| !adopt.create.is_empty()) else {
        return false;
    };
    let sides = history
        .steps
        .iter()
        .flat_map(|step| [Some(&step.up), step.down.as_ref()]);
    sides
        .flatten()
        .any(|side| side.text.contains(name) && names(&side.text, name, dialect))
}

/// True where a script names the table outside of comments, in a body or a text as well.
fn names(script: &str, table: &str, dialect: Dialect) -> bool {
    tokens(script, dialect)
        .unwrap_or_default()
        .iter()
        .any(|token| {
            let text = script.get(token.start..token.end).unwrap_or("");
            match token.kind {
                TokenKind::Word => text.eq_ignore_ascii_case(table),
                _ => text.contains(table),
            }
        })
}

fn dedup(changes: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    changes.retain(|change| seen.insert(change.clone()));
}

fn text(
    tool: &str,
    step: &Step,
    id: &str,
    parent: Option<&str>,
    up: &Converted,
    down: Option<&Converted>,
) -> String {
    let message = match step.message.as_str() {
        "" => id,
        message => message,
    };
    let created = created(&step.key).unwrap_or_default();
    let mut adopts: Vec<String> = step.stands_for.clone();
    adopts.push(adopted(step, message));
    let adopts: Vec<&str> = adopts.iter().map(String::as_str).collect();
    let parents: Vec<&str> = parent.into_iter().collect();
    let header = NewHeader {
        down_revision: &parents,
        adopts: &adopts,
        ..NewHeader::new(message, id, &created)
    };
    let mut text = header.text(Language::Sql);
    text.push_str(&section("upgrade", up));
    match down {
        Some(down) => text.push_str(&section("downgrade", down)),
        None => text.push_str(&format!("\n-- irreversible: {}\n", no_down(tool))),
    }
    text
}

fn section(name: &str, one: &Converted) -> String {
    let Some(text) = &one.text else {
        return format!("\n-- {name}: nothing\n");
    };
    let words = one.properties.to_words();
    let tag = if one.properties == Properties::default() {
        String::new()
    } else {
        format!(" ({words})")
    };
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("\n-- {name}{tag}\n{text}{end}")
}

/// The value of the header's key.
fn adopted(step: &Step, message: &str) -> String {
    let sums = step.sums.iter().map(String::as_str).collect();
    AdoptedKey::new(&step.key, sums, step.name.as_deref(), message).to_string()
}

/// An id that is the key, as far as an id can be.
fn fresh(key: &str, taken: &mut BTreeSet<String>) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut id: String = key
        .chars()
        .map(|c| if legal(c) { c } else { '_' })
        .take(id::MAX_LEN)
        .collect();
    if id::check(&id).is_err() {
        id = format!("r_{id}");
        id.truncate(id::MAX_LEN);
    }
    let plain = id.clone();
    let mut count = 1;
    while !taken.insert(id.clone()) {
        count += 1;
        id = plain.chars().take(id::MAX_LEN - 4).collect::<String>() + &format!("_{count}");
    }
    id
}

/// The moment in a key that is one, as the header writes it.
fn created(key: &str) -> Option<String> {
    let digits: String = key.chars().take_while(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let is_day =
        (1990..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (is_day && hour < 24 && minute < 60 && second < 60)
        .then(|| format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC"))
}

/// The file's name: the day where the key tells it, the id, and what it does.
fn path(step: &Step, id: &str) -> String {
    let slug = crate::files::slug(&step.message, '-');
    let mut parts: Vec<String> = Vec::new();
    if let Some(created) = created(&step.key) {
        parts.push(created.chars().take(10).collect());
    }
    parts.push(id.to_owned());
    if !slug.is_empty() && !id.ends_with(&step.message.replace(' ', "_")) {
        parts.push(slug);
    }
    format!("{}.sql", parts.join("-"))
}
