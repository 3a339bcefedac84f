use migrate_chain::Dialect;

use super::column::{NONE, builders};
use super::{PerDialect, SqlText};

/// A primary key.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PrimaryKeyDef {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [&'static str],
    /// SQLite's ON CONFLICT clause, such as `REPLACE`.
    pub on_conflict: Option<&'static str>,
}

impl PrimaryKeyDef {
    /// Of these columns.
    pub const fn new(name: &'static str, columns: &'static [&'static str]) -> PrimaryKeyDef {
        PrimaryKeyDef {
            name,
            columns,
            on_conflict: None,
        }
    }

    builders! {
        /// With SQLite's ON CONFLICT clause.
        with_on_conflict => on_conflict: Option<&'static str>;
    }
}

/// A UNIQUE constraint.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct UniqueDef {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [&'static str],
    /// PostgreSQL 15: NULLS NOT DISTINCT.
    pub is_nulls_not_distinct: bool,
    /// When it is checked (PostgreSQL).
    pub deferrable: Deferrable,
    /// SQLite's ON CONFLICT clause, such as `REPLACE`.
    pub on_conflict: Option<&'static str>,
}

impl UniqueDef {
    /// Of these columns.
    pub const fn new(name: &'static str, columns: &'static [&'static str]) -> UniqueDef {
        UniqueDef {
            name,
            columns,
            is_nulls_not_distinct: false,
            deferrable: Deferrable::No,
            on_conflict: None,
        }
    }

    builders! {
        /// NULLS NOT DISTINCT, or not.
        with_nulls_not_distinct => is_nulls_not_distinct: bool;
        /// Checked at that time.
        with_deferrable => deferrable: Deferrable;
        /// With SQLite's ON CONFLICT clause.
        with_on_conflict => on_conflict: Option<&'static str>;
    }
}

/// A foreign key.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ForeignKeyDef {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [&'static str],
    /// The table it refers to, as `auth.users` where it lives in a schema. Without one, it is that of the own schema if
    /// there is such a model, else that of the current one.
    pub references: &'static str,
    /// That table's columns, in the same order.
    pub referenced: &'static [&'static str],
    /// What happens when the row referred to is deleted.
    pub on_delete: Action,
    /// What happens when the key of the row referred to changes.
    pub on_update: Action,
    /// When it is checked.
    pub deferrable: Deferrable,
}

impl ForeignKeyDef {
    /// From these columns to those of another table.
    pub const fn new(
        name: &'static str,
        columns: &'static [&'static str],
        references: &'static str,
        referenced: &'static [&'static str],
    ) -> ForeignKeyDef {
        ForeignKeyDef {
            name,
            columns,
            references,
            referenced,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: Deferrable::No,
        }
    }

    builders! {
        /// With what happens when the row referred to is deleted.
        with_on_delete => on_delete: Action;
        /// With what happens when its key changes.
        with_on_update => on_update: Action;
        /// Checked at that time.
        with_deferrable => deferrable: Deferrable;
    }
}

/// What a foreign key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// NO ACTION.
    #[default]
    NoAction,
    /// RESTRICT.
    Restrict,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// SET DEFAULT.
    SetDefault,
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deferrable {
    /// At once.
    #[default]
    No,
    /// At once, unless a transaction asks otherwise.
    InitiallyImmediate,
    /// At COMMIT.
    InitiallyDeferred,
}

/// A CHECK constraint.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CheckDef {
    /// Its name.
    pub name: &'static str,
    /// What must hold; on a database without an expression there is no check.
    pub expression: SqlText,
}

impl CheckDef {
    /// That must hold.
    pub const fn new(name: &'static str, expression: SqlText) -> CheckDef {
        CheckDef { name, expression }
    }
}

/// An index.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct IndexDef {
    /// Its name.
    pub name: &'static str,
    /// What it is ordered by.
    pub keys: &'static [KeyDef],
    /// True when it allows no two equal rows.
    pub is_unique: bool,
    /// PostgreSQL's access method, such as `gin`.
    pub method: Option<&'static str>,
    /// PostgreSQL: INCLUDE columns.
    pub include: &'static [&'static str],
    /// Which rows it covers.
    pub predicate: SqlText,
    /// PostgreSQL 15: NULLS NOT DISTINCT.
    pub is_nulls_not_distinct: bool,
    /// The only database that has it.
    pub only: Option<Dialect>,
}

impl IndexDef {
    /// By these keys.
    pub const fn new(name: &'static str, keys: &'static [KeyDef]) -> IndexDef {
        IndexDef {
            name,
            keys,
            is_unique: false,
            method: None,
            include: &[],
            predicate: NONE,
            is_nulls_not_distinct: false,
            only: None,
        }
    }

    builders! {
        /// UNIQUE, or not.
        with_unique => is_unique: bool;
        /// With PostgreSQL's access method.
        with_method => method: Option<&'static str>;
        /// With PostgreSQL's INCLUDE columns.
        with_include => include: &'static [&'static str];
        /// Of the rows for which this holds.
        with_predicate => predicate: SqlText;
        /// NULLS NOT DISTINCT, or not.
        with_nulls_not_distinct => is_nulls_not_distinct: bool;
        /// On one database.
        with_only => only: Option<Dialect>;
    }

    /// Whether that database has it.
    pub fn exists_on(&self, dialect: Dialect) -> bool {
        let has = |key: &KeyDef| match key.key {
            Key::Column(_) => true,
            Key::Expression(text) => text.get(dialect).is_some(),
        };
        self.only.is_none_or(|only| only == dialect) && self.keys.iter().all(has)
    }
}

/// One of the things that an index is ordered by.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct KeyDef {
    /// A column or an expression.
    pub key: Key,
    /// DESC.
    pub is_descending: bool,
    /// NULLS FIRST or NULLS LAST.
    pub nulls: Option<Nulls>,
    /// COLLATE.
    pub collation: SqlText,
    /// PostgreSQL's operator class, such as `text_pattern_ops`.
    pub operator_class: Option<&'static str>,
}

impl KeyDef {
    /// A column.
    pub const fn column(name: &'static str) -> KeyDef {
        KeyDef::new(Key::Column(name))
    }

    /// An expression.
    pub const fn expression(text: SqlText) -> KeyDef {
        KeyDef::new(Key::Expression(text))
    }

    const fn new(key: Key) -> KeyDef {
        KeyDef {
            key,
            is_descending: false,
            nulls: None,
            collation: PerDialect::both(None),
            operator_class: None,
        }
    }

    builders! {
        /// DESC, or not.
        with_descending => is_descending: bool;
        /// With NULL first or last.
        with_nulls => nulls: Option<Nulls>;
        /// With a collation.
        with_collation => collation: SqlText;
        /// With PostgreSQL's operator class.
        with_operator_class => operator_class: Option<&'static str>;
    }
}

/// What a key of an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A column.
    Column(&'static str),
    /// An expression; on a database without one there is no such index.
    Expression(SqlText),
}

/// Where an index has NULL (PostgreSQL).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// NULLS FIRST.
    First,
    /// NULLS LAST.
    Last,
}
