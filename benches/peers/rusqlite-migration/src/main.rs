//! rusqlite_migration, from a constant slice.

#[path = "../../../harness.rs"]
mod harness;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

static MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

const STEPS: &[M<'_>] = include!("../steps.rs");

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
