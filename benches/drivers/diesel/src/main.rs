//! Our runtime on diesel's connection, and diesel alone.

#[path = "../../../harness.rs"]
mod harness;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, QueryableByName, RunQueryDsl, sql_query, sql_types};
#[cfg(feature = "postgres")]
use diesel::PgConnection as Connection;
#[cfg(feature = "sqlite")]
use diesel::SqliteConnection as Connection;
use migrate_runtime::{Migrations, embed_migrations};

#[cfg(feature = "sqlite")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [sqlite]);
#[cfg(feature = "postgres")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [postgres]);

struct App {
    connection: Connection,
    variant: String,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Recorded {
    #[diesel(sql_type = sql_types::Text)]
    revision: String,
    #[diesel(sql_type = sql_types::Text)]
    fingerprint: String,
}

impl harness::App for App {
    fn open(url: &str, variant: &str) -> App {
        App {
            connection: Connection::establish(url).unwrap(),
            variant: variant.to_owned(),
        }
    }

    fn migrate(&mut self) {
        let variant = self.variant.clone();
        match variant.as_str() {
            "" => {
                MIGRATIONS.run(&mut self.connection).unwrap();
            }
            "limit" if self.recorded() => {}
            "limit" => {
                let make = "CREATE TABLE t1 (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO t1 VALUES (1, 'one'); \
                            CREATE TABLE recorded (chain TEXT, revision TEXT, fingerprint TEXT, PRIMARY KEY (chain, revision)); \
                            INSERT INTO recorded VALUES ('main', '10', 'of 10')";
                self.connection.batch_execute(make).unwrap();
            }
            other => panic!("no such variant: {other}"),
        }
    }

    fn query(&mut self) {
        let query = sql_query("SELECT name FROM t1 WHERE id = 1");
        let name: Name = query.get_result(&mut self.connection).unwrap();
        assert_eq!(name.name, "one");
    }
}

impl App {
    /// One query, prepared each time: diesel keeps no statement that it was given as text.
    fn recorded(&mut self) -> bool {
        let query = sql_query("SELECT revision, fingerprint FROM recorded WHERE chain = 'main'");
        let row: Result<Recorded, _> = query.get_result(&mut self.connection);
        row.is_ok_and(|row| !row.revision.is_empty() && !row.fingerprint.is_empty())
    }
}

fn main() {
    harness::run::<App>();
}
