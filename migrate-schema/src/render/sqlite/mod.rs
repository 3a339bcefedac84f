//! SQLite: ALTER TABLE where it can, a table made anew where it can't.

mod rebuild;

use super::Section;
use super::script::Script;
use crate::diff::Changes;
use crate::model::Action;
use crate::operation::{
    Change, ColumnOperation, ConstraintOperation, IndexOperation, Operation, TableOperation,
};

/// The section of a SQLite script.
pub(super) fn section(changes: &Changes) -> Section {
    let foreign_keys_off = !changes.rebuilds.is_empty() || drops_rows_referred_to(changes);
    let mut script = SqliteScript {
        changes,
        text: Script::new(changes.dialect()),
    };
    if foreign_keys_off {
        script.renames();
    }
    let mut rebuilt = false;
    for change in &changes.operations {
        if foreign_keys_off && is_rename(change) {
            continue;
        }
        // Right after new tables, in front of everything that is done to old ones.
        if !rebuilt && is_behind_rebuilds(change) {
            rebuilt = true;
            script.rebuilds();
        }
        let is_apart = is_rename(change) || matches!(change.operation, Operation::Opaque(_));
        if is_apart || !script.is_rebuilt(change) {
            change.sqlite(&mut script);
        }
    }
    if !rebuilt {
        script.rebuilds();
    }
    Section {
        text: script.text.finish(),
        foreign_keys_off,
        no_transaction: false,
    }
}

fn is_rename(change: &Change) -> bool {
    matches!(
        change.operation,
        Operation::Table(TableOperation::Rename { .. })
            | Operation::Column(ColumnOperation::Rename { .. })
    )
}

fn is_behind_rebuilds(change: &Change) -> bool {
    use crate::operation::OpaqueOperation;
    !is_rename(change)
        && !matches!(
            change.operation,
            Operation::Opaque(OpaqueOperation::Drop { .. })
                | Operation::Index(IndexOperation::Drop { .. } | IndexOperation::Rename { .. })
                | Operation::Constraint(ConstraintOperation::Drop { .. })
                | Operation::Table(TableOperation::Create(_))
        )
}

/// DROP TABLE deletes the rows first, which foreign keys among the tables that go may refuse.
fn drops_rows_referred_to(changes: &Changes) -> bool {
    let dropped = |change: &'_ Change| match &change.operation {
        Operation::Table(TableOperation::Drop(table)) => Some(table.clone()),
        _ => None,
    };
    let dropped: Vec<_> = changes.operations.iter().filter_map(dropped).collect();
    dropped.iter().enumerate().any(|(at, table)| {
        let mut keys = table.foreign_keys.values();
        let is_restricted =
            keys.any(|key| key.references == table.name && key.on_delete == Action::Restrict);
        // One that is dropped after this one still refers to it.
        let mut later = dropped.iter().skip(at + 1);
        let is_referred_to = later.any(|later| {
            let mut keys = later.foreign_keys.values();
            keys.any(|key| key.references == table.name)
        });
        is_restricted || is_referred_to
    })
}

/// A SQLite script under construction.
pub(crate) struct SqliteScript<'a> {
    pub(crate) changes: &'a Changes,
    pub(crate) text: Script,
}

impl SqliteScript<'_> {
    /// Renames of a section that is `foreign keys off`.
    fn renames(&mut self) {
        let changes = self.changes;
        let renames: Vec<&Change> = (changes.operations.iter())
            .filter(|one| is_rename(one))
            .collect();
        if renames.is_empty() {
            return;
        }
        self.text.group("renames");
        self.text.comment(
            "With foreign keys off, references, views and triggers follow a new name only like this.",
        );
        self.text.run("PRAGMA legacy_alter_table = OFF");
        for rename in renames {
            rename.sqlite(self);
        }
        self.text.run("PRAGMA legacy_alter_table = ON");
    }

    fn rebuilds(&mut self) {
        for (name, reasons) in &self.changes.rebuilds {
            if let (Some(from), Some(to)) = (
                self.changes.table_before(name),
                self.changes.table_after(name),
            ) {
                rebuild::rebuild(&mut self.text, self.changes, from, to, reasons);
            }
        }
    }

    /// Everything of a table that is made anew is done by that.
    fn is_rebuilt(&self, change: &Change) -> bool {
        let table = change.table();
        table.is_some_and(|table| self.changes.rebuilds.contains_key(table))
    }

    /// Writes what may fail, with the query that finds it.
    pub(crate) fn warn(&mut self, change: &Change) {
        for hazard in change.hazards(self.changes) {
            self.text.warn(&hazard);
        }
    }
}
