//! Another tool's scripts beside the chain that they became: both run on scratch databases, and are compared after
//! every step.
//!
//! What is compared first is a text of everything that a script can make, which one query gives: two readings of a large
//! schema after each of hundreds of steps would take minutes. Only where the texts differ are the schemas read.

mod live;

use migrate_chain::Direction;
use migrate_runtime::{Lock, Migrations, Migrator};

use super::{Live, Scratch};
use crate::diff;
use crate::introspect::Ignore;
use crate::model::Schema;
use crate::testing::differences;
use crate::{Error, Result};

/// How a tool sends a script to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// As a whole, between BEGIN and COMMIT.
    InTransaction,
    /// As a whole, without a transaction of the tool's.
    Whole,
    /// Statement by statement, without a transaction.
    ByStatement,
}

/// A script as the other tool runs it.
#[derive(Debug, Clone)]
pub struct Original {
    /// What it sends.
    pub text: String,
    /// How it sends it.
    pub sent: Sent,
    /// What it then notes in its own table, where the scripts may look at that.
    pub noted: Option<String>,
}

/// A step of the other tool, and the revision that stands for it.
#[derive(Debug, Clone)]
pub struct OriginalStep {
    /// The revision's id.
    pub revision: String,
    /// What the tool does for it.
    pub up: Original,
    /// What the tool does against it, where it can.
    pub down: Option<Original>,
}

/// What was seen to be equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Equal {
    /// How many steps leave the same schema on either side.
    pub steps: usize,
    /// How many downgrades leave the same schema on either side, and lead back up.
    pub downgrades: usize,
    /// The downgrades that don't work with the other tool, each with what it fails at.
    pub broken: Vec<Broken>,
}

/// A downgrade that doesn't work with the other tool either.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// The revision's id.
    pub revision: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The first step at which the two sides aren't equal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unequal {
    /// The revision's id.
    pub revision: String,
    /// Which way.
    pub direction: Direction,
    /// What is different.
    pub how: String,
}

/// Runs the other tool's scripts on one scratch database and the chain on another, step by step and each step down and up
/// again, and compares the schemas each time.
///
/// `before`: what the other tool runs before its first step.
///
/// # Errors
///
/// The scratch databases can't be made or read. That something isn't equal is the inner error.
pub fn beside(
    migrations: &Migrations,
    steps: &[OriginalStep],
    before: Option<&str>,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Result<Equal, Unequal>> {
    let mut run = Beside {
        migrations,
        steps,
        before,
        scratch,
        ignore,
        theirs: None,
        ours: None,
    };
    let mut equal = Equal::default();
    let mut look = run.restore(0)?;
    for at in 0..steps.len() {
        match run.step(at, &look, &mut equal)? {
            Ok(next) => look = next,
            Err(unequal) => return Ok(Err(unequal)),
        }
    }
    Ok(Ok(equal))
}

/// What the other tool's scripts make.
///
/// # Errors
///
/// A script fails, or the scratch database can't be made.
pub fn made(
    steps: &[OriginalStep],
    before: Option<&str>,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Schema> {
    ran(steps, before, scratch)?.read(ignore)
}

/// What the other tool's scripts make, as statements, with the rows of the tables in `data`. `table`: the tool's own.
///
/// # Errors
///
/// A script fails, or the schema can't be read.
pub fn dump(
    steps: &[OriginalStep],
    before: Option<&str>,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
    table: Option<&str>,
    data: &[String],
) -> Result<String> {
    let live = ran(steps, before, scratch)?;
    #[cfg(not(feature = "postgres"))]
    let _ = table;
    let (schema, rows) = match &live {
        #[cfg(feature = "rusqlite")]
        Live::Sqlite(conn) => (
            crate::dump::sqlite(conn, ignore)?,
            crate::dump::sqlite_rows(conn, data)?,
        ),
        #[cfg(feature = "postgres")]
        Live::Postgres(live) => {
            let config = live.1.config();
            let left_out: Vec<&str> = table.into_iter().collect();
            (
                crate::dump::postgres(config, ignore, &left_out)?,
                crate::dump::postgres_rows(config, data)?,
            )
        }
    };
    Ok(crate::dump::joined(&schema, &rows))
}

fn ran(steps: &[OriginalStep], before: Option<&str>, scratch: &Scratch<'_>) -> Result<Live> {
    let mut live = Live::new(scratch)?;
    if let Some(before) = before {
        live.run(before)?;
    }
    for step in steps {
        live.original(&step.up).map_err(|why| {
            Error::new(format!(
                "`{}` fails on an empty database: {why}",
                step.revision
            ))
        })?;
    }
    Ok(live)
}

/// What a database looks like: a text that only equal ones have, or where that can't be said, all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    Digest(String),
    Schema(Box<Schema>),
}

impl Look {
    fn differences(&self, other: &Look) -> String {
        match (self, other) {
            (Look::Schema(one), Look::Schema(other)) => differences(one, other),
            _ => "the order of columns, or a detail of an object".to_owned(),
        }
    }
}

struct Beside<'b> {
    migrations: &'b Migrations,
    steps: &'b [OriginalStep],
    before: Option<&'b str>,
    scratch: &'b Scratch<'b>,
    ignore: &'b Ignore,
    theirs: Option<Live>,
    ours: Option<Live>,
}

type Tried = Result<(), String>;

impl<'b> Beside<'b> {
    /// Two new databases with the first steps applied, and what they then look like.
    fn restore(&mut self, steps: usize) -> Result<Look> {
        self.theirs = None;
        self.ours = None;
        let mut theirs = Live::new(self.scratch)?;
        if let Some(before) = self.before {
            theirs.run(before)?;
        }
        self.theirs = Some(theirs);
        self.ours = Some(Live::new(self.scratch)?);
        let failed = |why| Error::new(format!("a step that has run doesn't run again: {why}"));
        let all: &'b [OriginalStep] = self.steps;
        for step in &all[..steps] {
            self.their(&step.up)?.map_err(failed)?;
        }
        if let Some(last) = steps.checked_sub(1) {
            let id = &all[last].revision;
            self.our(id, Direction::Upgrade)?.map_err(failed)?;
        }
        if steps == 0 {
            // The base of the chain makes what the tool has made before.
            return self.their_look();
        }
        let differs = |how| {
            Error::new(format!(
                "steps that have run leave something else when they run again: {how}"
            ))
        };
        self.compared()?.map_err(differs)
    }

    fn step(
        &mut self,
        at: usize,
        start: &Look,
        equal: &mut Equal,
    ) -> Result<Result<Look, Unequal>> {
        let steps: &'b [OriginalStep] = self.steps;
        let step = &steps[at];
        let unequal = |direction, how| {
            Ok(Err(Unequal {
                revision: step.revision.clone(),
                direction,
                how,
            }))
        };
        let theirs = self.their(&step.up)?;
        let ours = self.our(&step.revision, Direction::Upgrade)?;
        if let Err(how) = both(&theirs, &ours, "upgrade") {
            return unequal(Direction::Upgrade, how);
        }
        let applied = match self.compared()? {
            Ok(look) => look,
            Err(how) => return unequal(Direction::Upgrade, how),
        };
        equal.steps += 1;
        let Some(down) = &step.down else {
            return Ok(Ok(applied));
        };
        let below = match at.checked_sub(1) {
            Some(below) => steps[below].revision.as_str(),
            None => "base",
        };
        let mut broken = |reason: String| {
            equal.broken.push(Broken {
                revision: step.revision.clone(),
                reason,
            });
        };
        let theirs = self.their(down)?;
        let ours = self.our(below, Direction::Downgrade)?;
        match (theirs, ours) {
            (Ok(()), Ok(())) => {}
            // It works in the chain where a section says what it needs, and is no less broken there.
            (Err(reason), ours) => {
                broken(reason);
                if ours.is_ok() {
                    // What doesn't work shows in the comparison.
                    let _ = self.our(&step.revision, Direction::Upgrade)?;
                }
                // As a rule a failure leaves what was there.
                return match self.compared()? {
                    Ok(look) if look == applied => Ok(Ok(applied)),
                    _ => self.restore(at + 1).map(Ok),
                };
            }
            (theirs, ours) => {
                let how = both(&theirs, &ours, "downgrade").err().unwrap_or_default();
                return unequal(Direction::Downgrade, how);
            }
        }
        let left = match self.compared()? {
            Ok(look) => look,
            Err(how) => return unequal(Direction::Downgrade, how),
        };
        let theirs = self.their(&step.up)?;
        let ours = self.our(&step.revision, Direction::Upgrade)?;
        match (theirs, ours) {
            (Ok(()), Ok(())) => {}
            (Err(reason), _) => {
                broken(format!("after it the upgrade fails: {reason}"));
                return self.restore(at + 1).map(Ok);
            }
            (theirs, ours) => {
                let how = both(&theirs, &ours, "upgrade").err().unwrap_or_default();
                return unequal(Direction::Upgrade, format!("after the downgrade: {how}"));
            }
        }
        // What starts equal and does the same ends equal.
        if left != *start {
            match self.compared()? {
                Ok(again) if again == applied => {}
                Ok(again) => {
                    broken(format!(
                        "down and up again it leaves something else: {}",
                        applied.differences(&again)
                    ));
                    return self.restore(at + 1).map(Ok);
                }
                Err(how) => {
                    return unequal(Direction::Upgrade, format!("after the downgrade: {how}"));
                }
            }
        }
        equal.downgrades += 1;
        Ok(Ok(applied))
    }

    fn their_look(&mut self) -> Result<Look> {
        let Some(theirs) = &mut self.theirs else {
            return Err(gone());
        };
        match theirs.digest(self.ignore.tables_prefix())? {
            Some(look) => Ok(Look::Digest(look)),
            None => Ok(Look::Schema(Box::new(theirs.read(self.ignore)?))),
        }
    }

    /// What both sides look like; the error says in what they differ.
    fn compared(&mut self) -> Result<Result<Look, String>> {
        let (Some(theirs), Some(ours)) = (&mut self.theirs, &mut self.ours) else {
            return Err(gone());
        };
        let prefix = self.ignore.tables_prefix();
        let looks = (theirs.digest(prefix)?, ours.digest(prefix)?);
        if let (Some(look), Some(other)) = looks
            && look == other
        {
            return Ok(Ok(Look::Digest(look)));
        }
        let (theirs, ours) = (theirs.read(self.ignore)?, ours.read(self.ignore)?);
        Ok(if theirs == ours {
            Ok(Look::Schema(Box::new(theirs)))
        } else {
            let drift = diff::drift(&theirs, &ours, self.ignore);
            Err(match &drift[..] {
                [] => differences(&theirs, &ours),
                drift => drift.join(", "),
            })
        })
    }

    fn their(&mut self, original: &Original) -> Result<Tried> {
        match &mut self.theirs {
            Some(live) => Ok(live.original(original)),
            None => Err(gone()),
        }
    }

    fn our(&mut self, target: &str, direction: Direction) -> Result<Tried> {
        let mut migrator = Migrator::new(self.migrations)
            .lock(Lock::None)
            .table_prefix(self.ignore.tables_prefix());
        let done = match (&mut self.ours, direction) {
            #[cfg(feature = "rusqlite")]
            (Some(Live::Sqlite(conn)), Direction::Upgrade) => migrator.upgrade(conn, target),
            #[cfg(feature = "rusqlite")]
            (Some(Live::Sqlite(conn)), _) => migrator.downgrade(conn, target),
            #[cfg(feature = "postgres")]
            (Some(Live::Postgres(live)), Direction::Upgrade) => {
                migrator.upgrade(&mut live.0, target)
            }
            #[cfg(feature = "postgres")]
            (Some(Live::Postgres(live)), _) => migrator.downgrade(&mut live.0, target),
            (None, _) => return Err(gone()),
        };
        Ok(done.map(drop).map_err(|error| innermost(&error)))
    }
}

fn gone() -> Error {
    Error::new("there is no scratch database")
}

/// An error where only one side works, or neither.
fn both(theirs: &Tried, ours: &Tried, what: &str) -> Result<(), String> {
    match (theirs, ours) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(why), Err(_)) => Err(format!("the {what} fails on an empty database: {why}")),
        (Ok(()), Err(why)) => Err(format!(
            "the {what} works as the other tool runs it, and fails in the chain: {why}"
        )),
        (Err(why), Ok(())) => Err(format!(
            "the {what} works in the chain, and fails as the other tool runs it: {why}"
        )),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
        texts.push(inner.to_string());
    }
    // What the driver adds nothing to stands above what the server says.
    match (texts.first(), texts.last()) {
        (Some(first), Some(last)) if first != last => format!("{first}: {last}"),
        (Some(first), _) => first.clone(),
        _ => String::new(),
    }
}
