//! sea-orm-migration: Rust code, a file a migration.

use migrate_chain::Dialect;

use super::{Evidence, Tool, cargo_names, no_dialect};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings};

pub(super) const TOOL: Tool = Tool {
    name: "sea-orm",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

/// `m20220101_000001_create_table.rs`
fn is_one(file: &File) -> bool {
    let stem = file
        .name()
        .strip_suffix(".rs")
        .and_then(|stem| stem.strip_prefix('m'));
    stem.is_some_and(|stem| stem.starts_with(|c: char| c.is_ascii_digit()) && stem.contains('_'))
        && file.text.contains("MigrationTrait")
}

fn fits(source: &Source) -> Option<Evidence> {
    let is_named = cargo_names(source, "sea-orm-migration");
    (source.files.iter().any(is_one)).then_some(if is_named {
        Evidence::Files
    } else {
        Evidence::Around
    })
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    for file in source.files.iter().filter(|file| is_one(file)) {
        super::code_only(
            &mut history,
            source,
            file,
            file.name().trim_end_matches(".rs"),
            "it is Rust code, whose SQL isn't known",
        );
    }
    history
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    let record = match dialect {
        Dialect::Sqlite => {
            "INSERT INTO seaql_migrations (version, applied_at) VALUES (?1, unixepoch())"
        }
        _ => {
            "INSERT INTO seaql_migrations (version, applied_at) VALUES (?1, extract(epoch FROM now())::bigint)"
        }
    };
    Some(AdoptSql {
        table: "seaql_migrations",
        create: "CREATE TABLE IF NOT EXISTS seaql_migrations (\n    version varchar NOT NULL PRIMARY KEY,\n    applied_at bigint NOT NULL\n);",
        applied: "SELECT version, 'applied' FROM seaql_migrations",
        record,
        unrecord: "DELETE FROM seaql_migrations WHERE version = ?1",
    })
}
