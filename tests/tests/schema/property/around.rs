//! Random rights, comments, policies, views and functions around a random change: pg_dump says that nothing else differs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

use migrate_tests::dag::Draw;

use super::spec::Spec;
use crate::change::Change;
use crate::support::{Engine, Postgres, Versions};

const ROLES: &str = "DO $$ BEGIN CREATE ROLE rights_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
    DO $$ BEGIN CREATE ROLE rights_writer; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;";

/// What may hang on a table, with its name and number to be filled in.
const PARTS: [&str; 14] = [
    "GRANT SELECT, UPDATE ON \"{t}\" TO rights_reader;",
    "GRANT INSERT (id) ON \"{t}\" TO rights_writer WITH GRANT OPTION;",
    "GRANT SELECT (\"{c}\"), UPDATE (\"{c}\") ON \"{t}\" TO rights_writer;",
    "ALTER TABLE \"{t}\" ENABLE ROW LEVEL SECURITY; CREATE POLICY p{n} ON \"{t}\" FOR SELECT TO rights_reader USING (\"{c}\" IS NOT NULL); \
     COMMENT ON POLICY p{n} ON \"{t}\" IS 'it''s a policy';",
    "CREATE VIEW v{n} WITH (security_barrier=true) AS SELECT id, \"{c}\" AS x FROM \"{t}\"; GRANT SELECT ON v{n} TO rights_reader; \
     COMMENT ON VIEW v{n} IS 'a view'; COMMENT ON COLUMN v{n}.x IS 'a column';",
    "CREATE VIEW w{n} AS SELECT \"{c}\" IS NULL AS x FROM \"{t}\"; REVOKE ALL ON w{n} FROM PUBLIC; GRANT SELECT ON w{n} TO rights_writer WITH GRANT OPTION;",
    "CREATE MATERIALIZED VIEW m{n} AS SELECT \"{c}\" AS x, id FROM \"{t}\" WITH NO DATA; CREATE INDEX mi{n} ON m{n} (id); GRANT SELECT ON m{n} TO rights_reader;",
    "CREATE FUNCTION f{n}() RETURNS bigint LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT count(\"{c}\") FROM \"{t}\"; END; \
     REVOKE ALL ON FUNCTION f{n}() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f{n}() TO rights_reader; COMMENT ON FUNCTION f{n}() IS 'counts';",
    "CREATE TRIGGER tr{n} BEFORE UPDATE OF \"{c}\" ON \"{t}\" FOR EACH ROW WHEN (old.\"{c}\" IS NULL) EXECUTE FUNCTION suppress_redundant_updates_trigger(); \
     COMMENT ON TRIGGER tr{n} ON \"{t}\" IS 'a trigger'; ALTER TABLE \"{t}\" DISABLE TRIGGER tr{n};",
    "ALTER TABLE \"{t}\" SET (fillfactor=60); ALTER TABLE \"{t}\" REPLICA IDENTITY FULL;",
    "ALTER TABLE \"{t}\" ALTER COLUMN \"{c}\" SET STATISTICS 77;",
    "CREATE STATISTICS st{n} ON id, \"{c}\" FROM \"{t}\"; COMMENT ON STATISTICS st{n} IS 'both';",
    "CREATE RULE r{n} AS ON DELETE TO \"{t}\" WHERE old.\"{c}\" IS NULL DO INSTEAD NOTHING;",
    "ALTER TABLE \"{t}\" OWNER TO rights_writer;",
];

/// Draws what hangs on the tables that both schemas have, as statements for the one and for the other.
fn draw_parts(one: &Spec, other: &Spec, draw: &mut Draw) -> (String, String) {
    let (mut before, mut after) = (String::new(), String::new());
    for (at, (old, new, column)) in one.shared(other).into_iter().enumerate() {
        for part in PARTS {
            if !draw.percent(35) {
                continue;
            }
            let write = |table: &str| {
                let part = part.replace("{t}", table).replace("{n}", &at.to_string());
                part.replace("{c}", column)
            };
            writeln!(before, "{}", write(&old)).unwrap();
            writeln!(after, "{}", write(&new)).unwrap();
        }
    }
    (before, after)
}

#[test]
fn nothing_around_a_change_differs() {
    (0..25 * super::times()).for_each(one_of);
}

fn one_of(seed: u64) {
    let mut draw = Draw::new(seed + 10_000);
    let one = Spec::random::<Postgres>(&mut draw).without_indexes();
    let mut other = one.mutated::<Postgres>(&mut draw);
    other.reconcile(&one, &mut draw);
    let (around, around_after) = draw_parts(&one, &other, &mut draw);
    let before = format!("{ROLES}{}{around}", one.ddl::<Postgres>());
    let after = other.ddl::<Postgres>();
    eprintln!("seed {seed}\n{before}\n{after}");
    let change = Change {
        answers: one.answers::<Postgres>(&other),
        ..Change::new(&before, "", &after)
    };
    let Some(text) = change.text_if_any::<Postgres>() else {
        return;
    };
    eprintln!("{text}");
    let migrations = Versions::new()
        .sql("a1", "", "SELECT 1", "")
        .file("b1.sql", &text)
        .load::<Postgres>();
    let (upgraded, fresh, untouched) = (Postgres::new(), Postgres::new(), Postgres::new());
    let mut client = upgraded.connect();
    Postgres::execute(&mut client, &before);
    Postgres::execute(&mut client, &one.rows());
    migrations
        .upgrade(&mut client, "head")
        .unwrap_or_else(|error| panic!("{error:#}\n{text}"));
    Postgres::execute(
        &mut fresh.connect(),
        &format!("{ROLES}{after}{around_after}"),
    );
    let (now, wanted) = (dump(&upgraded), dump(&fresh));
    assert_eq!(differences(&now, &wanted), [""; 0], "\n{text}");
    migrations
        .downgrade(&mut client, "a1")
        .unwrap_or_else(|error| panic!("{error:#}\n{text}"));
    Postgres::execute(&mut untouched.connect(), &before);
    let (now, wanted) = (dump(&upgraded), dump(&untouched));
    assert_eq!(differences(&now, &wanted), [""; 0], "\n{text}");
}

/// What stands in one dump only.
fn differences(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Vec<String> {
    let gone = other.difference(one).map(|part| format!("- {part}"));
    let new = one.difference(other).map(|part| format!("+ {part}"));
    gone.chain(new).collect()
}

/// The statements of pg_dump, each as a line: of a table its columns in the order of their names. What a sequence is called,
/// and the indexes that are nobody's wish, is not what this is about.
fn dump(database: &Postgres) -> BTreeSet<String> {
    let program = migrate_tests::Postgres::shared().program("pg_dump");
    let output = Command::new(program)
        .args(["--schema-only", "--dbname", &database.url()])
        .arg("--exclude-table=migrate_*")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let is_ours = |part: &&str| {
        !["SET ", "SELECT pg_catalog.set_config", "\\"]
            .iter()
            .any(|head| part.starts_with(head))
            && !part.contains("_seq")
            && !part.starts_with("CREATE INDEX ix_")
            && !part.starts_with("CREATE INDEX \"ix_")
    };
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("--") && !line.is_empty())
        .collect();
    let whole = lines.join("\n");
    whole
        .split(";\n")
        .filter(is_ours)
        .map(|part| {
            let mut lines: Vec<&str> = part
                .lines()
                .map(|line| line.trim().trim_end_matches(','))
                .collect();
            if part.starts_with("CREATE TABLE") {
                lines.sort_unstable();
            }
            lines.join(" ")
        })
        .collect()
}
