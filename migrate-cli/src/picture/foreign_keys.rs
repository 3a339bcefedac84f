//! The lines between the boxes.

use migrate_schema::diff::Renames;
use migrate_schema::model::{ForeignKey, Schema, Table};

use super::diagram::{Edge, Rows, State, is_unique};

/// Every foreign key that is, and every one that was.
pub(super) fn edges(before: &Schema, after: &Schema, renames: &Renames, rows: &Rows) -> Vec<Edge> {
    let mut found = Vec::new();
    let mut known: Vec<(String, ForeignKey)> = Vec::new();
    for table in before.tables.values() {
        let name = renames.tables.get(&table.name).unwrap_or(&table.name);
        for key in table.foreign_keys.values() {
            known.push((name.clone(), renamed(name, key, renames)));
        }
    }
    let mut is_left = vec![true; known.len()];
    for table in after.tables.values() {
        for key in table.foreign_keys.values() {
            let same = |(of, other): &(String, ForeignKey)| {
                *of == table.name
                    && other.columns == key.columns
                    && other.references == key.references
                    && other.referenced == key.referenced
            };
            let at = known.iter().position(same);
            if let Some(at) = at {
                is_left[at] = false;
            }
            let state = match at.and_then(|at| known.get(at)) {
                None => State::Added,
                Some((_, old)) => {
                    let acts = |key: &ForeignKey| (key.on_delete, key.on_update);
                    if acts(old) == acts(key) {
                        State::Same
                    } else {
                        State::Changed
                    }
                }
            };
            found.extend(edge(table, key, state, |table, column| {
                rows.after
                    .get(&(table.to_owned(), column.to_owned()))
                    .copied()
            }));
        }
    }
    let mut at = 0;
    for table in before.tables.values() {
        for key in table.foreign_keys.values() {
            if is_left[at] {
                found.extend(edge(table, key, State::Removed, |table, column| {
                    rows.before
                        .get(&(table.to_owned(), column.to_owned()))
                        .copied()
                }));
            }
            at += 1;
        }
    }
    found.sort_by(|one, other| {
        let key = |edge: &Edge| (edge.from, edge.to, edge.state);
        key(one).cmp(&key(other))
    });
    found
}

/// A key with the names that its tables and columns have now.
fn renamed(table: &str, key: &ForeignKey, renames: &Renames) -> ForeignKey {
    let new_column = |table: &str, column: &String| {
        let key = (table.to_owned(), column.clone());
        renames.columns.get(&key).unwrap_or(column).clone()
    };
    let mut new = key.clone();
    if let Some(name) = renames.tables.get(&key.references) {
        new.references.clone_from(name);
    }
    new.columns = key
        .columns
        .iter()
        .map(|one| new_column(table, one))
        .collect();
    let references = new.references.clone();
    new.referenced = (key.referenced.iter())
        .map(|one| new_column(&references, one))
        .collect();
    new
}

/// A key as a line; `None` where a table is not drawn, or a row refers to itself.
fn edge(
    table: &Table,
    key: &ForeignKey,
    state: State,
    place: impl Fn(&str, &str) -> Option<(usize, usize)>,
) -> Option<Edge> {
    let from = place(&table.name, key.columns.first()?)?;
    let to = place(&key.references, key.referenced.first()?)?;
    let is_optional = (table.columns.iter()).any(|column| {
        column.nullable && key.columns.contains(&column.name) && !is_key(table, &column.name)
    });
    let side = |table: &str, columns: &[String]| match columns {
        [one] => format!("{table}.{one}"),
        several => format!("{table} ({})", several.join(", ")),
    };
    (from != to).then(|| Edge {
        from,
        to,
        state,
        is_unique: is_unique(table, &key.columns),
        is_optional,
        label: format!(
            "{} -> {}",
            side(&table.name, &key.columns),
            side(&key.references, &key.referenced)
        ),
    })
}

fn is_key(table: &Table, column: &str) -> bool {
    let key = table.primary_key.as_ref();
    key.is_some_and(|key| key.columns.iter().any(|one| one == column))
}
