//! sqlx: `VERSION_NAME.sql`, or `.up.sql` and `.down.sql`.

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, cargo_names, is_text, no_dialect, number, numbered, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::checksum;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Side, Step};

pub(super) const TOOL: Tool = Tool {
    name: "sqlx",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

fn fits(source: &Source) -> Option<Evidence> {
    let is_one = |file: &File| file.name().ends_with(".sql") && numbered(file.name()).is_some();
    let is_around = cargo_names(source, "sqlx");
    (source.top().any(is_one)).then_some(if is_around {
        Evidence::Around
    } else {
        Evidence::Names
    })
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    let mut downs: Vec<(u64, &File)> = Vec::new();
    let mut order: Vec<(u64, Step)> = Vec::new();
    for file in source.top().filter(|file| file.name().ends_with(".sql")) {
        let shown = source.shown(&file.path);
        let stem = file.name().trim_end_matches(".sql");
        let Some((version, name)) = numbered(stem) else {
            // sqlx passes over names without `_`, and stops at others.
            if stem.contains('_') {
                history.refuse(
                    &shown,
                    "its name doesn't begin with a version, so sqlx refuses the folder",
                );
            } else {
                history
                    .notes
                    .push(format!("{shown} is no migration to sqlx, and was left out"));
            }
            continue;
        };
        let Some(version) = number(version).filter(|version| i64::try_from(*version).is_ok())
        else {
            history.refuse(&shown, "its version is larger than sqlx can record");
            continue;
        };
        if !is_text(&mut history, source, file) {
            continue;
        }
        if let Some(name) = name.strip_suffix(".down") {
            let _ = name;
            downs.push((version, file));
            continue;
        }
        let name = name.strip_suffix(".up").unwrap_or(name).replace('_', " ");
        order.push((
            version,
            Step {
                key: version.to_string(),
                message: words(&name),
                name: Some(name),
                sums: checksum::of_both(&file.forms(), checksum::sqlx),
                sources: vec![shown],
                up: one(source, file),
                ..Step::default()
            },
        ));
    }
    order.sort_by_key(|(version, _)| *version);
    for (version, file) in downs {
        let shown = source.shown(&file.path);
        match order.iter_mut().find(|(own, _)| *own == version) {
            Some((_, step)) => {
                step.sources.push(shown);
                step.down = Some(one(source, file));
            }
            None => history.refuse(&shown, "there is no .up.sql of this version"),
        }
    }
    history.steps = order.into_iter().map(|(_, step)| step).collect();
    history.refuse_twice();
    history
}

fn one(source: &Source, file: &File) -> Side {
    if file.text.starts_with("-- no-transaction") {
        side(source, file, Sent::Whole).outside(Sent::Whole)
    } else {
        side(source, file, Sent::InTransaction)
    }
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    Some(match dialect {
        Dialect::Sqlite => AdoptSql {
            table: "_sqlx_migrations",
            create: "CREATE TABLE IF NOT EXISTS _sqlx_migrations (\n    version BIGINT PRIMARY KEY,\n    description TEXT NOT NULL,\n    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n    success BOOLEAN NOT NULL,\n    checksum BLOB NOT NULL,\n    execution_time BIGINT NOT NULL\n);",
            applied: "SELECT version, CASE WHEN success THEN 'applied' ELSE 'failed' END, lower(hex(checksum)) FROM _sqlx_migrations",
            record: "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, ?2, TRUE, unhex(?3), 0)",
            unrecord: "DELETE FROM _sqlx_migrations WHERE version = ?1",
        },
        _ => AdoptSql {
            table: "_sqlx_migrations",
            create: "CREATE TABLE IF NOT EXISTS _sqlx_migrations (\n    version BIGINT PRIMARY KEY,\n    description TEXT NOT NULL,\n    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),\n    success BOOLEAN NOT NULL,\n    checksum BYTEA NOT NULL,\n    execution_time BIGINT NOT NULL\n);",
            applied: "SELECT version, CASE WHEN success THEN 'applied' ELSE 'failed' END, encode(checksum, 'hex') FROM _sqlx_migrations",
            record: "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, ?2, TRUE, decode(?3, 'hex'), 0)",
            unrecord: "DELETE FROM _sqlx_migrations WHERE version = ?1",
        },
    })
}
