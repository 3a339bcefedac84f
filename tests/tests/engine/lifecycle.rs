//! Every operation, on databases with rows in them.

use migrate_runtime::{
    Act, Changed, Direction, ErrorKind, Event, Goal, Migrations, Migrator, OnAhead, Outcome,
    Startup, Transactions,
};

use crate::support::{Engine, Versions, ids, shop};

on_both!(
    a_start_applies_everything_once,
    targets_move_the_database_up_and_down,
    a_stamp_records_without_running,
    a_purge_forgets_what_nobody_knows,
    reading_creates_nothing,
    history_and_log_tell_what_is_applied,
    every_edit_is_found,
    a_person_may_say_no,
    a_plan_is_told_on_a_line,
    startup_can_check_or_skip,
    a_newer_database_is_judged_by_its_history,
    each_step_may_have_its_own_transaction,
    an_irreversible_step_is_refused_before_anything_runs,
);

fn a_start_applies_everything_once<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    E::execute(
        &mut client,
        "CREATE TABLE before (x TEXT); INSERT INTO before VALUES ('kept')",
    );
    let report = shop.run(&mut client).unwrap();
    assert_eq!(report.outcome, Outcome::Applied);
    assert_eq!((report.from, report.to), (ids(&[]), ids(&["d1"])));
    let steps = report.steps.iter().map(|done| done.step.to_string());
    assert_eq!(
        steps.collect::<Vec<_>>(),
        [
            "upgrade  -> a1, make a1",
            "upgrade a1 -> b1, make b1",
            "upgrade b1 -> c1, make c1",
            "upgrade c1 -> d1, make d1"
        ]
    );
    assert_eq!(report.waited, None);
    let names = E::column(&mut client, "SELECT name FROM author ORDER BY id");
    assert_eq!(names, ["ADA", "GRACE"]);
    assert_eq!(E::column(&mut client, "SELECT x FROM before"), ["kept"]);

    let before = database.dump();
    for mut client in [client, database.connect()] {
        let report = shop.run(&mut client).unwrap();
        assert_eq!(report.outcome, Outcome::UpToDate);
        assert_eq!((report.from, report.to), (ids(&["d1"]), ids(&["d1"])));
        assert!(report.steps.is_empty());
    }
    assert_eq!(database.dump(), before);
}

fn targets_move_the_database_up_and_down<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    let empty = database.made();
    // What the database looks like at each revision.
    let mut looks = vec![empty];
    for (at, id) in ["a1", "b1", "c1", "d1"].into_iter().enumerate() {
        let target = if at % 2 == 0 { "+1" } else { id };
        let report = shop.upgrade(&mut client, target).unwrap();
        assert_eq!(report.to, ids(&[id]));
        assert_eq!(report.steps.len(), 1);
        assert_eq!(shop.current(&mut client).unwrap(), ids(&[id]));
        let look = database.made();
        assert!(!looks.contains(&look), "{id} changes nothing:\n{look}");
        looks.push(look);
    }
    for (target, at) in [("-1", 3), ("a1", 1), ("base", 0)] {
        let report = shop.downgrade(&mut client, target).unwrap();
        let directions = report.steps.iter().map(|done| done.step.direction);
        assert!(
            directions
                .into_iter()
                .all(|way| way == Direction::Downgrade)
        );
        assert_eq!(database.made(), looks[at], "downgrade {target}");
    }
    assert_eq!(shop.current(&mut client).unwrap(), ids(&[]));
    assert_eq!(shop.run(&mut client).unwrap().steps.len(), 4);
    assert_eq!(database.made(), looks[4]);

    for (target, kind) in [
        ("nope", ErrorKind::Target),
        ("+9", ErrorKind::Target),
        ("a b", ErrorKind::Usage),
    ] {
        let before = database.dump();
        let error = shop.upgrade(&mut client, target).unwrap_err();
        assert_eq!(error.kind(), kind, "{target}: {error}");
        assert_eq!(database.dump(), before);
    }
}

fn a_stamp_records_without_running<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    let empty = database.made();
    let report = shop.stamp(&mut client, &["c1"]).unwrap();
    assert_eq!(report.to, ids(&["c1"]));
    assert_eq!(database.made(), empty);
    assert_eq!(E::heads(&mut client), ["c1"]);
    let acts: Vec<_> = shop.log(&mut client).unwrap();
    let acts: Vec<_> = acts
        .iter()
        .map(|entry| (entry.revision.as_str(), entry.act))
        .collect();
    assert_eq!(
        acts,
        [("a1", Act::Stamp), ("b1", Act::Stamp), ("c1", Act::Stamp)]
    );
    // Back only for who says so: the next upgrade would run again what is recorded as applied.
    let before = database.dump();
    for target in ["a1", "base"] {
        let error = shop.stamp(&mut client, &[target]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Target, "{error:#}");
        let says = format!("a stamp from c1 to {target} would move the record back");
        assert_eq!(error.to_string(), says);
        assert_eq!(database.dump(), before);
    }
    let mut back = Migrator::new(&shop).stamp_back(true);
    back.stamp(&mut client, &["a1"]).unwrap();
    let log = shop.log(&mut client).unwrap();
    let acts: Vec<_> = log[3..]
        .iter()
        .map(|entry| (entry.revision.as_str(), entry.act))
        .collect();
    assert_eq!(acts, [("c1", Act::Unstamp), ("b1", Act::Unstamp)]);
    back.stamp(&mut client, &["base"]).unwrap();
    assert!(E::heads(&mut client).is_empty());
    assert_eq!(database.made(), empty);
    // What was never applied is pending.
    assert_eq!(shop.run(&mut client).unwrap().steps.len(), 4);
}

fn a_purge_forgets_what_nobody_knows<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    shop.run(&mut client).unwrap();
    let made = database.made();
    E::execute(
        &mut client,
        "INSERT INTO migrate_revision VALUES ('main', 'zz', 'no fingerprint'), ('other', 'zz', 'x')",
    );
    let before = database.dump();
    let error = shop.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown);
    assert_eq!(error.revision(), Some("zz"));
    assert_eq!(
        shop.stamp(&mut client, &["d1"]).unwrap_err().kind(),
        ErrorKind::Unknown
    );
    assert_eq!(database.dump(), before);

    let report = shop.stamp_purge(&mut client, &["d1"]);
    // An unknown head is in the way of judging the state, which a purge does without.
    let report = report.unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(report.to, ids(&["d1"]));
    let recorded = E::rows(
        &mut client,
        "SELECT chain, revision FROM migrate_revision ORDER BY 1",
    );
    assert_eq!(recorded, [["main", "d1"], ["other", "zz"]]);
    assert_eq!(database.made(), made);
    assert_eq!(shop.run(&mut client).unwrap().outcome, Outcome::UpToDate);
}

fn reading_creates_nothing<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    let empty = database.dump();
    assert_eq!(shop.current(&mut client).unwrap(), ids(&[]));
    assert_eq!(shop.log(&mut client).unwrap(), []);
    assert_eq!(shop.verify(&mut client).unwrap(), []);
    assert!(
        (shop.history(&mut client).unwrap().iter()).all(|entry| !entry.applied && !entry.current)
    );
    let plan = shop
        .plan(&mut client, Goal::Upgrade(&"head".parse().unwrap()))
        .unwrap();
    assert_eq!((plan.from, plan.to), (ids(&[]), ids(&["d1"])));
    assert_eq!(plan.steps.len(), 4);
    let plan = shop
        .plan(&mut client, Goal::Downgrade(&"base".parse().unwrap()))
        .unwrap();
    assert!(plan.is_empty());
    assert_eq!(
        shop.downgrade(&mut client, "base").unwrap().outcome,
        Outcome::UpToDate
    );
    assert_eq!(database.dump(), empty);
}

fn history_and_log_tell_what_is_applied<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    shop.upgrade(&mut client, "b1").unwrap();
    shop.downgrade(&mut client, "-1").unwrap();
    shop.upgrade(&mut client, "c1").unwrap();
    let history = shop.history(&mut client).unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|entry| {
            (
                entry.revision.as_str(),
                entry.applied,
                entry.current,
                entry.head,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("d1", false, false, true),
            ("c1", true, true, false),
            ("b1", true, false, false),
            ("a1", true, false, false)
        ]
    );
    assert_eq!(history[0].path, "versions/d1.sql");
    assert_eq!(history[0].down_revision, ids(&["c1"]));
    let log = shop.log(&mut client).unwrap();
    let acts: Vec<_> = log
        .iter()
        .map(|entry| (entry.revision.as_str(), entry.act))
        .collect();
    assert_eq!(
        acts,
        [
            ("a1", Act::Upgrade),
            ("b1", Act::Upgrade),
            ("b1", Act::Downgrade),
            ("b1", Act::Upgrade),
            ("c1", Act::Upgrade)
        ]
    );
    assert_eq!(log[1].message, "make b1");
    assert_eq!(log[1].down_revision, ids(&["a1"]));
    assert!(
        log.windows(2)
            .all(|pair| pair[0].started_at <= pair[1].started_at)
    );
}

fn every_edit_is_found<E: Engine>() {
    let chain = |a: &str, c: &str, down: &str| -> Migrations {
        Versions::new()
            .sql("a1", "", a, "")
            .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "")
            .sql("c1", "b1", c, "")
            .sql("d1", down, "CREATE TABLE d (x INTEGER);", "DROP TABLE d;")
            .load::<E>()
    };
    let (a, c) = ("CREATE TABLE a (x INTEGER);", "CREATE TABLE c (x INTEGER);");
    let database = E::new();
    let mut client = database.connect();
    chain(a, c, "c1").run(&mut client).unwrap();
    let before = database.dump();
    assert_eq!(chain(a, c, "c1").verify(&mut client).unwrap(), []);

    let edited = chain("CREATE TABLE a (x TEXT);", &format!("{c} -- more"), "c1");
    let found = edited.verify(&mut client).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|difference| {
            (
                difference.revision.as_str(),
                difference.path.as_str(),
                difference.what,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("a1", "versions/a1.sql", Changed::Content),
            ("c1", "versions/c1.sql", Changed::Content)
        ]
    );
    let error = edited.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Edited);
    assert_eq!(error.revision(), Some("a1"));
    let line = error.to_string();
    assert!(
        line.starts_with("revision `a1` (versions/a1.sql) was edited after it was applied at 2"),
        "{line}"
    );

    let moved = chain(a, c, "b1");
    let found = moved.verify(&mut client).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].revision.as_str(), found[0].what),
        ("d1", Changed::Ancestry)
    );
    assert_eq!(
        moved.run(&mut client).unwrap_err().kind(),
        ErrorKind::Edited
    );
    assert_eq!(database.dump(), before);

    // Line ends and white space at their ends are nothing.
    let reformatted = chain(&format!("{a}  \r\n\r\n"), c, "c1");
    assert_eq!(reformatted.verify(&mut client).unwrap(), []);
    assert_eq!(
        reformatted.run(&mut client).unwrap().outcome,
        Outcome::UpToDate
    );
}

fn a_person_may_say_no<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    let empty = database.dump();
    let mut shown = String::new();
    let report = Migrator::new(&shop)
        .ask(|plan| {
            shown = plan.to_string();
            false
        })
        .run(&mut client)
        .unwrap();
    assert_eq!(report.outcome, Outcome::Skipped);
    assert_eq!(shown.lines().count(), 4, "{shown}");
    assert_eq!(database.dump(), empty);

    let mut asked = 0;
    let report = Migrator::new(&shop)
        .ask(|_| {
            asked += 1;
            true
        })
        .run(&mut client)
        .unwrap();
    assert_eq!(report.outcome, Outcome::Applied);
    assert_eq!(asked, 1, "the same plan is shown once");

    // Another process goes ahead while the person thinks: what is left is another question.
    let mut other = database.connect();
    shop.downgrade(&mut client, "a1").unwrap();
    let mut plans = Vec::new();
    let report = Migrator::new(&shop)
        .ask(|plan| {
            if plans.is_empty() {
                shop.upgrade(&mut other, "b1").unwrap();
            }
            plans.push(plan.steps.len());
            plans.len() < 2
        })
        .run(&mut client)
        .unwrap();
    assert_eq!(plans, [3, 2]);
    assert_eq!(E::heads(&mut client), ["b1"]);
    assert_eq!(report.outcome, Outcome::Skipped);
}

fn a_plan_is_told_on_a_line<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    let mut told = Vec::new();
    let mut migrator = Migrator::new(&shop).on_event(|event| {
        if let Event::Planned { .. } = event {
            told.push(event.to_string());
        }
    });
    migrator.upgrade(&mut client, "c1").unwrap();
    migrator.upgrade(&mut client, "head").unwrap();
    migrator.downgrade(&mut client, "base").unwrap();
    drop(migrator);
    assert_eq!(
        told,
        [
            "Planned 3 steps, from base to c1: a1, b1, c1",
            "Planned 1 step, from c1 to d1: d1",
            "Planned 4 steps, from d1 to base: d1, c1, b1, a1",
        ]
    );
}

fn startup_can_check_or_skip<E: Engine>() {
    let (database, shop) = (E::new(), shop().load::<E>());
    let mut client = database.connect();
    let empty = database.dump();
    let check = || Migrator::new(&shop).startup(Startup::Check);
    let error = check().run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pending);
    assert_eq!(error.to_string(), "4 revisions are pending");
    let skip = || Migrator::new(&shop).startup(Startup::Skip);
    assert_eq!(skip().run(&mut client).unwrap().outcome, Outcome::Skipped);
    assert_eq!(database.dump(), empty);
    // A command is a command, whatever the start would do.
    assert_eq!(skip().upgrade(&mut client, "c1").unwrap().to, ids(&["c1"]));
    assert_eq!(
        check().run(&mut client).unwrap_err().to_string(),
        "1 revision is pending"
    );
    shop.run(&mut client).unwrap();
    assert_eq!(check().run(&mut client).unwrap().outcome, Outcome::UpToDate);
}

fn a_newer_database_is_judged_by_its_history<E: Engine>() {
    let old = || Versions::new().sql("a1", "", "CREATE TABLE a (x INTEGER);", "DROP TABLE a;");
    let newer = old().sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "DROP TABLE b;");
    let breaking = newer.clone().with(
        "c1",
        "b1",
        "-- breaking: x is gone\n",
        "-- upgrade\nDROP TABLE a;\n\n-- downgrade\nCREATE TABLE a (x INTEGER);",
    );
    let other = old().sql("z1", "a1", "CREATE TABLE z (x INTEGER);", "");
    let (old, newer, breaking, other) = (
        old().load::<E>(),
        newer.load::<E>(),
        breaking.load::<E>(),
        other.load::<E>(),
    );
    let database = E::new();
    let mut client = database.connect();
    Migrator::new(&newer)
        .app_version("2.0")
        .run(&mut client)
        .unwrap();
    let before = database.dump();

    let report = old.run(&mut client).unwrap();
    assert_eq!(report.outcome, Outcome::Ahead);
    assert_eq!(report.ahead, ids(&["b1"]));
    let on = |what| Migrator::new(&old).on_ahead(what);
    let error = on(OnAhead::Refuse).run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ahead);
    assert!(format!("{error:#}").contains("by release 2.0"), "{error:#}");
    let error = other.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged, "{error:#}");
    assert_eq!(database.dump(), before);

    breaking.run(&mut client).unwrap();
    let before = database.dump();
    let error = old.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ahead);
    assert_eq!(
        error.to_string(),
        "the database has `c1`, which breaks older releases such as this one: x is gone"
    );
    let report = on(OnAhead::Allow).run(&mut client).unwrap();
    assert_eq!(report.ahead, ids(&["c1", "b1"]));
    assert_eq!(database.dump(), before);

    // Down and up again, the last word of the history counts.
    breaking.downgrade(&mut client, "a1").unwrap();
    assert_eq!(old.run(&mut client).unwrap().outcome, Outcome::UpToDate);
}

fn each_step_may_have_its_own_transaction<E: Engine>() {
    let chain = |last: &str| shop().sql("e1", "d1", last, "").load::<E>();
    let (broken, mended) = (chain("SELEC 1;"), chain("CREATE TABLE e (x INTEGER);"));
    let database = E::new();
    let mut client = database.connect();
    let per_step = |chain| Migrator::new(chain).transactions(Transactions::PerStep);
    let goal = Goal::Upgrade(&"head".parse().unwrap());
    let plan = per_step(&broken).plan(&mut client, goal).unwrap();
    let numbers = plan.steps.iter().map(|step| step.transaction);
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        (0..5).map(Some).collect::<Vec<_>>()
    );
    let error = per_step(&broken).run(&mut client).unwrap_err();
    assert_eq!(error.revision(), Some("e1"));
    assert_eq!(E::heads(&mut client), ["d1"]);
    let names = E::column(&mut client, "SELECT name FROM author ORDER BY id");
    assert_eq!(names, ["ADA", "GRACE"]);
    let report = per_step(&mended).run(&mut client).unwrap();
    assert_eq!((report.from, report.to), (ids(&["d1"]), ids(&["e1"])));
    assert_eq!(report.steps.len(), 1);
}

fn an_irreversible_step_is_refused_before_anything_runs<E: Engine>() {
    let chain = shop()
        .with(
            "e1",
            "d1",
            "",
            "-- upgrade\nDELETE FROM book;\n\n-- irreversible: the books are gone",
        )
        .sql("f1", "e1", "CREATE TABLE f (x INTEGER);", "DROP TABLE f;")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    chain.run(&mut client).unwrap();
    let before = database.dump();
    let error = chain.downgrade(&mut client, "d1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Irreversible);
    assert_eq!(error.revision(), Some("e1"));
    assert_eq!(
        error.to_string(),
        "`e1` is irreversible: the books are gone"
    );
    assert_eq!(database.dump(), before);
    chain.downgrade(&mut client, "e1").unwrap();
    assert_eq!(E::heads(&mut client), ["e1"]);
}
