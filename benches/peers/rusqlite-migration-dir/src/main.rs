//! rusqlite_migration, from a directory.

#[path = "../../../harness.rs"]
mod harness;

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use rusqlite::Connection;
use rusqlite_migration::Migrations;

static DIR: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::from_directory(&DIR).unwrap());

struct App(Connection);

impl harness::App for App {
    fn open(url: &str, _: &str) -> App {
        App(Connection::open(url).unwrap())
    }

    fn migrate(&mut self) {
        MIGRATIONS.to_latest(&mut self.0).unwrap();
    }

    fn query(&mut self) {
        let sql = "SELECT name FROM t1 WHERE id = 1";
        let name: String = self.0.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(name, "one");
    }
}

fn main() {
    harness::run::<App>();
}
