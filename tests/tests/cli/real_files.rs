//! Files as people have them: strays, other line endings, a byte order mark, long ones, many.

use std::fmt::Write as _;
use std::time::Instant;

use expect_test::expect;
use migrate_cli::Exit;

use crate::support::Project;

#[test]
fn strays_are_in_nobodys_way() {
    let project = Project::linear()
        .on_sqlite()
        .file("versions/notes.txt", "x")
        .file("versions/.hidden", "x")
        .file("versions/README.md", "x");
    project.check(
        &[
            "history",
            "heads",
            "current",
            "revision -m more --rev-id d1",
            "lock",
            "upgrade",
            "check --files",
        ],
        &expect![[r#"
            $ history
            1975 -> 27c6 (head), add phone
            ae10 -> 1975, add email
            <base> -> ae10, create users
            $ heads
            27c6 (head)
            $ current
            $ revision -m more --rev-id d1
            Generated versions/d1.sql
            ! note: versions/notes.txt: not a revision: those end in `.sql` or `.rs`
            $ lock
            Wrote versions/chain.lock
            ! note: versions/notes.txt: not a revision: those end in `.sql` or `.rs`
            $ upgrade
            ! error: 1 problem in the versions directory
            !
            ! not a revision: those end in `.sql` or `.rs`
            !   --> versions/notes.txt
            !   = help: data files for Rust-coded revisions go to the `assets` folder; README.md, dot files and what editors leave behind are ignored
            [1]
            $ check --files
            ! error: 3 problems in the versions directory
            !
            ! the upgrade section is blank
            !   --> versions/d1.sql:7:1
            !    |
            !  7 | -- upgrade
            !    | ^^^^^^^^^^
            !   = help: write the script, or `-- upgrade: nothing` if it does nothing on purpose
            !
            ! the downgrade section is blank
            !   --> versions/d1.sql:10:1
            !     |
            !  10 | -- downgrade
            !     | ^^^^^^^^^^^^
            !   = help: write the script, or `-- downgrade: nothing` if it does nothing on purpose
            !
            ! not a revision: those end in `.sql` or `.rs`
            !   --> versions/notes.txt
            !   = help: data files for Rust-coded revisions go to the `assets` folder; README.md, dot files and what editors leave behind are ignored
            [1]
        "#]],
    );
}

#[test]
fn line_endings_and_marks_stay() {
    let crlf = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let project = Project::branched().on_sqlite();
    for id in ["ae10", "1975", "27c6", "b111"] {
        let path = format!("versions/{id}.sql");
        project.write(&path, &crlf(&project.read(&path)));
    }
    let before = project.read("versions/b111.sql");
    project.ok(&["history -v", "lock", "rebase b111", "upgrade", "check"]);
    assert_eq!(
        project.read("versions/b111.sql"),
        before.replace("down_revision: 1975", "down_revision: 27c6")
    );
    project.ok(&["release v1"]);
    let released = project.read("versions/b111.sql");
    assert!(
        released.starts_with('\u{feff}') && released.contains("-- version: v1\r\n"),
        "{released:?}"
    );
    assert!(!released.replace("\r\n", "").contains('\n'));
    project.ok(&[
        "check",
        "downgrade base",
        "squash :head",
        "check --files",
        "upgrade",
    ]);
}

#[test]
fn a_long_script_is_a_script() {
    let mut script = String::new();
    while script.len() < 60_000 {
        writeln!(script, "INSERT INTO t_27c6 VALUES ({});", script.len()).unwrap();
    }
    let text = format!(
        "-- long\n-- revision: d1\n-- down_revision: 27c6\n\n-- upgrade\n{script}\n-- downgrade: nothing\n"
    );
    let project = Project::linear().on_sqlite().file("versions/d1.sql", &text);
    project.ok(&["lock", "upgrade", "check", "verify", "show d1"]);
    let ran = project.run("upgrade --sql");
    assert!(ran.exit == Exit::Done && ran.out.contains(&script));
}

/// A line of so many revisions, and the shortest of three times that it takes to list it.
fn listed(len: usize) -> (Project, f64) {
    let mut project = Project::new().on_sqlite();
    let mut down = "none".to_owned();
    for number in 0..len {
        let id = format!("r{number:04}");
        project = project.revision(&id, &down, "step", "");
        down = id;
    }
    let times = (0..3).map(|_| {
        let since = Instant::now();
        let ran = project.run("history");
        let took = since.elapsed().as_secs_f64();
        assert_eq!(ran.out.lines().count(), len);
        took
    });
    let shortest = times.fold(f64::INFINITY, f64::min);
    (project, shortest)
}

#[test]
fn a_long_history_is_listed_at_once() {
    let (_, short) = listed(200);
    let (project, long) = listed(2_000);
    // Ten times as long takes ten times the time, not a hundred times; a busy machine may treble it.
    assert!(long < 30.0 * short, "200: {short} s, 2000: {long} s");
    assert_eq!(project.run("heads").out, "r1999 (head)\n");
    project.ok(&["revision -m one-more", "history -r r1990:", "lock"]);
}

#[test]
fn a_directory_that_is_none() {
    let project = Project::empty();
    project.check(
        &[
            "history",
            "revision -m x",
            "check",
            "lock --versions elsewhere",
        ],
        &expect![[r#"
            $ history
            ! error: there is no directory versions
            !   = help: `init` makes one; `--versions` names another
            [1]
            $ revision -m x
            ! error: there is no directory versions
            !   = help: `init` makes one; `--versions` names another
            [1]
            $ check
            ! error: there is no directory versions
            !   = help: `init` makes one; `--versions` names another
            [1]
            $ lock --versions elsewhere
            ! error: there is no directory elsewhere
            !   = help: `init` makes one; `--versions` names another
            [1]
        "#]],
    );
    let project = Project::new().on_sqlite();
    project.check(
        &[
            "history",
            "heads",
            "current",
            "upgrade",
            "check",
            "merge heads",
            "lock",
        ],
        &expect![[r#"
            $ history
            ! note: there is no revision yet; `cargo migrate revision -m "create users"` writes the first
            $ heads
            ! note: there is no revision yet; `cargo migrate revision -m "create users"` writes the first
            $ current
            ! note: there is no revision yet; `cargo migrate revision -m "create users"` writes the first
            $ upgrade
            ! error: 1 problem in the versions directory
            !
            ! no revision in this directory
            !   --> versions
            !   = help: `cargo migrate init` begins a chain: it writes chain.lock, and the line in build.rs
            [1]
            $ check
            ! error: 1 problem in the versions directory
            !
            ! no revision in this directory
            !   --> versions
            !   = help: `cargo migrate init` begins a chain: it writes chain.lock, and the line in build.rs
            [1]
            $ merge heads
            ! error: a merge joins several revisions, and this names nothing
            !   = help: `heads` lists what there is to join
            [1]
            $ lock
            Wrote versions/chain.lock
        "#]],
    );
}

#[test]
fn graphs_that_are_none_are_told() {
    let project = Project::linear().file(
        "versions/copy-1975.sql",
        &Project::linear().read("versions/1975.sql"),
    );
    project.check(
        &["history", "revision -m x"],
        &expect![[r#"
        $ history
        ! error: 1 problem in the versions directory
        !
        ! revision `1975` is also versions/1975.sql
        !   --> versions/copy-1975.sql:3:14
        !    |
        !  3 | -- revision: 1975
        !    |              ^^^^
        !   = help: give one of the two another id, in its header and its name
        [1]
        $ revision -m x
        ! error: 1 problem in the versions directory
        !
        ! revision `1975` is also versions/1975.sql
        !   --> versions/copy-1975.sql:3:14
        !    |
        !  3 | -- revision: 1975
        !    |              ^^^^
        !   = help: give one of the two another id, in its header and its name
        [1]
    "#]],
    );
    let project = Project::new()
        .revision("a", "b", "one", "")
        .revision("b", "a", "two", "");
    project.check(
        &["heads"],
        &expect![[r#"
        $ heads
        ! error: 1 problem in the versions directory
        !
        ! cycle: a -> b -> a
        !   --> versions/a.sql:4:19
        !    |
        !  4 | -- down_revision: b
        !    |                   ^
        !   = help: an arrow leads to what a revision stands on: one of them must be removed
        !   = help: `b` is versions/b.sql
        [1]
    "#]],
    );
}
