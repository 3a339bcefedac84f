pub use sea_orm_migration::prelude::*;

mod m20240101_000001_users;
mod m20240101_000002_first_users;
mod m20240101_000003_notes;
mod m20240101_000004_written;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20240101_000001_users::Migration),
            Box::new(m20240101_000002_first_users::Migration),
            Box::new(m20240101_000003_notes::Migration),
            Box::new(m20240101_000004_written::Migration),
        ]
    }
}
