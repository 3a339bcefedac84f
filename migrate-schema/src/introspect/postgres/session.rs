//! A client whose settings make the server's texts the same wherever it runs.

use std::collections::BTreeSet;

use postgres::{Client, SimpleQueryMessage};

use super::inventory::{self, Kind};
use crate::introspect::Ignore;
use crate::sql::qualified::{bare, join, schema_of};
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

/// The schema that every database has.
const PUBLIC: &str = "public";

/// The cursor that a query is read through.
const CURSOR: &str = "migrate_catalog";

/// Settings by name.
type Settings = Vec<(&'static str, String)>;

/// What is to be read.
pub(super) struct Reach<'r> {
    /// The default schema; by default the current one.
    pub(super) default: Option<&'r str>,
    pub(super) ignore: &'r Ignore,
    pub(super) others: Others<'r>,
}

/// Which schemas are read beside the default one.
pub(super) enum Others<'r> {
    /// None: they are as if they weren't there.
    None,
    /// All.
    All,
    /// Schemas that the migrations make; that there are others is seen.
    Made(&'r BTreeSet<String>),
}

impl Others<'_> {
    fn is_made(&self, name: &str) -> bool {
        matches!(self, Others::Made(made) if made.contains(name))
    }
}

/// A client that reads some schemas.
pub(super) struct Session<'c> {
    client: &'c mut Client,
    /// The default schema.
    schema: String,
    /// True when no other is read.
    is_alone: bool,
    /// Further schemas that are there.
    schemas: BTreeSet<String>,
    /// The oids of those that are looked into, with commas between them.
    oids: String,
    /// What the database has any of.
    kinds: BTreeSet<Kind>,
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
        reach: &Reach<'_>,
        read: impl FnOnce(&mut Session<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut session = Session {
            client,
            schema: String::new(),
            is_alone: matches!(reach.others, Others::None),
            schemas: BTreeSet::new(),
            oids: String::new(),
            kinds: BTreeSet::new(),
        };
        let (was, path) = session.settings()?;
        let ours = SETTINGS.iter().copied().chain([("search_path", PINNED)]);
        let result = session.set(ours).and_then(|()| {
            session.find(reach, &path)?;
            let rows = session.query(&inventory::query())?;
            if let Some(row) = rows.first() {
                session.kinds = inventory::found(|at| row.is_true(at));
            }
            read(&mut session)
        });
        // After a failure inside of the caller's transaction only its ROLLBACK works, and that puts them back.
        let restored = session.set(was.iter().map(|(name, value)| (*name, value.as_str())));
        let value = result?;
        restored.map(|()| value)
    }

    /// The settings as the caller has them, and the schemas of the `search_path`.
    fn settings(&mut self) -> Result<(Settings, Vec<String>)> {
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
            "SELECT {}, pg_catalog.array_to_string(pg_catalog.current_schemas(false), E'\\n')",
            columns.join(", ")
        ))?;
        let Some(row) = rows.first() else {
            return Err(Error::new("the server does not tell its settings"));
        };
        let values = (0..names.len()).map(|at| row.text(at));
        Ok((
            names.iter().copied().zip(values).collect(),
            row.text(names.len()).lines().map(str::to_owned).collect(),
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

    /// Finds the default schema, and the others.
    fn find(&mut self, reach: &Reach<'_>, path: &[String]) -> Result<()> {
        let is_made = |name: &str| reach.others.is_made(name);
        let is_named = |name: &str| is_made(name) || reach.ignore.is_named_schema(name);
        let current = path
            .iter()
            .find(|name| !is_named(name))
            .or_else(|| path.first());
        let Some(schema) = reach.default.or(current.map(String::as_str)) else {
            return Err(Error::new("no schema of the `search_path` exists")
                .with_help("name the schema, or set `search_path`"));
        };
        let record = format!("{}_revision", reach.ignore.tables_prefix());
        let rows = self.query(&format!(
            "SELECT n.oid, n.nspname, EXISTS (SELECT FROM pg_catalog.pg_class r \
               WHERE r.relnamespace OPERATOR(pg_catalog.=) n.oid AND r.relname OPERATOR(pg_catalog.=) {}), {} \
             FROM pg_catalog.pg_namespace n \
             WHERE n.nspname OPERATOR(pg_catalog.!~) '^pg_' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema' \
               OR n.nspname OPERATOR(pg_catalog.=) {} ORDER BY n.oid",
            literal(Dialect::Postgres, &record),
            self.expand("{free:pg_namespace:n.oid}"),
            literal(Dialect::Postgres, schema)
        ))?;
        let mut oids = Vec::new();
        for row in &rows {
            let name = row.text(1);
            if name == schema {
                self.schema = name;
                oids.push(row.text(0));
                continue;
            }
            // One with a record of its own is another chain's.
            let is_foreign = row.is_true(2) && !is_made(&name);
            let is_left_out = is_foreign || reach.ignore.contains_schema(&name);
            if !row.is_true(3) || is_left_out || matches!(reach.others, Others::None) {
                continue;
            }
            if matches!(reach.others, Others::All) || is_made(&name) {
                oids.push(row.text(0));
            }
            // Every database has it.
            if name != PUBLIC {
                self.schemas.insert(name);
            }
        }
        self.oids = oids.join(", ");
        if self.schema == schema {
            Ok(())
        } else {
            Err(Error::new(format!("there is no schema `{schema}`")))
        }
    }

    /// The default schema.
    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// What the default schema is called, where others are beside it.
    pub(super) fn default_schema(&self) -> String {
        if self.is_alone {
            String::new()
        } else {
            self.schema.clone()
        }
    }

    /// The other schemas that are there.
    pub(super) fn schemas(&self) -> &BTreeSet<String> {
        &self.schemas
    }

    /// Whether what has this name is left out; the default schema may be named too.
    pub(super) fn is_ignored(&self, ignore: &Ignore, name: &str) -> bool {
        let in_default = || join(Some(&self.schema), &bare(name));
        ignore.contains(name) || schema_of(name).is_none() && ignore.contains(&in_default())
    }

    /// Runs a query. In it `{in:NAMESPACE}` stands for "is a schema that is read", `{free:CATALOG:OID}` for "no
    /// extension owns it", `{other:NAME}` for "is not the name of the default schema", `{name:NAMESPACE:NAME}` for a name as SQL writes it where the default schema is the current one,
    /// and `{key:NAMESPACE:NAME}` for the name that the model has.
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

    /// Runs a query for objects of a kind, unless the database has none.
    pub(super) fn rows_of(&mut self, kind: Kind, query: &str) -> Result<Vec<Row>> {
        if self.kinds.contains(&kind) {
            self.rows(query)
        } else {
            Ok(Vec::new())
        }
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
        let mut expanded = String::new();
        let mut rest = query;
        while let Some((before, after)) = rest.split_once('{') {
            expanded.push_str(before);
            let (inside, after) = after.split_once('}').unwrap_or((after, ""));
            let mut parts = inside.split(':');
            let (what, one, other) = (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            );
            expanded.push_str(&match what {
                "in" => format!("{one} IN ({})", self.oids),
                "free" => free(one, other),
                "other" => format!("{one} <> {}", literal(Dialect::Postgres, &self.schema)),
                "name" => self.qualified(one, other, "pg_catalog.quote_ident"),
                "key" => self.qualified(one, other, ""),
                _ => format!("{{{inside}}}"),
            });
            rest = after;
        }
        expanded.push_str(rest);
        expanded
    }

    /// The expression of a name, with its schema unless that is the default one.
    fn qualified(&self, namespace: &str, name: &str, quote: &str) -> String {
        let part = |name: &str| {
            if quote.is_empty() {
                format!(
                    "CASE WHEN {name} ~ '[.]|^\"' THEN '\"' || pg_catalog.replace({name}::text, '\"', '\"\"') || '\"' ELSE {name}::text END"
                )
            } else {
                format!("{quote}({name}::text)")
            }
        };
        format!(
            "(coalesce((SELECT {} || '.' FROM pg_catalog.pg_namespace named WHERE named.oid = {namespace} AND named.nspname <> {}), '') || {})",
            part("named.nspname"),
            literal(Dialect::Postgres, &self.schema),
            part(name)
        )
    }
}

fn free(catalog: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend own WHERE own.deptype OPERATOR(pg_catalog.=) 'e' \
         AND own.classid OPERATOR(pg_catalog.=) 'pg_catalog.{catalog}'::pg_catalog.regclass AND own.objid OPERATOR(pg_catalog.=) {oid})"
    )
}
