//! What a step of an offline script may set of sqlite3's connection, and what each was when it opened the file: no
//! statement can put a pragma back to a value that it has read.

use migrate_chain::sql::mentions;

/// Pragmas that change what later steps do, with SQLite's own value.
const DEFAULTS: [(&str, &str); 12] = [
    ("automatic_index", "ON"),
    ("case_sensitive_like", "OFF"),
    ("cell_size_check", "OFF"),
    ("count_changes", "OFF"),
    ("ignore_check_constraints", "OFF"),
    ("legacy_alter_table", "OFF"),
    ("query_only", "OFF"),
    ("read_uncommitted", "OFF"),
    ("recursive_triggers", "OFF"),
    ("reverse_unordered_selects", "OFF"),
    ("trusted_schema", "ON"),
    ("writable_schema", "OFF"),
];

/// Sets the pragmas that a script names to what they were.
pub(super) fn restore(script: &str) -> String {
    if !mentions(script, "pragma") {
        return String::new();
    }
    DEFAULTS
        .iter()
        .filter(|(name, _)| mentions(script, name))
        .map(|(name, value)| format!("PRAGMA {name} = {value};\n"))
        .collect()
}
