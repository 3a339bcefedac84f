//! A chain that has run: each revision up, down and up again where it stands, and the whole chain down and up, on rows.

use migrate_chain::chain_lock::proof_fingerprints;
use migrate_chain::{Action, Chain, Dialect, Direction, Fingerprint};
use migrate_runtime::Migrations;

use super::data::foreign_keys;
use super::walk::{Step, differences, steps_on};
use super::{Result, TestDb, rows};
use crate::Error;
use crate::introspect::Ignore;
use crate::model::Schema;
use crate::scratch::{Live, Scratch};

/// What was seen working.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proved {
    /// Of the database, such as `3.51` or `17`.
    pub version: String,
    /// Of the heads of what is written.
    pub fingerprints: Vec<Fingerprint>,
    /// How many revisions were tried by themselves.
    pub tried: usize,
    /// How far down the whole chain went, where that is not the base: the revision that can't be taken back.
    pub down_to: Option<String>,
}

/// How a chain is tried.
#[derive(Clone, Copy)]
pub struct Trial<'t> {
    /// What is none of the chain's own, such as our tables.
    pub ignore: &'t Ignore,
    /// By position: the revisions that were tried before, which are not tried alone again.
    pub proved: &'t [bool],
    /// False to try on empty tables.
    pub has_rows: bool,
}

/// Takes each revision up, down and up again where it stands, and the whole chain down and up, on rows that are made up.
///
/// # Errors
///
/// The step that failed, with its place in the file; or what a downgrade leaves behind or forgets.
pub fn prove(migrations: &Migrations, scratch: &Scratch<'_>, trial: Trial<'_>) -> Result<Proved> {
    let chain = migrations.chain()?;
    let dialect = scratch.dialect();
    let empty = || -> Result<TestDb<'_>> {
        let live = Live::new(scratch)?;
        Ok(TestDb::over(
            live,
            migrations,
            dialect,
            trial.ignore.tables_prefix(),
        ))
    };
    let open = |target: &str| {
        let mut db = empty()?;
        if target != "base" {
            db.upgrade(target)?;
        }
        Ok(db)
    };
    let is_wanted = |at: usize| trial.proved.get(at) != Some(&true);
    let later = if trial.has_rows {
        with_keys(&chain, dialect, &mut empty()?, trial)
    } else {
        Vec::new()
    };
    let mut seeder = rows::Seeder::default();
    let mut tried = 0;
    let mut act = |step: &mut Step<'_, '_>| {
        tried += 1;
        let before = step.db.live.read(trial.ignore)?;
        if trial.has_rows {
            seeder.add(step.db, &with_later_keys(&before, &later));
        }
        step.up()?;
        foreign_keys(step.db)?;
        step.down()?;
        let after = step.db.live.read(trial.ignore)?;
        if before != after {
            return Err(forgotten(
                &chain,
                step.id,
                dialect,
                &differences(&before, &after),
            ));
        }
        step.up()
    };
    steps_on(&chain, dialect, &open, &is_wanted, &mut act)?;
    let mut db = empty()?;
    let down_to = whole(&chain, dialect, &mut db, &mut seeder, trial)?;
    let all = proof_fingerprints(&chain, dialect);
    let heads = chain.written_heads().into_iter();
    Ok(Proved {
        version: version(&mut db)?,
        fingerprints: heads
            .filter_map(|at| all.get(at).copied().flatten())
            .collect(),
        tried,
        down_to,
    })
}

/// What the chain makes on an empty database wherever it may have added a foreign key, which a later revision may drop
/// again. It ends where it fails: that is told when it is tried.
fn with_keys(
    chain: &Chain<'_>,
    dialect: Dialect,
    db: &mut TestDb<'_>,
    trial: Trial<'_>,
) -> Vec<Schema> {
    let adds = |at: &usize| match chain.get(*at).action(Direction::Upgrade, dialect) {
        Action::Script(script) => script.text.to_lowercase().contains("references"),
        Action::Code(_) => true,
        _ => false,
    };
    let mut all = Vec::new();
    for at in (0..chain.len()).filter(adds) {
        let is_made = db.upgrade(chain.get(at).id).is_ok();
        let Some(schema) = (is_made.then(|| db.live.read(trial.ignore).ok())).flatten() else {
            break;
        };
        all.push(schema);
    }
    all
}

/// With the foreign keys that the columns get one day: a program that has always kept to them puts in no child without a
/// parent before the revision that adds the key.
fn with_later_keys(schema: &Schema, later: &[Schema]) -> Schema {
    let mut all = schema.clone();
    let has = |name: &str, columns: &[String]| {
        let table = schema.tables.get(name);
        table.is_some_and(|table| columns.iter().all(|one| table.column(one).is_some()))
    };
    for (name, table) in later.iter().flat_map(|later| &later.tables) {
        for (key_name, key) in &table.foreign_keys {
            let is_there = has(name, &key.columns) && has(&key.references, &key.referenced);
            if let Some(own) = all.tables.get_mut(name).filter(|_| is_there)
                && !own
                    .foreign_keys
                    .values()
                    .any(|one| one.columns == key.columns)
            {
                own.foreign_keys.insert(key_name.clone(), key.clone());
            }
        }
    }
    all
}

/// The whole chain up, down as far as it goes, and up.
fn whole(
    chain: &Chain<'_>,
    dialect: Dialect,
    db: &mut TestDb<'_>,
    seeder: &mut rows::Seeder,
    trial: Trial<'_>,
) -> Result<Option<String>> {
    let up = |db: &mut TestDb<'_>| {
        for at in chain.written_heads() {
            let id = chain.get(at).id;
            db.upgrade(id)
                .map_err(|error| super::at(chain, id, dialect, error))?;
        }
        Ok::<(), Error>(())
    };
    up(db)?;
    let made = db.live.read(trial.ignore)?;
    if trial.has_rows {
        seeder.add(db, &made);
    }
    let is_final = |at: &usize| {
        let action = chain.get(*at).action(Direction::Downgrade, dialect);
        matches!(action, Action::Irreversible { .. })
    };
    let last = (0..chain.len()).rev().find(is_final);
    let target = last.map_or("base", |at| chain.get(at).id);
    let is_head = last.is_some_and(|at| chain.written_heads().contains(&at));
    // Beside other branches one that can't be taken back is no point to go to.
    let is_line = (0..chain.len()).all(|at| chain.required_by(at).len() <= 1);
    if is_head || (last.is_some() && !is_line) {
        return Ok(last.map(|at| chain.get(at).id.to_owned()));
    }
    db.downgrade(target).map_err(|error| {
        Error::new(format!("the whole chain can't go down to {target}")).with_source(error)
    })?;
    up(db)?;
    let again = db.live.read(trial.ignore)?;
    if made != again {
        return Err(Error::new(format!(
            "down to {target} and up again the chain makes something else: {}",
            differences(&made, &again)
        )));
    }
    Ok(last.map(|at| chain.get(at).id.to_owned()))
}

/// A downgrade that leaves something else than what was there: said at its section.
fn forgotten(chain: &Chain<'_>, id: &str, dialect: Dialect, what: &str) -> Error {
    let error = Error::new(format!(
        "on {dialect} the downgrade of `{id}` leaves something else than what was there: {what}"
    ))
    .with_help("take back in it whatever the upgrade does");
    let Some(revision) = chain.index_of(id).map(|at| chain.get(at)) else {
        return error;
    };
    let range = match revision.action(Direction::Downgrade, dialect) {
        Action::Script(script) => {
            let skipped = script.text.len() - script.text.trim_start().len();
            script.offset + skipped..script.offset + script.text.trim_end().len().max(skipped)
        }
        _ => 0..0,
    };
    error.with_place(revision.locate(chain.root, range))
}

fn version(db: &mut TestDb<'_>) -> Result<String> {
    let (query, parts) = match db.dialect() {
        Dialect::Sqlite => ("SELECT sqlite_version()", 2),
        _ => ("SELECT pg_catalog.current_setting('server_version')", 1),
    };
    let version: String = db.value(query)?;
    let numbers = version.split(|c: char| !c.is_ascii_digit());
    Ok(numbers.take(parts).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
#[cfg(all(feature = "rusqlite", feature = "postgres"))]
mod tests {
    use migrate_chain::{Folder, Options, load};

    use super::*;

    fn chain(second: &str) -> Migrations {
        let first = "-- upgrade (sqlite)\nCREATE TABLE users (id INTEGER PRIMARY KEY, mail text);\n\n-- downgrade\nDROP TABLE users;";
        chain_of(first, second)
    }

    fn chain_of(first: &str, second: &str) -> Migrations {
        let mut folder = Folder::new("versions");
        for (id, parent, text) in [("a1", "none", first), ("b1", "a1", second)] {
            let text = format!("-- one\n-- revision: {id}\n-- down_revision: {parent}\n\n{text}\n");
            folder.add(&format!("{id}.sql"), text.as_bytes());
        }
        load(folder, &Options::new("versions")).unwrap().into()
    }

    fn proved(migrations: &Migrations, proved: &[bool], has_rows: bool) -> Result<Proved> {
        let trial = Trial {
            ignore: &Ignore::default(),
            proved,
            has_rows,
        };
        prove(migrations, &Scratch::Sqlite, trial)
    }

    #[test]
    fn what_runs_both_ways_is_proved() {
        let migrations = chain(
            "-- upgrade (sqlite)\nALTER TABLE users ADD COLUMN x int;\n\n-- downgrade\nALTER TABLE users DROP COLUMN x;",
        );
        let all = proved(&migrations, &[], true).unwrap();
        assert_eq!((all.tried, all.down_to), (2, None));
        let chain = migrations.chain().unwrap();
        let head = proof_fingerprints(&chain, Dialect::Sqlite)[1];
        assert_eq!(all.fingerprints, [head.unwrap()]);
        assert_eq!(proved(&migrations, &[true, false], true).unwrap().tried, 1);
        assert_eq!(proved(&migrations, &[true, true], true).unwrap().tried, 0);
    }

    /// Rows are made up as if the key had been there from the beginning.
    #[test]
    fn a_key_that_comes_later_meets_no_orphans() {
        const DOWN: &str = "DROP TABLE notes;\nDROP TABLE users;";
        let up = |id: &str, kind: &str| {
            format!(
                "CREATE TABLE users (id {id} PRIMARY KEY);\nCREATE TABLE notes (id {id} PRIMARY KEY, of {kind} NOT NULL);"
            )
        };
        let sections = |tag: &str, up: &str, down: &str| {
            format!("-- upgrade ({tag})\n{up}\n\n-- downgrade ({tag})\n{down}")
        };
        let rebuilt = |reference: &str| {
            format!(
                "CREATE TABLE notes_new (id INTEGER PRIMARY KEY, of integer NOT NULL{reference});\nINSERT INTO notes_new SELECT id, of FROM notes;\nDROP TABLE notes;\nALTER TABLE notes_new RENAME TO notes;"
            )
        };
        let on_sqlite = chain_of(
            &sections("sqlite", &up("INTEGER", "integer"), DOWN),
            &sections(
                "sqlite, foreign keys off",
                &rebuilt(" REFERENCES users (id)"),
                &rebuilt(""),
            ),
        );
        assert_eq!(proved(&on_sqlite, &[], true).unwrap().tried, 2);
        let on_postgres = chain_of(
            &sections("postgres", &up("text", "text"), DOWN),
            &sections(
                "postgres",
                "ALTER TABLE notes ADD CONSTRAINT fk FOREIGN KEY (of) REFERENCES users (id);",
                "ALTER TABLE notes DROP CONSTRAINT fk;",
            ),
        );
        let server = crate::scratch::Server::start().unwrap();
        let trial = Trial {
            ignore: &Ignore::default(),
            proved: &[],
            has_rows: true,
        };
        let proved = prove(&on_postgres, &Scratch::Postgres(&server), trial);
        assert_eq!(proved.unwrap().tried, 2);
    }

    #[test]
    fn what_a_downgrade_forgets_is_said_at_the_downgrade() {
        let migrations = chain(
            "-- upgrade (sqlite)\nCREATE INDEX i ON users (mail);\nCREATE INDEX k ON users (id, mail);\n\n-- downgrade\nDROP INDEX i;",
        );
        let error = proved(&migrations, &[], true).unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("versions/b1.sql:10:1") && text.contains("index k"),
            "{text}"
        );
    }

    #[test]
    fn a_typing_error_is_said_where_it_is() {
        let migrations = chain(
            "-- upgrade (sqlite)\nALTER TABLE usres ADD COLUMN x int;\n\n-- downgrade: nothing",
        );
        let text = format!("{:#}", proved(&migrations, &[], true).unwrap_err());
        assert!(text.contains("versions/b1.sql:6:1"), "{text}");
    }

    #[test]
    fn rows_are_what_it_fails_on() {
        let migrations = chain(
            "-- upgrade (sqlite)\nALTER TABLE users ADD COLUMN x int NOT NULL;\n\n-- downgrade\nALTER TABLE users DROP COLUMN x;",
        );
        assert!(proved(&migrations, &[], true).is_err());
        proved(&migrations, &[], false).unwrap();
    }

    #[test]
    fn what_cant_be_taken_back_stays() {
        let migrations = chain(
            "-- upgrade (sqlite)\nALTER TABLE users DROP COLUMN mail;\n\n-- irreversible: the mails are gone",
        );
        let all = proved(&migrations, &[], true).unwrap();
        assert_eq!((all.tried, all.down_to.as_deref()), (1, Some("b1")));
    }
}
