use std::time::Duration;

use migrate_chain::Dialect;
use postgres::{Client, NoTls};

use super::alarm::Alarm;
use super::postgres_protocol::{db_error, given_up, rows};
use super::{Connectors, DbError, Driver, Raw, Rows};

impl Driver for Client {
    const DIALECT: Dialect = Dialect::Postgres;
    const BLOCKING: bool = true;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.simple_query(sql).map(rows).map_err(db_error)
    }

    async fn rows_within(&mut self, sql: &str, limit: Duration) -> Result<Rows, DbError> {
        let token = self.cancel_token();
        let alarm = Alarm::set(limit, move || {
            // Where the server wants TLS to be asked, it isn't heard, and the read waits on.
            let _ = token.cancel_query(NoTls);
        });
        let read = self.rows(sql).await;
        given_up(read, alarm.has_rung())
    }

    fn send_now(&mut self, sql: &str) {
        // Nothing more can be done about an error: the server rolls back when we are gone.
        let _ = self.batch_execute(sql);
    }

    async fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Client>> {
        let connect = connectors.postgres.as_mut()?;
        Some(connect())
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::Postgres(self)
    }
}
