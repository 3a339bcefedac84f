//! `embed_migrations!` and `#[derive(Migrations)]`: a versions directory, checked and compiled into
//! the application.
//!
//! Use them through `migrate-runtime`, which re-exports both; what they write is its private
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
//! The phases: [`args`] and [`attr`] read what the user wrote into [`settings`], [`load`] reads and
//! checks the directory through `migrate-chain`, and [`expand`] writes the constant, with
//! [`modules`] for Rust-coded revisions and [`assets`] for their data files. Whatever goes wrong,
//! the expansion still is a value of the right type, so that one mistake is one error.

mod args;
mod assets;
mod attr;
mod errors;
mod expand;
mod load;
mod modules;
mod settings;

use proc_macro::TokenStream;

/// The procedural half of `migrate_runtime::embed_migrations!`, which passes its own `$crate`
/// first: `embed_migrations!($crate; "versions", dialects = [sqlite])`.
#[doc(hidden)]
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    expand::expression(input.into()).into()
}

/// Compiles a versions directory into the application, reachable through a type.
///
/// It adds a function `migrations() -> &'static Migrations`, as visible as the struct:
///
/// ```text
/// use migrate_runtime::Migrations;
///
/// #[derive(Migrations)]
/// #[migrations(path = "versions", chain = "billing", dialects = [sqlite, postgres], assets)]
/// pub struct Billing;
///
/// Billing::migrations().run(&mut connection)?;
/// ```
///
/// `path` is relative to the crate's Cargo.toml. Everything else is optional:
///
/// | option | meaning |
/// |---|---|
/// | `dialects = [sqlite, postgres]` | every revision must serve these databases; by default those that the files name |
/// | `chain = "billing"` | the chain's name, where several share a database; by default `main` |
/// | `head = "cb3cf47d9259"` | the build fails when the chain ends elsewhere |
/// | `assets` | `versions/assets/` travels along for Rust-coded revisions (feature `include_dir`) |
/// | `multiple_heads`, `multiple_bases` | several are meant |
/// | `crate = path` | where `migrate_runtime` is, if it was renamed or is re-exported |
///
/// Rust-coded revisions become modules beside the struct, so that editors follow them. A new file
/// is noticed by the next build if `build.rs` says `cargo::rerun-if-changed=versions`, which
/// `cargo migrate init` writes.
#[proc_macro_derive(Migrations, attributes(migrations))]
pub fn derive_migrations(input: TokenStream) -> TokenStream {
    expand::derive(input.into()).into()
}
