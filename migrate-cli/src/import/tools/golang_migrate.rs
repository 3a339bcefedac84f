//! golang-migrate: `VERSION_name.up.sql` and `.down.sql`, in the order of the numbers.

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, cargo_names, is_text, no_dialect, number, numbered, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Step};

pub(super) const TOOL: Tool = Tool {
    name: "golang-migrate",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

fn parts(file: &File) -> Option<(&str, &str, bool)> {
    let (stem, is_up) = match file.name().strip_suffix(".up.sql") {
        Some(stem) => (stem, true),
        None => (file.name().strip_suffix(".down.sql")?, false),
    };
    let (version, name) = numbered(stem)?;
    Some((version, name, is_up))
}

fn fits(source: &Source) -> Option<Evidence> {
    let versions: Vec<&str> = (source.top())
        .filter_map(|file| parts(file).map(|(version, _, _)| version))
        .collect();
    if versions.is_empty() {
        return None;
    }
    if source.above(&["go.mod"]).is_some() {
        return Some(Evidence::Around);
    }
    // sqlx counts to four digits, or writes the time.
    let is_counted = (versions.iter()).any(|version| version.len() < 14 && version.len() != 4);
    Some(if is_counted && !cargo_names(source, "sqlx") {
        Evidence::Around
    } else {
        Evidence::Names
    })
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    let mut order: Vec<(u64, Option<&File>, Option<&File>)> = Vec::new();
    for file in source.top().filter(|file| file.name().ends_with(".sql")) {
        let shown = source.shown(&file.path);
        let Some((version, _, is_up)) = parts(file) else {
            history.notes.push(format!(
                "{shown} is no migration to golang-migrate, and was left out"
            ));
            continue;
        };
        let Some(version) = number(version) else {
            history.refuse(
                &shown,
                "its version is larger than golang-migrate can record",
            );
            continue;
        };
        if !is_text(&mut history, source, file) {
            continue;
        }
        let at = match order.iter().position(|(own, _, _)| *own == version) {
            Some(at) => at,
            None => {
                order.push((version, None, None));
                order.len() - 1
            }
        };
        let Some((_, up, down)) = order.get_mut(at) else {
            continue;
        };
        let place = if is_up { up } else { down };
        match place {
            Some(other) => history.refuse(
                &shown,
                format!(
                    "`{version}` is also the version of {}",
                    source.shown(&other.path)
                ),
            ),
            None => *place = Some(file),
        }
    }
    order.sort_by_key(|(version, _, _)| *version);
    for (version, up, down) in order {
        let named = up.or(down).and_then(|file| parts(file));
        let mut step = Step {
            key: version.to_string(),
            message: named.map(|(_, name, _)| words(name)).unwrap_or_default(),
            down: down.map(|file| side(source, file, Sent::Whole)),
            ..Step::default()
        };
        match up {
            Some(file) => step.up = side(source, file, Sent::Whole),
            // The tool counts it, and has nothing to run.
            None => step
                .up
                .changes
                .push("there is no .up.sql, so the upgrade does nothing".to_owned()),
        }
        let files = up.into_iter().chain(down);
        step.sources = files.map(|file| source.shown(&file.path)).collect();
        history.steps.push(step);
    }
    history
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    let (create, unrecord) = match dialect {
        Dialect::Sqlite => (
            "CREATE TABLE IF NOT EXISTS schema_migrations (version uint64,dirty bool);\nCREATE UNIQUE INDEX IF NOT EXISTS version_unique ON schema_migrations (version);",
            "DELETE FROM schema_migrations;\nINSERT INTO schema_migrations (version, dirty) SELECT ?4, FALSE WHERE ?4 IS NOT NULL",
        ),
        _ => (
            "CREATE TABLE IF NOT EXISTS schema_migrations (\n    version bigint NOT NULL PRIMARY KEY,\n    dirty boolean NOT NULL\n);",
            "DELETE FROM schema_migrations;\nINSERT INTO schema_migrations (version, dirty) SELECT CAST(?4 AS bigint), FALSE WHERE ?4 IS NOT NULL",
        ),
    };
    Some(AdoptSql {
        table: "schema_migrations",
        create,
        applied: "SELECT version, CASE WHEN dirty THEN 'failed' ELSE 'upto' END FROM schema_migrations",
        record: "DELETE FROM schema_migrations;\nINSERT INTO schema_migrations (version, dirty) VALUES (?1, FALSE)",
        unrecord,
    })
}
