//! Long histories: each step of these would take minutes if it were quadratic.

use std::time::{Duration, Instant};

use migrate_chain::{Applied, Goal, Plan, Target};

use super::support::{anything, revision, try_load};

/// Debug builds are slow; `MIGRATE_SCALE=100000 cargo test --release` measures more.
fn len() -> usize {
    let given = std::env::var("MIGRATE_SCALE").ok();
    given.and_then(|len| len.parse().ok()).unwrap_or(20_000)
}

fn id(at: usize) -> String {
    format!("r{at:06}")
}

/// Loads, decodes, plans every way, and tells the milliseconds of each.
fn measure(what: &str, files: Vec<(String, String)>) {
    let len = files.len();
    let mut clock = Instant::now();
    let mut told = Vec::new();
    let mut lap = |name: &str| {
        told.push(format!("{name} {}", clock.elapsed().as_millis()));
        clock = Instant::now();
    };
    let loaded = try_load(files, &anything()).unwrap_or_else(|problems| panic!("{problems}"));
    lap("load");
    let heads = loaded
        .packed()
        .header()
        .unwrap()
        .effective_heads(migrate_chain::Dialect::Sqlite)
        .count();
    lap("header");
    let chain = loaded.packed().chain().unwrap();
    lap("decode");
    assert_eq!((chain.len(), chain.effective_heads().len()), (len, heads));

    let none = Applied::of_rows(&chain, &[]);
    let up = Plan::new(&chain, &none, Goal::Upgrade(&Target::HEADS)).unwrap();
    assert_eq!(up.steps.len(), len);
    lap("upgrade");
    let all = Applied::of_rows(&chain, &up.to);
    let down = Plan::new(&chain, &all, Goal::Downgrade(&Target::BASE)).unwrap();
    assert_eq!(down.steps.len(), len);
    lap("downgrade");
    let heads = [Target::HEADS];
    let stamp = Plan::new(&chain, &none, Goal::Stamp(&heads)).unwrap();
    assert_eq!(stamp.to, up.to);
    let named: Vec<Target> = up
        .to
        .iter()
        .map(|&at| Target::named(chain.get(at).id))
        .collect();
    if named.len() < 100 {
        assert_eq!(
            Plan::new(&chain, &none, Goal::Stamp(&named)).unwrap().to,
            up.to
        );
    }
    lap("stamp");
    let steps: Target = format!("base+{}", len / 2).parse().unwrap();
    let _ = Plan::new(&chain, &none, Goal::Upgrade(&steps));
    lap("walk");
    let mut found = 0;
    for at in 0..len {
        found += usize::from(chain.index_of(&id(at)).is_some());
        found += usize::from(chain.index_of("missing").is_some());
        found += usize::from(chain.labelled("missing").is_some());
        found += usize::from(chain.replacing("missing").is_some());
    }
    assert_eq!(found, len);
    lap("names");
    let first = chain.labels(0).count();
    let last = chain.labels(len - 1).count();
    let branch = chain.labels(len - 1).next().map(|label| Target {
        branch: Some(label.to_owned()),
        ..Target::HEADS
    });
    if let Some(branch) = branch {
        Plan::new(&chain, &none, Goal::Upgrade(&branch)).unwrap();
    }
    lap(&format!("labels ({first}, {last})"));
    let lock = loaded
        .chain_lock(&migrate_chain::chain_lock::ChainLock::default())
        .unwrap()
        .to_string();
    migrate_chain::chain_lock::ChainLock::parse("versions", &lock).unwrap();
    lap("chain.lock");
    println!("{what}, {len} revisions, milliseconds: {}", told.join(", "));
}

#[test]
fn a_line() {
    let files = (0..len()).map(|at| match at {
        0 => revision(&id(0), "none", ""),
        _ => revision(&id(at), &id(at - 1), ""),
    });
    measure("a line", files.collect());
}

/// With scripts to scan, as a real history has.
#[test]
fn a_line_of_scripts() {
    let files = (0..len()).map(|at| {
        let parent = at.checked_sub(1).map_or("none".to_owned(), id);
        let (path, text) = revision(&id(at), &parent, "");
        let upgrade = format!("-- upgrade\nCREATE TABLE t{at} (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x;y');\nCREATE INDEX t{at}_name ON t{at} (name);\n");
        let text = text
            .replace("-- upgrade: nothing\n", &upgrade)
            .replace("-- downgrade: nothing\n", &format!("-- downgrade\nDROP TABLE t{at};\n"));
        (path, text)
    });
    measure("a line of scripts", files.collect());
}

/// A line of revisions whose names are in the opposite order, with a label, a dependency and a squash everywhere.
#[test]
fn a_line_of_labels() {
    let len = len();
    let files = (0..len).map(|at| {
        let fingerprint = "0".repeat(64);
        let mut more = format!(
            "-- branch_labels: label{at}\n-- replaces: x{at}, y{at}\n-- fingerprint (sqlite): {fingerprint}\n"
        );
        if at > 1 {
            more += &format!("-- depends_on: {}\n", id(at / 2));
        }
        let parent = at.checked_sub(1).map_or("none".to_owned(), id);
        let (path, text) = revision(&id(at), &parent, &more);
        (format!("{:06}-{path}", len - at), text)
    });
    measure("a line of labels", files.collect());
}

/// A branch and a merge, again and again.
#[test]
fn a_ladder() {
    let files = (0..len()).map(|at| match at % 3 {
        _ if at == 0 => revision(&id(0), "none", ""),
        0 => revision(&id(at), &format!("{}, {}", id(at - 1), id(at - 2)), ""),
        1 => revision(
            &id(at),
            &id(at - 1),
            &format!("-- branch_labels: label{at}\n"),
        ),
        _ => revision(&id(at), &id(at - 2), ""),
    });
    measure("a ladder", files.collect());
}

/// As many branches as revisions, from one base, each with a label; one merge of all.
#[test]
fn a_fan() {
    let len = len();
    let files = (0..len).map(|at| match at {
        0 => revision(&id(0), "none", ""),
        _ if at == len - 1 => {
            let parents: Vec<String> = (1..len - 1).map(id).collect();
            revision(&id(at), &parents.join(", "), "")
        }
        _ => revision(&id(at), &id(0), &format!("-- branch_labels: label{at}\n")),
    });
    measure("a fan", files.collect());
}

/// Nothing but heads, which are bases as well.
#[test]
fn dust() {
    measure(
        "dust",
        (0..len()).map(|at| revision(&id(at), "none", "")).collect(),
    );
}

/// Twice the problems take about twice the time, wherever they are, and twenty of them are told.
#[test]
fn problems_cost_what_they_are() {
    let header = "-- a\n-- revision: a1\n-- down_revision: none\n\n";
    let sections = |n: usize| format!("{header}{}", "-- upgrade (nothing like it)\n".repeat(n));
    let twice = |n: usize| format!("{header}{}", "-- upgrade: nothing\n".repeat(n));
    let blank = |n: usize| format!("{header}{}", "-- upgrade\n".repeat(n));
    let statements = |n: usize| format!("{header}-- upgrade\n{}", "COMMIT;\n".repeat(n));
    let one_line = |n: usize| format!("{header}-- upgrade\n{}", "COMMIT;".repeat(n));
    let keys = |n: usize| format!("-- a\n-- revision: a1\n{}", "-- nokey: x\n".repeat(n));
    let shapes: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("sections", &sections),
        ("twice", &twice),
        ("blank", &blank),
        ("statements", &statements),
        ("one line", &one_line),
        ("keys", &keys),
    ];
    for (name, text) in shapes {
        let took = |n: usize| {
            let started = Instant::now();
            let problems = try_load([("a1.sql", text(n))], &anything()).unwrap_err();
            let took = started.elapsed();
            assert!(problems.len() >= n - 1, "{name}: {}", problems.len());
            assert_eq!(problems.iter().count(), 20, "{name}");
            let told = problems.to_string();
            assert!(told.len() < 20_000, "{name}: {}", told.len());
            assert!(
                told.ends_with(&format!("and {} more", problems.len() - 20)),
                "{name}"
            );
            took
        };
        took(1_000);
        let (few, many) = (took(2_500), took(20_000));
        assert!(
            many < few * 24 + Duration::from_millis(200),
            "{name}: {few:?}, then {many:?}"
        );
    }
    // And those of many files.
    let files = |n: usize| {
        let file = |at: usize| {
            let id = format!("r{at}");
            let text = format!(
                "-- a\n-- revision: {id}\n-- down_revision: none{at}x\n\n-- upgrade\nBEGIN;\n"
            );
            (format!("{id}.sql"), text)
        };
        let started = Instant::now();
        let problems = try_load((0..n).map(file), &anything()).unwrap_err();
        assert_eq!((problems.len(), problems.iter().count()), (3 * n, 20));
        started.elapsed()
    };
    files(100);
    let (few, many) = (files(250), files(2_000));
    assert!(
        many < few * 24 + Duration::from_millis(200),
        "files: {few:?}, then {many:?}"
    );
}
