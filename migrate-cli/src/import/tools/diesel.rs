//! Diesel: a folder a migration, with `up.sql`, and perhaps `down.sql` and `metadata.toml`.

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, cargo_names, is_text, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Step};

pub(super) const TOOL: Tool = Tool {
    name: "diesel",
    fits,
    read,
    dialect,
    adopt,
};

/// The version in a folder's name: what stands before the first `_`, without dashes.
fn version(folder: &str) -> Option<(String, &str)> {
    let (version, name) = folder.split_once('_').unwrap_or((folder, ""));
    let version = version.replace('-', "");
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((version, name))
}

fn fits(source: &Source) -> Option<Evidence> {
    let folders = source.folders();
    let is_one = |(folder, files): &(&str, Vec<&File>)| {
        files.iter().any(|file| file.name() == "up.sql") && version(folder).is_some()
    };
    // A date in front is Diesel's alone.
    let is_dated = |(folder, _): &(&str, Vec<&File>)| {
        version(folder).is_some_and(|(version, _)| version.len() >= 14)
    };
    if !folders.iter().any(is_one) {
        return None;
    }
    let is_marked = source.above(&["diesel.toml"]).is_some() || cargo_names(source, "diesel");
    Some(match (folders.iter().any(is_dated), is_marked) {
        (true, _) => Evidence::Files,
        (false, true) => Evidence::Around,
        (false, false) => Evidence::Names,
    })
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    for (folder, files) in source.folders() {
        let shown = source.shown(folder);
        let Some((version, name)) = version(folder) else {
            history.refuse(&shown, "its name doesn't begin with a version");
            continue;
        };
        let find = |name: &str| {
            files
                .iter()
                .copied()
                .find(|file| file.path == format!("{folder}/{name}"))
        };
        let Some(up) = find("up.sql") else {
            history.refuse(&shown, "there is no up.sql in it");
            continue;
        };
        let down = find("down.sql");
        if !(is_text(&mut history, source, up)
            && down.is_none_or(|down| is_text(&mut history, source, down)))
        {
            continue;
        }
        let metadata = find("metadata.toml");
        let runs_in_transaction = match metadata.map(|file| file.text.parse::<toml::Table>()) {
            None => true,
            // Without the key it is false.
            Some(Ok(table)) => {
                table
                    .get("run_in_transaction")
                    .and_then(toml::Value::as_bool)
                    == Some(true)
            }
            Some(Err(error)) => {
                history.refuse(
                    &source.shown(&format!("{folder}/metadata.toml")),
                    error.message(),
                );
                continue;
            }
        };
        let one = |file: &File| {
            if runs_in_transaction {
                side(source, file, Sent::InTransaction)
            } else {
                side(source, file, Sent::Whole)
            }
        };
        let mut step = Step {
            key: version,
            message: words(name),
            sources: vec![source.shown(&up.path)],
            up: one(up),
            down: down.map(one),
            ..Step::default()
        };
        if step.message.is_empty() {
            step.message = folder.to_owned();
        }
        step.sources
            .extend(down.map(|down| source.shown(&down.path)));
        step.sources
            .extend(metadata.map(|file| source.shown(&file.path)));
        if !runs_in_transaction {
            super::outside_where_needed(&mut step);
        }
        history.steps.push(step);
    }
    history.steps.sort_by(|a, b| a.key.cmp(&b.key));
    history.refuse_twice();
    history
}

fn dialect(source: &Source) -> Option<Dialect> {
    let (_, text) = source.above(&["Cargo.toml"])?;
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("diesel"))?;
    match (line.contains("postgres"), line.contains("sqlite")) {
        (true, false) => Some(Dialect::Postgres),
        (false, true) => Some(Dialect::Sqlite),
        _ => None,
    }
}

fn adopt(_: Dialect) -> Option<AdoptSql> {
    Some(AdoptSql {
        table: "__diesel_schema_migrations",
        create: "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (\n    version VARCHAR(50) PRIMARY KEY NOT NULL,\n    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n);",
        applied: "SELECT version, 'applied' FROM __diesel_schema_migrations",
        record: "INSERT INTO __diesel_schema_migrations (version) VALUES (?1)",
        unrecord: "DELETE FROM __diesel_schema_migrations WHERE version = ?1",
    })
}
