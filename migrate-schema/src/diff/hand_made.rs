//! Indexes that somebody made by hand on a table of a model: no model declares them, and they stay.
//!
//! An index that models declared before, and don't any more, goes. What tells the two apart is the name: that which models
//! give by themselves is taken for theirs; every other one stays, and a person drops it by name.

use std::collections::BTreeSet;

use migrate_chain::Constraint;
use migrate_chain::sql::unquoted;

use super::answers::Answers;
use super::renames::Renames;
use crate::model::{Index, Schema, Table};
use crate::operation::is_on;
use crate::sql::qualified::{bare, beside};

/// What stays, and which flags say that something doesn't.
#[derive(Default)]
pub(super) struct HandMade {
    /// Table and index.
    pub(super) kept: Vec<(String, String)>,
    pub(super) used: BTreeSet<String>,
}

/// Adds to the schema of the models the indexes that `from` has, whose names have been renamed.
pub(super) fn keep(
    from: &Schema,
    to: &mut Schema,
    renames: &Renames,
    answers: &Answers,
) -> HandMade {
    let mut found = HandMade::default();
    for table in to.tables.values_mut() {
        let Some(before) = from.tables.get(&table.name) else {
            continue;
        };
        for index in before.indexes.values() {
            if is_declared(table, index) {
                continue;
            }
            if let Some(flag) = dropped(answers, table, index) {
                found.used.insert(flag);
            } else if !is_of_models(table, index, renames) && stands(before, table, index) {
                found.kept.push((table.name.clone(), index.name.clone()));
                table.indexes.insert(index.name.clone(), index.clone());
            }
        }
    }
    found
}

/// Whether models have an index of its name, or one that says the same under another.
fn is_declared(table: &Table, index: &Index) -> bool {
    table.indexes.contains_key(&index.name)
        || table.indexes.values().any(|one| {
            let same = Index {
                name: index.name.clone(),
                storage: index.storage.clone(),
                comment: index.comment.clone(),
                ..one.clone()
            };
            same == *index
        })
}

/// The flag that drops it.
fn dropped(answers: &Answers, table: &Table, index: &Index) -> Option<String> {
    let named = [index.name.clone(), beside(&table.name, &index.name)];
    let named = named
        .into_iter()
        .find(|name| answers.drops.contains(name))?;
    Some(format!("--drop {named}"))
}

/// Whether it has the name that models give, by the names that table and columns have or had.
fn is_of_models(table: &Table, index: &Index, renames: &Renames) -> bool {
    let old_table = (renames.tables.iter()).find(|(_, new)| **new == table.name);
    let old_table = old_table.map_or(&table.name, |(old, _)| old);
    let columns: Option<Vec<String>> = index.keys.iter().map(|key| column_of(key)).collect();
    let Some(columns) = columns else {
        return false;
    };
    let was = |column: &String| {
        let mut own = renames.columns.iter();
        own.find(|((of, _), new)| *of == table.name && *new == column)
            .map_or_else(|| column.clone(), |((_, old), _)| old.clone())
    };
    let before: Vec<String> = columns.iter().map(was).collect();
    [&table.name, old_table].into_iter().any(|table| {
        [&columns, &before].into_iter().any(|columns| {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            Constraint::Index.name(&bare(table), &columns) == index.name
        })
    })
}

/// The column of a key that is no more than a column in an order.
pub(crate) fn column_of(key: &str) -> Option<String> {
    let end = match key.strip_prefix('"') {
        Some(rest) => rest.find('"').map(|end| end + 2),
        None => key.find(' '),
    };
    let (column, rest) = key.split_at_checked(end.unwrap_or(key.len()))?;
    let order = ["ASC", "DESC", "NULLS", "FIRST", "LAST"];
    let is_plain = rest.split_whitespace().all(|word| order.contains(&word));
    is_plain.then(|| unquoted(column))
}

/// Whether every column that it is about is still there.
fn stands(before: &Table, after: &Table, index: &Index) -> bool {
    let mut gone = (before.columns.iter()).filter(|one| after.column(&one.name).is_none());
    !gone.any(|one| is_on(index, &one.name))
}
