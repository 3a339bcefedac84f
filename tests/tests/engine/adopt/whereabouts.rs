//! Whose table it is on PostgreSQL: one that somebody has put in the way is not believed.

use migrate_runtime::{ErrorKind, Lock, Migrator, Outcome};

use super::{ADOPT, STEPS, TABLE, imported, imported_with, numbers, old_tool, versions};
use crate::support::{Engine, Postgres, ids};

type Client = <Postgres as Engine>::Client;

fn refused(client: &mut Client, adopt: &str, schema: Option<&str>) -> String {
    let chain = imported_with(adopt).load::<Postgres>();
    let mut migrator = Migrator::new(&chain);
    if let Some(schema) = schema {
        migrator = migrator.schema(schema);
    }
    let error = migrator.run(client).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Adoption | ErrorKind::Privilege),
        "{error:#}"
    );
    let none = "SELECT count(*) FROM pg_class WHERE relname = 'migrate_revision'";
    assert_eq!(Postgres::column(client, none), ["0"]);
    format!("{error:#}")
}

#[test]
fn a_temporary_table_is_none() {
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(
        &mut client,
        &TABLE.replace("CREATE TABLE", "CREATE TEMP TABLE"),
    );
    let text = refused(&mut client, ADOPT, None);
    assert!(text.contains("is a temporary one"), "{text}");
}

#[test]
fn a_table_elsewhere_on_the_path_is_not_taken_for_a_fresh_database() {
    let database = Postgres::new();
    let mut client = database.connect();
    old_tool::<Postgres>(&mut client, 2);
    Postgres::execute(
        &mut client,
        "CREATE SCHEMA app; SET search_path = app, public",
    );
    let text = refused(&mut client, ADOPT, None);
    assert!(
        text.contains("lies in the schema `public`, and the record belongs into `app`"),
        "{text}"
    );
    // Beside it, or where adopt.sql says.
    let chain =
        imported_with(&ADOPT.replace("table: done", "table: public.done")).load::<Postgres>();
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ids(&["a1", "b1"]));
    let database = Postgres::new();
    let mut client = database.connect();
    old_tool::<Postgres>(&mut client, 2);
    Postgres::execute(
        &mut client,
        "CREATE SCHEMA app; SET search_path = app, public",
    );
    let chain = imported().load::<Postgres>();
    let report = Migrator::new(&chain)
        .schema("public")
        .run(&mut client)
        .unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ids(&["a1", "b1"]));
}

#[test]
fn a_table_that_the_path_does_not_reach() {
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(&mut client, "CREATE SCHEMA app; SET search_path = app");
    old_tool::<Postgres>(&mut client, 2);
    Postgres::execute(&mut client, "SET search_path = public");
    let text = refused(&mut client, ADOPT, Some("app"));
    assert!(
        text.contains("which the search_path doesn't reach"),
        "{text}"
    );
}

/// Somebody who may create tables there has put one before ours is made, to have his own answer.
#[test]
fn a_table_of_a_stranger_is_not_believed() {
    let database = Postgres::new();
    let mut client = database.connect();
    let (stranger, worker) = (
        format!("s_{}", database.name()),
        format!("w_{}", database.name()),
    );
    Postgres::execute(
        &mut client,
        &format!(
            "CREATE ROLE {stranger}; CREATE ROLE {worker}; GRANT ALL ON SCHEMA public TO {stranger}, {worker}; \
             SET ROLE {stranger}; {TABLE}; INSERT INTO done VALUES (1, 'x', 'applied', NULL); GRANT ALL ON done TO {worker}; \
             SET SESSION AUTHORIZATION {worker}"
        ),
    );
    let text = refused(&mut client, ADOPT, None);
    assert!(text.contains("can't be trusted"), "{text}");
    assert!(
        text.contains(&format!("it belongs to `{stranger}`")),
        "{text}"
    );
    Postgres::execute(&mut client, "RESET SESSION AUTHORIZATION");
    Postgres::execute(
        &mut client,
        &format!("DROP OWNED BY {stranger}, {worker}; DROP ROLE {stranger}, {worker}"),
    );
}

#[test]
fn a_view_or_a_trigger_is_not_believed() {
    for (plant, why) in [
        (
            "CREATE VIEW done AS SELECT 1::bigint AS version, 'applied'::text AS state, NULL::text AS sum",
            "it is no plain table",
        ),
        (
            "CREATE TABLE done (version bigint, name text, state text, sum text); \
             CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER t BEFORE INSERT ON done FOR EACH ROW EXECUTE FUNCTION f()",
            "it has triggers",
        ),
    ] {
        let database = Postgres::new();
        let mut client = database.connect();
        Postgres::execute(&mut client, plant);
        let text = refused(&mut client, ADOPT, None);
        assert!(text.contains(why), "{text}");
    }
}

/// An operator of somebody's own, found first, doesn't answer for ours.
#[test]
fn an_operator_in_the_path_does_not_answer() {
    let database = Postgres::new();
    let mut client = database.connect();
    old_tool::<Postgres>(&mut client, 2);
    Postgres::execute(
        &mut client,
        "CREATE FUNCTION public.no(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT false'; \
         CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.no); \
         CREATE FUNCTION public.no_oid(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT false'; \
         CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.no_oid); \
         SET search_path = public, pg_catalog",
    );
    let report = imported().load::<Postgres>().run(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ids(&["a1", "b1"]));
}

#[test]
fn each_tenant_has_its_own() {
    let database = Postgres::new();
    let chain = imported().load::<Postgres>();
    for (tenant, had) in [("acme", 2), ("globex", 0), ("initech", 3)] {
        let mut client = database.connect();
        Postgres::execute(
            &mut client,
            &format!("CREATE SCHEMA {tenant}; SET search_path = {tenant}"),
        );
        if had > 0 {
            old_tool::<Postgres>(&mut client, had);
        }
        let mut migrator = Migrator::new(&chain).schema(tenant);
        let report = migrator.run(&mut client).unwrap();
        assert_eq!(
            report.adopted.map_or(0, |adopted| adopted.revisions.len()),
            had
        );
        assert_eq!(numbers::<Postgres>(&mut client), ["1", "2", "3", "4"]);
        assert_eq!(
            migrator.run(&mut client).unwrap().outcome,
            Outcome::UpToDate
        );
        if had > 0 {
            assert_eq!(versions::<Postgres>(&mut client), ["1", "2", "3"]);
        }
    }
}

#[test]
fn a_row_may_be_the_lock() {
    for lock in [Lock::Table, Lock::None] {
        let database = Postgres::new();
        let chain = imported().load::<Postgres>();
        let mut client = database.connect();
        old_tool::<Postgres>(&mut client, 2);
        let report = Migrator::new(&chain).lock(lock).run(&mut client).unwrap();
        assert_eq!(report.adopted.unwrap().revisions, ids(&["a1", "b1"]));
        assert_eq!(numbers::<Postgres>(&mut client), ["1", "2", "3", "4"]);
    }
}

/// The role needs what it takes to keep others from the table, and is told so.
#[test]
fn a_role_that_may_only_read() {
    let database = Postgres::new();
    let mut client = database.connect();
    let role = format!("r_{}", database.name());
    old_tool::<Postgres>(&mut client, 1);
    let _ = STEPS;
    Postgres::execute(
        &mut client,
        &format!(
            "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; GRANT SELECT ON done TO {role}; SET ROLE {role}"
        ),
    );
    let error = imported().load::<Postgres>().run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Privilege, "{error:#}");
    let text = format!("{error:#}");
    assert!(
        text.contains("the role needs SELECT, INSERT, UPDATE and DELETE on public.done"),
        "{text}"
    );
    Postgres::execute(
        &mut client,
        &format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"),
    );
}
