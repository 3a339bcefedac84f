use std::time::Duration;

use migrate_chain::Dialect;
use tokio_postgres::Client;

use super::postgres_protocol::{db_error, rows};
use super::{Connectors, DbError, Driver, Raw, Rows};

impl Driver for Client {
    const DIALECT: Dialect = Dialect::Postgres;
    const BLOCKING: bool = false;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.simple_query(sql).await.map(rows).map_err(db_error)
    }

    fn send_now(&mut self, sql: &str) {
        // The first poll puts the message on its way, and no later one is needed.
        let _ = super::ready(self.batch_execute(sql));
    }

    async fn sleep(&mut self, time: Duration) {
        // The server waits, so that no timer of any particular runtime is needed.
        let seconds = crate::times::seconds(time);
        let _ = self
            .batch_execute(&format!("SELECT pg_catalog.pg_sleep({seconds})"))
            .await;
    }

    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Client>> {
        let connect = connectors.tokio_postgres.as_mut()?;
        Some(connect().await)
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::TokioPostgres(self)
    }
}
