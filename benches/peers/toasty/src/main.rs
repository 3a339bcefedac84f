//! toasty.

#[path = "../../../harness.rs"]
mod harness;

use toasty::Db;
use toasty::migration::MigrationSet;
use tokio::runtime::{Builder, Runtime};

static MIGRATIONS: MigrationSet = toasty::embed_migrations!("migrations");

struct App {
    runtime: Runtime,
    db: Db,
}

impl harness::App for App {
    fn open(url: &str, _: &str) -> App {
        #[cfg(feature = "sqlite")]
        let url = &format!("sqlite:{url}");
        #[cfg(feature = "postgres")]
        let url = &through_socket(url);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let db = runtime.block_on(async {
            Db::builder().models(toasty::models!()).max_pool_size(1).connect(url).await
        });
        App {
            db: db.unwrap(),
            runtime,
        }
    }

    fn migrate(&mut self) {
        self.runtime.block_on(MIGRATIONS.apply(&self.db)).unwrap();
    }

    fn query(&mut self) {
        let query = toasty::sql::query("SELECT name FROM t1 WHERE id = 1");
        let rows = self.runtime.block_on(query.exec(&mut self.db)).unwrap();
        assert_eq!(rows.len(), 1);
    }
}

/// The folder of a socket is a parameter for toasty, and no host.
#[cfg(feature = "postgres")]
fn through_socket(url: &str) -> String {
    let folder = url.split_once("@%2F").and_then(|(user, rest)| Some((user, rest.split_once(':')?)));
    folder.map_or(url.to_owned(), |(user, (folder, rest))| {
        format!("{user}@localhost:{rest}?host=%2F{folder}")
    })
}

fn main() {
    harness::run::<App>();
}
