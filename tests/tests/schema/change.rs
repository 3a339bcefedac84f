//! A change of schema carried out: generated, applied to a database with rows, and undone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use migrate_chain::{Dialect, NewHeader};
use migrate_schema::diff::{Answers, Changes, SchemaPair, compare};
use migrate_schema::hazards::Hazard;
use migrate_schema::hints::Hints;
use migrate_schema::introspect::{Ignore, postgres_schemas, sqlite};
use migrate_schema::model::{Column, Schema};
use migrate_schema::operation::{ColumnOperation, Operation, TableOperation};
use migrate_schema::revision::{Revision, work_out};
use migrate_schema::scratch::{Scratch, Server};
use migrate_schema::trial::{Findings, try_out};

use crate::support::{Engine, Postgres, Sqlite, Versions};

/// A database whose schema can be read.
pub(crate) trait Read: Engine {
    fn read(client: &mut Self::Client) -> Schema;
}

impl Read for Sqlite {
    fn read(client: &mut Self::Client) -> Schema {
        sqlite(client, &Ignore::default()).unwrap()
    }
}

impl Read for Postgres {
    fn read(client: &mut Self::Client) -> Schema {
        postgres_schemas(client, &Ignore::default()).unwrap()
    }
}

/// The schema that statements make in an empty database: read once, since many tests start from one.
pub(crate) fn schema_of<E: Read>(ddl: &str) -> Schema {
    type Known = Mutex<BTreeMap<(&'static str, String), Schema>>;
    static KNOWN: Known = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (E::DIALECT.name(), ddl.to_owned());
    if let Some(schema) = known().get(&key) {
        return schema.clone();
    }
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, ddl);
    let schema = E::read(&mut client);
    known().insert(key, schema.clone());
    schema
}

/// What is changed, and what is in the way.
#[derive(Clone, Default)]
pub(crate) struct Change<'a> {
    /// Makes the schema that the migrations have made so far.
    pub(crate) before: &'a str,
    /// Puts rows into it.
    pub(crate) rows: &'a str,
    /// Makes the schema that the models want.
    pub(crate) after: &'a str,
    pub(crate) hints: Hints,
    pub(crate) answers: Answers,
}

/// What came of it.
pub(crate) struct Done<E: Engine> {
    /// The revision file.
    pub(crate) text: String,
    /// The database, after the upgrade and the downgrade, one revision above `before` on request.
    pub(crate) client: E::Client,
    pub(crate) migrations: migrate_runtime::Migrations,
    _database: E,
}

pub(crate) const HEADER: NewHeader<'static> = NewHeader {
    down_revision: &["a1"],
    ..NewHeader::new("change", "b1", "2026-11-20 10:02:11 UTC")
};

impl<'a> Change<'a> {
    pub(crate) fn new(before: &'a str, rows: &'a str, after: &'a str) -> Change<'a> {
        Change {
            before,
            rows,
            after,
            ..Change::default()
        }
    }

    /// Works the revision out and carries it out, up and down, checking everything on the way.
    pub(crate) fn carry_out<E: Read>(self) -> Done<E> {
        let (start, wanted) = (schema_of::<E>(self.before), schema_of::<E>(self.after));
        self.carry_out_between(&start, &wanted)
    }

    /// The file, which is not run.
    pub(crate) fn text<E: Read>(self) -> String {
        self.text_if_any::<E>().unwrap()
    }

    /// The file, if anything changes.
    pub(crate) fn text_if_any<E: Read>(self) -> Option<String> {
        let (from, to) = (schema_of::<E>(self.before), schema_of::<E>(self.after));
        let pair = SchemaPair::new(from, to);
        work_out(&[pair], &self.hints, &self.answers)
            .unwrap()
            .text(&HEADER)
    }

    /// What stops the upgrade, and the file.
    pub(crate) fn refused<E: Read>(self) -> (String, String) {
        let base = schema_of::<E>(self.before);
        let before = self.before;
        let text = self.text::<E>();
        let migrations = Versions::new()
            .sql("a1", "", before, "")
            .file("b1.sql", &text)
            .load::<E>();
        let database = E::new();
        let mut client = database.connect();
        migrations.upgrade(&mut client, "a1").unwrap();
        let error = migrations.upgrade(&mut client, "b1").unwrap_err();
        same(&E::read(&mut client), &base, &text);
        (format!("{error:#}"), text)
    }

    pub(crate) fn carry_out_between<E: Read>(self, start: &Schema, wanted: &Schema) -> Done<E> {
        let pair = SchemaPair::new(start.clone(), wanted.clone());
        let revision = work_out(&[pair], &self.hints, &self.answers)
            .unwrap_or_else(|refusal| panic!("{refusal}"));
        let text = revision
            .text(&HEADER)
            .unwrap_or_else(|| panic!("no change is seen:\n{}\n{}", self.before, self.after));
        let found = tried::<E>(self.before, std::slice::from_ref(&revision));
        assert_eq!(found.problems, [""; 0], "\n\n{text}");
        assert_eq!(found.careful, [""; 0], "\n\n{text}");
        let database = E::new();
        let mut client = database.connect();
        let plain = self.versions(std::slice::from_ref(&text)).load::<E>();
        plain
            .upgrade(&mut client, "a1")
            .unwrap_or_else(|error| panic!("{error:#}\n{}", self.before));
        E::execute(&mut client, self.rows);
        for hazard in changes(&revision).hazards() {
            asked::<E>(&mut client, &hazard, &text);
        }
        let walk = Walk {
            start,
            wanted,
            revision: &revision,
            rows: Rows::read::<E>(&mut client, start),
        };
        // What the one walk leaves behind would be in the way of the other, so one database is enough.
        let online = online(&revision);
        if E::DIALECT == Dialect::Postgres && online != [text.as_str()] {
            let migrations = self.versions(&online).load::<E>();
            walk.both_ways::<E>(&mut client, &migrations, &online.join("\n\n"));
        } else {
            walk.both_ways::<E>(&mut client, &plain, &text);
        }
        walk.both_ways::<E>(&mut client, &plain, &text);
        Done {
            text,
            client,
            migrations: plain,
            _database: database,
        }
    }

    /// The chain that makes what was there, and some files on it.
    fn versions(&self, texts: &[String]) -> Versions {
        let start = Versions::new().sql("a1", "", self.before, "");
        let files = texts.iter().enumerate();
        files.fold(start, |versions, (at, text)| {
            versions.file(&format!("b{}.sql", at + 1), text)
        })
    }
}

/// What a database is held against on its way up and down.
struct Walk<'w> {
    start: &'w Schema,
    wanted: &'w Schema,
    revision: &'w Revision,
    rows: Rows,
}

impl Walk<'_> {
    /// Upgrades and downgrades, checking everything on the way.
    fn both_ways<E: Read>(
        &self,
        client: &mut E::Client,
        migrations: &migrate_runtime::Migrations,
        text: &str,
    ) {
        migrations
            .upgrade(client, "head")
            .unwrap_or_else(|error| panic!("{error:#}\n\n{text}"));
        let now = E::read(client);
        again(&now, self.wanted, text);
        let after = Rows::read::<E>(client, &now);
        self.rows.live_in(self.revision, &after, text);
        migrations
            .downgrade(client, "a1")
            .unwrap_or_else(|error| panic!("{error:#}\n\n{text}"));
        let now = E::read(client);
        same(&now, self.start, text);
        let back = Rows::read::<E>(client, &now);
        self.rows.come_back(self.revision, &back, text);
    }
}

/// What the trial of a revision finds, as autogenerate runs it.
pub(crate) fn tried<E: Engine>(before: &str, steps: &[Revision]) -> Findings {
    let chain = Versions::new().sql("a1", "", before, "").load::<E>();
    let server = Server::at(&migrate_tests::Postgres::shared().url()).unwrap();
    let scratch = match E::DIALECT {
        Dialect::Sqlite => Scratch::Sqlite,
        _ => Scratch::Postgres(&server),
    };
    try_out(&chain, steps, 0, &scratch, &Ignore::default()).unwrap()
}

/// The files of the online form.
pub(crate) fn online(revision: &Revision) -> Vec<String> {
    let ids = ["a1", "b1", "b2"];
    let steps = revision.online();
    assert!(steps.len() < ids.len(), "{} steps", steps.len());
    let header = |at: usize| NewHeader {
        revision: ids[at + 1],
        down_revision: &ids[at..=at],
        ..HEADER
    };
    let texts = steps.iter().enumerate();
    texts
        .map(|(at, step)| step.text(&header(at)).unwrap())
        .collect()
}

impl<E: Engine> Done<E> {
    /// Upgrades once more, for questions about the new schema.
    pub(crate) fn upgraded(mut self) -> Done<E> {
        self.migrations.upgrade(&mut self.client, "b1").unwrap();
        self
    }

    /// A part of the file.
    pub(crate) fn has(&self, part: &str) {
        assert!(self.text.contains(part), "no `{part}` in\n{}", self.text);
    }

    pub(crate) fn lacks(&self, part: &str) {
        assert!(!self.text.contains(part), "`{part}` in\n{}", self.text);
    }
}

/// The query of a warning runs before the change. The upgrade succeeds, so it finds nothing, unless it is about values
/// that SQLite keeps as they are.
fn asked<E: Engine>(client: &mut E::Client, hazard: &Hazard, text: &str) {
    let Some(query) = &hazard.query else { return };
    let found = E::column(client, &format!("SELECT count(*) FROM ({query}) AS found"));
    if !hazard.what.starts_with("values of") {
        assert_eq!(found, ["0"], "{query}\n\n{text}");
    }
}

/// A second diff finds nothing.
fn again(now: &Schema, wanted: &Schema, text: &str) {
    let pair = SchemaPair::new(now.clone(), wanted.clone());
    match work_out(&[pair], &Hints::default(), &Answers::new()) {
        Ok(revision) => {
            let left: Vec<_> = revision.changes.iter().map(|c| &c.operations).collect();
            assert!(revision.is_empty(), "{left:#?}\n\n{text}");
        }
        Err(refusal) => panic!("{refusal}\n\n{text}"),
    }
}

/// Nothing differs, what is kept verbatim included.
pub(crate) fn same(now: &Schema, start: &Schema, text: &str) {
    let left = compare(now, start);
    assert!(left.is_empty(), "{left:#?}\n\n{text}");
    // SQLite rewrites the text of what mentions a renamed table, with quotes.
    let plain = |schema: &Schema| {
        let own = schema.tables.values().flat_map(|table| &table.opaque);
        let mut all: Vec<String> = own
            .chain(&schema.opaque)
            .map(|opaque| opaque.create.replace('"', ""))
            .collect();
        all.sort();
        all
    };
    assert_eq!(plain(now), plain(start), "\n\n{text}");
}

/// The rows of every table.
struct Rows {
    schema: Schema,
    /// Table, column, its values, sorted.
    values: Vec<(String, String, Vec<String>)>,
    counts: Vec<(String, usize)>,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table as the model names it: with its schema, or in quotes where the dot is its own.
fn relation(name: &str) -> String {
    match name.split_once('.') {
        Some((schema, name)) if !schema.starts_with('"') => {
            format!("{}.{}", quoted(schema), quoted(name))
        }
        _ => quoted(name.trim_matches('"')),
    }
}

impl Rows {
    fn read<E: Engine>(client: &mut E::Client, schema: &Schema) -> Rows {
        let (mut values, mut counts) = (Vec::new(), Vec::new());
        for table in schema.tables.values() {
            let name = relation(&table.name);
            let count = E::column(client, &format!("SELECT count(*) FROM {name}"));
            counts.push((table.name.clone(), count[0].parse().unwrap()));
            for column in &table.columns {
                let what = quoted(&column.name);
                let what = match E::DIALECT {
                    Dialect::Sqlite => format!("quote({what})"),
                    _ => format!("{what}::text"),
                };
                let mut all = E::column(client, &format!("SELECT {what} FROM {name}"));
                all.sort();
                values.push((table.name.clone(), column.name.clone(), all));
            }
        }
        Rows {
            schema: schema.clone(),
            values,
            counts,
        }
    }

    /// After an upgrade: no row is gone from a table that stays, no value from a column that does.
    fn live_in(&self, revision: &Revision, after: &Rows, text: &str) {
        let renames = &changes(revision).renames;
        for (table, count) in &self.counts {
            let new = renames.tables.get(table).unwrap_or(table);
            if let Some((_, now)) = after.counts.iter().find(|(name, _)| name == new) {
                assert_eq!(now, count, "rows of {table}\n\n{text}");
            }
        }
        for (table, column, values) in &self.values {
            let new_table = renames.tables.get(table).unwrap_or(table);
            let key = (new_table.clone(), column.clone());
            let new = renames.columns.get(&key).unwrap_or(column);
            let (Some(old), Some(now)) = (self.column(table, column), after.column(new_table, new))
            else {
                continue;
            };
            if is_alike(old, now) {
                assert_eq!(
                    after.values(new_table, new),
                    values,
                    "{table}.{column}\n\n{text}"
                );
            }
        }
    }

    /// After a downgrade: the rows of tables that never went, and the values of their columns.
    fn come_back(&self, revision: &Revision, back: &Rows, text: &str) {
        let changes = changes(revision);
        let wanted = |table: &str| {
            let new = changes
                .renames
                .tables
                .get(table)
                .map_or(table, String::as_str);
            let gone = changes.operations.iter().any(|change| {
                matches!(&change.operation, Operation::Table(TableOperation::Drop(one)) if one.name == new)
            });
            (!gone).then(|| new.to_owned())
        };
        for (table, count) in &self.counts {
            let Some(new) = wanted(table) else { continue };
            let (_, now) = back.counts.iter().find(|(name, _)| name == table).unwrap();
            assert_eq!(now, count, "rows of {table}\n\n{text}");
            for (of, column, values) in &self.values {
                let key = (new.clone(), column.clone());
                let renamed = changes.renames.columns.get(&key).unwrap_or(column);
                let touched = changes.operations.iter().any(|change| {
                    let Operation::Column(operation) = &change.operation else {
                        return false;
                    };
                    match operation {
                        ColumnOperation::Drop { table, column, .. } => {
                            *table == new && column.name == *renamed
                        }
                        ColumnOperation::Change {
                            table, from, to, ..
                        } => *table == new && to.name == *renamed && !is_alike(from, to),
                        _ => false,
                    }
                });
                if of == table && !touched {
                    assert_eq!(
                        back.values(table, column),
                        values,
                        "{table}.{column}\n\n{text}"
                    );
                }
            }
        }
    }

    fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.schema.tables.get(table)?.column(column)
    }

    fn values(&self, table: &str, column: &str) -> &Vec<String> {
        let found = self
            .values
            .iter()
            .find(|(of, name, _)| (of.as_str(), name.as_str()) == (table, column));
        &found.unwrap().2
    }
}

/// Whether a column holds the same values as before: neither another type nor NULLs replaced.
fn is_alike(old: &Column, new: &Column) -> bool {
    old.kind == new.kind
        && (old.nullable == new.nullable || new.nullable)
        && old.generated == new.generated
}

fn changes(revision: &Revision) -> &Changes {
    &revision.changes[0]
}
