//! Our runtime.

#[path = "../../harness.rs"]
mod harness;

use migrate_runtime::{Migrations, Migrator, embed_migrations};

#[cfg(feature = "sqlite")]
use rusqlite::Connection;
#[cfg(feature = "sqlite")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [sqlite]);

#[cfg(feature = "postgres")]
use postgres::Client as Connection;
#[cfg(feature = "postgres")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [postgres]);

struct App {
    connection: Connection,
    variant: String,
}

impl harness::App for App {
    fn open(url: &str, variant: &str) -> App {
        #[cfg(feature = "sqlite")]
        let connection = Connection::open(url).unwrap();
        #[cfg(feature = "postgres")]
        let connection = Connection::connect(url, postgres::NoTls).unwrap();
        App {
            connection,
            variant: variant.to_owned(),
        }
    }

    fn migrate(&mut self) {
        let migrator = Migrator::new(&MIGRATIONS);
        let mut migrator = match self.variant.as_str() {
            "" => migrator,
            "user_version" => migrator.user_version(true),
            "watched" => migrator.on_event(|_| {}),
            other => panic!("no such variant: {other}"),
        };
        migrator.run(&mut self.connection).unwrap();
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
