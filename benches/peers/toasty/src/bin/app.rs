//! A minimal app: it opens its database and migrates it.

use toasty::Db;
use toasty::migration::MigrationSet;
use tokio::runtime::Builder;

static MIGRATIONS: MigrationSet = toasty::embed_migrations!("migrations");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    #[cfg(feature = "sqlite")]
    let url = format!("sqlite:{url}");
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let db = Db::builder().models(toasty::models!()).max_pool_size(1).connect(&url).await?;
        MIGRATIONS.apply(&db).await?;
        Ok(())
    })
}
