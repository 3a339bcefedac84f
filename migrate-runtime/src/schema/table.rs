use super::{
    CheckDef, ColumnDef, ForeignKeyDef, IndexDef, PrimaryKeyDef, UniqueDef, column::builders,
};

/// A model: a struct whose rows are kept in a table. Derive it with
/// [`#[derive(Table)]`](derive@crate::schema::Table).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no model",
    note = "add `#[derive(Table)]` to it"
)]
pub trait Table {
    /// The table.
    const TABLE: TableDef;

    /// Reads every field, so that one which only the database reads is no dead code.
    #[doc(hidden)]
    fn __read(&self) {}
}

/// The models of an app: the whole of its schema. [`schema!`](macro@crate::schema) makes it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Schema {
    /// The tables, in the order of the list.
    pub tables: &'static [TableDef],
    /// What others manage, never compared and never dropped: tables (`spatial_ref_sys`, `auth.users`) and whole schemas
    /// (`auth.*`).
    pub unmanaged: &'static [&'static str],
}

impl Schema {
    /// These tables, and those that others manage.
    pub const fn new(tables: &'static [TableDef], unmanaged: &'static [&'static str]) -> Schema {
        Schema { tables, unmanaged }
    }
}

/// A table, as a model declares it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TableDef {
    /// Its name.
    pub name: &'static str,
    /// The schema it lives in (PostgreSQL); by default the one that is current.
    pub schema: Option<&'static str>,
    /// Its name on SQLite, where it has another one there.
    pub sqlite_name: Option<&'static str>,
    /// The Rust type's name, for messages.
    pub model: &'static str,
    /// What it was called before, with the schema where that is not the current one.
    pub renamed_from: Option<&'static str>,
    /// What a person says of it (PostgreSQL).
    pub comment: Option<&'static str>,
    /// SQLite: STRICT.
    pub is_strict: bool,
    /// SQLite: WITHOUT ROWID.
    pub is_without_rowid: bool,
    /// In their order.
    pub columns: &'static [ColumnDef],
    /// Its primary key, if it has one.
    pub primary_key: Option<PrimaryKeyDef>,
    /// UNIQUE constraints.
    pub uniques: &'static [UniqueDef],
    /// Foreign keys.
    pub foreign_keys: &'static [ForeignKeyDef],
    /// CHECK constraints.
    pub checks: &'static [CheckDef],
    /// Indexes.
    pub indexes: &'static [IndexDef],
}

impl TableDef {
    /// A table without columns.
    pub const fn new(name: &'static str, model: &'static str) -> TableDef {
        TableDef {
            name,
            schema: None,
            sqlite_name: None,
            model,
            renamed_from: None,
            comment: None,
            is_strict: false,
            is_without_rowid: false,
            columns: &[],
            primary_key: None,
            uniques: &[],
            foreign_keys: &[],
            checks: &[],
            indexes: &[],
        }
    }

    builders! {
        /// In that schema.
        with_schema => schema: Option<&'static str>;
        /// With that name on SQLite.
        with_sqlite_name => sqlite_name: Option<&'static str>;
        /// With the name it had.
        with_renamed_from => renamed_from: Option<&'static str>;
        /// With a comment.
        with_comment => comment: Option<&'static str>;
        /// STRICT, or not.
        with_strict => is_strict: bool;
        /// WITHOUT ROWID, or not.
        with_without_rowid => is_without_rowid: bool;
        /// With these columns.
        with_columns => columns: &'static [ColumnDef];
        /// With this primary key.
        with_primary_key => primary_key: Option<PrimaryKeyDef>;
        /// With these UNIQUE constraints.
        with_uniques => uniques: &'static [UniqueDef];
        /// With these foreign keys.
        with_foreign_keys => foreign_keys: &'static [ForeignKeyDef];
        /// With these CHECK constraints.
        with_checks => checks: &'static [CheckDef];
        /// With these indexes.
        with_indexes => indexes: &'static [IndexDef];
    }
}
