//! Chains that are no line: branches, merges, dependencies, several bases and heads.

use std::collections::BTreeSet;

use migrate_runtime::{ErrorKind, Migrations, Outcome};
use migrate_tests::Dag;
use migrate_tests::dag::Draw;

use crate::support::{Engine, Versions, ids};

on_both!(
    branches_meet_in_a_merge,
    a_dependency_comes_first,
    several_heads_are_up_to_date_together,
    own_transactions_split_the_plan,
    random_histories_go_up_and_down,
);

fn table(id: &str) -> (String, String) {
    (
        format!("CREATE TABLE t_{id} (x INTEGER); INSERT INTO t_{id} VALUES (1);"),
        format!("DROP TABLE t_{id};"),
    )
}

fn with(versions: Versions, id: &str, down: &str, header: &str) -> Versions {
    let (up, undo) = table(id);
    versions.with(
        id,
        down,
        header,
        &format!("-- upgrade\n{up}\n\n-- downgrade\n{undo}"),
    )
}

/// The tables that a chain's revisions left, by revision.
fn tables<E: Engine>(client: &mut E::Client) -> Vec<String> {
    let sql = match E::DIALECT {
        migrate_runtime::Dialect::Sqlite => {
            "SELECT substr(name, 3) FROM sqlite_master WHERE name LIKE 't\\_%' ESCAPE '\\' ORDER BY 1"
        }
        _ => {
            "SELECT substr(relname, 3) FROM pg_class WHERE relname LIKE 't\\_%' AND relkind = 'r' ORDER BY 1"
        }
    };
    E::column(client, sql)
}

fn applied<E: Engine>(migrations: &Migrations, client: &mut E::Client) -> Vec<String> {
    let mut applied: Vec<_> = (migrations.history(client).unwrap().into_iter())
        .filter(|entry| entry.applied)
        .map(|entry| entry.revision)
        .collect();
    applied.sort();
    applied
}

fn branches_meet_in_a_merge<E: Engine>() {
    let versions = with(Versions::new(), "a1", "", "");
    let versions = with(versions, "b1", "a1", "-- branch_labels: left\n");
    let versions = with(versions, "c1", "a1", "-- branch_labels: right\n");
    let versions = with(versions, "c2", "c1", "");
    let migrations = with(versions, "m1", "b1, c2", "").load::<E>();
    let database = E::new();
    let mut client = database.connect();
    migrations.upgrade(&mut client, "left@b1").unwrap();
    assert_eq!(E::heads(&mut client), ["b1"]);
    migrations.upgrade(&mut client, "c1").unwrap();
    assert_eq!(E::heads(&mut client), ["b1", "c1"]);
    assert_eq!(tables::<E>(&mut client), ["a1", "b1", "c1"]);

    let report = migrations.run(&mut client).unwrap();
    assert_eq!(report.from, ids(&["b1", "c1"]));
    assert_eq!(report.to, ids(&["m1"]));
    assert_eq!(E::heads(&mut client), ["m1"]);
    assert_eq!(
        migrations.run(&mut client).unwrap().outcome,
        Outcome::UpToDate
    );

    let report = migrations.downgrade(&mut client, "c2").unwrap();
    assert_eq!(E::heads(&mut client), ["b1", "c2"]);
    assert_eq!(report.steps.len(), 1);
    assert_eq!(
        report.steps[0].step.to_string(),
        "downgrade m1 -> b1, c2, make m1"
    );
    migrations.downgrade(&mut client, "base").unwrap();
    assert!(E::heads(&mut client).is_empty());
    assert!(tables::<E>(&mut client).is_empty());
}

fn a_dependency_comes_first<E: Engine>() {
    let versions = with(Versions::new(), "x1", "", "");
    let versions = with(versions, "x2", "x1", "");
    let migrations = with(versions, "y1", "", "-- depends_on: x1\n").load::<E>();
    let database = E::new();
    let mut client = database.connect();
    migrations.upgrade(&mut client, "y1").unwrap();
    assert_eq!(tables::<E>(&mut client), ["x1", "y1"]);
    assert_eq!(applied::<E>(&migrations, &mut client), ids(&["x1", "y1"]));
    migrations.run(&mut client).unwrap();
    assert_eq!(E::heads(&mut client), ["x2", "y1"]);
    let before = database.dump();
    migrations.run(&mut client).unwrap();
    assert_eq!(database.dump(), before);
    // What depends on it goes first.
    let report = migrations.downgrade(&mut client, "base").unwrap();
    let order: Vec<_> = report
        .steps
        .iter()
        .map(|done| done.step.revision.as_str())
        .collect();
    let at = |id| order.iter().position(|other| *other == id);
    assert!(at("y1") < at("x1") && at("x2") < at("x1"), "{order:?}");
    assert!(tables::<E>(&mut client).is_empty());
}

fn several_heads_are_up_to_date_together<E: Engine>() {
    let versions = with(Versions::new(), "a1", "", "");
    let versions = with(versions, "b1", "a1", "");
    let versions = with(versions, "c1", "a1", "");
    let migrations = with(versions, "z1", "", "").load::<E>();
    let database = E::new();
    let mut client = database.connect();
    let error = migrations.upgrade(&mut client, "head").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Target, "{error:#}");
    migrations.run(&mut client).unwrap();
    assert_eq!(E::heads(&mut client), ["b1", "c1", "z1"]);
    let mut current = migrations.current(&mut client).unwrap();
    current.sort();
    assert_eq!(current, ids(&["b1", "c1", "z1"]));
    assert_eq!(
        migrations.run(&mut client).unwrap().outcome,
        Outcome::UpToDate
    );
    // One of them missing is not up to date.
    migrations.stamp_purge(&mut client, &["b1", "c1"]).unwrap();
    E::execute(&mut client, "DROP TABLE t_z1");
    let report = migrations.run(&mut client).unwrap();
    assert_eq!(report.steps.len(), 1);
    assert_eq!(report.steps[0].step.revision, "z1");
}

fn own_transactions_split_the_plan<E: Engine>() {
    let chain = |last: &str| {
        Versions::new()
            .sql("a1", "", "CREATE TABLE t_a1 (x INTEGER);", "")
            .with(
                "b1",
                "a1",
                "",
                "-- upgrade (own transaction)\nCREATE TABLE t_b1 (x INTEGER);\n\n-- downgrade: nothing",
            )
            .sql("c1", "b1", "CREATE TABLE t_c1 (x INTEGER);", "")
            .sql("d1", "c1", last, "")
            .load::<E>()
    };
    let database = E::new();
    let mut client = database.connect();
    let error = chain("SELEC 1;").run(&mut client).unwrap_err();
    assert_eq!(error.revision(), Some("d1"));
    // The first two transactions stay, and the error says so.
    assert_eq!(tables::<E>(&mut client), ["a1", "b1"]);
    assert_eq!(E::heads(&mut client), ["b1"]);
    let story = format!("{error:#}");
    assert!(story.contains("b1"), "{story}");
    let report = chain("SELECT 1;").run(&mut client).unwrap();
    assert_eq!(report.steps.len(), 2);
}

fn random_histories_go_up_and_down<E: Engine>() {
    for seed in 0..6_u64 {
        let dag = Dag::random(seed, 14);
        let versions = dag
            .files()
            .into_iter()
            .fold(Versions::new(), |versions, (path, text)| {
                versions.file(&path.replace('/', "-"), &text)
            });
        let migrations = versions.load::<E>();
        let database = E::new();
        let mut client = database.connect();
        let mut draw = Draw::new(seed);
        for turn in 0..10 {
            let node = &dag.nodes[draw.below(dag.nodes.len())];
            let up = draw.percent(60);
            let done = if up {
                migrations.upgrade(&mut client, &node.id)
            } else {
                migrations.downgrade(&mut client, &node.id)
            };
            if let Err(error) = done {
                // A target above or beside what is applied is the caller's mistake.
                assert!(
                    matches!(error.kind(), ErrorKind::Target | ErrorKind::Usage),
                    "seed {seed}, turn {turn}: {error:#}"
                );
            }
            check::<E>(&dag, &migrations, &mut client);
        }
        migrations.run(&mut client).unwrap();
        assert_eq!(applied::<E>(&migrations, &mut client).len(), 14);
        assert_eq!(
            migrations.run(&mut client).unwrap().outcome,
            Outcome::UpToDate
        );
        check::<E>(&dag, &migrations, &mut client);
        migrations.downgrade(&mut client, "base").unwrap();
        check::<E>(&dag, &migrations, &mut client);
        assert!(E::heads(&mut client).is_empty());
    }
}

/// The tables, the audit log and the recorded heads say the same.
fn check<E: Engine>(dag: &Dag, migrations: &Migrations, client: &mut E::Client) {
    let applied = applied::<E>(migrations, client);
    let sql = match E::DIALECT {
        migrate_runtime::Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE name LIKE 'made%'"
        }
        _ => "SELECT relname FROM pg_class WHERE relname LIKE 'made%' AND relkind = 'r'",
    };
    let made: BTreeSet<String> = E::column(client, sql).into_iter().collect();
    let wanted = dag.nodes.iter().enumerate();
    let wanted = wanted
        .filter(|(_, node)| applied.contains(&node.id))
        .map(|(at, _)| Dag::table(at));
    assert_eq!(made, wanted.collect());
    let mut last = std::collections::BTreeMap::new();
    for entry in migrations.log(client).unwrap() {
        last.insert(entry.revision, entry.act);
    }
    last.retain(|_, act| *act == migrate_runtime::Act::Upgrade);
    assert_eq!(last.into_keys().collect::<Vec<_>>(), applied);
    assert_eq!(migrations.verify(client).unwrap(), []);
}
