//! All of a PostgreSQL database as text, for comparing.

use std::fmt::Write as _;

use ::postgres::{Client, SimpleQueryMessage};

/// What is left out everywhere: the system's schemas, and what belongs to an extension (the extension is listed).
const OURS: &str = "nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = o.oid AND e.classid = o.tableoid AND e.deptype = 'e')";

/// One query a kind of object. Each returns lines; `{ours}` is the condition above, `{kept}` is that a table is wanted.
const CATALOG: &[(&str, &str)] = &[
    ("schema", "SELECT format('%I owner=%I acl=%s', nspname, pg_get_userbyid(nspowner), nspacl) FROM pg_namespace o WHERE {ours}"),
    ("extension", "SELECT format('%I %s', extname, extversion) FROM pg_extension WHERE extname <> 'plpgsql'"),
    (
        "type",
        "SELECT format('%I.%I kind=%s base=%s not_null=%s default=%s labels=%s checks=%s', nspname, typname, typtype,
            CASE typtype WHEN 'd' THEN format_type(typbasetype, typtypmod) END, typnotnull, typdefault,
            (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = o.oid),
            (SELECT array_agg(pg_get_constraintdef(c.oid) ORDER BY conname) FROM pg_constraint c WHERE contypid = o.oid))
        FROM pg_type o JOIN pg_namespace n ON n.oid = typnamespace LEFT JOIN pg_class r ON r.oid = typrelid
        WHERE {ours} AND typelem = 0 AND (typtype <> 'c' OR r.relkind = 'c')",
    ),
    (
        "relation",
        "SELECT format('%I.%I kind=%s persistence=%s rls=%s force_rls=%s replica=%s options=%s acl=%s partition=%s of=%s key=%s', nspname,
            relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident, reloptions, relacl,
            pg_get_expr(relpartbound, o.oid),
            (SELECT array_agg(inhparent::regclass ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = o.oid),
            CASE relkind WHEN 'p' THEN pg_get_partkeydef(o.oid) END)
        FROM pg_class o JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {ours} AND relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND {kept}",
    ),
    (
        "column",
        "SELECT format('%I.%I.%s %I %s not_null=%s default=%s identity=%s generated=%s collation=%s acl=%s', nspname, relname,
            lpad(row_number() OVER (PARTITION BY o.oid ORDER BY attnum)::text, 4, '0'), attname,
            format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity, attgenerated,
            NULLIF(attcollation, 0)::regcollation, attacl)
        FROM pg_class o JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = o.oid
        LEFT JOIN pg_attrdef ON adrelid = o.oid AND adnum = attnum
        WHERE {ours} AND relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND attnum > 0 AND NOT attisdropped AND {kept}",
    ),
    (
        "constraint",
        "SELECT format('%I.%I %I %s', nspname, relname, conname, pg_get_constraintdef(c.oid))
        FROM pg_constraint c JOIN pg_class o ON o.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {ours} AND {kept}",
    ),
    (
        "index",
        "SELECT format('%I.%I valid=%s %s', nspname, i.relname, indisvalid, pg_get_indexdef(indexrelid))
        FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_class o ON o.oid = indrelid
        JOIN pg_namespace n ON n.oid = o.relnamespace WHERE {ours} AND {kept}",
    ),
    (
        "sequence",
        "SELECT format('%I.%I %s start=%s increment=%s min=%s max=%s cache=%s cycle=%s owned_by=%s', nspname, o.relname,
            format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle, t.oid::regclass)
        FROM pg_sequence JOIN pg_class o ON o.oid = seqrelid JOIN pg_namespace n ON n.oid = relnamespace
        LEFT JOIN pg_depend d ON d.objid = o.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        LEFT JOIN pg_class t ON t.oid = d.refobjid
        WHERE {ours} AND {kept:t}",
    ),
    (
        "view",
        "SELECT format('%I.%I %s', nspname, relname, pg_get_viewdef(o.oid))
        FROM pg_class o JOIN pg_namespace n ON n.oid = relnamespace WHERE {ours} AND relkind IN ('v', 'm')",
    ),
    (
        "rule",
        "SELECT format('%I.%I %s', nspname, relname, pg_get_ruledef(r.oid))
        FROM pg_rewrite r JOIN pg_class o ON o.oid = ev_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {ours} AND rulename <> '_RETURN' AND {kept}",
    ),
    (
        "trigger",
        "SELECT format('%I.%I enabled=%s %s', nspname, relname, tgenabled, pg_get_triggerdef(t.oid))
        FROM pg_trigger t JOIN pg_class o ON o.oid = tgrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {ours} AND NOT tgisinternal AND {kept}",
    ),
    (
        "policy",
        "SELECT format('%I.%I %I command=%s permissive=%s roles=%s using=%s check=%s', nspname, relname, polname, polcmd,
            polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
        FROM pg_policy JOIN pg_class o ON o.oid = polrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {ours} AND {kept}",
    ),
    (
        "function",
        "SELECT format('%s acl=%s %s', o.oid::regprocedure, proacl,
            CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(o.oid) ELSE format('kind=%s', prokind) END)
        FROM pg_proc o JOIN pg_namespace n ON n.oid = pronamespace WHERE {ours}",
    ),
    (
        "comment",
        "SELECT format('%s %s', pg_describe_object(classoid, d.objoid, objsubid), to_json(description))
        FROM pg_description d LEFT JOIN pg_class o ON o.oid = d.objoid AND classoid = 'pg_class'::regclass
        WHERE d.objoid >= 16384 AND {kept}",
    ),
];

/// The whole database as text: schema objects, then every row of every table. Equal databases give equal texts, and
/// nothing in it depends on the order in which things were made, on object ids or on how far sequences have counted.
///
/// # Panics
///
/// If the database can't be read.
pub fn dump(client: &mut Client) -> String {
    dump_without(client, &[])
}

/// The text of a database without some tables (named as in `pg_class.relname`) and what hangs on them: the migrator's
/// own, say.
///
/// # Panics
///
/// If the database can't be read.
pub fn dump_without(client: &mut Client, tables: &[&str]) -> String {
    let names: Vec<_> = tables
        .iter()
        .map(|name| format!("'{}'", name.replace('\'', "''")))
        .collect();
    let kept = |alias: &str| match names.as_slice() {
        [] => "true".to_owned(),
        names => format!(
            "({alias}.relname IS NULL OR {alias}.relname NOT IN ({}))",
            names.join(", ")
        ),
    };
    let complete = |sql: &str| {
        sql.replace("{ours}", OURS)
            .replace("{kept}", &kept("o"))
            .replace("{kept:t}", &kept("t"))
    };

    // One snapshot, names always qualified, and the same text whatever the session has set.
    let setup = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL search_path = pg_catalog; SET LOCAL row_security = off; SET LOCAL extra_float_digits = 3;
        SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres';
        SET LOCAL bytea_output = 'hex'";
    client.batch_execute(setup).unwrap();
    let mut text = String::new();
    for (kind, sql) in CATALOG {
        for line in lines(client, &complete(sql)) {
            writeln!(text, "{kind} {line}").unwrap();
        }
    }
    // ONLY: a row of a partition or of a child table is listed with the table that holds it.
    let tables = "SELECT format('%I.%I', nspname, relname) FROM pg_class o JOIN pg_namespace n ON n.oid = relnamespace
        WHERE {ours} AND relkind = 'r' AND {kept}";
    for table in lines(client, &complete(tables)) {
        for row in lines(client, &format!("SELECT t::text FROM ONLY {table} t")) {
            writeln!(text, "row {table} {row}").unwrap();
        }
    }
    client.batch_execute("COMMIT").unwrap();
    text
}

/// The one column of a query, sorted here: the database's order would depend on its collation.
fn lines(client: &mut Client, sql: &str) -> Vec<String> {
    let messages = client
        .simple_query(sql)
        .unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    let mut lines: Vec<_> = messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect();
    lines.sort_unstable();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Postgres;

    #[test]
    fn equal_databases_give_equal_texts() {
        let (one, two) = (Postgres::shared().database(), Postgres::shared().database());
        let (mut one, mut two) = (one.connect(), two.connect());
        let (a, b) = (
            "CREATE TABLE a (n int PRIMARY KEY)",
            "CREATE TABLE b (x text, y serial)",
        );
        one.batch_execute(&format!(
            "{a}; {b}; INSERT INTO b VALUES ('p'), (NULL); CREATE TYPE mood AS ENUM ('ok')"
        ))
        .unwrap();
        two.batch_execute(&format!(
            "{b}; CREATE TYPE mood AS ENUM ('ok'); {a}; INSERT INTO b VALUES ('p'), (NULL)"
        ))
        .unwrap();
        assert_eq!(dump(&mut one), dump(&mut two));

        two.batch_execute("UPDATE b SET x = '' WHERE x IS NULL")
            .unwrap();
        assert_ne!(dump(&mut one), dump(&mut two));
        assert_eq!(
            dump_without(&mut one, &["b"]),
            dump_without(&mut two, &["b"])
        );
        two.batch_execute("CREATE TYPE other AS ENUM ('ok')")
            .unwrap();
        assert_ne!(
            dump_without(&mut one, &["b"]),
            dump_without(&mut two, &["b"])
        );
    }

    #[test]
    fn every_kind_of_object_shows() {
        let database = Postgres::shared().database();
        let mut client = database.connect();
        let steps = [
            "CREATE SCHEMA s",
            "CREATE TYPE s.mood AS ENUM ('low', 'high')",
            "CREATE DOMAIN s.positive AS int CHECK (VALUE > 0)",
            "CREATE TYPE s.pair AS (a int, b text)",
            "CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'x' NOT NULL)",
            "ALTER TABLE t ALTER b DROP DEFAULT",
            "CREATE TABLE u (a int REFERENCES t, g int GENERATED ALWAYS AS (a * 2) STORED)",
            "CREATE INDEX ON t (lower(b))",
            "CREATE SEQUENCE q INCREMENT 2",
            "CREATE VIEW v AS SELECT a FROM t",
            "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
            "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int)",
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "ALTER TABLE t DISABLE TRIGGER g",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY p ON t USING (a > 0)",
            "COMMENT ON COLUMN t.b IS 'why'",
            "GRANT SELECT ON t TO PUBLIC",
            "CREATE TABLE parts (a int) PARTITION BY RANGE (a)",
            "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (9)",
            "INSERT INTO parts VALUES (1)",
        ];
        let mut before = dump(&mut client);
        for step in steps {
            client.batch_execute(step).unwrap();
            let after = dump(&mut client);
            assert_ne!(before, after, "{step}");
            before = after;
        }
    }
}
