use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use migrate_chain::Dialect;
use migrate_chain::sql::postgres_parameters;
use tokio_postgres::{Client, NoTls};

use super::alarm::Alarm;
use super::postgres_protocol::{db_error, given_up, rows};
use super::{Connector, Connectors, DbError, Driver, Raw, Rows};
use crate::engine::limited_read;
use crate::panics::caught_async;
use crate::value::postgres as values;
use crate::{Result, Value};

impl Driver for Client {
    const DIALECT: Dialect = Dialect::Postgres;
    const BLOCKING: bool = false;
    const CANCELS: bool = true;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.simple_query(sql).await.map(rows).map_err(db_error)
    }

    async fn rows_within(&mut self, sql: &str, limit: Duration) -> Result<Rows, DbError> {
        self.rows(&limited_read(sql, limit)).await
    }

    async fn rows_or_cancel(
        &mut self,
        sql: &str,
        limit: Duration,
        cancelled: &mut bool,
    ) -> Result<Rows, DbError> {
        let token = self.cancel_token();
        let alarm = Alarm::set(limit, || {});
        let mut read = pin!(self.rows(sql));
        loop {
            let answered = poll_fn(|context| match read.as_mut().poll(context) {
                Poll::Ready(read) => Poll::Ready(Some(read)),
                Poll::Pending => alarm.poll(context).map(|()| None),
            });
            if let Some(read) = answered.await {
                return given_up(read, *cancelled);
            }
            *cancelled = true;
            // Where the server wants TLS to be asked, it isn't heard, and the read waits on; as it does on another runtime
            // than tokio's, which the driver can't connect from and panics.
            let _ = caught_async(async { Ok(token.cancel_query(NoTls).await?) }).await;
        }
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

    fn connector(connectors: &mut Connectors) -> Option<&mut Option<Connector<Client>>> {
        Some(&mut connectors.tokio_postgres)
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::TokioPostgres(self)
    }

    async fn change(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        let sql = postgres_parameters(sql);
        let bound = values::bound(parameters);
        Ok(Client::execute(self, &sql, &values::parameters(&bound)).await?)
    }

    async fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<crate::Row>> {
        let sql = postgres_parameters(sql);
        let bound = values::bound(parameters);
        let rows = Client::query(self, &sql, &values::parameters(&bound)).await?;
        rows.iter().map(values::row).collect()
    }

    async fn batch(&mut self, sql: &str) -> Result<()> {
        Ok(self.batch_execute(sql).await?)
    }
}
