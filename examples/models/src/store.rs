//! What the program reads and writes, in SQL that both databases understand.

use std::error::Error;
use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use migrate_runtime::{DbEnum, Report};

use crate::MIGRATIONS;
use crate::models::Condition;

/// What can fail here: the database, or what it holds.
pub type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// A connection to either database.
#[expect(clippy::large_enum_variant, reason = "there is only one")]
pub enum Store {
    /// A file.
    Sqlite(rusqlite::Connection),
    /// A server.
    Postgres(postgres::Client),
}

/// A tool, as the list shows it.
pub struct Entry {
    label: String,
    name: String,
    condition: Condition,
    site: String,
    shelf: String,
    loan: Option<(String, Date)>,
}

const LIST: &str = "
    SELECT label, tools.name, CAST(condition AS text), sites.name, shelf,
        members.name, substr(CAST(lent_at AS text), 1, 10), days
    FROM tools
    JOIN sites ON sites.id = site_id
    LEFT JOIN loans ON tool_id = tools.id AND returned_at IS NULL
    LEFT JOIN members ON members.id = member_id
    ORDER BY label";

const LEND: &str = "
    INSERT INTO loans (tool_id, member_id, days)
    SELECT tools.id, members.id, 14 FROM tools, members
    WHERE label = $1 AND lower(email) = lower($2) AND condition = 'fine'
        AND NOT EXISTS (SELECT 1 FROM loans WHERE tool_id = tools.id AND returned_at IS NULL)";

const TAKE_BACK: &str = "
    UPDATE loans SET returned_at = CURRENT_TIMESTAMP
    WHERE returned_at IS NULL AND tool_id IN (SELECT id FROM tools WHERE label = $1)";

/// So that a new library is not empty.
const FIRST: &str = "
    INSERT INTO members (name, email) VALUES ('Ada', 'ada@example.org'), ('Grace', 'grace@example.org');
    INSERT INTO sites (name) VALUES ('North'), ('South');
    INSERT INTO shelves (site_id, code) SELECT id, 'A1' FROM sites;
    INSERT INTO tools (label, name, site_id, shelf, price_cents)
        SELECT 'T-1', 'cordless drill', id, 'A1', 8900 FROM sites WHERE name = 'North';
    INSERT INTO tools (label, name, site_id, shelf, price_cents, condition)
        SELECT 'T-2', 'mitre saw', id, 'A1', 24900, 'broken' FROM sites WHERE name = 'South';
    INSERT INTO repairs (tool_id, report) SELECT id, 'the blade is bent' FROM tools WHERE label = 'T-2'";

impl Store {
    /// Connects and brings the database up to date: `run` is all that an app needs.
    ///
    /// # Errors
    ///
    /// No connection, or a step that failed.
    pub fn open(url: &str) -> Result<(Store, Report)> {
        let (mut store, report) = match url.strip_prefix("sqlite:") {
            Some(file) => {
                let mut connection = rusqlite::Connection::open(file)?;
                let report = MIGRATIONS.run(&mut connection)?;
                (Store::Sqlite(connection), report)
            }
            None => {
                let mut client = postgres::Client::connect(url, postgres::NoTls)?;
                let report = MIGRATIONS.run(&mut client)?;
                (Store::Postgres(client), report)
            }
        };
        if store.list()?.is_empty() {
            match &mut store {
                Store::Sqlite(connection) => connection.execute_batch(FIRST)?,
                Store::Postgres(client) => client.batch_execute(FIRST)?,
            }
        }
        Ok((store, report))
    }

    /// All tools.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn list(&mut self) -> Result<Vec<Entry>> {
        self.query(LIST, Entry::read)
    }

    /// Lends a tool for two weeks.
    ///
    /// # Errors
    ///
    /// It can't be lent, or what the database says.
    pub fn lend(&mut self, label: &str, email: &str) -> Result {
        match self.execute(LEND, &[label, email])? {
            0 => Err(format!("{label} is out or broken, or nobody is called {email}").into()),
            _ => Ok(()),
        }
    }

    /// Takes a tool back.
    ///
    /// # Errors
    ///
    /// It is not out, or what the database says.
    pub fn take_back(&mut self, label: &str) -> Result {
        match self.execute(TAKE_BACK, &[label])? {
            0 => Err(format!("{label} is not out").into()),
            _ => Ok(()),
        }
    }

    /// Tells how many rows were written.
    fn execute(&mut self, sql: &str, texts: &[&str]) -> Result<u64> {
        match self {
            Store::Sqlite(connection) => {
                let rows = connection.execute(sql, rusqlite::params_from_iter(texts))?;
                Ok(u64::try_from(rows)?)
            }
            Store::Postgres(client) => {
                let texts: Vec<_> = texts.iter().map(|text| text as _).collect();
                Ok(client.execute(sql, &texts)?)
            }
        }
    }

    fn query<T>(&mut self, sql: &str, read: fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        match self {
            Store::Sqlite(connection) => {
                let mut statement = connection.prepare(sql)?;
                let rows = statement.query_and_then([], |row| read(&Row::Sqlite(row)))?;
                rows.collect()
            }
            Store::Postgres(client) => {
                let rows = client.query(sql, &[])?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }
}

/// A row of either database.
enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    fn get<T>(&self, at: usize) -> Result<T>
    where
        T: rusqlite::types::FromSql + for<'a> postgres::types::FromSql<'a>,
    {
        Ok(match self {
            Row::Sqlite(row) => row.get(at)?,
            Row::Postgres(row) => row.try_get(at)?,
        })
    }
}

impl Entry {
    fn read(row: &Row<'_>) -> Result<Entry> {
        let condition: String = row.get(2)?;
        let loan = match row.get::<Option<String>>(5)? {
            None => None,
            Some(member) => {
                let lent: Date = row.get::<String>(6)?.parse()?;
                Some((member, lent.checked_add(row.get::<i32>(7)?.days())?))
            }
        };
        Ok(Entry {
            label: row.get(0)?,
            name: row.get(1)?,
            condition: Condition::from_value(&condition)
                .ok_or_else(|| format!("no condition is called {condition}"))?,
            site: row.get(3)?,
            shelf: row.get(4)?,
            loan,
        })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.label, self.name)?;
        match (&self.loan, &self.condition) {
            (Some((member, due)), _) => write!(f, "lent to {member} until {due}"),
            (None, Condition::Fine) => write!(f, "{}, shelf {}", self.site, self.shelf),
            (None, Condition::Broken) => write!(f, "broken"),
            (None, Condition::InRepair) => write!(f, "in repair"),
        }
    }
}
