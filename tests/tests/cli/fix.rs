//! `lint --fix`: what it rewrites ends where the original did, in schema and rows, both ways.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::Shared as _;
use migrate_tests::support::Postgres;
use serde_json::{Value, json};

use crate::support::{Engine, OURS, Project};

/// What releases have made, with rows.
const MADE: &str = "CREATE TABLE orgs (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id integer NOT NULL, mail text, org_id integer, age integer, nick text, code integer);
CREATE INDEX users_nick ON users (nick);
CREATE TABLE bare (x integer, y integer);
CREATE MATERIALIZED VIEW ages AS SELECT age FROM users;
CREATE UNIQUE INDEX ages_age ON ages (age);
INSERT INTO orgs VALUES (1, 'one'), (2, 'two');
INSERT INTO users VALUES (1, 'a', 1, 7, 'x', 10), (2, 'b', 2, 8, NULL, 20);
INSERT INTO bare VALUES (1, 1), (2, 2);";

/// Upgrades with something that a rewrite cures, and their downgrades.
const CASES: &[(&str, &str)] = &[
    (
        "-- For the login.\nCREATE INDEX users_mail ON users (mail);",
        "DROP INDEX users_mail;",
    ),
    (
        "ALTER TABLE users ADD COLUMN phone text;\nCREATE UNIQUE INDEX users_phone ON users (phone);",
        "DROP INDEX users_phone;\nALTER TABLE users DROP COLUMN phone;",
    ),
    ("CREATE INDEX ON users (age);", "DROP INDEX users_age_idx;"),
    (
        "ALTER TABLE users ADD CONSTRAINT users_org FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE;",
        "ALTER TABLE users DROP CONSTRAINT users_org;",
    ),
    (
        "ALTER TABLE users\n    ADD COLUMN seen date,\n    ADD CONSTRAINT users_age CHECK (age > 0),\n    ADD COLUMN left_at date;",
        "ALTER TABLE users DROP CONSTRAINT users_age, DROP COLUMN seen, DROP COLUMN left_at;",
    ),
    (
        "UPDATE users SET nick = '?' WHERE nick IS NULL;\nALTER TABLE users ALTER COLUMN nick SET NOT NULL;",
        "ALTER TABLE users ALTER COLUMN nick DROP NOT NULL;",
    ),
    (
        "ALTER TABLE users ADD CONSTRAINT users_code UNIQUE (code);",
        "ALTER TABLE users DROP CONSTRAINT users_code;",
    ),
    (
        "ALTER TABLE bare ADD PRIMARY KEY (x);",
        "ALTER TABLE bare DROP CONSTRAINT bare_pkey, ALTER COLUMN x DROP NOT NULL;",
    ),
    (
        "ALTER TABLE users ADD CONSTRAINT users_key PRIMARY KEY (id);\nALTER TABLE orgs ADD COLUMN owner integer REFERENCES users (id);",
        "ALTER TABLE orgs DROP COLUMN owner;\nALTER TABLE users DROP CONSTRAINT users_key;",
    ),
    (
        "ALTER TABLE orgs ADD COLUMN token uuid DEFAULT gen_random_uuid() NOT NULL, ADD COLUMN spare uuid DEFAULT gen_random_uuid();",
        "ALTER TABLE orgs DROP COLUMN token, DROP COLUMN spare;",
    ),
    (
        "ALTER TABLE bare ADD CONSTRAINT bare_y CHECK (y > 0) NOT VALID;\nALTER TABLE bare VALIDATE CONSTRAINT bare_y;",
        "ALTER TABLE bare DROP CONSTRAINT bare_y;",
    ),
    (
        "ALTER TABLE bare ADD COLUMN org integer DEFAULT 1 REFERENCES orgs (id), ADD COLUMN z integer UNIQUE CHECK (z > 0);",
        "ALTER TABLE bare DROP COLUMN z, DROP COLUMN org;",
    ),
    (
        "DROP INDEX users_nick;",
        "CREATE INDEX users_nick ON users (nick);",
    ),
    (
        "REINDEX TABLE bare;\nALTER TABLE bare ADD COLUMN late text;\nREFRESH MATERIALIZED VIEW ages;",
        "ALTER TABLE bare DROP COLUMN late;",
    ),
    ("REFRESH MATERIALIZED VIEW ages;", ""),
];

fn file(id: &str, down: &str, upgrade: &str, downgrade: &str) -> String {
    let downgrade = match downgrade {
        "" => "-- downgrade: nothing\n".to_owned(),
        script => format!("-- downgrade\n{script}\n"),
    };
    format!(
        "-- {id}\n-- revision: {id}\n-- down_revision: {down}\n\n-- upgrade\n{upgrade}\n\n{downgrade}"
    )
}

/// The chain of the cases, of which the first revision is sealed.
fn project(cases: &[(&str, &str)], dialects: &str) -> Project {
    let project = Project::empty()
        .file("migrate.toml", &format!("dialects = [{dialects}]\n"))
        .file(
            "versions/a0.sql",
            &file(
                "a0",
                "none",
                MADE,
                "DROP MATERIALIZED VIEW ages;\nDROP TABLE users, bare, orgs;",
            ),
        );
    project.ok(&["lock", "release v1"]);
    let mut down = "a0".to_owned();
    for (at, (upgrade, downgrade)) in cases.iter().enumerate() {
        let id = format!("b{at:02}");
        project.write(
            &format!("versions/{id}.sql"),
            &file(&id, &down, upgrade, downgrade),
        );
        down = id;
    }
    project.ok(&["lock"]);
    project
}

#[test]
fn a_rewrite_ends_where_the_original_did() {
    let old = project(CASES, "\"postgres\"");
    let new = project(CASES, "\"postgres\"");
    let ran = new.run("lint --fix --json");
    assert_eq!(ran.err, "");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["kept"], json!([]));
    // Each of them had something to cure, and nothing is left that locks.
    let of = |key: &str, id: &str| {
        let all = document[key].as_array().unwrap().clone();
        all.into_iter()
            .filter(|one| one["revision"] == id || id.is_empty())
            .collect::<Vec<_>>()
    };
    for at in 0..CASES.len() {
        assert_ne!(of("fixed", &format!("b{at:02}")), [] as [Value; 0], "{at}");
    }
    let left = of("findings", "");
    assert!(left.iter().all(|one| one["group"] != "locks"), "{left:#?}");
    // What was released is not touched.
    assert_eq!(new.read("versions/a0.sql"), old.read("versions/a0.sql"));

    let dumps = |project: &Project| {
        let database = <Postgres as Engine>::new();
        let url = database.url();
        // Nobody can say what is drawn at random.
        let dump = |database: &Postgres| {
            let dump = database.dump_without(OURS);
            let lines = dump
                .lines()
                .filter(|line| !line.contains("token") || !line.contains("rows"));
            let hidden = |line: &str| {
                let mut words: Vec<&str> = line.split(['(', ')', ',', ' ', '|', '\t']).collect();
                for word in &mut words {
                    if word.len() == 36 && word.matches('-').count() == 4 {
                        *word = "UUID";
                    }
                }
                words.join(" ")
            };
            lines.map(hidden).collect::<Vec<_>>().join("\n")
        };
        project.ok(&[&format!("upgrade --url {url}")]);
        let up = dump(&database);
        project.ok(&[&format!("downgrade a0 --url {url}")]);
        let down = dump(&database);
        project.ok(&[&format!("upgrade --url {url}")]);
        [up, down, dump(&database)]
    };
    let (old, new) = (dumps(&old), dumps(&new));
    assert!(old[0].contains("UUID"));
    for (old, new) in old.iter().zip(&new) {
        equal(old, new);
    }
}

fn equal(old: &str, new: &str) {
    let differs =
        |(one, other): (&str, &str)| (one != other).then(|| format!("- {one}\n+ {other}"));
    let lines = old
        .lines()
        .zip(new.lines())
        .filter_map(differs)
        .collect::<Vec<_>>();
    assert!(old == new, "{}", lines.join("\n"));
}

/// The file that is left, the one that follows, and what stood on the first; SQLite's section stays.
#[test]
fn the_rest_stays_as_it_was_typed() {
    let first = "-- the users\n-- revision: a0\n-- down_revision: none\n\n-- upgrade\nCREATE TABLE users (id integer PRIMARY KEY, age integer);\n\n-- downgrade\nDROP TABLE users;\n";
    let project = Project::new().file("versions/a0.sql", first);
    project.ok(&["lock", "release v1"]);
    let upgrade = "-- Both are read by the report.\nALTER TABLE users ADD COLUMN seen text;\n\n-- For the report:\nCREATE INDEX users_age ON users (age); -- every night\nALTER TABLE users ADD COLUMN gone text; -- left";
    let downgrade = "ALTER TABLE users DROP COLUMN gone;\nDROP INDEX users_age;\nALTER TABLE users DROP COLUMN seen;";
    project.write("versions/b0.sql", &file("b0", "a0", upgrade, downgrade));
    project.write(
        "versions/c0.sql",
        &file(
            "c0",
            "b0",
            "UPDATE users SET seen = 'no' WHERE seen IS NULL;",
            "",
        ),
    );
    project.write(
        "versions/d0.sql",
        &file("d0", "c0", "CREATE UNIQUE INDEX users_seen ON users (seen);\nINSERT INTO users (id, seen) VALUES (1, 'x') ON CONFLICT (seen) DO NOTHING;", "DELETE FROM users WHERE id = 1;\nDROP INDEX users_seen;"),
    );
    project.ok(&["lock"]);
    let files = |project: &Project| {
        let read = |name: String| project.read(&format!("versions/{name}"));
        project.versions().into_iter().map(read).collect::<Vec<_>>()
    };
    let before = files(&project);
    let dry = project.run("lint --fix --dry-run");
    assert_eq!(dry.exit, Exit::Pending);
    assert_eq!(files(&project), before);
    expect![[r#"
        note: versions/d0.sql stays as it is: `INSERT INTO users (id, seen) VALUES (1, 'x') ON CONFLICT (se..` (line 1 of the section) comes after it, and may need it: put that in front, or into a revision of its own
    "#]].assert_shared(&dry.err);
    let ran = project.run("lint --fix");
    assert_eq!(ran.exit, Exit::Pending);
    let added: Vec<String> = (project.versions().into_iter())
        .filter(|name| name.len() > 12)
        .collect();
    let [added] = &added[..] else {
        panic!("{added:?}")
    };
    let id = added.trim_end_matches(".sql");
    let shown = |text: &str| {
        let lines = text.lines().map(|line| line.trim_end().to_owned() + "\n");
        lines.collect::<String>().replace(id, "b1")
    };
    expect![[r#"
        --- a/versions/b0.sql
        +++ b/versions/b0.sql
        @@ -2,7 +2,13 @@
         -- revision: b0
         -- down_revision: a0

        --- upgrade
        +-- upgrade (postgres)
        +-- Both are read by the report.
        +ALTER TABLE users ADD COLUMN seen text;
        +
        +ALTER TABLE users ADD COLUMN gone text; -- left
        +
        +-- upgrade (sqlite)
         -- Both are read by the report.
         ALTER TABLE users ADD COLUMN seen text;

        @@ -10,7 +16,11 @@
         CREATE INDEX users_age ON users (age); -- every night
         ALTER TABLE users ADD COLUMN gone text; -- left

        --- downgrade
        +-- downgrade (postgres)
        +ALTER TABLE users DROP COLUMN gone;
        +ALTER TABLE users DROP COLUMN seen;
        +
        +-- downgrade (sqlite)
         ALTER TABLE users DROP COLUMN gone;
         DROP INDEX users_age;
         ALTER TABLE users DROP COLUMN seen;
        --- /dev/null
        +++ b/versions/b1.sql
        @@ -0,0 +1,17 @@
        +-- b0, online
        +--
        +-- revision: b1
        +-- down_revision: b0
        +-- created: 2026-11-20 10:02:11 UTC
        +
        +-- upgrade (sqlite): nothing
        +
        +-- upgrade (postgres, no transaction)
        +-- For the report:
        +-- every night
        +CREATE INDEX CONCURRENTLY users_age ON users (age);
        +
        +-- downgrade (sqlite): nothing
        +
        +-- downgrade (postgres, no transaction)
        +DROP INDEX CONCURRENTLY users_age;
        --- a/versions/c0.sql
        +++ b/versions/c0.sql
        @@ -1,6 +1,6 @@
         -- c0
         -- revision: c0
        --- down_revision: b0
        +-- down_revision: b1

         -- upgrade
         UPDATE users SET seen = 'no' WHERE seen IS NULL;
        cured locks/index-without-concurrently at versions/b0.sql:10:1
        cured locks/slow-after-lock at versions/b0.sql:10:1
        3 files written

        [locks/index-without-concurrently] nobody can write users while the index is built
          --> versions/d0.sql:6:1
           |
         6 | CREATE UNIQUE INDEX users_seen ON users (seen);
           | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: CREATE INDEX CONCURRENTLY, in a revision of its own with `-- upgrade (postgres, no transaction)`

        [may-fail/unique-over-rows] fails if two rows of users are equal in seen
          --> versions/d0.sql:6:1
           |
         6 | CREATE UNIQUE INDEX users_seen ON users (seen);
           | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = help: look for such rows first, and decide which of them stays

        4 revisions: 3 findings (1 locks, 2 may-fail)
    "#]].assert_shared(&shown(&ran.out));
    expect![[r#"
        -- b0, online
        --
        -- revision: b1
        -- down_revision: b0
        -- created: 2026-11-20 10:02:11 UTC

        -- upgrade (sqlite): nothing

        -- upgrade (postgres, no transaction)
        -- For the report:
        -- every night
        CREATE INDEX CONCURRENTLY users_age ON users (age);

        -- downgrade (sqlite): nothing

        -- downgrade (postgres, no transaction)
        DROP INDEX CONCURRENTLY users_age;
    "#]]
    .assert_shared(&shown(&project.read(&format!("versions/{added}"))));
    expect![[r#"
        -- b0
        -- revision: b0
        -- down_revision: a0

        -- upgrade (postgres)
        -- Both are read by the report.
        ALTER TABLE users ADD COLUMN seen text;

        ALTER TABLE users ADD COLUMN gone text; -- left

        -- upgrade (sqlite)
        -- Both are read by the report.
        ALTER TABLE users ADD COLUMN seen text;

        -- For the report:
        CREATE INDEX users_age ON users (age); -- every night
        ALTER TABLE users ADD COLUMN gone text; -- left

        -- downgrade (postgres)
        ALTER TABLE users DROP COLUMN gone;
        ALTER TABLE users DROP COLUMN seen;

        -- downgrade (sqlite)
        ALTER TABLE users DROP COLUMN gone;
        DROP INDEX users_age;
        ALTER TABLE users DROP COLUMN seen;
    "#]]
    .assert_shared(&shown(&project.read("versions/b0.sql")));
    let lock = shown(&project.read("versions/chain.lock"));
    assert!(lock.contains("b0 open\nb1 open\nc0 open\n"), "{lock}");
    // Nothing is left to cure.
    let again = project.run("lint --fix");
    assert!(
        again.out.starts_with("nothing that was found is cured"),
        "{}",
        again.out
    );
}
