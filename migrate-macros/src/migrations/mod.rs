//! `embed_migrations!` and `#[derive(Migrations)]`, in phases: `args` and `attr` read what the user
//! wrote into `settings`, `load` reads and checks the directory through `migrate-chain`, and
//! `expand` writes the constant, with `modules` for Rust-coded revisions and `assets` for their data
//! files.

mod args;
mod assets;
mod attr;
mod expand;
mod load;
mod modules;
mod settings;

pub(crate) use expand::{derive, expression};
