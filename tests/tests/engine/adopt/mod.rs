//! Databases that another tool has migrated: nothing that it has run is run again, and it knows what we run of its own.
//!
//! The tool is one in a few lines, with a table as most have it. `tests/adopt` does the same with the real ones.

mod beside;
mod races;
mod recorded;
mod refused;
mod tools;
mod whereabouts;

use migrate_runtime::{
    Act, ErrorKind, Event, Migrations, Migrator, Outcome, Report, Result, Startup,
};

use crate::reached::{Action, Reached};
use crate::support::{Engine, Versions, ids};

on_both!(
    what_the_old_tool_ran_is_not_run_again,
    an_adopted_database_is_one_statement,
    a_check_only_reads,
    a_person_is_shown_what_is_taken_over,
    the_command_records_and_runs_nothing,
    all_before_it_counts,
    what_came_since_is_taken_over_too,
    a_baseline_needs_all_of_its_keys,
    merges_without_a_key_are_implied,
    a_fresh_database_is_fresh,
    the_last_row_of_a_key_counts,
);

/// The old tool's steps: what it runs for each version.
const STEPS: [&str; 3] = [
    "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)",
    "INSERT INTO a VALUES (2)",
    "INSERT INTO a VALUES (3)",
];

/// The old tool's checksum of a step, in the LF and the CRLF form of its file.
const SUMS: [&str; 3] = ["aa11|AA12", "bb11|bb12", "cc11|cc12"];

const TABLE: &str =
    "CREATE TABLE done (version BIGINT PRIMARY KEY, name TEXT, state TEXT NOT NULL, sum TEXT)";

const ADOPT: &str = "\
-- adopt: mig
-- table: done
-- without: 100

-- applied
SELECT version, state, sum FROM done ORDER BY version;

-- record
INSERT INTO done (version, name, state, sum) VALUES (?1, ?2, 'applied', ?3);

-- unrecord
DELETE FROM done WHERE version = ?1;
";

/// The old tool runs its steps up to one, on a database where it may have run some before.
fn old_tool<E: Engine>(client: &mut E::Client, upto: usize) {
    if E::try_execute(client, "SELECT 1 FROM done").is_err() {
        E::execute(client, TABLE);
    }
    let has = E::column(client, "SELECT version FROM done");
    for version in 1..=upto {
        if has.contains(&version.to_string()) {
            continue;
        }
        let (step, sum) = (STEPS[version - 1], SUMS[version - 1].split('|').next());
        E::execute(
            client,
            &format!(
                "BEGIN; {step}; INSERT INTO done VALUES ({version}, 'step {version}', 'applied', '{}'); COMMIT",
                sum.unwrap()
            ),
        );
    }
}

/// The imported chain, and one of our own on top.
fn imported() -> Versions {
    imported_with(ADOPT)
}

fn imported_with(adopt: &str) -> Versions {
    ours(three(adopt))
}

/// The old tool's steps as revisions.
fn three(adopt: &str) -> Versions {
    let mut versions = Versions::new().file("adopt.sql", adopt);
    for (at, id) in ["a1", "b1", "c1"].into_iter().enumerate() {
        let down = ["", "a1", "b1"][at];
        let header = format!("-- adopts: {} {} \"step {0}\"", at + 1, SUMS[at]);
        let undo = [
            "DROP TABLE a",
            "DELETE FROM a WHERE x = 2",
            "DELETE FROM a WHERE x = 3",
        ][at];
        let sections = format!("\n-- upgrade\n{};\n\n-- downgrade\n{undo};", STEPS[at]);
        versions = versions.with(id, down, &header, &sections);
    }
    versions
}

fn ours(versions: Versions) -> Versions {
    versions.sql(
        "d1",
        "c1",
        "INSERT INTO a VALUES (4);",
        "DELETE FROM a WHERE x = 4;",
    )
}

fn numbers<E: Engine>(client: &mut E::Client) -> Vec<String> {
    E::column(client, "SELECT x FROM a ORDER BY x")
}

fn versions<E: Engine>(client: &mut E::Client) -> Vec<String> {
    E::column(client, "SELECT version FROM done ORDER BY version")
}

fn steps(report: &Report) -> Vec<String> {
    let steps = report.steps.iter().map(|done| done.step.to_string());
    steps.collect()
}

fn what_the_old_tool_ran_is_not_run_again<E: Engine>() {
    for had in 0..=3 {
        let (database, chain) = (E::new(), imported().load::<E>());
        let mut client = database.connect();
        old_tool::<E>(&mut client, had);
        let report = chain.run(&mut client).unwrap();
        assert_eq!(report.outcome, Outcome::Applied);
        assert_eq!(report.to, ids(&["d1"]));
        let adopted = ["a1", "b1", "c1"][..had].to_vec();
        match report.adopted.clone() {
            Some(found) => {
                assert_eq!(found.from, "mig");
                assert_eq!(found.revisions, ids(&adopted));
                assert_eq!(found.heads, ids(&adopted[had - 1..]));
            }
            None => assert_eq!(had, 0),
        }
        assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
        // The old tool knows all of its own, and nothing of ours.
        assert_eq!(versions::<E>(&mut client), ["1", "2", "3"]);
        let names = E::rows(
            &mut client,
            "SELECT version, name, state, lower(sum) FROM done ORDER BY 1",
        );
        assert_eq!(
            names,
            [
                ["1", "step 1", "applied", "aa11"],
                ["2", "step 2", "applied", "bb11"],
                ["3", "step 3", "applied", "cc11"],
            ]
        );
        old_tool::<E>(&mut client, 3);
        let acts: Vec<Act> = chain
            .log(&mut client)
            .unwrap()
            .iter()
            .map(|row| row.act)
            .collect();
        let mut expected = vec![Act::Adopt; had];
        expected.resize(4, Act::Upgrade);
        assert_eq!(acts, expected);
        assert_eq!(chain.run(&mut client).unwrap().outcome, Outcome::UpToDate);
        chain.verify(&mut client).unwrap();
    }
}

fn an_adopted_database_is_one_statement<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    chain.run(&mut client).unwrap();
    // Whatever becomes of the old table: nobody looks.
    E::execute(&mut client, "DROP TABLE done");
    assert_eq!(chain.run(&mut client).unwrap().outcome, Outcome::UpToDate);
}

#[test]
fn an_adopted_database_is_one_round_trip() {
    use migrate_tests::Proxy;
    let database = crate::support::Postgres::new();
    let chain = imported().load::<crate::support::Postgres>();
    old_tool::<crate::support::Postgres>(&mut database.connect(), 3);
    let proxy = Proxy::new(&database);
    let mut client = proxy.connect();
    chain.run(&mut client).unwrap();
    proxy.reset();
    assert_eq!(chain.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    assert_eq!(proxy.traffic().round_trips, 1);
}

fn a_check_only_reads<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    let before = database.dump();
    let mut check = Migrator::new(&chain).startup(Startup::Check);
    let error = check.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pending);
    let text = format!("{error:#}");
    assert!(text.contains("4 revisions are pending"), "{text}");
    assert!(text.contains("adopt a1 -> b1, make b1"), "{text}");
    assert_eq!(database.dump(), before);
    let plan = chain.plan_adopt(&mut client).unwrap();
    assert_eq!(plan.to, ids(&["b1"]));
    assert_eq!(plan.steps[1].adopts, ["2"]);
    let target = "head".parse().unwrap();
    let plan = chain
        .plan(&mut client, migrate_runtime::Goal::Upgrade(&target))
        .unwrap();
    assert_eq!(
        plan.to_string(),
        "adopt  -> a1, make a1\nadopt a1 -> b1, make b1\nupgrade b1 -> c1, make c1\nupgrade c1 -> d1, make d1"
    );
    assert_eq!(database.dump(), before);
}

fn a_person_is_shown_what_is_taken_over<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    let before = database.dump();
    let mut shown = Vec::new();
    let mut no = Migrator::new(&chain).ask(|plan| {
        shown.push(plan.to_string());
        false
    });
    assert_eq!(no.run(&mut client).unwrap().outcome, Outcome::Skipped);
    drop(no);
    assert_eq!(shown.len(), 1);
    assert!(
        shown[0].starts_with("adopt  -> a1, make a1\nadopt a1 -> b1"),
        "{}",
        shown[0]
    );
    assert_eq!(database.dump(), before);
    let mut events = Vec::new();
    let mut yes = Migrator::new(&chain).ask(|_| true).on_event(|event| {
        if let Event::StepFinished { step, .. } = event {
            events.push(step.to_string());
        }
    });
    let report = yes.run(&mut client).unwrap();
    drop(yes);
    assert_eq!(events, steps(&report));
    assert_eq!(events.len(), 4);
    // All of it in one transaction.
    assert!(
        report
            .steps
            .iter()
            .all(|done| done.step.transaction == Some(0))
    );
}

fn the_command_records_and_runs_nothing<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    assert_eq!(chain.adopt(&mut client).unwrap().outcome, Outcome::UpToDate);
    old_tool::<E>(&mut client, 2);
    let report = chain.adopt(&mut client).unwrap();
    assert_eq!(
        (report.outcome, report.to),
        (Outcome::Applied, ids(&["b1"]))
    );
    assert_eq!(report.adopted.unwrap().revisions, ids(&["a1", "b1"]));
    assert_eq!(numbers::<E>(&mut client), ["1", "2"]);
    assert_eq!(chain.adopt(&mut client).unwrap().outcome, Outcome::UpToDate);
    let report = chain.upgrade(&mut client, "+1").unwrap();
    assert_eq!(steps(&report), ["upgrade b1 -> c1, make c1"]);
    assert_eq!(versions::<E>(&mut client), ["1", "2", "3"]);
}

/// A tool that keeps one number, as golang-migrate and rusqlite_migration do.
fn all_before_it_counts<E: Engine>() {
    let adopt = ADOPT.replace(
        "SELECT version, state, sum FROM done ORDER BY version",
        "SELECT max(version), 'upto' FROM done HAVING count(*) > 0",
    );
    let (database, chain) = (E::new(), imported_with(&adopt).load::<E>());
    let mut client = database.connect();
    E::execute(
        &mut client,
        &format!(
            "{TABLE}; {}; {}; INSERT INTO done VALUES (2, 'x', 'applied', 'other')",
            STEPS[0], STEPS[1]
        ),
    );
    let report = chain.run(&mut client).unwrap();
    assert_eq!(
        steps(&report)[..2],
        ["adopt  -> a1, make a1", "adopt a1 -> b1, make b1"]
    );
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
}

/// A release of the old tool's that still runs has run a further step beside us.
fn what_came_since_is_taken_over_too<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    let mut two = Versions::new().file("adopt.sql", ADOPT);
    for (id, down, at) in [("a1", "", 0), ("b1", "a1", 1)] {
        let header = format!("-- adopts: {} {}", at + 1, SUMS[at]);
        two = two.with(
            id,
            down,
            &header,
            &format!("\n-- upgrade\n{};\n-- downgrade: nothing", STEPS[at]),
        );
    }
    two.load::<E>().run(&mut client).unwrap();
    assert_eq!(versions::<E>(&mut client), ["1", "2"]);
    old_tool::<E>(&mut client, 3);
    let report = imported().load::<E>().run(&mut client).unwrap();
    assert_eq!(
        steps(&report),
        ["adopt b1 -> c1, make c1", "upgrade c1 -> d1, make d1"]
    );
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
}

fn baseline(keys: &str) -> Versions {
    let all = STEPS.join(";\n");
    let base = format!("\n-- upgrade\n{all};\n\n-- downgrade\nDROP TABLE a;");
    ours(Versions::new().file("adopt.sql", ADOPT).with(
        "c1",
        "",
        &format!("-- adopts: {keys}"),
        &base,
    ))
}

fn a_baseline_needs_all_of_its_keys<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    let chain = baseline("1 aa11, 2, 3").load::<E>();
    old_tool::<E>(&mut client, 2);
    let error = chain.run(&mut client).unwrap_err();
    assert_eq!(error.refusal().unwrap().kind.name(), "inside");
    old_tool::<E>(&mut client, 3);
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ids(&["c1"]));
    assert_eq!(report.steps[0].step.adopts, ["1", "2", "3"]);
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
    // Down and up again: the old tool hears of each of its steps.
    chain.downgrade(&mut client, "base").unwrap();
    assert_eq!(versions::<E>(&mut client), [""; 0]);
    chain.run(&mut client).unwrap();
    assert_eq!(versions::<E>(&mut client), ["1", "2", "3"]);
}

fn merges_without_a_key_are_implied<E: Engine>() {
    let nothing = "\n-- upgrade: nothing\n-- downgrade: nothing";
    let chain = Versions::new()
        .file("adopt.sql", ADOPT)
        .with(
            "a1",
            "",
            "-- adopts: 1",
            &format!("\n-- upgrade\n{};\n-- downgrade: nothing", STEPS[0]),
        )
        .with("b1", "a1", "-- adopts: 2", nothing)
        .with("b2", "a1", "-- adopts: 3", nothing)
        .with("m1", "b1, b2", "", nothing)
        .with("n1", "m1", "-- adopts: 4", nothing)
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, &format!("{TABLE}; {}", STEPS[0]));
    E::execute(
        &mut client,
        "INSERT INTO done (version, state) VALUES (1, 'applied'), (2, 'applied'), (3, 'applied'), (4, 'applied')",
    );
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.to, ids(&["n1"]));
    assert_eq!(
        report.adopted.unwrap().revisions,
        ids(&["a1", "b1", "b2", "m1", "n1"])
    );
}

fn a_fresh_database_is_fresh<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.adopted, None);
    assert_eq!(report.steps.len(), 4);
    assert!(E::try_execute(&mut client, "SELECT 1 FROM done").is_err());
    chain.downgrade(&mut client, "base").unwrap();
    chain.run(&mut client).unwrap();
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
}

/// Flyway and goose append: what was undone and done again has several rows.
fn the_last_row_of_a_key_counts<E: Engine>() {
    let adopt = ADOPT.replace(
        "SELECT version, state, sum FROM done ORDER BY version",
        "SELECT version % 10, state FROM done ORDER BY version",
    );
    let (database, chain) = (E::new(), imported_with(&adopt).load::<E>());
    let mut client = database.connect();
    E::execute(&mut client, &format!("{TABLE}; {}", STEPS[0]));
    E::execute(
        &mut client,
        "INSERT INTO done (version, state) VALUES (1, 'failed'), (11, 'applied'), (12, 'applied'), (22, 'undone'), (29, 'undone')",
    );
    let report = chain.adopt(&mut client).unwrap();
    assert_eq!(report.to, ids(&["a1"]));
}

/// Runs a chain.
struct Start<'a>(&'a Migrations);

impl Action for Start<'_> {
    type Done = Result<Report>;

    fn blocking<C: migrate_runtime::Connection>(self, client: &mut C) -> Self::Done {
        Migrator::new(self.0).run(client)
    }

    async fn awaited<C: migrate_runtime::AsyncConnection>(self, client: &mut C) -> Self::Done {
        Migrator::new(self.0).run_async(client).await
    }
}

#[test]
fn every_driver_takes_over() {
    for reached in Reached::all() {
        let chain = imported().load_for(&[reached.dialect()]);
        match (reached.sqlite(), reached.on_server()) {
            (Some(database), _) => old_tool::<crate::support::Sqlite>(&mut database.connect(), 2),
            (_, Some(database)) => crate::reached::apart(|| {
                old_tool::<crate::support::Postgres>(&mut database.connect(), 2);
            }),
            _ => unreachable!("it is one of the two"),
        }
        let name = reached.name();
        let report = reached
            .with(Start(&chain))
            .unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert_eq!(
            report.adopted.unwrap().revisions,
            ids(&["a1", "b1"]),
            "{name}"
        );
        assert_eq!(
            reached.column("SELECT x FROM a ORDER BY x"),
            ["1", "2", "3", "4"],
            "{name}"
        );
        assert_eq!(
            reached.column("SELECT version FROM done ORDER BY 1"),
            ["1", "2", "3"],
            "{name}"
        );
        assert_eq!(
            reached.with(Start(&chain)).unwrap().outcome,
            Outcome::UpToDate,
            "{name}"
        );
    }
}
