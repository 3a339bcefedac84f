//! Constraints: modelled where the model holds all that they say, else kept as it stands.

use std::collections::BTreeMap;

use super::session::{Row, Session};
use super::tables::Tables;
use crate::Result;
use crate::model::{Action, Check, Deferrable, ForeignKey, Opaque, PrimaryKey, Table, Unique};

/// By oid: the columns of a constraint, and those it refers to.
type Columns = BTreeMap<String, (Vec<String>, Vec<String>)>;

pub(super) fn read(session: &mut Session<'_>, tables: &mut Tables) -> Result<()> {
    let columns = columns(session)?;
    // What later versions added is asked for by name in the row's JSON, which has it or hasn't. A NOT NULL is a
    // constraint from 18 on: one that is valid is its column's, whatever its name; older rows may have NULL in one that isn't.
    let rows = session.rows(
        "SELECT k.oid, k.conrelid, k.conname, k.contype, k.condeferrable, k.condeferred, k.convalidated, \
           {key:r.relnamespace:r.relname}, true, k.confupdtype, k.confdeltype, k.confmatchtype, k.connoinherit, \
           pg_catalog.pg_get_expr(k.conbin, k.conrelid), \
           i.indnkeyatts < i.indnatts, pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', \
           x.reloptions IS NOT NULL OR x.reltablespace <> 0, \
           pg_catalog.to_jsonb(k) ->> 'confdelsetcols', pg_catalog.to_jsonb(k) ->> 'conperiod', \
           pg_catalog.to_jsonb(k) ->> 'conenforced', \
           {name:t.relnamespace:t.relname}, pg_catalog.quote_ident(k.conname), \
           pg_catalog.pg_get_constraintdef(k.oid), pg_catalog.obj_description(k.oid, 'pg_constraint') \
         FROM pg_catalog.pg_constraint k \
         JOIN pg_catalog.pg_class t ON t.oid = k.conrelid \
         LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid \
         LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u') \
         LEFT JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
         WHERE {in:t.relnamespace} \
           AND (k.contype IN ('p', 'u', 'f', 'c', 'x') OR k.contype = 'n' AND NOT k.convalidated) \
           AND k.conparentid = 0 \
         ORDER BY k.conname, k.oid",
    )?;
    for row in rows {
        let Some(table) = tables.get_mut(&row.text(1)) else {
            continue;
        };
        let (own, referenced) = columns.get(&row.text(0)).cloned().unwrap_or_default();
        let constraint = Constraint {
            name: row.text(2),
            own,
            referenced,
            row: &row,
        };
        constraint.add(table);
    }
    Ok(())
}

fn columns(session: &mut Session<'_>) -> Result<Columns> {
    let mut columns = Columns::new();
    let rows = session.rows(
        "SELECT k.oid, s.side, a.attname \
         FROM pg_catalog.pg_constraint k \
         CROSS JOIN LATERAL (VALUES (0, k.conrelid, k.conkey), (1, k.confrelid, k.confkey)) s (side, relation, keys) \
         CROSS JOIN LATERAL pg_catalog.unnest(s.keys) WITH ORDINALITY u (attnum, place) \
         JOIN pg_catalog.pg_attribute a ON (a.attrelid, a.attnum) = (s.relation, u.attnum) \
         WHERE {in:k.connamespace} \
         ORDER BY k.oid, s.side, u.place",
    )?;
    for row in rows {
        let sides = columns.entry(row.text(0)).or_default();
        match row.text(1).as_str() {
            "0" => sides.0.push(row.text(2)),
            _ => sides.1.push(row.text(2)),
        }
    }
    Ok(columns)
}

struct Constraint<'r> {
    name: String,
    own: Vec<String>,
    referenced: Vec<String>,
    row: &'r Row,
}

impl Constraint<'_> {
    fn add(self, table: &mut Table) {
        let has_more = self.row.is_true(14) || self.row.is_true(16) || self.row.is_true(18);
        match self.row.text(3).as_str() {
            "p" if has_more || self.deferrable() != Deferrable::No => {
                table.not_understood.get_or_insert_with(|| {
                    format!("its primary key `{}` says more than its columns", self.name)
                });
                self.primary_key(table);
            }
            "p" => self.primary_key(table),
            "u" if !has_more => self.unique(table),
            "f" if self.is_plain_reference() => self.foreign_key(table),
            // NO INHERIT, or not enforced.
            "c" if !self.row.is_true(12) && self.row.text(19) != "false" => self.check(table),
            _ => self.opaque(table),
        }
    }

    fn primary_key(self, table: &mut Table) {
        table.primary_key = Some(PrimaryKey {
            name: Some(self.name),
            columns: self.own,
            clauses: BTreeMap::new(),
            on_conflict: None,
        });
    }

    fn unique(self, table: &mut Table) {
        let unique = Unique {
            nulls_not_distinct: self.row.is_true(15),
            deferrable: self.deferrable(),
            name: self.name.clone(),
            columns: self.own,
            clauses: BTreeMap::new(),
            on_conflict: None,
            is_named: true,
        };
        table.uniques.insert(self.name, unique);
    }

    fn is_plain_reference(&self) -> bool {
        // No list of columns behind SET NULL, no period, and enforced.
        self.row.get(17).is_none() && !self.row.is_true(18) && self.row.text(19) != "false"
    }

    fn foreign_key(self, table: &mut Table) {
        let key = ForeignKey {
            references: self.row.text(7),
            on_update: action(&self.row.text(9)),
            on_delete: action(&self.row.text(10)),
            match_full: self.row.text(11) == "f",
            deferrable: self.deferrable(),
            validated: self.row.is_true(6),
            name: self.name.clone(),
            columns: self.own,
            referenced: self.referenced,
            is_named: true,
        };
        table.foreign_keys.insert(self.name, key);
    }

    fn check(self, table: &mut Table) {
        let check = Check {
            name: self.name.clone(),
            expression: super::inside(&self.row.text(13)),
            validated: self.row.is_true(6),
            is_named: true,
        };
        table.checks.insert(self.name, check);
    }

    fn opaque(self, table: &mut Table) {
        let (on, quoted, definition) = (self.row.text(20), self.row.text(21), self.row.text(22));
        let mut tables = vec![table.name.clone()];
        tables.extend(self.row.get(7).filter(|other| *other != table.name));
        tables.sort();
        table.opaque.push(Opaque {
            kind: "constraint".to_owned(),
            name: self.name,
            create: super::commented(
                format!("ALTER TABLE {on} ADD CONSTRAINT {quoted} {definition}"),
                &format!("CONSTRAINT {quoted} ON {on}"),
                self.row.get(23),
            ),
            drop: format!("ALTER TABLE {on} DROP CONSTRAINT {quoted}"),
            tables,
            columns: None,
            before_tables: false,
        });
    }

    fn deferrable(&self) -> Deferrable {
        match (self.row.is_true(4), self.row.is_true(5)) {
            (false, _) => Deferrable::No,
            (true, false) => Deferrable::InitiallyImmediate,
            (true, true) => Deferrable::InitiallyDeferred,
        }
    }
}

fn action(code: &str) -> Action {
    match code {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}
