//! The three entry points behind one interface, and what a database holds as they and a plain query see it.

use migrate_runtime::{
    Connection, Dialect, Goal, HistoryEntry, LogEntry, Migrator, Plan, Report, Result, Target,
};
use postgres::SimpleQueryMessage;
use tokio::runtime::{Builder, Runtime};

/// What a person or an app asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Command<'a> {
    Run,
    Upgrade(&'a str),
    Downgrade(&'a str),
    Stamp(&'a [&'a str]),
    Purge(&'a [&'a str]),
}

/// A connection, and with it the functions that migrate through it.
pub(crate) enum Entry {
    Rusqlite(rusqlite::Connection),
    Postgres(postgres::Client),
    Tokio(Runtime, tokio_postgres::Client),
}

impl Entry {
    /// `tokio_postgres`, on a runtime of its own.
    pub(crate) fn tokio(url: &str) -> Entry {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
            let (client, connection) = connected.unwrap();
            tokio::spawn(connection);
            client
        });
        Entry::Tokio(runtime, client)
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Entry::Rusqlite(_) => Dialect::Sqlite,
            Entry::Postgres(_) | Entry::Tokio(..) => Dialect::Postgres,
        }
    }

    /// Carries a command out.
    pub(crate) fn change(
        &mut self,
        migrator: &mut Migrator<'_>,
        command: Command<'_>,
    ) -> Result<Report> {
        match self {
            Entry::Rusqlite(connection) => blocking(connection, migrator, command),
            Entry::Postgres(client) => blocking(client, migrator, command),
            Entry::Tokio(runtime, client) => runtime.block_on(async {
                match command {
                    Command::Run => migrator.run_async(client).await,
                    Command::Upgrade(target) => migrator.upgrade_async(client, target).await,
                    Command::Downgrade(target) => migrator.downgrade_async(client, target).await,
                    Command::Stamp(targets) => migrator.stamp_async(client, targets).await,
                    Command::Purge(targets) => migrator.stamp_purge_async(client, targets).await,
                }
            }),
        }
    }

    /// The plan for a command; `None` for one that has no dry run.
    pub(crate) fn plan(
        &mut self,
        migrator: &mut Migrator<'_>,
        command: Command<'_>,
    ) -> Option<Result<Plan>> {
        let texts = match command {
            Command::Run => &["heads"],
            Command::Upgrade(ref target) | Command::Downgrade(ref target) => {
                std::slice::from_ref(target)
            }
            Command::Stamp(targets) => targets,
            Command::Purge(_) => return None,
        };
        let targets: Result<Vec<Target>, _> = texts.iter().map(|text| text.parse()).collect();
        let targets = match targets {
            Ok(targets) => targets,
            Err(error) => return Some(Err(error.into())),
        };
        let goal = match command {
            Command::Downgrade(_) => Goal::Downgrade(&targets[0]),
            Command::Stamp(_) => Goal::Stamp(&targets),
            _ => Goal::Upgrade(&targets[0]),
        };
        Some(match self {
            Entry::Rusqlite(connection) => migrator.plan(connection, goal),
            Entry::Postgres(client) => migrator.plan(client, goal),
            Entry::Tokio(runtime, client) => runtime.block_on(migrator.plan_async(client, goal)),
        })
    }

    /// What the reading operations say, once `verify` has found nothing.
    pub(crate) fn look(
        &mut self,
        migrator: &mut Migrator<'_>,
    ) -> Result<(Vec<String>, Vec<LogEntry>, Vec<HistoryEntry>)> {
        let (current, log, history, edited) = match self {
            Entry::Rusqlite(connection) => look(connection, migrator)?,
            Entry::Postgres(client) => look(client, migrator)?,
            Entry::Tokio(runtime, client) => runtime.block_on(async {
                Ok::<_, migrate_runtime::Error>((
                    migrator.current_async(client).await?,
                    migrator.log_async(client).await?,
                    migrator.history_async(client).await?,
                    migrator.verify_async(client).await?.len(),
                ))
            })?,
        };
        assert_eq!(edited, 0);
        Ok((current, log, history))
    }

    /// Runs a script past the migrator.
    pub(crate) fn execute(&mut self, sql: &str) {
        match self {
            Entry::Rusqlite(connection) => connection.execute_batch(sql).unwrap(),
            Entry::Postgres(client) => client.batch_execute(sql).unwrap(),
            Entry::Tokio(runtime, client) => runtime.block_on(client.batch_execute(sql)).unwrap(),
        }
    }

    /// The rows of a query of texts and integers.
    pub(crate) fn query(&mut self, sql: &str) -> Vec<Vec<String>> {
        let messages = match self {
            Entry::Rusqlite(connection) => {
                let mut statement = connection.prepare(sql).unwrap();
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| {
                    let cells = (0..columns).map(|at| {
                        let text = row.get::<_, String>(at);
                        text.or_else(|_| row.get::<_, i64>(at).map(|number| number.to_string()))
                    });
                    cells.collect()
                });
                return rows.unwrap().map(Result::unwrap).collect();
            }
            Entry::Postgres(client) => client.simple_query(sql).unwrap(),
            Entry::Tokio(runtime, client) => runtime.block_on(client.simple_query(sql)).unwrap(),
        };
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|at| row.get(at).unwrap().to_owned())
                    .collect(),
            ),
            _ => None,
        });
        rows.collect()
    }

    /// The names of all tables, sorted.
    pub(crate) fn tables(&mut self) -> Vec<String> {
        let rows = self.query(match self.dialect() {
            Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
            _ => "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname COLLATE \"C\"",
        });
        rows.into_iter().flatten().collect()
    }
}

fn blocking<C: Connection>(
    connection: &mut C,
    migrator: &mut Migrator<'_>,
    command: Command<'_>,
) -> Result<Report> {
    match command {
        Command::Run => migrator.run(connection),
        Command::Upgrade(target) => migrator.upgrade(connection, target),
        Command::Downgrade(target) => migrator.downgrade(connection, target),
        Command::Stamp(targets) => migrator.stamp(connection, targets),
        Command::Purge(targets) => migrator.stamp_purge(connection, targets),
    }
}

type Look = (Vec<String>, Vec<LogEntry>, Vec<HistoryEntry>, usize);

fn look<C: Connection>(connection: &mut C, migrator: &mut Migrator<'_>) -> Result<Look> {
    Ok((
        migrator.current(connection)?,
        migrator.log(connection)?,
        migrator.history(connection)?,
        migrator.verify(connection)?.len(),
    ))
}
