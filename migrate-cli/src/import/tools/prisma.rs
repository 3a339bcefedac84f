//! Prisma Migrate: a folder a migration, with `migration.sql`.

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, is_text, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::checksum;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Step};

pub(super) const TOOL: Tool = Tool {
    name: "prisma",
    fits,
    read,
    dialect,
    adopt,
};

fn fits(source: &Source) -> Option<Evidence> {
    let is_one =
        |file: &File| file.path.matches('/').count() == 1 && file.name() == "migration.sql";
    let any = source.files.iter().any(is_one) || source.file("migration_lock.toml").is_some();
    any.then_some(Evidence::Files)
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    for (folder, files) in source.folders() {
        let path = format!("{folder}/migration.sql");
        let Some(file) = files.into_iter().find(|file| file.path == path) else {
            history.refuse(&source.shown(folder), "there is no migration.sql in it");
            continue;
        };
        if !is_text(&mut history, source, file) {
            continue;
        }
        let name = folder
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim_start_matches('_');
        history.steps.push(Step {
            key: folder.to_owned(),
            message: words(if name.is_empty() { folder } else { name }),
            sums: checksum::of_both(&file.forms(), checksum::prisma),
            sources: vec![source.shown(&path)],
            up: side(source, file, Sent::Whole),
            ..Step::default()
        });
    }
    history.steps.sort_by(|a, b| a.key.cmp(&b.key));
    history
}

fn dialect(source: &Source) -> Option<Dialect> {
    let lock = source
        .file("migration_lock.toml")?
        .text
        .parse::<toml::Table>()
        .ok()?;
    match lock.get("provider")?.as_str()? {
        "postgresql" | "postgres" | "cockroachdb" => Some(Dialect::Postgres),
        "sqlite" => Some(Dialect::Sqlite),
        _ => None,
    }
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    let (create, record) = match dialect {
        Dialect::Sqlite => (
            "CREATE TABLE IF NOT EXISTS \"_prisma_migrations\" (\n    \"id\" TEXT PRIMARY KEY NOT NULL,\n    \"checksum\" TEXT NOT NULL,\n    \"finished_at\" DATETIME,\n    \"migration_name\" TEXT NOT NULL,\n    \"logs\" TEXT,\n    \"rolled_back_at\" DATETIME,\n    \"started_at\" DATETIME NOT NULL DEFAULT current_timestamp,\n    \"applied_steps_count\" INTEGER UNSIGNED NOT NULL DEFAULT 0\n);",
            "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)\nVALUES (lower(hex(randomblob(16))), ?3, CAST(unixepoch() AS integer) * 1000, ?1, CAST(unixepoch() AS integer) * 1000, 1)",
        ),
        _ => (
            "CREATE TABLE IF NOT EXISTS _prisma_migrations (\n    id VARCHAR(36) PRIMARY KEY NOT NULL,\n    checksum VARCHAR(64) NOT NULL,\n    finished_at TIMESTAMPTZ,\n    migration_name VARCHAR(255) NOT NULL,\n    logs TEXT,\n    rolled_back_at TIMESTAMPTZ,\n    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),\n    applied_steps_count INTEGER NOT NULL DEFAULT 0\n);",
            "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)\nVALUES (gen_random_uuid()::text, ?3, now(), ?1, now(), 1)",
        ),
    };
    Some(AdoptSql {
        table: "_prisma_migrations",
        create,
        applied: "SELECT migration_name,\n    CASE WHEN max(CASE WHEN finished_at IS NOT NULL AND rolled_back_at IS NULL THEN 1 ELSE 0 END) = 1 THEN 'applied'\n        WHEN max(CASE WHEN finished_at IS NULL AND rolled_back_at IS NULL THEN 1 ELSE 0 END) = 1 THEN 'failed' ELSE 'undone' END,\n    max(CASE WHEN finished_at IS NOT NULL AND rolled_back_at IS NULL THEN checksum END)\nFROM _prisma_migrations GROUP BY migration_name",
        record,
        unrecord: "DELETE FROM _prisma_migrations WHERE migration_name = ?1",
    })
}
