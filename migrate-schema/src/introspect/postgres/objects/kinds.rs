//! Each kind of object: the query that finds it, with oid and name first, and the statements that make it.

use super::super::inventory::Kind;
use super::super::session::Row;
use super::{CLASS, COLLATION, Found, PROC, TYPE};
use crate::model::Opaque;

pub(super) type Read<T> = fn(&Row, &str) -> T;

/// Kind, catalog, query, reader.
pub(super) const ALL: [(Kind, &str, &str, Read<Found>); 8] = [
    (Kind::Sequence, CLASS, SEQUENCES, sequence),
    (Kind::Collation, COLLATION, COLLATIONS, collation),
    (Kind::Domain, TYPE, DOMAINS, domain),
    (Kind::Composite, CLASS, COMPOSITES, composite),
    (Kind::Range, TYPE, RANGES, range),
    (Kind::Function, PROC, FUNCTIONS, function),
    (Kind::Function, PROC, AGGREGATES, aggregate),
    (Kind::View, CLASS, VIEWS, view),
];

/// The first columns of every query are oid, name, quoted name and comment. `target` is what DROP and COMMENT ON name.
fn found(row: &Row, kind: &str, target: &str, create: String) -> Found {
    Found {
        opaque: Opaque {
            kind: kind.to_owned(),
            name: row.text(1),
            create: super::super::commented(create, target, row.get(3)),
            drop: format!("DROP {target}"),
            tables: Vec::new(),
            columns: None,
            before_tables: false,
        },
        body: String::new(),
        followers: Vec::new(),
    }
}

/// Sequences that no column owns.
const SEQUENCES: &str = "SELECT c.oid, {key:c.relnamespace:c.relname}, {name:c.relnamespace:c.relname}, \
     pg_catalog.obj_description(c.oid, 'pg_class'), \
     pg_catalog.format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, s.seqcycle \
   FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid \
   WHERE {in:c.relnamespace} AND {free:pg_class:c.oid} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('i', 'a'))";

fn sequence(row: &Row, _: &str) -> Found {
    let create = create_sequence(row);
    found(
        row,
        "sequence",
        &format!("SEQUENCE {}", row.text(2)),
        create,
    )
}

/// From a row whose third column is the quoted name, and whose fifth and following are what the sequence does.
pub(in crate::introspect::postgres) fn create_sequence(row: &Row) -> String {
    format!(
        "CREATE SEQUENCE {} AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {}{}",
        row.text(2),
        row.text(4),
        row.text(5),
        row.text(6),
        row.text(7),
        row.text(8),
        row.text(9),
        if row.is_true(10) { " CYCLE" } else { "" }
    )
}

/// The locale's column has changed its name twice.
const COLLATIONS: &str = "SELECT c.oid, {key:c.collnamespace:c.collname}, {name:c.collnamespace:c.collname}, \
     pg_catalog.obj_description(c.oid, 'pg_collation'), c.collprovider, \
     pg_catalog.quote_literal(coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', \
       pg_catalog.to_jsonb(c) ->> 'colliculocale', c.collcollate)), \
     pg_catalog.quote_literal(c.collcollate), pg_catalog.quote_literal(c.collctype), c.collisdeterministic, \
     pg_catalog.quote_literal(pg_catalog.to_jsonb(c) ->> 'collicurules') \
   FROM pg_catalog.pg_collation c WHERE {in:c.collnamespace} AND {free:pg_collation:c.oid}";

fn collation(row: &Row, _: &str) -> Found {
    let name = row.text(2);
    let mut options = match row.text(4).as_str() {
        "i" => vec![format!("PROVIDER = icu, LOCALE = {}", row.text(5))],
        "b" => vec![format!("PROVIDER = builtin, LOCALE = {}", row.text(5))],
        _ => vec![format!(
            "PROVIDER = libc, LC_COLLATE = {}, LC_CTYPE = {}",
            row.text(6),
            row.text(7)
        )],
    };
    if !row.is_true(8) {
        options.push("DETERMINISTIC = false".to_owned());
    }
    options.extend(row.get(9).map(|rules| format!("RULES = {rules}")));
    let create = format!("CREATE COLLATION {name} ({})", options.join(", "));
    found(row, "collation", &format!("COLLATION {name}"), create)
}

const DOMAINS: &str = "SELECT t.oid, {key:t.typnamespace:t.typname}, {name:t.typnamespace:t.typname}, \
     pg_catalog.obj_description(t.oid, 'pg_type'), pg_catalog.format_type(t.typbasetype, t.typtypmod), \
     CASE WHEN t.typcollation <> b.typcollation THEN \
       (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.collname) \
        FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace \
        WHERE o.oid = t.typcollation) END, \
     t.typdefault, t.typnotnull, \
     (SELECT pg_catalog.string_agg(' CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' \
        || pg_catalog.pg_get_constraintdef(k.oid), '' ORDER BY k.conname) \
      FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') \
   FROM pg_catalog.pg_type t JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype \
   WHERE t.typtype = 'd' AND {in:t.typnamespace} AND {free:pg_type:t.oid}";

fn domain(row: &Row, _: &str) -> Found {
    let name = row.text(2);
    let mut create = format!("CREATE DOMAIN {name} AS {}", row.text(4));
    if let Some(collation) = row.get(5) {
        create.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(default) = row.get(6) {
        create.push_str(&format!(" DEFAULT {default}"));
    }
    if row.is_true(7) {
        create.push_str(" NOT NULL");
    }
    create.push_str(&row.text(8));
    found(row, "domain", &format!("DOMAIN {name}"), create)
}

const COMPOSITES: &str = "SELECT c.oid, {key:c.relnamespace:c.relname}, {name:c.relnamespace:c.relname}, \
     pg_catalog.obj_description(c.reltype, 'pg_type'), \
     (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' \
        || pg_catalog.format_type(a.atttypid, a.atttypmod) \
        || CASE WHEN a.attcollation <> t.typcollation THEN \
             (SELECT ' COLLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.collname) \
              FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace \
              WHERE o.oid = a.attcollation) ELSE '' END, ', ' ORDER BY a.attnum) \
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
   FROM pg_catalog.pg_class c WHERE c.relkind = 'c' AND {in:c.relnamespace} AND {free:pg_type:c.reltype}";

fn composite(row: &Row, _: &str) -> Found {
    let name = row.text(2);
    let create = format!("CREATE TYPE {name} AS ({})", row.text(4));
    found(row, "type", &format!("TYPE {name}"), create)
}

const RANGES: &str = "SELECT t.oid, {key:t.typnamespace:t.typname}, {name:t.typnamespace:t.typname}, \
     pg_catalog.obj_description(t.oid, 'pg_type'), pg_catalog.format_type(r.rngsubtype, NULL), \
     CASE WHEN NOT o.opcdefault THEN \
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.opcname) END, \
     CASE WHEN r.rngcollation <> s.typcollation THEN \
       (SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.collname) \
        FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace \
        WHERE l.oid = r.rngcollation) END, \
     CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::text END, \
     CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::text END \
   FROM pg_catalog.pg_range r \
   JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid \
   JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype \
   JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc \
   JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace \
   WHERE {in:t.typnamespace} AND {free:pg_type:t.oid}";

fn range(row: &Row, _: &str) -> Found {
    let name = row.text(2);
    let mut options = vec![format!("SUBTYPE = {}", row.text(4))];
    for (option, at) in [
        ("SUBTYPE_OPCLASS", 5),
        ("COLLATION", 6),
        ("CANONICAL", 7),
        ("SUBTYPE_DIFF", 8),
    ] {
        options.extend(row.get(at).map(|value| format!("{option} = {value}")));
    }
    let create = format!("CREATE TYPE {name} AS RANGE ({})", options.join(", "));
    found(row, "type", &format!("TYPE {name}"), create)
}

const FUNCTIONS: &str = "SELECT p.oid, {key:p.pronamespace:p.proname}, {name:p.pronamespace:p.proname}, \
     pg_catalog.obj_description(p.oid, 'pg_proc'), p.prokind, \
     pg_catalog.pg_get_function_identity_arguments(p.oid), pg_catalog.pg_get_functiondef(p.oid), p.prosrc \
   FROM pg_catalog.pg_proc p \
   WHERE p.prokind <> 'a' AND {in:p.pronamespace} AND {free:pg_proc:p.oid} \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'i' \
       AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid)";

fn function(row: &Row, schema: &str) -> Found {
    let (kind, what) = match row.text(4).as_str() {
        "p" => ("procedure", "PROCEDURE"),
        _ => ("function", "FUNCTION"),
    };
    let head = format!("CREATE OR REPLACE {what} ");
    let create = super::super::unqualified(&row.text(6), &head, schema);
    let target = format!("{what} {}({})", row.text(2), row.text(5));
    let mut found = found(row, kind, &target, create.trim_end().to_owned());
    found.opaque.name = format!("{}({})", row.text(1), row.text(5));
    found.body = row.text(7);
    found
}

const AGGREGATES: &str = "SELECT p.oid, {key:p.pronamespace:p.proname}, {name:p.pronamespace:p.proname}, \
     pg_catalog.obj_description(p.oid, 'pg_proc'), pg_catalog.pg_get_function_identity_arguments(p.oid), \
     a.aggtransfn::text, pg_catalog.format_type(a.aggtranstype, NULL), \
     CASE WHEN a.aggfinalfn <> 0 THEN a.aggfinalfn::text END, \
     CASE WHEN a.aggcombinefn <> 0 THEN a.aggcombinefn::text END, \
     pg_catalog.quote_literal(a.agginitval) \
   FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid \
   WHERE {in:p.pronamespace} AND {free:pg_proc:p.oid}";

fn aggregate(row: &Row, _: &str) -> Found {
    let called = format!("{}({})", row.text(2), row.text(4));
    let mut options = vec![
        format!("SFUNC = {}", row.text(5)),
        format!("STYPE = {}", row.text(6)),
    ];
    for (option, at) in [("FINALFUNC", 7), ("COMBINEFUNC", 8), ("INITCOND", 9)] {
        options.extend(row.get(at).map(|value| format!("{option} = {value}")));
    }
    let create = format!("CREATE AGGREGATE {called} ({})", options.join(", "));
    let mut found = found(row, "aggregate", &format!("AGGREGATE {called}"), create);
    found.opaque.name = format!("{}({})", row.text(1), row.text(4));
    found
}

const VIEWS: &str = "SELECT c.oid, {key:c.relnamespace:c.relname}, {name:c.relnamespace:c.relname}, \
     pg_catalog.obj_description(c.oid, 'pg_class'), c.relkind, pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') \
       || CASE WHEN c.relispopulated THEN '' ELSE E'\n  WITH NO DATA' END, \
     pg_catalog.array_to_string(c.reloptions, ', '), \
     (SELECT pg_catalog.string_agg(coalesce(';' || E'\\n' || 'ALTER VIEW ' || {name:c.relnamespace:c.relname} \
          || ' ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) || ' SET DEFAULT ' \
          || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') \
        || coalesce(';' || E'\\n' || 'COMMENT ON COLUMN ' || {name:c.relnamespace:c.relname} || '.' \
          || pg_catalog.quote_ident(a.attname) || ' IS ' \
          || pg_catalog.quote_literal(pg_catalog.col_description(c.oid, a.attnum)), ''), '' ORDER BY a.attnum) \
      FROM pg_catalog.pg_attribute a \
      LEFT JOIN pg_catalog.pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
      WHERE a.attrelid = c.oid AND a.attnum > 0), \
     (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) \
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) \
   FROM pg_catalog.pg_class c \
   WHERE c.relkind IN ('v', 'm') AND {in:c.relnamespace} AND {free:pg_class:c.oid}";

fn view(row: &Row, _: &str) -> Found {
    let name = row.text(2);
    let (kind, what) = match row.text(4).as_str() {
        "m" => ("materialized view", "MATERIALIZED VIEW"),
        _ => ("view", "VIEW"),
    };
    let options = row.get(6).map(|options| format!(" WITH ({options})"));
    let mut create = format!(
        "CREATE {what} {name}{} AS\n{}",
        options.unwrap_or_default(),
        row.text(5).trim_end_matches(';')
    );
    create.push_str(&row.text(7));
    let mut found = found(row, kind, &format!("{what} {name}"), create);
    found.opaque.columns = row.get(8);
    found
}

/// Indexes of materialized views.
pub(super) const VIEW_INDEXES: &str = "SELECT i.indrelid, {key:c.relnamespace:c.relname}, {name:c.relnamespace:c.relname}, \
     pg_catalog.obj_description(c.oid, 'pg_class'), pg_catalog.pg_get_indexdef(c.oid) \
   FROM pg_catalog.pg_index i \
   JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
   JOIN pg_catalog.pg_class v ON v.oid = i.indrelid \
   WHERE v.relkind = 'm' AND {in:c.relnamespace} ORDER BY c.relname";

pub(super) fn view_index(row: &Row, schema: &str) -> Opaque {
    let create = super::super::unqualified(&row.text(4), " ON ", schema);
    found(row, "index", &format!("INDEX {}", row.text(2)), create).opaque
}
