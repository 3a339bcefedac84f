//! Who may do what: GRANT and REVOKE as they differ from what a new object has, owners that differ from those of the
//! other objects, and what a table or a column is set to beside its definition.

use std::collections::BTreeMap;

use super::inventory::Kind;
use super::session::Session;
use super::tables::Tables;
use crate::Result;
use crate::model::{
    COLUMN_PRIVILEGES, COLUMN_SETTINGS, DEFAULT_PRIVILEGES, Opaque, PRIVILEGES, SCHEMA_PRIVILEGES,
    SETTINGS,
};

/// Statements by catalog and oid.
pub(super) type Statements = BTreeMap<(String, String), Vec<String>>;

/// What is said of objects that are no tables.
pub(super) fn of_objects(session: &mut Session<'_>) -> Result<Statements> {
    let mut statements = Statements::new();
    for (catalog, query) in [
        ("pg_class", relations()),
        ("pg_proc", functions()),
        ("pg_type", types()),
    ] {
        for row in session.rows_of(Kind::Privilege, &query)? {
            let of = statements
                .entry((catalog.to_owned(), row.text(0)))
                .or_default();
            // Privileges are those beside the owner's.
            of.extend(row.get(2));
            of.extend(lines(&row.text(1)));
        }
    }
    Ok(statements)
}

/// What is said of tables and their columns.
pub(super) fn of_tables(session: &mut Session<'_>, tables: &mut Tables) -> Result<()> {
    let mut found = Vec::new();
    for (kind, query) in [
        (PRIVILEGES, table_privileges()),
        (COLUMN_PRIVILEGES, column_privileges()),
    ] {
        found.push((kind, session.rows_of(Kind::Privilege, &query)?));
    }
    for (kind, query) in [
        (SETTINGS, SETTINGS_OF_TABLES),
        (COLUMN_SETTINGS, SETTINGS_OF_COLUMNS),
    ] {
        found.push((kind, session.rows(query)?));
    }
    for (kind, rows) in found {
        for row in rows {
            let lines = lines(&row.text(2));
            if let (Some(table), false) = (tables.get_mut(&row.text(0)), lines.is_empty()) {
                let said = Opaque {
                    tables: vec![table.name.clone()],
                    ..said(kind, row.text(1), &lines)
                };
                table.opaque.push(said);
            }
        }
    }
    Ok(())
}

/// What is said of schemas, and of the objects that roles are still to make.
pub(super) fn of_schemas(session: &mut Session<'_>) -> Result<Vec<Opaque>> {
    let mut all = Vec::new();
    for (kind, query) in [
        (SCHEMA_PRIVILEGES, schemas()),
        (DEFAULT_PRIVILEGES, by_default()),
    ] {
        for row in session.rows_of(Kind::Privilege, &query)? {
            let lines = lines(&row.text(1));
            if !lines.is_empty() {
                all.push(said(kind, row.text(0), &lines));
            }
        }
    }
    Ok(all)
}

fn said(kind: &str, name: String, lines: &[String]) -> Opaque {
    Opaque {
        kind: kind.to_owned(),
        name,
        create: lines.join(";\n"),
        drop: String::new(),
        tables: Vec::new(),
        columns: None,
        before_tables: false,
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The owner that most objects of the schema have.
const USUAL_OWNER: &str = "(SELECT r.relowner FROM pg_catalog.pg_class r WHERE {in:r.relnamespace} \
    GROUP BY r.relowner ORDER BY pg_catalog.count(*) DESC, r.relowner LIMIT 1)";

/// Lines of REVOKE and GRANT that make of a new object's privileges those of this one. `kind` is what `acldefault` calls
/// the object, and `class` what `pg_default_acl` does.
fn grants(acl: &str, kind: char, class: char, of: (&str, &str), target: &str) -> String {
    let (owner, namespace) = of;
    let by_default = format!(
        "(coalesce((SELECT a.defaclacl FROM pg_catalog.pg_default_acl a WHERE a.defaclrole = {owner} \
           AND a.defaclnamespace = 0 AND a.defaclobjtype = '{class}'), pg_catalog.acldefault('{kind}', {owner})) \
         || coalesce((SELECT a.defaclacl FROM pg_catalog.pg_default_acl a WHERE a.defaclrole = {owner} \
           AND a.defaclnamespace = {namespace} AND a.defaclobjtype = '{class}'), '{{}}'))"
    );
    let own = format!("coalesce({acl}, pg_catalog.acldefault('{kind}', {owner}))");
    difference(&by_default, &own, target)
}

/// Lines of REVOKE and GRANT between two lists of privileges.
fn difference(by_default: &str, own: &str, target: &str) -> String {
    let grantee = "CASE WHEN e.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END";
    let listed = "pg_catalog.string_agg(privilege_type, ', ' ORDER BY privilege_type)";
    format!(
        "(SELECT pg_catalog.string_agg(line, E'\\n' ORDER BY is_grant, line) FROM ( \
           SELECT false AS is_grant, 'REVOKE ' || {listed} || ' ON ' || {target} || ' FROM ' || grantee AS line \
           FROM (SELECT DISTINCT e.privilege_type, {grantee} AS grantee FROM pg_catalog.aclexplode({by_default}) e \
             WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode({own}) o \
               WHERE (o.grantee, o.privilege_type) = (e.grantee, e.privilege_type))) AS gone GROUP BY grantee \
           UNION ALL \
           SELECT true, 'GRANT ' || {listed} || ' ON ' || {target} || ' TO ' || grantee \
             || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END \
           FROM (SELECT DISTINCT e.privilege_type, e.is_grantable, {grantee} AS grantee FROM pg_catalog.aclexplode({own}) e \
             WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode({by_default}) o \
               WHERE (o.grantee, o.privilege_type) = (e.grantee, e.privilege_type) \
                 AND (o.is_grantable OR NOT e.is_grantable))) AS new GROUP BY grantee, is_grantable \
         ) AS lines)"
    )
}

fn owner(column: &str, statement: &str) -> String {
    format!(
        "CASE WHEN {column} <> {USUAL_OWNER} THEN {statement} || ' OWNER TO ' \
         || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid({column})) END"
    )
}

fn relations() -> String {
    let name = "{name:c.relnamespace:c.relname}";
    let what = "CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END";
    let of_sequence = grants(
        "c.relacl",
        's',
        'S',
        ("c.relowner", "c.relnamespace"),
        &format!("'SEQUENCE ' || {name}"),
    );
    let of_view = grants("c.relacl", 'r', 'r', ("c.relowner", "c.relnamespace"), name);
    format!(
        "SELECT c.oid, pg_catalog.concat_ws(E'\\n', CASE c.relkind WHEN 'S' THEN {of_sequence} ELSE {of_view} END, \
           (SELECT pg_catalog.string_agg({}, E'\\n' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
            WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL AND c.relkind <> 'S')), {} \
         FROM pg_catalog.pg_class c WHERE c.relkind IN ('v', 'm', 'S') AND {{in:c.relnamespace}}",
        column_grants(),
        owner("c.relowner", &format!("'ALTER ' || {what} || {name}"))
    )
}

fn functions() -> String {
    let called = "CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || {name:p.pronamespace:p.proname} \
        || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'";
    let altered = "CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' WHEN 'a' THEN 'AGGREGATE ' ELSE 'FUNCTION ' END \
        || {name:p.pronamespace:p.proname} || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'";
    format!(
        "SELECT p.oid, {}, {} FROM pg_catalog.pg_proc p WHERE {{in:p.pronamespace}}",
        grants(
            "p.proacl",
            'f',
            'f',
            ("p.proowner", "p.pronamespace"),
            called
        ),
        owner("p.proowner", &format!("'ALTER ' || {altered}"))
    )
}

fn types() -> String {
    let name = "{name:t.typnamespace:t.typname}";
    format!(
        "SELECT t.oid, {}, {} FROM pg_catalog.pg_type t WHERE t.typtype IN ('d', 'r', 'e') AND {{in:t.typnamespace}}",
        grants(
            "t.typacl",
            'T',
            'T',
            ("t.typowner", "t.typnamespace"),
            &format!("'TYPE ' || {name}")
        ),
        owner(
            "t.typowner",
            &format!(
                "CASE t.typtype WHEN 'd' THEN 'ALTER DOMAIN ' ELSE 'ALTER TYPE ' END || {name}"
            )
        )
    )
}

/// Who may use a schema. Whoever may use `public` at first is said by initdb, and a default schema of another name is
/// somewhere else a schema of another name. What the role may to which most objects belong is what it needs to make them.
fn schemas() -> String {
    let initial = "(SELECT i.initprivs FROM pg_catalog.pg_init_privs i \
        WHERE i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND i.objoid = n.oid AND i.objsubid = 0)";
    let new = "coalesce((SELECT a.defaclacl FROM pg_catalog.pg_default_acl a WHERE a.defaclrole = n.nspowner \
        AND a.defaclnamespace = 0 AND a.defaclobjtype = 'n'), pg_catalog.acldefault('n', n.nspowner))";
    let own = "coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))";
    let target = "'SCHEMA ' || pg_catalog.quote_ident(n.nspname)";
    let of_others = |list: &str| {
        format!(
            "(SELECT pg_catalog.array_agg(item) FROM pg_catalog.unnest({list}) AS item WHERE NOT EXISTS \
               (SELECT FROM pg_catalog.aclexplode(ARRAY[item]) e WHERE e.grantee = {USUAL_OWNER}))"
        )
    };
    let (own, new) = (of_others(own), of_others(new));
    let initial = of_others(&format!("coalesce({initial}, n.nspacl)"));
    format!(
        "SELECT n.nspname, pg_catalog.concat_ws(E'\\n', CASE WHEN n.nspname <> 'public' THEN {} END, \
           CASE n.nspname WHEN 'public' THEN {} ELSE {} END) \
         FROM pg_catalog.pg_namespace n WHERE {{in:n.oid}} AND (n.nspname = 'public' OR {{other:n.nspname}}) \
         ORDER BY n.nspname",
        owner("n.nspowner", &format!("'ALTER ' || {target}")),
        difference(&initial, &own, target),
        difference(&new, &own, target)
    )
}

/// The role is named where it is not the one that most objects belong to.
fn by_default() -> String {
    let role = format!(
        "CASE WHEN d.defaclrole <> coalesce({USUAL_OWNER}, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)) \
         THEN ' FOR ROLE ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)) ELSE '' END"
    );
    let place = "coalesce((SELECT ' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n \
        WHERE n.oid = d.defaclnamespace), '')";
    let what = "CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' \
        WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE d.defaclobjtype::text END";
    // Those of one schema are added to those of all.
    let new = "CASE WHEN d.defaclnamespace = 0 THEN pg_catalog.acldefault( \
        CASE d.defaclobjtype WHEN 'S' THEN 's'::\"char\" ELSE d.defaclobjtype END, d.defaclrole) END";
    let lines = difference(new, "d.defaclacl", what);
    format!(
        "SELECT pg_catalog.lower({what}) || {role} || {place}, \
           (SELECT pg_catalog.string_agg('ALTER DEFAULT PRIVILEGES' || {role} || {place} || ' ' || line, E'\\n' ORDER BY at) \
            FROM pg_catalog.string_to_table({lines}, E'\\n') WITH ORDINALITY AS one (line, at)) \
         FROM pg_catalog.pg_default_acl d WHERE d.defaclnamespace = 0 OR {{in:d.defaclnamespace}} ORDER BY 1"
    )
}

fn table_privileges() -> String {
    let name = "{name:c.relnamespace:c.relname}";
    format!(
        "SELECT c.oid, {{key:c.relnamespace:c.relname}}, pg_catalog.concat_ws(E'\\n', {}, {}) FROM pg_catalog.pg_class c \
         WHERE c.relkind IN ('r', 'p', 'f') AND {{in:c.relnamespace}}",
        owner("c.relowner", &format!("'ALTER TABLE ' || {name}")),
        grants("c.relacl", 'r', 'r', ("c.relowner", "c.relnamespace"), name)
    )
}

/// What is granted on a column `a` of a relation `c`.
fn column_grants() -> String {
    "(SELECT pg_catalog.string_agg('GRANT ' || privileges || ' ON ' || {name:c.relnamespace:c.relname} || ' TO ' || grantee \
       || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, E'\\n' ORDER BY grantee, is_grantable) \
     FROM (SELECT CASE WHEN e.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) END AS grantee, \
         e.is_grantable, pg_catalog.string_agg(e.privilege_type || ' (' || pg_catalog.quote_ident(a.attname) || ')', ', ' \
           ORDER BY e.privilege_type) AS privileges \
       FROM pg_catalog.aclexplode(a.attacl) e GROUP BY e.grantee, e.is_grantable) AS granted)"
        .to_owned()
}

/// With those of the sequence that the column owns, which goes with it.
fn column_privileges() -> String {
    let sequence = grants(
        "s.relacl",
        's',
        'S',
        ("s.relowner", "s.relnamespace"),
        "'SEQUENCE ' || {name:s.relnamespace:s.relname}",
    );
    format!(
        "SELECT c.oid, a.attname, pg_catalog.concat_ws(E'\\n', CASE WHEN a.attacl IS NOT NULL THEN {} END, \
           (SELECT pg_catalog.string_agg({sequence}, E'\\n') FROM pg_catalog.pg_depend d \
            JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' \
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid \
              AND (d.refobjid, d.refobjsubid) = (c.oid, a.attnum) AND d.deptype IN ('i', 'a'))) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         WHERE c.relkind IN ('r', 'p', 'f') AND {{in:c.relnamespace}} AND a.attnum > 0 AND NOT a.attisdropped \
         ORDER BY c.oid, a.attnum",
        column_grants()
    )
}

const SETTINGS_OF_TABLES: &str = "SELECT c.oid, {key:c.relnamespace:c.relname}, pg_catalog.concat_ws(E'\\n', \
     CASE WHEN c.relpersistence = 'u' THEN 'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' SET UNLOGGED' END, \
     'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' SET (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')', \
     CASE c.relreplident WHEN 'f' THEN 'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' REPLICA IDENTITY FULL' \
       WHEN 'n' THEN 'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' REPLICA IDENTITY NOTHING' \
       WHEN 'i' THEN (SELECT 'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' REPLICA IDENTITY USING INDEX ' \
           || pg_catalog.quote_ident(x.relname) \
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
         WHERE i.indrelid = c.oid AND i.indisreplident) END) \
   FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p') AND {in:c.relnamespace}";

const SETTINGS_OF_COLUMNS: &str = "SELECT c.oid, a.attname, pg_catalog.concat_ws(E'\\n', \
     CASE WHEN a.attstattarget >= 0 THEN 'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' ALTER COLUMN ' \
       || pg_catalog.quote_ident(a.attname) || ' SET STATISTICS ' || a.attstattarget END, \
     'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) \
       || ' SET (' || pg_catalog.array_to_string(a.attoptions, ', ') || ')', \
     CASE WHEN a.attstorage <> t.typstorage THEN 'ALTER TABLE ' || {name:c.relnamespace:c.relname} || ' ALTER COLUMN ' \
       || pg_catalog.quote_ident(a.attname) || ' SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' \
         WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END) \
   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
   JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
   WHERE c.relkind IN ('r', 'p') AND {in:c.relnamespace} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.oid, a.attnum";
