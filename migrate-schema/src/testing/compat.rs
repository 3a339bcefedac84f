use std::collections::BTreeSet;

use migrate_chain::sql::statements;
use migrate_chain::{Chain, Dialect};

use super::suite::{Given, unknown};
use super::{Result, Suite, TestDb, all, file, indented};
use crate::Error;
use crate::scratch::Live;

impl Suite<'_> {
    /// What programs of an earlier release ask keeps working, until a revision says `breaking:`.
    ///
    /// The database is brought to what each [`old_client`](Suite::old_client) was released with, and
    /// its queries run, there and after each later revision: in their order, in a transaction that is
    /// rolled back, so that one may insert what the next needs. A query with parameters is only
    /// prepared: written with values, an INSERT also tells whether a new column without a default
    /// refuses it. Behind a revision that is declared `breaking:`, those programs are refused, and
    /// nobody looks any further.
    ///
    /// # Errors
    ///
    /// The revision that breaks a query, which a program of that release would meet in production.
    pub fn old_client_compat(&self) -> Result {
        let chain = self.migrations.chain()?;
        let mut errors = Vec::new();
        let names: BTreeSet<&str> = self.old_clients.iter().map(|one| one.name).collect();
        for name in names {
            let released = chain.closure(&released(&chain, name)?);
            for &dialect in &chain.dialects {
                let queries = self.old_clients.iter();
                let queries = queries.filter(|one| one.name == name && one.is_for(dialect));
                let queries = queries_of(queries, dialect);
                let client = Client {
                    release: name,
                    queries,
                };
                errors.extend(self.check(&chain, &client, &released, dialect)?);
            }
        }
        all(errors)
    }

    /// Follows one release on one database, up to the revision that ends it.
    fn check(
        &self,
        chain: &Chain<'_>,
        client: &Client<'_>,
        released: &[bool],
        dialect: Dialect,
    ) -> Result<Option<Error>> {
        let mut db = TestDb::at(self.migrations, dialect, "base")?;
        let mut later = Vec::new();
        for (revision, &is_released) in chain.revisions().iter().zip(released) {
            if is_released {
                db.upgrade(revision.id)?;
            } else if !revision.is_blank() {
                later.push(revision);
            }
        }
        let failed = client.run(&mut db)?;
        if !failed.is_empty() {
            return Ok(Some(
                Error::new(format!(
                    "these queries already fail on the {dialect} database of {}:\n  {}",
                    client.release,
                    failed.join("\n  ")
                ))
                .with_help(
                    "`old_client_compat` has to hold what the programs of that release really ask",
                ),
            ));
        }
        for revision in later {
            if revision.breaking.is_some() {
                break;
            }
            db.upgrade(revision.id)
                .map_err(|error| super::at(chain, revision.id, dialect, error))?;
            let failed = client.run(&mut db)?;
            if !failed.is_empty() {
                return Ok(Some(
                    Error::new(format!(
                        "{}revision {} breaks programs of {} on {dialect}:\n  {}",
                        file(chain, revision.id),
                        revision.id,
                        client.release,
                        failed.join("\n  ")
                    ))
                    .with_help("if those programs are to be refused, the header says so: `breaking: REASON`")
                    .with_help("else the revision has to keep what they ask, until none of them runs any more"),
                ));
            }
        }
        Ok(None)
    }
}

/// What the programs of a release ask of one database.
struct Client<'a> {
    release: &'a str,
    queries: Vec<&'a str>,
}

impl Client<'_> {
    /// The queries that fail, each with what the database says.
    fn run(&self, db: &mut TestDb<'_>) -> Result<Vec<String>> {
        let mut failed = Vec::new();
        db.execute("BEGIN")?;
        for query in &self.queries {
            db.execute("SAVEPOINT old_client")?;
            match run(&mut db.live, query) {
                Ok(()) => db.execute("RELEASE SAVEPOINT old_client")?,
                Err(error) => {
                    db.execute("ROLLBACK TO SAVEPOINT old_client")?;
                    failed.push(indented(&format!("{query}: {error}")));
                }
            }
        }
        db.execute("ROLLBACK")?;
        Ok(failed)
    }
}

/// Prepares a statement, and runs it unless it wants values.
fn run(live: &mut Live, query: &str) -> Result<(), migrate_runtime::Error> {
    match live {
        #[cfg(feature = "rusqlite")]
        Live::Sqlite(conn) => {
            let mut statement = conn.prepare(query)?;
            if statement.parameter_count() == 0 {
                let mut rows = statement.raw_query();
                while rows.next()?.is_some() {}
            }
            Ok(())
        }
        #[cfg(feature = "postgres")]
        Live::Postgres(live) => {
            let statement = live.0.prepare(query)?;
            if statement.params().is_empty() {
                live.0.query(&statement, &[])?;
            }
            Ok(())
        }
    }
}

fn queries_of<'a>(given: impl Iterator<Item = &'a Given<'a>>, dialect: Dialect) -> Vec<&'a str> {
    let mut queries = Vec::new();
    for script in given.flat_map(|one| one.sql.iter().copied()) {
        let ranges = statements(script, dialect).map(|statement| statement.range);
        queries.extend(ranges.map(|range| script[range].trim_end_matches(';').trim_end()));
    }
    queries
}

/// The revisions that a release brought, or the one of that id.
fn released(chain: &Chain<'_>, name: &str) -> Result<Vec<usize>> {
    let of_release: Vec<usize> = (chain.revisions().iter().enumerate())
        .filter(|(_, revision)| revision.version == Some(name))
        .map(|(at, _)| at)
        .collect();
    if !of_release.is_empty() {
        return Ok(of_release);
    }
    if let Some(at) = chain.index_of(name) {
        return Ok(vec![at]);
    }
    let mut known: Vec<&str> = Vec::new();
    for revision in chain.revisions() {
        let names = revision.version.into_iter().chain([revision.id]);
        known.extend(
            names
                .filter(|name| !known.contains(name))
                .collect::<Vec<_>>(),
        );
    }
    Err(unknown("old_client_compat", name, known).with_help(
        "a release without a revision of its own is named by the revision that was its head",
    ))
}
