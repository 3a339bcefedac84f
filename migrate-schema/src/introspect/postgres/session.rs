//! A client whose settings make the server's texts the same wherever it runs.

use postgres::{Client, SimpleQueryMessage};

use crate::{Error, Result};
use migrate_chain::Dialect;
use migrate_chain::sql::{identifier, literal};

/// What the texts of the catalog depend on.
const SETTINGS: [(&str, &str); 8] = [
    ("quote_all_identifiers", "off"),
    ("standard_conforming_strings", "on"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("xmloption", "content"),
];

/// Where our own SQL looks for operators, functions and types.
const PINNED: &str = "pg_catalog, pg_temp";

/// The cursor that a query is read through.
const CURSOR: &str = "migrate_catalog";

/// Settings by name.
type Settings = Vec<(&'static str, String)>;

/// A client that reads one schema.
pub(super) struct Session<'c> {
    client: &'c mut Client,
    schema: String,
}

/// A row as text.
pub(super) struct Row(Vec<Option<String>>);

impl Row {
    pub(super) fn get(&self, column: usize) -> Option<String> {
        self.0.get(column).cloned().flatten()
    }

    /// The empty text for NULL.
    pub(super) fn text(&self, column: usize) -> String {
        self.get(column).unwrap_or_default()
    }

    pub(super) fn is_true(&self, column: usize) -> bool {
        matches!(self.0.get(column), Some(Some(text)) if text == "t" || text == "true")
    }
}

impl Session<'_> {
    /// Reads with our settings, and puts back those of the session.
    pub(super) fn within<T>(
        client: &mut Client,
        schema: Option<&str>,
        read: impl FnOnce(&mut Session<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut session = Session {
            client,
            schema: String::new(),
        };
        let (was, current) = session.settings()?;
        let ours = SETTINGS.iter().copied().chain([("search_path", PINNED)]);
        let result = session.set(ours).and_then(|()| {
            session.schema = session.find(schema, current.as_deref())?;
            read(&mut session)
        });
        // After a failure inside of the caller's transaction only its ROLLBACK works, and that puts them back.
        let restored = session.set(was.iter().map(|(name, value)| (*name, value.as_str())));
        let value = result?;
        restored.map(|()| value)
    }

    /// The settings as the caller has them, and the schema that is current by them.
    fn settings(&mut self) -> Result<(Settings, Option<String>)> {
        let names = SETTINGS
            .iter()
            .map(|(name, _)| *name)
            .chain(["search_path"]);
        let names: Vec<&'static str> = names.collect();
        let columns: Vec<String> = names
            .iter()
            .map(|name| {
                format!(
                    "pg_catalog.current_setting({})",
                    literal(Dialect::Postgres, name)
                )
            })
            .collect();
        let rows = self.query(&format!(
            "SELECT {}, pg_catalog.current_schema()",
            columns.join(", ")
        ))?;
        let Some(row) = rows.first() else {
            return Err(Error::new("the server does not tell its settings"));
        };
        let values = (0..names.len()).map(|at| row.text(at));
        Ok((
            names.iter().copied().zip(values).collect(),
            row.get(names.len()),
        ))
    }

    fn set<'s>(&mut self, settings: impl Iterator<Item = (&'s str, &'s str)>) -> Result<()> {
        let calls: Vec<String> = settings
            .map(|(name, value)| {
                let (name, value) = (
                    literal(Dialect::Postgres, name),
                    literal(Dialect::Postgres, value),
                );
                format!("pg_catalog.set_config({name}, {value}, false)")
            })
            .collect();
        self.query(&format!("SELECT {}", calls.join(", ")))
            .map(drop)
    }

    fn find(&mut self, schema: Option<&str>, current: Option<&str>) -> Result<String> {
        let Some(schema) = schema.or(current) else {
            return Err(Error::new("no schema of the `search_path` exists")
                .with_help("name the schema, or set `search_path`"));
        };
        let rows = self.query(&format!(
            "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) {}",
            literal(Dialect::Postgres, schema)
        ))?;
        match rows.first() {
            Some(row) => Ok(row.text(0)),
            None => Err(Error::new(format!("there is no schema `{schema}`"))),
        }
    }

    /// The schema's name.
    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// Runs a query. `{schema}` stands for our schema's oid, `{free:CATALOG:OID}` for "no extension owns it".
    ///
    /// The query is parsed while the path is pinned, so that none of its operators is one that somebody else
    /// made; the rows are fetched while the path names our schema alone, which the server then leaves out of
    /// the texts that it writes. The plan of a cursor stays what it was when the path changes; that of a
    /// prepared statement would not.
    pub(super) fn rows(&mut self, query: &str) -> Result<Vec<Row>> {
        let query = self.expand(query);
        self.query(&format!(
            "DECLARE {CURSOR} NO SCROLL CURSOR FOR {query}; SET search_path = {}, pg_temp; \
             FETCH ALL FROM {CURSOR}; CLOSE {CURSOR}; SET search_path = {PINNED}",
            identifier(&self.schema)
        ))
    }

    fn query(&mut self, query: &str) -> Result<Vec<Row>> {
        let messages = self.client.simple_query(query).map_err(|error| {
            let message = match error.as_db_error() {
                Some(error) => format!("can't read the catalog: {}", error.message()),
                None => "can't read the catalog".to_owned(),
            };
            Error::new(message).with_source(error)
        })?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let columns = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                Some(Row(columns.collect()))
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    fn expand(&self, query: &str) -> String {
        let schema = format!(
            "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) {})",
            literal(Dialect::Postgres, &self.schema)
        );
        let mut expanded = String::new();
        let mut rest = query;
        while let Some((before, after)) = rest.split_once("{free:") {
            expanded.push_str(before);
            let (inside, after) = after.split_once('}').unwrap_or((after, ""));
            let (catalog, oid) = inside.split_once(':').unwrap_or((inside, "0"));
            expanded.push_str(&format!(
                "NOT EXISTS (SELECT FROM pg_catalog.pg_depend own WHERE own.deptype OPERATOR(pg_catalog.=) 'e' \
                 AND own.classid OPERATOR(pg_catalog.=) 'pg_catalog.{catalog}'::pg_catalog.regclass AND own.objid OPERATOR(pg_catalog.=) {oid})"
            ));
            rest = after;
        }
        expanded.push_str(rest);
        expanded.replace("{schema}", &schema)
    }
}
