//! What a script could leave changed on PostgreSQL; on SQLite there is nothing in it.
#![cfg_attr(not(feature = "_postgres"), allow(dead_code))]

use migrate_chain::Dialect;

use migrate_chain::sql::{identifier, literal};

/// What a script could leave changed on PostgreSQL.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) schema: Option<String>,
    search_path: String,
    user: String,
    role: String,
}

impl Session {
    /// What [`Session::of`] reads.
    pub(crate) const CELLS: &'static str = "pg_catalog.current_schema(), pg_catalog.current_setting('search_path'), \
         session_user, pg_catalog.current_setting('role')";

    /// Reads them, the first of which is this one of the row's.
    pub(crate) fn of(row: crate::driver::Row<'_>, first: usize) -> Session {
        let text = |at| row.text(first + at);
        Session {
            schema: row.get(first).map(str::to_owned),
            search_path: text(1),
            user: text(2),
            role: text(3),
        }
    }

    /// Whose rights count.
    pub(crate) fn acts_as(&self) -> &str {
        match self.role.as_str() {
            "none" | "" => &self.user,
            role => role,
        }
    }

    /// Puts it back.
    pub(crate) fn restore(&self) -> String {
        let role = match self.role.as_str() {
            "none" | "" => "NONE".to_owned(),
            role => identifier(role),
        };
        format!(
            "SET SESSION AUTHORIZATION {}; SET ROLE {role}; SELECT pg_catalog.set_config('search_path', {}, false)",
            identifier(&self.user),
            literal(Dialect::Postgres, &self.search_path)
        )
    }
}
