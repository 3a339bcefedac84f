//! Views, triggers, policies, functions: what no model describes, taken down and put back around a change.

use migrate_chain::Dialect;

use super::{Change, Describe, Operation, Phase, Role};
use crate::model::Opaque;
use crate::render::{PostgresScript, SqliteScript};
use crate::sql::cursor::lex;
use crate::sql::{ident, relation};

/// What is done to an object that is kept as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpaqueOperation {
    /// Drops it: the change would be refused with it in place.
    Drop {
        /// The table it hangs on, for a trigger or a policy.
        table: Option<String>,
        /// What it is.
        opaque: Opaque,
    },
    /// Creates it.
    Create {
        /// The table it hangs on, for a trigger or a policy.
        table: Option<String>,
        /// What it is, by the new names.
        opaque: Opaque,
        /// Names in its text that are gone: a person has to look at it.
        gone: Vec<String>,
    },
}

impl From<OpaqueOperation> for Operation {
    fn from(operation: OpaqueOperation) -> Operation {
        Operation::Opaque(operation)
    }
}

impl Describe for OpaqueOperation {
    fn table(&self) -> Option<&str> {
        let (OpaqueOperation::Drop { table, .. } | OpaqueOperation::Create { table, .. }) = self;
        table.as_deref()
    }

    fn phase(&self, _role: &Role) -> Phase {
        match self {
            OpaqueOperation::Drop { .. } => Phase::DropOpaque,
            OpaqueOperation::Create { .. } => Phase::CreateOpaque,
        }
    }

    fn describe(&self) -> String {
        match self {
            OpaqueOperation::Drop { opaque, .. } => format!("drop {} {}", opaque.kind, opaque.name),
            OpaqueOperation::Create { opaque, .. } => {
                format!("create {} {}", opaque.kind, opaque.name)
            }
        }
    }

    fn constants(&self) -> Vec<&str> {
        match self {
            OpaqueOperation::Drop { .. } => Vec::new(),
            OpaqueOperation::Create { opaque, .. } => vec![&opaque.create],
        }
    }

    fn needs(&self) -> Vec<&str> {
        match self {
            OpaqueOperation::Drop { opaque, .. } => vec![&opaque.name],
            OpaqueOperation::Create { .. } => Vec::new(),
        }
    }

    fn postgres(&self, change: &Change, script: &mut PostgresScript<'_>) {
        match self {
            OpaqueOperation::Drop { opaque, .. } => {
                if let Some(because) = change.because() {
                    script.text.comment(&format!(
                        "The {} {} is put back below: {because}.",
                        opaque.kind, opaque.name
                    ));
                }
                script.text.run(&opaque.drop);
            }
            OpaqueOperation::Create {
                table,
                opaque,
                gone,
            } => script
                .text
                .create(script.changes, table.as_deref(), opaque, gone),
        }
    }

    fn sqlite(&self, _change: &Change, script: &mut SqliteScript<'_>) {
        script.text.group("views");
        match self {
            OpaqueOperation::Drop { opaque, .. } => script.text.run(&opaque.drop),
            OpaqueOperation::Create {
                table,
                opaque,
                gone,
            } => {
                script
                    .text
                    .create(script.changes, table.as_deref(), opaque, gone);
                if !gone.is_empty() {
                    probe(script, table.as_deref(), opaque);
                }
            }
        }
    }
}

/// SQLite looks at what a view or a trigger mentions only when it is used, so the script uses it.
fn probe(script: &mut SqliteScript<'_>, table: Option<&str>, opaque: &Opaque) {
    let name = relation(&opaque.name);
    let Some(table) = table else {
        if opaque.kind == "view" {
            script.text.run(&format!("SELECT * FROM {name} LIMIT 0"));
        }
        return;
    };
    let tokens = lex(&opaque.create, Dialect::Sqlite).unwrap_or_default();
    let event = tokens.iter().find_map(|token| {
        let mut events = ["INSERT", "UPDATE", "DELETE"].into_iter();
        events.find(|event| token.is_word(event))
    });
    let columns = script
        .changes
        .table_after(table)
        .map(|table| &table.columns);
    let name = relation(table);
    match event {
        Some("INSERT") => script
            .text
            .run(&format!("EXPLAIN INSERT INTO {name} DEFAULT VALUES")),
        Some("DELETE") => script.text.run(&format!("EXPLAIN DELETE FROM {name}")),
        Some("UPDATE") => {
            let written =
                (columns.into_iter().flatten()).filter(|column| column.generated.is_none());
            let set: Vec<String> = written
                .map(|column| format!("{0} = {0}", ident(&column.name)))
                .collect();
            if !set.is_empty() {
                script
                    .text
                    .run(&format!("EXPLAIN UPDATE {name} SET {}", set.join(", ")));
            }
        }
        _ => {}
    }
}

/// The body of a function that the server keeps as a text: nothing in it stands in the way of a change, and it fails
/// only when it runs.
pub(crate) fn unread(opaque: &Opaque) -> Option<&str> {
    if !["function", "procedure"].contains(&opaque.kind.as_str()) {
        return None;
    }
    let (_, behind) = opaque.create.split_once("AS $")?;
    let (tag, body) = behind.split_once('$')?;
    let (body, _) = body.split_once(&format!("${tag}$"))?;
    Some(body)
}
