//! Names for what a script makes beside the objects that are there: free in the schema before and in the one after.

use migrate_chain::Dialect;

use crate::model::{Column, Schema, Table};
use crate::operation::constraints;
use crate::sql::qualified::{bare, beside, join, split};

/// How many bytes of a name PostgreSQL keeps.
const LONGEST: usize = 63;

/// A name for a table, a view, an index, a sequence or a type: `{name}{ending}`, with a number behind it where that is
/// taken.
pub(crate) fn free_name(schemas: &[&Schema], name: &str, ending: &str) -> String {
    let taken: Vec<String> = schemas.iter().flat_map(|schema| names(schema)).collect();
    let dialect = schemas.first().map(|schema| schema.dialect);
    first_free(name, ending, dialect, &taken)
}

/// A name for a constraint, which has to be free among those of its table.
pub(crate) fn free_constraint_name(tables: &[&Table], name: &str) -> String {
    let opaque = tables.iter().flat_map(|table| &table.opaque);
    let opaque = opaque.map(|one| one.name.clone());
    let own = tables.iter().flat_map(|table| constraints(table));
    let own = own.filter_map(|one| one.name().map(str::to_owned));
    first_free(
        name,
        "",
        Some(Dialect::Postgres),
        &own.chain(opaque).collect::<Vec<_>>(),
    )
}

fn first_free(name: &str, ending: &str, dialect: Option<Dialect>, taken: &[String]) -> String {
    let is_sqlite = dialect == Some(Dialect::Sqlite);
    let is_taken = |name: &str| {
        let mut taken = taken.iter();
        if is_sqlite {
            taken.any(|other| other.eq_ignore_ascii_case(name))
        } else {
            taken.any(|other| other == name)
        }
    };
    let (schema, plain) = split(name);
    let mut number = 1;
    loop {
        let ending = match number {
            1 => ending.to_owned(),
            number => format!("{ending}{number}"),
        };
        let room = if is_sqlite {
            plain.len()
        } else {
            LONGEST.saturating_sub(ending.len())
        };
        let found = join(schema.as_deref(), &format!("{}{ending}", cut(&plain, room)));
        if !is_taken(&found) {
            return found;
        }
        number += 1;
    }
}

/// The beginning of a name that has room in so many bytes.
fn cut(name: &str, room: usize) -> &str {
    let mut end = name.len().min(room);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or(name)
}

/// Every name of a schema that a relation or a type could collide with. A key has an index of its name, and a table a type.
fn names(schema: &Schema) -> Vec<String> {
    let mut names: Vec<String> = schema.enums.keys().cloned().collect();
    names.extend(schema.opaque.iter().map(|one| one.name.clone()));
    for table in schema.tables.values() {
        names.push(table.name.clone());
        let own = table.indexes.keys().cloned();
        let own = own.chain(table.opaque.iter().map(|one| one.name.clone()));
        let constraints = constraints(table);
        let constraints = constraints.iter();
        let own = own.chain(constraints.filter_map(|one| one.name().map(str::to_owned)));
        let numbered = table.columns.iter().filter(|one| one.numbering.is_some());
        let sequence = |one: &Column| format!("{}_{}_seq", bare(&table.name), one.name);
        let own = own.chain(numbered.map(sequence));
        // They live in the schema of the table.
        names.extend(own.map(|name| beside(&table.name, &name)));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_name_is_taken() {
        let mut schema = Schema::new(Dialect::Postgres);
        schema.add(Table::new("t_old"));
        assert_eq!(free_name(&[&schema], "t", "_new"), "t_new");
        assert_eq!(free_name(&[&schema], "t", "_old"), "t_old2");
        assert_eq!(free_name(&[&schema], "T", "_old"), "T_old");
        schema.dialect = Dialect::Sqlite;
        assert_eq!(free_name(&[&schema], "T", "_old"), "T_old2");
    }

    #[test]
    fn names_are_cut_to_what_postgresql_keeps() {
        let schema = Schema::new(Dialect::Postgres);
        let name = free_name(&[&schema], &"é".repeat(40), "_old");
        assert_eq!(name, format!("{}_old", "é".repeat(29)));
        let schema = Schema::new(Dialect::Sqlite);
        assert_eq!(free_name(&[&schema], &"é".repeat(40), "_new").len(), 84);
    }
}
