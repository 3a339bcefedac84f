//! What is drawn: the tables of a schema, and what a revision did to them.

use std::collections::BTreeMap;

use migrate_schema::diff::{Changes, Renames};
use migrate_schema::model::{Column, Enum, Index, Schema, Table as Modelled, Unique};

use super::foreign_keys;

/// Above so many tables only those that change are drawn, and their neighbours.
const WHOLE: usize = 24;
/// So many tables that refer to one that changes are drawn; of more, only their number.
const CHILDREN: usize = 8;
/// So many signs of a text are shown; the rest is in its tooltip.
const LONGEST: usize = 44;

/// What a revision did to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    Same,
    Added,
    Changed,
    Removed,
}

/// Tables, and the foreign keys between them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diagram {
    pub(crate) tables: Vec<Table>,
    pub(crate) edges: Vec<Edge>,
    /// How many tables of the schema are not drawn.
    pub(crate) left_out: usize,
}

/// A box.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) state: State,
    pub(crate) rows: Vec<Row>,
    /// True for the values of an enum type.
    pub(crate) is_enum: bool,
}

/// A line of a box.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// `PK`, `FK`, `UQ`, or several of them.
    pub(crate) key: &'static str,
    pub(crate) name: String,
    pub(crate) kind: String,
    /// What it says of NULL.
    pub(crate) null: &'static str,
    pub(crate) state: State,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Column,
    Note,
}

impl Row {
    /// A line that is no column: an index, or how much is left out.
    pub(crate) fn note(name: &str, state: State) -> Row {
        Row {
            key: "",
            name: shortened(name),
            kind: String::new(),
            null: "",
            state,
            role: Role::Note,
        }
    }

    pub(crate) fn is_note(&self) -> bool {
        self.role == Role::Note
    }
}

/// A foreign key, from a row of the table that has it to a row of the table that it refers to.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) from: (usize, usize),
    pub(crate) to: (usize, usize),
    pub(crate) state: State,
    /// True where at most one row refers to another.
    pub(crate) is_unique: bool,
    /// True where a row may refer to none.
    pub(crate) is_optional: bool,
    /// `loans.tool_id -> tools.id`.
    pub(crate) label: String,
}

/// Which row of which box a column is.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// By table and column, as they are afterwards.
    pub(super) after: BTreeMap<(String, String), (usize, usize)>,
    /// By table and column, as they were before.
    pub(super) before: BTreeMap<(String, String), (usize, usize)>,
}

impl Diagram {
    /// All of a schema.
    pub(crate) fn of_schema(schema: &Schema) -> Diagram {
        Diagram::between(schema, schema, &Renames::default())
    }

    /// What a revision makes of a schema; of a large one the tables that change, and their neighbours. `None` where it
    /// changes nothing that is drawn.
    pub(crate) fn of_changes(changes: &Changes) -> Option<Diagram> {
        let (before, after) = (changes.schema_before(), changes.schema_after());
        let whole = Diagram::between(before, after, &changes.renames);
        let is_changed = whole.tables.iter().any(|table| table.state != State::Same)
            || whole.edges.iter().any(|edge| edge.state != State::Same);
        is_changed.then(|| {
            if whole.tables.len() > WHOLE {
                whole.around_changes()
            } else {
                whole
            }
        })
    }

    fn between(before: &Schema, after: &Schema, renames: &Renames) -> Diagram {
        let mut diagram = Diagram::default();
        let mut rows = Rows::default();
        let old_names: BTreeMap<&String, &String> =
            renames.tables.iter().map(|(old, new)| (new, old)).collect();
        for (name, table) in &after.tables {
            let old = before.tables.get(*old_names.get(name).unwrap_or(&name));
            diagram.add(old, Some(table), renames, &mut rows);
        }
        for (name, table) in &before.tables {
            let stays = renames.tables.contains_key(name) || after.tables.contains_key(name);
            if !stays {
                diagram.add(Some(table), None, renames, &mut rows);
            }
        }
        let old_enums: BTreeMap<&String, &String> =
            renames.enums.iter().map(|(old, new)| (new, old)).collect();
        for (name, one) in &after.enums {
            let old = before.enums.get(*old_enums.get(name).unwrap_or(&name));
            diagram.tables.push(enumerated(old, Some(one), renames));
        }
        for (name, one) in &before.enums {
            if !renames.enums.contains_key(name) && !after.enums.contains_key(name) {
                diagram.tables.push(enumerated(Some(one), None, renames));
            }
        }
        diagram.edges = foreign_keys::edges(before, after, renames, &rows);
        diagram
    }

    /// Draws a table, by what it was and what it is.
    fn add(
        &mut self,
        old: Option<&Modelled>,
        new: Option<&Modelled>,
        renames: &Renames,
        places: &mut Rows,
    ) {
        let mut rows: Vec<Row> = Vec::new();
        let at = self.tables.len();
        let gone = |column: &Column| {
            let new_name = new.map(|new| (new.name.clone(), column.name.clone()));
            let renamed = new_name.is_some_and(|key| renames.columns.contains_key(&key));
            let stays =
                new.is_some_and(|new| new.columns.iter().any(|one| one.name == column.name));
            !renamed && !stays
        };
        if let Some(new) = new {
            for column in &new.columns {
                let was = old.and_then(|old| {
                    let mut pairs = renames.columns.iter();
                    let renamed =
                        pairs.find(|((table, _), to)| *table == new.name && **to == column.name);
                    let name = renamed.map_or(&column.name, |((_, from), _)| from);
                    old.columns.iter().find(|one| one.name == *name)
                });
                if let (Some(old), Some(was)) = (old, was) {
                    places
                        .before
                        .insert((old.name.clone(), was.name.clone()), (at, rows.len()));
                }
                places
                    .after
                    .insert((new.name.clone(), column.name.clone()), (at, rows.len()));
                rows.push(row(old, was, new, Some(column)));
            }
        }
        if let Some(old) = old {
            for column in old.columns.iter().filter(|column| gone(column)) {
                places
                    .before
                    .insert((old.name.clone(), column.name.clone()), (at, rows.len()));
                rows.push(row(Some(old), Some(column), new.unwrap_or(old), None));
            }
        }
        if let (Some(old), Some(new)) = (old, new) {
            rows.extend(notes(old, new));
        }
        let is_changed = rows.iter().any(|row| row.state != State::Same);
        let (title, state) = match (old, new) {
            (Some(old), Some(new)) if old.name != new.name => {
                (format!("{} -> {}", old.name, new.name), State::Changed)
            }
            (Some(_), Some(new)) if is_changed => (new.name.clone(), State::Changed),
            (Some(_), Some(new)) => (new.name.clone(), State::Same),
            (None, Some(new)) => (new.name.clone(), State::Added),
            (Some(old), None) => (old.name.clone(), State::Removed),
            (None, None) => return,
        };
        self.tables.push(Table {
            title: shortened(&title),
            state,
            rows,
            is_enum: false,
        });
    }

    /// Only what changes, and what is tied to it.
    fn around_changes(&self) -> Diagram {
        let changed: Vec<bool> = (self.tables.iter())
            .map(|table| table.state != State::Same)
            .collect();
        let mut is_kept = changed.clone();
        for edge in self.edges.iter().filter(|edge| edge.state != State::Same) {
            is_kept[edge.from.0] = true;
            is_kept[edge.to.0] = true;
        }
        let is_kept_edge =
            |edge: &&Edge| changed[edge.from.0] || changed[edge.to.0] || edge.state != State::Same;
        let mut notes: BTreeMap<usize, usize> = BTreeMap::new();
        for at in (0..self.tables.len()).filter(|&at| changed[at]) {
            let mut children: Vec<usize> = (self.edges.iter())
                .filter(|edge| edge.to.0 == at && !changed[edge.from.0])
                .map(|edge| edge.from.0)
                .collect();
            children.dedup();
            if children.len() > CHILDREN {
                notes.insert(at, children.len());
            } else {
                children.into_iter().for_each(|child| is_kept[child] = true);
            }
        }
        for edge in self.edges.iter().filter(|edge| changed[edge.from.0]) {
            is_kept[edge.to.0] = true;
        }
        let edges: Vec<&Edge> = (self.edges.iter().filter(is_kept_edge))
            .filter(|edge| is_kept[edge.from.0] && is_kept[edge.to.0])
            // Of the many that refer to it, one may be drawn for another's sake.
            .filter(|edge| {
                changed[edge.from.0] || edge.state != State::Same || !notes.contains_key(&edge.to.0)
            })
            .collect();
        let mut found = Diagram::default();
        let mut places: BTreeMap<(usize, usize), (usize, usize)> = BTreeMap::new();
        for (at, table) in self
            .tables
            .iter()
            .enumerate()
            .filter(|(at, _)| is_kept[*at])
        {
            let is_tied = |row: usize| {
                changed[at]
                    || table.rows[row].key.contains("PK")
                    || edges
                        .iter()
                        .any(|edge| edge.from == (at, row) || edge.to == (at, row))
            };
            let mut rows = Vec::new();
            for row in (0..table.rows.len()).filter(|&row| is_tied(row)) {
                places.insert((at, row), (found.tables.len(), rows.len()));
                rows.push(table.rows[row].clone());
            }
            let more = table.rows.len() - rows.len();
            if more > 0 {
                rows.push(Row::note(&format!("{more} more"), State::Same));
            }
            if let Some(count) = notes.get(&at) {
                rows.push(Row::note(
                    &format!("{count} more tables refer to it"),
                    State::Same,
                ));
            }
            found.tables.push(Table {
                rows,
                ..table.clone()
            });
        }
        found.edges = (edges.into_iter())
            .filter_map(|edge| {
                Some(Edge {
                    from: *places.get(&edge.from)?,
                    to: *places.get(&edge.to)?,
                    ..edge.clone()
                })
            })
            .collect();
        let drawn =
            |diagram: &Diagram| diagram.tables.iter().filter(|table| !table.is_enum).count();
        found.left_out = drawn(self).saturating_sub(drawn(&found));
        found
    }
}

/// A column, by what it was and what it is.
fn row(old: Option<&Modelled>, was: Option<&Column>, new: &Modelled, is: Option<&Column>) -> Row {
    let null = |column: &Column, table: &Modelled| column.nullable && !is_rowid(column, table);
    let (name, kind, null, state) = match (was, is) {
        (Some(was), Some(is)) => {
            let renamed = was.name != is.name;
            let retyped = was.kind != is.kind;
            let (before, after) = (null(was, old.unwrap_or(new)), null(is, new));
            let other = was.default != is.default || was.generated != is.generated;
            let arrow = |old: &str, new: &str, differs: bool| {
                if differs {
                    format!("{old} -> {new}")
                } else {
                    new.to_owned()
                }
            };
            let null = match (before, after) {
                (true, true) => "NULL",
                (false, false) => "",
                (true, false) => "now NOT NULL",
                (false, true) => "now NULL",
            };
            let state = if renamed || retyped || before != after || other {
                State::Changed
            } else {
                State::Same
            };
            (
                arrow(&was.name, &is.name, renamed),
                arrow(&was.kind, &is.kind, retyped),
                null,
                state,
            )
        }
        (was, is) => {
            let state = if is.is_some() {
                State::Added
            } else {
                State::Removed
            };
            let table = if is.is_some() {
                new
            } else {
                old.unwrap_or(new)
            };
            let Some(column) = is.or(was) else {
                return Row::note("", State::Same);
            };
            let null = if null(column, table) { "NULL" } else { "" };
            // All of a new table is new: its rows don't say so again.
            (column.name.clone(), column.kind.clone(), null, state)
        }
    };
    let (table, column) = match (is, was, old) {
        (Some(is), ..) => (new, &is.name),
        (None, Some(was), Some(old)) => (old, &was.name),
        _ => return Row::note(&name, state),
    };
    Row {
        key: key(table, column),
        name: shortened(&name),
        kind: shortened(&kind),
        null,
        state,
        role: Role::Column,
    }
}

/// SQLite takes NULL for a number of its own.
fn is_rowid(column: &Column, table: &Modelled) -> bool {
    let key = table.primary_key.as_ref();
    key.is_some_and(|key| key.columns == [column.name.as_str()])
        && column.kind.eq_ignore_ascii_case("integer")
}

fn key(table: &Modelled, column: &str) -> &'static str {
    let primary = table.primary_key.as_ref();
    let is_primary = primary.is_some_and(|key| key.columns.iter().any(|one| one == column));
    let mut keys = table.foreign_keys.values();
    let is_foreign = keys.any(|key| key.columns.iter().any(|one| one == column));
    let is_unique = !is_primary && is_unique(table, &[column.to_owned()]);
    match (is_primary, is_foreign, is_unique) {
        (true, true, _) => "PK FK",
        (true, false, _) => "PK",
        (false, true, true) => "FK UQ",
        (false, true, false) => "FK",
        (false, false, true) => "UQ",
        (false, false, false) => "",
    }
}

/// Whether no two rows have the same values there.
pub(super) fn is_unique(table: &Modelled, columns: &[String]) -> bool {
    let same = |other: &[String]| {
        other.len() == columns.len() && other.iter().all(|one| columns.contains(one))
    };
    let mut uniques = table.uniques.values();
    table
        .primary_key
        .as_ref()
        .is_some_and(|key| same(&key.columns))
        || uniques.any(|unique: &Unique| same(&unique.columns))
        || table
            .indexes
            .values()
            .any(|index: &Index| index.unique && index.predicate.is_none() && same(&index.keys))
}

/// What changed beside the columns: indexes, UNIQUE and CHECK.
fn notes(old: &Modelled, new: &Modelled) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut compare = |what: &str, old: &[(String, String)], new: &[(String, String)]| {
        for (name, text) in new {
            let state = match old.iter().find(|(known, _)| known == name) {
                None => State::Added,
                Some((_, known)) if known != text => State::Changed,
                Some(_) => continue,
            };
            rows.push(Row::note(&format!("{what} {name}"), state));
        }
        for (name, _) in old {
            if !new.iter().any(|(known, _)| known == name) {
                rows.push(Row::note(&format!("{what} {name}"), State::Removed));
            }
        }
    };
    compare("index", &indexes(old), &indexes(new));
    compare("unique", &uniques(old), &uniques(new));
    compare("check", &checks(old), &checks(new));
    rows
}

/// The indexes by name, with what makes two differ.
fn indexes(table: &Modelled) -> Vec<(String, String)> {
    let text = |index: &Index| format!("{:?} {} {:?}", index.keys, index.unique, index.predicate);
    let all = table.indexes.iter();
    all.map(|(name, index)| (name.clone(), text(index)))
        .collect()
}

fn uniques(table: &Modelled) -> Vec<(String, String)> {
    let all = table.uniques.iter();
    all.map(|(name, one)| (name.clone(), one.columns.join(", ")))
        .collect()
}

fn checks(table: &Modelled) -> Vec<(String, String)> {
    let all = table.checks.iter();
    all.map(|(name, one)| (name.clone(), one.expression.clone()))
        .collect()
}

/// The values of an enum type.
fn enumerated(old: Option<&Enum>, new: Option<&Enum>, renames: &Renames) -> Table {
    let mut rows = Vec::new();
    let value = |name: String, state: State| Row {
        key: "",
        name: shortened(&name),
        kind: String::new(),
        null: "",
        state,
        role: Role::Column,
    };
    let old_values = old.map_or(&[][..], |one| &one.values[..]);
    let new_values = new.map_or(&[][..], |one| &one.values[..]);
    let of = new.map_or("", |one| one.name.as_str());
    let was = |value: &String| {
        let mut pairs = renames.values.iter();
        let renamed = pairs.find(|((name, _), to)| name == of && *to == value);
        renamed.map(|((_, from), _)| from)
    };
    for one in new_values {
        rows.push(match (was(one), old_values.contains(one), old) {
            (Some(from), ..) => value(format!("{from} -> {one}"), State::Changed),
            (None, true, _) => value(one.clone(), State::Same),
            (None, false, _) => value(one.clone(), State::Added),
        });
    }
    for one in old_values {
        let renamed = renames.values.contains_key(&(of.to_owned(), one.clone()));
        if !renamed && !new_values.contains(one) {
            rows.push(value(one.clone(), State::Removed));
        }
    }
    let is_changed = rows.iter().any(|row| row.state != State::Same);
    let (title, state) = match (old, new) {
        (Some(old), Some(new)) if old.name != new.name => {
            (format!("enum {} -> {}", old.name, new.name), State::Changed)
        }
        (Some(one), Some(_)) if is_changed => (format!("enum {}", one.name), State::Changed),
        (Some(one), Some(_)) => (format!("enum {}", one.name), State::Same),
        (None, Some(one)) => (format!("enum {}", one.name), State::Added),
        (Some(one), None) => (format!("enum {}", one.name), State::Removed),
        (None, None) => (String::new(), State::Same),
    };
    Table {
        title: shortened(&title),
        state,
        rows,
        is_enum: true,
    }
}

/// Ends a long text with an ellipsis.
fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some(_) => {
            let start: String = text.chars().take(LONGEST - 1).collect();
            format!("{}…", start.trim_end())
        }
        None => text,
    }
}
