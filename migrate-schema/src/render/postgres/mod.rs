//! PostgreSQL: ALTERs, by the path that does least harm.

mod column;
mod constraint;
mod enums;
mod numbering;
mod online;

use migrate_chain::Dialect;

use super::definition::{index, index_concurrently, table};
use super::script::Script;
use crate::diff::{Changes, Operation};
use crate::model::{Column, Table};
use crate::sql::{ident, literal};

/// The PostgreSQL script.
pub(super) fn script(changes: &Changes) -> String {
    let mut writer = Writer {
        changes,
        script: Script::default(),
    };
    for operation in &changes.operations {
        writer.operation(operation);
    }
    writer.script.finish()
}

struct Writer<'a> {
    changes: &'a Changes,
    script: Script,
}

impl Writer<'_> {
    /// `ALTER TABLE name ..`.
    fn alter(&mut self, table: &str, what: &str) {
        self.script
            .run(&format!("ALTER TABLE {} {what}", ident(table)));
    }

    fn warn(&mut self, operation: &Operation) {
        for hazard in self.changes.hazards_of(operation) {
            self.script.warn(&hazard);
        }
    }

    /// Begins the paragraph that an operation belongs to.
    fn begin(&mut self, operation: &Operation) {
        let group = match operation {
            Operation::DropOpaque { .. } | Operation::CreateOpaque { .. } => "views",
            Operation::RenameEnum { .. }
            | Operation::RenameValue { .. }
            | Operation::RenameTable { .. }
            | Operation::RenameColumn { .. }
            | Operation::RenameConstraint { .. }
            | Operation::RenameIndex { .. } => "renames",
            other => other.table().unwrap_or("types"),
        };
        let group = group.to_owned();
        self.script.group(&group);
    }

    fn operation(&mut self, operation: &Operation) {
        self.begin(operation);
        match operation {
            Operation::DropOpaque {
                opaque, because, ..
            } => {
                self.script.comment(&format!(
                    "The {} {} is put back below: {because}.",
                    opaque.kind, opaque.name
                ));
                self.script.run(&opaque.drop);
            }
            Operation::CreateOpaque {
                table,
                opaque,
                gone,
            } => {
                self.script
                    .create(self.changes, table.as_deref(), opaque, gone);
            }
            Operation::RenameEnum { from, to } => {
                self.script.run(&format!(
                    "ALTER TYPE {} RENAME TO {}",
                    ident(from),
                    ident(to)
                ));
            }
            Operation::RenameValue { of, from, to } => {
                let (from, to) = (literal(from), literal(to));
                self.script.run(&format!(
                    "ALTER TYPE {} RENAME VALUE {from} TO {to}",
                    ident(of)
                ));
            }
            Operation::RenameTable { from, to } => {
                self.alter(from, &format!("RENAME TO {}", ident(to)));
            }
            Operation::RenameColumn { table, from, to } => {
                self.alter(
                    table,
                    &format!("RENAME COLUMN {} TO {}", ident(from), ident(to)),
                );
            }
            Operation::RenameConstraint { table, from, to } => {
                self.alter(
                    table,
                    &format!("RENAME CONSTRAINT {} TO {}", ident(from), ident(to)),
                );
            }
            Operation::RenameIndex { from, to, .. } => {
                self.script.run(&format!(
                    "ALTER INDEX {} RENAME TO {}",
                    ident(&from.name),
                    ident(&to.name)
                ));
            }
            Operation::DropConstraint {
                table,
                constraint,
                because,
            } => {
                self.drop_constraint(table, constraint, because.as_deref());
            }
            Operation::AddConstraint {
                table,
                constraint,
                again,
            } => {
                if !again {
                    self.warn(operation);
                }
                self.add_constraint(table, constraint, *again);
            }
            Operation::ValidateConstraint { table, constraint } => {
                if let Some(name) = constraint.name() {
                    self.alter(table, &format!("VALIDATE CONSTRAINT {}", ident(name)));
                }
            }
            Operation::DropIndex { index, because, .. } => {
                if let Some(because) = because {
                    self.script.comment(&format!(
                        "{} is created again below: {because}.",
                        index.name
                    ));
                }
                let how = match self.changes.is_online {
                    true => "CONCURRENTLY ",
                    false => "",
                };
                self.script
                    .run(&format!("DROP INDEX {how}{}", ident(&index.name)));
            }
            Operation::CreateIndex {
                table, index: one, ..
            } => {
                self.warn(operation);
                match self.changes.is_online {
                    true => self.script.run(&index_concurrently(table, one)),
                    false => self.script.run(&index(table, one)),
                }
                if one.comment.is_some() {
                    self.comment("INDEX", &ident(&one.name), one.comment.as_deref());
                }
            }
            Operation::CreateEnum(one) => self.create_enum(one),
            Operation::AddValue { of, value, before } => {
                let place = before
                    .as_ref()
                    .map_or(String::new(), |next| format!(" BEFORE {}", literal(next)));
                self.script.run(&format!(
                    "ALTER TYPE {} ADD VALUE {}{place}",
                    ident(of),
                    literal(value)
                ));
            }
            Operation::ReplaceEnum { from, to, columns } => {
                self.replace_enum(operation, from, to, columns);
            }
            Operation::DropEnum(one) => self.script.run(&format!("DROP TYPE {}", ident(&one.name))),
            Operation::CommentEnum { of, to, .. } => {
                self.comment("TYPE", &ident(of), to.as_deref());
            }
            Operation::CommentTable { table, to, .. } => {
                self.comment("TABLE", &ident(table), to.as_deref());
            }
            Operation::CreateTable(one) => self.create_table(one),
            Operation::DropTable(one) => {
                self.script
                    .comment(&format!("This loses the rows of {}.", one.name));
                self.script.run(&format!("DROP TABLE {}", ident(&one.name)));
            }
            Operation::AddColumn {
                table,
                column,
                fill,
                because,
            } => {
                self.add_column(table, column, fill.as_deref(), because.as_deref());
            }
            Operation::ChangeColumn {
                table,
                from,
                to,
                fill,
            } => {
                self.warn(operation);
                self.change_column(table, from, to, fill.as_deref());
            }
            Operation::DropColumn {
                table,
                column,
                because,
            } => {
                match because {
                    Some(because) => {
                        self.script
                            .comment(&format!("{table}.{} is made anew: {because}.", column.name));
                    }
                    None if column.generated.is_none() => {
                        self.script.comment(&format!(
                            "This loses the values of {table}.{}.",
                            column.name
                        ));
                    }
                    None => {}
                }
                self.alter(table, &format!("DROP COLUMN {}", ident(&column.name)));
            }
            // SQLite's.
            Operation::ChangeTable { .. } => {}
        }
    }

    fn comment(&mut self, kind: &str, name: &str, comment: Option<&str>) {
        let comment = comment.map_or("NULL".to_owned(), literal);
        self.script
            .run(&format!("COMMENT ON {kind} {name} IS {comment}"));
    }

    fn comment_column(&mut self, table: &str, column: &Column) {
        let name = format!("{}.{}", ident(table), ident(&column.name));
        self.comment("COLUMN", &name, column.comment.as_deref());
    }

    fn create_table(&mut self, one: &Table) {
        if self.changes.is_back {
            self.script
                .comment(&format!("{} comes back without its rows.", one.name));
        }
        self.script.run(&table(Dialect::Postgres, one, &one.name));
        if one.comment.is_some() {
            self.comment("TABLE", &ident(&one.name), one.comment.as_deref());
        }
        for column in &one.columns {
            self.serial_options(&one.name, column);
        }
        for column in one.columns.iter().filter(|column| column.comment.is_some()) {
            self.comment_column(&one.name, column);
        }
    }
}
