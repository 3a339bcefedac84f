//! What a column that comes, goes or changes does to clients and rows.

use migrate_chain::Dialect;

use super::conversion::Conversion;
use super::{ColumnOperation, Operation};
use crate::diff::Changes;
use crate::hazards::{Hazard, HazardKind, queries};
use crate::model::{Column, Numbering, Table};
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
        hazards.extend(retyped(changes, table, from, to, &of));
    }
    let after = changes.table_after(table);
    let is_numbered = to.numbering.is_some()
        || changes.dialect() == Dialect::Sqlite
            && after.and_then(Table::rowid_column) == Some(name.as_str());
    if from.nullable && !to.nullable {
        let empty = |what: String| {
            let query = format!("SELECT * FROM {of} WHERE {} IS NULL", ident(name));
            Hazard::new(HazardKind::MayFail, what).query(query)
        };
        // A default stands in for a value that is not written, and not for a NULL that is.
        let is_written = from.generated.is_none() || to.generated.is_some();
        if is_written && (!is_numbered || changes.dialect() != Dialect::Sqlite) {
            hazards.push(Hazard::new(
                HazardKind::Breaks,
                format!("{table}.{name} takes no NULL any more"),
            ));
        }
        if to.default.is_none() && to.numbering.is_none() && fill.is_none() {
            hazards.push(empty(format!("rows of {table} whose {name} is NULL")));
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
    let was_given = from.numbering.is_some() || from.generated.is_some();
    if was_given && is_required(to) && !is_numbered {
        let required = format!("{table}.{name} is required of every new row");
        hazards.push(Hazard::breaks(required));
    }
    let always = Some(Numbering::IdentityAlways);
    if from.numbering != always && to.numbering == always {
        let refused = format!("{table}.{name} takes no value from clients");
        hazards.push(Hazard::breaks(refused));
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

/// SQLite: what a table refuses once it is STRICT, or WITHOUT ROWID.
pub(crate) fn of_kind(changes: &Changes, before: &Table, after: &Table) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    let is_stricter = after.strict && !before.strict;
    let is_key = |name: &str| {
        after
            .primary_key
            .as_ref()
            .is_some_and(|key| key.columns.iter().any(|one| one == name))
    };
    for column in after.columns.iter().filter(|one| one.generated.is_none()) {
        let (Some(old), name) = (before.column(&column.name), ident(&column.name)) else {
            continue;
        };
        let of = queries::rows(changes, &after.name, &|one| one == column.name).named(&after.name);
        let what = |that: &str| format!("values of {}.{} {that}", after.name, column.name);
        let misfit = Conversion::to_strict(column).filter(|_| is_stricter);
        if let Some(condition) =
            misfit.filter(|_| crate::ddl::affinity(&old.kind) == crate::ddl::affinity(&column.kind))
        {
            let query = format!("SELECT {name} FROM {of} WHERE {condition}");
            let what = what(&format!("that are no {}", column.kind));
            hazards.push(Hazard::new(HazardKind::MayFail, what).query(query));
        }
        if after.without_rowid && !before.without_rowid && is_key(&column.name) && old.nullable {
            let query = format!("SELECT * FROM {of} WHERE {name} IS NULL");
            hazards.push(Hazard::new(HazardKind::MayFail, what("that are NULL")).query(query));
        }
    }
    hazards
}

/// What becomes of the values of a column whose type changes.
fn retyped(changes: &Changes, table: &str, from: &Column, to: &Column, of: &str) -> Vec<Hazard> {
    let name = &to.name;
    let conversion = Conversion::of(changes, table, from, to);
    let mut hazards = vec![Hazard::new(
        HazardKind::Locks,
        format!("{table} is written anew"),
    )];
    if !conversion.is_wider {
        let turns = format!("{table}.{name} turns from {} into {}", from.kind, to.kind);
        hazards.push(Hazard::breaks(turns));
    }
    // What is computed is computed again.
    let doubts = conversion.doubts.into_iter();
    for doubt in doubts.filter(|_| to.generated.is_none()) {
        let hazard = Hazard::new(
            doubt.kind,
            format!("values of {table}.{name} {}", doubt.that),
        );
        hazards.push(match doubt.condition {
            Some(condition) => {
                let name = ident(name);
                hazard.query(format!("SELECT {name} FROM {of} WHERE {condition}"))
            }
            None => hazard,
        });
    }
    hazards
}
