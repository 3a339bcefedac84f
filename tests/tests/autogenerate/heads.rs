//! `revision --autogenerate` where the chain has several heads, and where a project names its files.

use migrate_cli::Exit;

use crate::releases::{BRANCHED, FIRST};
use crate::support::{Database, Project, on_both};

on_both![
    the_head_has_to_be_named,
    a_branch_that_is_needed_is_depended_on,
    a_branch_that_is_not_needed_stays_apart,
    a_new_branch_begins_anywhere,
    a_file_is_named_as_the_project_says,
];

/// `a1` makes the first release; on it, `b1` notes and `c1` something else.
fn project<D: Database>(other: &str) -> Project<D> {
    let project = Project::<D>::new().with_heads();
    project.generate(&FIRST, "a1", &[]);
    let write = |id: &str, upgrade: &str, downgrade: &str| {
        let text = format!(
            "-- {id}\n--\n-- revision: {id}\n-- down_revision: a1\n\n-- upgrade\n{upgrade};\n\n-- downgrade\n{downgrade};\n"
        );
        project.write(&format!("versions/{id}.sql"), &text);
    };
    write(
        "b1",
        "CREATE TABLE notes (id bigint CONSTRAINT pk_notes PRIMARY KEY)",
        "DROP TABLE notes",
    );
    write("c1", other, "DROP TABLE tags");
    project.remove("versions/chain.lock");
    project.ok(&FIRST, &["lock"]);
    project
}

const TAGS: &str = "CREATE TABLE tags (id bigint CONSTRAINT pk_tags PRIMARY KEY)";

fn the_head_has_to_be_named<D: Database>() {
    let project = project::<D>(TAGS);
    let words = ["revision", "-m", "more"];
    let plain = project.run(Some(&BRANCHED), &words);
    assert_eq!(plain.exit, Exit::Failed);
    assert!(
        plain.err.contains("there are several heads: `b1`, `c1`"),
        "{}",
        plain.err
    );
    let ran = project.run(Some(&BRANCHED), &[&words[..], &["--autogenerate"]].concat());
    assert_eq!(ran.exit, Exit::Failed);
    assert_eq!(ran.err, plain.err);
}

/// Models stand against all heads at once.
fn a_branch_that_is_needed_is_depended_on<D: Database>() {
    let project = project::<D>(TAGS);
    let more = ["--head", "c1", "--drop", "tags"];
    project.generate(&BRANCHED, "d1", &more);
    let text = project.read("versions/d1.sql");
    assert!(text.contains("-- down_revision: c1\n"), "{text}");
    assert!(text.contains("-- depends_on: b1\n"), "{text}");
    // From nothing to all heads, whatever the order of the names.
    project.ok(&BRANCHED, &["upgrade", "d1"]);
    project.ok(&BRANCHED, &["upgrade", "heads"]);
    let nothing = project.generate(&BRANCHED, "e1", &["--head", "d1"]);
    assert!(nothing.starts_with("nothing changed"), "{nothing}");
    project.ok(&BRANCHED, &["downgrade", "base"]);
}

fn a_branch_that_is_not_needed_stays_apart<D: Database>() {
    let project = project::<D>(TAGS);
    let out = project.generate(&BRANCHED, "d1", &["--head", "b1", "--drop", "tags"]);
    assert!(out.contains("found: drop table tags\n"), "{out}");
    // Tags are another branch's; users and notes are not.
    let text = project.read("versions/d1.sql");
    assert!(text.contains("-- depends_on: c1\n"), "{text}");

    let other = format!("{TAGS}; DROP TABLE tags");
    let project = self::project::<D>(&other);
    project.generate(&BRANCHED, "d1", &["--head", "b1"]);
    let text = project.read("versions/d1.sql");
    assert!(!text.contains("depends_on"), "{text}");
    project.ok(&BRANCHED, &["upgrade", "heads"]);
}

fn a_new_branch_begins_anywhere<D: Database>() {
    let project = project::<D>(TAGS);
    let more = [
        "--head",
        "a1",
        "--splice",
        "--branch-label",
        "next",
        "--depends-on",
        "b1",
        "--drop",
        "tags",
    ];
    project.generate(&BRANCHED, "d1", &more);
    let text = project.read("versions/d1.sql");
    for line in [
        "-- down_revision: a1\n",
        "-- depends_on: b1, c1\n",
        "-- branch_labels: next\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    project.ok(&BRANCHED, &["upgrade", "heads"]);
}

fn a_file_is_named_as_the_project_says<D: Database>() {
    let project = Project::<D>::new();
    project.write(
        "migrate.toml",
        "file_template = \"{year}{month}_{revision}_{slug}\"\n",
    );
    project.generate(&FIRST, "a1", &[]);
    project.ok(&FIRST, &["revision", "-m", "by hand", "--rev-id", "b1"]);
    assert_eq!(
        project.files(),
        ["202611_a1_a1.sql", "202611_b1_by_hand.sql", "chain.lock"]
    );
}
