//! What a column that comes, goes or changes does to clients and rows.

use migrate_chain::Dialect;

use super::{ColumnOperation, Operation};
use crate::diff::Changes;
use crate::hazards::{Hazard, HazardKind, queries};
use crate::model::{Column, Schema};
use crate::operation::Change;
use crate::sql::ident;

/// Whether every new row has to name a value of it.
fn is_required(column: &Column) -> bool {
    !column.nullable
        && column.default.is_none()
        && column.generated.is_none()
        && column.numbering.is_none()
}

/// The column whose rows that exist get no value from anybody.
pub(crate) fn unfilled(change: &Change) -> Option<(&str, &Column)> {
    let Operation::Column(operation) = &change.operation else {
        return None;
    };
    match operation {
        ColumnOperation::Add {
            table,
            column,
            fill: None,
        } if change.is_asked() && is_required(column) => Some((table, column)),
        ColumnOperation::Change {
            table,
            from,
            to,
            fill: None,
        } if from.nullable && is_required(to) => Some((table, to)),
        _ => None,
    }
}

pub(super) fn dropped(table: &str, column: &Column) -> Vec<Hazard> {
    let mut hazards = vec![Hazard::breaks(format!("drops {table}.{}", column.name))];
    if column.generated.is_none() {
        let values = format!("the values of {table}.{}", column.name);
        hazards.push(Hazard::new(HazardKind::Loses, values));
    }
    hazards
}

pub(super) fn added(
    changes: &Changes,
    table: &str,
    column: &Column,
    fill: Option<&str>,
) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    if is_required(column) {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{} is required of every new row", column.name),
        ));
        if fill.is_none() {
            let what = format!(
                "rows of {table}: nothing says what their {} is",
                column.name
            );
            let of = queries::rows(changes, table, &|_| false).named(table);
            hazards
                .push(Hazard::new(HazardKind::MayFail, what).query(format!("SELECT * FROM {of}")));
        }
    }
    hazards
}

pub(super) fn changed(
    changes: &Changes,
    table: &str,
    from: &Column,
    to: &Column,
    fill: Option<&str>,
) -> Vec<Hazard> {
    let name = &to.name;
    let of = queries::rows(changes, table, &|column| column == name).named(table);
    let mut hazards = Vec::new();
    if from.kind != to.kind {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{name} turns from {} into {}", from.kind, to.kind),
        ));
        hazards.push(Hazard::new(
            HazardKind::Locks,
            format!("{table} is written anew"),
        ));
        if !widens(&from.kind, &to.kind) {
            let query = match changes.dialect() {
                Dialect::Postgres => format!(
                    "SELECT {0} FROM {of} WHERE {0} IS NOT NULL AND {0}::{1} IS NULL",
                    ident(name),
                    to.kind
                ),
                _ => format!(
                    "SELECT {0} FROM {of} WHERE {0} <> CAST({0} AS {1})",
                    ident(name),
                    to.kind
                ),
            };
            let kind = match changes.dialect() {
                Dialect::Sqlite => fitting(changes, table, from, to),
                _ => Some(HazardKind::MayFail),
            };
            let what = format!("values of {table}.{name} that are no {}", to.kind);
            hazards.extend(kind.map(|kind| Hazard::new(kind, what).query(query)));
        }
    }
    if from.nullable && !to.nullable {
        let empty = |what: String| {
            let query = format!("SELECT * FROM {of} WHERE {} IS NULL", ident(name));
            Hazard::new(HazardKind::MayFail, what).query(query)
        };
        if to.default.is_none() && to.numbering.is_none() {
            hazards.push(Hazard::new(
                HazardKind::Breaks,
                format!("{table}.{name} takes no NULL any more"),
            ));
            if fill.is_none() {
                hazards.push(empty(format!("rows of {table} whose {name} is NULL")));
            }
        }
    } else if from.default.is_some()
        && to.default.is_none()
        && !to.nullable
        && to.numbering.is_none()
    {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{name} is required of every new row"),
        ));
    }
    if from.generated.is_none() && to.generated.is_some() {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{name} is computed, and can't be written"),
        ));
        hazards.push(Hazard::new(
            HazardKind::Loses,
            format!("the values of {table}.{name}"),
        ));
    }
    hazards
}

/// What becomes of values that don't fit the new type: only a STRICT table refuses them, and a text or a BLOB is made of
/// anything.
fn fitting(changes: &Changes, table: &str, from: &Column, to: &Column) -> Option<HazardKind> {
    let affinity = crate::ddl::affinity(&to.kind);
    let takes_all = ["TEXT", "BLOB"].contains(&affinity) || to.kind.eq_ignore_ascii_case("any");
    let is_strict = |schema: &Schema| schema.tables.get(table).is_some_and(|table| table.strict);
    match is_strict(&changes.to) {
        _ if takes_all => None,
        true => Some(HazardKind::MayFail),
        false if affinity == crate::ddl::affinity(&from.kind) => None,
        false => Some(HazardKind::Keeps),
    }
}

/// Whether every value of the one type is one of the other.
pub(crate) fn widens(from: &str, to: &str) -> bool {
    const WIDER: &[(&str, &[&str])] = &[
        (
            "smallint",
            &["integer", "bigint", "numeric", "real", "double precision"],
        ),
        ("integer", &["bigint", "numeric", "double precision"]),
        ("bigint", &["numeric"]),
        ("real", &["double precision"]),
    ];
    let (from, to) = (from.to_ascii_lowercase(), to.to_ascii_lowercase());
    let wider = WIDER.iter().find(|(kind, _)| *kind == from);
    to == "text" || wider.is_some_and(|(_, wider)| wider.contains(&to.as_str()))
}
