use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use super::postgres_shared::{PostgresError, Speak};
use super::{Connectors, Live};

impl Speak for Client {
    const BLOCKING: bool = false;

    type Second = Client;

    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Client>> {
        let connect = connectors.tokio_postgres.as_mut()?;
        Some(connect().await)
    }

    async fn say(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, PostgresError> {
        self.simple_query(sql).await
    }

    fn say_and_leave(&mut self, sql: &str) {
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

    fn live(&mut self) -> Live<'_> {
        Live::TokioPostgres(self)
    }
}
