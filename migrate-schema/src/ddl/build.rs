//! Models as a schema of one database: what is said for both is settled for that one.

use std::collections::BTreeMap;

use migrate_chain::Dialect;
use migrate_runtime::schema::{
    CheckDef, ColumnDef, Constraint, EnumDef, ForeignKeyDef, Identity, IndexDef, Key, KeyDef,
    Nulls, PrimaryKeyDef, Schema as Models, TableDef, UniqueDef,
};

use super::{names, types};
use crate::model::{
    Check, Column, Deferrable, Enum, ForeignKey, Generated, Index, Numbering, PrimaryKey, Schema,
    Table, Unique,
};
use crate::sql::cursor::lex;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
use crate::sql::qualified::{bare, schema_of};
use crate::sql::{ident, literal, normal, relation};

/// The schema that the models declare. Its texts are those of the models, which no server has
/// normalised: it is for rendering, not for comparing.
pub(super) fn schema(models: &Models, dialect: Dialect) -> Schema {
    let mut schema = Schema::new(dialect);
    for table in models.tables {
        schema.add(self::table(models, table, dialect));
    }
    if dialect == Dialect::Postgres {
        let enums = super::enums(models).into_iter();
        let columns = || models.tables.iter().flat_map(|table| table.columns);
        let used = enums.filter(|of| {
            columns().any(|column| is_of_enum(column) && column.sql_type.enumeration == Some(of))
        });
        schema.enums = used
            .map(|of| (names::enumeration(of), enumeration(of)))
            .collect();
        schema.schemas = names::schemas(models).map(str::to_owned).collect();
    }
    schema
}

/// As much of the unmanaged tables as the foreign keys of models need to find.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(super) fn unmanaged(models: &Models, dialect: Dialect) -> Schema {
    let mut schema = Schema::new(dialect);
    for table in models.tables {
        let keys = table.foreign_keys.iter();
        for key in keys.filter(|key| names::model(models, table, key.references).is_none()) {
            let references = names::referenced(models, table, key.references, dialect);
            schema
                .schemas
                .extend(schema_of(&references).filter(|_| dialect == Dialect::Postgres));
            let mut other =
                (schema.tables.remove(&references)).unwrap_or_else(|| Table::new(&references));
            for (own, referenced) in key.columns.iter().zip(key.referenced) {
                let own = table.columns.iter().find(|column| column.name == *own);
                if let (Some(own), None) = (own, other.column(referenced)) {
                    let kind = kind(table, own, dialect);
                    other = other.with(Column::new(referenced, &kind));
                }
            }
            let name = Constraint::Unique.name(&bare(&references), key.referenced);
            schema.add(other.unique(&name, key.referenced));
        }
    }
    schema
}

/// Whether a column has the type of its enum itself.
fn is_of_enum(column: &ColumnDef) -> bool {
    let kind = column.sql_type.postgres;
    let is_array = kind.strip_suffix("[]");
    (column.sql_type.enumeration).is_some_and(|of| of.name == is_array.unwrap_or(kind))
}

fn enumeration(of: &EnumDef) -> Enum {
    Enum {
        name: names::enumeration(of),
        values: of
            .values
            .iter()
            .map(|value| value.name.to_owned())
            .collect(),
        comment: of.comment.map(str::to_owned),
    }
}

fn table(models: &Models, of: &TableDef, dialect: Dialect) -> Table {
    let is_sqlite = dialect == Dialect::Sqlite;
    let comment = |text: Option<&str>| text.filter(|_| !is_sqlite).map(str::to_owned);
    let mut table = Table::new(&names::table(of, dialect));
    table.strict = is_sqlite && of.is_strict;
    table.without_rowid = is_sqlite && of.is_without_rowid;
    table.comment = comment(of.comment);
    for one in of.columns {
        let mut column = column(of, one, dialect);
        column.comment = comment(one.comment);
        table.columns.push(column);
    }
    table.primary_key = of.primary_key.as_ref().map(|key| primary_key(key, dialect));
    table.uniques = by_name(of.uniques.iter().map(|one| unique(one, dialect)), |one| {
        &one.name
    });
    let keys = of
        .foreign_keys
        .iter()
        .map(|key| foreign_key(models, of, key, dialect));
    table.foreign_keys = by_name(keys, |one| &one.name);
    // No CHECK looks into a list.
    let limited = (of.columns.iter())
        .filter(|column| (is_sqlite || !is_of_enum(column)) && !column.sql_type.is_array);
    let checks = limited
        .filter_map(|column| values(of, column))
        .chain(of.checks.iter().filter_map(|one| check(one, dialect)));
    table.checks = by_name(checks, |one| &one.name);
    table.indexes = by_name(
        of.indexes.iter().filter_map(|one| index(one, dialect)),
        |one| &one.name,
    );
    table
}

fn by_name<T>(all: impl Iterator<Item = T>, name: impl Fn(&T) -> &String) -> BTreeMap<String, T> {
    all.map(|one| (name(&one).clone(), one)).collect()
}

fn column(table: &TableDef, of: &ColumnDef, dialect: Dialect) -> Column {
    let numbering = match (dialect, of.identity) {
        (Dialect::Sqlite, _) if of.is_auto_increment => Some(Numbering::AutoIncrement),
        (Dialect::Sqlite, _) | (_, None) => None,
        (_, Some(Identity::Always)) => Some(Numbering::IdentityAlways),
        (_, Some(Identity::ByDefault)) => Some(Numbering::IdentityByDefault),
    };
    let generated = of.generated.as_ref().and_then(|generated| {
        Some(Generated {
            expression: generated.expression.get(dialect)?.to_owned(),
            stored: generated.is_stored.get(dialect),
        })
    });
    Column {
        nullable: of.is_nullable,
        default: of
            .default
            .get(dialect)
            .and_then(|text| default(text, dialect)),
        generated,
        numbering,
        collation: of.collation.get(dialect).map(ident),
        ..Column::new(of.name, &kind(table, of, dialect))
    }
}

fn kind(table: &TableDef, of: &ColumnDef, dialect: Dialect) -> String {
    let kind = of.sql_type;
    match dialect {
        // STRICT tables know two words for an integer. In capitals it is SQLite's own, which numbers no rows.
        Dialect::Sqlite if table.is_strict && kind.sqlite != "INT" => {
            types::strict(kind.sqlite).unwrap_or(kind.sqlite).to_owned()
        }
        Dialect::Sqlite => kind.sqlite.to_owned(),
        _ => match kind.enumeration.filter(|_| is_of_enum(of)) {
            Some(one) if kind.is_array || kind.postgres.ends_with("[]") => {
                format!("{}[]", relation(&names::enumeration(one)))
            }
            Some(one) => relation(&names::enumeration(one)),
            None => kind.postgres.to_owned(),
        },
    }
}

/// As it stands behind DEFAULT: SQLite takes no expression there without parentheses.
fn default(text: &str, dialect: Dialect) -> Option<String> {
    match (dialect, lex(text, dialect)) {
        (Dialect::Sqlite, Some(tokens)) => normal::default(&tokens, &[]),
        (Dialect::Sqlite, None) => Some(format!("({text})")),
        _ => Some(text.to_owned()),
    }
}

fn primary_key(key: &PrimaryKeyDef, dialect: Dialect) -> PrimaryKey {
    PrimaryKey {
        name: Some(key.name.to_owned()),
        columns: owned(key.columns),
        clauses: BTreeMap::new(),
        on_conflict: on_conflict(key.on_conflict, dialect),
    }
}

fn unique(unique: &UniqueDef, dialect: Dialect) -> Unique {
    let is_postgres = dialect == Dialect::Postgres;
    Unique {
        name: unique.name.to_owned(),
        columns: owned(unique.columns),
        clauses: BTreeMap::new(),
        nulls_not_distinct: is_postgres && unique.is_nulls_not_distinct,
        deferrable: if is_postgres {
            unique.deferrable
        } else {
            Deferrable::No
        },
        on_conflict: on_conflict(unique.on_conflict, dialect),
        is_named: true,
    }
}

fn on_conflict(clause: Option<&str>, dialect: Dialect) -> Option<String> {
    let clause = clause.filter(|_| dialect == Dialect::Sqlite);
    clause.map(str::to_owned)
}

fn foreign_key(
    models: &Models,
    table: &TableDef,
    key: &ForeignKeyDef,
    dialect: Dialect,
) -> ForeignKey {
    ForeignKey {
        name: key.name.to_owned(),
        columns: owned(key.columns),
        references: names::referenced(models, table, key.references, dialect),
        referenced: owned(key.referenced),
        on_delete: key.on_delete,
        on_update: key.on_update,
        match_full: false,
        deferrable: key.deferrable,
        validated: true,
        is_named: true,
    }
}

/// A CHECK, on a database that has it.
fn check(check: &CheckDef, dialect: Dialect) -> Option<Check> {
    let expression = check.expression.get(dialect)?;
    Some(holds(check.name, expression.to_owned()))
}

/// The CHECK that limits a column to the values of its enum, where the type doesn't.
fn values(table: &TableDef, column: &ColumnDef) -> Option<Check> {
    let values = column.sql_type.enumeration?.values.iter();
    let values: Vec<String> = values.map(|value| literal(value.name)).collect();
    let expression = format!("{} IN ({})", ident(column.name), values.join(", "));
    Some(holds(&values_name(table, column), expression))
}

/// The name of that CHECK.
pub(super) fn values_name(table: &TableDef, column: &ColumnDef) -> String {
    Constraint::Check.name(table.name, &[column.name, "enum"])
}

fn holds(name: &str, expression: String) -> Check {
    Check {
        name: name.to_owned(),
        expression,
        validated: true,
        is_named: true,
    }
}

/// An index, on a database that has it.
fn index(index: &IndexDef, dialect: Dialect) -> Option<Index> {
    if !index.exists_on(dialect) {
        return None;
    }
    let is_postgres = dialect == Dialect::Postgres;
    let keys = index.keys.iter().filter_map(|one| key(one, dialect));
    Some(Index {
        name: index.name.to_owned(),
        unique: index.is_unique,
        method: index
            .method
            .filter(|_| is_postgres)
            .unwrap_or_default()
            .to_owned(),
        keys: keys.collect(),
        include: owned(if is_postgres { index.include } else { &[] }),
        predicate: index.predicate.get(dialect).map(str::to_owned),
        storage: None,
        comment: None,
        nulls_not_distinct: is_postgres && index.is_nulls_not_distinct,
    })
}

fn key(key: &KeyDef, dialect: Dialect) -> Option<String> {
    let mut text = match key.key {
        Key::Column(column) => ident(column),
        Key::Expression(text) => format!("({})", text.get(dialect)?),
    };
    let mut add = |part: &str| {
        text.push(' ');
        text.push_str(part);
    };
    if let Some(collation) = key.collation.get(dialect) {
        add(&format!("COLLATE {}", ident(collation)));
    }
    // An operator class may have parameters, or a schema.
    if let Some(class) = key.operator_class.filter(|_| dialect == Dialect::Postgres) {
        add(class);
    }
    if key.is_descending {
        add("DESC");
    }
    // SQLite's indexes know one place for NULL.
    match key.nulls.filter(|_| dialect == Dialect::Postgres) {
        Some(Nulls::First) => add("NULLS FIRST"),
        Some(Nulls::Last) => add("NULLS LAST"),
        None => {}
    }
    Some(text)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
