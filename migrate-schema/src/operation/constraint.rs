//! Constraints of tables that exist.

use migrate_chain::{Constraint as Naming, Dialect};

use super::{Change, Describe, Operation, Phase, Role};
use crate::diff::{Changes, CheckValues, free_constraint_name};
use crate::hazards::{Hazard, HazardKind, queries};
use crate::model::{Check, Column, ForeignKey, Index, PARTITIONED, PrimaryKey, Table, Unique};
use crate::render::{PostgresScript, SqliteScript, definition};
use crate::sql::{ident, idents, relation};

/// What is done to a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintOperation {
    /// Adds it.
    Add {
        /// The table.
        table: String,
        /// What it is.
        constraint: Constraint,
    },
    /// Drops it.
    Drop {
        /// The table.
        table: String,
        /// What it was.
        constraint: Constraint,
    },
    /// Renames it (PostgreSQL).
    Rename {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Has the database look at the rows that a NOT VALID constraint was never held against.
    Validate {
        /// The table.
        table: String,
        /// The constraint.
        constraint: Constraint,
    },
}

impl From<ConstraintOperation> for Operation {
    fn from(operation: ConstraintOperation) -> Operation {
        Operation::Constraint(operation)
    }
}

impl Describe for ConstraintOperation {
    fn table(&self) -> Option<&str> {
        let (ConstraintOperation::Add { table, .. }
        | ConstraintOperation::Drop { table, .. }
        | ConstraintOperation::Rename { table, .. }
        | ConstraintOperation::Validate { table, .. }) = self;
        Some(table)
    }

    fn phase(&self, _role: &Role) -> Phase {
        let is_key = |constraint: &Constraint| matches!(constraint, Constraint::ForeignKey(_));
        match self {
            ConstraintOperation::Add { constraint, .. } if is_key(constraint) => {
                Phase::AddForeignKey
            }
            ConstraintOperation::Add { .. } => Phase::AddConstraint,
            ConstraintOperation::Drop { constraint, .. } if is_key(constraint) => {
                Phase::DropForeignKey
            }
            ConstraintOperation::Drop { .. } => Phase::DropConstraint,
            ConstraintOperation::Rename { .. } => Phase::RenameConstraint,
            ConstraintOperation::Validate { .. } => Phase::ValidateConstraint,
        }
    }

    fn describe(&self) -> String {
        let named = |constraint: &Constraint| match constraint.name() {
            Some(name) => format!("{} {name}", constraint.kind()),
            None => constraint.kind().to_owned(),
        };
        match self {
            ConstraintOperation::Add { table, constraint } => {
                format!("add {} on {table}", named(constraint))
            }
            ConstraintOperation::Drop { table, constraint } => {
                format!("drop {} on {table}", named(constraint))
            }
            ConstraintOperation::Rename { table, from, to } => {
                format!("rename constraint {from} on {table} to {to}")
            }
            ConstraintOperation::Validate { table, constraint } => {
                format!("validate {} on {table}", named(constraint))
            }
        }
    }

    fn hazards(&self, change: &Change, changes: &Changes) -> Vec<Hazard> {
        if let ConstraintOperation::Drop {
            table,
            constraint: Constraint::PrimaryKey(_),
        } = self
            && changes.dialect() == Dialect::Sqlite
        {
            return queries::lost_rowid(changes, table).into_iter().collect();
        }
        let ConstraintOperation::Add { table, constraint } = self else {
            return Vec::new();
        };
        match CheckValues::of(change, &changes.operations) {
            Some(values) => listed(changes, table, &values),
            None => added(changes, table, constraint),
        }
    }

    fn constants(&self) -> Vec<&str> {
        match self {
            ConstraintOperation::Add {
                constraint: Constraint::Check(check),
                ..
            } => vec![&check.expression],
            _ => Vec::new(),
        }
    }

    fn postgres(&self, change: &Change, script: &mut PostgresScript<'_>) {
        match self {
            ConstraintOperation::Add { table, constraint } => {
                script.warn(change);
                script.add_constraint(table, constraint, &change.role);
            }
            ConstraintOperation::Drop { table, constraint } => {
                let Some(name) = constraint.name() else {
                    return;
                };
                if let Some(because) = change.because() {
                    let room = format!("{name} makes room: {because}.");
                    script.text.comment(&room);
                }
                script.alter(table, &format!("DROP CONSTRAINT {}", ident(name)));
            }
            ConstraintOperation::Rename { table, from, to } => {
                let (from, to) = (ident(from), ident(to));
                script.alter(table, &format!("RENAME CONSTRAINT {from} TO {to}"));
            }
            ConstraintOperation::Validate { table, constraint } => {
                if let Some(name) = constraint.name() {
                    script.alter(table, &format!("VALIDATE CONSTRAINT {}", ident(name)));
                }
            }
        }
    }

    /// A rebuild does it, or it stands behind a new column.
    fn sqlite(&self, _change: &Change, _script: &mut SqliteScript<'_>) {}
}

impl ConstraintOperation {
    /// What is done to the constraint of another table.
    pub(crate) fn of(&self, other: &str) -> ConstraintOperation {
        let mut of = self.clone();
        let (ConstraintOperation::Add { table, .. }
        | ConstraintOperation::Drop { table, .. }
        | ConstraintOperation::Rename { table, .. }
        | ConstraintOperation::Validate { table, .. }) = &mut of;
        other.clone_into(table);
        of
    }

    /// Whether it is about a CHECK, which tables inherit as they do columns. A rename doesn't say.
    pub(crate) fn is_check(&self) -> bool {
        match self {
            ConstraintOperation::Add { constraint, .. }
            | ConstraintOperation::Drop { constraint, .. }
            | ConstraintOperation::Validate { constraint, .. } => {
                matches!(constraint, Constraint::Check(_))
            }
            ConstraintOperation::Rename { .. } => true,
        }
    }
}

/// A constraint of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// PRIMARY KEY.
    PrimaryKey(PrimaryKey),
    /// UNIQUE.
    Unique(Unique),
    /// FOREIGN KEY.
    ForeignKey(ForeignKey),
    /// CHECK.
    Check(Check),
}

impl Constraint {
    /// Its name, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Constraint::PrimaryKey(key) => key.name.as_deref(),
            Constraint::Unique(unique) => Some(&unique.name),
            Constraint::ForeignKey(key) => Some(&key.name),
            Constraint::Check(check) => Some(&check.name),
        }
    }

    /// What SQL calls it, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Constraint::PrimaryKey(_) => "primary key",
            Constraint::Unique(_) => "unique constraint",
            Constraint::ForeignKey(_) => "foreign key",
            Constraint::Check(_) => "check",
        }
    }

    /// Whether it is about a column of its own table; for a CHECK, whether its text holds the name.
    pub fn is_about(&self, column: &str, dialect: Dialect) -> bool {
        let among = |columns: &[String]| columns.iter().any(|one| one == column);
        match self {
            Constraint::PrimaryKey(key) => among(&key.columns),
            Constraint::Unique(unique) => among(&unique.columns),
            Constraint::ForeignKey(key) => among(&key.columns),
            Constraint::Check(check) => crate::sql::mentions(&check.expression, dialect, column),
        }
    }
}

/// Every constraint of a table.
pub(crate) fn constraints(table: &Table) -> Vec<Constraint> {
    let key = table
        .primary_key
        .iter()
        .cloned()
        .map(Constraint::PrimaryKey);
    let uniques = table.uniques.values().cloned().map(Constraint::Unique);
    let checks = table.checks.values().cloned().map(Constraint::Check);
    let keys = table
        .foreign_keys
        .values()
        .cloned()
        .map(Constraint::ForeignKey);
    key.chain(uniques).chain(checks).chain(keys).collect()
}

/// What a list of values that is a CHECK does. One that only grows refuses no row.
fn listed(changes: &Changes, table: &str, values: &CheckValues) -> Vec<Hazard> {
    let column = &values.column;
    let renamed = changes.renamed_values(table, column);
    let gone = values.gone(&renamed);
    let of = format!("{table}.{column}");
    let renames = renamed.iter();
    let renames = renames.map(|(from, to)| format!("renames value {from} of {of} to {to}"));
    let removes = gone
        .iter()
        .map(|value| format!("removes value {value} of {of}"));
    let mut hazards: Vec<Hazard> = (renames.chain(removes)).map(Hazard::breaks).collect();
    if !gone.is_empty() {
        let name = ident(column);
        let condition = |gone: &str| format!("{name} IN ({gone})");
        hazards.push(queries::removed(changes, table, column, condition, &gone));
    }
    hazards
}

/// What a new constraint may find.
fn added(changes: &Changes, table: &str, constraint: &Constraint) -> Vec<Hazard> {
    let dialect = changes.dialect();
    let rows = queries::rows(changes, table, &|column| {
        constraint.is_about(column, dialect)
    });
    let name = rows.named(table);
    match constraint {
        Constraint::Unique(key) if rows.is_null && !key.nulls_not_distinct => Vec::new(),
        Constraint::ForeignKey(_) if rows.is_null => Vec::new(),
        // What a model gives to every row, its own CHECK takes.
        Constraint::Check(_) if rows.is_same => Vec::new(),
        Constraint::PrimaryKey(PrimaryKey { columns, .. })
        | Constraint::Unique(Unique { columns, .. }) => {
            let list = idents(columns);
            let query =
                format!("SELECT {list}, count(*) FROM {name} GROUP BY {list} HAVING count(*) > 1");
            vec![
                Hazard::new(
                    HazardKind::MayFail,
                    format!("rows of {table} that are equal in {list}"),
                )
                .query(query),
                Hazard::new(HazardKind::Locks, format!("{table} is read for a key")),
            ]
        }
        Constraint::Check(check) => {
            let query = format!("SELECT * FROM {name} WHERE NOT ({})", check.expression);
            let refused = format!("rows of {table} that {} refuses", check.name);
            vec![Hazard::new(HazardKind::MayFail, refused).query_if(!rows.is_retyped, query)]
        }
        Constraint::ForeignKey(key) => {
            let both = key.columns.iter().zip(&key.referenced);
            let on: Vec<String> = both
                .map(|(own, other)| format!("parent.{} = child.{}", ident(other), ident(own)))
                .collect();
            let set: Vec<String> = key
                .columns
                .iter()
                .map(|own| format!("child.{} IS NOT NULL", ident(own)))
                .collect();
            let mut query = format!(
                "SELECT * FROM {} WHERE {}",
                rows.named("child"),
                set.join(" AND ")
            );
            let mut is_askable = !rows.is_retyped;
            // A table that is new has no rows to refer to.
            if changes.table_before(&key.references).is_some() {
                let is_key = |column: &str| key.referenced.iter().any(|one| one == column);
                let parent = queries::rows(changes, &key.references, &is_key);
                is_askable &= !parent.is_retyped;
                let (parent, on) = (parent.named("parent"), on.join(" AND "));
                query += &format!(" AND NOT EXISTS (SELECT 1 FROM {parent} WHERE {on})");
            }
            vec![
                Hazard::new(
                    HazardKind::MayFail,
                    format!("rows of {table} that refer to no row of {}", key.references),
                )
                .query_if(is_askable, query),
            ]
        }
    }
}

/// The unique index of a constraint, as it is built beforehand.
fn built_online(name: &str, columns: &[String], nulls_not_distinct: bool) -> Index {
    Index {
        name: name.to_owned(),
        unique: true,
        method: String::new(),
        keys: columns.iter().map(|column| ident(column)).collect(),
        include: Vec::new(),
        predicate: None,
        nulls_not_distinct,
        storage: None,
        comment: None,
    }
}

impl PostgresScript<'_> {
    /// A constraint over rows that exist is added unchecked, then checked.
    fn add_constraint(&mut self, table: &str, one: &Constraint, role: &Role) {
        let text = definition::constraint(one);
        // A partitioned table takes no NOT VALID reference.
        let to = self.changes.table_after(table);
        let is_partitioned =
            to.is_some_and(|table| table.not_understood.as_deref() == Some(PARTITIONED));
        let (checkable, validated) = match one {
            Constraint::ForeignKey(key) => (true, key.validated),
            Constraint::Check(check) => (true, check.validated),
            Constraint::PrimaryKey(_) | Constraint::Unique(_) => (false, true),
        };
        if !validated {
            self.alter(table, &format!("ADD {text} NOT VALID"));
        } else if self.changes.is_online {
            self.add_online(table, one);
        } else if checkable && *role == Role::Asked && !is_partitioned {
            self.text.comment(
                "Two steps: the first holds for new rows at once, the second reads the rows. On a big table in use, \
                 generate this with --online, so that writers don't wait meanwhile.",
            );
            self.add_then_validate(table, one);
        } else {
            self.alter(table, &format!("ADD {text}"));
        }
    }

    /// Adds a constraint to a table that is in use.
    fn add_online(&mut self, table: &str, one: &Constraint) {
        match one {
            Constraint::Unique(unique) => self.add_unique_online(table, unique),
            Constraint::ForeignKey(_) | Constraint::Check(_) => {
                self.text
                    .comment("The first holds for new rows at once. The second reads the rows, and nobody waits for it.");
                self.add_then_validate(table, one);
            }
            Constraint::PrimaryKey(key) => self.add_key_online(table, key),
        }
    }

    /// Unchecked first, which needs no look at the rows.
    fn add_then_validate(&mut self, table: &str, one: &Constraint) {
        self.alter(
            table,
            &format!("ADD {} NOT VALID", definition::constraint(one)),
        );
        if let Some(name) = one.name() {
            self.alter(table, &format!("VALIDATE CONSTRAINT {}", ident(name)));
        }
    }

    fn add_unique_online(&mut self, table: &str, unique: &Unique) {
        let index = built_online(&unique.name, &unique.columns, unique.nulls_not_distinct);
        let when = definition::deferrable(unique.deferrable);
        self.add_built(table, &index, "UNIQUE", when);
    }

    /// Its columns take no NULL by now, so that no row is read again.
    fn add_key_online(&mut self, table: &str, key: &PrimaryKey) {
        match &key.name {
            Some(name) => {
                let index = built_online(name, &key.columns, false);
                self.add_built(table, &index, "PRIMARY KEY", "");
            }
            None => {
                let key = Constraint::PrimaryKey(key.clone());
                self.alter(table, &format!("ADD {}", definition::constraint(&key)));
            }
        }
    }

    /// Adds a constraint over an index that is built beforehand.
    fn add_built(&mut self, table: &str, index: &Index, kind: &str, when: &str) {
        self.text
            .comment("The index is built while others write, then it becomes the constraint's.");
        self.text.run(&definition::index_concurrently(table, index));
        let name = ident(&index.name);
        self.alter(
            table,
            &format!("ADD CONSTRAINT {name} {kind} USING INDEX {name}{when}"),
        );
    }

    /// NOT NULL by way of a CHECK: with one that is validated, PostgreSQL 12 and later don't read the
    /// table again.
    pub(super) fn set_not_null_online(&mut self, table: &str, to: &Column, fill: Option<&str>) {
        let column = ident(&to.name);
        let both = [
            self.changes.table_before(table),
            self.changes.table_after(table),
        ];
        let tables: Vec<&Table> = both.into_iter().flatten().collect();
        let check = Check {
            name: free_constraint_name(
                &tables,
                &Naming::Check.name(table, &[&to.name, "not_null"]),
            ),
            expression: format!("{column} IS NOT NULL"),
            validated: true,
            is_named: true,
        };
        let name = ident(&check.name);
        let fill = fill.map(|fill| format!("SET {column} = {fill} WHERE {column} IS NULL"));
        if let Some(fill) = &fill {
            self.update(table, fill);
        }
        self.text.comment(&format!(
            "With this CHECK validated, SET NOT NULL doesn't read {table} while it locks it."
        ));
        let add = definition::constraint(&Constraint::Check(check));
        self.alter(table, &format!("ADD {add} NOT VALID"));
        if let Some(fill) = &fill {
            self.text.comment("For rows that came in the meantime:");
            self.text.run(&format!("UPDATE {} {fill}", relation(table)));
        }
        self.alter(table, &format!("VALIDATE CONSTRAINT {name}"));
        self.alter(table, &format!("ALTER COLUMN {column} SET NOT NULL"));
        self.alter(table, &format!("DROP CONSTRAINT {name}"));
    }
}
