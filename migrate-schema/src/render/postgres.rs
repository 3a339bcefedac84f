//! PostgreSQL: ALTERs, by the path that does least harm.

use super::script::Script;
use crate::diff::Changes;
use crate::model::Column;
use crate::operation::{Change, ColumnOperation, ConstraintOperation, EnumOperation};
use crate::operation::{IndexOperation, Operation, TableOperation};
use crate::sql::{ident, literal, relation};

/// The PostgreSQL script.
pub(super) fn script(changes: &Changes) -> String {
    let mut script = PostgresScript {
        changes,
        text: Script::new(changes.dialect()),
    };
    for change in &changes.operations {
        script.text.group(group(change));
        change.postgres(&mut script);
    }
    script.text.finish()
}

/// The paragraph that an operation belongs to.
fn group(change: &Change) -> &str {
    match &change.operation {
        Operation::Schema(_) => "schemas",
        Operation::Opaque(_) => "views",
        Operation::Enum(EnumOperation::Rename { .. } | EnumOperation::RenameValue { .. })
        | Operation::Table(TableOperation::Rename { .. })
        | Operation::Column(ColumnOperation::Rename { .. })
        | Operation::Constraint(ConstraintOperation::Rename { .. })
        | Operation::Index(IndexOperation::Rename { .. }) => "renames",
        other => other.table().unwrap_or("types"),
    }
}

/// A PostgreSQL script under construction.
pub(crate) struct PostgresScript<'a> {
    pub(crate) changes: &'a Changes,
    pub(crate) text: Script,
}

impl PostgresScript<'_> {
    /// `ALTER TABLE name ..`.
    pub(crate) fn alter(&mut self, table: &str, what: &str) {
        self.text
            .run(&format!("ALTER TABLE {} {what}", relation(table)));
    }

    /// Writes what may fail, with the query that finds it.
    pub(crate) fn warn(&mut self, change: &Change) {
        for hazard in change.hazards(self.changes) {
            self.text.warn(&hazard);
        }
    }

    /// `COMMENT ON kind name IS ..`.
    pub(crate) fn comment_on(&mut self, kind: &str, name: &str, comment: Option<&str>) {
        let comment = comment.map_or("NULL".to_owned(), literal);
        self.text
            .run(&format!("COMMENT ON {kind} {name} IS {comment}"));
    }

    pub(crate) fn comment_column(&mut self, table: &str, column: &Column) {
        let name = format!("{}.{}", relation(table), ident(&column.name));
        self.comment_on("COLUMN", &name, column.comment.as_deref());
    }
}
