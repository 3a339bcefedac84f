//! Models as structs, compared with what a chain of migrations makes.
//!
//! An app needs `migration_tests!` and `testing`: a test of each promise that a chain should keep, and
//! databases for tests of its own. The commands are made of the rest:
//!
//! | module | is |
//! |---|---|
//! | [`model`] | a schema as values, of either database |
//! | [`introspect`] | the schema of a database that is there |
//! | `dump` | the statements that make a database that is there: a baseline, a squash |
//! | `scratch` | throwaway databases, and the schema that a script or a chain makes in one |
//! | `models` | what the chain makes and what the models want, for [`diff`] |
//! | [`ddl`] | the models as a script for an empty database |
//! | [`diff`] | what has to change, the questions that it raises, and their answers |
//! | [`operation`], [`hazards`] | one change, and what it may do to rows and to programs that run |
//! | [`revision`] | the changes as a revision file, in both directions |
//! | [`structs`] | a schema as the source of its models |
//! | `lint` | what a revision breaks, loses, locks, or may fail at |
//! | `trial` | such a file tried out with rows |
//!
//! `dump`, `lint`, `models`, `scratch`, `testing` and `trial` need one of the features `rusqlite` and `postgres`.

mod build;
pub mod ddl;
pub mod diff;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod dump;
mod error;
pub mod hazards;
#[doc(hidden)]
pub mod hints;
pub mod introspect;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod lint;
pub mod model;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod models;
pub mod operation;
#[doc(hidden)]
pub mod render;
pub mod revision;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod scratch;
pub mod structs;
// Each database needs a part of it.
#[cfg_attr(not(all(feature = "rusqlite", feature = "postgres")), allow(dead_code))]
mod sql;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod testing;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod trial;

pub use error::{Error, Result};

/// The examples of the guide to tests compile, and its tests run.
#[cfg(all(doctest, feature = "rusqlite"))]
#[doc = include_str!("../../docs/testing.md")]
struct Testing;
