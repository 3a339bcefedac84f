//! `check`: models and chain, database and chain.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::Shared as _;

use crate::releases::{FIRST, UNCLEAR};
use crate::support::{Database, Project, on_both};

on_both![
    what_is_printed_last_makes_it_pass,
    questions_are_a_difference,
    drift_is_found,
];

fn what_is_printed_last_makes_it_pass<D: Database>() {
    let project = Project::<D>::new();
    let ran = project.run(Some(&FIRST), &["check", "--files"]);
    assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
    let (before, script) = ran.out.split_once("\nwrite to ").unwrap();
    let (path, script) = script.split_once(":\n\n").unwrap();
    let (_, lock) = before
        .split_once("\nadd to versions/chain.lock:\n\n")
        .unwrap();
    project.write(path, script);
    let known = project.read("versions/chain.lock");
    project.write("versions/chain.lock", &format!("{known}{lock}"));
    let out = project.ok(&FIRST, &["check", "--files"]);
    assert!(
        out.ends_with("the chain makes what the models say\n"),
        "{out}"
    );

    // The database is still behind.
    assert_eq!(project.run(Some(&FIRST), &["check"]).exit, Exit::Pending);
    project.ok(&FIRST, &["upgrade"]);
    project.ok(&FIRST, &["check"]);
}

fn questions_are_a_difference<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    let ran = project.run(Some(&UNCLEAR), &["check", "--files"]);
    assert_eq!(ran.exit, Exit::Pending, "{}", ran.out);
    expect![[r#"
        error: the column `mail` of table `users` is gone, and `email` is new: is it the same under a new name?
          yes, rename it:    --rename users.mail=email, or #[column(renamed_from = "mail")] on `users.email`
          no, drop it:       --drop users.mail (its values are lost)
          or, safer: rename only the field and keep the database's name: #[column(name = "mail")] (older clients go on working)
          = note: models and chain differ, and the models don't tell what is meant
          = help: with the attribute in the models, `check` prints the revision to paste
          = help: or let `app migrate revision --autogenerate -m MESSAGE` write it, with a flag for each question, such as `--rename users.mail=email`
    "#]].assert_shared(&ran.err);
    let ran = project.run(Some(&UNCLEAR), &["check", "--files", "--json"]);
    assert_eq!(ran.exit, Exit::Pending);
    assert!(ran.out.contains("\"ok\": false"), "{}", ran.out);
    project.generate(&UNCLEAR, "b1", &["--rename", "users.mail=email"]);
    project.ok(&UNCLEAR, &["check", "--files"]);
}

fn drift_is_found<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    project.ok(&FIRST, &["upgrade"]);
    project.ok(&FIRST, &["check", "--drift"]);
    project.database.run(
        "CREATE INDEX by_hand ON users (mail); CREATE VIEW v AS SELECT id FROM users; \
         ALTER TABLE orgs ADD COLUMN note text",
    );
    let ran = project.run(Some(&FIRST), &["check", "--drift"]);
    assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
    for found in [
        "add column orgs.note",
        "create index by_hand on users",
        "create view v",
    ] {
        assert!(ran.out.contains(&format!(": {found}\n")), "{}", ran.out);
    }
    // Without the flag nobody looks.
    project.ok(&FIRST, &["check"]);
}
