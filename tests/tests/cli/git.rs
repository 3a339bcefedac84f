//! Two people, two clones, one chain: git notices, and the commands mend it.

use std::process::Command;

use expect_test::expect;
use migrate_cli::Exit;

use crate::support::Project;

fn git(project: &Project, words: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.args([
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "commit.gpgsign=false",
    ]);
    git.args(words).current_dir(project.dir());
    git.output().unwrap().status.success()
}

/// A chain with a lock, and a branch of git's that adds a revision on either side.
fn diverged() -> Project {
    let project = Project::linear();
    project.ok(&["lock"]);
    assert!(git(&project, &["init", "--quiet", "--initial-branch=main"]));
    let commit = |project: &Project| {
        assert!(git(project, &["add", "-A"]));
        assert!(git(project, &["commit", "--quiet", "-m", "x"]));
    };
    commit(&project);
    assert!(git(&project, &["checkout", "--quiet", "-b", "other"]));
    let project = project.revision("b1", "27c6", "theirs", "");
    project.ok(&["lock"]);
    commit(&project);
    assert!(git(&project, &["checkout", "--quiet", "main"]));
    let project = project.revision("a1", "27c6", "ours", "");
    project.ok(&["lock"]);
    commit(&project);
    assert!(!git(&project, &["merge", "other"]), "chain.lock conflicts");
    project
}

/// What git's merge left in chain.lock hides no heads, which are to be mended first.
#[test]
fn a_merge_revision_joins_them() {
    let project = diverged().on_sqlite();
    project.check(
        &[
            "check",
            "upgrade",
            "history -r 27c6:",
            "merge heads -m 'both' --rev-id c1",
            "upgrade -q",
            "check",
            "history -r 27c6:",
        ],
        &expect![[r#"
            $ check
            ! error: 2 problems in the versions directory
            !
            ! the chain has 2 heads
            !   --> versions
            !   = help: `a1` is versions/a1.sql
            !   = help: `b1` is versions/b1.sql
            !   = help: `cargo migrate merge a1 b1 -m "merge"` joins them
            !   = help: or `cargo migrate rebase b1` puts it on top of the other, if it is not released
            !   = help: or allow them: `multiple_heads = true` in migrate.toml, and `embed_migrations!(.., multiple_heads)` in the app
            !
            ! a merge conflict: two branches each added a revision
            !   --> versions/chain.lock:7:1
            !    |
            !  7 | <<<<<<< HEAD
            !    | ^^^^^^^^^^^^
            !   = help: `cargo migrate lock` keeps the lines of both and removes the markers
            !   = help: then join the two heads: `cargo migrate merge`, or `cargo migrate rebase REV` if one is not released
            [1]
            $ upgrade
            ! error: 1 problem in the versions directory
            !
            ! a merge conflict: two branches each added a revision
            !   --> versions/chain.lock:7:1
            !    |
            !  7 | <<<<<<< HEAD
            !    | ^^^^^^^^^^^^
            !   = help: `cargo migrate lock` keeps the lines of both and removes the markers
            !   = help: then join the two heads: `cargo migrate merge`, or `cargo migrate rebase REV` if one is not released
            !   = note: the chain has 2 heads: `a1` (versions/a1.sql), `b1` (versions/b1.sql); `cargo migrate merge a1 b1 -m "merge"` joins them, and mends chain.lock too
            [1]
            $ history -r 27c6:
            27c6 -> b1 (head), theirs
            27c6 -> a1 (head), ours
            1975 -> 27c6 (branchpoint), add phone
            $ merge heads -m 'both' --rev-id c1
            Generated versions/c1.sql
            $ upgrade -q
            $ check
            6 revisions: the files are right, and all is applied
            $ history -r 27c6:
            a1, b1 -> c1 (head) (mergepoint), both
            27c6 -> b1, theirs
            27c6 -> a1, ours
            1975 -> 27c6 (branchpoint), add phone
        "#]],
    );
    assert!(!project.read("versions/chain.lock").contains("<<<<"));
}

#[test]
fn or_one_goes_on_top_of_the_other() {
    let project = diverged();
    project.check(
        &["rebase b1", "check", "history -r 27c6:"],
        &expect![[r#"
        $ rebase b1
        Rebased versions/b1.sql: down_revision is `a1` now
        $ check
        5 revisions: the files are right
        $ history -r 27c6:
        a1 -> b1 (head), theirs
        27c6 -> a1, ours
        1975 -> 27c6, add phone
    "#]],
    );
}

#[test]
fn the_lock_alone_can_be_mended_first() {
    let project = diverged();
    project.check(
        &["lock", "check"],
        &expect![[r#"
            $ lock
            Wrote versions/chain.lock
            ! note: versions/chain.lock held a merge conflict; the lines of both sides are kept
            ! note: the chain has 2 heads: join them with `merge heads`, or `rebase` one
            $ check
            ! error: 1 problem in the versions directory
            !
            ! the chain has 2 heads
            !   --> versions
            !   = help: `a1` is versions/a1.sql
            !   = help: `b1` is versions/b1.sql
            !   = help: `cargo migrate merge a1 b1 -m "merge"` joins them
            !   = help: or `cargo migrate rebase b1` puts it on top of the other, if it is not released
            !   = help: or allow them: `multiple_heads = true` in migrate.toml, and `embed_migrations!(.., multiple_heads)` in the app
            [1]
        "#]],
    );
    assert_eq!(project.run("merge heads").exit, Exit::Done);
    project.ok(&["check"]);
}
