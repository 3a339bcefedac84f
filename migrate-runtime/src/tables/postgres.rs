//! What only PostgreSQL is asked.

use std::borrow::Cow;

use super::{Tables, Told};
use crate::Lock;
use crate::driver::Row;

impl Tables {
    /// Our tables, qualified with the schema that the server reported as current.
    pub(crate) fn in_schema(&self, schema: &str) -> Tables {
        Tables {
            schema: Some(Cow::Owned(schema.to_owned())),
            ..self.clone()
        }
    }

    /// Keeps who works here, for [`Tables::grant`].
    pub(crate) fn work_as(&mut self, role: &str) {
        self.role = Some(role.to_owned());
    }

    pub(crate) fn schema_is_known(&self) -> bool {
        self.schema.is_some()
    }

    /// What the cells of [`Tables::select_heads`] tell that come after the head itself.
    pub(crate) fn told(&self, row: Row<'_>) -> Told {
        if row.get(3) != row.get(4) {
            return Told::InTransaction;
        }
        if row.len() > 5 {
            let found = row.get(5).unwrap_or_default();
            let is_bare = found.strip_prefix(&*self.prefix) == Some("_revision");
            if !is_bare && found != self.name("revision") {
                return Told::Elsewhere;
            }
        }
        match row.get(2) {
            Some(chain) if chain == self.chain => Told::Head,
            _ => Told::Other,
        }
    }

    /// Schemas of the search_path that the role may not use and that have a table of
    /// that name, which the server skips without a word.
    pub(crate) fn select_hidden(&self) -> String {
        self.sql(
            "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, \
             pg_catalog.string_to_array(pg_catalog.translate(pg_catalog.current_setting('search_path'), '\" ', ''), ',') AS path \
             WHERE c.relname = {name} AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
             AND (n.nspname = ANY (path) OR ('$user' = ANY (path) AND n.nspname = current_user)) LIMIT 1",
            &[],
        )
    }

    /// What is selected to take the lock for a transaction, and from where. The first
    /// cell is true where it is held; a row that another holds is an error, and none of ours.
    pub(crate) fn try_lock(&self, lock: Lock) -> (String, String) {
        match lock {
            Lock::None => ("true".to_owned(), String::new()),
            Lock::Auto | Lock::Advisory => {
                let key = self.lock_key();
                (
                    format!("pg_catalog.pg_try_advisory_xact_lock({key})"),
                    String::new(),
                )
            }
            Lock::Table => {
                let from = " FROM {setting} WHERE chain = '' AND key = 'lock' FOR UPDATE NOWAIT";
                ("true".to_owned(), self.sql(from, &[]))
            }
        }
    }

    /// The row that [`Lock::Table`] locks, of no chain: those that share the tables share the lock.
    pub(crate) fn insert_lock_row(&self) -> String {
        self.sql(
            "INSERT INTO {setting} (chain, key, value) VALUES ('', 'lock', '') ON CONFLICT DO NOTHING",
            &[],
        )
    }

    /// 1 if a run has recorded a revision: what is true after the answer to COMMIT was lost.
    pub(crate) fn select_run(&self, run_id: &str, revision: &str) -> String {
        self.sql(
            "SELECT max(1) FROM {log} WHERE chain = {chain} AND run_id = ? AND revision = ?",
            &[Some(run_id), Some(revision)],
        )
    }
}
