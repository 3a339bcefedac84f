//! Any sequence of commands, carried out on a real database, leaves what the [model](super::world) says.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;

use migrate_runtime::{
    Dialect, Direction, ErrorKind, Event, Migrations, Migrator, Options, Outcome, Plan, Report,
    Result, Transactions,
};
use migrate_tests::dag::Draw;
use migrate_tests::{Dag, Postgres, sqlite};
use postgres::NoTls;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::entry::{Command, Entry};
use super::world::{End, Expected, Story, Verb, World};
use migrate_tests::model::{Set, Wish};

pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn sqlite_is_as_the_model(
        seed in any::<u64>(),
        len in 1usize..16,
        on_disk in any::<bool>(),
        keys in any::<bool>(),
        commands in prop::collection::vec(any::<u64>(), 1..16),
    ) {
        let file = sqlite::Database::new();
        let connection = if on_disk {
            file.connect()
        } else {
            rusqlite::Connection::open_in_memory().unwrap()
        };
        let switch = |on: bool| format!("PRAGMA foreign_keys = {}; PRAGMA legacy_alter_table = {}", u8::from(on), u8::from(!on));
        connection.execute_batch(&switch(keys)).unwrap();
        let mut entry = Entry::Rusqlite(connection);
        follow(&Story::random(seed, len), &mut entry, &commands);
        let settings = entry.query("SELECT foreign_keys, legacy_alter_table FROM pragma_foreign_keys, pragma_legacy_alter_table");
        prop_assert_eq!(settings, [[u8::from(keys).to_string(), u8::from(!keys).to_string()]]);
    }
}

#[test]
fn postgres_is_as_the_model_through_both_clients() {
    let database = Postgres::shared().database();
    let mut entries = [
        Entry::Postgres(database.config().connect(NoTls).unwrap()),
        Entry::tokio(&database.url()),
    ];
    let strategy = (
        any::<u64>(),
        1usize..12,
        prop::collection::vec(any::<u64>(), 1..12),
    );
    // A mutex, because a runner's test is no `FnMut`.
    let entries = Mutex::new(&mut entries);
    let tested = TestRunner::new(config(25)).run(&strategy, |(seed, len, commands)| {
        let mut entries = entries
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for entry in entries.iter_mut() {
            entry.execute("DROP SCHEMA IF EXISTS scratch CASCADE; CREATE SCHEMA scratch; SET search_path = scratch");
            follow(&Story::random(seed, len), entry, &commands);
        }
        Ok(())
    });
    tested.unwrap_or_else(|error| panic!("{error}"));
}

/// Reads the history from disk, as the command line would.
fn load(story: &Story) -> Migrations {
    let dir = TempDir::new().unwrap();
    for (path, text) in story.files() {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite, Dialect::Postgres];
    options.multiple_heads = true;
    options.multiple_bases = true;
    Migrations::load(dir.path(), &options).unwrap()
}

/// Carries out commands, one drawn from each number, on the database and in the model.
fn follow(story: &Story, entry: &mut Entry, commands: &[u64]) {
    let migrations = load(story);
    let mut world = World::new(story, entry.dialect());
    let mut runs = BTreeSet::new();
    for &command in commands {
        let mut draw = Draw::new(command);
        let (verb, wishes) = wish(story, &mut draw);
        let texts: Vec<String> = wishes.iter().map(Wish::text).collect();
        let per_step = draw.percent(30);
        let is_watched = draw.percent(50);
        let said = format!("{verb:?} {texts:?} at {:?}", names(story, &world.applied));

        let logged = world.log.len();
        let was_marked = world.is_marked;
        let mut expected = world.change(verb, &wishes, per_step);
        if verb == Verb::Purge && was_marked && draw.percent(60) {
            spoil(entry, &mut expected, &mut draw);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let command = match verb {
            Verb::Run => Command::Run,
            Verb::Upgrade => Command::Upgrade(texts[0]),
            Verb::Downgrade => Command::Downgrade(texts[0]),
            Verb::Stamp => Command::Stamp(&texts),
            Verb::Purge => Command::Purge(&texts),
        };
        let mut events = Vec::new();
        let mut migrator = Migrator::new(&migrations)
            .stamp_back(true)
            .app_version("1.2.3");
        if per_step {
            migrator = migrator.transactions(Transactions::PerStep);
        }
        let before = dump(entry);
        let plan = entry.plan(&mut migrator, command);
        assert_eq!(dump(entry), before, "a plan changes nothing: {said}");
        if is_watched {
            migrator = migrator.on_event(|event| events.push(seen(event)));
        }
        let result = entry.change(&mut migrator, command);
        drop(migrator);

        let plan = plan.map(|plan| check_plan(story, &expected, plan, &said));
        check_result(story, &expected, result, plan.flatten().as_ref(), &said);
        if is_watched {
            assert_eq!(events, expected_events(story, &expected), "{said}");
        }
        if expected.commits.is_empty() {
            assert_eq!(dump(entry), before, "nothing changes: {said}");
        }
        let run = check_database(&migrations, entry, &world, logged, &said);
        if let Some(run) = run {
            assert!(runs.insert(run), "a run's id is its own: {said}");
        }
        if matches!(expected.end, End::Failed(_)) && draw.percent(70) {
            entry.execute(&world.mend());
        }
    }
}

/// Records what no other command could go on from: an unknown revision, or another content of a known one.
fn spoil(entry: &mut Entry, expected: &mut Expected, draw: &mut Draw) {
    if matches!(expected.end, End::Refused(_)) {
        return;
    }
    entry.execute(match draw.below(2) {
        0 => "INSERT INTO migrate_revision VALUES ('main', 'of_another_program', '00')",
        _ => "UPDATE migrate_revision SET fingerprint = '00'",
    });
    let spoiled = entry.query("SELECT revision FROM migrate_revision WHERE fingerprint = '00'");
    if expected.end == End::UpToDate && !spoiled.is_empty() {
        expected.end = End::Applied;
        expected.commits.push(expected.to.clone());
    }
}

fn wish(story: &Story, draw: &mut Draw) -> (Verb, Vec<Wish>) {
    let verb = match draw.below(20) {
        0..=2 => Verb::Run,
        3..=10 => Verb::Upgrade,
        11..=16 => Verb::Downgrade,
        17 | 18 => Verb::Stamp,
        _ => Verb::Purge,
    };
    let count = match verb {
        Verb::Run => 0,
        Verb::Upgrade | Verb::Downgrade => 1,
        Verb::Stamp | Verb::Purge => 1 + draw.below(2),
    };
    let wishes = (0..count).map(|_| {
        // Half of them lead somewhere, whatever the history.
        if draw.percent(50) {
            return Wish::random(&story.dag, draw);
        }
        let id = story.dag.nodes[draw.below(story.dag.nodes.len())]
            .id
            .clone();
        Wish {
            branch: None,
            symbol: Some(id),
            offset: 0,
        }
    });
    (verb, wishes.collect())
}

/// All of a SQLite database; on PostgreSQL, where that takes long, what the properties look at anyway.
fn dump(entry: &mut Entry) -> String {
    if let Entry::Rusqlite(connection) = entry {
        return sqlite::dump(connection);
    }
    let tables = entry.tables();
    let rows = tables
        .iter()
        .map(|table| entry.query(&format!("SELECT t::text FROM {table} t ORDER BY 1")));
    format!("{:?}", rows.collect::<Vec<_>>()) + &tables.join(" ")
}

fn check_plan(story: &Story, expected: &Expected, plan: Result<Plan>, said: &str) -> Option<Plan> {
    match (plan, expected.end) {
        (Err(error), End::Refused(kind)) => {
            assert_eq!(error.kind(), kind, "{said}: {error:?}");
            None
        }
        (Ok(plan), End::UpToDate | End::Applied | End::Failed(_)) => {
            let steps: Vec<_> = (plan.steps.iter())
                .map(|step| {
                    assert_eq!(step.stamp, expected.stamp);
                    let at = node(story, &step.revision);
                    assert_eq!(step.path, format!("versions/{}", story.dag.nodes[at].path));
                    (at, step.direction, step.transaction.unwrap())
                })
                .collect();
            assert_eq!(steps, expected.steps, "{said}");
            assert_eq!(nodes(story, &plan.from), expected.from, "{said}");
            assert_eq!(nodes(story, &plan.to), expected.to, "{said}");
            Some(plan)
        }
        (plan, end) => panic!("{said}: the plan is {plan:?}, not {end:?}"),
    }
}

fn check_result(
    story: &Story,
    expected: &Expected,
    result: Result<Report>,
    plan: Option<&Plan>,
    said: &str,
) {
    let report = match (result, expected.end) {
        (Ok(report), End::Applied | End::UpToDate) => report,
        (Err(error), End::Refused(kind)) => {
            assert_eq!(error.kind(), kind, "{said}: {error:?}");
            return;
        }
        (Err(error), End::Failed(at)) => {
            let id = story.dag.nodes[at].id.as_str();
            assert_eq!(error.kind(), ErrorKind::Script, "{said}: {error:?}");
            assert_eq!(error.revision(), Some(id), "{said}: {error:?}");
            let place = error.place().map(ToString::to_string).unwrap_or_default();
            let path = format!("versions/{}:", story.dag.nodes[at].path);
            assert!(place.starts_with(&path), "{said}: {error:?}");
            return;
        }
        (result, end) => panic!("{said}: {result:?}, not {end:?}"),
    };
    let outcome = match expected.end {
        End::UpToDate => Outcome::UpToDate,
        _ => Outcome::Applied,
    };
    assert_eq!(report.outcome, outcome, "{said}");
    assert_eq!(nodes(story, &report.from), expected.from, "{said}");
    assert_eq!(nodes(story, &report.to), expected.to, "{said}");
    if let Some(plan) = plan {
        let ran: Vec<_> = report.steps.iter().map(|done| done.step.clone()).collect();
        assert_eq!(ran, plan.steps, "what ran is what was planned: {said}");
        // What a lock is held through is for whoever looks at the plan, before it runs.
        let is_shown_only = |note: &&String| note.contains("--transactions per-step");
        let notes: Vec<_> = plan
            .notes
            .iter()
            .filter(|note| !is_shown_only(note))
            .collect();
        assert_eq!(report.notes.iter().collect::<Vec<_>>(), notes, "{said}");
    }
}

/// What an observer is told, in terms of the model.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Planned(usize),
    Started(String, Direction, usize, usize),
    Finished(usize),
    Committed(BTreeSet<String>),
    Other(String),
}

fn seen(event: &Event<'_>) -> Told {
    match event {
        Event::Planned { plan } => Told::Planned(plan.steps.len()),
        Event::StepStarted {
            step,
            number,
            total,
        } => Told::Started(step.revision.clone(), step.direction, *number, *total),
        Event::StepFinished { number, .. } => Told::Finished(*number),
        Event::Committed { heads } => Told::Committed(heads.iter().cloned().collect()),
        other => Told::Other(other.to_string()),
    }
}

fn expected_events(story: &Story, expected: &Expected) -> Vec<Told> {
    let mut events = Vec::new();
    if !matches!(expected.end, End::Applied | End::Failed(_)) {
        return events;
    }
    let total = expected.steps.len();
    events.push(Told::Planned(total));
    let mut number = 0;
    if total == 0 {
        let heads = names(story, &expected.to).into_iter();
        events.push(Told::Committed(heads.map(str::to_owned).collect()));
    }
    for (transaction, steps) in expected
        .steps
        .chunk_by(|(_, _, one), (_, _, other)| one == other)
        .enumerate()
    {
        let commits = expected.commits.get(transaction);
        for &(at, direction, _) in steps {
            number += 1;
            let id = story.dag.nodes[at].id.clone();
            events.push(Told::Started(id, direction, number, total));
            if commits.is_none() && expected.end == End::Failed(at) {
                return events;
            }
            events.push(Told::Finished(number));
        }
        let heads = commits.map(|rows| names(story, rows)).unwrap_or_default();
        events.push(Told::Committed(
            heads.into_iter().map(str::to_owned).collect(),
        ));
    }
    events
}

/// Compares all there is with the model; returns what the rows that are new in the audit log are marked with.
fn check_database(
    migrations: &Migrations,
    entry: &mut Entry,
    world: &World<'_>,
    logged: usize,
    said: &str,
) -> Option<String> {
    let story = world.story;
    let names: Vec<String> = entry.tables();
    let (ours, made): (Vec<_>, Vec<_>) =
        names.iter().partition(|name| name.starts_with("migrate_"));
    assert_eq!(!ours.is_empty(), world.is_marked, "{said}: {ours:?}");
    let expected: BTreeSet<String> = world.tables.keys().map(|&at| Dag::table(at)).collect();
    assert_eq!(
        made.into_iter().cloned().collect::<BTreeSet<_>>(),
        expected,
        "{said}"
    );
    for (&at, rows) in &world.tables {
        let found = entry.query(&format!("SELECT id FROM {} ORDER BY id", Dag::table(at)));
        let rows: Vec<Vec<String>> = rows.iter().map(|row| vec![row.to_string()]).collect();
        assert_eq!(found, rows, "{said}: {}", Dag::table(at));
    }

    let recorded = world.model.rows(&world.applied);
    let chain = migrations.chain().unwrap();
    if world.is_marked {
        let rows = entry.query("SELECT chain, revision, fingerprint FROM migrate_revision");
        let rows: BTreeSet<Vec<String>> = rows.into_iter().collect();
        let expected = recorded.iter().map(|&at| {
            let id = &story.dag.nodes[at].id;
            let revision = chain.get(chain.index_of(id).unwrap());
            let fingerprint = revision.fingerprint(entry.dialect()).unwrap();
            vec!["main".to_owned(), id.clone(), fingerprint.to_string()]
        });
        assert_eq!(rows, expected.collect(), "{said}");
    }
    let mut migrator = Migrator::new(migrations).stamp_back(true);
    let (current, log, history) = entry
        .look(&mut migrator)
        .unwrap_or_else(|error| panic!("{said}: {error:?}"));
    assert_eq!(nodes(story, &current), recorded, "{said}");
    for line in history {
        let at = node(story, &line.revision);
        assert_eq!(line.applied, world.applied.contains(&at), "{said}");
        assert_eq!(line.current, recorded.contains(&at), "{said}");
    }

    let acts: Vec<_> = log
        .iter()
        .map(|line| (node(story, &line.revision), line.act))
        .collect();
    assert_eq!(acts, world.log, "{said}");
    let new = &log[logged..];
    for line in new {
        let at = &story.dag.nodes[node(story, &line.revision)];
        let list = |ids: &[usize]| ids.iter().copied().collect::<Set>();
        assert_eq!(nodes(story, &line.down_revision), list(&at.parents));
        assert_eq!(nodes(story, &line.depends_on), list(&at.depends_on));
        assert_eq!(line.app_version, "1.2.3");
        assert_eq!(line.run_id, new[0].run_id, "{said}");
    }
    new.first().map(|line| line.run_id.clone())
}

fn node(story: &Story, id: &str) -> usize {
    let at = story.dag.nodes.iter().position(|node| node.id == id);
    at.unwrap_or_else(|| panic!("no revision {id}"))
}

fn nodes(story: &Story, ids: &[String]) -> Set {
    let set: Set = ids.iter().map(|id| node(story, id)).collect();
    assert_eq!(set.len(), ids.len(), "{ids:?}");
    set
}

fn names<'s>(story: &'s Story, set: &Set) -> Vec<&'s str> {
    set.iter()
        .map(|&at| story.dag.nodes[at].id.as_str())
        .collect()
}

/// The stories have every end; a model that refuses everything would agree.
#[test]
fn stories_are_varied() {
    let mut seen = BTreeSet::new();
    for seed in 0..100 {
        let story = Story::random(seed, 12);
        let mut world = World::new(&story, Dialect::Sqlite);
        let mut draw = Draw::new(seed);
        for _ in 0..12 {
            let (verb, wishes) = wish(&story, &mut draw);
            let expected = world.change(verb, &wishes, draw.percent(30));
            let commits = match expected.commits.len() {
                0 => "nothing",
                1 => "one transaction",
                _ => "several",
            };
            let end = match expected.end {
                End::UpToDate => "up to date".to_owned(),
                End::Applied => format!("applied in {commits}"),
                End::Refused(kind) => format!("{kind:?}"),
                End::Failed(_) => format!("failed after {commits}"),
            };
            seen.insert(end);
            if matches!(expected.end, End::Failed(_)) {
                world.mend();
            }
        }
    }
    let expected = [
        "Irreversible",
        "Target",
        "Usage",
        "applied in one transaction",
        "applied in several",
        "failed after nothing",
        "failed after one transaction",
        "failed after several",
        "up to date",
    ];
    assert_eq!(Vec::from_iter(seen), expected);
}
