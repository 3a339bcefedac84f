//! sqlx.

#[path = "../../../harness.rs"]
mod harness;

#[cfg(feature = "postgres")]
use sqlx::PgConnection as Connection;
#[cfg(feature = "sqlite")]
use sqlx::SqliteConnection as Connection;
use sqlx::migrate::Migrator;
use tokio::runtime::{Builder, Runtime};

static MIGRATOR: Migrator = sqlx::migrate!();

struct App {
    runtime: Runtime,
    connection: Connection,
}

impl harness::App for App {
    fn open(url: &str, _: &str) -> App {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        #[cfg(feature = "sqlite")]
        let connection = {
            use sqlx::ConnectOptions;
            let options = sqlx::sqlite::SqliteConnectOptions::new();
            runtime.block_on(options.filename(url).create_if_missing(true).connect())
        };
        #[cfg(feature = "postgres")]
        let connection = {
            use sqlx::Connection;
            runtime.block_on(sqlx::PgConnection::connect(url))
        };
        App {
            connection: connection.unwrap(),
            runtime,
        }
    }

    fn migrate(&mut self) {
        let run = MIGRATOR.run(&mut self.connection);
        self.runtime.block_on(run).unwrap();
    }

    fn query(&mut self) {
        let query = sqlx::query_scalar("SELECT name FROM t1 WHERE id = 1");
        let name: String = self.runtime.block_on(query.fetch_one(&mut self.connection)).unwrap();
        assert_eq!(name, "one");
    }
}

fn main() {
    harness::run::<App>();
}
