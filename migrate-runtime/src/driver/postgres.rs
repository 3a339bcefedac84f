use std::time::Duration;

use migrate_chain::Dialect;
use migrate_chain::sql::postgres_parameters;
use postgres::{Client, NoTls};

use super::alarm::Alarm;
use super::postgres_protocol::{db_error, given_up, rows};
use super::{Connector, Connectors, DbError, Driver, Raw, Rows};
use crate::engine::limited_read;
use crate::value::postgres as values;
use crate::{Result, Value};

impl Driver for Client {
    const DIALECT: Dialect = Dialect::Postgres;
    const BLOCKING: bool = true;
    const CANCELS: bool = true;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.simple_query(sql).map(rows).map_err(db_error)
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
        let alarm = Alarm::set(limit, move || {
            // Where the server wants TLS to be asked, it isn't heard, and the read waits on.
            let _ = token.cancel_query(NoTls);
        });
        let read = self.rows(sql).await;
        *cancelled = alarm.has_rung();
        given_up(read, *cancelled)
    }

    fn send_now(&mut self, sql: &str) {
        // Nothing more can be done about an error: the server rolls back when we are gone.
        let _ = self.simple_query(sql);
    }

    async fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn connector(connectors: &mut Connectors) -> Option<&mut Option<Connector<Client>>> {
        Some(&mut connectors.postgres)
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::Postgres(self)
    }

    async fn change(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        let sql = postgres_parameters(sql);
        let bound = values::bound(parameters);
        Ok(Client::execute(self, &sql, &values::parameters(&bound))?)
    }

    async fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<crate::Row>> {
        let sql = postgres_parameters(sql);
        let bound = values::bound(parameters);
        let rows = Client::query(self, &sql, &values::parameters(&bound))?;
        rows.iter().map(values::row).collect()
    }

    async fn batch(&mut self, sql: &str) -> Result<()> {
        Ok(self.batch_execute(sql)?)
    }
}
