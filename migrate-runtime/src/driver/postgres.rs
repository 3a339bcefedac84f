use std::time::Duration;

use postgres::{Client, SimpleQueryMessage};

use super::postgres_shared::{Postgres, PostgresError, Speak};
use super::{Connectors, Live};

impl Speak for Client {
    const BLOCKING: bool = true;

    type Second = Client;

    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Client>> {
        let connect = connectors.postgres.as_mut()?;
        Some(connect())
    }

    async fn say(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, PostgresError> {
        self.simple_query(sql)
    }

    fn say_and_leave(&mut self, sql: &str) {
        // Nothing more can be done about an error: the server rolls back when we are gone.
        let _ = self.batch_execute(sql);
    }

    async fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn live(&mut self) -> Live<'_> {
        Live::Postgres(self)
    }
}

impl super::Sealed for Client {
    type Driver<'c> = Postgres<&'c mut Client>;

    fn driver(&mut self) -> Self::Driver<'_> {
        Postgres(self)
    }
}

impl super::Connection for Client {}
