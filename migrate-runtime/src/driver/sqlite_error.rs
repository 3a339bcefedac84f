//! What an error of SQLite's means, from its message, which is in English everywhere.

use super::Class;

/// What the engine has to know of an error.
pub(super) fn class(message: &str) -> Class {
    let begins = |words: &[&str]| words.iter().any(|word| message.starts_with(word));
    if message.contains("no such table") {
        Class::Missing
    } else if begins(&[
        "database is locked",
        "database table is locked",
        "database schema is locked",
    ]) {
        Class::Busy
    } else if begins(&[
        "attempt to write a readonly database",
        "unable to open database file",
    ]) {
        // The file is open, so it is its journal that can't be made: the folder is read-only.
        Class::ReadOnly
    } else if begins(&["not authorized", "access permission denied"]) {
        Class::Privilege
    } else if message.starts_with("cannot start a transaction within a transaction") {
        Class::InFailedTransaction
    } else {
        Class::Other
    }
}
