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
//! The phases: `args` and `attr` read what the user wrote into `settings`, `load` reads and
//! checks the directory through `migrate-chain`, and `expand` writes the constant, with
//! `modules` for Rust-coded revisions and `assets` for their data files. Whatever goes wrong,
//! the expansion still is a value of the right type, so that one mistake is one error.

mod args;
mod assets;
mod attr;
mod db_enum;
mod entry;
mod errors;
mod expand;
mod load;
mod modules;
mod options;
mod settings;
mod table;

use proc_macro::TokenStream;

/// The procedural half of `migrate_runtime::embed_migrations!`, which passes its own `$crate`
/// first: `embed_migrations!($crate; "versions", dialects = [sqlite])`.
#[doc(hidden)]
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    expand::expression(input.into()).into()
}

// Documented where `migrate-runtime` re-exports it: an example needs the runtime.
#[allow(missing_docs)]
#[proc_macro_derive(Migrations, attributes(migrations))]
pub fn derive_migrations(input: TokenStream) -> TokenStream {
    expand::derive(input.into()).into()
}

// Documented where `migrate-runtime` declares the trait.
#[allow(missing_docs)]
#[proc_macro_derive(Table, attributes(table, column))]
pub fn derive_table(input: TokenStream) -> TokenStream {
    table::derive(input.into()).into()
}

// Documented where `migrate-runtime` declares the trait.
#[allow(missing_docs)]
#[proc_macro_derive(DbEnum, attributes(db_enum))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    db_enum::derive(input.into()).into()
}
