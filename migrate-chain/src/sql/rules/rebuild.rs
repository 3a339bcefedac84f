//! SQLite tables that are rebuilt.

use crate::Dialect;
use crate::sql::finding::{Finding, Section, find};
use crate::sql::words::Words;
use std::collections::BTreeMap;

/// The tables that the script has dropped and those it has renamed something to, so far.
#[derive(Default)]
pub(super) struct Rebuild {
    tables: BTreeMap<(String, String), Seen>,
}

#[derive(Default)]
struct Seen {
    dropped: bool,
    renamed: bool,
    reported: bool,
}

impl Rebuild {
    /// A name is not both dropped and given to a renamed table while foreign keys are on: `DROP TABLE` first deletes
    /// every row, and with them the rows that refer to them.
    ///
    /// Both recipes do so: create the new table, drop the old one, rename the new one to its name; and rename the old
    /// table away (SQLite makes the references follow), create the new one, drop the old one under its new name.
    pub(super) fn no_rebuild_with_foreign_keys(
        &mut self,
        words: &Words<'_>,
        section: &Section,
        findings: &mut Vec<Finding>,
    ) {
        if section.dialect != Dialect::Sqlite || section.foreign_keys_off {
            return;
        }
        let Some((table, renamed)) = dropped(words)
            .map(|table| (table, false))
            .or_else(|| Some((renamed(words)?, true)))
        else {
            return;
        };
        let seen = self.tables.entry(table.clone()).or_default();
        seen.renamed |= renamed;
        seen.dropped |= !renamed;
        if seen.renamed && seen.dropped && !seen.reported {
            seen.reported = true;
            find(
                findings,
                words.range(words.len()),
                format!(
                    "`{}` is dropped and renamed to in one section: with foreign keys on, rows that refer to it are lost",
                    table.1
                ),
                format!("mark the section: {}", section.marked("foreign keys off")),
            );
        }
    }
}

/// The table of `DROP TABLE [IF EXISTS] [schema.]name`.
fn dropped(words: &Words<'_>) -> Option<(String, String)> {
    if !words.start("DROP TABLE") {
        return None;
    }
    let (table, _) = words.qualified(words.skip(2, "IF EXISTS"))?;
    Some((schema(table.schema), table.name.to_ascii_lowercase()))
}

/// The new name of `ALTER TABLE [schema.]name RENAME TO name`, with the schema, in which the table stays.
fn renamed(words: &Words<'_>) -> Option<(String, String)> {
    if !words.start("ALTER TABLE") {
        return None;
    }
    let (table, at) = words.qualified(2)?;
    let name = if words.are(at, "RENAME TO") {
        words.identifier(at + 2)?
    } else {
        return None;
    };
    Some((schema(table.schema), name.to_ascii_lowercase()))
}

/// `main` is where a table is looked for without a schema, temporary ones apart.
fn schema(name: Option<String>) -> String {
    name.map(|name| name.to_ascii_lowercase())
        .unwrap_or_else(|| "main".to_owned())
}
