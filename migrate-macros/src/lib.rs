//! `embed_migrations!` and `#[derive(Migrations)]`: a versions directory, checked and compiled into
//! the application; `#[derive(Table)]` and `#[derive(DbEnum)]`: what the database is meant to be.
//!
//! Use them through `migrate-runtime`, which re-exports all; what they write is its private
//! interface.
//!
//! ```text
//! pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
//!
//! #[derive(Migrations)]
//! #[migrations(path = "versions", chain = "billing", dialects = [sqlite, postgres], assets)]
//! pub struct Billing;
//! ```
//!
//! Each macro has a folder, in the same phases: read the attributes, check, expand. Whatever goes
//! wrong, the expansion still is a value of the right type, so that one mistake is one error.

#![warn(clippy::match_bool, clippy::fn_params_excessive_bools)]

mod attribute;
mod db_enum;
mod migrations;
mod table;

use proc_macro::TokenStream;

/// The procedural half of `migrate_runtime::embed_migrations!`, which passes its own `$crate`
/// first: `embed_migrations!($crate; "versions", dialects = [sqlite])`.
#[doc(hidden)]
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    migrations::expression(input.into()).into()
}

#[expect(
    missing_docs,
    reason = "documented where `migrate-runtime` re-exports it: an example needs the runtime"
)]
#[proc_macro_derive(Migrations, attributes(migrations))]
pub fn derive_migrations(input: TokenStream) -> TokenStream {
    migrations::derive(input.into()).into()
}

#[expect(
    missing_docs,
    reason = "documented where `migrate-runtime` declares the trait"
)]
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    table::derive(input.into()).into()
}

#[expect(
    missing_docs,
    reason = "documented where `migrate-runtime` declares the trait"
)]
#[proc_macro_derive(DbEnum, attributes(db_enum))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    db_enum::derive(input.into()).into()
}
