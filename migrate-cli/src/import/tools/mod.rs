//! One file a tool: how it is recognised, what it reads and in which order, and what its table says.

mod alembic;
mod annotated;
mod atlas;
mod dbmate;
mod diesel;
mod django;
mod flyway;
mod golang_migrate;
mod goose;
mod prisma;
mod refinery;
mod rusqlite_migration;
mod sea_orm;
mod sqlx;

use migrate_chain::Dialect;

use super::adopt::AdoptSql;
use super::folder::{File, Source};
use super::history::{History, Settings, Side};

/// Another tool.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// What speaks for a folder of this tool's.
    pub(crate) fits: fn(&Source) -> Option<Evidence>,
    pub(crate) read: fn(&Source, &Settings) -> History,
    /// What its folder says of the database.
    pub(crate) dialect: fn(&Source) -> Option<Dialect>,
    /// `None` where it doesn't serve the database.
    pub(crate) adopt: fn(Dialect) -> Option<AdoptSql>,
}

/// How sure it is that a folder is a tool's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    /// The names would also fit another tool.
    Names,
    /// The program around the folder uses the tool.
    Around,
    /// Only this tool writes such files.
    Files,
}

pub(crate) const TOOLS: [&Tool; 13] = [
    &sqlx::TOOL,
    &diesel::TOOL,
    &refinery::TOOL,
    &rusqlite_migration::TOOL,
    &sea_orm::TOOL,
    &goose::TOOL,
    &golang_migrate::TOOL,
    &dbmate::TOOL,
    &flyway::TOOL,
    &atlas::TOOL,
    &prisma::TOOL,
    &alembic::TOOL,
    &django::TOOL,
];

fn no_dialect(_: &Source) -> Option<Dialect> {
    None
}

/// The version in front of the first `_` of a name, if it is a number, and what follows.
fn numbered(name: &str) -> Option<(&str, &str)> {
    let (version, rest) = name.split_once('_')?;
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((version, rest))
}

/// A number as the tool's table has it, where zeros in front don't count.
fn number(digits: &str) -> Option<u64> {
    digits.parse().ok()
}

/// What a name says in words.
fn words(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the tool's `Cargo.toml`, or that of the workspace, says of its use.
fn cargo_names(source: &Source, package: &str) -> bool {
    source
        .above(&["Cargo.toml"])
        .is_some_and(|(_, text)| text.contains(package))
}

/// One direction from a file.
fn side(source: &Source, file: &File, sent: migrate_schema::scratch::beside::Sent) -> Side {
    let mut side = Side::new(&source.shown(&file.path), file.text.clone(), sent);
    side.changes = file.changes();
    side
}

/// Refuses a file that isn't UTF-8; true for one that is.
fn is_text(history: &mut History, source: &Source, file: &File) -> bool {
    if !file.is_text {
        history.refuse(
            &source.shown(&file.path),
            "it is not UTF-8: save it as UTF-8",
        );
    }
    file.is_text
}

/// A step of which only the key is known, for a baseline.
fn code_only(history: &mut History, source: &Source, file: &File, key: &str, reason: &str) {
    let shown = source.shown(&file.path);
    history.steps.push(super::history::Step {
        key: key.to_owned(),
        message: words(key),
        sources: vec![shown.clone()],
        ..super::history::Step::default()
    });
    history.refuse(&shown, reason);
}

/// What is said of both directions, that no transaction is to be around them, is meant for the one that needs it, or for
/// both where neither does.
fn outside_where_needed(step: &mut super::history::Step) {
    let needs = |side: &Side| {
        let text = side.text.to_ascii_uppercase();
        let words = ["CONCURRENTLY", "VACUUM", "ALTER SYSTEM", "COMMIT", "PRAGMA"];
        words.iter().any(|word| text.contains(word))
    };
    if needs(&step.up) || step.down.as_ref().is_some_and(needs) {
        return;
    }
    step.up.is_outside = true;
    if let Some(down) = &mut step.down {
        down.is_outside = true;
    }
}
