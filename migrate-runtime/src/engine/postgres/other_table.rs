//! Where another tool's table is, and whose: what is taken over comes from the tables beside our record, never from one that
//! somebody has put earlier into the search path.

use migrate_chain::Dialect;

use super::whereabouts::{is_temporary, reaches};
use crate::engine::Engine;
use crate::engine::adopt::Name;
use crate::engine::database::Database;
use crate::{Error, ErrorKind, Result};

impl<D: Database> Engine<'_, '_, D> {
    /// The name in full of another tool's table; `None`: it isn't there.
    ///
    /// # Errors
    ///
    /// It lies in another schema than the record, can't be read, or belongs to somebody who is not to be trusted with what
    /// runs.
    pub(super) async fn find_other_table(&mut self, written: &str) -> Result<Option<String>> {
        let Name { schema, table } = Name::of(written, Dialect::Postgres);
        let failed = |error| Error::database("look for the other tool's table", error);
        let sql = self.tables.select_other(written, &table);
        let rows = self.read_patiently(&sql).await.map_err(failed)?;
        let mut found = None;
        let mut unreached = None;
        for row in rows.iter() {
            let there = row.text(0);
            let (path, role) = (row.text(2), row.text(3));
            let home = self.tables.schema().or(row.get(4)).map(str::to_owned);
            let is_meant = row.get(5) == Some("t");
            let is_wanted = match &schema {
                Some(schema) => *schema == there,
                None => is_meant || is_temporary(&there) || reaches(&path, &role, &there),
            };
            if is_wanted && row.get(1) != Some("t") {
                return Err(hidden(&table, &there));
            }
            if is_meant {
                found = Some((there, home, row.text(6)));
            } else if schema.is_none() && home.as_deref() == Some(&*there) {
                unreached = Some(there);
            }
        }
        let Some((there, home, name)) = found else {
            return match unreached {
                Some(there) => Err(not_reached(&table, &there)),
                None => Ok(None),
            };
        };
        if schema.is_none() && home.as_deref() != Some(&*there) {
            return Err(elsewhere(&table, &there, &home.unwrap_or_default()));
        }
        let sql = self.tables.select_planted_other(&there, &table);
        let rows = self.read_patiently(&sql).await.map_err(failed)?;
        match rows.get(0) {
            Some(row) => Err(planted(&name, &row.text(1))),
            None => Ok(Some(name)),
        }
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Adoption, message).with_note("nothing was read from it or written to it")
}

fn hidden(table: &str, schema: &str) -> Error {
    Error::new(
        ErrorKind::Privilege,
        format!("the schema `{schema}` has the other tool's table `{table}`, and this role may not look into it"),
    )
    .with_help(format!(
        "`GRANT USAGE ON SCHEMA {}`, and SELECT on the table; or take the schema off the search_path",
        migrate_chain::sql::identifier(schema)
    ))
}

/// What has no place in the path can't be what the scripts are about.
fn not_reached(table: &str, schema: &str) -> Error {
    refused(format!(
        "the other tool's table `{table}` lies in the schema `{schema}`, which the search_path doesn't reach"
    ))
    .with_help(format!("`SET search_path = {}` before the run", migrate_chain::sql::identifier(schema)))
}

fn elsewhere(table: &str, there: &str, home: &str) -> Error {
    let error = refused(if is_temporary(there) {
        format!(
            "the other tool's table `{table}` is a temporary one, which stands before any other of that name"
        )
    } else {
        format!(
            "the other tool's table `{table}` lies in the schema `{there}`, and the record belongs into `{home}`"
        )
    });
    if is_temporary(there) {
        return error.with_help("drop it, or connect anew");
    }
    error
        .with_help(format!(
            "to keep the record beside it: `.schema({there:?})`, or `schema = {there:?}` in migrate.toml"
        ))
        .with_help(format!(
            "if the two are meant to be apart, say where it is in adopt.sql: `-- table: {there}.{table}`"
        ))
}

fn planted(name: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::Privilege,
        format!("the other tool's table {name} can't be trusted with what was applied: {why}"),
    )
    .with_note("nothing was read from it or written to it")
    .with_help("it is taken over from a plain table, without rules, triggers or row security, that belongs to the role that migrates or one that it is a member of, to the owner of the database or the schema, or to a superuser")
    .with_help("find out who made it; then drop it, or `ALTER TABLE .. OWNER TO` such a role")
}
