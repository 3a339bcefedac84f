//! The connection as the app gave it on SQLite: its pragmas, the databases that are attached, and the objects of `temp`.
//!
//! None of them belongs to a transaction, so what a step sets would hold for the steps after it, for the app, and after
//! an error. What lies in the file (`user_version`, `application_id`, a WAL) is data, which stays.

use migrate_chain::Dialect;
use migrate_chain::sql::{identifier, literal, mentions};

use crate::driver::{DbError, Driver};

/// Pragmas of the connection; a revision may not set those of the whole process, which connections that migrate at once
/// would put back for each other.
const OF_CONNECTION: [&str; 26] = [
    "analysis_limit",
    "automatic_index",
    "busy_timeout",
    "cell_size_check",
    "checkpoint_fullfsync",
    "count_changes",
    "defer_foreign_keys",
    "empty_result_callbacks",
    "foreign_keys",
    "full_column_names",
    "fullfsync",
    "ignore_check_constraints",
    "legacy_alter_table",
    // What databases that are attached later begin with; each has its own, too.
    "locking_mode",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "short_column_names",
    "temp_store",
    "threads",
    "trusted_schema",
    "vdbe_trace",
    "vdbe_listing",
    "wal_autocheckpoint",
    "writable_schema",
];

/// Pragmas of each database of the connection.
const OF_DATABASE: [&str; 9] = [
    "cache_size",
    "cache_spill",
    "journal_mode",
    "journal_size_limit",
    "locking_mode",
    "max_page_count",
    "mmap_size",
    "secure_delete",
    "synchronous",
];

/// The database of temporary objects, which is there once one has been looked for.
const TEMP: &str = "temp";

/// What a step may change of a connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    is_kept: bool,
    /// Names, with their database's where they have one, and values.
    pragmas: Vec<(String, String)>,
    /// Whether LIKE tells cases apart: no pragma reads that.
    like: String,
    /// Names and files.
    attached: Vec<(String, String)>,
    temporary: Vec<String>,
}

/// True when a script may leave the connection otherwise than it found it.
pub(super) fn may_be_changed_by(script: &str) -> bool {
    ["pragma", "attach", "detach", "temp"]
        .iter()
        .any(|word| mentions(script, word))
}

impl Session {
    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Reads all that a step may change.
    pub(super) async fn read<C: Driver>(connection: &mut C) -> Result<Session, DbError> {
        let attached = attached(connection).await?;
        let mut pragmas = Vec::new();
        for name in names(&attached) {
            if let Some(value) = value(connection, &name).await? {
                pragmas.push((name, value));
            }
        }
        Ok(Session {
            is_kept: true,
            pragmas,
            like: like(connection).await?,
            attached,
            temporary: temporary(connection)
                .await?
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
        })
    }

    /// Puts back what differs from what was read. What the open transaction forbids is left for the call after it.
    pub(super) async fn restore<C: Driver>(
        &self,
        connection: &mut C,
        in_transaction: bool,
    ) -> Result<(), DbError> {
        if !self.is_kept {
            return Ok(());
        }
        for (name, before) in &self.pragmas {
            let now = value(connection, name).await?;
            let Some(now) = now.filter(|now| now != before) else {
                continue;
            };
            if name.ends_with(".journal_mode") && (now == "wal" || before == "wal") {
                // The file's own.
                continue;
            }
            let set = connection.rows(&setting(name, before)).await;
            if !in_transaction {
                set?;
            }
        }
        if like(connection).await? != self.like {
            let set = format!("PRAGMA case_sensitive_like = {}", self.like);
            connection.rows(&set).await?;
        }
        self.drop_temporary(connection).await?;
        self.restore_attached(connection, in_transaction).await
    }

    /// Sets every pragma as it was, without a look, where nothing can be awaited any more. The way of the journal is not
    /// among them: it may have become the file's own meanwhile.
    pub(super) fn restore_blindly(&self) -> String {
        let pragmas = self.pragmas.iter();
        let pragmas = pragmas.filter(|(name, _)| !name.ends_with(".journal_mode"));
        let mut sql: String = pragmas
            .map(|(name, before)| setting(name, before) + "; ")
            .collect();
        if self.is_kept {
            sql.push_str(&format!("PRAGMA case_sensitive_like = {}", self.like));
        }
        sql
    }

    /// Drops what a step has left in `temp`, where it would stand before the objects of later steps.
    async fn drop_temporary<C: Driver>(&self, connection: &mut C) -> Result<(), DbError> {
        for (name, kind) in temporary(connection).await? {
            if !self.temporary.contains(&name) {
                let drop = format!("DROP {kind} IF EXISTS temp.{}", identifier(&name));
                connection.rows(&drop).await?;
            }
        }
        Ok(())
    }

    /// Detaches what a step has attached, and attaches again what it has detached.
    async fn restore_attached<C: Driver>(
        &self,
        connection: &mut C,
        in_transaction: bool,
    ) -> Result<(), DbError> {
        let now = attached(connection).await?;
        for (name, file) in &now {
            if !self
                .attached
                .iter()
                .any(|(known, at)| known == name && at == file)
            {
                let detached = connection
                    .rows(&format!("DETACH {}", identifier(name)))
                    .await;
                if !in_transaction {
                    detached?;
                }
            }
        }
        for (name, file) in &self.attached {
            // One in memory is gone with what was in it.
            if !file.is_empty() && !now.iter().any(|(known, at)| known == name && at == file) {
                let attach = format!(
                    "ATTACH {} AS {}",
                    literal(Dialect::Sqlite, file),
                    identifier(name)
                );
                connection.rows(&attach).await?;
            }
        }
        Ok(())
    }
}

/// The pragmas of a connection with these databases.
fn names(attached: &[(String, String)]) -> Vec<String> {
    let of_connection = OF_CONNECTION.iter().map(|name| (*name).to_owned());
    let databases = attached.iter().map(|(database, _)| database);
    let of_databases = databases.flat_map(|database| {
        let database = identifier(database);
        OF_DATABASE
            .iter()
            .map(move |name| format!("{database}.{name}"))
    });
    of_connection.chain(of_databases).collect()
}

/// The value of a pragma; `None` where this build of SQLite has none of that name, or the database is gone.
async fn value<C: Driver>(connection: &mut C, name: &str) -> Result<Option<String>, DbError> {
    match connection.rows(&format!("PRAGMA {name}")).await {
        Ok(rows) => Ok(rows.cell().map(str::to_owned)),
        Err(error) if error.to_string().contains("unknown database") => Ok(None),
        Err(error) => Err(error),
    }
}

fn setting(name: &str, value: &str) -> String {
    if name.ends_with(".secure_delete") && value == "2" {
        return format!("PRAGMA {name} = FAST");
    }
    format!("PRAGMA {name} = {}", literal(Dialect::Sqlite, value))
}

async fn like<C: Driver>(connection: &mut C) -> Result<String, DbError> {
    let rows = connection.rows("SELECT 'a' NOT LIKE 'A'").await?;
    Ok(rows.cell().unwrap_or_default().to_owned())
}

/// The databases of a connection but `temp`, each with its file.
async fn attached<C: Driver>(connection: &mut C) -> Result<Vec<(String, String)>, DbError> {
    let rows = connection.rows("PRAGMA database_list").await?;
    let databases = rows.iter().map(|row| (row.text(1), row.text(2)));
    Ok(databases.filter(|(name, _)| name != TEMP).collect())
}

/// Names and kinds of the objects in `temp`, in the order in which they can be dropped.
async fn temporary<C: Driver>(connection: &mut C) -> Result<Vec<(String, String)>, DbError> {
    // A look into `temp` opens it, and then `PRAGMA temp_store` fails in a transaction.
    let databases = connection.rows("PRAGMA database_list").await?;
    if !databases.iter().any(|row| row.get(1) == Some(TEMP)) {
        return Ok(Vec::new());
    }
    let rows = connection
        .rows(
            "SELECT name, type FROM sqlite_temp_master WHERE type <> 'index' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' \
             ORDER BY type = 'table', type = 'view', sql NOT LIKE 'CREATE VIRTUAL%', name",
        )
        .await?;
    Ok(rows.iter().map(|row| (row.text(0), row.text(1))).collect())
}
