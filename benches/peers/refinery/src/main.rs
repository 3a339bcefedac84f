//! refinery: the usual way, and with all migrations in one transaction.

#[path = "../../../harness.rs"]
mod harness;

#[cfg(feature = "postgres")]
use postgres::Client as Connection;
#[cfg(feature = "sqlite")]
use rusqlite::Connection;

refinery::embed_migrations!("migrations");

struct App {
    connection: Connection,
    grouped: bool,
}

impl harness::App for App {
    fn open(url: &str, variant: &str) -> App {
        #[cfg(feature = "sqlite")]
        let connection = Connection::open(url).unwrap();
        #[cfg(feature = "postgres")]
        let connection = Connection::connect(url, postgres::NoTls).unwrap();
        App {
            connection,
            grouped: variant == "grouped",
        }
    }

    fn migrate(&mut self) {
        let runner = migrations::runner().set_grouped(self.grouped);
        runner.run(&mut self.connection).unwrap();
    }

    fn query(&mut self) {
        let sql = "SELECT name FROM t1 WHERE id = 1";
        #[cfg(feature = "sqlite")]
        let name: String = self.connection.query_row(sql, [], |row| row.get(0)).unwrap();
        #[cfg(feature = "postgres")]
        let name: String = self.connection.query_one(sql, &[]).unwrap().get(0);
        assert_eq!(name, "one");
    }
}

fn main() {
    harness::run::<App>();
}
