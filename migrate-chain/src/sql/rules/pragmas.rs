//! SQLite's pragmas.

use crate::Dialect;
use crate::sql::finding::{Finding, Section, find};
use crate::sql::words::Words;

/// No pragma is set that does nothing, or fails, where it stands. Reading one is harmless.
///
/// In a `no transaction` section most of them work; `foreign_keys` is the engine's there too, which must know what to
/// restore, and `encoding` is fixed as soon as a database has a table.
pub(super) fn no_useless_pragma(words: &Words<'_>, section: &Section, findings: &mut Vec<Finding>) {
    if section.dialect != Dialect::Sqlite || !words.is(0, "PRAGMA") {
        return;
    }
    let at = if words.symbol(2, b'.') { 3 } else { 1 };
    let Some(name) = words.identifier(at).map(|name| name.to_ascii_lowercase()) else {
        return;
    };
    let sets = words.symbol(at + 1, b'=') || words.symbol(at + 1, b'(');
    let outside = format!(
        "put it in a revision of its own, in a section marked so: {}",
        section.marked("no transaction")
    );
    let off = section.marked("foreign keys off");
    let (problem, help) = match name.as_str() {
        "foreign_keys" if sets && section.foreign_keys_off => (
            "does nothing in a transaction",
            "remove it: the section's `foreign keys off` switches them off before the transaction, and on again".to_owned(),
        ),
        "foreign_keys" if sets && section.in_transaction => (
            "does nothing in a transaction",
            format!("mark the section instead: {off}"),
        ),
        "foreign_keys" if sets => (
            "would stay so after the migration",
            format!("mark the section instead: {off}, which restores it"),
        ),
        "encoding" if sets => (
            "does nothing once the database has a table",
            "set it on a new database, before its first migration".to_owned(),
        ),
        "data_store_directory" | "temp_store_directory" if sets => (
            "holds for the whole process, and for others that migrate in it",
            "set it where the application opens the database".to_owned(),
        ),
        "hard_heap_limit" | "soft_heap_limit" if sets => (
            "limits the whole process, and can't be taken back",
            "set it where the application opens the database".to_owned(),
        ),
        "journal_mode" if sets && section.in_transaction => (
            "cannot change in a transaction",
            "set it where the application opens the database, or in a revision of its own that is `no transaction`".to_owned(),
        ),
        "synchronous" if sets && section.in_transaction => (
            "cannot change in a transaction",
            "set it where the application opens the database: it lasts as long as the connection".to_owned(),
        ),
        "page_size" | "auto_vacuum" if sets && section.in_transaction => (
            "does nothing until a `VACUUM`, which cannot run in a transaction",
            outside,
        ),
        "wal_checkpoint" if section.in_transaction => {
            ("fails in a transaction that writes", outside)
        }
        _ => return,
    };
    find(
        findings,
        words.range(words.len()),
        format!("`PRAGMA {name}` {problem}"),
        help,
    );
}
