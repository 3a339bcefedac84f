//! chain.lock: what it keeps, and what it forbids.

use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{Dialect, Loaded, Options, Problems};
use migrate_tests::Dag;
use proptest::prelude::*;

use super::support::{load_dag, try_load};

fn revision(id: &str, parent: &str, script: &str) -> (String, String) {
    let text = format!(
        "-- {id}\n-- revision: {id}\n-- down_revision: {parent}\n\n-- upgrade\nSELECT '{script}';\n-- downgrade\nSELECT 0;\n"
    );
    (format!("{id}.sql"), text)
}

fn two() -> Vec<(String, String)> {
    vec![revision("a1", "none", "a"), revision("b1", "a1", "b")]
}

fn load(files: &[(String, String)], lock: &str, dialects: &[Dialect]) -> Result<Loaded, Problems> {
    let mut options = Options::new("versions");
    options.dialects = dialects.to_vec();
    let lock = ("chain.lock".to_owned(), lock.to_owned());
    try_load(files.iter().cloned().chain([lock]), &options)
}

fn lock_of(files: &[(String, String)]) -> ChainLock {
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite];
    try_load(files.to_vec(), &options)
        .unwrap_or_else(|p| panic!("{p}"))
        .chain_lock()
        .unwrap()
}

/// The lock of two revisions, the first one sealed.
fn sealed() -> String {
    let files = two();
    let mut first = lock_of(&files[..1]);
    first.release("v1").unwrap();
    let both = lock_of(&files).to_string();
    let last = both.lines().last().unwrap();
    format!("{first}{last}\n")
}

/// What is wrong, one `place message` each.
fn told(files: &[(String, String)], lock: &str) -> Vec<String> {
    match load(files, lock, &[Dialect::Sqlite]) {
        Ok(_) => Vec::new(),
        Err(problems) => problems
            .iter()
            .map(|p| format!("{} {}", p.place.as_ref().unwrap(), p.message))
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(seed in any::<u64>(), len in 1usize..40) {
        let dag = Dag::random(seed, len);
        let loaded = load_dag(&dag);
        let mut lock = loaded.chain_lock().unwrap();
        let open = lock.to_string();
        prop_assert_eq!(ChainLock::parse("versions", &open).unwrap().to_string(), open);
        let chain = loaded.encoded.clone();
        lock.release("v1.2.0").unwrap();
        let text = lock.to_string();
        let read = ChainLock::parse("versions", &text.replace('\n', "\r\n")).unwrap();
        prop_assert_eq!(read.to_string(), text.clone());
        prop_assert!(read.entries.iter().all(|entry| entry.sealed.as_deref() == Some("v1.2.0")));
        // The directory agrees with its own lock, and keeps the seals.
        let mut files = dag.files();
        files.push(("chain.lock".to_owned(), text.clone()));
        let again = try_load(files, &super::support::anything()).unwrap();
        prop_assert_eq!(again.chain_lock().unwrap().to_string(), text);
        prop_assert_eq!(again.encoded, chain);
    }

    #[test]
    fn no_lock_panics(text in "[a-z0-9:# <=>|\\r\\n\u{feff}é-]{0,120}") {
        let _ = ChainLock::parse("versions", &text);
    }
}

#[test]
fn a_stale_lock() {
    let files = two();
    let lock = lock_of(&files).to_string();
    assert_eq!(told(&files, &lock), [""; 0]);
    let mut three = files.clone();
    three.push(revision("c1", "b1", "c"));
    assert_eq!(
        told(&three, &lock),
        ["versions/chain.lock chain.lock is stale: `c1` (versions/c1.sql) is not in it"]
    );
    assert_eq!(
        told(&files[..1], &lock),
        ["versions/chain.lock:4 chain.lock is stale: `b1` is no longer there"]
    );
    let edited = [files[0].clone(), revision("b1", "a1", "other")];
    assert_eq!(
        told(&edited, &lock),
        ["versions/chain.lock:4 chain.lock is stale: `b1` (versions/b1.sql) was edited"]
    );
    let both = [
        revision("a1", "none", "other"),
        revision("b1", "a1", "other"),
    ];
    assert_eq!(
        told(&both, &lock),
        [
            "versions/chain.lock:3 chain.lock is stale: `a1` (versions/a1.sql) was edited, `b1` (versions/b1.sql) was edited"
        ]
    );
    let many: Vec<_> = (0..9)
        .map(|n| {
            revision(
                &format!("r{n}"),
                &match n {
                    0 => "none".to_owned(),
                    n => format!("r{}", n - 1),
                },
                "x",
            )
        })
        .collect();
    let [stale] = &told(&many, "")[..] else {
        panic!("one problem");
    };
    assert!(stale.ends_with("is not in it, and 6 more"), "{stale}");
    let lines: Vec<&str> = lock.lines().collect();
    let swapped = format!("{}\n{}\n", lines[3], lines[2]);
    assert_eq!(
        told(&files, &swapped),
        ["versions/chain.lock chain.lock is stale: its lines are in another order"]
    );
    let twice = format!("{lock}{}\n", lines[3]);
    assert_eq!(
        told(&files, &twice),
        ["versions/chain.lock:5 chain.lock is stale: `b1` is listed twice"]
    );
}

#[test]
fn what_is_sealed_stays() {
    let lock = sealed();
    let files = two();
    assert_eq!(told(&files, &lock), [""; 0]);
    let edited = [revision("a1", "none", "other"), files[1].clone()];
    assert_eq!(
        told(&edited, &lock),
        ["versions/a1.sql the upgrade of `a1` was edited after v1 sealed it"]
    );
    // The downgrade, the header and white space may change.
    let text = files[0]
        .1
        .replace("SELECT 0", "SELECT 9")
        .replace("-- a1\n", "-- other\n")
        .replace('\n', "  \r\n");
    assert_eq!(
        told(&[("a1.sql".to_owned(), text), files[1].clone()], &lock),
        [""; 0]
    );
    // A missing one is told even when nothing is stale but that.
    let alone = [revision("b1", "none", "b")];
    let told = told(&alone, &lock);
    assert_eq!(
        told,
        ["versions/chain.lock:3 `a1`, sealed by v1, is missing from the directory"]
    );
}

/// One side released, the other had it open: both lines are kept in a merge, in either order.
#[test]
fn of_two_lines_the_sealed_one_counts() {
    let files = two();
    let open = lock_of(&files).to_string();
    let sealed = sealed();
    let edited = [revision("a1", "none", "other"), files[1].clone()];
    let open_edited = lock_of(&edited).to_string();
    let line = |text: &str, at: usize| text.lines().nth(at).unwrap_or("").to_owned();
    for lines in [
        [line(&sealed, 2), line(&open_edited, 2)],
        [line(&open_edited, 2), line(&sealed, 2)],
    ] {
        let merged = format!("{}\n{}\n{}\n", lines[0], lines[1], line(&open, 3));
        let told = told(&edited, &merged);
        assert!(
            told.iter()
                .any(|told| told.contains("was edited after v1 sealed it")),
            "{told:?}"
        );
    }
}

#[test]
fn a_dialect_added_later_is_stale_not_edited() {
    let problems = load(&two(), &sealed(), &Dialect::ALL).unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "chain.lock is stale: `a1` (versions/a1.sql) is listed for other databases, `b1` (versions/b1.sql) is listed for other databases"
        ]
    );
}

#[test]
fn a_squash_is_stale_not_missing() {
    let lock = sealed();
    let (path, text) = revision("c1", "none", "c");
    let carried = "0a978103ce622714a3f35eeed879248c2a803f0108d98b9ffe4e0ba8a6ec041a";
    let text = text.replacen(
        "\n\n",
        &format!("\n-- replaces: a1, b1\n-- fingerprint (sqlite): {carried}\n\n"),
        1,
    );
    let told = told(&[(path, text)], &lock);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("chain.lock is stale"), "{told:?}");
}

#[test]
fn a_conflict_says_how_to_go_on() {
    let lock = lock_of(&two()).to_string();
    let text = format!("{lock}<<<<<<< HEAD\nb2 open\n=======\nb3 open\n>>>>>>> other\n");
    assert_eq!(
        told(&two(), &text),
        ["versions/chain.lock:5:1 a merge conflict: two branches each added a revision"]
    );
    let told = told(&two(), &format!("{lock}b2 sqlite open\n"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("versions/chain.lock:5:1 "), "{told:?}");
}

#[test]
fn a_release_is_one_word() {
    let mut lock = lock_of(&two());
    for name in ["", "open", "v1 beta", "v1\n"] {
        let error = lock.release(name).unwrap_err();
        assert!(error.contains("it is one word"), "{error}");
    }
    assert!(lock.entries.iter().all(|entry| entry.sealed.is_none()));
}
