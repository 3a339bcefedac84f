//! A minimal app: it opens its database and migrates it.

#[path = "../../migrator.rs"]
mod migrator;

use migrator::Migrator;
use sea_orm_migration::MigratorTrait;
use tokio::runtime::Builder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let connection = migrator::connect(&url).await?;
        Migrator::<false>::up(&connection, None).await?;
        Ok(())
    })
}
