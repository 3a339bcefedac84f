//! Changes of tables that are in use (PostgreSQL): what reads a whole table is taken out, to run by
//! itself, statement by statement, while others read and write.
//!
//! The schema halfway decides what runs where: it lacks what takes long to make, and still has what
//! such a thing takes the place of. Both halves are ordinary differences, so each has its way back.

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use super::{Changes, Comparison, Renames};
use crate::model::{Column, Index, PARTITIONED, Schema, Table};
use crate::operation::{
    Change, ColumnOperation, Constraint, ConstraintOperation, IndexOperation, Operation,
};
use crate::sql::{is_volatile, mentions};

impl Changes {
    /// The changes in steps that let others work meanwhile: first what is quick, then what reads
    /// whole tables. One step where a half has nothing to do, and on SQLite, which lets nobody
    /// write meanwhile.
    pub(crate) fn online(&self) -> Vec<Changes> {
        if self.dialect() != Dialect::Postgres {
            return vec![self.clone()];
        }
        let [quick, slow] = self.halves(&|_| true);
        match (quick.is_empty(), slow.is_empty()) {
            (_, true) => vec![quick],
            (true, false) => vec![slow],
            (false, false) => vec![quick, slow],
        }
    }

    /// What is quick, and those of the wanted changes that read whole tables (PostgreSQL).
    pub(crate) fn halves(&self, is_wanted: &dyn Fn(&Change) -> bool) -> [Changes; 2] {
        let halfway = self.halfway(is_wanted);
        let mut quick = Comparison {
            start: &self.start,
            from: &self.from,
            to: &halfway,
            renames: &self.renames,
            fills: &self.quick_fills(&halfway, is_wanted),
            is_back: false,
        }
        .changes();
        quick.spent.clone_from(&self.spent);
        let mut slow = Comparison {
            start: &halfway,
            from: &halfway,
            to: &self.to,
            renames: &Renames::default(),
            fills: &self.fills,
            is_back: false,
        }
        .changes();
        slow.is_online = true;
        // A column that may be NULL is the same halfway: only its rows are still to be filled.
        let wanted = self.operations.iter().filter(|change| is_wanted(change));
        let filled = wanted.filter_map(|change| match self.added_volatile(change)? {
            (table, column) if column.nullable => {
                let operation = ColumnOperation::Change {
                    table: table.to_owned(),
                    from: Box::new(column.clone()),
                    to: Box::new(column.clone()),
                    fill: column.default.clone(),
                };
                Some(Change::asked(operation))
            }
            _ => None,
        });
        slow.operations.extend(filled);
        slow.operations.sort_by_key(Change::phase);
        quick.kept.clone_from(&self.kept);
        slow.kept.clone_from(&self.kept);
        [quick, slow]
    }

    /// Nothing, where these changes have been made.
    pub(crate) fn done(&self) -> Changes {
        Comparison {
            start: &self.to,
            from: &self.to,
            to: &self.to,
            renames: &Renames::default(),
            fills: &BTreeMap::new(),
            is_back: false,
        }
        .changes()
    }

    fn halfway(&self, is_wanted: &dyn Fn(&Change) -> bool) -> Schema {
        let mut halfway = self.to.clone();
        let wanted = || self.operations.iter().filter(|change| is_wanted(change));
        for change in wanted() {
            if let Some(table) = change.table()
                && self.is_in_use(table)
                && let Some(table) = halfway.tables.get_mut(table)
            {
                self.postpone(change, table);
            }
        }
        for change in wanted() {
            if let Some(name) = change.table()
                && self.is_in_use(name)
                && let Some(table) = halfway.tables.get_mut(name)
            {
                self.keep(change, table);
            }
        }
        inherit(&mut halfway, &self.to);
        without_baseless_keys(&mut halfway);
        halfway
    }

    /// Whether it has rows that others read and write, and can be changed under them.
    fn is_in_use(&self, table: &str) -> bool {
        let table = self.from.tables.get(table);
        table.is_some_and(|table| table.not_understood.as_deref() != Some(PARTITIONED))
    }

    /// Takes out what an operation would make for long.
    fn postpone(&self, change: &Change, table: &mut Table) {
        match &change.operation {
            Operation::Index(IndexOperation::Create { index, .. }) if change.is_asked() => {
                table.indexes.remove(&index.name);
            }
            Operation::Constraint(ConstraintOperation::Add {
                constraint: Constraint::PrimaryKey(_),
                ..
            }) if change.is_asked() && self.gets_key(&table.name) => {
                table.primary_key = None;
            }
            Operation::Constraint(operation) if change.is_asked() => {
                postpone_constraint(operation, table);
            }
            Operation::Column(ColumnOperation::Change { from, to, .. })
                if from.nullable && !to.nullable =>
            {
                self.take_null(table, to, to.default.clone());
            }
            // Its rows are updated, so it begins without a value.
            Operation::Column(ColumnOperation::Add {
                column,
                fill: Some(fill),
                ..
            }) if change.is_asked() && self.is_computed(&table.name, fill) => {
                self.take_null(table, column, None);
            }
            _ => {
                if let Some((_, column)) = self.added_volatile(change) {
                    self.take_null(table, column, column.default.clone());
                }
            }
        }
    }

    /// A column that is added to a table in use, with a default that every row would be written for.
    fn added_volatile<'c>(&self, change: &'c Change) -> Option<(&'c str, &'c Column)> {
        match &change.operation {
            Operation::Column(ColumnOperation::Add {
                table,
                column,
                fill: None,
            }) if change.is_asked() && self.is_in_use(table) => {
                let is_plain = column.numbering.is_none() && column.generated.is_none();
                let is_volatile = column.default.as_deref().is_some_and(is_volatile);
                (is_plain && is_volatile).then_some((table, column))
            }
            _ => None,
        }
    }

    /// Whether a table that had no key gets one.
    fn gets_key(&self, table: &str) -> bool {
        let before = self.from.tables.get(table);
        before.is_some_and(|table| table.primary_key.is_none())
    }

    fn take_null(&self, table: &mut Table, column: &Column, default: Option<String>) {
        let key = table.primary_key.as_ref();
        let is_key = key.is_some_and(|key| key.columns.contains(&column.name));
        let is_key = is_key && !self.gets_key(&table.name);
        if is_key || column.nullable || column.numbering.is_some() || column.generated.is_some() {
            return;
        }
        if let Some(column) = (table.columns.iter_mut()).find(|one| one.name == column.name) {
            column.nullable = true;
            column.default = default;
        }
    }

    /// Keeps what an operation takes away: an index that is dropped without a lock, and a constraint
    /// until the one that takes its place is there.
    fn keep(&self, change: &Change, table: &mut Table) {
        match &change.operation {
            Operation::Index(IndexOperation::Drop { index, .. })
                if change.is_asked() && self.stays(&table.name, &texts(index)) =>
            {
                let kept = table.indexes.entry(index.name.clone());
                kept.or_insert_with(|| index.clone());
            }
            Operation::Constraint(ConstraintOperation::Drop { constraint, .. })
                if change.is_asked() && self.is_replaced(&table.name, constraint) =>
            {
                self.keep_constraint(constraint, table);
            }
            Operation::Column(ColumnOperation::Drop { column, .. })
                if change.is_asked() && self.is_read_by_fill(&table.name, &column.name) =>
            {
                table.columns.push(column.clone());
            }
            _ => {}
        }
    }

    /// Whether the rows of another column, which is filled later, get something of this one.
    fn is_read_by_fill(&self, of: &str, column: &str) -> bool {
        let reads = |change: &Change| match &change.operation {
            Operation::Column(
                ColumnOperation::Add {
                    table,
                    fill: Some(fill),
                    ..
                }
                | ColumnOperation::Change {
                    table,
                    fill: Some(fill),
                    ..
                },
            ) => table == of && mentions(fill, self.dialect(), column),
            _ => false,
        };
        self.operations.iter().any(reads)
    }

    /// Whether another constraint of its name takes the place of this one.
    fn is_replaced(&self, of: &str, constraint: &Constraint) -> bool {
        let is_new = |change: &Change| match &change.operation {
            Operation::Constraint(ConstraintOperation::Add {
                table,
                constraint: new,
            }) => change.is_asked() && table == of && new.name() == constraint.name(),
            _ => false,
        };
        self.operations.iter().any(is_new)
    }

    fn keep_constraint(&self, constraint: &Constraint, table: &mut Table) {
        let stays = |texts: &[&str]| self.stays(&table.name, texts);
        match constraint {
            Constraint::Unique(one) if stays(&names(&one.columns)) => {
                let kept = table.uniques.entry(one.name.clone());
                kept.or_insert_with(|| one.clone());
            }
            Constraint::ForeignKey(one)
                if stays(&names(&one.columns))
                    && self.stays(&one.references, &names(&one.referenced)) =>
            {
                let kept = table.foreign_keys.entry(one.name.clone());
                kept.or_insert_with(|| one.clone());
            }
            Constraint::Check(one) if stays(&[one.expression.as_str()]) => {
                let kept = table.checks.entry(one.name.clone());
                kept.or_insert_with(|| one.clone());
            }
            _ => {}
        }
    }

    /// Whether every column that is mentioned is still what it was.
    fn stays(&self, table: &str, texts: &[&str]) -> bool {
        let (from, to) = (self.from.tables.get(table), self.to.tables.get(table));
        let (Some(from), Some(to)) = (from, to) else {
            return false;
        };
        let mentioned = |column: &Column| {
            let name = &column.name;
            (texts.iter()).any(|text| mentions(text, self.dialect(), name) || text == name)
        };
        let is_of_another = |column: &Column| {
            let mut enums = self.from.enums.values();
            enums.any(|one| {
                crate::sql::mentions_relation(&column.kind, self.dialect(), &one.name)
                    && self.to.enums.get(&one.name) != Some(one)
            })
        };
        let same = |column: &Column| {
            to.column(&column.name).is_some_and(|now| {
                (&now.kind, &now.collation, &now.generated)
                    == (&column.kind, &column.collation, &column.generated)
            }) && !is_of_another(column)
        };
        from.columns.iter().filter(|one| mentioned(one)).all(same)
    }

    /// Whether a fill reads other columns of the row.
    pub(crate) fn is_computed(&self, table: &str, fill: &str) -> bool {
        // One that goes is still there when rows are filled.
        let both = [self.table_before(table), self.table_after(table)];
        let mut columns = both.into_iter().flatten().flat_map(|table| &table.columns);
        columns.any(|other| mentions(fill, self.dialect(), &other.name))
    }

    /// The fills of columns that are finished halfway.
    fn quick_fills(
        &self,
        halfway: &Schema,
        is_wanted: &dyn Fn(&Change) -> bool,
    ) -> BTreeMap<String, String> {
        let column = |schema: &Schema, path: &str| {
            let (table, column) = path.rsplit_once('.')?;
            schema.tables.get(table)?.column(column).cloned()
        };
        let mut fills = self.fills.clone();
        fills.retain(|path, _| column(halfway, path) == column(&self.to, path));
        let wanted = self.operations.iter().filter(|change| is_wanted(change));
        let empty = wanted.filter_map(|change| self.added_volatile(change));
        fills.extend(
            empty.map(|(table, column)| (format!("{table}.{}", column.name), "NULL".to_owned())),
        );
        fills
    }
}

fn postpone_constraint(operation: &ConstraintOperation, table: &mut Table) {
    match operation {
        ConstraintOperation::Add { constraint, .. } => match constraint {
            Constraint::Unique(unique) => {
                table.uniques.remove(&unique.name);
            }
            Constraint::ForeignKey(key) if key.validated => {
                table.foreign_keys.remove(&key.name);
            }
            Constraint::Check(check) if check.validated => {
                table.checks.remove(&check.name);
            }
            _ => {}
        },
        ConstraintOperation::Validate { constraint, .. } => match constraint {
            Constraint::ForeignKey(key) => {
                if let Some(key) = table.foreign_keys.get_mut(&key.name) {
                    key.validated = false;
                }
            }
            Constraint::Check(check) => {
                if let Some(check) = table.checks.get_mut(&check.name) {
                    check.validated = false;
                }
            }
            Constraint::PrimaryKey(_) | Constraint::Unique(_) => {}
        },
        ConstraintOperation::Drop { .. } | ConstraintOperation::Rename { .. } => {}
    }
}

fn texts(index: &Index) -> Vec<&str> {
    let keys = index.keys.iter().chain(&index.include);
    keys.chain(&index.predicate).map(String::as_str).collect()
}

fn names(columns: &[String]) -> Vec<&str> {
    columns.iter().map(String::as_str).collect()
}

/// A table that inherits is halfway where its parent is.
fn inherit(halfway: &mut Schema, to: &Schema) {
    let parents = halfway.tables.clone();
    for table in halfway.tables.values_mut() {
        for name in table.inherits.clone() {
            let (Some(parent), Some(done)) = (parents.get(&name), to.tables.get(&name)) else {
                continue;
            };
            for column in &mut table.columns {
                if let Some(own) = parent.column(&column.name) {
                    column.nullable = own.nullable;
                    column.default.clone_from(&own.default);
                }
            }
            table
                .checks
                .retain(|name, _| !done.checks.contains_key(name));
            table.checks.extend(parent.checks.clone());
        }
    }
}

/// Takes out the foreign keys that refer to a key which is not there yet: they follow it.
fn without_baseless_keys(schema: &mut Schema) {
    let is_key = |table: &Table, columns: &[String]| {
        let same = |other: &[String]| {
            other.len() == columns.len() && columns.iter().all(|one| other.contains(one))
        };
        let index = |index: &Index| index.unique && index.predicate.is_none() && same(&index.keys);
        table.primary_key.iter().any(|key| same(&key.columns))
            || table.uniques.values().any(|unique| same(&unique.columns))
            || table.indexes.values().any(index)
    };
    let before = schema.clone();
    for table in schema.tables.values_mut() {
        table.foreign_keys.retain(|_, key| {
            let other = before.tables.get(&key.references);
            other.is_none_or(|other| is_key(other, &key.referenced))
        });
    }
}
