use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;
use migrate_runtime::schema::{ColumnDef, EnumDef, ForeignKeyDef, Key, Schema, TableDef};

use super::problem::Problem;
use super::{build, names, types};
use crate::sql::qualified::{bare, beside};

/// What is wrong among the models, for that database.
pub(super) fn check(schema: &Schema, dialect: Dialect) -> Vec<Problem> {
    let mut problems = Vec::new();
    let listed = distinct(schema, &mut problems);
    tables(schema, &listed, dialect, &mut problems);
    enums(schema, dialect, &mut problems);
    relations(&listed, dialect, &mut problems);
    for table in listed {
        columns(table, &mut problems);
        constraint_names(table, dialect, &mut problems);
        keys(table, &mut problems);
        numbering(table, dialect, &mut problems);
        strict_types(table, dialect, &mut problems);
        for key in table.foreign_keys {
            foreign_key(schema, table, key, dialect, &mut problems);
        }
    }
    problems
}

/// Each model is listed once.
fn distinct(schema: &Schema, problems: &mut Vec<Problem>) -> Vec<&'static TableDef> {
    let mut listed: Vec<&'static TableDef> = Vec::new();
    for table in schema.tables {
        let same = |other: &&TableDef| (other.model, other.name) == (table.model, table.name);
        if listed.iter().any(same) {
            problems.push(Problem::new(table.model, "is listed twice"));
        } else {
            listed.push(table);
        }
    }
    listed
}

/// A name as the database compares it.
fn folded(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

/// Each table is in one model, and is ours; the name it had is no other's.
fn tables(
    schema: &Schema,
    listed: &[&'static TableDef],
    dialect: Dialect,
    problems: &mut Vec<Problem>,
) {
    let mut seen: BTreeMap<String, &TableDef> = BTreeMap::new();
    let mut olds: BTreeMap<&str, &TableDef> = BTreeMap::new();
    for table in listed {
        let name = names::table(table, dialect);
        if let Some(other) = seen.insert(folded(&name, dialect), table) {
            let message = format!("table `{name}` is that of model `{}` too", other.model);
            let problem = Problem::new(table.model, message);
            problems.push(if table.schema == other.schema {
                problem
            } else {
                problem.help(format!(
                    "SQLite has no schemas: give one of them a name of its own there, `#[table(sqlite_name = \"{}_{}\")]`",
                    table.schema.or(other.schema).unwrap_or_default(),
                    table.name
                ))
            });
        }
        if names::is_unmanaged(schema, &names::table(table, Dialect::Postgres)) {
            let message = format!("table `{name}` is also listed as unmanaged");
            problems.push(Problem::new(table.model, message));
        }
        let Some(old) = table.renamed_from else {
            continue;
        };
        let is_old = |other: &&&TableDef| {
            names::table(other, Dialect::Postgres) == old
                && (table.schema.is_none() || old.contains('.'))
        };
        if let Some(other) = listed.iter().find(is_old) {
            let message = format!(
                "`renamed_from = \"{old}\"`: that is still the table of model `{}`",
                other.model
            );
            problems.push(Problem::new(table.model, message));
        } else if let Some(other) = olds.insert(old, table) {
            let message = format!(
                "`renamed_from = \"{old}\"`: model `{}` says so too",
                other.model
            );
            problems.push(Problem::new(table.model, message));
        }
    }
}

/// Each enum has one set of values, and a name of its own.
fn enums(schema: &Schema, dialect: Dialect, problems: &mut Vec<Problem>) {
    let all = super::enums(schema);
    for (at, of) in all.iter().enumerate() {
        if of.values.is_empty() {
            problems.push(Problem::new(of.model, "the enum has no values"));
        }
        let name = names::enumeration(of);
        let same = |other: &&&EnumDef| names::enumeration(other) == name;
        if let Some(other) = all[..at].iter().find(same) {
            let message = format!("enum `{name}` is that of `{}` too", other.model);
            problems.push(Problem::new(of.model, message));
        }
        let table = (schema.tables.iter()).find(|table| names::table(table, dialect) == name);
        if let Some(table) = table.filter(|_| dialect == Dialect::Postgres) {
            let message = format!(
                "enum `{name}` has the name of the table of model `{}`: to PostgreSQL each table is a type",
                table.model
            );
            problems.push(Problem::new(of.model, message));
        }
        let Some(old) = of.renamed_from else { continue };
        if let Some(other) = (all.iter()).find(|other| names::enumeration(other) == old) {
            let message = format!(
                "`renamed_from = \"{old}\"`: that is still the enum `{}`",
                other.model
            );
            problems.push(Problem::new(of.model, message));
        } else if let Some(other) = all[..at].iter().find(|o| o.renamed_from == of.renamed_from) {
            let message = format!("`renamed_from = \"{old}\"`: `{}` says so too", other.model);
            problems.push(Problem::new(of.model, message));
        }
    }
}

/// Tables and indexes share names; on PostgreSQL primary keys and UNIQUE constraints are indexes.
fn relations(listed: &[&'static TableDef], dialect: Dialect, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for table in listed {
        let what = format!("the table of model `{}`", table.model);
        seen.insert(folded(&names::table(table, dialect), dialect), what);
    }
    for table in listed {
        let mut names: Vec<(&str, &str)> = Vec::new();
        if dialect == Dialect::Postgres {
            names.extend(
                table
                    .primary_key
                    .iter()
                    .map(|key| (key.name, "primary key")),
            );
            names.extend(
                table
                    .uniques
                    .iter()
                    .map(|one| (one.name, "UNIQUE constraint")),
            );
        }
        let indexes = table.indexes.iter().filter(|one| one.exists_on(dialect));
        names.extend(indexes.map(|one| (one.name, "index")));
        for (name, what) in names {
            let this = format!("the {what} of model `{}`", table.model);
            let beside = beside(&names::table(table, dialect), name);
            if let Some(other) = seen.insert(folded(&beside, dialect), this) {
                let message = format!("the {what} `{name}` has the name of {other}");
                problems.push(Problem::new(table.model, message));
            }
        }
    }
}

/// A table has columns, each of another name.
fn columns(table: &TableDef, problems: &mut Vec<Problem>) {
    if table.columns.is_empty() {
        problems.push(Problem::new(table.model, "the table has no columns"));
    }
    let mut seen = BTreeSet::new();
    for column in table.columns {
        if !seen.insert(column.name.to_lowercase()) {
            let message = format!("there are two columns `{}`", column.name);
            problems.push(Problem::new(table.model, message));
        }
    }
}

/// The constraints of a table have names of their own.
fn constraint_names(table: &TableDef, dialect: Dialect, problems: &mut Vec<Problem>) {
    let mut names: Vec<String> = Vec::new();
    names.extend(table.primary_key.iter().map(|one| one.name.to_owned()));
    names.extend(table.uniques.iter().map(|one| one.name.to_owned()));
    names.extend(table.foreign_keys.iter().map(|one| one.name.to_owned()));
    let checks = table.checks.iter();
    let checks = checks.filter(|one| one.expression.get(dialect).is_some());
    names.extend(checks.map(|one| one.name.to_owned()));
    let limited = table
        .columns
        .iter()
        .filter(|column| column.sql_type.enumeration.is_some() && !column.sql_type.is_array);
    names.extend(limited.map(|column| build::values_name(table, column)));
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name.to_lowercase()) {
            let message = format!("there are two constraints `{name}`");
            problems.push(Problem::new(table.model, message));
        }
    }
}

/// What keys and indexes are made of are columns of the table.
fn keys(table: &TableDef, problems: &mut Vec<Problem>) {
    let mut known = |what: &str, name: &str, columns: &[&'static str]| {
        for column in columns {
            if find(table, column).is_none() {
                let message = format!("the {what} `{name}` names an unknown column `{column}`");
                let all = table.columns.iter().map(|column| column.name);
                problems.push(Problem::new(table.model, message).near(column, all));
            }
        }
    };
    if let Some(key) = &table.primary_key {
        known("primary key", key.name, key.columns);
    }
    for unique in table.uniques {
        known("UNIQUE constraint", unique.name, unique.columns);
    }
    for key in table.foreign_keys {
        known("foreign key", key.name, key.columns);
    }
    for index in table.indexes {
        let columns: Vec<&'static str> = (index.keys.iter())
            .filter_map(|key| match key.key {
                Key::Column(column) => Some(column),
                Key::Expression(_) => None,
            })
            .collect();
        known("index", index.name, &columns);
        known("index", index.name, index.include);
    }
    // `nullable` says on purpose what SQLite lets a primary key be; PostgreSQL doesn't.
    let is_nullable = |column: &ColumnDef| column.is_nullable && column.sql_type.is_nullable;
    for column in table.primary_key.iter().flat_map(|key| key.columns) {
        if find(table, column).is_some_and(is_nullable) {
            let message = format!("column `{column}` can be NULL: a primary key can't");
            problems.push(Problem::new(table.model, message));
        }
    }
}

/// The databases number integers only.
fn numbering(table: &TableDef, dialect: Dialect, problems: &mut Vec<Problem>) {
    for column in table.columns {
        let fits = match dialect {
            Dialect::Sqlite => {
                !column.is_auto_increment || column.sql_type.sqlite.eq_ignore_ascii_case("INTEGER")
            }
            _ => {
                let kind = types::postgres(column.sql_type.postgres);
                let integer = ["smallint", "integer", "bigint"].contains(&kind.as_str());
                column.identity.is_none() || integer
            }
        };
        if !fits {
            let (name, kind) = (column.name, kind(column, dialect));
            let message = format!("column `{name}` is {kind}: the database numbers integers only");
            problems.push(Problem::new(table.model, message));
        }
    }
}

/// A STRICT table has six types.
fn strict_types(table: &TableDef, dialect: Dialect, problems: &mut Vec<Problem>) {
    if !table.is_strict || dialect != Dialect::Sqlite {
        return;
    }
    for column in table.columns {
        let (name, kind) = (column.name, column.sql_type.sqlite);
        if types::strict(kind).is_none() {
            let message = format!("column `{name}` is {kind}, which no STRICT table has");
            let help = "write `type(sqlite = \"..\")` with INTEGER, REAL, TEXT, BLOB or ANY";
            problems.push(Problem::new(table.model, message).help(help));
        }
    }
}

/// A foreign key refers to a key of another model, of the same type, or to an unmanaged table.
fn foreign_key(
    schema: &Schema,
    table: &TableDef,
    key: &ForeignKeyDef,
    dialect: Dialect,
    problems: &mut Vec<Problem>,
) {
    let name = key.name;
    let mut report = |message: String| {
        problems.push(Problem::new(table.model, message));
    };
    let table_name = names::table(table, dialect);
    let Some(other) = names::model(schema, table, key.references) else {
        let wanted = key.references;
        // What others manage is known to the chain, and to the database.
        if !names::is_unmanaged(schema, wanted) {
            let own = match key.columns {
                [column] => format!("{table_name}.{column}"),
                columns => format!("{table_name}({})", columns.join(", ")),
            };
            let message = format!(
                "the foreign key `{name}` of `{own}` refers to an unknown table `{wanted}`"
            );
            let known = (schema.tables.iter()).map(|table| names::table(table, Dialect::Postgres));
            let known: Vec<String> = known.collect();
            let same = known.iter().find(|name| bare(name) == wanted);
            let names = known.iter().map(String::as_str);
            let names = names.chain(schema.unmanaged.iter().copied());
            let near = same
                .map(String::as_str)
                .or_else(|| migrate_chain::nearest(wanted, names));
            let meant = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
            problems.push(Problem::new(table.model, message).help(format!(
                "{meant}A table that is there and that no model is about is named in `schema![..; unmanaged = [{wanted:?}]]`"
            )));
        }
        return;
    };
    if key.columns.len() != key.referenced.len() {
        let (here, there) = (key.columns.len(), key.referenced.len());
        report(format!(
            "the foreign key `{name}` has {here} columns and refers to {there}"
        ));
        return;
    }
    let mut all_known = true;
    for (here, there) in key.columns.iter().zip(key.referenced) {
        let Some(there) = find(other, there) else {
            all_known = false;
            let references = names::table(other, dialect);
            let message = format!(
                "the foreign key `{name}` refers to an unknown column `{references}.{there}`"
            );
            let all = other.columns.iter().map(|column| column.name);
            problems.push(Problem::new(table.model, message).near(there, all));
            continue;
        };
        let Some(here) = find(table, here) else {
            continue;
        };
        if !fits(here, there, dialect) {
            let (own, its) = (kind(here, dialect), kind(there, dialect));
            let message = format!(
                "the foreign key `{name}`: `{}.{}` is {own}, but `{}.{}` is {its}",
                table_name,
                here.name,
                names::table(other, dialect),
                there.name
            );
            problems.push(Problem::new(table.model, message));
        }
    }
    if all_known && !is_key(other, key.referenced) {
        let columns = key.referenced.join(", ");
        let message = format!(
            "the foreign key `{name}` refers to `{}({columns})`, which is neither the primary key nor unique",
            names::table(other, dialect)
        );
        problems.push(Problem::new(table.model, message));
    }
}

/// Whether a row is found by these columns.
fn is_key(table: &TableDef, columns: &[&str]) -> bool {
    let wanted: BTreeSet<&str> = columns.iter().copied().collect();
    let same =
        |columns: &[&'static str]| columns.iter().copied().collect::<BTreeSet<&str>>() == wanted;
    let index = |index: &migrate_runtime::schema::IndexDef| {
        let columns: Option<Vec<&'static str>> = (index.keys.iter())
            .map(|key| match key.key {
                Key::Column(column) => Some(column),
                Key::Expression(_) => None,
            })
            .collect();
        let whole = index.predicate.sqlite.is_none() && index.predicate.postgres.is_none();
        index.is_unique && whole && columns.is_some_and(|columns| same(&columns))
    };
    (table.primary_key.as_ref()).is_some_and(|key| same(key.columns))
        || table.uniques.iter().any(|unique| same(unique.columns))
        || table.indexes.iter().any(index)
}

/// Whether a column can refer to another. A type that is inferred must be the same; one that is
/// given is meant, so it must only be comparable.
fn fits(here: &ColumnDef, there: &ColumnDef, dialect: Dialect) -> bool {
    let (own, its) = (kind(here, dialect), kind(there, dialect));
    match dialect {
        Dialect::Sqlite => types::affinity(own) == types::affinity(its),
        _ if here.sql_type.is_explicit => {
            types::postgres_family(own) == types::postgres_family(its)
        }
        _ => types::postgres(own) == types::postgres(its),
    }
}

fn kind(column: &ColumnDef, dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => column.sql_type.sqlite,
        _ => column.sql_type.postgres,
    }
}

fn find<'t>(table: &'t TableDef, column: &str) -> Option<&'t ColumnDef> {
    table.columns.iter().find(|one| one.name == column)
}
