//! What models can't say.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::{Dialect, LONGEST_NAME};

use super::index;
use super::table::Of;
use crate::ddl::{affinity, postgres_family};
use crate::diff::column_of;
use crate::model::{Column, Enum, ForeignKey, Index, Numbering, Opaque, Schema, Table};
use crate::sql::qualified::{bare, schema_of, split};

/// Something that a database has and models can't say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unsaid {
    /// What it is, such as `view`, `trigger`, `table`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table that it belongs to.
    pub table: Option<String>,
    /// Why models can't say it, where that isn't plain: then it isn't kept with the table, but the table is left to others.
    pub reason: Option<String>,
}

impl Unsaid {
    fn new(kind: &str, name: &str, table: Option<&str>) -> Unsaid {
        Unsaid {
            kind: kind.to_owned(),
            name: name.to_owned(),
            table: table.map(str::to_owned),
            reason: None,
        }
    }

    fn because(mut self, reason: &str) -> Unsaid {
        self.reason = Some(reason.to_owned());
        self
    }
}

impl std::fmt::Display for Unsaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        if let Some(table) = &self.table {
            write!(f, " of {table}")?;
        }
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

/// Lines at the end of the module.
pub(super) fn comment(unsaid: &[Unsaid]) -> String {
    if unsaid.is_empty() {
        return String::new();
    }
    let mut text = "\n// Models can't say these. What a revision makes of them is kept by those that are generated:\n//\n".to_owned();
    for one in unsaid {
        let line: String = one
            .to_string()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        text.push_str(&format!("// - {}\n", line.escape_debug()));
    }
    text.replace("\\'", "'").replace("\\\"", "\"")
}

/// The tables that a model would compare as other ones, each with the reason.
pub(super) fn unmanaged(schema: &Schema) -> BTreeMap<String, String> {
    let mut unmanaged = BTreeMap::new();
    // What refers to a table that is left out needs no model there, so one pass after another finds no more.
    for table in schema.tables.values() {
        if let Some(reason) = unsayable(schema, table) {
            unmanaged.insert(table.name.clone(), reason);
        }
    }
    unmanaged
}

/// Everything, in the order of the schema.
pub(super) fn unsaid(
    schema: &Schema,
    unmanaged: &BTreeMap<String, String>,
    unused: &[&Enum],
) -> Vec<Unsaid> {
    let mut all = Vec::new();
    for (name, reason) in unmanaged {
        all.push(Unsaid::new("table", name, None).because(reason));
    }
    for table in schema.tables.values() {
        if !unmanaged.contains_key(&table.name) {
            of_table(schema, table, &mut all);
        }
    }
    for of in unused {
        all.push(Unsaid::new("enum", &of.name, None).because("no column has it"));
    }
    all.extend(schema.opaque.iter().map(|one| opaque(one, None)));
    all.extend((schema.extensions.iter()).map(|name| Unsaid::new("extension", name, None)));
    all
}

fn opaque(one: &Opaque, table: Option<&str>) -> Unsaid {
    Unsaid::new(&one.kind, &one.name, table)
}

/// What is kept beside a model's table.
fn of_table(schema: &Schema, table: &Table, all: &mut Vec<Unsaid>) {
    let name = table.name.as_str();
    if let Some(reason) = &table.not_understood {
        all.push(Unsaid::new("table", name, None).because(reason));
    }
    let mut add = |kind: &str, of: &str| all.push(Unsaid::new(kind, of, Some(name)));
    for parent in &table.inherits {
        add("inheritance", parent);
    }
    for column in &table.columns {
        if let Some(options) = &column.sequence {
            add(&format!("sequence ({options})"), &column.name);
        }
        if let Some(clause) = &column.not_null_on_conflict {
            add(&format!("NOT NULL ON CONFLICT {clause}"), &column.name);
        }
    }
    let clauses = table.primary_key.iter().map(|key| &key.clauses);
    let clauses = clauses.chain(table.uniques.values().map(|unique| &unique.clauses));
    for (column, clause) in clauses.flatten() {
        add(&format!("{clause} in a key"), column);
    }
    for key in table.foreign_keys.values().filter(|key| key.match_full) {
        add("MATCH FULL", &key.name);
    }
    let checks = table.checks.values().map(|one| (one.validated, &one.name));
    let keys = table
        .foreign_keys
        .values()
        .map(|one| (one.validated, &one.name));
    for (_, constraint) in checks.chain(keys).filter(|(validated, _)| !validated) {
        let not_valid = Unsaid::new("NOT VALID", constraint, Some(name));
        all.push(not_valid.because("the next revision that is generated validates it"));
    }
    let mut add = |kind: &str, of: &str| all.push(Unsaid::new(kind, of, Some(name)));
    let bare = bare(name);
    let fields = super::names::fields(table.columns.iter().map(|column| column.name.as_str()));
    let of = Of {
        table,
        bare: &bare,
        fields: &fields,
        dialect: schema.dialect,
    };
    for one in table.indexes.values() {
        if !index::is_sayable(&of, one) {
            add("index", &one.name);
        }
        if let Some(storage) = &one.storage {
            add(&format!("storage ({storage})"), &one.name);
        }
        if one.comment.is_some() {
            add("comment", &one.name);
        }
    }
    for one in &table.opaque {
        add(&one.kind, &one.name);
    }
}

/// Whether the derive takes it.
pub(super) fn is_sayable(of: &Enum) -> bool {
    let names = || of.values.iter().chain([&of.name]);
    names().all(|name| is_name(name)) && !of.values.is_empty() && !is_blank(of.comment.as_deref())
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_NAME && name.trim() == name && !name.contains('\0')
}

/// The derive takes no comment without a text.
fn is_blank(comment: Option<&str>) -> bool {
    comment.is_some_and(|text| text.trim().is_empty())
}

/// Why a model would be another table.
fn unsayable(schema: &Schema, table: &Table) -> Option<String> {
    let (in_schema, name) = split(&table.name);
    let reserved = name.to_lowercase().starts_with("sqlite_");
    if !is_name(&name) || reserved || !in_schema.as_deref().is_none_or(is_name) {
        return Some("its name is none for a model".to_owned());
    }
    if name.contains(['(', '"', '.']) {
        return Some("its name can't be referred to".to_owned());
    }
    if table.columns.is_empty() {
        return Some("it has no columns".to_owned());
    }
    if is_blank(table.comment.as_deref()) {
        return Some("its comment is blank".to_owned());
    }
    let mut seen = BTreeSet::new();
    for column in &table.columns {
        if !seen.insert(column.name.to_lowercase()) {
            return Some(format!(
                "two columns are `{}`, in whatever case",
                column.name
            ));
        }
        if let Some(reason) = unsayable_column(schema, column) {
            return Some(format!("the column `{}` {reason}", column.name));
        }
    }
    if let Some(key) = &table.primary_key {
        for column in &key.columns {
            if table
                .column(column)
                .is_some_and(|column| column.generated.is_some())
            {
                return Some(format!("its key `{column}` is generated"));
            }
        }
    }
    for constraint in table.checks.values() {
        if constraint.expression.trim().is_empty() {
            return Some(format!("the check `{}` is blank", constraint.name));
        }
    }
    for key in table.foreign_keys.values() {
        if let Some(reason) = unsayable_key(schema, table, key) {
            return Some(format!("the foreign key `{}` {reason}", key.name));
        }
    }
    None
}

fn unsayable_column(schema: &Schema, column: &Column) -> Option<String> {
    if !is_name(&column.name) {
        return Some("has a name that is none for a model".to_owned());
    }
    if is_blank(column.comment.as_deref()) {
        return Some("has a blank comment".to_owned());
    }
    if column.numbering == Some(Numbering::Serial) && column.nullable {
        return Some("is a serial that takes NULL".to_owned());
    }
    if let Some(collation) = &column.collation
        && split(collation).0.is_some()
    {
        return Some(format!("has the collation `{collation}` of a schema"));
    }
    let is_limited =
        |of: &Enum| !is_sayable(of) && crate::sql::qualified::of_type(&column.kind) == of.name;
    if schema.enums.values().any(is_limited) {
        return Some(format!(
            "is of `{}`, whose names are none for a model",
            column.kind
        ));
    }
    None
}

fn unsayable_key(schema: &Schema, table: &Table, key: &ForeignKey) -> Option<String> {
    let distinct: BTreeSet<&String> = key.columns.iter().collect();
    if distinct.len() != key.columns.len() {
        return Some("names a column twice".to_owned());
    }
    let Some(other) = schema.tables.get(&key.references) else {
        return Some(format!("refers to `{}`, which isn't there", key.references));
    };
    if bare(&other.name).contains(['(', '"', '.'])
        || schema_of(&other.name).is_some_and(|one| one.contains('.'))
    {
        return Some(format!(
            "refers to `{}`, whose name can't be written",
            key.references
        ));
    }
    if !is_key(other, &key.referenced) {
        return Some(format!(
            "refers to `{}({})`, which is neither the primary key nor unique",
            key.references,
            key.referenced.join(", ")
        ));
    }
    if key
        .referenced
        .iter()
        .any(|name| name.contains(['(', ')', ',']))
    {
        return Some("refers to a column whose name can't be written".to_owned());
    }
    for (own, referenced) in key.columns.iter().zip(&key.referenced) {
        let (Some(own), Some(referenced)) = (table.column(own), other.column(referenced)) else {
            return Some(format!("refers to the unknown column `{referenced}`"));
        };
        let fits = match schema.dialect {
            Dialect::Sqlite => affinity(&own.kind) == affinity(&referenced.kind),
            _ => postgres_family(&own.kind) == postgres_family(&referenced.kind),
        };
        if !fits {
            let (own, its) = (&own.kind, &referenced.kind);
            return Some(format!("refers from {own:?} to another type, {its:?}"));
        }
    }
    None
}

/// Whether models know the columns for a key: the primary key, or unique without a condition.
fn is_key(table: &Table, columns: &[String]) -> bool {
    let wanted: BTreeSet<&String> = columns.iter().collect();
    let same = |columns: &[String]| columns.iter().collect::<BTreeSet<&String>>() == wanted;
    let index = |index: &Index| {
        let columns: Option<Vec<String>> = index.keys.iter().map(|key| column_of(key)).collect();
        index.unique && index.predicate.is_none() && columns.is_some_and(|columns| same(&columns))
    };
    table
        .primary_key
        .as_ref()
        .is_some_and(|key| same(&key.columns))
        || table.uniques.values().any(|unique| same(&unique.columns))
        || table.indexes.values().any(index)
}
