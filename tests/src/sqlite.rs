//! SQLite databases in temporary files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tempfile::TempDir;

/// A database in a file of its own, which is empty until someone writes to it; removed, with its journals, on drop.
pub struct Database {
    dir: TempDir,
}

impl Database {
    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// If no temporary folder can be made.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a default that makes a folder would surprise"
    )]
    pub fn new() -> Self {
        Self {
            dir: tempfile::Builder::new()
                .prefix("migrate-sqlite-")
                .tempdir()
                .unwrap(),
        }
    }

    /// The file, alone in its folder.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("test.db")
    }

    /// The folder, for what a test wants to put beside the file.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The file as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    /// A new connection.
    ///
    /// # Panics
    ///
    /// If the file can't be opened.
    #[must_use]
    pub fn connect(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

/// The whole database (its `main` part) as text: schema objects, then every row of every table, value by value with
/// its storage class. Equal databases give equal texts, whatever the order in which things were made.
///
/// # Panics
///
/// If the database can't be read.
#[must_use]
pub fn dump(connection: &Connection) -> String {
    dump_without(connection, &[])
}

/// The text of a database without some tables and what hangs on them: the migrator's own, say.
///
/// # Panics
///
/// If the database can't be read.
#[must_use]
pub fn dump_without(connection: &Connection, tables: &[&str]) -> String {
    let mut text = String::new();
    for pragma in ["user_version", "application_id", "encoding"] {
        let value = lines(connection, &format!("PRAGMA main.{pragma}")).concat();
        writeln!(text, "{pragma} {value}").unwrap();
    }
    let names: Vec<_> = tables
        .iter()
        .map(|name| format!("'{}'", name.replace('\'', "''")))
        .collect();
    let kept = format!("tbl_name NOT IN ({})", names.join(", "));
    // sqlite_sequence appears with the first AUTOINCREMENT and can't be dropped again: only its rows are of interest.
    let objects = format!(
        "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE name <> 'sqlite_sequence' AND {kept}"
    );
    for object in lines(connection, &objects) {
        writeln!(text, "{object}").unwrap();
    }
    let tables = format!(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND {kept} ORDER BY name"
    );
    let mut tables = connection.prepare(&tables).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for table in tables.map(Result::unwrap) {
        let quoted = table.replace('"', "\"\"");
        for row in lines(connection, &format!("SELECT * FROM main.\"{quoted}\"")) {
            if !(table == "sqlite_sequence"
                && names
                    .iter()
                    .any(|name| row.contains(&format!("text {name}"))))
            {
                writeln!(text, "row {table} {row}").unwrap();
            }
        }
    }
    text
}

/// The rows of a query, each as one line, sorted.
fn lines(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection
        .prepare(sql)
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let values: Vec<_> = (0..columns)
            .map(|column| value(row.get_ref(column).unwrap()))
            .collect();
        lines.push(values.join(" | "));
    }
    lines.sort_unstable();
    lines
}

/// A value in a form that tells 1 from 1.0 from '1' from x'31'.
fn value(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => format!("integer {number}"),
        ValueRef::Real(number) => format!("real {number:?}"),
        ValueRef::Text(bytes) => format!("text '{}'", bytes.escape_ascii()),
        ValueRef::Blob(bytes) => format!("blob '{}'", bytes.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_databases_give_equal_texts() {
        let (one, two) = (Database::new(), Database::new());
        let (one, two) = (one.connect(), two.connect());
        one.execute_batch(
            "CREATE TABLE a (x); CREATE TABLE b (y); INSERT INTO a VALUES (1), ('1'), (NULL)",
        )
        .unwrap();
        two.execute_batch(
            "CREATE TABLE b (y); CREATE TABLE a (x); INSERT INTO a VALUES (NULL), (1), ('1')",
        )
        .unwrap();
        assert_eq!(dump(&one), dump(&two));

        two.execute_batch("UPDATE a SET x = 1.0 WHERE x = 1 AND typeof(x) = 'integer'")
            .unwrap();
        assert_ne!(dump(&one), dump(&two));
        assert_eq!(dump_without(&one, &["a"]), dump_without(&two, &["a"]));
        two.execute_batch("CREATE INDEX i ON b (y)").unwrap();
        assert_ne!(dump_without(&one, &["a"]), dump_without(&two, &["a"]));
    }

    #[test]
    fn a_dropped_autoincrement_table_leaves_no_trace() {
        let database = Database::new();
        let connection = database.connect();
        let before = dump(&connection);
        connection
            .execute_batch(
                "CREATE TABLE a (i INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO a VALUES (7)",
            )
            .unwrap();
        assert!(dump(&connection).contains("row sqlite_sequence text 'a' | integer 7"));
        assert!(!dump_without(&connection, &["a"]).contains("sqlite_sequence text 'a'"));
        connection.execute_batch("DROP TABLE a").unwrap();
        assert_eq!(dump(&connection), before);
    }
}
