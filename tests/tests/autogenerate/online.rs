//! `revision --autogenerate --online`.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_runtime::Dialect;
use migrate_tests::Shared as _;

use crate::releases::{FIRST, STRICT};
use crate::support::{Database, Project, on_both};

on_both![tables_in_use_are_changed];

const ROWS: &str = "INSERT INTO orgs VALUES (1, 'one');\
    INSERT INTO users (id, mail, org_id, nickname) VALUES (7, 'a@b', 1, 'al'), (8, 'c@d', 1, NULL);";

const FILL: [&str; 3] = ["--online", "--fill", "users.nickname='user ' || id"];

fn tables_in_use_are_changed<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&FIRST, "a1", &[]);
    project.ok(&FIRST, &["upgrade"]);
    project.database.run(ROWS);
    let ids = match D::DIALECT {
        Dialect::Postgres => "b1,b2",
        _ => "b1",
    };
    let out = project.generate(&STRICT, ids, &FILL);
    let files: Vec<&str> = out
        .lines()
        .filter_map(|line| line.strip_prefix("Generated "))
        .collect();
    assert_eq!(files.len(), ids.split(',').count(), "{out}");
    let lock = project.read("versions/chain.lock");
    assert!(ids.split(',').all(|id| lock.contains(id)), "{lock}");
    for _ in 0..2 {
        project.ok(&STRICT, &["upgrade"]);
        project.ok(&STRICT, &["check", "--drift"]);
        let value = |query: &str| project.database.value(query);
        assert_eq!(value("SELECT nickname FROM users WHERE id = 8"), "user 8");
        assert_eq!(value("SELECT nickname FROM users WHERE id = 7"), "al");
        project.ok(&STRICT, &["downgrade", "a1"]);
        let behind = project.run(Some(&STRICT), &["check", "--drift"]);
        assert!(behind.out.contains("no drift: "), "{}", behind.out);
        assert_eq!(value("SELECT count(*) FROM users"), "2");
    }
}

#[test]
fn the_slow_part_is_a_revision_of_its_own() {
    let project = Project::<migrate_tests::postgres::Database>::new();
    project.generate(&FIRST, "a1", &[]);
    let words = [
        "revision",
        "--autogenerate",
        "-m",
        "strict",
        "--rev-id",
        "b1",
    ];
    let ran = project.run(Some(&STRICT), &[&words[..], &FILL].concat());
    assert_eq!(ran.exit, Exit::Usage);
    expect![[r#"
        error: `--rev-id` names 1, and 2 revisions would be written
          = note: nothing was written
    "#]]
    .assert_shared(&ran.err);
    let words = [
        "revision",
        "--autogenerate",
        "-m",
        "strict",
        "--rev-id",
        "b1,b2",
    ];
    let out = project.ok(&STRICT, &[&words[..], &FILL].concat());
    expect![[r#"
        found: add column users.boss
        found: change column users.nickname: now NOT NULL
        found: add unique constraint uq_users_nickname on users
        found: add check ck_users_mail on users
        found: add foreign key fk_users_boss on users
        found: create index ix_users_mail on users
        Generated versions/2026-11-20-b1-strict.sql
        Generated versions/2026-11-20-b2-strict-online.sql
    "#]]
    .assert_shared(&out);
    expect![[r#"
        -- strict
        --
        -- revision: b1
        -- down_revision: a1
        -- created: 2026-11-20 10:02:11 UTC

        -- upgrade
        ALTER TABLE users ADD COLUMN boss bigint;

        -- downgrade
        -- This loses the values of users.boss.
        ALTER TABLE users DROP COLUMN boss;
    "#]]
    .assert_shared(&project.read("versions/2026-11-20-b1-strict.sql"));
    expect![[r#"
        -- strict, online
        --
        -- revision: b2
        -- down_revision: b1
        -- created: 2026-11-20 10:02:11 UTC
        -- breaking: users.nickname takes no NULL any more

        -- upgrade (no transaction)
        -- Rows of users without a nickname get 'user ' || id.
        UPDATE users SET nickname = 'user ' || id WHERE nickname IS NULL;

        -- With this CHECK validated, SET NOT NULL doesn't read users while it locks it.
        ALTER TABLE users ADD CONSTRAINT ck_users_nickname_not_null CHECK (nickname IS NOT NULL) NOT VALID;

        -- For rows that came in the meantime:
        UPDATE users SET nickname = 'user ' || id WHERE nickname IS NULL;
        ALTER TABLE users VALIDATE CONSTRAINT ck_users_nickname_not_null;
        ALTER TABLE users ALTER COLUMN nickname SET NOT NULL;
        ALTER TABLE users DROP CONSTRAINT ck_users_nickname_not_null;

        -- Fails if there are rows of users that are equal in nickname:
        --   SELECT nickname, count(*) FROM users GROUP BY nickname HAVING count(*) > 1;
        -- The index is built while others write, then it becomes the constraint's.
        CREATE UNIQUE INDEX CONCURRENTLY uq_users_nickname ON users (nickname);
        ALTER TABLE users ADD CONSTRAINT uq_users_nickname UNIQUE USING INDEX uq_users_nickname;

        -- Fails if there are rows of users that ck_users_mail refuses:
        --   SELECT * FROM users WHERE NOT (mail <> ''::text);
        -- The first holds for new rows at once. The second reads the rows, and nobody waits for it.
        ALTER TABLE users ADD CONSTRAINT ck_users_mail CHECK (mail <> ''::text) NOT VALID;
        ALTER TABLE users VALIDATE CONSTRAINT ck_users_mail;

        -- Fails if there are rows of users that refer to no row of users:
        --   SELECT * FROM users AS child WHERE child.boss IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users AS parent WHERE parent.id = child.boss);
        -- The first holds for new rows at once. The second reads the rows, and nobody waits for it.
        ALTER TABLE users ADD CONSTRAINT fk_users_boss FOREIGN KEY (boss) REFERENCES users (id) NOT VALID;
        ALTER TABLE users VALIDATE CONSTRAINT fk_users_boss;
        CREATE INDEX CONCURRENTLY ix_users_mail ON users (mail);

        -- downgrade (no transaction)
        ALTER TABLE users DROP CONSTRAINT fk_users_boss;
        DROP INDEX CONCURRENTLY ix_users_mail;
        ALTER TABLE users DROP CONSTRAINT uq_users_nickname;
        ALTER TABLE users DROP CONSTRAINT ck_users_mail;
        ALTER TABLE users ALTER COLUMN nickname DROP NOT NULL;
    "#]].assert_shared(&project.read("versions/2026-11-20-b2-strict-online.sql"));
}

#[test]
fn sqlite_has_nothing_to_gain() {
    let project = Project::<migrate_tests::sqlite::Database>::new();
    let words = ["revision", "--autogenerate", "-m", "first", "--online"];
    let ran = project.run(Some(&FIRST), &words);
    assert_eq!(ran.exit, Exit::Done);
    expect![[r#"
        note: --online changes nothing here: SQLite has one writer at a time, whatever the script says
    "#]].assert_shared(&ran.err);
    let ran = project.run(Some(&FIRST), &["revision", "-m", "m", "--online"]);
    assert_eq!(ran.exit, Exit::Usage);
}

/// SQLite's whole change stands in the first of the two.
#[test]
fn a_chain_for_both_has_two_files() {
    let project = Project::<migrate_tests::postgres::Database>::for_both();
    project.generate(&FIRST, "a1", &[]);
    let out = project.generate(&STRICT, "b1,b2", &FILL);
    assert_eq!(out.matches("Generated ").count(), 2, "{out}");
    let last = project
        .files()
        .into_iter()
        .find(|file| file.contains("-b2-"));
    let text = project.read(&format!("versions/{}", last.unwrap()));
    for line in [
        "-- upgrade (sqlite): nothing\n",
        "-- upgrade (postgres, no transaction)\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    project.ok(&STRICT, &["upgrade"]);
    project.ok(&STRICT, &["check", "--drift"]);
}
