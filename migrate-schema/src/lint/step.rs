//! What a rule looks at: a section of a revision, with the schema on both sides of it.

use std::collections::BTreeSet;
use std::ops::Range;

use migrate_chain::{Dialect, Direction, Revision};

use super::locks::Lock;
use super::statement::{Act, ColumnDef, Statement};
use super::{Finding, Group};
use crate::diff::Changes;
use crate::model::{Column, Opaque, Schema, Table};
use crate::sql::qualified::bare;

/// A section of a revision.
pub(crate) struct Step<'s> {
    pub(crate) root: &'s str,
    pub(crate) revision: &'s Revision<'s>,
    pub(crate) direction: Direction,
    pub(crate) dialect: Dialect,
    /// The schema that it starts from, where a scratch database has shown it.
    pub(crate) before: Option<&'s Schema>,
    /// The schema that it makes.
    pub(crate) after: Option<&'s Schema>,
    /// What makes the one of the other.
    pub(crate) changes: Option<Changes>,
    pub(crate) statements: Vec<Statement>,
    /// True where all statements commit together.
    pub(crate) is_transaction: bool,
    /// The locks that a scratch server has shown, where the section ran there in a transaction.
    pub(crate) traced: Option<&'s [Lock]>,
    /// SQLite: `foreign keys off`.
    pub(crate) is_without_keys: bool,
    /// The oldest version of the database that is in use, if it is declared.
    pub(crate) oldest: Option<(u32, u32)>,
    /// The tables that the same run creates, in lower case: nobody's rows are in them.
    pub(crate) created: &'s BTreeSet<String>,
}

/// An act with its place.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// Of the statement, among those of the section.
    pub(crate) index: usize,
    pub(crate) statement: &'a Range<usize>,
    pub(crate) range: &'a Range<usize>,
    pub(crate) act: &'a Act,
}

impl Step<'_> {
    /// Whether the section drops a table and creates another one of its name, without the rows: nobody waits for that.
    pub(crate) fn is_made_again(&self, table: &str) -> bool {
        let mut is_dropped = false;
        self.acts().any(|seen| match seen.act {
            Act::DropTable {
                table: of,
                is_rebuilt: false,
                ..
            } => {
                is_dropped |= is_named(of, table);
                false
            }
            Act::CreateTable { table: of, .. } => is_dropped && is_named(of, table),
            _ => false,
        })
    }

    /// Everything that is done, in order.
    pub(crate) fn acts(&self) -> impl Iterator<Item = Seen<'_>> {
        let statements = self.statements.iter().enumerate();
        statements.flat_map(|(index, statement)| {
            statement.acts.iter().map(move |(range, act)| Seen {
                index,
                statement: &statement.range,
                range,
                act,
            })
        })
    }

    /// The columns that come, also with their table, each with the table's name.
    pub(crate) fn new_columns(&self) -> impl Iterator<Item = (Seen<'_>, &str, &ColumnDef)> {
        self.acts().flat_map(|seen| {
            let (table, columns) = match seen.act {
                Act::CreateTable {
                    table,
                    columns,
                    is_temporary: false,
                    ..
                } => (table.as_str(), &columns[..]),
                Act::AddColumn { table, column } => (table.as_str(), std::slice::from_ref(column)),
                _ => ("", &[][..]),
            };
            columns.iter().map(move |column| (seen, table, column))
        })
    }

    /// The types that columns get, of new columns and of old ones: the table, the column, and the type, of an array that of its
    /// elements.
    pub(crate) fn new_types(&self) -> impl Iterator<Item = (Seen<'_>, &str, &str, &str)> {
        let new = (self.new_columns())
            .map(|(seen, table, column)| (seen, table, column.name.as_str(), column.kind.as_str()));
        let changed = self.acts().filter_map(|seen| match seen.act {
            Act::AlterType { table, column, to } => {
                Some((seen, table.as_str(), column.as_str(), to.as_str()))
            }
            _ => None,
        });
        new.chain(changed).map(|(seen, table, column, kind)| {
            let kind = kind.strip_prefix("pg_catalog.").unwrap_or(kind);
            let element = kind.split('[').next().unwrap_or(kind);
            let element = element.strip_suffix(" array").unwrap_or(element);
            (seen, table, column, element)
        })
    }

    /// What is done in the transaction of a statement above it that keeps everybody from a table, and that table.
    pub(crate) fn acts_behind_a_lock(&self) -> impl Iterator<Item = (Seen<'_>, &str)> {
        let mut held: Option<(usize, &str)> = None;
        let acts = self.acts().filter(|_| self.is_transaction);
        acts.filter_map(move |seen| {
            let above = held.filter(|(index, _)| *index < seen.index);
            let locked = seen.act.keeps_everybody_from();
            if let Some(table) = locked.filter(|table| held.is_none() && self.stands(table)) {
                held = Some((seen.index, table));
            }
            above.map(|(_, table)| (seen, table))
        })
    }

    /// Whether a table was there before the run, so that it may hold rows and programs may use it.
    pub(crate) fn stands(&self, table: &str) -> bool {
        !self.created.contains(&table.to_lowercase())
    }

    /// Whether the rows of a table are written anew: as a scratch server has shown, or else as the statement tells.
    pub(crate) fn is_rewritten(&self, table: &str, told: bool) -> bool {
        let Some(traced) = self.traced else {
            return told;
        };
        let is_of = |lock: &&Lock| {
            lock.table.eq_ignore_ascii_case(table) || self.is_same_table(&lock.table, table)
        };
        traced.iter().find(is_of).map_or(told, |lock| lock.rewrites)
    }

    /// Whether `IF EXISTS` spares a statement: nothing of the name was there before the section, as far as is known.
    pub(crate) fn is_spared(&self, seen: Seen<'_>, name: &str) -> bool {
        let is_of = |schema: &Schema| {
            // Functions have their arguments behind the name.
            let own = |one: &Opaque| one.name.split('(').next().map(str::to_owned);
            let mut others = schema.opaque.iter().filter_map(own);
            others.any(|own| is_named(&own, name))
                || schema.enums.keys().any(|own| is_named(own, name))
        };
        self.says_if_exists(seen)
            && self.before.is_some_and(|schema| !is_of(schema))
            && self.table_before(name).is_none()
    }

    /// Whether a statement says `IF EXISTS`.
    pub(crate) fn says_if_exists(&self, seen: Seen<'_>) -> bool {
        let statement = self.statements.get(seen.index);
        statement.is_some_and(|one| one.text.to_uppercase().contains("IF EXISTS"))
    }

    /// A table as it is before the section, by the name that it has in the middle of it.
    pub(crate) fn table_before(&self, table: &str) -> Option<&Table> {
        let tables = &self.before?.tables;
        let find = |name: &str| {
            let mut all = tables.iter();
            all.find_map(|(own, table)| is_named(own, name).then_some(table))
        };
        find(table).or_else(|| {
            self.acts().find_map(|seen| match seen.act {
                Act::RenameTable { table: old, to } if to.eq_ignore_ascii_case(table) => find(old),
                _ => None,
            })
        })
    }

    /// Whether two names, of the start of the section or of its middle, are those of one table.
    pub(crate) fn is_same_table(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.table_before(one), self.table_before(other));
        one.zip(other)
            .is_some_and(|(one, other)| one.name == other.name)
    }

    /// A table as the section leaves it.
    pub(crate) fn table_after(&self, table: &str) -> Option<&Table> {
        let mut all = self.after?.tables.iter();
        all.find_map(|(own, found)| is_named(own, table).then_some(found))
    }

    /// A column as it is before the section.
    pub(crate) fn column_before(&self, table: &str, column: &str) -> Option<&Column> {
        let columns = &self.table_before(table)?.columns;
        columns
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case(column))
    }

    /// Whether a column was there before the section; where that is not known, it may have been.
    pub(crate) fn column_stands(&self, table: &str, column: &str) -> bool {
        self.table_before(table).is_none() || self.column_before(table, column).is_some()
    }

    /// A column as the section leaves it.
    pub(crate) fn column_after(&self, table: &str, column: &str) -> Option<&Column> {
        let columns = &self.table_after(table)?.columns;
        columns
            .iter()
            .find(|one| one.name.eq_ignore_ascii_case(column))
    }

    /// Whether the section drops a table, to make it anew or not.
    pub(crate) fn drops(&self, table: &str) -> bool {
        self.acts().any(|seen| match seen.act {
            Act::DropTable { table: of, .. } => of.eq_ignore_ascii_case(table),
            _ => false,
        })
    }

    /// Whether a copy of rows says what stands in the place of NULL.
    pub(crate) fn chooses_values(&self) -> bool {
        let words = ["coalesce", "ifnull", "case", "where"];
        self.statements.iter().any(|statement| {
            let is_copy = statement
                .acts
                .iter()
                .any(|(_, act)| matches!(act, Act::Insert { .. }));
            is_copy
                && words
                    .iter()
                    .any(|word| crate::sql::mentions(&statement.text, self.dialect, word))
        })
    }

    /// The first statement that names an object, for what only the schemas tell.
    pub(crate) fn mention(&self, name: &str) -> Option<&Statement> {
        mention(&self.statements, self.dialect, name)
    }
}

/// Whether a name that a statement gives is that of a schema.
pub(super) fn is_named(own: &str, name: &str) -> bool {
    own.eq_ignore_ascii_case(name)
}

/// The first statement that names an object.
pub(super) fn mention<'s>(
    statements: &'s [Statement],
    dialect: Dialect,
    name: &str,
) -> Option<&'s Statement> {
    let name = bare(name).to_lowercase();
    let in_words = |text: &str| crate::sql::mentions(text, dialect, &name);
    // The body of a `DO` block is one text.
    let in_body = |text: &str| text.to_lowercase().contains(&name);
    let find = |is: &dyn Fn(&str) -> bool| statements.iter().find(|one| is(&one.text));
    find(&in_words).or_else(|| find(&in_body))
}

/// What the rules found in a step.
pub(crate) struct Found<'f> {
    pub(super) id: &'static str,
    pub(super) step: &'f Step<'f>,
    pub(super) findings: &'f mut Vec<Finding>,
}

impl Found<'_> {
    /// Adds a finding about what an act does to a table.
    pub(crate) fn add(
        &mut self,
        group: Group,
        seen: Seen<'_>,
        table: &str,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let (range, statement) = (seen.range.clone(), seen.statement.clone());
        self.put(
            group,
            range,
            statement,
            Some(table),
            message.into(),
            cure.into(),
        );
    }

    /// Adds a finding about what only the schemas tell, at the first statement that names `name`.
    pub(crate) fn add_of(
        &mut self,
        group: Group,
        name: &str,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let statement = self.step.mention(name).or(self.step.statements.first());
        let range = statement.map_or(0..0, |statement| statement.range.clone());
        let (message, cure) = (message.into(), cure.into());
        self.put(group, range.clone(), range, Some(name), message, cure);
    }

    /// Adds a finding about a part of a statement, whatever table it is about.
    pub(crate) fn add_at(
        &mut self,
        group: Group,
        range: Range<usize>,
        statement: Range<usize>,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.put(group, range, statement, None, message.into(), cure.into());
    }

    fn put(
        &mut self,
        group: Group,
        range: Range<usize>,
        statement: Range<usize>,
        table: Option<&str>,
        message: String,
        cure: String,
    ) {
        let Step { root, revision, .. } = *self.step;
        let (place, snippet) = revision.locate(root, range.clone());
        let finding = Finding {
            id: self.id.to_owned(),
            group,
            revision: revision.id.to_owned(),
            direction: self.step.direction,
            dialect: self.step.dialect,
            place,
            snippet,
            range,
            message,
            cure,
            statement,
            table: table.map(str::to_owned),
        };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}
