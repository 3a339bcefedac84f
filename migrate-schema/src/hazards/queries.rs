//! The rows that a new constraint will find, for a query that is run before the change.

use migrate_chain::Dialect;

use super::{Hazard, HazardKind};
use crate::diff::Changes;
use crate::operation::{Change, ColumnOperation, EnumOperation, Operation};
use crate::sql::qualified::{bare, of_type};
use crate::sql::{ident, relation};

/// The rows of a table as a constraint will find them.
pub(crate) struct Rows {
    /// Where they are read. Columns that don't exist yet hold what they are going to hold.
    source: String,
    /// True when the constraint is only about new columns, and each gets one value for all rows.
    pub(crate) is_same: bool,
    /// True when that value is NULL.
    pub(crate) is_null: bool,
    /// True when a column gets another type, or one that is new, so that PostgreSQL may not understand a query that is run before.
    pub(crate) is_retyped: bool,
}

impl Rows {
    /// What stands behind FROM, under a name.
    pub(crate) fn named(&self, name: &str) -> String {
        let (source, name) = (&self.source, ident(&bare(name)));
        if *source == name {
            name
        } else if self.source.ends_with(&format!(".{name}")) {
            source.clone()
        } else {
            format!("{source} AS {name}")
        }
    }
}

/// The rows of a table for something about these columns of it.
pub(crate) fn rows(changes: &Changes, table: &str, is_about: &dyn Fn(&str) -> bool) -> Rows {
    let mut columns = Vec::new();
    for ((of, old), new) in &changes.renames.columns {
        if of == table && is_about(new) {
            columns.push(format!("{} AS {}", ident(old), ident(new)));
        }
    }
    let mut is_retyped = is_retyped(changes, table, is_about);
    let mut is_same = true;
    let mut is_null = true;
    let to = changes.to.tables.get(table);
    let about = to.into_iter().flat_map(|table| &table.columns);
    for column in about.filter(|column| is_about(&column.name)) {
        let filled = changes
            .operations
            .iter()
            .find_map(|one| match &one.operation {
                Operation::Column(ColumnOperation::Add {
                    table: of,
                    column: added,
                    fill,
                }) if one.is_asked() && of == table && added.name == column.name => {
                    Some(fill.as_ref())
                }
                _ => None,
            });
        let Some(fill) = filled else {
            is_same = false;
            continue;
        };
        let generated = column.generated.as_ref().map(|one| &one.expression);
        is_same &= fill.is_none() && generated.is_none();
        let value = fill.or(generated).or(column.default.as_ref());
        is_null &= value.is_none();
        let value = value.map_or("NULL", String::as_str);
        let (kind, name) = (&column.kind, ident(&column.name));
        // A text in quotes is a text in a SELECT, whatever the column makes of it.
        columns.push(
            if changes.dialect() == Dialect::Postgres && kind != "text" {
                format!("CAST({value} AS {kind}) AS {name}")
            } else {
                format!("{value} AS {name}")
            },
        );
        let of = of_type(kind);
        let is_new = changes.to.enums.contains_key(&of) && !changes.from.enums.contains_key(&of);
        is_retyped |= is_new;
    }
    let mut renamed = changes.renames.tables.iter();
    let old = renamed
        .find(|(_, new)| *new == table)
        .map_or(table, |(old, _)| old);
    Rows {
        source: if columns.is_empty() {
            relation(old)
        } else {
            format!("(SELECT *, {} FROM {})", columns.join(", "), relation(old))
        },
        is_same,
        is_null: is_same && is_null,
        is_retyped,
    }
}

fn is_retyped(changes: &Changes, table: &str, is_about: &dyn Fn(&str) -> bool) -> bool {
    let is_retyped = |one: &Change| match &one.operation {
        Operation::Column(ColumnOperation::Change {
            table: of,
            from,
            to,
            ..
        }) => of == table && from.kind != to.kind && is_about(&to.name),
        Operation::Enum(EnumOperation::Replace { columns, .. }) => {
            (columns.iter()).any(|(of, column)| of == table && is_about(&column.name))
        }
        _ => false,
    };
    changes.dialect() == Dialect::Postgres && changes.operations.iter().any(is_retyped)
}

/// SQLite: the column that numbered rows by itself, because it was the rowid, and doesn't any more.
pub(crate) fn lost_rowid(changes: &Changes, table: &str) -> Option<Hazard> {
    let (before, after) = (changes.table_before(table)?, changes.table_after(table)?);
    let name = before
        .rowid_column()
        .filter(|name| after.rowid_column() != Some(name))?;
    let column = after.column(name)?;
    let is_required = column.default.is_none() && column.generated.is_none();
    let in_key = after
        .primary_key
        .as_ref()
        .is_some_and(|key| key.columns.iter().any(|one| one == name));
    (is_required && (!column.nullable || in_key && after.without_rowid))
        .then(|| Hazard::breaks(format!("{table}.{name} is required of every new row")))
}

/// Rows that hold what no list of values has any more.
pub(crate) fn removed(
    changes: &Changes,
    table: &str,
    column: &str,
    condition: impl Fn(&str) -> String,
    gone: &[&String],
) -> Hazard {
    let gone: Vec<String> = gone
        .iter()
        .map(|value| crate::sql::literal(value))
        .collect();
    let of = rows(changes, table, &|one| one == column).named(table);
    let query = format!("SELECT * FROM {of} WHERE {}", condition(&gone.join(", ")));
    let what = format!("rows of {table} that hold a removed value in {column}");
    Hazard::new(HazardKind::MayFail, what).query(query)
}
