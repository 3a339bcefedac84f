//! Alembic: Python code, whose SQL is known only when it runs.

use migrate_chain::Dialect;

use super::{Evidence, Tool, no_dialect};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings};

pub(super) const TOOL: Tool = Tool {
    name: "alembic",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

/// The value of `name = "value"` at the start of a line, with or without a type.
fn assigned<'f>(file: &'f File, name: &str) -> Option<&'f str> {
    file.text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?.trim_start();
        let value = match rest.strip_prefix(':') {
            Some(typed) => typed.split_once('=')?.1,
            None => rest.strip_prefix('=')?,
        };
        Some(value.split('#').next().unwrap_or(value).trim())
    })
}

fn unquoted(text: &str) -> Option<&str> {
    let text = text.trim();
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

/// The ids in a value: none of `None`, one of a text, all of a tuple.
fn ids(value: &str) -> Vec<&str> {
    let inside = value.trim_matches(['(', ')', '[', ']']);
    inside.split(',').filter_map(unquoted).collect()
}

fn revision(file: &File) -> Option<&str> {
    (file.name().ends_with(".py")).then(|| unquoted(assigned(file, "revision")?))?
}

fn fits(source: &Source) -> Option<Evidence> {
    let is_one =
        |file: &File| revision(file).is_some() && assigned(file, "down_revision").is_some();
    (source.files.iter().any(is_one)).then_some(Evidence::Files)
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    let mut open: Vec<(&str, Vec<&str>, &File)> = Vec::new();
    for file in &source.files {
        let (Some(id), Some(below)) = (revision(file), assigned(file, "down_revision")) else {
            continue;
        };
        open.push((id, ids(below), file));
    }
    // In an order in which each comes after what it stands on.
    let mut done: Vec<&str> = Vec::new();
    while !open.is_empty() {
        let is_ready =
            |(_, below, _): &(&str, Vec<&str>, &File)| below.iter().all(|id| done.contains(id));
        let at = open.iter().position(is_ready);
        let (id, _, file) = open.remove(at.unwrap_or_default());
        done.push(id);
        super::code_only(
            &mut history,
            source,
            file,
            id,
            "it is Python code, whose SQL isn't known before it runs",
        );
        if at.is_none() {
            history.refuse(
                &source.shown(&file.path),
                "a revision that it stands on is missing",
            );
        }
    }
    history
}

fn adopt(_: Dialect) -> Option<AdoptSql> {
    Some(AdoptSql {
        table: "alembic_version",
        create: "CREATE TABLE IF NOT EXISTS alembic_version (\n    version_num VARCHAR(32) NOT NULL,\n    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n);",
        applied: "SELECT version_num, 'upto' FROM alembic_version",
        record: "DELETE FROM alembic_version WHERE version_num = ?4;\nINSERT INTO alembic_version (version_num) VALUES (?1)",
        unrecord: "DELETE FROM alembic_version WHERE version_num = ?1;\nINSERT INTO alembic_version (version_num) SELECT ?4 WHERE ?4 IS NOT NULL",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_read() {
        assert_eq!(ids("None"), Vec::<&str>::new());
        assert_eq!(ids("'a1'"), ["a1"]);
        assert_eq!(ids("(\"a1\", 'b1')"), ["a1", "b1"]);
    }
}
