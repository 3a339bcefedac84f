//! diesel_migrations.

#[path = "../../../harness.rs"]
mod harness;

#[cfg(feature = "postgres")]
use diesel::PgConnection as Database;
#[cfg(feature = "sqlite")]
use diesel::SqliteConnection as Database;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query, sql_types};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

struct App(Database);

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

impl harness::App for App {
    fn open(url: &str, _: &str) -> App {
        App(Database::establish(url).unwrap())
    }

    fn migrate(&mut self) {
        self.0.run_pending_migrations(MIGRATIONS).unwrap();
    }

    fn query(&mut self) {
        let query = sql_query("SELECT name FROM t1 WHERE id = 1");
        let name: Name = query.get_result(&mut self.0).unwrap();
        assert_eq!(name.name, "one");
    }
}

fn main() {
    harness::run::<App>();
}
