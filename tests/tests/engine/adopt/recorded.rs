//! What we run or undo of the old tool's steps, it finds recorded.

use migrate_runtime::{Migrator, Outcome, Resolution, Transactions};

use super::{ADOPT, STEPS, SUMS, TABLE, imported, numbers, old_tool, ours, three, versions};
use crate::support::{Engine, Sqlite, Versions, ids};

on_both!(
    what_goes_down_is_taken_back,
    a_table_that_the_base_makes_is_filled,
    a_step_that_fails_is_recorded_nowhere,
    steps_outside_a_transaction,
    a_resolved_step,
    a_stamp_is_none_of_its_business,
    each_step_in_its_own_transaction,
    a_script_records_there_too,
);

fn what_goes_down_is_taken_back<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    chain.run(&mut client).unwrap();
    chain.downgrade(&mut client, "b1").unwrap();
    assert_eq!(versions::<E>(&mut client), ["1", "2"]);
    chain.downgrade(&mut client, "-1").unwrap();
    assert_eq!(versions::<E>(&mut client), ["1"]);
    // A rollback to the old release: it goes on from there, and we from where it comes to.
    old_tool::<E>(&mut client, 3);
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ids(&["b1", "c1"]));
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
    chain.downgrade(&mut client, "base").unwrap();
    assert_eq!(versions::<E>(&mut client), [""; 0]);
}

/// A history that mentions its own table has it made first.
fn a_table_that_the_base_makes_is_filled<E: Engine>() {
    let mut files = Versions::new().file("adopt.sql", ADOPT);
    let table = TABLE.replace("TABLE done", "TABLE IF NOT EXISTS done");
    for (at, id) in ["a1", "b1"].into_iter().enumerate() {
        let first = if at == 0 {
            format!("{table};\n")
        } else {
            String::new()
        };
        let header = format!("-- adopts: {} {}", at + 1, SUMS[at]);
        let sections = format!("\n-- upgrade\n{first}{};\n-- downgrade: nothing", STEPS[at]);
        files = files.with(id, ["", "a1"][at], &header, &sections);
    }
    let chain = files.load::<E>();
    for watched in [false, true] {
        let database = E::new();
        let mut client = database.connect();
        let mut migrator = Migrator::new(&chain);
        if watched {
            migrator = migrator.on_event(|_| {});
        }
        migrator.run(&mut client).unwrap();
        assert_eq!(versions::<E>(&mut client), ["1", "2"]);
        assert_eq!(
            E::column(&mut client, "SELECT name FROM done ORDER BY version"),
            ["make a1", "make b1"]
        );
        old_tool::<E>(&mut client, 2);
        assert_eq!(
            migrator.run(&mut client).unwrap().outcome,
            Outcome::UpToDate
        );
    }
}

fn a_step_that_fails_is_recorded_nowhere<E: Engine>() {
    let chain = three(ADOPT)
        .sql("d1", "c1", "INSERT INTO nowhere VALUES (1);", "")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    let before = database.dump();
    chain.run(&mut client).unwrap_err();
    assert_eq!(database.dump(), before);
}

fn outside(adopts: &str, statement: &str) -> Versions {
    let first = format!("-- adopts: 1 {}", SUMS[0]);
    let base = format!("\n-- upgrade\n{};\n-- downgrade: nothing", STEPS[0]);
    let sections = format!(
        "\n-- upgrade (no transaction)\nINSERT INTO a VALUES (2);\n{statement};\n\n-- downgrade (no transaction)\nDELETE FROM a WHERE x = 2;\n"
    );
    Versions::new()
        .file("adopt.sql", ADOPT)
        .with("a1", "", &first, &base)
        .with("b1", "a1", adopts, &sections)
}

fn steps_outside_a_transaction<E: Engine>() {
    let chain = outside("-- adopts: 2", "INSERT INTO a VALUES (22)").load::<E>();
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ids(&["a1"]));
    assert_eq!(versions::<E>(&mut client), ["1", "2"]);
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "22"]);
    chain.downgrade(&mut client, "-1").unwrap();
    assert_eq!(versions::<E>(&mut client), ["1"]);
    // On a database where the old tool has run it, it is not run.
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    chain.run(&mut client).unwrap();
    assert_eq!(numbers::<E>(&mut client), ["1", "2"]);
}

fn a_resolved_step<E: Engine>() {
    for resolution in [Resolution::Applied, Resolution::Retry] {
        let chain = outside("-- adopts: 2", "INSERT INTO missing VALUES (1)").load::<E>();
        let database = E::new();
        let mut client = database.connect();
        old_tool::<E>(&mut client, 1);
        chain.run(&mut client).unwrap_err();
        assert_eq!(versions::<E>(&mut client), ["1"]);
        E::execute(&mut client, "CREATE TABLE missing (x INTEGER)");
        chain.resolve(&mut client, resolution).unwrap();
        assert_eq!(versions::<E>(&mut client), ["1", "2"], "{resolution:?}");
        assert_eq!(E::heads(&mut client), ["b1"]);
    }
}

fn a_stamp_is_none_of_its_business<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    chain.stamp(&mut client, &["b1"]).unwrap();
    assert_eq!(versions::<E>(&mut client), ["1"]);
    assert_eq!(E::heads(&mut client), ["b1"]);
    // What a person has recorded counts.
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.adopted, None);
    assert_eq!(numbers::<E>(&mut client), ["1", "3", "4"]);
}

fn each_step_in_its_own_transaction<E: Engine>() {
    let (database, chain) = (E::new(), imported().load::<E>());
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    let mut migrator = Migrator::new(&chain).transactions(Transactions::PerStep);
    let report = migrator.run(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ids(&["a1"]));
    assert_eq!(versions::<E>(&mut client), ["1", "2", "3"]);
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
}

/// A script records there what a run does: on PostgreSQL where the table is there, on SQLite where the chain makes it.
fn a_script_records_there_too<E: Engine>() {
    use migrate_runtime::{Applied, Dialect, Goal};
    let chain = imported().load::<E>();
    let read = chain.chain().unwrap();
    let script = |from: &[usize], goal: Goal<'_>| {
        let applied = Applied::of_rows(&read, from);
        Migrator::new(&chain)
            .script(E::DIALECT, &applied, goal)
            .unwrap()
    };
    let (head, base) = ("head".parse().unwrap(), "base".parse().unwrap());
    let up = script(&[0], Goal::Upgrade(&head));
    let down = script(&[1], Goal::Downgrade(&base));
    if E::DIALECT == Dialect::Sqlite {
        assert!(
            up.contains("-- Where mig has the table `done`:\n--   INSERT INTO done"),
            "{up}"
        );
        assert!(
            down.contains("--   DELETE FROM done WHERE version = '2'"),
            "{down}"
        );
        return;
    }
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    chain.adopt(&mut client).unwrap();
    let run = |text: &str, client: &mut E::Client| {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('\\'))
            .collect();
        E::execute(client, &lines.join("\n"));
    };
    run(&up, &mut client);
    assert_eq!(versions::<E>(&mut client), ["1", "2", "3"]);
    chain.downgrade(&mut client, "b1").unwrap();
    run(&down, &mut client);
    assert_eq!(versions::<E>(&mut client), [""; 0]);
    // Without the table nothing is recorded there.
    let database = E::new();
    let mut client = database.connect();
    run(&script(&[], Goal::Upgrade(&head)), &mut client);
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
}

/// rusqlite_migration counts in `user_version`.
const COUNTED: &str = "\
-- adopt: rusqlite_migration
-- table: none

-- applied
SELECT user_version, 'upto' FROM pragma_user_version WHERE user_version > 0;

-- record
PRAGMA user_version = ?1;

-- unrecord
PRAGMA user_version = ?4;
";

fn count(client: &rusqlite::Connection) -> i64 {
    client
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_tool_that_counts_in_user_version() {
    for had in 0..=3 {
        let chain = ours(three(COUNTED)).load::<Sqlite>();
        let database = Sqlite::new();
        let mut client = database.connect();
        for step in &STEPS[..had] {
            client.execute_batch(step).unwrap();
        }
        client
            .execute_batch(&format!("PRAGMA user_version = {had}"))
            .unwrap();
        // Our own mark would be a number that the tool doesn't know.
        let mut migrator = Migrator::new(&chain).user_version(true);
        let report = migrator.run(&mut client).unwrap();
        assert_eq!(
            report.adopted.map_or(0, |adopted| adopted.revisions.len()),
            had
        );
        assert_eq!(numbers::<Sqlite>(&mut client), ["1", "2", "3", "4"]);
        assert_eq!(count(&client), 3);
        assert_eq!(
            migrator.run(&mut client).unwrap().outcome,
            Outcome::UpToDate
        );
        migrator.downgrade(&mut client, "b1").unwrap();
        assert_eq!(count(&client), 2);
        migrator.downgrade(&mut client, "base").unwrap();
        assert_eq!(count(&client), 0);
    }
}

#[test]
fn a_count_that_is_not_committed_is_rolled_back() {
    let chain = three(COUNTED)
        .sql("d1", "c1", "SELECT nothing FROM nowhere;", "")
        .load::<Sqlite>();
    let database = Sqlite::new();
    let mut client = database.connect();
    chain.run(&mut client).unwrap_err();
    assert_eq!(count(&client), 0);
}
