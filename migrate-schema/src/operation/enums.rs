//! PostgreSQL's enum types.

use super::{Change, Describe, Operation, Phase, Role};
use crate::diff::Changes;
use crate::hazards::{Hazard, HazardKind, queries};
use crate::model::{Column, Enum};
use crate::render::{PostgresScript, SqliteScript};
use crate::sql::qualified::{bare, moved};
use crate::sql::{ident, literal, relation};

/// What is done to an enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnumOperation {
    /// Creates it.
    Create(Enum),
    /// Drops it.
    Drop(Enum),
    /// Renames it.
    Rename {
        /// What it was called before the script.
        old: String,
        /// What it is called now: another name than the old one in the middle of a swap.
        from: String,
        /// The new one.
        to: String,
    },
    /// Renames a value of it.
    RenameValue {
        /// The type.
        of: String,
        /// What it was before the script.
        old: String,
        /// What it is now: another value than the old one in the middle of a swap.
        from: String,
        /// The new one.
        to: String,
    },
    /// Adds a value to it.
    AddValue {
        /// The type.
        of: String,
        /// The value.
        value: String,
        /// Where: in front of this one, else at the end.
        before: Option<String>,
    },
    /// Puts a new type in the place of one whose values are not only added to.
    Replace {
        /// As it was.
        from: Enum,
        /// As it will be.
        to: Enum,
        /// What the old type is called until it is dropped.
        meanwhile: String,
        /// The table and the column, as it will be, of everything that is of the type.
        columns: Vec<(String, Column)>,
    },
    /// Changes its comment.
    Comment {
        /// The type.
        of: String,
        /// The old comment.
        from: Option<String>,
        /// The new one.
        to: Option<String>,
    },
}

impl From<EnumOperation> for Operation {
    fn from(operation: EnumOperation) -> Operation {
        Operation::Enum(operation)
    }
}

impl Describe for EnumOperation {
    fn table(&self) -> Option<&str> {
        None
    }

    fn phase(&self, _role: &Role) -> Phase {
        match self {
            EnumOperation::Create(_) => Phase::CreateEnum,
            EnumOperation::Drop(_) => Phase::DropEnum,
            EnumOperation::Rename { .. } => Phase::RenameEnum,
            EnumOperation::RenameValue { .. } => Phase::RenameValue,
            EnumOperation::AddValue { .. } => Phase::AddValue,
            EnumOperation::Replace { .. } => Phase::ReplaceEnum,
            EnumOperation::Comment { .. } => Phase::CommentEnum,
        }
    }

    fn describe(&self) -> String {
        match self {
            EnumOperation::Create(one) => format!("create enum {}", one.name),
            EnumOperation::Drop(one) => format!("drop enum {}", one.name),
            EnumOperation::Rename { old, to, .. } => format!("rename enum {old} to {to}"),
            EnumOperation::RenameValue { of, old, to, .. } => {
                format!("rename value {old} of enum {of} to {to}")
            }
            EnumOperation::AddValue { of, value, .. } => format!("add value {value} to enum {of}"),
            EnumOperation::Replace { to, .. } => format!("change the values of enum {}", to.name),
            EnumOperation::Comment { of, .. } => format!("change the comment of enum {of}"),
        }
    }

    fn hazards(&self, _change: &Change, changes: &Changes) -> Vec<Hazard> {
        match self {
            EnumOperation::Rename { old, to, .. } => {
                vec![Hazard::breaks(format!("renames type {old} to {to}"))]
            }
            EnumOperation::RenameValue { of, old, to, .. } => {
                vec![Hazard::breaks(format!(
                    "renames value {old} of {of} to {to}"
                ))]
            }
            EnumOperation::Replace {
                from, to, columns, ..
            } => replaced(from, to, columns, changes),
            // No column has a type that goes; what became of those that had it is told of them.
            EnumOperation::Create(_)
            | EnumOperation::Drop(_)
            | EnumOperation::AddValue { .. }
            | EnumOperation::Comment { .. } => Vec::new(),
        }
    }

    fn constants(&self) -> Vec<&str> {
        let EnumOperation::Replace { columns, to, .. } = self else {
            return Vec::new();
        };
        let columns = columns
            .iter()
            .flat_map(|(_, column)| super::column::constants(column));
        columns
            .chain(to.values.iter().map(String::as_str))
            .collect()
    }

    fn needs(&self) -> Vec<&str> {
        match self {
            EnumOperation::Create(_) => Vec::new(),
            EnumOperation::Drop(one) => vec![&one.name],
            EnumOperation::Rename { to: name, .. }
            | EnumOperation::RenameValue { of: name, .. }
            | EnumOperation::AddValue { of: name, .. }
            | EnumOperation::Comment { of: name, .. } => vec![name],
            EnumOperation::Replace { to, columns, .. } => {
                let tables = columns.iter().map(|(table, _)| table.as_str());
                std::iter::once(to.name.as_str()).chain(tables).collect()
            }
        }
    }

    fn postgres(&self, change: &Change, script: &mut PostgresScript<'_>) {
        match self {
            EnumOperation::Create(one) => create(one, script),
            EnumOperation::Drop(one) => {
                script
                    .text
                    .run(&format!("DROP TYPE {}", relation(&one.name)));
            }
            EnumOperation::Rename { from, to, .. } => {
                for statement in moved("TYPE", from, to, script.changes) {
                    script.text.run(&statement);
                }
            }
            EnumOperation::RenameValue { of, from, to, .. } => {
                let (of, from, to) = (relation(of), literal(from), literal(to));
                let rename = format!("ALTER TYPE {of} RENAME VALUE {from} TO {to}");
                script.text.run(&rename);
            }
            EnumOperation::AddValue { of, value, before } => {
                let place = before
                    .as_ref()
                    .map_or(String::new(), |next| format!(" BEFORE {}", literal(next)));
                let (of, value) = (relation(of), literal(value));
                script
                    .text
                    .run(&format!("ALTER TYPE {of} ADD VALUE {value}{place}"));
            }
            EnumOperation::Replace {
                from,
                to,
                meanwhile,
                columns,
            } => {
                script.text.comment(reason_to_replace(from, to));
                script.warn(change);
                let (name, old) = (relation(&to.name), ident(&bare(meanwhile)));
                script
                    .text
                    .run(&format!("ALTER TYPE {name} RENAME TO {old}"));
                let new = Enum {
                    comment: from.comment.clone(),
                    ..to.clone()
                };
                create(&new, script);
                for (table, column) in columns {
                    move_column(table, column, script);
                }
            }
            EnumOperation::Comment { of, to, .. } => {
                script.comment_on("TYPE", &relation(of), to.as_deref());
            }
        }
    }

    /// SQLite has no enum types.
    fn sqlite(&self, _change: &Change, _script: &mut SqliteScript<'_>) {}
}

/// What a type whose values change does to clients and rows.
fn replaced(
    from: &Enum,
    to: &Enum,
    columns: &[(String, Column)],
    changes: &Changes,
) -> Vec<Hazard> {
    let gone: Vec<&String> = (from.values.iter())
        .filter(|value| !to.values.contains(value))
        .collect();
    let mut hazards: Vec<Hazard> = gone
        .iter()
        .map(|value| Hazard::breaks(format!("removes value {value} of {}", to.name)))
        .collect();
    for (table, column) in columns {
        if !gone.is_empty() {
            let name = ident(&column.name);
            let condition = |gone: &str| {
                if column.kind.ends_with("[]") {
                    format!(
                        "EXISTS (SELECT FROM unnest({name}) AS one WHERE one::text IN ({gone}))"
                    )
                } else {
                    format!("{name}::text IN ({gone})")
                }
            };
            let rows = queries::removed(changes, table, &column.name, condition, &gone);
            hazards.push(rows);
        }
        let rewritten = format!("{table} is written anew");
        hazards.push(Hazard::new(HazardKind::Locks, rewritten));
    }
    hazards
}

fn reason_to_replace(from: &Enum, to: &Enum) -> &'static str {
    let keeps = from.values.iter().all(|value| to.values.contains(value));
    match keeps {
        false => "PostgreSQL can't take a value out of a type, so another one takes its place.",
        true if from.values.len() == to.values.len() => {
            "PostgreSQL can't put the values of a type in another order, so another type takes its place."
        }
        true => {
            "A value that is added to a type can be used only after a commit, and this script uses it, so \
             another type takes its place."
        }
    }
}

/// CREATE TYPE.
pub(crate) fn creation_of_enum(one: &Enum) -> String {
    let values: Vec<String> = one.values.iter().map(|value| literal(value)).collect();
    let (name, values) = (relation(&one.name), values.join(", "));
    format!("CREATE TYPE {name} AS ENUM ({values})")
}

fn create(one: &Enum, script: &mut PostgresScript<'_>) {
    let name = relation(&one.name);
    script.text.run(&creation_of_enum(one));
    if one.comment.is_some() {
        script.comment_on("TYPE", &name, one.comment.as_deref());
    }
}

/// Makes a column of the new type, in the way of which its default stands.
fn move_column(table: &str, column: &Column, script: &mut PostgresScript<'_>) {
    let before = script
        .changes
        .table_before(table)
        .and_then(|table| table.column(&column.name));
    let had_default = before.is_some_and(|before| before.default.is_some());
    let of = ident(&column.name);
    if had_default {
        script.alter(table, &format!("ALTER COLUMN {of} DROP DEFAULT"));
    }
    let kind = &column.kind;
    let text = if kind.ends_with("[]") {
        "text[]"
    } else {
        "text"
    };
    script.alter(
        table,
        &format!("ALTER COLUMN {of} TYPE {kind} USING {of}::{text}::{kind}"),
    );
    if let Some(default) = &column.default {
        script.alter(table, &format!("ALTER COLUMN {of} SET DEFAULT {default}"));
    }
}
