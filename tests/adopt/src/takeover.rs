//! Our program takes over a database while releases of the old one live on.

use std::process::Stdio;
use std::thread;
use std::time::Instant;

use crate::Result;
use crate::database::{Database, Kind, Scratch};
use crate::tool::{Release, Tool};
use crate::versions::{NEXT_UPGRADE, Program};

/// The releases that live at the same time. Each knows the first three migrations, or all four.
pub(crate) struct Releases {
    three: Release,
    four: Release,
    ours_three: Program,
    ours_five: Program,
}

impl Releases {
    pub(crate) fn new(scratch: &Scratch, tool: &'static Tool, four: &Program) -> Result<Releases> {
        Ok(Releases {
            three: Release::new(scratch, tool, 3)?,
            four: Release::new(scratch, tool, 4)?,
            ours_three: four.without_last(scratch)?,
            ours_five: four.with_next(scratch)?,
        })
    }

    /// A database as the old release with three migrations leaves it, in use.
    fn database(&self, scratch: &Scratch, kind: Kind) -> Result<Database> {
        let database = scratch.database(kind)?;
        self.three.start(&database)?;
        database
            .run("INSERT INTO notes (id, owner, body) VALUES (1, 1, 'to do'), (2, 2, 'done')")?;
        Ok(database)
    }

    /// What becomes of such a database where only the old program migrates it; the last revision's own script is run by hand.
    fn wanted(&self, scratch: &Scratch, kind: Kind) -> Result<State> {
        let database = self.database(scratch, kind)?;
        self.four.start(&database)?;
        database.run(NEXT_UPGRADE)?;
        State::of(self.four.tool, &database)
    }

    /// Each release starts after each other, there and back.
    pub(crate) fn in_turn(&self, scratch: &Scratch, kind: Kind) -> Result {
        let tool = self.three.tool;
        let wanted = self.wanted(scratch, kind)?;
        let database = self.database(scratch, kind)?;
        let before = State::of(tool, &database)?;
        let holds = |what: &str, state: &State| state.compare(what, &State::of(tool, &database)?);

        let done = self.ours_three.start(&database)?;
        holds("we have taken over", &before)?;
        expect(
            "the first start",
            &done,
            |line| line.starts_with("adopt"),
            3,
        )?;
        let done = self.ours_three.start(&database)?;
        expect("the second start", &done, |line| line == "UpToDate", 1)?;
        self.three.start(&database)?;
        holds("the old release has started beside us", &before)?;

        let done = self.ours_five.start(&database)?;
        holds(
            "we ran a step of the old program's and one of our own",
            &wanted,
        )?;
        expect(
            "the start with more steps",
            &done,
            |line| line.starts_with("upgrade"),
            2,
        )?;
        self.four.start(&database)?;
        holds(
            "the old release that has this step, too, has started",
            &wanted,
        )?;

        if tool.goes_down() {
            let done = self.ours_five.downgrade(&database, &self.ours_three)?;
            holds("we went down to what the old release knows", &before)?;
            expect(
                "the downgrade",
                &done,
                |line| line.starts_with("downgrade"),
                2,
            )?;
            self.three.start(&database)?;
            holds("the old release was rolled back to", &before)?;
            self.four.start(&database)?;
            let done = self.ours_five.start(&database)?;
            holds(
                "the old release ran the step itself, and we came after it",
                &wanted,
            )?;
            expect(
                "the start after it",
                &done,
                |line| line.starts_with("adopt"),
                1,
            )?;
        }
        Ok(())
    }

    /// The old program is in the middle of a step while ours starts. Says what came of the rounds.
    pub(crate) fn at_once(&self, scratch: &Scratch, kind: Kind) -> Result<String> {
        const ROUNDS: u32 = 20;
        let tool = self.three.tool;
        if let Some(why) = tool.cannot_be_awaited(kind) {
            return Ok(format!("not started in the middle of a step: it {why}"));
        }
        let wanted = self.wanted(scratch, kind)?;
        let timed = self.database(scratch, kind)?;
        let start = Instant::now();
        self.four.start(&timed)?;
        let whole = start.elapsed();
        let (mut adopted, mut ran, mut died) = (0, 0, 0);
        for round in 0..ROUNDS {
            let database = self.database(scratch, kind)?;
            let mut old = self.four.command(&database)?;
            let old = old.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
            thread::sleep(whole * round / ROUNDS);
            let ours = self.ours_five.start(&database);
            let old = old.wait_with_output()?;
            let ours = ours.map_err(|error| format!("round {round}: our start failed: {error}"))?;
            match ours.iter().filter(|line| line.starts_with("adopt")).count() {
                3 => ran += 1,
                4 => adopted += 1,
                _ => return Err(format!("round {round}: {ours:?}").into()),
            }
            // Where it has no lock, the second of two has always died of the first; then it is started again.
            died += u32::from(!old.status.success());
            self.four.start(&database)?;
            self.ours_five.start(&database)?;
            wanted.compare(
                &format!("round {round}: {ours:?}"),
                &State::of(tool, &database)?,
            )?;
        }
        Ok(format!(
            "of {ROUNDS} rounds, {adopted} adopted the step, {ran} ran it; {died} times the old start had to be repeated"
        ))
    }
}

/// What is in a database but for our tables.
#[derive(PartialEq, Eq)]
struct State {
    schema: String,
    /// What the tool has recorded.
    recorded: Vec<String>,
    /// The steps that have run, as often as they did.
    ran: Vec<String>,
    rows: Vec<String>,
}

impl State {
    fn of(tool: &Tool, database: &Database) -> Result<State> {
        let mut rows = database.rows("SELECT * FROM users ORDER BY id")?;
        rows.extend(database.rows("SELECT * FROM notes ORDER BY id")?);
        Ok(State {
            schema: database.schema()?,
            recorded: database.rows(tool.recorded)?,
            ran: database.rows("SELECT step FROM ran ORDER BY step")?,
            rows,
        })
    }

    fn compare(&self, when: &str, found: &State) -> Result {
        if self == found {
            return Ok(());
        }
        let shown = |state: &State| {
            let [recorded, ran, rows] =
                [&state.recorded, &state.ran, &state.rows].map(|lines| lines.join("\n"));
            format!(
                "{}\nrecorded:\n{recorded}\nran:\n{ran}\nrows:\n{rows}",
                state.schema
            )
        };
        Err(format!("{when}:\n{}\n\ninstead of\n{}", shown(found), shown(self)).into())
    }
}

/// So many lines are such.
fn expect(what: &str, lines: &[String], is_such: impl Fn(&str) -> bool, wanted: usize) -> Result {
    if lines.iter().filter(|line| is_such(line)).count() == wanted {
        return Ok(());
    }
    Err(format!("{what} printed {lines:?}").into())
}
