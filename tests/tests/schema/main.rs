//! Schemas: read from databases, compared, and made of each other.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
extern crate migrate_tests;

mod around;
mod breaking;
mod change;
mod dead_ends;
mod diff;
mod hand_made;
mod introspect;
mod kept;
mod locks;
mod matrix;
mod models;
mod mutations;
mod names_in_text;
mod property;
mod realistic;
mod render;
mod rights;
mod round_trip;
mod schemas;
mod scratch;
mod seen;
mod spelling;
mod structs;
mod swaps;
mod temporary_names;
mod together;
mod trial;
mod values;
mod warned;

use migrate_tests::support;
