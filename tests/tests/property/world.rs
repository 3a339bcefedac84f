//! What revisions with scripts do to a database, carried out by a naive reader of the design.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use migrate_chain::TargetErrorKind;
use migrate_runtime::{Act, Dialect, Direction, ErrorKind};
use migrate_tests::Dag;
use migrate_tests::dag::Draw;

use migrate_tests::model::{Model, Set, Wish};

/// A history whose revisions have scripts of all kinds.
pub(crate) struct Story {
    pub(crate) dag: Dag,
    upgrade: Vec<Section>,
    downgrade: Vec<Section>,
}

/// One direction of a revision.
#[derive(Debug, Clone, Copy)]
enum Section {
    Nothing,
    Irreversible,
    Script { own: bool, keys_off: bool },
}

impl Story {
    pub(crate) fn random(seed: u64, len: usize) -> Story {
        let dag = Dag::random(seed, len);
        let mut draw = Draw::new(!seed);
        let plain = draw.percent(40);
        let script = |draw: &mut Draw| Section::Script {
            own: !plain && draw.percent(20),
            keys_off: !plain && draw.percent(20),
        };
        let (mut upgrade, mut downgrade) = (Vec::new(), Vec::new());
        for _ in &dag.nodes {
            let (up, down) = match draw.below(20) {
                0 => (Section::Nothing, Section::Nothing),
                1 => (script(&mut draw), Section::Nothing),
                2 => (script(&mut draw), Section::Irreversible),
                _ => (script(&mut draw), script(&mut draw)),
            };
            upgrade.push(up);
            downgrade.push(down);
        }
        Story {
            dag,
            upgrade,
            downgrade,
        }
    }

    /// Parents and dependencies, each once.
    fn requires(&self, at: usize) -> Set {
        let node = &self.dag.nodes[at];
        node.parents
            .iter()
            .chain(&node.depends_on)
            .copied()
            .collect()
    }

    /// The required revisions that left a table behind, which a script then touches: it fails where that is missing.
    fn touched(&self, at: usize) -> Vec<usize> {
        let made = |other: &usize| matches!(self.upgrade[*other], Section::Script { .. });
        self.requires(at).into_iter().filter(made).collect()
    }

    fn section(&self, at: usize, direction: Direction) -> Section {
        match direction {
            Direction::Upgrade => self.upgrade[at],
            Direction::Downgrade => self.downgrade[at],
        }
    }

    /// The revision files: path in the versions directory, and text.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        self.dag.files_with(|at| {
            let both = [Direction::Upgrade, Direction::Downgrade];
            let nothing = |direction| matches!(self.section(at, direction), Section::Nothing);
            // A merge may leave both out.
            if self.dag.nodes[at].parents.len() > 1 && both.into_iter().all(nothing) {
                return String::new();
            }
            both.map(|direction| self.text(at, direction)).concat()
        })
    }

    fn text(&self, at: usize, direction: Direction) -> String {
        let (own, keys_off) = match self.section(at, direction) {
            Section::Nothing => return format!("-- {direction}: nothing\n"),
            Section::Irreversible => return "-- irreversible: it is gone\n".to_owned(),
            Section::Script { own, keys_off } => (own, keys_off),
        };
        let script = self.script(at, direction);
        let heading = |words: &[&str]| {
            let own = own.then_some("own transaction");
            let words: Vec<&str> = words.iter().copied().chain(own).collect();
            match words[..] {
                [] => format!("-- {direction}\n"),
                _ => format!("-- {direction} ({})\n", words.join(", ")),
            }
        };
        if !keys_off {
            return format!("{}{script}\n", heading(&[]));
        }
        let proof = match direction {
            Direction::Upgrade => format!(
                "INSERT INTO {} SELECT -1 - foreign_keys FROM pragma_foreign_keys;\n",
                Dag::table(at)
            ),
            Direction::Downgrade => String::new(),
        };
        format!(
            "{}{script}{proof}\n{}{script}\n",
            heading(&["sqlite", "foreign keys off"]),
            heading(&["postgres"])
        )
    }

    fn script(&self, at: usize, direction: Direction) -> String {
        let table = Dag::table(at);
        let mut script = match direction {
            Direction::Upgrade => {
                format!("CREATE TABLE {table} (id INTEGER);\nINSERT INTO {table} VALUES ({at});\n")
            }
            Direction::Downgrade => format!("DROP TABLE {table};\n"),
        };
        for below in self.touched(at) {
            let below = Dag::table(below);
            let line = match direction {
                Direction::Upgrade => writeln!(script, "INSERT INTO {below} VALUES ({at});"),
                Direction::Downgrade => writeln!(script, "DELETE FROM {below} WHERE id = {at};"),
            };
            line.unwrap();
        }
        script
    }
}

/// The tables that revisions have made, and their rows, sorted.
pub(crate) type Tables = BTreeMap<usize, Vec<i64>>;

/// A database as it should be.
pub(crate) struct World<'s> {
    pub(crate) story: &'s Story,
    pub(crate) model: Model<'s>,
    dialect: Dialect,
    pub(crate) applied: Set,
    pub(crate) tables: Tables,
    pub(crate) log: Vec<(usize, Act)>,
    /// Whether anything was ever recorded.
    pub(crate) is_marked: bool,
}

/// What a command should come to.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) end: End,
    /// The plan: each step, and the number of its transaction.
    pub(crate) steps: Vec<(usize, Direction, usize)>,
    pub(crate) stamp: bool,
    /// Recorded rows before, and after the whole plan.
    pub(crate) from: Set,
    pub(crate) to: Set,
    /// The rows recorded by each transaction that committed.
    pub(crate) commits: Vec<Set>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    UpToDate,
    Applied,
    /// Before anything ran.
    Refused(ErrorKind),
    /// At this step.
    Failed(usize),
}

/// A verb before it is a [`Command`](super::entry::Command).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Run,
    Upgrade,
    Downgrade,
    Stamp,
    Purge,
}

impl<'s> World<'s> {
    pub(crate) fn new(story: &'s Story, dialect: Dialect) -> World<'s> {
        World {
            story,
            model: Model::new(&story.dag),
            dialect,
            applied: Set::new(),
            tables: Tables::new(),
            log: Vec::new(),
            is_marked: false,
        }
    }

    /// Carries a command out.
    pub(crate) fn change(&mut self, verb: Verb, wishes: &[Wish], per_step: bool) -> Expected {
        let stamp = matches!(verb, Verb::Stamp | Verb::Purge);
        let mut expected = Expected {
            end: End::Applied,
            steps: Vec::new(),
            stamp,
            from: self.model.rows(&self.applied),
            to: self.model.rows(&self.applied),
            commits: Vec::new(),
        };
        let wanted = match self.wanted(verb, wishes) {
            Ok(wanted) => wanted,
            Err(kind) => {
                expected.end = End::Refused(match kind {
                    TargetErrorKind::Malformed => ErrorKind::Usage,
                    _ => ErrorKind::Target,
                });
                return expected;
            }
        };
        expected.to = self.model.rows(&wanted);
        expected.steps = self.steps(&wanted, stamp || !per_step, stamp);
        let irreversible = |&(at, direction, _): &(usize, Direction, usize)| {
            matches!(self.story.section(at, direction), Section::Irreversible)
        };
        if !stamp && expected.steps.iter().any(irreversible) {
            expected.end = End::Refused(ErrorKind::Irreversible);
        } else if expected.steps.is_empty() {
            expected.end = End::UpToDate;
        } else {
            self.carry_out(&mut expected);
        }
        expected
    }

    fn wanted(&self, verb: Verb, wishes: &[Wish]) -> Result<Set, TargetErrorKind> {
        let applied = &self.applied;
        match verb {
            Verb::Run => {
                let heads = self.model.implied(&self.model.heads());
                Ok(applied | &heads)
            }
            Verb::Upgrade => self.model.upgrade(applied, &wishes[0]),
            Verb::Downgrade => self.model.downgrade(applied, &wishes[0]),
            Verb::Stamp => {
                let rows = self.model.stamp(applied, wishes)?;
                Ok(self.model.implied(&rows))
            }
            Verb::Purge => {
                let rows = self.model.stamp(&Set::new(), wishes)?;
                Ok(self.model.implied(&rows))
            }
        }
    }

    /// Down from what is applied, then up to what is wanted; a new transaction wherever two steps can't share one.
    fn steps(&self, wanted: &Set, shared: bool, stamp: bool) -> Vec<(usize, Direction, usize)> {
        let going = self.model.order(&(&self.applied - wanted));
        let coming = self.model.order(&(wanted - &self.applied));
        let going = going.into_iter().rev().map(|at| (at, Direction::Downgrade));
        let coming = coming.into_iter().map(|at| (at, Direction::Upgrade));
        let mut steps: Vec<(usize, Direction, usize)> = Vec::new();
        let mut before: Option<(bool, bool)> = None;
        for (at, direction) in going.chain(coming) {
            let (own, off) = match self.story.section(at, direction) {
                Section::Script { own, keys_off } if !stamp => {
                    (own, keys_off && self.dialect == Dialect::Sqlite)
                }
                _ => (false, false),
            };
            let transaction = match (before, steps.last()) {
                (Some((own_before, off_before)), Some(&(_, _, number))) => {
                    let joined = shared && !own && !own_before && off == off_before;
                    number + usize::from(!joined)
                }
                _ => 0,
            };
            before = Some((own, off));
            steps.push((at, direction, transaction));
        }
        steps
    }

    fn carry_out(&mut self, expected: &mut Expected) {
        for transaction in expected
            .steps
            .chunk_by(|(_, _, one), (_, _, other)| one == other)
        {
            let (mut applied, mut tables) = (self.applied.clone(), self.tables.clone());
            let mut log = Vec::new();
            for &(at, direction, _) in transaction {
                if !expected.stamp && self.run(&mut tables, at, direction).is_none() {
                    expected.end = End::Failed(at);
                    return;
                }
                log.push((
                    at,
                    match (direction, expected.stamp) {
                        (Direction::Upgrade, false) => Act::Upgrade,
                        (Direction::Downgrade, false) => Act::Downgrade,
                        (Direction::Upgrade, true) => Act::Stamp,
                        (Direction::Downgrade, true) => Act::Unstamp,
                    },
                ));
                match direction {
                    Direction::Upgrade => applied.insert(at),
                    Direction::Downgrade => applied.remove(&at),
                };
            }
            expected.commits.push(self.model.rows(&applied));
            self.is_marked = true;
            self.applied = applied;
            self.tables = tables;
            self.log.extend(log);
        }
    }

    /// `None` if the script fails, which leaves the tables of no use.
    fn run(&self, tables: &mut Tables, at: usize, direction: Direction) -> Option<()> {
        let Section::Script { keys_off, .. } = self.story.section(at, direction) else {
            return Some(());
        };
        match direction {
            Direction::Upgrade => {
                let proof = (keys_off && self.dialect == Dialect::Sqlite).then_some(-1);
                let row = i64::try_from(at).unwrap();
                let rows = proof.into_iter().chain([row]).collect();
                if tables.insert(at, rows).is_some() {
                    return None;
                }
                for below in self.story.touched(at) {
                    let rows = tables.get_mut(&below)?;
                    rows.push(row);
                    rows.sort_unstable();
                }
            }
            Direction::Downgrade => {
                tables.remove(&at)?;
                for below in self.story.touched(at) {
                    tables
                        .get_mut(&below)?
                        .retain(|&row| row != i64::try_from(at).unwrap());
                }
            }
        }
        Some(())
    }

    /// Makes the tables fit what is recorded, as a person would after a stamp; returns the script that does so.
    pub(crate) fn mend(&mut self) -> String {
        let mut script = String::new();
        for &at in self.tables.keys() {
            writeln!(script, "DROP TABLE {};", Dag::table(at)).unwrap();
        }
        self.tables.clear();
        for &at in &self.applied {
            if let Section::Script { .. } = self.story.upgrade[at] {
                let table = Dag::table(at);
                writeln!(
                    script,
                    "CREATE TABLE {table} (id INTEGER); INSERT INTO {table} VALUES ({at});"
                )
                .unwrap();
                self.tables.insert(at, vec![i64::try_from(at).unwrap()]);
            }
        }
        script
    }
}
