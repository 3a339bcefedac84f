//! The rows that a new constraint will find, for a query that is run before the change.

use super::Changes;
use super::operation::Operation;
use crate::text::ident;

/// The rows of a table as a constraint will find them.
pub(super) struct Rows {
    /// Where they are read. Columns that don't exist yet hold what they are going to hold.
    source: String,
    /// True when the constraint is only about new columns, and each gets one value for all rows.
    pub(super) is_same: bool,
    /// True when that value is NULL.
    pub(super) is_null: bool,
}

impl Rows {
    /// What stands behind FROM, under a name.
    pub(super) fn named(&self, name: &str) -> String {
        let (source, name) = (&self.source, ident(name));
        match *source == name {
            true => name,
            false => format!("{source} AS {name}"),
        }
    }
}

/// The rows of a table for something about these columns of it.
pub(super) fn rows(changes: &Changes, table: &str, is_about: &dyn Fn(&str) -> bool) -> Rows {
    let mut columns = Vec::new();
    for ((of, old), new) in &changes.renames.columns {
        if of == table && is_about(new) {
            columns.push(format!("{} AS {}", ident(old), ident(new)));
        }
    }
    let mut is_same = true;
    let mut is_null = true;
    let wanted = changes.wanted.tables.get(table);
    let about = wanted.into_iter().flat_map(|table| &table.columns);
    for column in about.filter(|column| is_about(&column.name)) {
        let filled = changes.operations.iter().find_map(|one| match one {
            Operation::AddColumn {
                table: of,
                column: added,
                fill,
                because: None,
            } if of == table && added.name == column.name => Some(fill.as_ref()),
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
        columns.push(format!("{value} AS {}", ident(&column.name)));
    }
    let mut renamed = changes.renames.tables.iter();
    let old = renamed
        .find(|(_, new)| *new == table)
        .map_or(table, |(old, _)| old);
    Rows {
        source: match columns.is_empty() {
            true => ident(old),
            false => format!("(SELECT *, {} FROM {})", columns.join(", "), ident(old)),
        },
        is_same,
        is_null: is_same && is_null,
    }
}
