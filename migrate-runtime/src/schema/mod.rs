//! Models: what an app declares its database to be.
//!
//! A model is a struct with [`#[derive(Table)]`](derive@Table); [`schema!`](macro@crate::schema)
//! lists those that the app has. The result is a constant, read only by the command line and by
//! tests: they compare it with what the chain makes, and write the revision that is missing.
//!
//! ```
//! use migrate_runtime::{DbEnum, Schema, Table, schema};
//!
//! #[derive(Table)]
//! #[table(name = "users", index(expr = "lower(email)", name = "ix_users_lower_email"))]
//! struct User {
//!     #[column(primary_key, auto_increment)]
//!     id: i64,
//!     #[column(unique)]
//!     email: String,
//!     #[column(references = "orgs.id", on_delete = "cascade")]
//!     org_id: i64,
//!     mood: Option<Mood>,
//! }
//!
//! #[derive(Table)]
//! #[table(name = "orgs")]
//! struct Org {
//!     #[column(primary_key)]
//!     id: i64,
//! }
//!
//! #[derive(DbEnum)]
//! #[db_enum(name = "mood")]
//! enum Mood {
//!     Good,
//!     Bad,
//! }
//!
//! pub static SCHEMA: Schema = schema![User, Org; unmanaged = ["spatial_ref_sys"]];
//!
//! assert_eq!(User::TABLE.columns[1].name, "email");
//! assert_eq!(User::TABLE.foreign_keys[0].name, "fk_users_org_id");
//! assert!(User::TABLE.columns[3].is_nullable);
//! ```

mod column;
mod constraint;
mod enums;
mod per_dialect;
mod table;
mod types;

pub use column::{ColumnDef, GeneratedDef, Identity};
pub use constraint::{
    Action, CheckDef, Deferrable, ForeignKeyDef, IndexDef, Key, KeyDef, Nulls, PrimaryKeyDef,
    UniqueDef,
};
pub use enums::{DbEnum, EnumDef, EnumValueDef};
pub use migrate_chain::{Constraint, LONGEST_NAME};
/// Makes an enum one that the database knows, and a type of columns.
///
/// ```
/// use migrate_runtime::{ColumnType, DbEnum};
///
/// #[derive(DbEnum)]
/// #[db_enum(name = "mood", rename_all = "snake_case", renamed_from = "feeling", comment = "of a day")]
/// enum Mood {
///     VeryGood,
///     #[db_enum(name = "so-so", renamed_from = "meh")]
///     SoSo,
/// }
///
/// assert_eq!(Mood::ENUM.values[0].name, "very_good");
/// assert_eq!(Mood::TYPE.postgres, "mood");
/// ```
///
/// | of the enum | meaning |
/// |---|---|
/// | `name = "mood"` | the type's name; by default the enum's in snake case |
/// | `rename_all = "snake_case"` | how values are written: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE`; by default as the variants |
/// | `schema = "core"` | the schema that the type lives in (PostgreSQL) |
/// | `renamed_from = ".."` | what the type was called before |
/// | `comment = ".."` | what a person says of it (PostgreSQL) |
/// | `crate = some::path` | where `migrate-runtime` is, when it was renamed |
///
/// | of a variant | meaning |
/// |---|---|
/// | `name = ".."` | the value |
/// | `renamed_from = ".."` | how it was written before |
#[cfg(feature = "macros")]
#[doc(inline)]
pub use migrate_macros::DbEnum;
/// Makes a struct a model: the table that its rows are kept in.
///
/// ```
/// use migrate_runtime::{Table, schema::PerDialect};
///
/// struct Settings;
/// struct Cache;
///
/// #[derive(Table)]
/// #[table(name = "users", renamed_from = "accounts", comment = "people who sign in", strict,
///         primary_key(org_id, id),
///         unique(columns(org_id, email), name = "uq_users_org_email"),
///         index(columns(email, age desc), where = "deleted_at IS NULL"),
///         index(expr = "lower(email)", name = "ix_users_lower_email"),
///         check(name = "ck_users_age", expr = "age >= 0"))]
/// struct User {
///     id: i64,
///     #[column(renamed_from = "mail", unique)]
///     email: String,
///     #[column(references = "orgs.id", on_delete = "cascade")]
///     org_id: i64,
///     #[column(default = "0", type = "smallint")]
///     age: i16,
///     #[column(generated = "lower(email)", stored)]
///     email_lower: String,
///     #[column(type(sqlite = "TEXT", postgres = "jsonb"))]
///     settings: Settings,
///     deleted_at: Option<String>,
///     #[column(skip)]
///     cache: Cache,
/// }
///
/// let table = User::TABLE;
/// assert_eq!(table.primary_key.map(|key| key.name), Some("pk_users"));
/// assert_eq!(table.uniques[0].name, "uq_users_email");
/// assert_eq!(table.indexes[0].name, "ix_users_email_age");
/// assert_eq!(table.columns[3].default, PerDialect::both(Some("0")));
/// assert_eq!(table.columns.len(), 7);
/// ```
///
/// The type of a field tells the type of its column, by [`ColumnType`]. Constraints name fields;
/// texts, such as expressions and `references`, name what is in the database.
///
/// A text that is SQL may differ by database: `default(sqlite = "1", postgres = "true")`. Where one
/// is left out, that database does without.
///
/// Every constraint has a name. One that is given none is called after its table and columns:
/// `pk_users`, `uq_users_email`, `ix_users_email`, `fk_users_org_id`, `ck_users_age`
/// ([`Constraint::name`]).
///
/// | of the table | meaning |
/// |---|---|
/// | `name = "users"` | its name; by default the struct's in snake case |
/// | `schema = "core"` | the schema it lives in (PostgreSQL), which the revision makes; SQLite has none |
/// | `sqlite_name = "core_users"` | its name on SQLite, where that is another one |
/// | `renamed_from = "accounts"` | what it was called before; from another schema, `"public.accounts"` |
/// | `comment = ".."` | what a person says of it (PostgreSQL) |
/// | `strict`, `without_rowid` | kinds of tables (SQLite) |
/// | `primary_key(a, b)` | with `columns(..)` instead of the fields also `name`, `on_conflict` (SQLite) |
/// | `unique(a, b)` | also `columns(..)`, `name`, `nulls_not_distinct`, `deferrable`, `on_conflict` (SQLite) |
/// | `index(a, b desc)` | also `columns(..)`, `expr` (SQL), `name`, `unique`, `where` (SQL), `method`, `include(..)`, `nulls_not_distinct` (PostgreSQL), `only = "postgres"`; behind a field `desc`, `asc`, `nulls_first`, `nulls_last`, `collate ".."`, `ops ".."` |
/// | `foreign_key(columns(a, b), references = "t(a, b)")` | also `name`, `on_delete`, `on_update`, `deferrable` |
/// | `check(name = "..", expr = "..")` | what must hold (SQL) |
/// | `crate = some::path` | where `migrate-runtime` is, when it was renamed |
///
/// | of a column | meaning |
/// |---|---|
/// | `name = ".."` | its name; by default the field's |
/// | `renamed_from = ".."` | what it was called before |
/// | `primary_key`, `unique`, `index` | of this column; at the struct for several columns or a name of its own |
/// | `auto_increment` | AUTOINCREMENT on SQLite, an identity on PostgreSQL |
/// | `identity`, `identity = "always"` | GENERATED BY DEFAULT or ALWAYS AS IDENTITY (PostgreSQL); SQLite numbers an INTEGER PRIMARY KEY anyway |
/// | `references = "orgs.id"` | a foreign key; into another schema, `"auth.orgs.id"` |
/// | `on_delete`, `on_update` | `cascade`, `restrict`, `set null`, `set default`, `no action` |
/// | `deferrable`, `deferrable = "initially deferred"` | when it is checked |
/// | `default = ".."` | its default (SQL) |
/// | `type = ".."` | its type (SQL); NULL is allowed if the field is an `Option`; `type(sqlite = "")` is a column without one |
/// | `nullable`, `nullable = false` | whatever the field's type says; of a primary key on SQLite, which may be NULL there |
/// | `generated = ".."`, with `stored` or `virtual` | computed from others (SQL); `stored` is the default |
/// | `collate = ".."` | its collation (by its name) |
/// | `check = ".."` | what must hold (SQL) |
/// | `comment = ".."` | what a person says of it (PostgreSQL) |
/// | `skip` | no column |
#[cfg(feature = "macros")]
#[doc(inline)]
pub use migrate_macros::Table;
pub use per_dialect::{PerDialect, SqlText};
pub use table::{Schema, Table, TableDef};
pub use types::{ColumnType, SqlType};

/// Lists the models of an app: the whole of its schema, as a constant.
///
/// ```
/// use migrate_runtime::{Schema, Table, schema};
///
/// #[derive(Table)]
/// struct Org {
///     #[column(primary_key)]
///     id: i64,
/// }
///
/// pub static SCHEMA: Schema = schema![Org; unmanaged = ["spatial_ref_sys"]];
/// assert_eq!(SCHEMA.tables[0].name, "org");
/// ```
///
/// The list is explicit: a table of the database that is in no model is dropped by the next
/// revision, unless `unmanaged` names it, or it lives in a schema that no model names. `unmanaged = ["auth.*"]` is about all
/// of a schema. A model may refer to an unmanaged table.
#[macro_export]
macro_rules! schema {
    ($($table:ty),* $(,)?) => {
        $crate::schema![$($table),*; unmanaged = []]
    };
    ($($table:ty),* $(,)?; unmanaged = [$($name:expr),* $(,)?] $(,)?) => {
        $crate::schema::Schema::new(
            &[$(<$table as $crate::schema::Table>::TABLE),*],
            &[$($name),*],
        )
    };
    ($($table:ty),* $(,)?; $option:ident $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "write `unmanaged = [\"some_table\"]`: that is the only option of `schema!`, not `",
            ::core::stringify!($option),
            "`",
        ))
    };
}
