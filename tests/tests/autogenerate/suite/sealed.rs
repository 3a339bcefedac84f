//! What a release sealed, in a repository of git's.

use std::process::Command;

use expect_test::expect;
use migrate_cli::{App, Args, Exit};
use migrate_schema::testing::Suite;
use migrate_tests::sqlite;

use super::support::NONE;
use crate::support::Project;

/// a1 and b1 are released as v1.0.0 and committed; c1 is open.
struct Released(Project<sqlite::Database>);

impl Released {
    fn new() -> Released {
        let released = Released(Project::new());
        released
            .0
            .write("migrate.toml", "dialects = [\"sqlite\"]\n");
        released.git(&["init", "--quiet", "--initial-branch=main"]);
        released.revision("a1", "none");
        released.revision("b1", "a1");
        released.lock();
        released.commit();
        released.command(&["release", "v1.0.0"]);
        released.commit();
        released.revision("c1", "b1");
        released.lock();
        released.commit();
        released
    }

    fn tagged() -> Released {
        let released = Released::new();
        released.git(&["tag", "v1.0.0", "HEAD^"]);
        released
    }

    fn revision(&self, id: &str, down: &str) {
        let text = format!(
            "-- {id}\n--\n-- revision: {id}\n-- down_revision: {down}\n\n-- upgrade\nCREATE TABLE {id} (a int);\n\n-- downgrade\nDROP TABLE {id};\n"
        );
        self.0.write(&format!("versions/{id}.sql"), &text);
    }

    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.0.read(path);
        assert!(text.contains(old), "{text}");
        self.0.write(path, &text.replace(old, new));
    }

    fn command(&self, words: &[&str]) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let app = App::from_disk().current_dir(self.0.dir.path());
        let words = Args::new(words.iter().copied());
        let exit = app.run(words, &mut out, &mut err);
        assert_eq!(exit, Exit::Done, "{}", String::from_utf8(err).unwrap());
    }

    fn lock(&self) {
        self.command(&["lock"]);
    }

    /// What a person does who wants the build to pass.
    fn lock_anew(&self) {
        self.0.write("versions/chain.lock", "");
        self.lock();
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "--quiet", "-m", "x"]);
    }

    fn git(&self, words: &[&str]) {
        let mut git = Command::new("git");
        let who = [
            "user.name=Ada",
            "user.email=ada@example.org",
            "commit.gpgsign=false",
        ];
        who.iter().for_each(|setting| {
            git.args(["-c", setting]);
        });
        let output = git
            .args(words)
            .current_dir(self.0.dir.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
    }

    fn test(&self) -> Result<(), String> {
        let migrations = self.0.migrations();
        let suite = Suite::new(&migrations, &NONE, self.0.dir.path().to_str().unwrap());
        let told = suite.sealed_revisions_unchanged();
        told.map_err(|error| format!("{error:?}"))
    }
}

#[test]
fn a_release_that_stands_is_right() {
    for released in [Released::new(), Released::tagged()] {
        released.test().unwrap();
        // What may change does.
        released.edit(
            "versions/b1.sql",
            "DROP TABLE b1",
            "DROP TABLE IF EXISTS b1",
        );
        released.edit("versions/b1.sql", "-- b1\n", "-- another message\n");
        released.edit("versions/c1.sql", "(a int)", "(a int, b int)");
        released.lock();
        released.test().unwrap();
        // Not committed yet: chain.lock alone tells.
        released.command(&["release", "v1.1.0"]);
        released.test().unwrap();
        released.commit();
        released.test().unwrap();
        released.command(&["squash", "a1:b1", "-m", "both"]);
        released.test().unwrap();
    }
}

#[test]
fn without_git_chain_lock_counts() {
    let released = Released::new();
    std::fs::remove_dir_all(released.0.dir.path().join(".git")).unwrap();
    released.test().unwrap();
    // What stands between sealed revisions is found by the build: tests/ui/lock-open-ground.
    released.revision("z1", "c1");
    released.test().unwrap();
}

#[test]
fn an_edited_script_is_found_however_chain_lock_was_silenced() {
    let released = Released::tagged();
    released.edit("versions/a1.sql", "(a int)", "(a bigint)");
    released.edit("versions/b1.sql", "(a int)", "(a bigint)");
    released.lock_anew();
    released.commit();
    expect![[r#"
        versions/a1.sql: the upgrade of `a1` on sqlite is not what v1.0.0 brought (tag v1.0.0)
          = help: databases that ran it will not run it again: put it back, and write a new revision
          = help: `git diff v1.0.0 -- versions/a1.sql` shows it

        versions/b1.sql: the upgrade of `b1` on sqlite is not what v1.0.0 brought (tag v1.0.0)
          = help: databases that ran it will not run it again: put it back, and write a new revision
          = help: `git diff v1.0.0 -- versions/b1.sql` shows it"#]]
    .assert_eq(&released.test().unwrap_err());

    // Without a tag, the commit that sealed it counts, as long as chain.lock names the release.
    let released = Released::new();
    let before = released.0.read("versions/chain.lock");
    released.edit("versions/b1.sql", "(a int)", "(a bigint)");
    released.lock_anew();
    released.command(&["release", "v1.0.0"]);
    let hash = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("b1 "))
            .unwrap()
            .split(' ')
            .nth(2)
            .unwrap()
            .to_owned()
    };
    let after = hash(&released.0.read("versions/chain.lock"));
    released.0.write(
        "versions/chain.lock",
        &before.replace(&hash(&before), &after),
    );
    released.commit();
    let told = released.test().unwrap_err();
    assert!(
        told.starts_with(
            "versions/b1.sql: the upgrade of `b1` on sqlite is not what v1.0.0 brought ("
        ),
        "{told}"
    );
}

#[test]
fn a_shallow_clone_compares_with_what_it_has() {
    let released = Released::new();
    let clone = Released(Project::new());
    let url = format!("file://{}", released.0.dir.path().display());
    std::fs::remove_dir_all(clone.0.dir.path().join("versions")).unwrap();
    clone.git(&["clone", "--quiet", "--depth", "1", &url, "."]);
    clone.test().unwrap();
    clone.edit(
        "versions/b1.sql",
        "down_revision: a1",
        "down_revision: none",
    );
    clone.edit(
        "versions/a1.sql",
        "down_revision: none",
        "down_revision: b1",
    );
    clone.edit("versions/c1.sql", "down_revision: b1", "down_revision: a1");
    clone.lock();
    let told = clone.test().unwrap_err();
    assert!(
        told.contains("`b1` stands on nothing, and stood on `a1` in v1.0.0 ("),
        "{told}"
    );
}

#[test]
fn changed_ancestry_is_found() {
    let released = Released::tagged();
    released.edit(
        "versions/a1.sql",
        "down_revision: none",
        "down_revision: b1",
    );
    released.edit(
        "versions/b1.sql",
        "down_revision: a1",
        "down_revision: none",
    );
    released.edit("versions/c1.sql", "down_revision: b1", "down_revision: a1");
    released.lock();
    released.commit();
    expect![[r#"
        versions/a1.sql: `a1` stands on `b1`, and stood on nothing in v1.0.0 (tag v1.0.0)
          = help: databases have it recorded as it was: put `down_revision` and `depends_on` back
          = help: `git diff v1.0.0 -- versions/a1.sql` shows it

        versions/b1.sql: `b1` stands on nothing, and stood on `a1` in v1.0.0 (tag v1.0.0)
          = help: databases have it recorded as it was: put `down_revision` and `depends_on` back
          = help: `git diff v1.0.0 -- versions/b1.sql` shows it"#]]
    .assert_eq(&released.test().unwrap_err());
}

#[test]
fn a_missing_revision_is_found() {
    let released = Released::tagged();
    std::fs::remove_file(released.0.dir.path().join("versions/b1.sql")).unwrap();
    released.edit("versions/c1.sql", "down_revision: b1", "down_revision: a1");
    released.lock_anew();
    released.commit();
    expect![[r#"
        versions/b1.sql: `b1`, which v1.0.0 brought (tag v1.0.0), is missing
          = help: databases have it recorded: put the file back (`git checkout v1.0.0 -- versions/b1.sql`), or `squash` it"#]].assert_eq(&released.test().unwrap_err());
}

#[test]
fn a_release_that_was_taken_back_holds_nobody() {
    let released = Released::new();
    released.lock_anew();
    released.edit("versions/b1.sql", "(a int)", "(a bigint)");
    released.lock();
    released.commit();
    released.test().unwrap();
    // Until it is released once more.
    released.command(&["release", "v1.0.0"]);
    released.commit();
    released.test().unwrap();
}
