//! Which tables a section locks, and how: as its statements say, and as a scratch server shows.

use std::fmt;

use super::rules::change_type_rewrites;
use super::statement::{Act, ConstraintDef, ConstraintKind, indexes};
use super::step::Step;
use crate::sql::qualified::beside;

/// PostgreSQL's locks on tables, the lightest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LockMode {
    /// A query takes it: it keeps nobody from anything but from dropping the table.
    AccessShare,
    /// `SELECT .. FOR UPDATE`, and a foreign key that looks at what it refers to.
    RowShare,
    /// Rows are written.
    RowExclusive,
    /// Keeps VACUUM and other changes of the schema away.
    ShareUpdateExclusive,
    /// Keeps writers away.
    Share,
    /// Keeps writers away, and others who take this lock.
    ShareRowExclusive,
    /// Lets others read, and nothing else.
    Exclusive,
    /// Keeps everybody away.
    AccessExclusive,
}

impl LockMode {
    const ALL: [LockMode; 8] = [
        LockMode::AccessShare,
        LockMode::RowShare,
        LockMode::RowExclusive,
        LockMode::ShareUpdateExclusive,
        LockMode::Share,
        LockMode::ShareRowExclusive,
        LockMode::Exclusive,
        LockMode::AccessExclusive,
    ];

    /// As `LOCK TABLE .. IN .. MODE` names it: `ACCESS EXCLUSIVE`.
    pub const fn name(self) -> &'static str {
        match self {
            LockMode::AccessShare => "ACCESS SHARE",
            LockMode::RowShare => "ROW SHARE",
            LockMode::RowExclusive => "ROW EXCLUSIVE",
            LockMode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            LockMode::Share => "SHARE",
            LockMode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            LockMode::Exclusive => "EXCLUSIVE",
            LockMode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// What others wait for while it is held.
    pub const fn keeps_from(self) -> &'static str {
        match self {
            LockMode::AccessShare | LockMode::RowShare | LockMode::RowExclusive => "nothing",
            LockMode::ShareUpdateExclusive => "vacuum and changes of the schema",
            LockMode::Share | LockMode::ShareRowExclusive | LockMode::Exclusive => "writes",
            LockMode::AccessExclusive => "reads and writes",
        }
    }

    /// By the words of `LOCK TABLE`.
    pub(crate) fn named(words: &str) -> Option<LockMode> {
        let mut all = LockMode::ALL.into_iter();
        all.find(|mode| mode.name().eq_ignore_ascii_case(words))
    }

    /// By its name in `pg_locks`: `AccessExclusiveLock`.
    #[cfg(feature = "postgres")]
    pub(crate) fn in_catalog(word: &str) -> Option<LockMode> {
        let word = word.strip_suffix("Lock")?;
        let mut all = LockMode::ALL.into_iter();
        all.find(|mode| mode.name().replace(' ', "").eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The heaviest lock that a section takes on a table that was there before the run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Lock {
    /// The table: with its schema, unless that is the default one.
    pub table: String,
    /// How it is locked.
    pub mode: LockMode,
    /// True where every row is written anew under the lock.
    pub rewrites: bool,
}

/// What the acts of a section take, by the tables that stand before it. Locks that keep nobody from rows or from changes
/// of the schema are left out.
pub(super) fn predicted(step: &Step<'_>) -> Vec<Lock> {
    let mut locks: Vec<Lock> = Vec::new();
    for seen in step.acts() {
        for lock in of_act(step, seen.act) {
            let is_heavy = lock.mode >= LockMode::ShareUpdateExclusive;
            if is_heavy && step.stands(&lock.table) {
                add(&mut locks, lock);
            }
        }
    }
    locks.sort();
    locks
}

/// Keeps the heaviest of each table.
fn add(locks: &mut Vec<Lock>, lock: Lock) {
    let mut all = locks.iter_mut();
    match all.find(|known| known.table.eq_ignore_ascii_case(&lock.table)) {
        Some(known) => {
            known.mode = known.mode.max(lock.mode);
            known.rewrites |= lock.rewrites;
        }
        None => locks.push(lock),
    }
}

fn of_act(step: &Step<'_>, act: &Act) -> Vec<Lock> {
    let takes = |table: &str, mode| Lock {
        // What has a new name is known by the old one before.
        table: step
            .table_before(table)
            .map_or(table, |known| &known.name)
            .to_owned(),
        mode,
        rewrites: false,
    };
    let rewrites = |table: &str| Lock {
        rewrites: true,
        ..takes(table, LockMode::AccessExclusive)
    };
    let all = |tables: Vec<String>, mode| -> Vec<Lock> {
        tables.iter().map(|table| takes(table, mode)).collect()
    };
    match act {
        Act::CreateTable {
            columns,
            constraints,
            ..
        } => {
            let of_columns = columns.iter().filter_map(|one| one.references.clone());
            let of_table = constraints.iter().filter_map(|one| one.references.clone());
            all(
                of_columns.chain(of_table).collect(),
                LockMode::ShareRowExclusive,
            )
        }
        Act::DropTable { table, .. } => {
            let mut tables = referred_to(step, table, |_| true);
            tables.extend(referring_to(step, table));
            tables.push(table.clone());
            all(tables, LockMode::AccessExclusive)
        }
        Act::AddColumn { table, column } => {
            let is_rewritten = column.is_serial()
                || column.is_identity
                || column.is_stored
                || column
                    .default
                    .as_deref()
                    .is_some_and(crate::sql::is_volatile);
            let own = if is_rewritten {
                rewrites(table)
            } else {
                takes(table, LockMode::AccessExclusive)
            };
            let other = column.references.as_deref();
            let other = other.map(|other| takes(other, LockMode::ShareRowExclusive));
            [own].into_iter().chain(other).collect()
        }
        Act::DropColumn { table, column, .. } => {
            let mut tables = referred_to(step, table, |key| key.columns.contains(column));
            tables.push(table.clone());
            all(tables, LockMode::AccessExclusive)
        }
        Act::AlterType { table, column, to } => {
            vec![if change_type_rewrites::is_kept(step, table, column, to) {
                takes(table, LockMode::AccessExclusive)
            } else {
                rewrites(table)
            }]
        }
        Act::RenameTable { table, .. }
        | Act::RenameColumn { table, .. }
        | Act::SetNotNull { table, .. }
        | Act::DropNotNull { table, .. }
        | Act::DropDefault { table, .. } => vec![takes(table, LockMode::AccessExclusive)],
        Act::AddConstraint { table, constraint } => of_constraint(table, constraint)
            .into_iter()
            .map(|(table, mode)| takes(table, mode))
            .collect(),
        Act::DropConstraint { table, name, .. } => {
            let mut tables = referred_to(step, table, |key| key.name == *name);
            tables.push(table.clone());
            all(tables, LockMode::AccessExclusive)
        }
        Act::Validate { table, .. } => vec![takes(table, LockMode::ShareUpdateExclusive)],
        Act::Rewrite { table, .. } => table.iter().map(|table| rewrites(table)).collect(),
        Act::Truncate { table, .. } => vec![rewrites(table)],
        Act::AttachPartition { table, partition } => vec![
            takes(table, LockMode::ShareUpdateExclusive),
            takes(partition, LockMode::AccessExclusive),
        ],
        Act::DetachPartition {
            table,
            partition,
            is_concurrent,
        } => {
            if *is_concurrent {
                let mode = LockMode::ShareUpdateExclusive;
                vec![
                    takes(table, mode),
                    takes(partition, LockMode::AccessExclusive),
                ]
            } else {
                let mode = LockMode::AccessExclusive;
                vec![takes(table, mode), takes(partition, mode)]
            }
        }
        Act::CreateIndex {
            table,
            is_concurrent,
            ..
        } => vec![takes(
            table,
            if *is_concurrent {
                LockMode::ShareUpdateExclusive
            } else {
                LockMode::Share
            },
        )],
        Act::DropIndex {
            name,
            is_concurrent,
            ..
        } => {
            let mode = if *is_concurrent {
                LockMode::ShareUpdateExclusive
            } else {
                LockMode::AccessExclusive
            };
            let table = of_index(step, name);
            table.iter().map(|table| takes(table, mode)).collect()
        }
        Act::Reindex {
            is_concurrent,
            table,
            index,
        } => {
            let mode = if *is_concurrent {
                LockMode::ShareUpdateExclusive
            } else {
                LockMode::Share
            };
            let found = index.as_deref().and_then(|index| of_index(step, index));
            let table = table.clone().or(found);
            table.iter().map(|table| takes(table, mode)).collect()
        }
        Act::Refresh {
            view,
            is_concurrent: true,
        } => vec![takes(view, LockMode::Exclusive)],
        Act::Refresh { view, .. } => vec![rewrites(view)],
        Act::CreateTrigger { table } | Act::SwitchTrigger { table } => {
            vec![takes(table, LockMode::ShareRowExclusive)]
        }
        Act::CreateView { view, replaces } if *replaces => {
            vec![takes(view, LockMode::AccessExclusive)]
        }
        Act::DropObject { kind, name, .. } if kind.ends_with("view") => {
            vec![takes(name, LockMode::AccessExclusive)]
        }
        Act::Delete { table, .. } | Act::Update { table, .. } | Act::Insert { table } => {
            vec![takes(table, LockMode::RowExclusive)]
        }
        Act::Lock { table, mode } | Act::Takes { table, mode } => vec![takes(table, *mode)],
        _ => Vec::new(),
    }
}

fn of_constraint<'c>(table: &'c str, constraint: &'c ConstraintDef) -> Vec<(&'c str, LockMode)> {
    if constraint.kind != ConstraintKind::ForeignKey {
        return vec![(table, LockMode::AccessExclusive)];
    }
    let other = constraint.references.as_deref();
    [Some(table), other]
        .into_iter()
        .flatten()
        .map(|table| (table, LockMode::ShareRowExclusive))
        .collect()
}

/// The tables that foreign keys of a table refer to.
fn referred_to(
    step: &Step<'_>,
    table: &str,
    is_meant: impl Fn(&crate::model::ForeignKey) -> bool,
) -> Vec<String> {
    let keys = step.table_before(table).map(|table| &table.foreign_keys);
    let keys = keys.into_iter().flat_map(|keys| keys.values());
    keys.filter(|key| is_meant(key))
        .map(|key| key.references.clone())
        .collect()
}

/// The tables with foreign keys to a table, which `DROP .. CASCADE` takes along.
fn referring_to(step: &Step<'_>, table: &str) -> Vec<String> {
    let tables = step.before.into_iter().flat_map(|schema| &schema.tables);
    let refers = |one: &crate::model::Table| {
        let mut keys = one.foreign_keys.values();
        keys.any(|key| key.references.eq_ignore_ascii_case(table))
    };
    tables
        .filter(|(_, one)| refers(one))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The table of an index.
pub(super) fn of_index(step: &Step<'_>, index: &str) -> Option<String> {
    let mut tables = step.before?.tables.iter();
    tables.find_map(|(name, table)| {
        let is_of = indexes(table).any(|own| beside(name, own).eq_ignore_ascii_case(index));
        is_of.then(|| name.clone())
    })
}
