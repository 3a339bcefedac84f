//! Schemas, which hold tables and types (PostgreSQL).

use super::{Change, Describe, Operation, Phase, Role};
use crate::diff::Changes;
use crate::hazards::Hazard;
use crate::render::{PostgresScript, SqliteScript};
use crate::sql::ident;

/// What is done to a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaOperation {
    /// Creates it.
    Create(String),
    /// Drops it, which fails unless it is empty.
    Drop(String),
}

impl From<SchemaOperation> for Operation {
    fn from(operation: SchemaOperation) -> Operation {
        Operation::Schema(operation)
    }
}

impl Describe for SchemaOperation {
    fn table(&self) -> Option<&str> {
        None
    }

    fn phase(&self, _role: &Role) -> Phase {
        match self {
            SchemaOperation::Create(_) => Phase::CreateSchema,
            SchemaOperation::Drop(_) => Phase::DropSchema,
        }
    }

    fn describe(&self) -> String {
        match self {
            SchemaOperation::Create(name) => format!("create schema {name}"),
            SchemaOperation::Drop(name) => format!("drop schema {name}"),
        }
    }

    fn hazards(&self, _change: &Change, _changes: &Changes) -> Vec<Hazard> {
        match self {
            SchemaOperation::Create(_) => Vec::new(),
            SchemaOperation::Drop(name) => vec![Hazard::breaks(format!("drops schema {name}"))],
        }
    }

    fn postgres(&self, _change: &Change, script: &mut PostgresScript<'_>) {
        match self {
            SchemaOperation::Create(name) => {
                script.text.run(&format!("CREATE SCHEMA {}", ident(name)));
            }
            SchemaOperation::Drop(name) => {
                script.text.run(&format!("DROP SCHEMA {}", ident(name)));
            }
        }
    }

    /// SQLite has no schemas.
    fn sqlite(&self, _change: &Change, _script: &mut SqliteScript<'_>) {}
}
