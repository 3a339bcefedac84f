//! The tables in which a database remembers what was applied, and every statement about them.

mod heads;
mod in_progress;
mod log;
#[cfg(feature = "_postgres")]
mod postgres;

use std::borrow::Cow;

use migrate_chain::Dialect;

use migrate_chain::sql::{push_identifier, push_literal};

pub(crate) use heads::RowKind;
pub(crate) use log::{By, Record, Timing};

/// What the tables' names start with unless the app says otherwise.
pub(crate) const DEFAULT_PREFIX: &str = "migrate";

/// What their names end with.
#[cfg(feature = "_postgres")]
const TABLES: [&str; 4] = ["revision", "log", "in_progress", "setting"];

/// The SQLSTATE of a [guard](Tables::create) that has found tables which another role has made.
pub(crate) const PLANTED: &str = "22P02";

/// The tables of one chain in one database.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    dialect: Dialect,
    chain: String,
    prefix: Cow<'static, str>,
    /// `None` on PostgreSQL: `current_schema()`, until the lock's answer tells what that is.
    schema: Option<Cow<'static, str>>,
    /// PostgreSQL: the role that works, once it is known.
    #[cfg(feature = "_postgres")]
    role: Option<String>,
    /// True once they were found to be there and nobody else's: after that no stranger can put others in their place.
    are_trusted: bool,
}

impl Tables {
    pub(crate) fn new(
        dialect: Dialect,
        chain: &str,
        prefix: Cow<'static, str>,
        schema: Option<&str>,
    ) -> Tables {
        let schema = match (dialect, schema) {
            // An attached or temporary table must not answer.
            (Dialect::Sqlite, _) => Some(Cow::Borrowed("main")),
            (_, schema) => schema.map(|schema| Cow::Owned(schema.to_owned())),
        };
        Tables {
            dialect,
            chain: chain.to_owned(),
            prefix,
            schema,
            #[cfg(feature = "_postgres")]
            role: None,
            are_trusted: false,
        }
    }

    /// The name of the table of recorded revisions, as a person would look for it.
    pub(crate) fn shown(&self) -> String {
        match &self.schema {
            Some(schema) => [schema, ".", &self.bare_name()].concat(),
            None => self.bare_name(),
        }
    }

    /// The name of that table, without its schema.
    fn bare_name(&self) -> String {
        [&self.prefix, "_revision"].concat()
    }

    fn name(&self, table: &str) -> String {
        let mut name = String::with_capacity(64);
        self.push_name(&mut name, table);
        name
    }

    fn push_name(&self, sql: &mut String, table: &str) {
        if let Some(schema) = &self.schema {
            push_identifier(sql, &[schema]);
            sql.push('.');
        }
        push_identifier(sql, &[&self.prefix, "_", table]);
    }

    /// A statement from its pattern, as [`push`](Tables::push) writes it.
    fn sql(&self, pattern: &str, values: &[Option<&str>]) -> String {
        let mut sql = String::with_capacity(pattern.len() + 96);
        self.push(&mut sql, pattern, values);
        sql
    }

    /// Appends a statement. Each `?` of the pattern becomes the next of the values, as a literal or
    /// NULL, and what stands in braces one of our own: `{revision}`, `{log}`, `{in_progress}` and
    /// `{setting}` the name of a table, `{chain}` and `{name}` the literals of the chain's name and
    /// of the first table's without its schema, `{schema}` an expression for its schema's,
    /// `{regclass}` the literal of that table's name as it is used, `{whole}` an expression for it with its
    /// schema, and `{found}` the cell that tells where it
    /// was found. An operator in braces, as in `{=}`, is PostgreSQL's own, whatever operators of that
    /// name other schemas of the search path have.
    fn push(&self, sql: &mut String, pattern: &str, values: &[Option<&str>]) {
        let mut values = values.iter();
        let mut rest = pattern;
        while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'?' | b'{')) {
            let (before, placeholder) = rest.split_at(at);
            sql.push_str(before);
            rest = &placeholder[1..];
            if placeholder.starts_with('?') {
                match values.next() {
                    Some(Some(value)) => push_literal(sql, self.dialect, value),
                    _ => sql.push_str("NULL"),
                }
                continue;
            }
            let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
            rest = after;
            match (name, &self.schema) {
                ("chain", _) => push_literal(sql, self.dialect, &self.chain),
                ("name", _) => push_literal(sql, self.dialect, &self.bare_name()),
                ("schema", Some(schema)) => push_literal(sql, self.dialect, schema),
                ("schema", None) => sql.push_str("pg_catalog.current_schema()"),
                ("regclass", _) => push_literal(sql, self.dialect, &self.name("revision")),
                ("whole", _) => self.push_whole_name(sql),
                ("found", Some(_)) => {}
                ("found", None) => self.push_found(sql),
                (table, _) if table.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    self.push_name(sql, table);
                }
                (operator, _) if self.dialect == Dialect::Postgres => {
                    sql.push_str("OPERATOR(pg_catalog.");
                    sql.push_str(operator);
                    sql.push(')');
                }
                (operator, _) => sql.push_str(operator),
            }
        }
        sql.push_str(rest);
    }

    /// Creates what is missing. What another role has created is refused before anything is written to it.
    pub(crate) fn create(&self) -> String {
        let mut sql = self.sql(
            match self.dialect {
                Dialect::Sqlite => CREATE_ON_SQLITE,
                _ => CREATE_ON_POSTGRES,
            },
            &[],
        );
        sql.push_str(&self.guarded(self.sql(LAYOUT, &[])));
        sql
    }

    /// Whether the table of recorded revisions is there, in one cell that is 1 or NULL.
    pub(crate) fn select_presence(&self) -> String {
        self.sql(
            match self.dialect {
                Dialect::Sqlite => {
                    "SELECT max(1) FROM main.sqlite_master WHERE type = 'table' AND name = {name}"
                }
                // A query of the catalog and not a name lookup, whose cache may be behind the lock.
                _ => {
                    "SELECT pg_catalog.max(1) FROM pg_catalog.pg_class c \
                     JOIN pg_catalog.pg_namespace n ON n.oid {=} c.relnamespace \
                     WHERE c.relname {=} {name} AND n.nspname {=} {schema}"
                }
            },
            &[],
        )
    }

    /// The first table that bears a name of the layout before the first release, in one cell.
    pub(crate) fn select_outdated(&self) -> String {
        let names = OUTDATED.map(|table| [&self.prefix, "_", table].concat());
        self.sql(
            match self.dialect {
                Dialect::Sqlite => {
                    "SELECT min(name) FROM main.sqlite_master WHERE type = 'table' AND name IN (?, ?)"
                }
                _ => {
                    "SELECT pg_catalog.min(c.relname::pg_catalog.text) FROM pg_catalog.pg_class c \
                     JOIN pg_catalog.pg_namespace n ON n.oid {=} c.relnamespace \
                     WHERE (c.relname {=} ? OR c.relname {=} ?) AND n.nspname {=} {schema}"
                }
            },
            &[Some(&names[0]), Some(&names[1])],
        )
    }

    /// The tables of these names beside ours, where the scripts make theirs: one cell with the name of each in a line, as SQL
    /// names it. SQLite: and `count`, if its `user_version` may be that of a tool, and there are tables.
    pub(crate) fn select_histories(&self, names: &[&str], count: &str) -> String {
        let list = vec!["?"; names.len()].join(", ");
        let values: Vec<Option<&str>> = names.iter().map(|name| Some(*name)).collect();
        match self.dialect {
            Dialect::Sqlite => {
                let ours = format!("{}_*", self.prefix);
                let values: Vec<Option<&str>> =
                    values.into_iter().chain([Some(count), Some(&*ours)]).collect();
                self.sql(
                    &format!(
                        "SELECT coalesce(group_concat(name, char(10)), '') FROM \
                         (SELECT name FROM main.sqlite_master WHERE type = 'table' AND name IN ({list}) UNION ALL \
                         SELECT ? FROM pragma_user_version WHERE user_version BETWEEN 1 AND 9999 AND EXISTS \
                         (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' \
                         AND name NOT GLOB ?))"
                    ),
                    &values,
                )
            }
            _ => self.sql(
                &format!(
                    "SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), \
                     pg_catalog.chr(10)), '') FROM pg_catalog.pg_class c \
                     JOIN pg_catalog.pg_namespace n ON n.oid {{=}} c.relnamespace \
                     WHERE c.relname {{=}} ANY (ARRAY[{list}]::pg_catalog.name[]) AND c.relkind {{=}} 'r' \
                     AND (n.nspname {{=}} {{schema}} OR n.nspname {{=}} pg_catalog.current_schema() \
                     OR n.nspname {{=}} 'atlas_schema_revisions')"
                ),
                &values,
            ),
        }
    }

    /// PostgreSQL's key of the lock: the first 8 bytes of SHA-256 over the length-prefixed names of
    /// schema and table. Chains that share a table share the lock.
    pub(crate) fn lock_key(&self) -> String {
        self.sql(
            "('x'::pg_catalog.text {||} pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256(\
             pg_catalog.int8send(pg_catalog.octet_length(pg_catalog.convert_to({schema}::pg_catalog.text, 'UTF8'))) {||} \
             pg_catalog.convert_to({schema}::pg_catalog.text, 'UTF8') {||} \
             pg_catalog.int8send(pg_catalog.octet_length(pg_catalog.convert_to({name}::pg_catalog.text, 'UTF8'))) {||} \
             pg_catalog.convert_to({name}::pg_catalog.text, 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint",
            &[],
        )
    }

    /// What the chain remembers under a key, in one cell.
    pub(crate) fn select_setting(&self, key: &str) -> String {
        let setting = self.sql(
            "SELECT value FROM {setting} WHERE chain {=} {chain} AND key {=} ?",
            &[Some(key)],
        );
        self.guarded(setting)
    }

    /// Spares what follows in this run from looking whose they are: that costs more than a read of them.
    pub(crate) fn trust(&mut self) {
        self.are_trusted = true;
    }

    /// A statement on our tables, which on PostgreSQL fails before it touches them if another role has made them.
    fn guarded(&self, statement: String) -> String {
        match self.dialect {
            #[cfg(feature = "_postgres")]
            Dialect::Postgres if !self.are_trusted => {
                format!("{};\n{statement}", self.refuse_planted())
            }
            _ => statement,
        }
    }

    /// Remembers a value under a key.
    pub(crate) fn upsert_setting(&self, key: &str, value: &str) -> String {
        self.sql(
            "INSERT INTO {setting} (chain, key, value) VALUES ({chain}, ?, ?) \
             ON CONFLICT (chain, key) DO UPDATE SET value = excluded.value",
            &[Some(key), Some(value)],
        )
    }
}

/// What `log` and `in_progress` were named in layout 1, which was never released.
const OUTDATED: [&str; 2] = ["history", "pending"];

/// The version of the tables' layout.
const LAYOUT: &str = "INSERT INTO {setting} (chain, key, value) VALUES ({chain}, 'layout', '2') ON CONFLICT DO NOTHING;";

const CREATE_ON_SQLITE: &str = "\
    CREATE TABLE IF NOT EXISTS {revision} (chain TEXT NOT NULL, revision TEXT NOT NULL, fingerprint TEXT NOT NULL, \
    PRIMARY KEY (chain, revision)) WITHOUT ROWID;\n\
    CREATE TABLE IF NOT EXISTS {log} (id INTEGER PRIMARY KEY, chain TEXT NOT NULL, revision TEXT NOT NULL, \
    down_revision TEXT NOT NULL, depends_on TEXT NOT NULL, direction TEXT NOT NULL, fingerprint TEXT NOT NULL, \
    message TEXT NOT NULL, breaking TEXT, downgrade TEXT, downgrade_properties TEXT, app_version TEXT NOT NULL, \
    applied_by TEXT NOT NULL, run_id TEXT NOT NULL, started_at TEXT NOT NULL, duration_ms REAL NOT NULL);\n\
    CREATE TABLE IF NOT EXISTS {in_progress} (chain TEXT NOT NULL, revision TEXT NOT NULL, direction TEXT NOT NULL, \
    content_hash TEXT NOT NULL, started INTEGER NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL, \
    run_id TEXT NOT NULL, begun_hash TEXT NOT NULL DEFAULT '', PRIMARY KEY (chain)) WITHOUT ROWID;\n\
    CREATE TABLE IF NOT EXISTS {setting} (chain TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, \
    PRIMARY KEY (chain, key)) WITHOUT ROWID;\n";

const CREATE_ON_POSTGRES: &str = "\
    CREATE TABLE IF NOT EXISTS {revision} (chain pg_catalog.text NOT NULL, revision pg_catalog.text NOT NULL, fingerprint pg_catalog.text NOT NULL, \
    PRIMARY KEY (chain, revision));\n\
    CREATE TABLE IF NOT EXISTS {log} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chain pg_catalog.text NOT NULL, \
    revision pg_catalog.text NOT NULL, down_revision pg_catalog.text NOT NULL, depends_on pg_catalog.text NOT NULL, direction pg_catalog.text NOT NULL, \
    fingerprint pg_catalog.text NOT NULL, message pg_catalog.text NOT NULL, breaking pg_catalog.text, downgrade pg_catalog.text, downgrade_properties pg_catalog.text, \
    app_version pg_catalog.text NOT NULL, applied_by pg_catalog.text NOT NULL, run_id pg_catalog.text NOT NULL, started_at timestamp with time zone NOT NULL, \
    duration_ms double precision NOT NULL);\n\
    CREATE TABLE IF NOT EXISTS {in_progress} (chain pg_catalog.text NOT NULL, revision pg_catalog.text NOT NULL, direction pg_catalog.text NOT NULL, \
    content_hash pg_catalog.text NOT NULL, started INTEGER NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL, \
    run_id pg_catalog.text NOT NULL, begun_hash pg_catalog.text NOT NULL DEFAULT '', PRIMARY KEY (chain));\n\
    CREATE TABLE IF NOT EXISTS {setting} (chain pg_catalog.text NOT NULL, key pg_catalog.text NOT NULL, value pg_catalog.text NOT NULL, \
    PRIMARY KEY (chain, key));\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_read_as_a_pattern() {
        let tables = |dialect, schema| Tables::new(dialect, "?{name}", "p?{chain}".into(), schema);
        assert_eq!(
            tables(Dialect::Sqlite, None).upsert_setting("{setting}?", "it's"),
            "INSERT INTO \"main\".\"p?{chain}_setting\" (chain, key, value) VALUES ('?{name}', '{setting}?', 'it''s') \
             ON CONFLICT (chain, key) DO UPDATE SET value = excluded.value"
        );
        assert_eq!(
            tables(Dialect::Postgres, Some("s\"?")).select_presence(),
            "SELECT pg_catalog.max(1) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
             WHERE c.relname OPERATOR(pg_catalog.=) 'p?{chain}_revision' AND n.nspname OPERATOR(pg_catalog.=) 's\"?'"
        );
        let cells = [Some("a?"), None];
        let sql = tables(Dialect::Postgres, None).sql("? {schema} ? {in_progress}", &cells);
        assert_eq!(
            sql,
            "'a?' pg_catalog.current_schema() NULL \"p?{chain}_in_progress\""
        );
    }
}
