//! `sqlite_schema`, without what SQLite and its extensions keep for themselves.

use rusqlite::{Connection, Result};

use crate::introspect::Ignore;

/// A row of `sqlite_schema` that has a statement.
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    /// The table or view it belongs to: itself, for those.
    pub(super) table: String,
    pub(super) sql: String,
}

impl Object {
    pub(super) fn is_relation(&self) -> bool {
        self.kind == "table" || self.kind == "view"
    }

    fn is_virtual(&self) -> bool {
        let mut words = self.sql.split_ascii_whitespace();
        words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("CREATE"))
            && words
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case("VIRTUAL"))
    }
}

/// Everything in `main`.
pub(super) struct Catalog {
    pub(super) objects: Vec<Object>,
    /// Tables that a virtual table keeps its data in.
    shadows: Vec<String>,
}

impl Catalog {
    pub(super) fn read(conn: &Connection) -> Result<Catalog> {
        // Before 3.33 the table has the older of its names only.
        let mut statement = conn.prepare(
            "SELECT type, name, tbl_name, sql FROM main.sqlite_master \
             WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?;
        let objects = statement.query_map([], |row| {
            Ok(Object {
                kind: row.get(0)?,
                name: row.get(1)?,
                table: row.get(2)?,
                sql: row.get(3)?,
            })
        })?;
        let objects = objects.collect::<Result<_>>()?;
        Ok(Catalog {
            objects,
            shadows: shadows(conn)?,
        })
    }

    /// Tables proper.
    pub(super) fn tables<'c>(&'c self, ignore: &'c Ignore) -> impl Iterator<Item = &'c Object> {
        self.objects.iter().filter(|object| {
            object.kind == "table"
                && !object.is_virtual()
                && !self.shadows.contains(&object.name)
                && !ignore.contains(&object.name)
        })
    }

    pub(super) fn virtual_tables(&self) -> impl Iterator<Item = &Object> {
        let tables = self.objects.iter().filter(|object| object.kind == "table");
        tables.filter(|object| object.is_virtual())
    }

    pub(super) fn views(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.kind == "view")
    }

    /// The indexes or triggers of a table or view.
    pub(super) fn of<'c>(
        &'c self,
        kind: &'c str,
        table: &'c str,
    ) -> impl Iterator<Item = &'c Object> {
        let of_kind = self
            .objects
            .iter()
            .filter(move |object| object.kind == kind);
        of_kind.filter(move |object| object.table.eq_ignore_ascii_case(table))
    }
}

/// The shadow tables; before SQLite 3.37, which answers nothing, there is no telling.
fn shadows(conn: &Connection) -> Result<Vec<String>> {
    let mut statement = conn.prepare("PRAGMA main.table_list")?;
    let mut rows = statement.query([])?;
    let mut shadows = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get::<_, String>("type")? == "shadow" {
            shadows.push(row.get("name")?);
        }
    }
    Ok(shadows)
}
