//! sea-orm-migration: the usual way, and with all migrations in one transaction.

#[path = "../../../harness.rs"]
mod harness;
#[path = "../migrator.rs"]
mod migrator;

use migrator::Migrator;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait};
use tokio::runtime::{Builder, Runtime};

struct App {
    runtime: Runtime,
    connection: DatabaseConnection,
    grouped: bool,
}

impl harness::App for App {
    fn open(url: &str, variant: &str) -> App {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        App {
            connection: runtime.block_on(migrator::connect(url)).unwrap(),
            runtime,
            grouped: variant == "grouped",
        }
    }

    fn migrate(&mut self) {
        let migrated = self.runtime.block_on(async {
            if !self.grouped {
                return Migrator::<false>::up(&self.connection, None).await;
            }
            let transaction = self.connection.begin().await?;
            Migrator::<true>::up(&transaction, None).await?;
            transaction.commit().await
        });
        migrated.unwrap();
    }

    fn query(&mut self) {
        let name: Result<String, DbErr> = self.runtime.block_on(async {
            let sql = "SELECT name FROM t1 WHERE id = 1";
            let statement = sea_orm_migration::sea_orm::Statement::from_string(
                self.connection.get_database_backend(),
                sql,
            );
            let row = self.connection.query_one_raw(statement).await?;
            row.unwrap().try_get("", "name")
        });
        assert_eq!(name.unwrap(), "one");
    }
}

fn main() {
    harness::run::<App>();
}
