//! fill a1
//!
//! revision: a1
//! down_revision: none

fn helper() {}
