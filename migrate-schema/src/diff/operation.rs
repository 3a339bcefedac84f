//! What a change of schema consists of.

use crate::model::{Check, Column, Enum, ForeignKey, Index, Opaque, PrimaryKey, Table, Unique};

/// One operation. Tables and columns are named as they are when it runs: a rename runs before
/// everything else, so by the new name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Takes away what is kept as it stands, because the change would be refused with it in place.
    DropOpaque {
        /// The table it hangs on, for a trigger or a policy.
        table: Option<String>,
        /// What it is.
        opaque: Opaque,
        /// What asks for it.
        because: String,
    },
    /// Puts it back.
    CreateOpaque {
        /// As for [`Operation::DropOpaque`].
        table: Option<String>,
        /// What it is, by the new names.
        opaque: Opaque,
        /// Names in its text that are gone: a person has to look at it.
        gone: Vec<String>,
    },
    /// Renames an enum type.
    RenameEnum {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Renames a value of an enum type.
    RenameValue {
        /// The type.
        of: String,
        /// The old value.
        from: String,
        /// The new one.
        to: String,
    },
    /// Renames a table.
    RenameTable {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Renames a column.
    RenameColumn {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Drops a constraint.
    DropConstraint {
        /// The table.
        table: String,
        /// What it was.
        constraint: Constraint,
        /// Set if it comes back: what is in its way.
        because: Option<String>,
    },
    /// Drops an index.
    DropIndex {
        /// The table.
        table: String,
        /// What it was.
        index: Index,
        /// As for [`Operation::DropConstraint`].
        because: Option<String>,
    },
    /// Renames a constraint.
    RenameConstraint {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Renames an index.
    RenameIndex {
        /// The table.
        table: String,
        /// As it was.
        from: Index,
        /// As it will be.
        to: Index,
    },
    /// Creates an enum type.
    CreateEnum(Enum),
    /// Adds a value to an enum type.
    AddValue {
        /// The type.
        of: String,
        /// The value.
        value: String,
        /// Where: in front of this one, else at the end.
        before: Option<String>,
    },
    /// Creates a table, foreign keys and indexes apart.
    CreateTable(Table),
    /// Changes what a table is: STRICT, WITHOUT ROWID (SQLite).
    ChangeTable {
        /// As it was.
        from: Table,
        /// As it will be.
        to: Table,
    },
    /// Puts a new enum type in the place of one whose values are not only added to.
    ReplaceEnum {
        /// As it was.
        from: Enum,
        /// As it will be.
        to: Enum,
        /// The table and the column, as it will be, of everything that is of the type.
        columns: Vec<(String, Column)>,
    },
    /// Adds a column.
    AddColumn {
        /// The table.
        table: String,
        /// The column.
        column: Column,
        /// What the rows that exist are given, if someone has said so.
        fill: Option<String>,
        /// Set if it was there before: why it is made anew.
        because: Option<String>,
    },
    /// Changes a column.
    ChangeColumn {
        /// The table.
        table: String,
        /// As it was, by its new name.
        from: Column,
        /// As it will be.
        to: Column,
        /// As for [`Operation::AddColumn`].
        fill: Option<String>,
    },
    /// Drops a column.
    DropColumn {
        /// The table.
        table: String,
        /// What it was.
        column: Column,
        /// Set if it comes back: what is in its way.
        because: Option<String>,
    },
    /// Adds a constraint.
    AddConstraint {
        /// The table.
        table: String,
        /// What it is.
        constraint: Constraint,
        /// True if it was there before the script.
        again: bool,
    },
    /// Has the database look at the rows that a NOT VALID constraint was never held against.
    ValidateConstraint {
        /// The table.
        table: String,
        /// The constraint.
        constraint: Constraint,
    },
    /// Creates an index.
    CreateIndex {
        /// The table.
        table: String,
        /// What it is.
        index: Index,
        /// True if it was there before the script.
        again: bool,
    },
    /// Says something else of a table (PostgreSQL).
    CommentTable {
        /// The table.
        table: String,
        /// What was said.
        from: Option<String>,
        /// What is said.
        to: Option<String>,
    },
    /// Says something else of an enum type.
    CommentEnum {
        /// The type.
        of: String,
        /// What was said.
        from: Option<String>,
        /// What is said.
        to: Option<String>,
    },
    /// Drops a table.
    DropTable(Table),
    /// Drops an enum type.
    DropEnum(Enum),
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
    pub fn is_about(&self, column: &str, dialect: migrate_chain::Dialect) -> bool {
        let among = |columns: &[String]| columns.iter().any(|one| one == column);
        match self {
            Constraint::PrimaryKey(key) => among(&key.columns),
            Constraint::Unique(unique) => among(&unique.columns),
            Constraint::ForeignKey(key) => among(&key.columns),
            Constraint::Check(check) => crate::sql::mentions(&check.expression, dialect, column),
        }
    }
}

impl Operation {
    /// The table it belongs to.
    pub fn table(&self) -> Option<&str> {
        use Operation::*;
        match self {
            DropOpaque { table, .. } | CreateOpaque { table, .. } => table.as_deref(),
            RenameTable { to, .. } => Some(to),
            CreateTable(table) | DropTable(table) | ChangeTable { to: table, .. } => {
                Some(&table.name)
            }
            RenameColumn { table, .. }
            | DropConstraint { table, .. }
            | DropIndex { table, .. }
            | RenameConstraint { table, .. }
            | RenameIndex { table, .. }
            | AddColumn { table, .. }
            | ChangeColumn { table, .. }
            | DropColumn { table, .. }
            | AddConstraint { table, .. }
            | ValidateConstraint { table, .. }
            | CreateIndex { table, .. }
            | CommentTable { table, .. } => Some(table),
            RenameEnum { .. }
            | RenameValue { .. }
            | CreateEnum(_)
            | AddValue { .. }
            | ReplaceEnum { .. }
            | CommentEnum { .. }
            | DropEnum(_) => None,
        }
    }

    /// Where it stands among the others: what it needs comes before it, what goes comes last, so
    /// that rows can be moved from the old to the new in between.
    pub(super) fn rank(&self) -> u8 {
        use Operation::*;
        match self {
            RenameEnum { .. } => 0,
            RenameValue { .. } => 1,
            RenameTable { .. } => 2,
            RenameColumn { .. } => 3,
            // It is on a table by its new name.
            DropOpaque { .. } => 4,
            DropConstraint {
                constraint: Constraint::ForeignKey(_),
                ..
            } => 5,
            DropIndex { .. } => 6,
            DropConstraint { .. } => 7,
            RenameConstraint { .. } => 8,
            RenameIndex { .. } => 9,
            DropColumn {
                because: Some(_), ..
            } => 10,
            CreateEnum(_) => 11,
            AddValue { .. } => 12,
            ReplaceEnum { .. } => 13,
            CreateTable(_) => 14,
            ChangeTable { .. } => 15,
            AddColumn { column, .. } if column.generated.is_none() => 16,
            ChangeColumn { .. } => 17,
            AddColumn { .. } => 18,
            AddConstraint {
                constraint: Constraint::ForeignKey(_),
                ..
            } => 20,
            // A foreign key may refer to a unique index.
            AddConstraint { .. } => 19,
            CreateIndex { index, .. } if index.unique => 19,
            ValidateConstraint { .. } => 21,
            CreateIndex { .. } => 22,
            CommentEnum { .. } => 23,
            CommentTable { .. } => 24,
            // A generated column first: it may be computed from one of the others.
            DropColumn { column, .. } if column.generated.is_some() => 25,
            DropColumn { .. } => 26,
            DropTable(_) => 27,
            DropEnum(_) => 28,
            CreateOpaque { .. } => 29,
        }
    }
}
