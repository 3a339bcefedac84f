//! The scripts as a migrator of SeaORM's.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectOptions, Database, DatabaseConnection};

/// Each migration in a transaction of its own, or `TOGETHER` in one that the caller opens.
pub struct Migrator<const TOGETHER: bool>;

/// A migration. Usually each is a module of its own, which takes far longer to compile.
struct Step {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

static STEPS: &[Step] = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/steps.rs"));

struct Migration<const TOGETHER: bool>(&'static Step);

impl<const TOGETHER: bool> MigrationName for Migration<TOGETHER> {
    fn name(&self) -> &str {
        self.0.name
    }
}

#[async_trait::async_trait]
impl<const TOGETHER: bool> MigrationTrait for Migration<TOGETHER> {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.0.up).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.0.down).await?;
        Ok(())
    }

    /// Not the default on SQLite, where each statement would be written to the disk by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(!TOGETHER)
    }
}

#[async_trait::async_trait]
impl<const TOGETHER: bool> MigratorTrait for Migrator<TOGETHER> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let each = STEPS.iter().map(|step| Box::new(Migration::<TOGETHER>(step)) as Box<_>);
        each.collect()
    }
}

/// A pool of one connection, which is neither logged nor tried before each use.
pub async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    #[cfg(feature = "sqlite")]
    let url = format!("sqlite://{url}?mode=rwc");
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).test_before_acquire(false);
    Database::connect(options).await
}
