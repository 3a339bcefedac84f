//! What needs what, as the server records it.

use std::collections::{BTreeMap, BTreeSet};

use super::session::Session;
use crate::Result;

/// An object: its catalog and its oid.
pub(super) type Node = (String, String);

/// By object: what it needs. Columns, defaults, constraints and indexes count as their table, the query of a view as
/// the view, the type of a table's rows as the table, and an array as its element.
pub(super) struct Depends(BTreeMap<Node, BTreeSet<Node>>);

impl Depends {
    /// What an object needs at first hand.
    pub(super) fn direct(&self, node: &Node) -> impl Iterator<Item = &Node> {
        self.0.get(node).into_iter().flatten()
    }

    /// What an object needs at any remove.
    pub(super) fn all(&self, node: &Node) -> BTreeSet<&Node> {
        let mut found = BTreeSet::new();
        let mut ahead: Vec<&Node> = self.direct(node).collect();
        while let Some(next) = ahead.pop() {
            if next != node && found.insert(next) {
                ahead.extend(self.direct(next));
            }
        }
        found
    }
}

pub(super) fn read(session: &mut Session<'_>) -> Result<Depends> {
    // Below 16384 stands what initdb made.
    let rows = session.rows(
        "WITH part (catalog, oid, of_catalog, of_oid) AS ( \
           SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, oid, 'pg_catalog.pg_class'::pg_catalog.regclass, ev_class \
             FROM pg_catalog.pg_rewrite \
           UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, oid, 'pg_catalog.pg_class'::pg_catalog.regclass, adrelid \
             FROM pg_catalog.pg_attrdef \
           UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, \
             CASE WHEN conrelid <> 0 THEN 'pg_catalog.pg_class' ELSE 'pg_catalog.pg_type' END::pg_catalog.regclass, \
             CASE WHEN conrelid <> 0 THEN conrelid ELSE contypid END \
             FROM pg_catalog.pg_constraint \
           UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, indexrelid, 'pg_catalog.pg_class'::pg_catalog.regclass, indrelid \
             FROM pg_catalog.pg_index \
           UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, \
             CASE WHEN coalesce(e.typrelid, t.typrelid) <> 0 THEN 'pg_catalog.pg_class' ELSE 'pg_catalog.pg_type' END::pg_catalog.regclass, \
             CASE WHEN coalesce(e.typrelid, t.typrelid) <> 0 THEN coalesce(e.typrelid, t.typrelid) ELSE e.oid END \
             FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' \
             WHERE t.typrelid <> 0 OR e.oid IS NOT NULL \
         ) \
         SELECT DISTINCT coalesce(a.of_catalog, d.classid)::pg_catalog.oid::pg_catalog.regclass::text, \
           coalesce(a.of_oid, d.objid), \
           coalesce(b.of_catalog, d.refclassid)::pg_catalog.oid::pg_catalog.regclass::text, \
           coalesce(b.of_oid, d.refobjid) \
         FROM pg_catalog.pg_depend d \
         LEFT JOIN part a ON (a.catalog::pg_catalog.oid, a.oid) = (d.classid, d.objid) \
         LEFT JOIN part b ON (b.catalog::pg_catalog.oid, b.oid) = (d.refclassid, d.refobjid) \
         WHERE d.deptype <> 'e' AND d.objid >= 16384 AND d.refobjid >= 16384 \
           AND d.classid NOT IN ('pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_policy'::pg_catalog.regclass) \
           AND d.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass",
    )?;
    let mut depends: BTreeMap<Node, BTreeSet<Node>> = BTreeMap::new();
    for row in rows {
        let (from, to) = ((row.text(0), row.text(1)), (row.text(2), row.text(3)));
        if from != to {
            depends.entry(from).or_default().insert(to);
        }
    }
    Ok(Depends(depends))
}
