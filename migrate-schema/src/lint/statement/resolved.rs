//! Which schema a name of a statement is in: the names of acts become those of the model.

use std::borrow::Cow;

use migrate_chain::Dialect;

use super::{Act, Statement};
use crate::model::{Schema, Table};
use crate::sql::qualified::{bare, beside, join, split};

/// Takes the default schema off the names of tables, views, types and indexes, and adds the one that `search_path` has
/// chosen. Where no statement has set it, the schemas on both sides tell, by having one such name only.
pub(crate) fn resolve(statements: &mut [Statement], dialect: Dialect, sides: [Option<&Schema>; 2]) {
    let sides: Vec<&Schema> = sides.into_iter().flatten().collect();
    let usual = match dialect {
        Dialect::Sqlite => "main",
        _ => "public",
    };
    let default = sides.first().map(|side| side.default_schema.as_str());
    let mut names = Names {
        default: default.filter(|one| !one.is_empty()).unwrap_or(usual),
        known: sides.iter().flat_map(|side| known(side)).collect(),
        path: Vec::new(),
    };
    for (_, act) in statements.iter_mut().flat_map(|one| &mut one.acts) {
        if let Act::SearchPath { schemas } = act {
            names.path.clone_from(schemas);
        }
        for name in act.relations_mut() {
            if let Some(resolved) = names.resolved(name) {
                *name = resolved;
            }
        }
    }
}

/// What names there are.
struct Names<'n> {
    /// The schema that names of the model leave out.
    default: &'n str,
    /// The names of the schemas on both sides.
    known: Vec<Cow<'n, str>>,
    /// The schemas that a statement has said to look into.
    path: Vec<String>,
}

impl Names<'_> {
    /// A name of the model, if it isn't what the statement says.
    fn resolved(&self, name: &str) -> Option<String> {
        let (schema, own) = split(name);
        if let Some(schema) = schema {
            return self.is_default(&schema).then(|| join(None, &own));
        }
        let inside = |schema: &String| {
            let schema = Some(schema.as_str()).filter(|one| !self.is_default(one));
            join(schema, &own)
        };
        if let Some(first) = self.path.first() {
            let mut all = self.path.iter().map(inside);
            let found = all.find(|one| self.is_known(one));
            return Some(found.unwrap_or_else(|| inside(first)));
        }
        if self.is_known(name) {
            return None;
        }
        let mut meant = (self.known.iter()).filter(|one| bare(one).eq_ignore_ascii_case(&own));
        let first = meant.next()?;
        meant.all(|one| one == first).then(|| first.to_string())
    }

    fn is_default(&self, schema: &str) -> bool {
        schema.eq_ignore_ascii_case(self.default)
    }

    fn is_known(&self, name: &str) -> bool {
        self.known.iter().any(|one| one.eq_ignore_ascii_case(name))
    }
}

fn known(schema: &Schema) -> impl Iterator<Item = Cow<'_, str>> {
    let tables = schema.tables.keys().chain(schema.enums.keys());
    let views = schema.opaque.iter().map(|one| &one.name);
    let indexes = schema.tables.iter().flat_map(|(table, one)| {
        let own = indexes(one).map(|index| beside(table, index));
        own.map(Cow::Owned)
    });
    let named = tables.chain(views).map(|name| Cow::Borrowed(name.as_str()));
    named.chain(indexes)
}

/// The names of the indexes of a table, which live in its schema.
pub(crate) fn indexes(table: &Table) -> impl Iterator<Item = &str> {
    let key = (table.primary_key.as_ref()).and_then(|key| key.name.as_deref());
    let all = table.indexes.keys().chain(table.uniques.keys());
    all.map(String::as_str).chain(key)
}

impl Act {
    /// The names of what lives in a schema.
    fn relations_mut(&mut self) -> Vec<&mut String> {
        match self {
            Act::CreateTable {
                table,
                columns,
                constraints,
                ..
            } => {
                let columns = columns.iter_mut().filter_map(|one| one.references.as_mut());
                let constraints = constraints
                    .iter_mut()
                    .filter_map(|one| one.references.as_mut());
                [table]
                    .into_iter()
                    .chain(columns)
                    .chain(constraints)
                    .collect()
            }
            Act::AddColumn { table, column } => {
                [table].into_iter().chain(&mut column.references).collect()
            }
            Act::AddConstraint { table, constraint } => [table]
                .into_iter()
                .chain(&mut constraint.references)
                .collect(),
            Act::RenameTable { table, to } => vec![table, to],
            Act::RenameObject { name, to, .. } => vec![name, to],
            Act::AttachPartition { table, partition }
            | Act::DetachPartition {
                table, partition, ..
            } => vec![table, partition],
            Act::Rewrite { table, .. } => table.iter_mut().collect(),
            Act::Reindex { table, index, .. } => table.iter_mut().chain(index).collect(),
            Act::DropTable { table, .. }
            | Act::RenameColumn { table, .. }
            | Act::DropColumn { table, .. }
            | Act::AlterType { table, .. }
            | Act::SetNotNull { table, .. }
            | Act::DropNotNull { table, .. }
            | Act::DropDefault { table, .. }
            | Act::DropConstraint { table, .. }
            | Act::Validate { table, .. }
            | Act::CreateIndex { table, .. }
            | Act::CreateTrigger { table }
            | Act::SwitchTrigger { table }
            | Act::Truncate { table, .. }
            | Act::Delete { table, .. }
            | Act::Update { table, .. }
            | Act::Insert { table }
            | Act::Lock { table, .. }
            | Act::Takes { table, .. } => vec![table],
            Act::Refresh { view, .. } | Act::CreateView { view, .. } => vec![view],
            Act::DropObject { name, .. }
            | Act::CreateDomain { name, .. }
            | Act::DomainConstraint { name, .. } => vec![name],
            Act::RenameValue { of, .. } => vec![of],
            Act::DropIndex { name, .. } => vec![name],
            Act::Names(_) | Act::SearchPath { .. } => Vec::new(),
        }
    }
}
