//! What the pragmas say of a table: the check on our reading, and all there is where that fails.

use std::collections::BTreeMap;

use migrate_chain::Constraint;
use rusqlite::{Connection, Result};

use super::pragma;
use crate::model::{Column, Deferrable, ForeignKey, Generated, PrimaryKey, Table, Unique};
use crate::sql::naming;

/// A table as the pragmas report it.
#[derive(Clone)]
pub(super) struct PragmaTable {
    columns: Vec<PragmaColumn>,
    foreign_keys: BTreeMap<i64, PragmaKey>,
    uniques: Vec<Vec<String>>,
}

#[derive(Clone)]
struct PragmaColumn {
    name: String,
    kind: String,
    not_null: bool,
    default: Option<String>,
    primary_key: usize,
    /// 2 and 3: generated, virtual and stored.
    hidden: i64,
}

#[derive(Clone, Default)]
struct PragmaKey {
    references: String,
    columns: Vec<String>,
    referenced: Vec<String>,
}

/// Reads a table through the pragmas.
pub(super) fn table(conn: &Connection, name: &str) -> Result<PragmaTable> {
    let mut columns = Vec::new();
    let mut statement = conn.prepare(&pragma("table_xinfo", name))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        columns.push(PragmaColumn {
            name: row.get("name")?,
            kind: row.get("type")?,
            not_null: row.get("notnull")?,
            default: row.get("dflt_value")?,
            primary_key: usize::try_from(row.get::<_, i64>("pk")?).unwrap_or_default(),
            hidden: row.get("hidden")?,
        });
    }
    let mut foreign_keys: BTreeMap<i64, PragmaKey> = BTreeMap::new();
    let mut statement = conn.prepare(&pragma("foreign_key_list", name))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = foreign_keys.entry(row.get("id")?).or_default();
        key.references = row.get("table")?;
        key.columns.push(row.get("from")?);
        key.referenced.extend(row.get::<_, Option<String>>("to")?);
    }
    let mut uniques = Vec::new();
    let mut statement = conn.prepare(&pragma("index_list", name))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if row.get::<_, String>("origin")? == "u" {
            uniques.push(index_columns(conn, &row.get::<_, String>("name")?)?);
        }
    }
    Ok(PragmaTable {
        columns,
        foreign_keys,
        uniques,
    })
}

fn index_columns(conn: &Connection, index: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare(&pragma("index_info", index))?;
    let mut rows = statement.query([])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        columns.extend(row.get::<_, Option<String>>("name")?);
    }
    Ok(columns)
}

impl PragmaTable {
    /// Whether what was read is what SQLite has.
    pub(super) fn agrees(&self, table: &Table) -> std::result::Result<(), String> {
        let names = |key: &[String]| {
            key.iter()
                .map(|name| name.to_ascii_lowercase())
                .collect::<Vec<_>>()
        };
        if self.columns.len() != table.columns.len() {
            return Err(format!(
                "SQLite counts {} columns, and {} are found in the statement",
                self.columns.len(),
                table.columns.len()
            ));
        }
        for (pragma, read) in self.columns.iter().zip(&table.columns) {
            let is_generated = matches!(pragma.hidden, 2 | 3);
            let is_stored = pragma.hidden == 3;
            let agrees = pragma.name == read.name
                && (pragma.not_null != read.nullable
                    || (pragma.not_null && pragma.primary_key > 0 && (table.without_rowid || table.strict)))
                // DEFAULT NULL is no default to us.
                && (pragma.default.is_some() || read.default.is_none())
                && is_generated == read.generated.is_some()
                && read.generated.as_ref().is_none_or(|generated| generated.stored == is_stored);
            if !agrees {
                return Err(format!(
                    "SQLite reads the column `{}` in another way",
                    pragma.name
                ));
            }
        }
        let read = table
            .primary_key
            .as_ref()
            .map_or(&[][..], |key| &key.columns);
        if names(&self.primary_key()) != names(read) {
            return Err("SQLite reads its primary key in another way".to_owned());
        }
        let mut pragma: Vec<_> = self
            .foreign_keys
            .values()
            .map(|key| (names(&key.columns), key.references.to_ascii_lowercase()))
            .collect();
        let mut read: Vec<_> = table
            .foreign_keys
            .values()
            .map(|key| (names(&key.columns), key.references.to_ascii_lowercase()))
            .collect();
        pragma.sort();
        read.sort();
        if pragma != read {
            return Err("SQLite reads its foreign keys in another way".to_owned());
        }
        // One that repeats another, or the primary key, has no index of its own.
        let is_read = |pragma: &Vec<String>| {
            let mut read = table.uniques.values().map(|unique| names(&unique.columns));
            read.any(|read| read == names(pragma))
        };
        if !self.uniques.iter().all(is_read) {
            return Err("SQLite reads its UNIQUE constraints in another way".to_owned());
        }
        Ok(())
    }

    /// What SQLite knows and the statement does not say.
    pub(super) fn apply_to(&self, table: &mut Table) {
        let rowid = match &table.primary_key {
            Some(key) if !table.without_rowid => match key.columns.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
            _ => None,
        };
        for (pragma, column) in self.columns.iter().zip(&mut table.columns) {
            // The rowid is never NULL, and a key of a table that is STRICT or without one isn't either.
            let is_rowid = rowid.as_ref() == Some(&column.name) && column.kind == "INTEGER";
            column.nullable = !pragma.not_null && !is_rowid;
        }
    }

    fn primary_key(&self) -> Vec<String> {
        let mut key: Vec<_> = self
            .columns
            .iter()
            .filter(|column| column.primary_key > 0)
            .collect();
        key.sort_by_key(|column| column.primary_key);
        key.into_iter().map(|column| column.name.clone()).collect()
    }

    /// The table as far as the pragmas tell it.
    pub(super) fn into_table(self, name: &str, reason: String) -> Table {
        let mut table = Table::new(name);
        let key = self.primary_key();
        if !key.is_empty() {
            table.primary_key = Some(PrimaryKey {
                name: None,
                columns: key,
                clauses: BTreeMap::new(),
                on_conflict: None,
            });
        }
        for columns in self.uniques {
            let name = naming::constraint(Constraint::Unique, &table.name, &columns);
            let name = naming::free(name, |name| table.uniques.contains_key(name));
            let unique = Unique {
                name: name.clone(),
                columns,
                clauses: BTreeMap::new(),
                nulls_not_distinct: false,
                deferrable: Deferrable::No,
                on_conflict: None,
                is_named: false,
            };
            table.uniques.insert(name, unique);
        }
        for key in self.foreign_keys.into_values() {
            let name = naming::constraint(Constraint::ForeignKey, &table.name, &key.columns);
            let name = naming::free(name, |name| table.foreign_keys.contains_key(name));
            let key = ForeignKey {
                name: name.clone(),
                columns: key.columns,
                references: key.references,
                referenced: key.referenced,
                on_delete: crate::model::Action::NoAction,
                on_update: crate::model::Action::NoAction,
                match_full: false,
                deferrable: Deferrable::No,
                validated: true,
                is_named: false,
            };
            table.foreign_keys.insert(name, key);
        }
        let columns = self.columns.into_iter().map(|column| Column {
            name: column.name,
            kind: column.kind.to_ascii_uppercase(),
            nullable: !column.not_null,
            not_null_on_conflict: None,
            default: column.default,
            generated: matches!(column.hidden, 2 | 3).then(|| Generated {
                expression: String::new(),
                stored: column.hidden == 3,
            }),
            numbering: None,
            sequence: None,
            collation: None,
            comment: None,
        });
        table.columns = columns.collect();
        table.not_understood = Some(reason);
        table
    }
}
