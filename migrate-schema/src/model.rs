//! A schema as a database tells it, for both databases: what is compared, and what scripts are
//! rendered from.
//!
//! Expressions and types are the server's own normalised texts, so two schemas that mean the same
//! are equal. Maps are sorted by name; columns keep the order of the table.
//!
//! Names are bare, without quotes; that of a table, a type or a view in another schema than the default one has the schema
//! and a dot in front of it, `core.users`. (A name with a dot of its own stands in double quotes.) Everything that is SQL (types, expressions, defaults, keys of an
//! index) has its names quoted where they need it, and can be written into a script as it stands:
//!
//! | text | written as |
//! |---|---|
//! | [`Column::kind`] | `name kind` |
//! | [`Column::default`] | `DEFAULT text`, parentheses included where they are needed |
//! | [`Generated::expression`], [`Check::expression`], [`Index::predicate`] | `AS (text)`, `CHECK (text)`, `WHERE text`: outer parentheses are taken off |
//! | [`Index::keys`] | `(text, text)`, parentheses of expressions included |
//! | [`Column::collation`] | `COLLATE text` |
//! | [`PrimaryKey::clauses`], [`Unique::clauses`] | `column clause` |

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;
pub use migrate_runtime::schema::{Action, Deferrable};

/// Everything that is compared, and what is kept as it stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schema {
    /// Whose rules the texts follow.
    pub dialect: Dialect,
    /// The schema of what is named without one (PostgreSQL).
    pub default_schema: String,
    /// The other schemas, by name (PostgreSQL).
    pub schemas: BTreeSet<String>,
    /// By name.
    pub tables: BTreeMap<String, Table>,
    /// PostgreSQL's enum types, by name.
    pub enums: BTreeMap<String, Enum>,
    /// Views, functions and whatever else is not modelled: kept, never dropped. In the order in
    /// which they can be created.
    pub opaque: Vec<Opaque>,
    /// The extensions of the database (PostgreSQL), whose own objects are left out; never compared.
    pub extensions: Vec<String>,
}

/// Of [`Table::not_understood`]: its constraints and indexes are made of those of its parts.
pub(crate) const PARTITIONED: &str = "it is partitioned";

/// Of [`Opaque::kind`]: who may do what with a table.
pub(crate) const PRIVILEGES: &str = "privileges";
/// Of [`Opaque::kind`]: who may do what with a column, and with its sequence. The name is the column's.
pub(crate) const COLUMN_PRIVILEGES: &str = "column privileges";
/// Of [`Opaque::kind`]: who may do what with a schema.
#[cfg(feature = "postgres")]
pub(crate) const SCHEMA_PRIVILEGES: &str = "schema privileges";
/// Of [`Opaque::kind`]: who may do what with objects that are still to be made. The name says which.
#[cfg(feature = "postgres")]
pub(crate) const DEFAULT_PRIVILEGES: &str = "default privileges";
/// Of [`Opaque::kind`]: storage parameters, UNLOGGED, REPLICA IDENTITY.
pub(crate) const SETTINGS: &str = "settings";
/// Of [`Opaque::kind`]: statistics, storage. The name is the column's.
pub(crate) const COLUMN_SETTINGS: &str = "column settings";

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: String,
    /// In their order.
    pub columns: Vec<Column>,
    /// Its primary key, if it has one.
    pub primary_key: Option<PrimaryKey>,
    /// UNIQUE constraints, by name.
    pub uniques: BTreeMap<String, Unique>,
    /// By name.
    pub foreign_keys: BTreeMap<String, ForeignKey>,
    /// CHECK constraints, by name.
    pub checks: BTreeMap<String, Check>,
    /// Indexes that no constraint owns, by name.
    pub indexes: BTreeMap<String, Index>,
    /// What a person says of it (PostgreSQL).
    pub comment: Option<String>,
    /// SQLite: STRICT.
    pub strict: bool,
    /// SQLite: WITHOUT ROWID.
    pub without_rowid: bool,
    /// PostgreSQL: the tables that it inherits from, whose columns and CHECKs it has.
    pub inherits: Vec<String>,
    /// Triggers, row-level-security policies, exclusion constraints: kept as it stands.
    pub opaque: Vec<Opaque>,
    /// Why its definition is not understood to the last token: then it is never rebuilt.
    pub not_understood: Option<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as the database writes it.
    pub kind: String,
    /// True unless it is NOT NULL.
    pub nullable: bool,
    /// SQLite's ON CONFLICT clause of NOT NULL, such as `REPLACE`.
    pub not_null_on_conflict: Option<String>,
    /// The expression of its DEFAULT, as the database writes it.
    pub default: Option<String>,
    /// The expression it is computed from.
    pub generated: Option<Generated>,
    /// Whether the database numbers it. A primary key of SQLite that is the rowid needs none.
    pub numbering: Option<Numbering>,
    /// PostgreSQL: what differs from a sequence's defaults, such as `START WITH 100`: what stands in
    /// the parentheses after IDENTITY.
    pub sequence: Option<String>,
    /// Other than the type's or the database's own.
    pub collation: Option<String>,
    /// What a person says of it (PostgreSQL).
    pub comment: Option<String>,
}

/// A column computed from others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generated {
    /// From what.
    pub expression: String,
    /// Kept, or computed on every read.
    pub stored: bool,
}

/// How a database numbers rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// SQLite's AUTOINCREMENT.
    AutoIncrement,
    /// PostgreSQL's GENERATED ALWAYS AS IDENTITY.
    IdentityAlways,
    /// PostgreSQL's GENERATED BY DEFAULT AS IDENTITY.
    IdentityByDefault,
    /// PostgreSQL's serial: a default that reads a sequence which the column owns.
    Serial,
}

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrimaryKey {
    /// Of the constraint; SQLite may have none.
    pub name: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// SQLite: what is written behind a column, by column, such as `COLLATE NOCASE DESC`.
    pub clauses: BTreeMap<String, String>,
    /// SQLite's ON CONFLICT clause, such as `REPLACE`.
    pub on_conflict: Option<String>,
}

/// A UNIQUE constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unique {
    /// Its name; SQLite's unnamed ones are given the name the models would give.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// As for [`PrimaryKey::clauses`].
    pub clauses: BTreeMap<String, String>,
    /// PostgreSQL 15: NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// PostgreSQL: DEFERRABLE, with INITIALLY DEFERRED.
    pub deferrable: Deferrable,
    /// SQLite's ON CONFLICT clause, such as `IGNORE`.
    pub on_conflict: Option<String>,
    /// False for one that the database has without a name, so that it can't be dropped by one.
    pub is_named: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// The table it refers to.
    pub references: String,
    /// That table's columns, in the same order; never empty.
    pub referenced: Vec<String>,
    /// What happens when the row referred to is deleted.
    pub on_delete: Action,
    /// What happens when the key of the row referred to changes.
    pub on_update: Action,
    /// PostgreSQL: MATCH FULL.
    pub match_full: bool,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// PostgreSQL: false for NOT VALID.
    pub validated: bool,
    /// As for [`Unique::is_named`].
    pub is_named: bool,
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// Its name.
    pub name: String,
    /// What must hold.
    pub expression: String,
    /// PostgreSQL: false for NOT VALID.
    pub validated: bool,
    /// As for [`Unique::is_named`].
    pub is_named: bool,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Index {
    /// Its name.
    pub name: String,
    /// True when it allows no two equal rows.
    pub unique: bool,
    /// PostgreSQL's access method, such as `btree`; empty on SQLite.
    pub method: String,
    /// Columns and expressions in order, each with collation, operator class and order as the
    /// database writes them.
    pub keys: Vec<String>,
    /// PostgreSQL: INCLUDE columns.
    pub include: Vec<String>,
    /// Which rows it covers.
    pub predicate: Option<String>,
    /// PostgreSQL: NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// PostgreSQL: storage parameters, such as `fillfactor='50'`: what stands in the parentheses after WITH.
    pub storage: Option<String>,
    /// What a person says of it (PostgreSQL).
    pub comment: Option<String>,
}

/// An enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Enum {
    /// Its name.
    pub name: String,
    /// Its values, in order.
    pub values: Vec<String>,
    /// What a person says of it.
    pub comment: Option<String>,
}

/// Something that is kept as it stands: a view, a trigger, a policy, a function.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opaque {
    /// What it is: `view`, `trigger`, `policy` ...
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The statements that create it; on PostgreSQL what a person says of it is among them.
    pub create: String,
    /// The statement that drops it.
    pub drop: String,
    /// The tables it mentions, through other views too, as far as the database tells; sorted.
    pub tables: Vec<String>,
    /// PostgreSQL: the names of a view's columns as SQL, which stay where columns of its tables are renamed.
    pub columns: Option<String>,
    /// True for what tables may need and what needs none itself: types, sequences, functions. It can
    /// be created before them; everything else after all tables.
    pub before_tables: bool,
}

impl Opaque {
    /// Whether tables may use it: a type, a sequence, a function.
    pub(crate) fn is_beside_tables(&self) -> bool {
        self.before_tables || ["function", "aggregate"].contains(&self.kind.as_str())
    }

    /// Whether it says something of a table as a whole, which keeps it as long as it is there.
    pub(crate) fn is_of_table(&self) -> bool {
        [PRIVILEGES, SETTINGS].contains(&self.kind.as_str())
    }

    /// Whether it says something of a column, and goes with it.
    pub(crate) fn is_of_column(&self) -> bool {
        [COLUMN_PRIVILEGES, COLUMN_SETTINGS].contains(&self.kind.as_str())
    }
}
