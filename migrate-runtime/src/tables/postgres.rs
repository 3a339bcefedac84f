//! What only PostgreSQL is asked.

use std::borrow::Cow;

use migrate_chain::sql::identifier;

use super::{RowKind, TABLES, Tables};
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

    /// The names of all of them, without their schema, as SQL has them.
    pub(crate) fn names(&self) -> String {
        let names = TABLES.map(|table| identifier(&[&self.prefix, "_", table].concat()));
        names.join(" ")
    }

    /// The statement that lets the role that works here create our tables.
    pub(crate) fn grant(&self) -> Option<String> {
        let (schema, role) = (self.schema.as_deref()?, self.role.as_deref()?);
        Some(format!(
            "GRANT CREATE, USAGE ON SCHEMA {} TO {}",
            identifier(schema),
            identifier(role)
        ))
    }

    /// The statement that lets a role read our tables; `ROLE` where its name isn't known.
    pub(crate) fn grant_to_read(&self) -> String {
        let names = TABLES.map(|name| self.name(name));
        let role = self.role.as_deref().map(identifier);
        format!(
            "GRANT SELECT ON {} TO {}",
            names.join(", "),
            role.as_deref().unwrap_or("ROLE")
        )
    }

    pub(crate) fn schema_is_known(&self) -> bool {
        self.schema.is_some()
    }

    /// What the cells of [`Tables::select_heads`] tell that come after the head itself.
    ///
    /// A query begins when its transaction does, unless the caller has begun that; so it is with `simple_queries`.
    pub(crate) fn classify_row(&self, row: Row<'_>, simple_queries: bool) -> RowKind {
        if row.get(3) == Some("hidden") {
            return RowKind::Hidden;
        }
        if simple_queries && row.get(3) != row.get(4) {
            return RowKind::InTransaction;
        }
        if row.len() > 5 {
            let Some(found) = row.get(5) else {
                return RowKind::Elsewhere;
            };
            let is_bare = found.strip_prefix(&*self.prefix) == Some("_revision");
            if !is_bare && found != self.name("revision") {
                return RowKind::Shadowed;
            }
        }
        match row.get(2) {
            Some(chain) if chain == self.chain => RowKind::Head,
            _ => RowKind::Other,
        }
    }

    /// Every schema that has a table of that name: its name, whether the role may use it, and what says
    /// how names are looked up: the search path, the role, and the current schema.
    pub(crate) fn select_whereabouts(&self) -> String {
        self.sql(
            "SELECT n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'), \
             pg_catalog.current_setting('search_path'), current_user, pg_catalog.current_schema() \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {=} c.relnamespace \
             WHERE c.relname {=} {name} AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) ORDER BY n.nspname",
            &[],
        )
    }

    /// True once the session has the advisory lock for itself, which is taken where it hasn't: a script may have let go of
    /// it. Locks of a session count, so it isn't taken twice. Follows a BEGIN.
    pub(crate) fn hold_again(&self) -> String {
        let key = self.lock_key();
        self.sql(
            &format!(
                "; SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_locks l \
                 WHERE l.locktype {{=}} 'advisory' AND l.granted AND l.objsubid {{=}} 1 \
                 AND l.pid {{=}} pg_catalog.pg_backend_pid() \
                 AND (l.classid::bigint {{<<}} 32 {{|}} l.objid::bigint) {{=}} {key}) \
                 THEN true ELSE pg_catalog.pg_try_advisory_lock({key}) END"
            ),
            &[],
        )
    }

    /// Who holds the advisory lock, in words.
    pub(crate) fn select_holder(&self) -> String {
        let key = self.lock_key();
        self.sql(
            &format!(
                "SELECT pg_catalog.concat_ws(' ', 'process', a.pid, pg_catalog.concat('of ', a.usename), \
                 CASE WHEN a.client_addr IS NOT NULL THEN pg_catalog.concat('from ', a.client_addr) END, \
                 CASE WHEN a.application_name {{<>}} '' THEN pg_catalog.concat('(', a.application_name, ')') END) \
                 FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid {{=}} l.pid \
                 WHERE l.locktype {{=}} 'advisory' AND l.granted AND l.objsubid {{=}} 1 \
                 AND l.pid {{<>}} pg_catalog.pg_backend_pid() \
                 AND l.database {{=}} (SELECT oid FROM pg_catalog.pg_database WHERE datname {{=}} pg_catalog.current_database()) \
                 AND (l.classid::bigint {{<<}} 32 {{|}} l.objid::bigint) {{=}} {key} LIMIT 1"
            ),
            &[],
        )
    }

    /// Who else holds locks on tables of these names: the table, the process in words, the seconds of its transaction, what
    /// it runs, and whether it still does. The oldest transaction comes first.
    pub(crate) fn select_blockers(&self, names: &[String], spares_readers: bool) -> String {
        let list = vec!["?"; names.len()].join(", ");
        let readers = if spares_readers {
            " AND l.mode {<>} 'AccessShareLock'"
        } else {
            ""
        };
        let names: Vec<Option<&str>> = names.iter().map(|name| Some(&**name)).collect();
        self.sql(
            &format!(
                "SELECT c.relname, CASE WHEN l.pid IS NULL THEN 'a prepared transaction (`pg_prepared_xacts`)' \
                 ELSE pg_catalog.concat_ws(' ', 'process', l.pid, pg_catalog.concat('of ', a.usename), \
                 CASE WHEN a.client_addr IS NOT NULL THEN pg_catalog.concat('from ', a.client_addr) END, \
                 CASE WHEN a.application_name {{<>}} '' THEN pg_catalog.concat('(', a.application_name, ')') END) END, \
                 pg_catalog.to_char(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() {{-}} a.xact_start), 'FM9999999990.0'), \
                 pg_catalog.left(a.query, 400), a.state \
                 FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid {{=}} l.relation \
                 LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid {{=}} l.pid \
                 WHERE l.locktype {{=}} 'relation' AND l.granted \
                 AND l.database {{=}} (SELECT oid FROM pg_catalog.pg_database WHERE datname {{=}} pg_catalog.current_database()) \
                 AND (l.pid IS NULL OR l.pid {{<>}} pg_catalog.pg_backend_pid()){readers} \
                 AND c.relname {{=}} ANY (ARRAY[{list}]::pg_catalog.name[]) \
                 ORDER BY a.xact_start, l.pid LIMIT 50"
            ),
            &names,
        )
    }

    /// One row if another process holds an advisory lock in this database: whoever migrates it, most likely.
    pub(crate) fn select_others_at_work(&self) -> String {
        self.sql(
            "SELECT 1 FROM pg_catalog.pg_locks l \
             WHERE l.locktype {=} 'advisory' AND l.granted AND l.pid {<>} pg_catalog.pg_backend_pid() \
             AND l.database {=} (SELECT oid FROM pg_catalog.pg_database WHERE datname {=} pg_catalog.current_database()) LIMIT 1",
            &[],
        )
    }

    /// A statement that fails with `22P02` unless each of our tables that is there is a plain one, of an
    /// owner that may be trusted. It comes before the first that touches them, in the same message:
    /// another role may have made them beforehand, to have something of its own run by ours.
    pub(crate) fn refuse_planted(&self) -> String {
        let planted = self.planted("c.relname::pg_catalog.text");
        // The cast is not evaluated where there is no row.
        format!(
            "SELECT CAST(pg_catalog.concat('planted: ', name) AS integer) FROM ({planted}) AS planted LIMIT 1"
        )
    }

    /// What is wrong with our tables: the name of each that is, and the reason.
    pub(crate) fn select_planted(&self) -> String {
        self.planted(PLANTED_CELLS)
    }

    fn planted(&self, cells: &str) -> String {
        let names = TABLES.map(|table| [&self.prefix, "_", table].concat());
        self.planted_among(cells, &names.each_ref().map(String::as_str), None)
    }

    /// The tables of these names that can't be trusted, in our own schema or in another one.
    fn planted_among(&self, cells: &str, names: &[&str], schema: Option<&str>) -> String {
        let is_one = vec!["c.relname {=} ?"; names.len()].join(" OR ");
        let of_schema = if schema.is_some() { "?" } else { "{schema}" };
        let values: Vec<Option<&str>> = (names.iter().map(|name| Some(*name)))
            .chain(schema.map(Some))
            .collect();
        self.sql(
            &format!(
                "SELECT {cells} AS name FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid {{=}} c.relnamespace \
                 JOIN pg_catalog.pg_roles o ON o.oid {{=}} c.relowner, \
                 pg_catalog.pg_roles me, pg_catalog.pg_database d \
                 WHERE ({is_one}) AND n.nspname {{=}} {of_schema} AND me.rolname {{=}} current_user \
                 AND d.datname {{=}} pg_catalog.current_database() \
                 AND (c.relkind {{<>}} 'r' OR c.relhasrules OR c.relhassubclass OR pg_catalog.row_security_active(c.oid) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid {{=}} c.oid) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid {{=}} c.oid AND NOT t.tgisinternal) \
                 OR NOT (o.rolsuper OR o.oid {{=}} me.oid OR o.rolname {{=}} session_user \
                 OR o.oid {{=}} d.datdba OR o.oid {{=}} n.nspowner \
                 OR (NOT me.rolsuper AND pg_catalog.pg_has_role(o.oid, 'MEMBER')) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid {{=}} o.oid AND m.member {{=}} me.oid)))"
            ),
            &values,
        )
    }

    /// Where a table of another tool's is: a row for each schema that has one of that name, as
    /// [`select_whereabouts`](Tables::select_whereabouts), and whether that is what the name means, and its name in full.
    pub(crate) fn select_other(&self, name: &str, table: &str) -> String {
        self.sql(
            "SELECT n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'), \
             pg_catalog.current_setting('search_path'), current_user, pg_catalog.current_schema(), \
             c.oid {=} pg_catalog.to_regclass(?)::pg_catalog.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {=} c.relnamespace \
             WHERE c.relname {=} ? AND (c.relkind {=} 'r' OR c.relkind {=} 'p' OR c.relkind {=} 'v' OR c.relkind {=} 'm' \
             OR c.relkind {=} 'f') AND NOT pg_catalog.pg_is_other_temp_schema(n.oid) ORDER BY n.nspname",
            &[Some(name), Some(table)],
        )
    }

    /// What is wrong with a table of another tool's: its name and the reason, where there is one.
    pub(crate) fn select_planted_other(&self, schema: &str, table: &str) -> String {
        self.planted_among(PLANTED_CELLS, &[table], Some(schema))
    }

    /// The schema of our tables, where it is known.
    pub(crate) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
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
                let from =
                    " FROM {setting} WHERE chain {=} '' AND key {=} 'lock' FOR UPDATE NOWAIT";
                ("true".to_owned(), self.sql(from, &[]))
            }
        }
    }

    /// The row that [`Lock::Table`] locks, of no chain: those that share the tables share the lock.
    pub(crate) fn insert_lock_row(&self) -> String {
        self.guarded(self.sql(
            "INSERT INTO {setting} (chain, key, value) VALUES ('', 'lock', '') ON CONFLICT DO NOTHING",
            &[],
        ))
    }

    /// 1 if a run has recorded a revision: what is true after the answer to COMMIT was lost.
    pub(crate) fn select_run(&self, run_id: &str, revision: &str) -> String {
        self.sql(
            "SELECT pg_catalog.max(1) FROM {log} WHERE chain {=} {chain} AND run_id {=} ? AND revision {=} ?",
            &[Some(run_id), Some(revision)],
        )
    }
}

/// A table's name, and what is wrong with it.
const PLANTED_CELLS: &str = "c.relname::pg_catalog.text, CASE \
     WHEN c.relkind {<>} 'r' THEN 'it is no plain table' \
     WHEN c.relhasrules THEN 'it has rules' \
     WHEN c.relhassubclass OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid {=} c.oid) \
     THEN 'it inherits' \
     WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid {=} c.oid AND NOT t.tgisinternal) \
     THEN 'it has triggers' \
     WHEN pg_catalog.row_security_active(c.oid) THEN 'row security hides rows of it' \
     ELSE pg_catalog.concat('it belongs to `', o.rolname, '`') END";
