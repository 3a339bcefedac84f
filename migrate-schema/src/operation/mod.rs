//! What a change of schema consists of: one file an object, with what can be done to it, and for each what a person
//! calls it, what it does to others and how both databases are told in SQL.
//!
//! There is no inverse of an operation: the way back is the difference of the two schemas the other way around
//! ([`Changes::back`]), so that it is right for several operations together too.

mod column;
mod constraint;
mod enums;
mod index;
mod opaque;
mod schema;
mod table;

pub use column::ColumnOperation;
pub use constraint::{Constraint, ConstraintOperation};
pub use enums::EnumOperation;
pub use index::IndexOperation;
pub use opaque::OpaqueOperation;
pub use schema::SchemaOperation;
pub use table::TableOperation;

pub(crate) use column::{converted, is_made_anew, unfilled};
pub(crate) use constraint::constraints;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) use enums::creation_of_enum;
pub(crate) use index::is_on;
pub(crate) use opaque::unread;

use crate::diff::Changes;
use crate::hazards::Hazard;
use crate::render::{PostgresScript, SqliteScript};

/// One step of a script, and why it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What is done.
    pub operation: Operation,
    /// Why.
    pub role: Role,
}

/// Why an operation is part of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The schemas differ in it.
    Asked,
    /// Another operation would be refused with the object in place; it is put back, unless it goes with its table.
    TakenDown {
        /// What is in its way.
        because: String,
    },
    /// The object was there before the script, or belongs to a table that the script creates.
    PutBack,
    /// The object lives only while the script runs.
    Temporary,
}

/// What is done, by the kind of object. Tables and columns are named as they are when it runs: a rename runs before
/// everything else, so by the new name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// To a schema.
    Schema(SchemaOperation),
    /// To a table.
    Table(TableOperation),
    /// To a column.
    Column(ColumnOperation),
    /// To a constraint.
    Constraint(ConstraintOperation),
    /// To an index.
    Index(IndexOperation),
    /// To an enum type.
    Enum(EnumOperation),
    /// To an object that no model describes.
    Opaque(OpaqueOperation),
}

/// What every operation says about itself.
pub(crate) trait Describe {
    /// The table it belongs to, by its new name.
    fn table(&self) -> Option<&str>;

    /// Its place among the operations of a script.
    fn phase(&self, role: &Role) -> Phase;

    /// What a person calls it.
    fn describe(&self) -> String;

    /// What it does to clients, rows and locks if it is asked for.
    fn hazards(&self, _change: &Change, _changes: &Changes) -> Vec<Hazard> {
        Vec::new()
    }

    /// SQL in it that may hold a constant of an enum type.
    fn constants(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The tables and types that it needs, its own table apart.
    fn needs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Writes it for PostgreSQL.
    fn postgres(&self, change: &Change, script: &mut PostgresScript<'_>);

    /// Writes it for SQLite, unless a table that is made anew does it.
    fn sqlite(&self, change: &Change, script: &mut SqliteScript<'_>);
}

/// The place of an operation in a script: what others need comes first, what goes comes last, so that rows can be moved
/// from the old to the new in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    CreateSchema,
    RenameEnum,
    RenameValue,
    RenameTable,
    RenameColumn,
    /// The object is on a table by its new name.
    DropOpaque,
    DropForeignKey,
    DropIndex,
    DropConstraint,
    RenameConstraint,
    RenameIndex,
    TakeColumnDown,
    CreateEnum,
    AddValue,
    ReplaceEnum,
    CreateTable,
    ChangeTable,
    AddColumn,
    ChangeColumn,
    AddGeneratedColumn,
    /// A key, a CHECK, a unique index: a foreign key may refer to it.
    AddConstraint,
    AddForeignKey,
    ValidateConstraint,
    CreateIndex,
    CommentEnum,
    CommentTable,
    /// In front of the columns that it may be computed from.
    DropGeneratedColumn,
    DropColumn,
    DropTable,
    DropEnum,
    CreateOpaque,
    DropSchema,
}

impl Operation {
    /// The one place that knows every kind of object.
    fn object(&self) -> &dyn Describe {
        match self {
            Operation::Schema(operation) => operation,
            Operation::Table(operation) => operation,
            Operation::Column(operation) => operation,
            Operation::Constraint(operation) => operation,
            Operation::Index(operation) => operation,
            Operation::Enum(operation) => operation,
            Operation::Opaque(operation) => operation,
        }
    }

    /// The table it belongs to, by its new name.
    pub fn table(&self) -> Option<&str> {
        self.object().table()
    }
}

impl Change {
    pub(crate) fn asked(operation: impl Into<Operation>) -> Change {
        Change {
            operation: operation.into(),
            role: Role::Asked,
        }
    }

    pub(crate) fn taken_down(
        operation: impl Into<Operation>,
        because: impl Into<String>,
    ) -> Change {
        Change {
            operation: operation.into(),
            role: Role::TakenDown {
                because: because.into(),
            },
        }
    }

    pub(crate) fn put_back(operation: impl Into<Operation>) -> Change {
        Change {
            operation: operation.into(),
            role: Role::PutBack,
        }
    }

    pub(crate) fn temporary(operation: impl Into<Operation>) -> Change {
        Change {
            operation: operation.into(),
            role: Role::Temporary,
        }
    }

    /// The table it belongs to, by its new name.
    pub fn table(&self) -> Option<&str> {
        self.operation.table()
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.role == Role::Asked
    }

    /// What stands in the way, if it is taken down.
    pub(crate) fn because(&self) -> Option<&str> {
        match &self.role {
            Role::TakenDown { because } => Some(because),
            Role::Asked | Role::PutBack | Role::Temporary => None,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.operation.object().phase(&self.role)
    }

    /// What a person calls it; `None` for what only makes room for something else.
    pub fn describe(&self) -> Option<String> {
        self.is_asked().then(|| self.operation.object().describe())
    }

    /// What it does to clients, rows and locks.
    pub(crate) fn hazards(&self, changes: &Changes) -> Vec<Hazard> {
        if self.is_asked() {
            self.operation.object().hazards(self, changes)
        } else {
            Vec::new()
        }
    }

    pub(crate) fn constants(&self) -> Vec<&str> {
        self.operation.object().constants()
    }

    /// The tables and types that it changes or needs.
    pub(crate) fn needs(&self) -> Vec<&str> {
        let object = self.operation.object();
        object.table().into_iter().chain(object.needs()).collect()
    }

    pub(crate) fn postgres(&self, script: &mut PostgresScript<'_>) {
        self.operation.object().postgres(self, script);
    }

    pub(crate) fn sqlite(&self, script: &mut SqliteScript<'_>) {
        self.operation.object().sqlite(self, script);
    }
}
