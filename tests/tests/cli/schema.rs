//! `schema dump` and `schema load`: the schema that the chain makes, kept beside it.

use std::fs;

use migrate_cli::Exit;

use crate::support::{Database, OURS, Project};

fn project<D: Database>() -> Project {
    let name = D::DIALECT.name();
    Project::empty()
        .file("migrate.toml", &format!("dialects = [\"{name}\"]\nsnapshot = true\nsnapshot_data = [\"units\"]\n"))
        .file(
            "versions/ae10.sql",
            "-- users\n-- revision: ae10\n-- down_revision: none\n\n-- upgrade\nCREATE TABLE users (id integer PRIMARY KEY, mail text UNIQUE);\nCREATE VIEW mails AS SELECT mail FROM users;\n\n-- downgrade\nDROP VIEW mails;\nDROP TABLE users;\n",
        )
        .file(
            "versions/1975.sql",
            "-- units\n-- revision: 1975\n-- down_revision: ae10\n\n-- upgrade\nCREATE TABLE units (code text PRIMARY KEY);\nINSERT INTO units VALUES ('kg');\n\n-- downgrade\nDROP TABLE units;\n",
        )
}

fn it_is_kept_beside_the_chain<D: Database>() {
    let project = project::<D>();
    let file = format!("versions/schema.{}.sql", D::DIALECT.name());
    let read = || fs::read_to_string(project.path(&file)).unwrap();
    let ok = |words: &str| {
        let ran = project.run(words);
        assert_eq!(ran.exit, Exit::Done, "{words}: {}{}", ran.out, ran.err);
        ran.out
    };
    let stale = |why: &str| {
        let ran = project.run("check --files");
        assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
        assert!(ran.err.contains(why), "{}", ran.err);
        assert!(ran.err.contains("schema dump` writes it"), "{}", ran.err);
    };
    stale(&format!("there is no {file}, the snapshot of the schema"));
    assert_eq!(ok("schema dump"), format!("Wrote {file}\n"));
    let text = read();
    assert!(
        text.contains("\n-- head: 1975 ") && text.contains("kg"),
        "{text}"
    );
    ok("check --files");
    ok("lock");
    assert_eq!(read(), text, "the same bytes twice");
    assert_eq!(ok("schema dump --stdout"), text);

    // Edited by hand; of a chain that goes on; of one that was edited.
    fs::write(project.path(&file), text.replace("mail", "male")).unwrap();
    stale(&format!(
        "{file} was edited, and is not what the chain makes"
    ));
    ok("lock");
    assert_eq!(read(), text);
    let more = "-- more\n-- revision: 27c6\n-- down_revision: 1975\n\n-- upgrade\nALTER TABLE users ADD COLUMN age integer;\n\n-- downgrade\nALTER TABLE users DROP COLUMN age;\n";
    fs::write(project.path("versions/27c6.sql"), more).unwrap();
    fs::remove_file(project.path("versions/chain.lock")).unwrap();
    stale("is stale: it is of `1975`, and the chain is at `27c6`");
    ok("release v1");
    assert!(
        read().contains("-- head: 27c6 ") && read().contains("age"),
        "{}",
        read()
    );
    ok("check --files");
    fs::remove_file(project.path("versions/chain.lock")).unwrap();
    fs::write(
        project.path("versions/27c6.sql"),
        more.replace("age", "years"),
    )
    .unwrap();
    stale("is stale: `27c6` or what it stands on was edited since");
}

fn a_database_is_made_of_it<D: Database>() {
    let project = project::<D>();
    let (loaded, upgraded) = (D::new(), D::new());
    let run = |words: &str, database: &D| project.run(&format!("{words} --url {}", database.url()));
    let refused = run("schema load", &loaded);
    assert_eq!(refused.exit, Exit::Failed);
    assert!(
        refused.err.contains("there is no versions/schema."),
        "{}",
        refused.err
    );
    assert_eq!(project.run("schema dump").exit, Exit::Done);
    let ran = run("schema load", &loaded);
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    assert!(ran.out.ends_with(", which is at 1975\n"), "{}", ran.out);
    assert_eq!(run("upgrade", &upgraded).exit, Exit::Done);
    assert_eq!(loaded.dump_without(OURS), upgraded.dump_without(OURS));
    // As good as upgraded: checked, taken down and brought up again.
    for words in [
        "check",
        "check --drift",
        "verify",
        "downgrade ae10",
        "upgrade",
    ] {
        let ran = run(words, &loaded);
        assert_eq!(ran.exit, Exit::Done, "{words}: {}{}", ran.out, ran.err);
    }
    let ran = run("schema load", &loaded);
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err.contains("the database is at 1975 already"),
        "{}",
        ran.err
    );
    let taken = D::new();
    taken.run("CREATE TABLE mine (a integer)");
    let ran = run("schema load", &taken);
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err.contains("something in it (table mine)"),
        "{}",
        ran.err
    );
}

on_both!(it_is_kept_beside_the_chain, a_database_is_made_of_it);
