//! What a scratch server shows of a step while it runs: its locks in `pg_locks`, and which tables got another file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use migrate_runtime::{Context, Moment, Value};
use postgres::Client;

use super::locks::{Lock, LockMode};
use crate::sql::qualified::join;
use crate::{Error, Result};

/// Watches the transactions of a migrator: what they hold before they commit.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// By oid, the relations that were there before: name and file.
    before: BTreeMap<i64, (String, i64)>,
    /// By oid, the locks that the transaction held before the step: the engine's own, on its tables and those of a tool
    /// that was there before.
    engine: Vec<(i64, LockMode)>,
    /// By oid, the locks that a transaction held when it was about to commit; none: it had no transaction.
    held: Option<Vec<(i64, LockMode)>>,
}

const RELATIONS: &str = "SELECT c.oid::pg_catalog.int8, c.relname::pg_catalog.text, pg_catalog.pg_relation_filenode(c.oid)::pg_catalog.int8, \
     CASE WHEN n.nspname OPERATOR(pg_catalog.<>) pg_catalog.current_schema() THEN n.nspname::pg_catalog.text END \
     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
     WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m,v}'::pg_catalog.\"char\"[]) \
     AND c.relnamespace OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,pg_toast,information_schema}'::pg_catalog.regnamespace[])";

const LOCKS: &str = "SELECT relation::pg_catalog.int8, mode FROM pg_catalog.pg_locks \
     WHERE locktype OPERATOR(pg_catalog.=) 'relation' AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND granted";

impl Trace {
    /// Notes what is there before a step.
    pub(super) fn begin(&self, client: &mut Client) -> Result<()> {
        let before = relations(client)?;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Seen {
            before,
            ..Seen::default()
        };
        Ok(())
    }

    /// The hook that looks before and after each step.
    pub(super) fn look(
        &self,
        moment: Moment<'_>,
        db: &mut Context<'_>,
    ) -> migrate_runtime::Result<()> {
        if !matches!(moment, Moment::BeforeStep(_) | Moment::AfterStep(_)) {
            return Ok(());
        }
        let rows = db.query(LOCKS, &[])?;
        let held = rows
            .iter()
            .filter_map(|row| match (row.get(0), row.get(1)) {
                (Some(Value::Integer(oid)), Some(Value::Text(mode))) => {
                    Some((*oid, LockMode::in_catalog(mode)?))
                }
                _ => None,
            });
        let held: Vec<(i64, LockMode)> = held.collect();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(moment, Moment::BeforeStep(_)) {
            seen.engine = held;
        } else {
            let of_step = held.into_iter().filter(|lock| !seen.engine.contains(lock));
            seen.held = Some(of_step.collect());
        }
        Ok(())
    }

    /// The heaviest lock on each relation that was there before the step, and whether its rows were written anew; `None`
    /// where the step had no transaction that holds its locks.
    pub(super) fn end(&self, client: &mut Client) -> Result<Option<Vec<Lock>>> {
        let after = relations(client)?;
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = &seen.held else {
            return Ok(None);
        };
        let mut locks = Vec::new();
        for (oid, (name, file)) in &seen.before {
            let modes = held.iter().filter(|(of, _)| of == oid);
            let Some(mode) = modes.map(|(_, mode)| *mode).max() else {
                continue;
            };
            // A partitioned table and a view have none.
            let rewrites = after
                .get(oid)
                .is_some_and(|(_, new)| new != file && *file != 0);
            if mode >= LockMode::ShareUpdateExclusive {
                locks.push(Lock {
                    table: name.clone(),
                    mode,
                    rewrites,
                });
            }
        }
        locks.sort();
        Ok(Some(locks))
    }
}

fn relations(client: &mut Client) -> Result<BTreeMap<i64, (String, i64)>> {
    let read = |client: &mut Client| -> std::result::Result<_, postgres::Error> {
        let mut all = BTreeMap::new();
        for row in client.query(RELATIONS, &[])? {
            let file: Option<i64> = row.try_get(2)?;
            let schema: Option<String> = row.try_get(3)?;
            let name = join(schema.as_deref(), row.try_get(1)?);
            all.insert(row.try_get(0)?, (name, file.unwrap_or_default()));
        }
        Ok(all)
    };
    read(client).map_err(|error| Error::new("can't read which tables there are").with_source(error))
}
