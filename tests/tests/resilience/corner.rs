//! A schema of its own in a database that a test has made once: much quicker to make than a database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrate_runtime::Dialect;
use migrate_tests::{Proxy, postgres};

use crate::support::{Engine, Postgres};

thread_local! {
    /// Each test has a thread, and with it a database of its own.
    static DATABASE: Arc<Postgres> = Arc::new(Postgres::new());
}

/// A schema that every connection finds first.
pub(crate) struct Corner {
    database: Arc<Postgres>,
    schema: String,
}

impl Corner {
    pub(crate) fn database(&self) -> &postgres::Database {
        &self.database
    }

    pub(crate) fn config(&self) -> ::postgres::Config {
        let mut config = self.database.config();
        config.options(&format!("-csearch_path={}", self.schema));
        config
    }

    pub(crate) fn url(&self) -> String {
        self.at(&self.database.url())
    }

    /// The URL of the database through a proxy.
    pub(crate) fn proxied(&self, proxy: &Proxy) -> String {
        self.at(&proxy.url())
    }

    fn at(&self, url: &str) -> String {
        format!("{url}?options=-csearch_path%3D{}", self.schema)
    }
}

impl Engine for Corner {
    const DIALECT: Dialect = Dialect::Postgres;
    type Client = ::postgres::Client;

    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let corner = Self {
            database: DATABASE.with(Arc::clone),
            schema: format!("corner_{}", COUNT.fetch_add(1, Ordering::Relaxed)),
        };
        let sql = format!("CREATE SCHEMA {}", corner.schema);
        Postgres::execute(&mut corner.database.connect(), &sql);
        corner
    }

    fn connect(&self) -> Self::Client {
        self.config().connect(::postgres::NoTls).unwrap()
    }

    fn try_execute(client: &mut Self::Client, sql: &str) -> Result<(), String> {
        Postgres::try_execute(client, sql)
    }

    fn rows(client: &mut Self::Client, sql: &str) -> Vec<Vec<String>> {
        Postgres::rows(client, sql)
    }

    fn dump_without(&self, tables: &[&str]) -> String {
        self.database.dump_without(tables)
    }
}
