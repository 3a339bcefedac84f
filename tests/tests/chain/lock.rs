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
        .chain_lock(&ChainLock::default())
        .unwrap()
}

fn release(lock: &mut ChainLock, files: &[(String, String)], name: &str) -> Result<(), String> {
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite];
    let loaded = try_load(files.to_vec(), &options).unwrap();
    lock.release(name, &loaded.packed().chain().unwrap())
}

/// The lock of two revisions, the first one sealed.
fn sealed() -> String {
    let files = two();
    let mut first = lock_of(&files[..1]);
    release(&mut first, &files[..1], "v1").unwrap();
    format!("{first}b1 open\n")
}

/// What is wrong, one `place message` each.
fn told(files: &[(String, String)], lock: &str) -> Vec<String> {
    told_for(files, lock, &[Dialect::Sqlite])
}

fn told_for(files: &[(String, String)], lock: &str, dialects: &[Dialect]) -> Vec<String> {
    match load(files, lock, dialects) {
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
        let mut lock = loaded.chain_lock(&ChainLock::default()).unwrap();
        let open = lock.to_string();
        prop_assert_eq!(ChainLock::parse("versions", &open).unwrap().to_string(), open);
        let chain = loaded.encoded.clone();
        lock.release("v1.2.0", &loaded.packed().chain().unwrap()).unwrap();
        let text = lock.to_string();
        let read = ChainLock::parse("versions", &text.replace('\n', "\r\n")).unwrap();
        prop_assert_eq!(read.to_string(), text.clone());
        prop_assert!(read.entries.iter().all(|entry| entry.seal.as_ref().is_some_and(|seal| seal.release == "v1.2.0")));
        // The directory agrees with its own lock, and keeps the seals.
        let mut files = dag.files();
        files.push(("chain.lock".to_owned(), text.clone()));
        let again = try_load(files, &super::support::anything()).unwrap();
        prop_assert_eq!(again.chain_lock(&read).unwrap().to_string(), text);
        prop_assert_eq!(again.encoded, chain);
    }

    #[test]
    fn no_lock_panics(text in "[a-z0-9:# <=>|\\r\\n\u{feff}é-]{0,120}") {
        let _ = ChainLock::parse("versions", &text);
    }
}

/// Why a lock is stale, which stops no build.
fn stale(files: &[(String, String)], lock: &str) -> String {
    assert_eq!(told(files, lock), [""; 0]);
    let loaded = load(files, lock, &[]).unwrap();
    let chain = loaded.packed().chain().unwrap();
    let lock = ChainLock::parse("versions", lock).unwrap();
    match lock.up_to_date(&chain) {
        Ok(()) => {
            assert_eq!(lock.updated(&chain).to_string(), lock.to_string());
            String::new()
        }
        Err(problems) => {
            assert_ne!(lock.updated(&chain).to_string(), lock.to_string());
            let [problem] = &problems.iter().collect::<Vec<_>>()[..] else {
                panic!("one problem");
            };
            assert_eq!(
                problem.place.as_ref().unwrap().to_string(),
                "versions/chain.lock"
            );
            problem.message.replace("chain.lock is stale: ", "")
        }
    }
}

#[test]
fn a_stale_lock_stops_no_build() {
    let files = two();
    let lock = lock_of(&files).to_string();
    assert_eq!(stale(&files, &lock), "");
    let mut three = files.clone();
    three.push(revision("c1", "b1", "c"));
    assert_eq!(stale(&three, &lock), "`c1` (versions/c1.sql) is not in it");
    assert_eq!(stale(&files[..1], &lock), "`b1` is no longer there");
    // An open revision is edited every day.
    let edited = [files[0].clone(), revision("b1", "a1", "other")];
    assert_eq!(stale(&edited, &lock), "");
    let id = |n: usize| format!("r{n}");
    let many: Vec<_> = (0..9)
        .map(|n| match n {
            0 => revision(&id(n), "none", "x"),
            n => revision(&id(n), &id(n - 1), "x"),
        })
        .collect();
    let found = stale(&many, "dialects sqlite\n");
    assert!(found.ends_with("is not in it, and 6 more"), "{found}");
    let swapped = "dialects sqlite\nb1 open\na1 open\n";
    assert_eq!(stale(&files, swapped), "its lines are in another order");
    assert_eq!(
        stale(&files, &format!("{lock}b1 open\n")),
        "`b1` is listed twice"
    );
}

#[test]
fn dialects_are_named_once() {
    let files = two();
    let lock = "dialects postgres sqlite\na1 open\nb1 open\n";
    let loaded = load(&files, lock, &[]).unwrap();
    assert_eq!(loaded.packed().chain().unwrap().dialects, Dialect::ALL);
    load(&files, lock, &Dialect::ALL).unwrap();
    let problems = load(&files, lock, &[Dialect::Sqlite]).unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(
        messages,
        ["chain.lock names postgres and sqlite, and `dialects = [sqlite]` is given beside it"]
    );
}

#[test]
fn what_is_sealed_keeps_its_order_and_its_ground() {
    let files = two();
    let mut both = lock_of(&files);
    release(&mut both, &files, "v1").unwrap();
    let text = both.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let swapped = format!("{}\n{}\n{}\n", lines[2], lines[4], lines[3]);
    assert_eq!(
        told(&files, &swapped),
        [
            "versions/chain.lock:2 `b1` stands here, and in the chain `a1` does: what a release sealed keeps its order"
        ]
    );
    let turned = [revision("a1", "b1", "a"), revision("b1", "none", "b")];
    assert_eq!(told(&turned, &text).len(), 1);
    // A revision that comes between.
    let between = [
        files[0].clone(),
        revision("x1", "a1", "x"),
        revision("b1", "x1", "b"),
    ];
    assert_eq!(
        told(&between, &text),
        [
            "versions/b1.sql:3:19 `b1`, sealed by v1, stands on `x1` (versions/x1.sql), which no release has"
        ]
    );
    // Its line taken out, a sealed revision is open ground too.
    let without = format!("{}\n{}\n", lines[2], lines[4]);
    assert_eq!(
        told(&files, &without),
        [
            "versions/b1.sql:3:19 `b1`, sealed by v1, stands on `a1` (versions/a1.sql), which no release has"
        ]
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
    // A missing one is found by its line, or by the revision that stands on it.
    let alone = [revision("b1", "none", "b")];
    assert_eq!(
        told(&alone, &lock),
        ["versions/chain.lock:4 `a1`, sealed by v1, is missing from the directory"]
    );
    assert_eq!(
        told(&files[1..], &lock),
        ["versions/b1.sql:3:19 unknown down_revision `a1`"]
    );
}

/// One side released, the other had it open: both lines are kept in a merge, in either order.
#[test]
fn of_two_lines_the_sealed_one_counts() {
    let sealed = sealed();
    let line = sealed.lines().nth(3).unwrap();
    let edited = [revision("a1", "none", "other"), two().remove(1)];
    for lines in [[line, "a1 open"], ["a1 open", line]] {
        let merged = format!("dialects sqlite\n{}\nb1 open\n", lines.join("\n"));
        assert_eq!(
            told(&edited, &merged),
            ["versions/a1.sql the upgrade of `a1` was edited after v1 sealed it"]
        );
    }
}

/// The seal holds for the dialects that it was made for, and gets a hash for the new one.
#[test]
fn a_dialect_added_later_is_stale_not_edited() {
    let sealed = sealed().replace("dialects sqlite", "dialects sqlite postgres");
    assert_eq!(told_for(&two(), &sealed, &[]), [""; 0]);
    let loaded = load(&two(), &sealed, &[]).unwrap();
    let lock = ChainLock::parse("versions", &sealed).unwrap();
    let updated = loaded.chain_lock(&lock).unwrap();
    let seal = updated.seal_of("a1").unwrap();
    assert_eq!(seal.content.len(), 2);
    assert_eq!(seal.content[0], lock.seal_of("a1").unwrap().content[0]);
    let edited = [revision("a1", "none", "other"), two().remove(1)];
    assert_eq!(told_for(&edited, &sealed, &[]).len(), 1);
}

#[test]
fn a_squash_takes_the_place_of_sealed_revisions() {
    let lock = sealed();
    let (path, text) = revision("c1", "none", "c");
    let carried = "0a978103ce622714a3f35eeed879248c2a803f0108d98b9ffe4e0ba8a6ec041a";
    let text = text.replacen(
        "\n\n",
        &format!("\n-- replaces: a1, b1\n-- fingerprint (sqlite): {carried}\n\n"),
        1,
    );
    let squashed = [(path, text)];
    let stale = stale(&squashed, &lock);
    assert!(stale.starts_with("`a1` is no longer there"), "{stale}");
}

#[test]
fn a_conflict_says_how_to_go_on() {
    let lock = lock_of(&two()).to_string();
    let text = format!("{lock}<<<<<<< HEAD\nb2 open\n=======\nb3 open\n>>>>>>> other\n");
    assert_eq!(
        told(&two(), &text),
        ["versions/chain.lock:6:1 a merge conflict: two branches each added a revision"]
    );
    let told = told(&two(), &format!("{lock}b2 open sqlite\n"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("versions/chain.lock:6:1 "), "{told:?}");
}

#[test]
fn a_release_is_one_word() {
    let mut lock = lock_of(&two());
    for name in ["", "open", "v1 beta", "v1\n"] {
        let error = release(&mut lock, &two(), name).unwrap_err();
        assert!(error.contains("it is one word"), "{error}");
    }
    assert!(lock.entries.iter().all(|entry| entry.seal.is_none()));
}
