//! What hangs on a table and is kept as it stands: triggers, rules, policies, row security, extended statistics.

use super::inventory::Kind;
use super::objects::create_sequence;
use super::session::{Row, Session};
use super::tables::Tables;
use crate::Result;
use crate::model::Opaque;

pub(super) fn read(session: &mut Session<'_>, tables: &mut Tables) -> Result<()> {
    for (kind, query, statement) in [
        (
            Kind::RowSecurity,
            ROW_SECURITY,
            row_security as fn(&Row, &str) -> Opaque,
        ),
        (Kind::Policy, POLICIES, policy),
        (Kind::Rule, RULES, rule),
        (Kind::Trigger, TRIGGERS, trigger),
        (Kind::Statistics, STATISTICS, statistics),
        (Kind::Sequence, SEQUENCES, owned_sequence),
    ] {
        let rows = session.rows_of(kind, query)?;
        for row in rows {
            if let Some(table) = tables.get_mut(&row.text(0)) {
                let mut opaque = statement(&row, session.schema());
                opaque.tables = vec![table.name.clone()];
                table.opaque.push(opaque);
            }
        }
    }
    Ok(())
}

/// Triggers of a table or view, with its oid first.
pub(super) const TRIGGERS: &str = "SELECT t.tgrelid, t.tgname, pg_catalog.quote_ident(t.tgname), \
     {name:c.relnamespace:c.relname}, pg_catalog.pg_get_triggerdef(t.oid, true), \
     pg_catalog.obj_description(t.oid, 'pg_trigger'), t.tgenabled \
   FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
   WHERE {in:c.relnamespace} AND NOT t.tgisinternal AND {free:pg_trigger:t.oid} ORDER BY t.tgname";

/// Rules of a table or view, that which makes a view apart.
pub(super) const RULES: &str = "SELECT r.ev_class, r.rulename, pg_catalog.quote_ident(r.rulename), \
     {name:c.relnamespace:c.relname}, pg_catalog.pg_get_ruledef(r.oid, true), \
     pg_catalog.obj_description(r.oid, 'pg_rewrite'), r.ev_enabled \
   FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class \
   WHERE {in:c.relnamespace} AND r.rulename <> '_RETURN' AND {free:pg_rewrite:r.oid} ORDER BY r.rulename";

const POLICIES: &str = "SELECT p.polrelid, p.polname, pg_catalog.quote_ident(p.polname), \
     {name:c.relnamespace:c.relname}, p.polpermissive, \
     pg_catalog.obj_description(p.oid, 'pg_policy'), p.polcmd, \
     (SELECT pg_catalog.string_agg(CASE WHEN r.oid = 0 THEN 'PUBLIC' \
        ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.oid)) END, ', ' ORDER BY r.place) \
      FROM pg_catalog.unnest(p.polroles) WITH ORDINALITY r (oid, place)), \
     pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) \
   FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid \
   WHERE {in:c.relnamespace} AND {free:pg_policy:p.oid} ORDER BY p.polname";

const ROW_SECURITY: &str = "SELECT c.oid, c.relname, '', {name:c.relnamespace:c.relname}, \
     c.relrowsecurity, NULL, c.relforcerowsecurity \
   FROM pg_catalog.pg_class c \
   WHERE {in:c.relnamespace} AND c.relkind IN ('r', 'p') AND (c.relrowsecurity OR c.relforcerowsecurity)";

const STATISTICS: &str = "SELECT s.stxrelid, s.stxname, {name:s.stxnamespace:s.stxname}, \
     {name:c.relnamespace:c.relname}, pg_catalog.pg_get_statisticsobjdef(s.oid), \
     pg_catalog.obj_description(s.oid, 'pg_statistic_ext') \
   FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid \
   WHERE {in:s.stxnamespace} AND {in:c.relnamespace} AND {free:pg_statistic_ext:s.oid} ORDER BY s.stxname";

/// Sequences that a column owns and is not numbered by.
const SEQUENCES: &str = "SELECT o.refobjid, c.relname, {name:c.relnamespace:c.relname}, \
     {name:t.relnamespace:t.relname} || '.' || pg_catalog.quote_ident(a.attname), \
     pg_catalog.format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, s.seqcycle, \
     pg_catalog.obj_description(c.oid, 'pg_class') \
   FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid \
   JOIN pg_catalog.pg_depend o ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid \
     AND o.refclassid = o.classid AND o.deptype = 'a' \
   JOIN pg_catalog.pg_class t ON t.oid = o.refobjid \
   JOIN pg_catalog.pg_attribute a ON (a.attrelid, a.attnum) = (o.refobjid, o.refobjsubid) \
   LEFT JOIN pg_catalog.pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
   WHERE {in:c.relnamespace} AND {free:pg_class:c.oid} \
     AND (a.atttypid NOT IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype, \
          'pg_catalog.int8'::pg_catalog.regtype) \
       OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM \
         'nextval(' || pg_catalog.quote_literal(s.seqrelid::pg_catalog.regclass::text) || '::regclass)') \
   ORDER BY c.relname";

/// What COMMENT ON names is `target`; the name and the comment stand in the same columns of every query.
fn opaque(row: &Row, kind: &str, target: &str, create: String, drop: String) -> Opaque {
    Opaque {
        kind: kind.to_owned(),
        name: row.text(1),
        create: super::commented(create, target, row.get(5)),
        drop,
        tables: Vec::new(),
        columns: None,
        before_tables: false,
    }
}

pub(super) fn trigger(row: &Row, _: &str) -> Opaque {
    let (name, on) = (row.text(2), row.text(3));
    let mut create = row.text(4);
    if let Some(state) = state(&row.text(6)) {
        create.push_str(&format!(";\nALTER TABLE {on} {state} TRIGGER {name}"));
    }
    let target = format!("TRIGGER {name} ON {on}");
    opaque(row, "trigger", &target, create, format!("DROP {target}"))
}

pub(super) fn rule(row: &Row, _: &str) -> Opaque {
    let (name, on) = (row.text(2), row.text(3));
    let mut create = row.text(4).trim_end_matches(';').to_owned();
    if let Some(state) = state(&row.text(6)) {
        create.push_str(&format!(";\nALTER TABLE {on} {state} RULE {name}"));
    }
    let target = format!("RULE {name} ON {on}");
    opaque(row, "rule", &target, create, format!("DROP {target}"))
}

/// Where it differs from what a new one has.
fn state(code: &str) -> Option<&'static str> {
    match code {
        "D" => Some("DISABLE"),
        "R" => Some("ENABLE REPLICA"),
        "A" => Some("ENABLE ALWAYS"),
        _ => None,
    }
}

fn policy(row: &Row, _: &str) -> Opaque {
    let (name, on) = (row.text(2), row.text(3));
    let mut create = format!("CREATE POLICY {name} ON {on}");
    if !row.is_true(4) {
        create.push_str(" AS RESTRICTIVE");
    }
    create.push_str(match row.text(6).as_str() {
        "r" => " FOR SELECT",
        "a" => " FOR INSERT",
        "w" => " FOR UPDATE",
        "d" => " FOR DELETE",
        _ => "",
    });
    if let Some(roles) = row.get(7).filter(|roles| roles != "PUBLIC") {
        create.push_str(&format!(" TO {roles}"));
    }
    for (clause, at) in [("USING", 8), ("WITH CHECK", 9)] {
        if let Some(expression) = row.get(at) {
            create.push_str(&format!(" {clause} ({})", super::inside(&expression)));
        }
    }
    let target = format!("POLICY {name} ON {on}");
    opaque(row, "policy", &target, create, format!("DROP {target}"))
}

fn row_security(row: &Row, _: &str) -> Opaque {
    let on = row.text(3);
    let (mut create, mut drop) = (Vec::new(), Vec::new());
    if row.is_true(4) {
        create.push(format!("ALTER TABLE {on} ENABLE ROW LEVEL SECURITY"));
        drop.push(format!("ALTER TABLE {on} DISABLE ROW LEVEL SECURITY"));
    }
    if row.is_true(6) {
        create.push(format!("ALTER TABLE {on} FORCE ROW LEVEL SECURITY"));
        drop.push(format!("ALTER TABLE {on} NO FORCE ROW LEVEL SECURITY"));
    }
    opaque(
        row,
        "row security",
        "",
        create.join(";\n"),
        drop.join(";\n"),
    )
}

fn owned_sequence(row: &Row, _: &str) -> Opaque {
    let name = row.text(2);
    let target = format!("SEQUENCE {name}");
    let create = format!(
        "{};\nALTER SEQUENCE {name} OWNED BY {}",
        create_sequence(row),
        row.text(3)
    );
    Opaque {
        kind: "sequence".to_owned(),
        name: row.text(1),
        create: super::commented(create, &target, row.get(11)),
        drop: format!("DROP {target}"),
        tables: Vec::new(),
        columns: None,
        before_tables: false,
    }
}

fn statistics(row: &Row, schema: &str) -> Opaque {
    let create = super::unqualified(&row.text(4), "CREATE STATISTICS ", schema);
    let target = format!("STATISTICS {}", row.text(2));
    opaque(row, "statistics", &target, create, format!("DROP {target}"))
}
