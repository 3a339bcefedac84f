//! `revision --autogenerate`.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::Shared as _;

use crate::releases::{FIRST, ORGS, SECOND, STRICT, UNCLEAR, WRONG};
use crate::support::{Database, Project, on_both};

on_both![
    a_history_grows_by_itself,
    a_rename_is_asked_about,
    mistakes_are_told,
    wrong_answers_are_told_beside_what_is_open,
    losses_and_gaps_are_told,
    code_that_is_not_built_in_is_told,
    one_file_serves_both,
    a_template_stands_above_the_scripts,
];

/// The rows of the first release.
const ROWS: &str = "INSERT INTO orgs VALUES (1, 'one');\
    INSERT INTO users (id, mail, org_id, nickname) VALUES (7, 'a@b', 1, 'al'), (8, 'c@d', 1, NULL);";

fn a_history_grows_by_itself<D: Database>() {
    let project = Project::<D>::new();
    let out = project.generate(&FIRST, "a1", &[]);
    expect![[r#"
        found: create table orgs
        found: create table users
        Generated versions/2026-11-20-a1-a1.sql
    "#]]
    .assert_shared(&out);
    project.ok(&FIRST, &["upgrade"]);
    project.ok(&FIRST, &["check"]);
    project.database.run(ROWS);

    let nothing = project.generate(&FIRST, "a2", &[]);
    assert_eq!(
        nothing,
        "nothing changed: the chain makes what the models say\n"
    );
    assert_eq!(project.files(), ["2026-11-20-a1-a1.sql", "chain.lock"]);

    project.generate(&SECOND, "b1", &["--drop", "users.nickname"]);
    project.ok(&SECOND, &["upgrade"]);
    project.ok(&SECOND, &["check"]);
    let value = |query: &str| project.database.value(query);
    assert_eq!(value("SELECT email FROM users WHERE id = 7"), "a@b");
    assert_eq!(value("SELECT sum(age) FROM users"), "0");
    assert_eq!(
        value("SELECT count(*) FROM users JOIN orgs ON orgs.id = org_id"),
        "2"
    );
    let text = project.read("versions/2026-11-20-b1-b1.sql");
    assert!(text.contains("\n-- breaking: "), "{text}");
    assert!(project.read("versions/chain.lock").contains("b1"));
    let nothing = project.generate(&SECOND, "c1", &[]);
    assert_eq!(
        nothing,
        "nothing changed: the chain makes what the models say\n"
    );

    project.ok(&SECOND, &["downgrade", "a1"]);
    assert_eq!(value("SELECT mail FROM users WHERE id = 7"), "a@b");
    project.ok(&SECOND, &["upgrade"]);
    project.ok(&SECOND, &["check", "--drift"]);
}

fn a_rename_is_asked_about<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    let lock = project.read("versions/chain.lock");
    let words = ["revision", "--autogenerate", "-m", "rename"];
    let ran = project.run(Some(&UNCLEAR), &words);
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    expect![[r#"
        error: the column `mail` of table `users` is gone, and `email` is new: is it the same under a new name?
          yes, rename it:    --rename users.mail=email, or #[column(renamed_from = "mail")] on `users.email`
          no, drop it:       --drop users.mail (its values are lost)
          or, safer: rename only the field and keep the database's name: #[column(name = "mail")] (older clients go on working)
          = note: nothing was written: the models don't tell what is meant
    "#]].assert_shared(&ran.err);
    assert_eq!(project.files().len(), 2);
    assert_eq!(project.read("versions/chain.lock"), lock);
    let out = project.generate(&UNCLEAR, "b1", &["--rename", "users.mail=email"]);
    assert!(
        out.starts_with("found: rename column users.mail to email\n"),
        "{out}"
    );
}

fn mistakes_are_told<D: Database>() {
    let project = Project::<D>::new();
    let words = ["revision", "--autogenerate", "-m", "m"];
    let ran = project.run(None, &words);
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err.contains("this program knows no models"),
        "{}",
        ran.err
    );
    let ran = project.run(Some(&WRONG), &words);
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.err.contains("model `User`"), "{}", ran.err);
    let ran = project.run(Some(&FIRST), &["revision", "-m", "m", "--drop", "users"]);
    assert_eq!(ran.exit, Exit::Usage, "{}", ran.err);
    let rename = [&words[..], &["--rename", "users"]].concat();
    assert_eq!(project.run(Some(&FIRST), &rename).exit, Exit::Usage);
    assert_eq!(project.files(), ["chain.lock"]);

    project.generate(&FIRST, "a1", &[]);
    let nothing = [&words[..], &["--fill", "users.id=1"]].concat();
    let ran = project.run(Some(&STRICT), &nothing);
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err.contains("`--fill users.id=1` is about nothing"),
        "{}",
        ran.err
    );
}

fn wrong_answers_are_told_beside_what_is_open<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    let words = ["revision", "--autogenerate", "-m", "m"];
    let answers = [
        "--drop",
        "users.mial",
        "--drop",
        "users.nickname",
        "--rename",
        "user=people",
        "--fill",
        "users.agee=1",
    ];
    let ran = project.run(Some(&UNCLEAR), &[&words[..], &answers].concat());
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    expect![[r#"
        error: `--rename user=people`: the migrations make no `user`: did you mean `users`?

        `--drop users.mial`: the migrations make no `users.mial`: did you mean `users.mail`?

        `--drop users.nickname`: the models still have it

        `--fill users.agee=1`: the models have no column `users.agee`

        the column `mail` of table `users` is gone, and `email` is new: is it the same under a new name?
          yes, rename it:    --rename users.mail=email, or #[column(renamed_from = "mail")] on `users.email`
          no, drop it:       --drop users.mail (its values are lost)
          or, safer: rename only the field and keep the database's name: #[column(name = "mail")] (older clients go on working)
          = note: nothing was written: the models don't tell what is meant
    "#]].assert_shared(&ran.err);
    let ran = project.run(
        Some(&UNCLEAR),
        &[&words[..], &["--rename", "users.mail=emial"]].concat(),
    );
    expect![[r#"
        error: `--rename users.mail=emial`: the models have no column `users.emial`: did you mean `email`?

        the column `mail` of table `users` is gone, and `email` is new: is it the same under a new name?
          yes, rename it:    --rename users.mail=email, or #[column(renamed_from = "mail")] on `users.email`
          no, drop it:       --drop users.mail (its values are lost)
          or, safer: rename only the field and keep the database's name: #[column(name = "mail")] (older clients go on working)
          = note: nothing was written: the models don't tell what is meant
    "#]].assert_shared(&ran.err);
}

fn losses_and_gaps_are_told<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    let words = ["revision", "--autogenerate", "-m", "m"];
    let ran = project.run(Some(&STRICT), &words);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    expect![[r#"
        careful: users.nickname takes no NULL: write into the script what rows that exist get, or generate it with `--fill users.nickname=VALUE`
    "#]]
    .assert_shared(&careful(&ran.err));
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    let ran = project.run(Some(&ORGS), &words);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    expect![[r#"
        careful: this loses the rows of users
        help: tables that no model is about stay with `schema![..; unmanaged = ["users"]]`
    "#]]
    .assert_shared(&careful(&ran.err));
    let found = "lint: [breaks/drop-table] drops users: programs that still run ask for it (";
    assert!(ran.err.contains(found), "{}", ran.err);
}

/// Without what a reviewer should know, which differs from one database to the other.
fn careful(told: &str) -> String {
    let lines = told.lines().filter(|line| !line.starts_with("lint: "));
    lines.map(|line| format!("{line}\n")).collect()
}

const CODE: &str = "\
//! b1
//!
//! revision: b1
//! down_revision: a1

pub fn upgrade(_: &mut Context<'_>) -> Result<()> {
    Ok(())
}

pub fn downgrade(_: &mut Context<'_>) -> Result<()> {
    Ok(())
}
";

fn code_that_is_not_built_in_is_told<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    let write = || {
        project.write("versions/b1.rs", CODE);
        project.remove("versions/chain.lock");
    };
    let words = ["revision", "--autogenerate", "-m", "m"];
    let ran = project.run_after(write, Some(&SECOND), &words);
    assert_eq!(ran.exit, Exit::Failed);
    expect![[r#"
        warning: this program was built before versions/b1.rs was added: build it again
        error: versions has changed since this program was built, and versions/b1.rs is Rust code, which only a program that was built with it can run
          = help: build the program again; `cargo run` does
    "#]].assert_shared(&ran.err);
}

/// A chain for both: the scratch server is the one of the URL, or one of our own.
fn one_file_serves_both<D: Database>() {
    let project = Project::<D>::for_both();
    project.generate(&FIRST, "a1", &[]);
    let out = project.generate(&SECOND, "b1", &["--drop", "users.nickname"]);
    assert!(
        out.contains("found: create enum mood (postgres)\n"),
        "{out}"
    );
    let text = project.read("versions/2026-11-20-b1-b1.sql");
    assert!(text.contains("-- upgrade (sqlite"), "{text}");
    assert!(text.contains("-- upgrade (postgres"), "{text}");
    for file in project.files() {
        let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/autogenerate/versions/");
        let written = project.read(&format!("versions/{file}"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(format!("{kept}{file}"), &written).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(format!("{kept}{file}")).unwrap(),
            written
        );
    }
    project.ok(&SECOND, &["upgrade", "a1"]);
    project.database.run(ROWS);
    project.ok(&SECOND, &["upgrade"]);
    project.ok(&SECOND, &["check", "--drift"]);
}

const TEMPLATE: &str = "\
{header}

-- Reviewed by:

-- upgrade
-- ticket:

-- downgrade
";

fn a_template_stands_above_the_scripts<D: Database>() {
    let project = Project::<D>::new();
    project.write("new.sql", TEMPLATE);
    project.write("migrate.toml", "template = \"new.sql\"\n");
    project.generate(&ORGS, "a1", &["--branch-label", "main"]);
    let text = project.read("versions/2026-11-20-a1-a1.sql");
    let (above, script) = text.split_once("\n-- upgrade\n").unwrap();
    expect![[r#"
        -- a1
        --
        -- revision: a1
        -- down_revision: none
        -- branch_labels: main
        -- created: 2026-11-20 10:02:11 UTC

        -- Reviewed by:
    "#]]
    .assert_shared(above);
    assert!(script.starts_with("CREATE TABLE orgs"), "{script}");
    let nothing = project.generate(&ORGS, "a2", &[]);
    assert!(nothing.starts_with("nothing changed"), "{nothing}");

    project.write("new.sql", "-- upgrade\n");
    let ran = project.run(Some(&FIRST), &["revision", "--autogenerate", "-m", "m"]);
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    assert!(ran.err.contains("lacks {header}"), "{}", ran.err);
}
