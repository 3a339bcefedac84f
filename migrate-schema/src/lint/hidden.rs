//! What the schemas tell and no statement says: the acts of a `DO` block, of Rust code, of a table that is made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use migrate_chain::Dialect;

use super::locks::Lock;
use super::statement::{Act, ColumnDef, ConstraintDef, ConstraintKind, Statement};
use super::step::{Step, mention};
use crate::diff::{Changes, Renames, compared};
use crate::model::{Column, Numbering, Schema};
use crate::operation::{
    Change, ColumnOperation, Constraint, ConstraintOperation, EnumOperation, IndexOperation,
    Operation, TableOperation,
};

/// Marks what only looks like an act: a table that the script drops to make it anew, or renames to keep a copy.
///
/// The copies, in lower case: they are the script's own.
pub(super) fn mark_rebuilds(
    statements: &mut [Statement],
    before: Option<&Schema>,
    after: Option<&Schema>,
) -> BTreeSet<String> {
    let has = |schema: Option<&Schema>, name: &str| {
        schema.map(|schema| {
            schema
                .tables
                .keys()
                .any(|own| own.eq_ignore_ascii_case(name))
        })
    };
    let targets: Vec<String> = acts(statements)
        .filter_map(|act| match act {
            Act::RenameTable { to, .. } => Some(to.to_lowercase()),
            _ => None,
        })
        .collect();
    let copies_rows = acts(statements).any(|act| matches!(act, Act::Insert { .. }));
    let mut copies = BTreeSet::new();
    for statement in statements.iter_mut() {
        statement.acts.retain_mut(|(_, act)| match act {
            Act::DropTable {
                table, is_rebuilt, ..
            } => {
                let comes_back = targets.contains(&table.to_lowercase());
                // A table that is dropped and created again is empty, unless its rows were copied.
                *is_rebuilt = comes_back
                    || (has(before, table) == Some(true)
                        && has(after, table) == Some(true)
                        && copies_rows);
                true
            }
            Act::RenameTable { table, to } => {
                let stays = has(before, table) == Some(true) && has(after, table) == Some(true);
                if stays {
                    copies.insert(to.to_lowercase());
                }
                !stays
            }
            _ => true,
        });
    }
    copies
}

/// What makes the one schema of the other, with the renames that statements tell.
pub(super) fn changes(statements: &[Statement], before: &Schema, after: &Schema) -> Changes {
    let mut renames = Renames::default();
    let own = |schema: &Schema, name: &str| -> Option<String> {
        let mut names = schema.tables.keys();
        names.find(|own| own.eq_ignore_ascii_case(name)).cloned()
    };
    for act in acts(statements) {
        if let Act::RenameTable { table, to } = act
            && let (Some(table), Some(to)) = (own(before, table), own(after, to))
            && own(before, &to).is_none()
        {
            renames.tables.insert(table, to);
        }
    }
    // Names that change places go by way of another: what counts is the first and the last.
    let mut moved: BTreeMap<(String, String), String> = BTreeMap::new();
    for act in acts(statements) {
        let Act::RenameColumn { table, column, to } = act else {
            continue;
        };
        let new = own(before, table).map_or_else(
            || table.clone(),
            |old| renames.tables.get(&old).cloned().unwrap_or(old),
        );
        let Some(new) = own(after, &new) else {
            continue;
        };
        let first = moved.remove(&(new.clone(), column.to_lowercase()));
        let first = first.unwrap_or_else(|| column.clone());
        moved.insert((new, to.to_lowercase()), first);
    }
    for ((new, to), first) in &moved {
        let old = renames
            .tables
            .iter()
            .find_map(|(old, renamed)| (renamed == new).then(|| old.clone()))
            .unwrap_or_else(|| new.clone());
        let column_of = |schema: &Schema, table: &str, name: &str| {
            let table = schema.tables.get(table)?;
            let mut columns = table.columns.iter();
            columns.find_map(|one| {
                one.name
                    .eq_ignore_ascii_case(name)
                    .then(|| one.name.clone())
            })
        };
        if let (Some(from), Some(to)) = (column_of(before, &old, first), column_of(after, new, to))
            && from != to
        {
            renames.columns.insert((new.clone(), from), to);
        }
    }
    for act in acts(statements) {
        if let Act::RenameObject {
            kind: "type",
            name,
            to,
        } = act
            && before.enums.contains_key(name)
            && after.enums.contains_key(to)
        {
            renames.enums.insert(name.clone(), to.clone());
        }
    }
    compared(before, after, &renames)
}

/// Adds what no statement says, at the statement that names the object.
pub(super) fn complete(
    statements: &mut Vec<Statement>,
    changes: &Changes,
    dialect: Dialect,
    section: Range<usize>,
) {
    let mut hidden: Vec<(String, Act)> = Vec::new();
    for change in changes.operations.iter().filter(|one| one.is_asked()) {
        hidden.extend(act_of(statements, changes, change));
    }
    for (name, act) in hidden {
        let place = mention(statements, dialect, &name).map(|found| found.range.clone());
        let place = place.or_else(|| statements.first().map(|first| first.range.clone()));
        let range = place.unwrap_or_else(|| section.clone());
        match statements.iter_mut().find(|one| one.range == range) {
            Some(statement) => statement.acts.push((range, act)),
            None => statements.push(Statement {
                range: range.clone(),
                text: String::new(),
                acts: vec![(range, act)],
            }),
        }
    }
}

/// Adds the locks that a scratch server has shown and no statement tells: what a block or a function does.
pub(super) fn complete_locks(step: &mut Step<'_>, predicted: &[Lock]) {
    let mut hidden = Vec::new();
    for lock in step.traced.unwrap_or_default() {
        let mut known = predicted.iter();
        let known = known.find(|one| one.table.eq_ignore_ascii_case(&lock.table));
        let table = lock.table.clone();
        if !step.stands(&table) {
            continue;
        }
        // What a statement may rewrite is its own rule's to say, which knows what the server did.
        let has_rewrite = known.is_some_and(|one| one.rewrites)
            || step.acts().any(|seen| match seen.act {
                Act::AlterType { table: of, .. } | Act::AddColumn { table: of, .. } => {
                    of.eq_ignore_ascii_case(&table) || step.is_same_table(of, &table)
                }
                _ => false,
            });
        if lock.rewrites && !has_rewrite {
            let table = Some(table);
            let by = "what it does";
            hidden.push((lock.table.clone(), Act::Rewrite { table, by }));
        } else if known.is_none_or(|one| one.mode < lock.mode) {
            let mode = lock.mode;
            hidden.push((lock.table.clone(), Act::Lock { table, mode }));
        }
    }
    for (name, act) in hidden {
        let index = (step.statements.iter())
            .position(|one| one.text.to_lowercase().contains(&name.to_lowercase()));
        if let Some(statement) = step.statements.get_mut(index.unwrap_or_default()) {
            statement.acts.push((statement.range.clone(), act));
        }
    }
}

fn acts(statements: &[Statement]) -> impl Iterator<Item = &Act> {
    let all = statements.iter().flat_map(|statement| &statement.acts);
    all.map(|(_, act)| act)
}

/// The act that a change stands for, and what it is about; `None` where a statement says it.
fn act_of(statements: &[Statement], changes: &Changes, change: &Change) -> Option<(String, Act)> {
    let said = |is: &dyn Fn(&Act) -> bool| acts(statements).any(is);
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    match &change.operation {
        Operation::Table(TableOperation::Drop(gone)) => {
            let table = gone.name.clone();
            let is_said = |act: &Act| match act {
                Act::DropTable { table: of, .. } => same(of, &table),
                Act::RenameTable { table: of, .. } => same(of, &table),
                // A name of the schema stands for all that is in it.
                Act::DropObject { kind, .. } => ["schema", "extension"].contains(kind),
                _ => false,
            };
            (!said(&is_said)).then(|| {
                let act = Act::DropTable {
                    table: table.clone(),
                    cascade: false,
                    is_rebuilt: false,
                };
                (table, act)
            })
        }
        Operation::Column(operation) => column(statements, changes, operation),
        Operation::Constraint(ConstraintOperation::Add { table, constraint }) => {
            let constraint = defined(constraint);
            let is_said = |act: &Act| match act {
                Act::AddConstraint {
                    table: of,
                    constraint: said,
                } => same(of, table) && said.kind == constraint.kind,
                Act::AddColumn { table: of, .. } => same(of, table),
                _ => false,
            };
            (!said(&is_said)).then(|| {
                let table = table.clone();
                (table.clone(), Act::AddConstraint { table, constraint })
            })
        }
        Operation::Index(IndexOperation::Create { table, index }) => {
            let is_said = |act: &Act| match act {
                Act::CreateIndex { table: of, .. } => same(of, table),
                _ => false,
            };
            (!said(&is_said)).then(|| {
                let act = Act::CreateIndex {
                    name: Some(index.name.clone()),
                    table: table.clone(),
                    columns: Vec::new(),
                    is_unique: index.unique,
                    is_concurrent: false,
                };
                (index.name.clone(), act)
            })
        }
        Operation::Enum(EnumOperation::Drop(gone)) => {
            let is_said = |act: &Act| matches!(act, Act::DropObject { kind: "type", name, .. } if same(name, &gone.name));
            (!said(&is_said)).then(|| {
                let act = Act::DropObject {
                    kind: "type",
                    name: gone.name.clone(),
                    cascade: false,
                };
                (gone.name.clone(), act)
            })
        }
        _ => None,
    }
}

fn column(
    statements: &[Statement],
    changes: &Changes,
    operation: &ColumnOperation,
) -> Option<(String, Act)> {
    let said = |is: &dyn Fn(&Act) -> bool| acts(statements).any(is);
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    match operation {
        ColumnOperation::Drop { table, column } => {
            let is_said = |act: &Act| matches!(act, Act::DropColumn { column: of, .. } if same(of, &column.name));
            if said(&is_said) {
                return None;
            }
            let (table, name) = (table.clone(), column.name.clone());
            // A copy that carries the values over under another name.
            let renamed = added(changes, &table, column).filter(|_| {
                let dialect = changes.dialect();
                let mut copies = statements.iter().filter(|one| {
                    one.acts
                        .iter()
                        .any(|(_, act)| matches!(act, Act::Insert { .. }))
                });
                copies.any(|one| crate::sql::mentions(&one.text, dialect, &name.to_lowercase()))
            });
            let act = match renamed {
                Some(to) => Act::RenameColumn {
                    table,
                    column: name.clone(),
                    to: to.to_owned(),
                },
                None => Act::DropColumn {
                    table,
                    column: name.clone(),
                    cascade: false,
                },
            };
            Some((name, act))
        }
        ColumnOperation::Add { table, column, .. } => {
            let is_said = |act: &Act| matches!(act, Act::AddColumn { column: of, .. } if same(&of.name, &column.name));
            (!said(&is_said)).then(|| {
                let act = Act::AddColumn {
                    table: table.clone(),
                    column: column_def(column),
                };
                (column.name.clone(), act)
            })
        }
        ColumnOperation::Change {
            table, from, to, ..
        } => {
            let (table, column) = (table.clone(), to.name.clone());
            let is_said = |act: &Act| match act {
                Act::AlterType { column: of, .. } => from.kind != to.kind && same(of, &column),
                Act::SetNotNull { column: of, .. } | Act::DropNotNull { column: of, .. } => {
                    from.nullable != to.nullable && same(of, &column)
                }
                Act::AddConstraint { constraint, .. } => {
                    from.nullable && !to.nullable && constraint.kind == ConstraintKind::PrimaryKey
                }
                _ => false,
            };
            if said(&is_said) {
                return None;
            }
            let name = column.clone();
            let act = if from.kind != to.kind {
                let to = to.kind.clone();
                Act::AlterType { table, column, to }
            } else if from.nullable && !to.nullable {
                Act::SetNotNull { table, column }
            } else if !from.nullable && to.nullable {
                Act::DropNotNull { table, column }
            } else {
                return None;
            };
            Some((name, act))
        }
        ColumnOperation::Rename { .. } => None,
    }
}

/// A column that the same change adds and that may be the old one under a new name.
fn added<'c>(changes: &'c Changes, table: &str, gone: &Column) -> Option<&'c str> {
    changes
        .operations
        .iter()
        .find_map(|change| match &change.operation {
            Operation::Column(ColumnOperation::Add {
                table: of, column, ..
            }) if of == table && column.kind == gone.kind => Some(column.name.as_str()),
            _ => None,
        })
}

fn column_def(column: &Column) -> ColumnDef {
    ColumnDef {
        name: column.name.clone(),
        kind: column.kind.to_lowercase(),
        not_null: !column.nullable,
        default: column.default.as_ref().map(|text| text.to_lowercase()),
        is_identity: column.numbering.is_some_and(|one| one != Numbering::Serial),
        is_generated: column.generated.is_some(),
        is_stored: column.generated.as_ref().is_some_and(|one| one.stored),
        ..ColumnDef::default()
    }
}

fn defined(constraint: &Constraint) -> ConstraintDef {
    let (kind, columns, references, validated) = match constraint {
        Constraint::PrimaryKey(key) => (ConstraintKind::PrimaryKey, &key.columns[..], None, true),
        Constraint::Unique(unique) => (ConstraintKind::Unique, &unique.columns[..], None, true),
        Constraint::ForeignKey(key) => (
            ConstraintKind::ForeignKey,
            &key.columns[..],
            Some(key.references.clone()),
            key.validated,
        ),
        Constraint::Check(check) => (ConstraintKind::Check, &[][..], None, check.validated),
    };
    ConstraintDef {
        name: constraint.name().map(str::to_owned),
        kind,
        columns: columns.to_vec(),
        references,
        not_valid: !validated,
        using_index: false,
        expression: None,
    }
}
