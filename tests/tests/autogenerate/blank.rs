//! A blank head: made before the models are edited, filled by `revision --autogenerate`, printed by `check` and by the
//! test of the models, stopped before by everything that runs.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_runtime::{Dialect, Schema, Table, schema};
use migrate_schema::testing::Suite;
use migrate_tests::Shared as _;

use crate::releases::{FIRST, UNCLEAR, first};
use crate::support::{Database, Project, on_both};

on_both![
    autogenerate_fills_it,
    what_check_prints_fills_it,
    what_the_test_prints_fills_it,
    it_stands_between_nothing_and_the_head,
    nothing_runs_it,
    with_online_others_follow,
];

#[derive(Table)]
#[table(name = "users")]
struct User {
    #[column(primary_key)]
    id: i64,
    #[column(renamed_from = "mail", index)]
    email: String,
    #[column(references = "orgs.id")]
    org_id: i64,
    nickname: Option<String>,
}

/// What `FIRST` is to become.
static NEXT: Schema = schema![first::Org, User];

/// The first release, and a blank revision for the next.
fn begun<D: Database>() -> Project<D> {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    project.ok(&FIRST, &["upgrade"]);
    project.ok(&FIRST, &["revision", "-m", "vx_x_x", "--rev-id", "b1"]);
    project
}

fn path<D: Database>(project: &Project<D>) -> String {
    let files = project.files();
    let name = files.iter().find(|name| name.contains("b1")).unwrap();
    format!("versions/{name}")
}

fn autogenerate_fills_it<D: Database>() {
    let project = begun::<D>();
    let path = path(&project);
    let before = project.read(&path);
    let files = project.files();
    let out = project.ok(&NEXT, &["revision", "--autogenerate"]);
    assert!(out.ends_with(&format!("Filled {path}\n")), "{out}");
    assert_eq!(project.files(), files);
    let (header, _) = before.split_once("\n\n").unwrap();
    let after = project.read(&path);
    assert!(after.starts_with(header), "{after}");
    assert!(
        after.contains("\n-- breaking: renames users.mail to email"),
        "{after}"
    );
    project.ok(&NEXT, &["upgrade"]);
    project.ok(&NEXT, &["check"]);
    // A second run finds nothing, and no blank revision to fill.
    let ran = project.run(Some(&NEXT), &["revision", "--autogenerate"]);
    assert_eq!(ran.exit, Exit::Usage);
    expect![[r#"
        error: the new revision has no message
          = note: no revision at a head is blank, so there is none to fill
          = help: say in a few words what it does: `-m "add users"`
    "#]]
    .assert_shared(&ran.err);
}

fn what_check_prints_fills_it<D: Database>() {
    let project = begun::<D>();
    let path = path(&project);
    let ran = project.run(Some(&UNCLEAR), &["check"]);
    assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("--rename users.mail=email"), "{}", ran.err);
    for words in [&["check"][..], &["check", "--files"]] {
        let ran = project.run(Some(&NEXT), words);
        assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
        assert!(!ran.out.contains("the files are right"), "{}", ran.out);
        assert!(!ran.out.contains("pending"), "{}", ran.out);
        assert!(!ran.err.contains("upgrade"), "{}", ran.err);
        assert!(!ran.out.contains("chain.lock"), "{}", ran.out);
        let (_, script) = ran
            .out
            .split_once(&format!("\nwrite to {path}:\n\n"))
            .unwrap();
        assert!(script.contains("-- revision: b1\n"), "{script}");
    }
    let ran = project.run(Some(&NEXT), &["check", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["missing"]["path"], path.as_str());
    project.write(&path, document["missing"]["text"].as_str().unwrap());
    project.ok(&NEXT, &["check", "--files"]);
    project.ok(&NEXT, &["upgrade"]);
    project.ok(&NEXT, &["check"]);
}

fn what_the_test_prints_fills_it<D: Database>() {
    let project = begun::<D>();
    let path = path(&project);
    let migrations = project.migrations();
    let dir = project.dir.path().to_str().unwrap();
    let suite = Suite::new(&migrations, &NEXT, dir);
    // One test fails, and none beside it.
    suite.single_head().unwrap();
    suite.upgrade_from_base().unwrap();
    suite.stairway().unwrap();
    suite.downgrade_leaves_no_trace().unwrap();
    suite.upgrade_with_data().unwrap();
    suite.embedded_matches_disk().unwrap();
    let printed = format!("{:?}", suite.models_match().unwrap_err());
    let (first, script) = printed.split_once("\n\n").unwrap();
    assert_eq!(
        first,
        format!(
            "{path} is still to be written: `revision --autogenerate` fills it, or paste this into it:"
        )
    );
    project.write(&path, script);
    let migrations = project.migrations();
    Suite::new(&migrations, &NEXT, dir).models_match().unwrap();
}

/// Models that ask for nothing don't make it right.
fn it_stands_between_nothing_and_the_head<D: Database>() {
    let project = begun::<D>();
    let path = path(&project);
    let ran = project.run(Some(&FIRST), &["check", "--files"]);
    assert_eq!(ran.exit, Exit::Failed, "{}{}", ran.out, ran.err);
    let wanted = format!(
        "error: {path} is still to be written\n  = help: the models ask for nothing more: write its script by hand, or remove the file and let `lock` bring chain.lock up to date\n"
    );
    assert_eq!(ran.err, wanted);
    let ran = project.run(None, &["check"]);
    assert_eq!(ran.exit, Exit::Failed, "{}{}", ran.out, ran.err);
    assert!(
        ran.err
            .starts_with(&format!("error: {path} is still to be written\n")),
        "{}",
        ran.err
    );
    let migrations = project.migrations();
    let dir = project.dir.path().to_str().unwrap();
    let error = Suite::new(&migrations, &FIRST, dir)
        .models_match()
        .unwrap_err();
    assert_eq!(error.to_string(), format!("{path} is still to be written"));
    let ran = project.run(Some(&FIRST), &["revision", "--autogenerate"]);
    assert_eq!(ran.exit, Exit::Done);
    assert!(
        ran.err
            .contains(&format!("note: {path} is still to be written")),
        "{}",
        ran.err
    );
    // What is advised works.
    project.remove(&path);
    project.ok(&FIRST, &["lock"]);
    project.ok(&FIRST, &["check"]);
}

fn nothing_runs_it<D: Database>() {
    let project = begun::<D>();
    let path = path(&project);
    for words in [
        &["upgrade"][..],
        &["upgrade", "--dry-run"],
        &["upgrade", "b1"],
        &["stamp", "b1"],
    ] {
        let ran = project.run(Some(&FIRST), words);
        assert_eq!(ran.exit, Exit::Failed, "{words:?} {}{}", ran.out, ran.err);
        assert!(
            ran.err
                .contains(&format!("({path}) is still to be written")),
            "{}",
            ran.err
        );
    }
    let ran = project.run(Some(&FIRST), &["revision", "--autogenerate", "--splice"]);
    assert_eq!(ran.exit, Exit::Usage);
    let wanted = format!(
        "error: {path} is blank and would be filled, and `--splice` is for a new file\n  = note: nothing was written\n  = help: leave `--splice` out to fill it; its header is yours to edit\n  = help: or remove the file, to begin another\n"
    );
    assert_eq!(ran.err, wanted);
}

fn with_online_others_follow<D: Database>() {
    let project = begun::<D>();
    let path = path(&project);
    let words = ["revision", "--autogenerate", "--online", "-m", "more"];
    let ran = project.run(Some(&NEXT), &words);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(
        ran.err.contains("its message stays what its header says"),
        "{}",
        ran.err
    );
    assert!(ran.out.contains(&format!("Filled {path}\n")), "{}", ran.out);
    let is_apart = ran.out.contains("Generated");
    assert_eq!(is_apart, D::DIALECT == Dialect::Postgres, "{}", ran.out);
    project.ok(&NEXT, &["upgrade"]);
    project.ok(&NEXT, &["check"]);
}
