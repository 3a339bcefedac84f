//! What keeps an offline script from running twice, or on the wrong database.

use migrate_chain::{Dialect, Fingerprint};

use crate::tables::Tables;
use migrate_chain::sql::{identifier, literal};

/// A table of the session's own, whose constraint fails where a condition doesn't hold.
const TABLE: &str = "temp.migrate_guard";

/// Stops the script unless exactly these heads are recorded, unedited. `shown` names them.
pub(super) fn is_at(
    tables: &Tables,
    dialect: Dialect,
    heads: &[Fingerprint],
    shown: &str,
) -> String {
    let mut hexes: Vec<String> = heads.iter().map(ToString::to_string).collect();
    hexes.sort_unstable();
    let wanted = literal(dialect, &hexes.join(","));
    let why = format!(
        "this script goes on from {shown}, and the database is elsewhere: nothing was changed by this part"
    );
    let recorded = tables.select_joined();
    // A database without a record has no table to ask.
    let present = tables.select_presence();
    let nowhere = format!(
        "this script goes on from {shown}, and nothing is recorded in this database: nothing was changed"
    );
    match dialect {
        Dialect::Sqlite => {
            holds(&format!("coalesce(({present}), 0)"), &nowhere)
                + &holds(&format!("({recorded}) = {wanted}"), &why)
        }
        _ => {
            let raise = |why: &str| {
                let why = literal(dialect, &why.replace('%', "%%"));
                format!("RAISE EXCEPTION {why}")
            };
            // A statement is planned when it is reached, so that the second may name what the first misses.
            format!(
                "DO $migrate$ BEGIN IF ({present}) IS NULL THEN {}; END IF; \
                 IF ({recorded}) OPERATOR(pg_catalog.<>) {wanted} THEN {}; END IF; END $migrate$;\n",
                raise(&nowhere),
                raise(&why)
            )
        }
    }
}

/// PostgreSQL: takes the lock of every other process that migrates, without waiting for it.
pub(super) fn lock(tables: &Tables) -> String {
    format!(
        "DO $migrate$ BEGIN IF NOT pg_catalog.pg_try_advisory_xact_lock({}) THEN \
         RAISE EXCEPTION 'another process migrates this database: try again later'; END IF; END $migrate$;\n",
        tables.lock_key()
    )
}

/// SQLite: stops the script where a condition doesn't hold.
pub(super) fn holds(condition: &str, why: &str) -> String {
    // SQLite tells the constraint's name.
    format!(
        "CREATE TEMP TABLE migrate_guard (holds INTEGER CONSTRAINT {} CHECK (holds));\n\
         INSERT INTO {TABLE} SELECT {condition};\nDROP TABLE {TABLE};\n",
        identifier(why)
    )
}
