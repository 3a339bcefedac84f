//! A scratch database as the other tool sees it: its scripts are run as the tool runs them, and what they make is told apart
//! by one text.

#[cfg(feature = "postgres")]
use migrate_chain::sql::statements;

use super::{Original, Sent, Tried};
use crate::scratch::Live;
use crate::{Error, Result};

#[cfg(feature = "postgres")]
const DIGEST: &str = include_str!("digest.sql");

impl Live {
    /// Runs a script as the other tool does. What it has set for the session is taken back, because the tool's next run may
    /// be on another connection.
    pub(super) fn original(&mut self, original: &Original) -> Tried {
        let texts: Vec<&str> = match (original.sent, &*self) {
            #[cfg(feature = "postgres")]
            (Sent::ByStatement, Live::Postgres(_)) => {
                statements(&original.text, migrate_chain::Dialect::Postgres)
                    .map(|statement| &original.text[statement.range])
                    .collect()
            }
            _ => vec![&original.text],
        };
        let is_in_transaction = original.sent == Sent::InTransaction;
        let begin = is_in_transaction.then_some("BEGIN");
        let commit = is_in_transaction.then_some("COMMIT");
        let all = begin.into_iter().chain(texts).chain(commit);
        let mut ran: Tried = Ok(());
        for text in all.chain(original.noted.as_deref()) {
            ran = self.send(text);
            if ran.is_err() {
                break;
            }
        }
        self.reset();
        ran
    }

    /// A text that only databases with an equal schema have; `None` where that can't be said.
    pub(super) fn digest(&mut self, prefix: &str) -> Result<Option<String>> {
        match self {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => {
                let text = conn.query_row(
                    "SELECT group_concat(line, char(10)) FROM (SELECT json_array(type, name, tbl_name, sql) AS line \
                     FROM main.sqlite_schema WHERE substr(tbl_name, 1, length(?1) + 1) <> ?1 || '_' ORDER BY type, name)",
                    [prefix],
                    |row| row.get::<_, Option<String>>(0),
                );
                let text =
                    text.map_err(|error| Error::new("can't read the schema").with_source(error))?;
                Ok(Some(text.unwrap_or_default()))
            }
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => {
                use migrate_chain::Dialect;
                use migrate_chain::sql::literal;
                let ours = literal(Dialect::Postgres, &format!("{prefix}_"));
                let query = DIGEST.replace("$PREFIX", &ours);
                let text = format!("BEGIN; SET LOCAL search_path = pg_catalog; {query}; COMMIT");
                let rows = live.0.simple_query(&text);
                let rows =
                    rows.map_err(|error| Error::new("can't read the schema").with_source(error))?;
                Ok(rows.iter().find_map(|message| match message {
                    postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                    _ => None,
                }))
            }
        }
    }

    fn send(&mut self, text: &str) -> Tried {
        match self {
            #[cfg(feature = "rusqlite")]
            // A COMMIT of the script's has ended it.
            Live::Sqlite(conn) if text == "COMMIT" && conn.is_autocommit() => Ok(()),
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => conn.execute_batch(text).map_err(|error| error.to_string()),
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => {
                live.0
                    .batch_execute(text)
                    .map_err(|error| match error.as_db_error() {
                        Some(said) => said.message().to_owned(),
                        None => error.to_string(),
                    })
            }
        }
    }

    fn reset(&mut self) {
        match self {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => {
                if !conn.is_autocommit() {
                    // What can't be rolled back shows in the next step.
                    let _ = conn.execute_batch("ROLLBACK");
                }
                let _ =
                    conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF");
            }
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => {
                let _ = live.0.batch_execute("ROLLBACK");
                let _ =
                    (live.0).batch_execute("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL");
            }
        }
    }
}
