//! SQLite: ALTER TABLE where it can, a table made anew where it can't.

mod rebuild;

use migrate_chain::Dialect;

use super::Section;
use super::definition::{behind_column, column, index, table};
use super::script::Script;
use crate::diff::{Changes, Operation, inlined};
use crate::model::{Action, Opaque};
use crate::sql::cursor::lex;
use crate::sql::ident;

/// The section of a SQLite script.
pub(super) fn section(changes: &Changes) -> Section {
    let foreign_keys_off = !changes.rebuilds.is_empty() || drops_rows_referred_to(changes);
    let mut writer = Writer {
        changes,
        script: Script::default(),
    };
    if foreign_keys_off {
        writer.renames();
    }
    let mut rebuilt = false;
    for operation in &changes.operations {
        let is_rename = matches!(
            operation,
            Operation::RenameTable { .. } | Operation::RenameColumn { .. }
        );
        if foreign_keys_off && is_rename {
            continue;
        }
        // Right after new tables, in front of everything that is done to old ones.
        if !rebuilt && is_behind_rebuilds(operation) {
            rebuilt = true;
            writer.rebuilds();
        }
        writer.operation(operation);
    }
    if !rebuilt {
        writer.rebuilds();
    }
    Section {
        text: writer.script.finish(),
        foreign_keys_off,
        no_transaction: false,
    }
}

fn is_behind_rebuilds(operation: &Operation) -> bool {
    !matches!(
        operation,
        Operation::DropOpaque { .. }
            | Operation::RenameTable { .. }
            | Operation::RenameColumn { .. }
            | Operation::DropIndex { .. }
            | Operation::DropConstraint { .. }
            | Operation::RenameIndex { .. }
            | Operation::CreateTable(_)
    )
}

/// DROP TABLE deletes the rows first, which foreign keys among the tables that go may refuse.
fn drops_rows_referred_to(changes: &Changes) -> bool {
    let mut later: Vec<&str> = Vec::new();
    for operation in changes.operations.iter().rev() {
        let Operation::DropTable(table) = operation else {
            continue;
        };
        let mut keys = table.foreign_keys.values();
        if keys.any(|key| key.references == table.name && key.on_delete == Action::Restrict) {
            return true;
        }
        // One that is dropped after this one still refers to it.
        let referred = changes.operations.iter().any(|other| match other {
            Operation::DropTable(other) => {
                later.contains(&other.name.as_str())
                    && other
                        .foreign_keys
                        .values()
                        .any(|key| key.references == table.name)
            }
            _ => false,
        });
        if referred {
            return true;
        }
        later.push(&table.name);
    }
    false
}

struct Writer<'a> {
    changes: &'a Changes,
    script: Script,
}

impl Writer<'_> {
    /// Renames of a section that is `foreign keys off`.
    fn renames(&mut self) {
        let renames: Vec<&Operation> = (self.changes.operations.iter())
            .filter(|operation| {
                matches!(
                    operation,
                    Operation::RenameTable { .. } | Operation::RenameColumn { .. }
                )
            })
            .collect();
        if renames.is_empty() {
            return;
        }
        self.script.group("renames");
        self.script.comment(
            "With foreign keys off, references, views and triggers follow a new name only like this.",
        );
        self.script.run("PRAGMA legacy_alter_table = OFF");
        for operation in renames {
            self.rename(operation);
        }
        self.script.run("PRAGMA legacy_alter_table = ON");
    }

    fn rename(&mut self, operation: &Operation) {
        match operation {
            Operation::RenameTable { from, to } => {
                self.script.run(&format!(
                    "ALTER TABLE {} RENAME TO {}",
                    ident(from),
                    ident(to)
                ));
            }
            Operation::RenameColumn { table, from, to } => {
                self.script.run(&format!(
                    "ALTER TABLE {} RENAME COLUMN {} TO {}",
                    ident(table),
                    ident(from),
                    ident(to)
                ));
            }
            _ => {}
        }
    }

    fn rebuilds(&mut self) {
        for (name, reasons) in &self.changes.rebuilds {
            if let (Some(from), Some(to)) =
                (self.changes.from_table(name), self.changes.to_table(name))
            {
                rebuild::rebuild(&mut self.script, self.changes, from, to, reasons);
            }
        }
    }

    /// Everything of a table that is made anew is done by that.
    fn is_rebuilt(&self, table: &str) -> bool {
        self.changes.rebuilds.contains_key(table)
    }

    fn operation(&mut self, operation: &Operation) {
        let group = operation.table().unwrap_or("views").to_owned();
        let belongs = !matches!(
            operation,
            Operation::RenameTable { .. }
                | Operation::RenameColumn { .. }
                | Operation::DropOpaque { .. }
                | Operation::CreateOpaque { .. }
        );
        if belongs && self.is_rebuilt(&group) {
            return;
        }
        match operation {
            Operation::DropOpaque { opaque, .. } => {
                self.script.group("views");
                self.script.run(&opaque.drop);
            }
            Operation::CreateOpaque {
                table,
                opaque,
                gone,
            } => {
                self.script.group("views");
                self.script
                    .create(self.changes, table.as_deref(), opaque, gone);
                if !gone.is_empty() {
                    self.probe(table.as_deref(), opaque);
                }
            }
            Operation::RenameTable { .. } | Operation::RenameColumn { .. } => {
                self.script.group("renames");
                self.rename(operation);
            }
            Operation::CreateTable(one) => {
                self.script.group(&group);
                if self.changes.is_back {
                    self.script
                        .comment(&format!("{} comes back without its rows.", one.name));
                }
                self.script.run(&table(Dialect::Sqlite, one, &one.name));
            }
            Operation::DropTable(one) => {
                self.script.group(&group);
                self.script
                    .comment(&format!("This loses the rows of {}.", one.name));
                self.script.run(&format!("DROP TABLE {}", ident(&one.name)));
            }
            Operation::AddColumn {
                table, column: one, ..
            } => {
                self.script.group(&group);
                if self.changes.is_back && one.generated.is_none() {
                    self.script.comment(&format!(
                        "{table}.{} comes back without its values.",
                        one.name
                    ));
                }
                let mut text = column(one, None);
                for constraint in inlined(&self.changes.operations, table, &one.name) {
                    text.push(' ');
                    text.push_str(&behind_column(constraint));
                }
                self.script
                    .run(&format!("ALTER TABLE {} ADD COLUMN {text}", ident(table)));
            }
            Operation::DropColumn { table, column, .. } => {
                self.script.group(&group);
                if column.generated.is_none() {
                    self.script.comment(&format!(
                        "This loses the values of {table}.{}.",
                        column.name
                    ));
                }
                self.script.run(&format!(
                    "ALTER TABLE {} DROP COLUMN {}",
                    ident(table),
                    ident(&column.name)
                ));
            }
            Operation::CreateIndex {
                table, index: one, ..
            } => {
                self.script.group(&group);
                self.warn(operation);
                self.script.run(&index(table, one));
            }
            Operation::DropIndex { index, .. } => {
                self.script.group(&group);
                self.script
                    .run(&format!("DROP INDEX {}", ident(&index.name)));
            }
            Operation::RenameIndex { table, from, to } => {
                self.script.group(&group);
                self.script
                    .run(&format!("DROP INDEX {}", ident(&from.name)));
                self.script.run(&index(table, to));
            }
            // Those of a table that isn't made anew stand behind its new columns.
            _ => {}
        }
    }

    fn warn(&mut self, operation: &Operation) {
        for hazard in self.changes.hazards_of(operation) {
            self.script.warn(&hazard);
        }
    }

    /// SQLite looks at what a view or a trigger mentions only when it is used.
    fn probe(&mut self, table: Option<&str>, opaque: &Opaque) {
        let name = ident(&opaque.name);
        match table {
            None if opaque.kind == "view" => {
                self.script.run(&format!("SELECT * FROM {name} LIMIT 0"));
            }
            None => {}
            Some(table) => {
                let tokens = lex(&opaque.create, Dialect::Sqlite).unwrap_or_default();
                let event = tokens.iter().find_map(|token| {
                    let mut events = ["INSERT", "UPDATE", "DELETE"].into_iter();
                    events.find(|event| token.is_word(event))
                });
                let name = ident(table);
                let column = self
                    .changes
                    .to_table(table)
                    .and_then(|table| table.columns.first());
                match (event, column) {
                    (Some("INSERT"), _) => self
                        .script
                        .run(&format!("EXPLAIN INSERT INTO {name} DEFAULT VALUES")),
                    (Some("DELETE"), _) => self.script.run(&format!("EXPLAIN DELETE FROM {name}")),
                    (Some("UPDATE"), Some(_)) => {
                        let all = self.changes.to_table(table).map(|table| {
                            let written = table
                                .columns
                                .iter()
                                .filter(|column| column.generated.is_none());
                            let set: Vec<String> = written
                                .map(|column| format!("{0} = {0}", ident(&column.name)))
                                .collect();
                            set.join(", ")
                        });
                        self.script.run(&format!(
                            "EXPLAIN UPDATE {name} SET {}",
                            all.unwrap_or_default()
                        ));
                    }
                    _ => {}
                }
            }
        }
    }
}
