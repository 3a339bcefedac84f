//! A start that replicas, crashes, slow locks, older releases and full disks cannot break.
//!
//! Each guarantee of `docs/guarantees.md` is one of these tests, on real databases, with rows in the tables.
//! `MIGRATE_ROUNDS` says how often the tests that depend on luck try it; 3 unless it is set.

// A test's support fails the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
extern crate migrate_tests;

mod access;
mod ahead;
mod corner;
mod crash;
mod documented;
mod drivers;
mod faults;
mod herd;
mod outside;
mod parts;
mod replicas;
mod traced;

use migrate_tests::support;
