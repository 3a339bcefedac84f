//! Tables and their columns.

use std::collections::BTreeMap;

use super::inventory::Kind;
use super::session::{Row, Session};
use crate::Result;
use crate::introspect::Ignore;
use crate::model::{Column, Generated, Numbering, PARTITIONED, Table};

/// By oid, as the other queries name them.
pub(super) type Tables = BTreeMap<String, Table>;

/// A partition belongs to its table, and is none itself.
pub(super) fn read(session: &mut Session<'_>, ignore: &Ignore) -> Result<Tables> {
    let mut tables = Tables::new();
    let rows = session.rows(
        "SELECT c.oid, {key:c.relnamespace:c.relname}, c.relkind, c.relpersistence, \
           EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)), \
           c.reloptions, c.reloftype <> 0, c.reltablespace <> 0, \
           (SELECT amname FROM pg_catalog.pg_am WHERE oid = c.relam), \
           pg_catalog.obj_description(c.oid, 'pg_class') \
         FROM pg_catalog.pg_class c \
         WHERE c.relkind IN ('r', 'p', 'f') AND {in:c.relnamespace} AND {free:pg_class:c.oid} \
           AND NOT c.relispartition",
    )?;
    for row in rows {
        let name = row.text(1);
        if session.is_ignored(ignore, &name) {
            continue;
        }
        let mut table = Table::new(&name);
        table.comment = row.get(9);
        table.not_understood = beyond(&row);
        tables.insert(row.text(0), table);
    }
    columns(session, &mut tables)?;
    let rows = session.rows_of(
        Kind::Inheritance,
        "SELECT i.inhrelid, {key:p.relnamespace:p.relname} FROM pg_catalog.pg_inherits i \
         JOIN pg_catalog.pg_class p ON p.oid = i.inhparent JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
         WHERE p.relkind = 'r' AND {in:c.relnamespace} ORDER BY i.inhrelid, i.inhseqno",
    )?;
    for row in rows {
        if let Some(table) = tables.get_mut(&row.text(0)) {
            table.inherits.push(row.text(1));
        }
    }
    Ok(tables)
}

/// What the model does not hold.
fn beyond(row: &Row) -> Option<String> {
    let kind = row.text(2);
    let reason = match (kind.as_str(), row.get(8)) {
        ("p", ..) => PARTITIONED.to_owned(),
        ("f", ..) => "it is a foreign table".to_owned(),
        _ if row.is_true(4) => "it inherits, or is inherited from".to_owned(),
        _ if row.is_true(6) => "it is a table of a composite type".to_owned(),
        _ if row.is_true(7) => "it lives in a tablespace of its own".to_owned(),
        (_, Some(method)) if method != "heap" => format!("its access method is `{method}`"),
        _ => return None,
    };
    Some(reason)
}

fn columns(session: &mut Session<'_>, tables: &mut Tables) -> Result<()> {
    // The sequence of an identity ('i') or serial ('a') column hangs on it.
    let rows = session.rows(
        "SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, \
           a.attidentity, a.attgenerated, pg_catalog.pg_get_expr(d.adbin, d.adrelid), \
           CASE WHEN a.attcollation <> t.typcollation THEN \
             (SELECT CASE WHEN pg_catalog.pg_collation_is_visible(o.oid) THEN '' \
                ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(o.collname) \
              FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace \
              WHERE o.oid = a.attcollation) END, \
           pg_catalog.col_description(a.attrelid, a.attnum), \
           'nextval(' || pg_catalog.quote_literal(s.seqrelid::pg_catalog.regclass::text) || '::regclass)', \
           pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, \
           s.seqcache, s.seqcycle \
         FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_catalog.pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
         LEFT JOIN pg_catalog.pg_depend o ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
           AND o.refclassid = o.classid AND (o.refobjid, o.refobjsubid) = (a.attrelid, a.attnum) \
           AND o.deptype IN ('i', 'a') AND o.objid IN (SELECT seqrelid FROM pg_catalog.pg_sequence) \
         LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = o.objid \
         WHERE c.relkind IN ('r', 'p', 'f') AND {in:c.relnamespace} AND a.attnum > 0 AND NOT a.attisdropped \
         ORDER BY a.attrelid, a.attnum, o.deptype DESC, s.seqrelid",
    )?;
    for row in rows {
        let Some(table) = tables.get_mut(&row.text(0)) else {
            continue;
        };
        let column = column(&row);
        match table.columns.last_mut() {
            // It owns several sequences: the one that its default reads is its own.
            Some(last) if last.name == column.name => {
                if column.numbering.is_some() && last.numbering.is_none() {
                    *last = column;
                }
            }
            _ => table.columns.push(column),
        }
    }
    Ok(())
}

fn column(row: &Row) -> Column {
    let kind = row.text(2);
    let generated = row.text(5);
    let expression = row.get(6);
    let is_integer = matches!(kind.as_str(), "smallint" | "integer" | "bigint");
    let is_serial = is_integer && expression.is_some() && row.get(9) == expression;
    let numbering = match row.text(4).as_str() {
        "a" => Some(Numbering::IdentityAlways),
        "d" => Some(Numbering::IdentityByDefault),
        _ if is_serial => Some(Numbering::Serial),
        _ => None,
    };
    let is_plain = generated.is_empty() && numbering.is_none();
    Column {
        name: row.text(1),
        nullable: !row.is_true(3),
        not_null_on_conflict: None,
        default: expression.clone().filter(|_| is_plain),
        generated: (!generated.is_empty()).then(|| Generated {
            expression: super::inside(&expression.unwrap_or_default()),
            stored: generated == "s",
        }),
        sequence: numbering.and_then(|numbering| sequence(row, numbering, &kind)),
        numbering,
        collation: row.get(7),
        comment: row.get(8),
        kind,
    }
}

/// What a column's sequence has other than by default.
fn sequence(row: &Row, numbering: Numbering, column: &str) -> Option<String> {
    let kind = row.text(10);
    let number = |at| row.text(at).parse::<i64>().ok();
    let (start, increment, min, max) = (number(11)?, number(12)?, number(13)?, number(14)?);
    let highest = match kind.as_str() {
        "smallint" => i64::from(i16::MAX),
        "integer" => i64::from(i32::MAX),
        _ => i64::MAX,
    };
    // One that counts down is told in full: a serial's is an ALTER of one that counts up.
    let (usual_min, usual_max, usual_start) = if increment > 0 {
        (Some(1), Some(highest), Some(min))
    } else {
        (None, None, None)
    };
    let mut options = Vec::new();
    // An identity column's sequence takes the column's type, and can't be given one.
    if kind != column && numbering == Numbering::Serial {
        options.push(format!("AS {kind}"));
    }
    let numbers = [
        ("INCREMENT BY", increment, Some(1)),
        ("MINVALUE", min, usual_min),
        ("MAXVALUE", max, usual_max),
        ("START WITH", start, usual_start),
        ("CACHE", number(15)?, Some(1)),
    ];
    for (name, value, usual) in numbers {
        if Some(value) != usual {
            options.push(format!("{name} {value}"));
        }
    }
    if row.is_true(16) {
        options.push("CYCLE".to_owned());
    }
    (!options.is_empty()).then(|| options.join(" "))
}
