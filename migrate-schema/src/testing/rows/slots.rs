//! What can be chosen for a row of a table: for each column, or for the columns of a foreign key as
//! one, the candidates in the order in which they are tried.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use super::values::{self, Hints};
use crate::model::{Column, ForeignKey, Numbering, Schema, Table};
use crate::sql::{ident, mentions, relation};

/// Columns that are chosen together.
pub(super) struct Slot<'t> {
    pub(super) columns: Vec<&'t Column>,
    pub(super) candidates: Vec<Candidate<'t>>,
    /// The CHECKs that it has to pass together with others, by name.
    pub(super) checks: BTreeSet<&'t str>,
}

#[derive(Clone)]
pub(super) enum Candidate<'t> {
    /// Left to the database.
    Default,
    Null,
    Value(String),
    /// The row of the parent that has the fewest children, the newest of those.
    Parent(&'t ForeignKey),
    /// The row itself.
    Itself(&'t ForeignKey),
}

pub(super) fn slots<'t>(schema: &Schema, table: &'t Table, number: usize) -> Vec<Slot<'t>> {
    let mut slots = Vec::new();
    let in_key = |column: &Column| {
        (table.foreign_keys.values()).any(|key| key.columns.contains(&column.name))
    };
    for column in &table.columns {
        if column.generated.is_none() && !in_key(column) {
            let checks = checks(schema, table, column);
            slots.push(Slot {
                columns: vec![column],
                candidates: of_column(schema, table, column, &checks, number),
                checks,
            });
        }
    }
    // Foreign keys come last, those to other tables first: what is chosen already restricts them.
    let mut keys: Vec<&ForeignKey> = table.foreign_keys.values().collect();
    keys.sort_by_key(|key| key.references == table.name);
    for key in keys {
        let columns: Vec<&Column> = (table.columns.iter())
            .filter(|column| column.generated.is_none() && key.columns.contains(&column.name))
            .filter(|column| !slots.iter().any(|slot: &Slot<'_>| slot.has(column)))
            .collect();
        if columns.is_empty() {
            continue;
        }
        let mut candidates = vec![Candidate::Parent(key)];
        if columns.iter().any(|column| column.nullable) {
            candidates.push(Candidate::Null);
        }
        if key.references == table.name {
            candidates.push(Candidate::Itself(key));
        }
        let checks = (columns.iter())
            .flat_map(|column| checks(schema, table, column))
            .collect();
        slots.push(Slot {
            columns,
            candidates,
            checks,
        });
    }
    slots
}

/// The CHECKs of a column, those of the columns that they mention, and so on.
fn checks<'t>(schema: &Schema, table: &'t Table, column: &Column) -> BTreeSet<&'t str> {
    let mut checks = BTreeSet::new();
    let mut open = vec![column];
    while let Some(column) = open.pop() {
        for check in table.checks.values() {
            let is_about = |one: &Column| mentions(&check.expression, schema.dialect, &one.name);
            if is_about(column) && checks.insert(check.name.as_str()) {
                open.extend(table.columns.iter().filter(|one| is_about(one)));
            }
        }
    }
    checks
}

impl Slot<'_> {
    fn has(&self, column: &Column) -> bool {
        self.columns.iter().any(|one| one.name == column.name)
    }
}

fn of_column<'t>(
    schema: &Schema,
    table: &Table,
    column: &Column,
    checks: &BTreeSet<&str>,
    number: usize,
) -> Vec<Candidate<'t>> {
    if column.numbering == Some(Numbering::IdentityAlways) {
        return vec![Candidate::Default];
    }
    let is_type = |name: &str, kind: &str| name == kind || relation(name) == kind;
    let opaque = |what: &str, kind: &str| {
        let mut all = schema.opaque.iter();
        all.find(|opaque| opaque.kind == what && is_type(&opaque.name, kind))
    };
    let domain = opaque("domain", &column.kind);
    let mut hints = Hints::default();
    for check in checks.iter().filter_map(|name| table.checks.get(*name)) {
        hints.read(&check.expression, schema.dialect);
    }
    if let Some(domain) = domain {
        hints.read(&domain.create, schema.dialect);
    }
    let kind = domain.map_or(column.kind.as_str(), |domain| base_type(&domain.create));
    hints.is_own_type = opaque("type", kind).is_some();
    let is_unique = is_unique(table, column);
    let is_rowid = schema.dialect == Dialect::Sqlite
        && !table.without_rowid
        && column.kind.eq_ignore_ascii_case("integer")
        && (table.primary_key.as_ref()).is_some_and(|key| key.columns == [column.name.as_str()]);
    let numbers_itself = is_rowid || column.numbering.is_some();
    let mut candidates = Vec::new();
    if numbers_itself || (column.default.is_some() && !is_unique) {
        candidates.push(Candidate::Default);
    }
    let labels = (schema.enums.values())
        .find(|one| is_type(&one.name, kind))
        .map(|one| one.values.as_slice());
    let made = values::candidates(schema.dialect, kind, labels, &hints, number);
    candidates.extend(made.into_iter().map(Candidate::Value));
    if column.default.is_some() && is_unique {
        candidates.push(Candidate::Default);
    }
    if column.nullable {
        candidates.push(Candidate::Null);
    }
    candidates
}

fn is_unique(table: &Table, column: &Column) -> bool {
    let has = |columns: &[String]| columns.contains(&column.name);
    (table.primary_key.iter()).any(|key| has(&key.columns))
        || table.uniques.values().any(|unique| has(&unique.columns))
        || (table.indexes.values()).any(|index| index.unique && has(&index.keys))
}

/// `CREATE DOMAIN email AS text COLLATE ..`: the `text`.
fn base_type(create: &str) -> &str {
    let rest = create.split_once(" AS ").map_or("", |(_, rest)| rest);
    let end = [" COLLATE ", " DEFAULT ", " NOT NULL", " CONSTRAINT "]
        .iter()
        .filter_map(|word| rest.find(word))
        .min();
    &rest[..end.unwrap_or(rest.len())]
}

/// The statement for what is chosen of each slot.
pub(super) fn statement(table: &Table, slots: &[Slot<'_>], chosen: &[usize]) -> String {
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    for (slot, &at) in slots.iter().zip(chosen) {
        let Some(candidate) = slot.candidates.get(at) else {
            continue;
        };
        let before = values.clone();
        for column in &slot.columns {
            let value = match candidate {
                Candidate::Default => continue,
                Candidate::Null if !column.nullable => continue,
                Candidate::Null => "NULL".to_owned(),
                Candidate::Value(value) => value.clone(),
                Candidate::Parent(key) => parent(table, key, column, &before),
                Candidate::Itself(key) => {
                    let own = referenced(key, column).and_then(|name| values.get(name));
                    match own {
                        Some(own) => own.clone(),
                        None => continue,
                    }
                }
            };
            values.insert(&column.name, value);
        }
    }
    if values.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", relation(&table.name));
    }
    let columns: Vec<String> = values.keys().map(|name| ident(name)).collect();
    let values: Vec<&str> = values.values().map(String::as_str).collect();
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        relation(&table.name),
        columns.join(", "),
        values.join(", ")
    )
}

fn referenced<'t>(key: &'t ForeignKey, column: &Column) -> Option<&'t str> {
    let at = key.columns.iter().position(|one| *one == column.name)?;
    key.referenced.get(at).map(String::as_str)
}

/// The parent's value for a column, of a row that agrees with what is chosen already.
fn parent(
    table: &Table,
    key: &ForeignKey,
    column: &Column,
    chosen: &BTreeMap<&str, String>,
) -> String {
    let pairs = || key.columns.iter().zip(&key.referenced);
    let children: Vec<String> = pairs()
        .map(|(own, of)| format!("c.{} = p.{}", ident(own), ident(of)))
        .collect();
    let newest: Vec<String> = (key.referenced.iter())
        .map(|of| format!("p.{} DESC", ident(of)))
        .collect();
    let agrees: Vec<String> = pairs()
        .filter_map(|(own, of)| Some(format!("p.{} = {}", ident(of), chosen.get(own.as_str())?)))
        .collect();
    let agrees = if agrees.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", agrees.join(" AND "))
    };
    format!(
        "(SELECT p.{} FROM {} p{agrees} ORDER BY (SELECT count(*) FROM {} c WHERE {}), {} LIMIT 1)",
        ident(referenced(key, column).unwrap_or_default()),
        relation(&key.references),
        relation(&table.name),
        children.join(" AND "),
        newest.join(", ")
    )
}
