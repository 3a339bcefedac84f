//! Our runtime on sqlx's connection, and sqlx alone.

#[path = "../../../harness.rs"]
mod harness;

use migrate_runtime::{Migrations, embed_migrations};
use sqlx::Connection as _;
#[cfg(feature = "postgres")]
use sqlx::PgConnection as Connection;
#[cfg(feature = "sqlite")]
use sqlx::SqliteConnection as Connection;
use tokio::runtime::{Builder, Runtime};

#[cfg(feature = "sqlite")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [sqlite]);
#[cfg(feature = "postgres")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [postgres]);

struct App {
    runtime: Runtime,
    connection: Connection,
    variant: String,
}

impl harness::App for App {
    fn open(url: &str, variant: &str) -> App {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        #[cfg(feature = "sqlite")]
        let url = &format!("sqlite://{url}?mode=rwc");
        App {
            connection: runtime.block_on(Connection::connect(url)).unwrap(),
            runtime,
            variant: variant.to_owned(),
        }
    }

    fn migrate(&mut self) {
        if self.variant.is_empty() {
            let run = MIGRATIONS.run_async(&mut self.connection);
            self.runtime.block_on(run).unwrap();
            return;
        }
        if self.recorded().is_none() {
            let make = "CREATE TABLE t1 (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO t1 VALUES (1, 'one'); \
                        CREATE TABLE recorded (chain TEXT, revision TEXT, fingerprint TEXT, PRIMARY KEY (chain, revision)); \
                        INSERT INTO recorded VALUES ('main', '10', 'of 10')";
            let run = sqlx::raw_sql(make).execute(&mut self.connection);
            self.runtime.block_on(run).unwrap();
        }
    }

    fn query(&mut self) {
        let query = sqlx::query_scalar("SELECT name FROM t1 WHERE id = 1");
        let name: String = self.runtime.block_on(query.fetch_one(&mut self.connection)).unwrap();
        assert_eq!(name, "one");
    }
}

const SELECT: &str = "SELECT revision, fingerprint FROM recorded WHERE chain = 'main'";

impl App {
    /// One query: as text, or prepared, which is what sqlx does by itself and keeps.
    fn recorded(&mut self) -> Option<(String, String)> {
        use sqlx::Row as _;
        let row = match self.variant.as_str() {
            "limit" => self.runtime.block_on(sqlx::raw_sql(SELECT).fetch_one(&mut self.connection)),
            "limit, prepared" => self.runtime.block_on(sqlx::query(SELECT).fetch_one(&mut self.connection)),
            other => panic!("no such variant: {other}"),
        };
        let row = row.ok()?;
        Some((row.get(0), row.get(1)))
    }
}

fn main() {
    harness::run::<App>();
}
