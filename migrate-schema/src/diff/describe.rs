//! Operations in words, for whoever reads what a command found.

use super::check_enums::Values;
use super::{Changes, Constraint, Operation};
use crate::model::{Column, Index};

impl Changes {
    /// What a person would call them, in order: each operation, and what several amount to.
    pub fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for operation in &self.operations {
            match (operation, Values::of(operation, &self.operations)) {
                (Operation::AddConstraint { table, .. }, Some(values)) => {
                    let renamed = self.renamed_values(table, &values.column);
                    lines.extend(values.describe(table, &renamed));
                }
                (_, Some(_)) => {}
                (_, None) => lines.extend(operation.describe()),
            }
        }
        lines
    }
}

impl Operation {
    /// What a person would call it; `None` for what is only taken down and put back around a change.
    ///
    /// ```
    /// use migrate_schema::diff::Operation;
    ///
    /// let operation = Operation::RenameTable { from: "accounts".to_owned(), to: "users".to_owned() };
    /// assert_eq!(operation.describe().as_deref(), Some("rename table accounts to users"));
    /// ```
    pub fn describe(&self) -> Option<String> {
        use Operation::*;
        Some(match self {
            DropOpaque { .. }
            | CreateOpaque { .. }
            | DropConstraint {
                because: Some(_), ..
            }
            | DropIndex {
                because: Some(_), ..
            }
            | AddColumn {
                because: Some(_), ..
            }
            | DropColumn {
                because: Some(_), ..
            }
            | AddConstraint { again: true, .. }
            | CreateIndex { again: true, .. } => return None,
            RenameEnum { from, to } => format!("rename enum {from} to {to}"),
            RenameValue { of, from, to } => format!("rename value {from} of enum {of} to {to}"),
            RenameTable { from, to } => format!("rename table {from} to {to}"),
            RenameColumn { table, from, to } => format!("rename column {table}.{from} to {to}"),
            DropConstraint {
                table, constraint, ..
            } => format!("drop {}{}", named(constraint), on(Some(table))),
            DropIndex { table, index, .. } => {
                format!("drop {}{}", self::index(index), on(Some(table)))
            }
            RenameConstraint { table, from, to } => {
                format!("rename constraint {from}{} to {to}", on(Some(table)))
            }
            RenameIndex { table, from, to } => {
                format!(
                    "rename index {}{} to {}",
                    from.name,
                    on(Some(table)),
                    to.name
                )
            }
            CreateEnum(of) => format!("create enum {}", of.name),
            AddValue { of, value, .. } => format!("add value {value} to enum {of}"),
            CreateTable(table) => format!("create table {}", table.name),
            ChangeTable { to, .. } => format!("change the kind of table {}", to.name),
            ReplaceEnum { to, .. } => format!("change the values of enum {}", to.name),
            AddColumn { table, column, .. } => format!("add column {table}.{}", column.name),
            ChangeColumn {
                table, from, to, ..
            } => format!("change column {table}.{}: {}", to.name, changed(from, to)),
            DropColumn { table, column, .. } => format!("drop column {table}.{}", column.name),
            AddConstraint {
                table, constraint, ..
            } => format!("add {}{}", named(constraint), on(Some(table))),
            ValidateConstraint {
                table, constraint, ..
            } => format!("validate {}{}", named(constraint), on(Some(table))),
            CreateIndex { table, index, .. } => {
                format!("create {}{}", self::index(index), on(Some(table)))
            }
            CommentTable { table, .. } => format!("change the comment of table {table}"),
            CommentEnum { of, .. } => format!("change the comment of enum {of}"),
            DropTable(table) => format!("drop table {}", table.name),
            DropEnum(of) => format!("drop enum {}", of.name),
        })
    }
}

fn on(table: Option<&str>) -> String {
    table.map_or(String::new(), |table| format!(" on {table}"))
}

fn named(constraint: &Constraint) -> String {
    match constraint.name() {
        Some(name) => format!("{} {name}", constraint.kind()),
        None => constraint.kind().to_owned(),
    }
}

fn index(index: &Index) -> String {
    let unique = if index.unique { "unique " } else { "" };
    format!("{unique}index {}", index.name)
}

/// What of a column is another.
fn changed(from: &Column, to: &Column) -> String {
    let mut changed = Vec::new();
    if from.kind != to.kind {
        changed.push(format!("type {} to {}", from.kind, to.kind));
    }
    if from.nullable != to.nullable {
        let now = match to.nullable {
            true => "may be NULL",
            false => "now NOT NULL",
        };
        changed.push(now.to_owned());
    }
    let value = |default: &Option<String>| default.clone().unwrap_or_else(|| "none".to_owned());
    if from.default != to.default {
        let (from, to) = (value(&from.default), value(&to.default));
        changed.push(format!("default {from} to {to}"));
    }
    let others = [
        ("what it is computed from", from.generated != to.generated),
        (
            "numbering",
            from.numbering != to.numbering || from.sequence != to.sequence,
        ),
        ("collation", from.collation != to.collation),
        ("comment", from.comment != to.comment),
        (
            "conflict clause",
            from.not_null_on_conflict != to.not_null_on_conflict,
        ),
    ];
    changed.extend(
        others
            .into_iter()
            .filter(|&(_, is)| is)
            .map(|(what, _)| what.to_owned()),
    );
    match changed.is_empty() {
        true => "position".to_owned(),
        false => changed.join(", "),
    }
}
