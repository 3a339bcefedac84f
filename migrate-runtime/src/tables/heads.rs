//! The recorded heads: a row a head, with its fingerprint.

use migrate_chain::{Dialect, Fingerprint};

use super::Tables;
use migrate_chain::sql::{push_identifier, push_literal};

/// What a row says beside a head.
#[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// A head of the chain's own.
    Head,
    /// A head of another chain, or none.
    Other,
    /// The caller has begun a transaction.
    InTransaction,
    /// A table of that name in another schema answered, and there is none in the current one.
    Elsewhere,
    /// A temporary table of that name answered instead of the one in the current schema.
    Shadowed,
    /// Row security hides what is recorded.
    Hidden,
}

impl Tables {
    /// One statement that answers "what is recorded": a row a head, with its fingerprint. PostgreSQL
    /// adds what [`Tables::classify_row`] looks at, among it two cells that differ when the statement is part
    /// of a transaction that the caller began.
    ///
    /// The sample is everything, and a view has none: one that somebody else has made, to have its
    /// functions called by us, is refused before anything of it runs; row security runs as little.
    /// To ask for that by the whole name fails with `42P01` where only another schema of the path has
    /// such a table.
    ///
    /// A start that is up to date sends nothing else, so it spares the server what costs most: a
    /// condition takes longer to plan than a few rows of other chains take to read, and comparing
    /// here what can be compared here saves a new connection the lookup of operators.
    pub(crate) fn select_heads(&self) -> String {
        if self.dialect == Dialect::Sqlite {
            return self.sql(OF_THE_CHAIN, &[]);
        }
        let mut sql = self.sql(
            "SELECT revision, fingerprint, chain, current_timestamp, pg_catalog.statement_timestamp() \
             FROM {revision} TABLESAMPLE pg_catalog.system(100) WHERE NOT pg_catalog.row_security_active({whole})",
            &[],
        );
        if self.schema.is_none() {
            // A session that has temporary tables may have one of this name, which would answer.
            sql.push_str(" AND pg_catalog.oideq(pg_catalog.pg_my_temp_schema(), '0')");
        }
        sql
    }

    /// Selects the heads, with at least one row on PostgreSQL, because a table without one would tell nothing
    /// about itself; it takes the server twice as long. A transaction may be `in_ours`.
    pub(crate) fn select_heads_or_none(&self, in_ours: bool) -> String {
        self.sql(
            match (self.dialect, in_ours) {
                (Dialect::Sqlite, _) => OF_THE_CHAIN,
                (_, true) => {
                    "SELECT revision, fingerprint, chain, \
                     CASE WHEN pg_catalog.row_security_active({regclass}) THEN 'hidden' END, NULL{found} \
                     FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM {revision} TABLESAMPLE pg_catalog.system(100) \
                     WHERE NOT pg_catalog.row_security_active({regclass})) AS head ON chain {=} {chain}"
                }
                (_, false) => {
                    "SELECT revision, fingerprint, chain, \
                     CASE WHEN pg_catalog.row_security_active({regclass}) THEN 'hidden' ELSE current_timestamp::pg_catalog.text END, \
                     pg_catalog.statement_timestamp()::pg_catalog.text{found} \
                     FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM {revision} TABLESAMPLE pg_catalog.system(100) \
                     WHERE NOT pg_catalog.row_security_active({regclass})) AS head ON chain {=} {chain}"
                }
            },
            &[],
        )
    }

    /// Without a schema the server looks the name up, and may find one further down the path. That
    /// of the current schema is named in full here.
    pub(super) fn push_whole_name(&self, sql: &mut String) {
        if self.schema.is_some() {
            return push_literal(sql, self.dialect, &self.name("revision"));
        }
        let mut whole = String::with_capacity(64);
        whole.push_str("%I.");
        push_identifier(&mut whole, &[&self.prefix.replace('%', "%%"), "_revision"]);
        sql.push_str("pg_catalog.format(");
        push_literal(sql, self.dialect, &whole);
        sql.push_str(", current_schema)");
    }

    /// The table of the current schema bears no schema in the answer only if it is what the bare
    /// name means.
    pub(super) fn push_found(&self, sql: &mut String) {
        sql.push_str(", pg_catalog.to_regclass(");
        self.push_whole_name(sql);
        // As text: a driver in the binary format has only its number.
        sql.push_str(")::pg_catalog.text");
    }

    /// What a transaction of ours reads first: the heads, and the step under way.
    pub(crate) fn select_state(&self) -> String {
        let state = [self.select_heads_or_none(true), self.in_progress()].join(";\n");
        self.guarded(state)
    }

    /// What is recorded, in one cell: the heads' fingerprints in order, joined by commas.
    pub(crate) fn select_joined(&self) -> String {
        self.sql(
            match self.dialect {
                Dialect::Sqlite => {
                    "SELECT coalesce(group_concat(fingerprint), '') FROM \
                     (SELECT fingerprint FROM {revision} WHERE chain = {chain} ORDER BY fingerprint)"
                }
                _ => {
                    "SELECT coalesce(pg_catalog.string_agg(fingerprint, ',' ORDER BY fingerprint COLLATE pg_catalog.\"C\"), '') \
                     FROM {revision} WHERE chain {=} {chain}"
                }
            },
            &[],
        )
    }

    /// Replaces recorded heads.
    pub(crate) fn update_heads(&self, gone: &[&str], come: &[(&str, Fingerprint)]) -> String {
        let mut sql = String::new();
        for (at, id) in gone.iter().enumerate() {
            let pattern = match at {
                0 => "DELETE FROM {revision} WHERE chain {=} {chain} AND (revision {=} ?",
                _ => " OR revision {=} ?",
            };
            self.push(&mut sql, pattern, &[Some(id)]);
        }
        sql.push_str(if gone.is_empty() { "" } else { ");\n" });
        for (at, (id, fingerprint)) in come.iter().enumerate() {
            let pattern = match at {
                0 => "INSERT INTO {revision} (chain, revision, fingerprint) VALUES ({chain}, ?, ?)",
                _ => ", ({chain}, ?, ?)",
            };
            self.push(
                &mut sql,
                pattern,
                &[Some(id), Some(&fingerprint.to_string())],
            );
        }
        sql.push_str(if come.is_empty() { "" } else { ";\n" });
        if self.dialect == Dialect::Postgres && !come.is_empty() {
            self.push_read_back(&mut sql, come);
        }
        sql
    }

    /// A statement that fails with `22P02` unless the heads are recorded as they were written.
    fn push_read_back(&self, sql: &mut String, come: &[(&str, Fingerprint)]) {
        sql.push_str(
            "SELECT CAST(pg_catalog.concat('the record does not read back as it was written: ', current_user) AS integer) \
             WHERE (SELECT pg_catalog.count(*)",
        );
        self.push(
            sql,
            " FROM {revision} WHERE chain {=} {chain} AND (false",
            &[],
        );
        for (id, fingerprint) in come {
            let values = [Some(*id), Some(&*fingerprint.to_string())];
            self.push(sql, " OR revision {=} ? AND fingerprint {=} ?", &values);
        }
        self.push(sql, &format!(")) {{<>}} {}::bigint;\n", come.len()), &[]);
    }

    /// Writes nothing, which fails where nothing can be written.
    #[cfg(feature = "_sqlite")]
    pub(crate) fn delete_nothing(&self) -> String {
        self.sql("DELETE FROM {revision} WHERE false", &[])
    }
}

const OF_THE_CHAIN: &str = "SELECT revision, fingerprint FROM {revision} WHERE chain = {chain}";
