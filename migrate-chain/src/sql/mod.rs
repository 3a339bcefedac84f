//! What the crate knows about SQL without parsing it: where statements end, and which of them a migration can't hold.
//!
//! ```
//! use migrate_chain::{Dialect, sql::{Section, inspect}};
//!
//! let script = "CREATE TABLE a (x int);\nCOMMIT;\n";
//! let found = inspect(script, &Section::new(Dialect::Postgres));
//! assert_eq!(found.statements.len(), 2);
//! assert_eq!(found.findings[0].message, "`COMMIT` would end the migration's own transaction");
//! assert_eq!(&script[found.findings[0].range.clone()], "COMMIT");
//! ```
//!
//! The phases: `lexer` (with `quotes`) finds tokens, `statements` (with `nesting`) finds the `;` that end statements,
//! `words` reads one statement's tokens, and `rules` holds one file per subject. Nothing here parses, recurses, panics
//! or takes more than linear time, because it runs inside of a procedural macro, in a debug build.

mod concurrent;
mod control;
mod finding;
mod inspect;
mod lexer;
mod nesting;
mod outside;
mod parameters;
mod quotes;
mod quoting;
mod rules;
mod statements;
#[cfg(test)]
mod tests;
mod words;

pub use concurrent::{ConcurrentIndex, Concurrently, concurrent_index};
pub use finding::{Finding, Section};
pub use inspect::{Inspection, inspect};
pub use lexer::{Kind as TokenKind, Token, tokens};
pub use outside::runs_in_transaction;
pub(crate) use parameters::numbered as numbered_parameters;
pub use parameters::{postgres_parameters, with_literals};
pub use quoting::{filled, identifier, literal, mentions, push_identifier, push_literal, unquoted};
pub use statements::{Statement, Statements, is_blank, statements};
