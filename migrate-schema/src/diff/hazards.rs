//! What an operation does to others: older clients, rows, locks.

use migrate_chain::Dialect;

use super::Changes;
use super::check_enums::Values;
use super::dependents::is_on;
use super::hazard_queries;
use super::operation::{Constraint, Operation};
use crate::model::{Column, Schema};
use crate::sql::{ident, idents};

/// How an operation hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HazardKind {
    /// Programs that know the schema as it was fail.
    Breaks,
    /// Values are gone for good.
    Loses,
    /// Rows that exist may not fit.
    MayFail,
    /// Values that don't fit stay as they are.
    Keeps,
    /// Others wait while a table is read or written as a whole.
    Locks,
}

/// One way in which an operation hurts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// How.
    pub kind: HazardKind,
    /// What, in a few words: `drops users.mail`.
    pub what: String,
    /// The query whose rows say whether it will.
    pub query: Option<String>,
}

impl Hazard {
    fn new(kind: HazardKind, what: impl Into<String>) -> Hazard {
        Hazard {
            kind,
            what: what.into(),
            query: None,
        }
    }

    fn query(mut self, query: impl Into<String>) -> Hazard {
        self.query = Some(query.into());
        self
    }

    /// The same, unless the query is about columns whose type changes.
    fn query_if(self, is_askable: bool, query: String) -> Hazard {
        match is_askable {
            true => self.query(query),
            false => self,
        }
    }
}

/// What an operation does to others.
pub(super) fn hazards(operation: &Operation, changes: &Changes) -> Vec<Hazard> {
    use Operation::*;
    let breaks = |what: String| Hazard::new(HazardKind::Breaks, what);
    match operation {
        RenameEnum { from, to } => vec![breaks(format!("renames type {from} to {to}"))],
        RenameValue { of, from, to } => {
            vec![breaks(format!("renames value {from} of {of} to {to}"))]
        }
        RenameTable { from, to } => vec![breaks(format!("renames {from} to {to}"))],
        RenameColumn { table, from, to } => vec![breaks(format!("renames {table}.{from} to {to}"))],
        DropTable(table) => vec![
            breaks(format!("drops {}", table.name)),
            Hazard::new(HazardKind::Loses, format!("the rows of {}", table.name)),
        ],
        DropColumn {
            table,
            column,
            because: None,
        } => {
            let mut hazards = vec![breaks(format!("drops {table}.{}", column.name))];
            if column.generated.is_none() {
                hazards.push(Hazard::new(
                    HazardKind::Loses,
                    format!("the values of {table}.{}", column.name),
                ));
            }
            hazards
        }
        DropEnum(one)
            if !changes
                .to
                .enums
                .contains_key(one.name.trim_end_matches("_old")) =>
        {
            vec![breaks(format!("drops type {}", one.name))]
        }
        AddColumn {
            table,
            column,
            fill,
            because: None,
        } => add_column(changes, table, column, fill.as_deref()),
        ChangeColumn {
            table,
            from,
            to,
            fill,
        } => change_column(changes, table, from, to, fill.as_deref()),
        ReplaceEnum { from, to, columns } => {
            let gone: Vec<&String> = from
                .values
                .iter()
                .filter(|value| !to.values.contains(value))
                .collect();
            let mut hazards: Vec<Hazard> = gone
                .iter()
                .map(|value| breaks(format!("removes value {value} of {}", to.name)))
                .collect();
            for (table, column) in columns {
                if !gone.is_empty() {
                    let is_text = format!("{}::text", ident(&column.name));
                    hazards.push(removed(changes, table, &column.name, &is_text, &gone));
                }
                hazards.push(Hazard::new(
                    HazardKind::Locks,
                    format!("{table} is written anew"),
                ));
            }
            hazards
        }
        AddConstraint {
            table,
            constraint,
            again: false,
        } => match Values::of(operation, &changes.operations) {
            Some(values) => listed(changes, table, &values),
            None => added(changes, table, constraint),
        },
        CreateIndex {
            table,
            index,
            again: false,
        } if changes.from_table(table).is_some() => {
            let mut hazards = vec![Hazard::new(
                HazardKind::Locks,
                format!("{table} is read for {}", index.name),
            )];
            let rows = hazard_queries::rows(changes, table, &|column| is_on(index, column));
            if index.unique && (!rows.is_null || index.nulls_not_distinct) {
                let predicate = index
                    .predicate
                    .as_ref()
                    .map_or(String::new(), |text| format!(" WHERE {text}"));
                let plain = index.keys.join(", ");
                let query = format!(
                    "SELECT {plain}, count(*) FROM {}{predicate} GROUP BY {plain} HAVING count(*) > 1",
                    rows.named(table)
                );
                let what = format!("rows of {table} that are equal in {plain}");
                hazards
                    .push(Hazard::new(HazardKind::MayFail, what).query_if(!rows.is_retyped, query));
            }
            hazards
        }
        _ => Vec::new(),
    }
}

/// What a list of values that is a CHECK does. One that only grows refuses no row.
fn listed(changes: &Changes, table: &str, values: &Values) -> Vec<Hazard> {
    let column = &values.column;
    let renamed = changes.renamed_values(table, column);
    let gone = values.gone(&renamed);
    let of = format!("{table}.{column}");
    let renames = renamed.iter();
    let renames = renames.map(|(from, to)| format!("renames value {from} of {of} to {to}"));
    let removes = gone
        .iter()
        .map(|value| format!("removes value {value} of {of}"));
    let mut hazards: Vec<Hazard> = (renames.chain(removes))
        .map(|what| Hazard::new(HazardKind::Breaks, what))
        .collect();
    if !gone.is_empty() {
        hazards.push(removed(changes, table, column, &ident(column), &gone));
    }
    hazards
}

/// Rows that hold what no list of values has any more.
fn removed(changes: &Changes, table: &str, column: &str, value: &str, gone: &[&String]) -> Hazard {
    let gone: Vec<String> = gone
        .iter()
        .map(|value| crate::sql::literal(value))
        .collect();
    let of = hazard_queries::rows(changes, table, &|one| one == column).named(table);
    let query = format!("SELECT * FROM {of} WHERE {value} IN ({})", gone.join(", "));
    let what = format!("rows of {table} that hold a removed value in {column}");
    Hazard::new(HazardKind::MayFail, what).query(query)
}

/// Whether every new row has to name a value of it.
fn is_required(column: &Column) -> bool {
    !column.nullable
        && column.default.is_none()
        && column.generated.is_none()
        && column.numbering.is_none()
}

/// The column whose rows that exist get no value from anybody.
pub(super) fn unfilled(operation: &Operation) -> Option<(&str, &Column)> {
    use Operation::*;
    match operation {
        AddColumn {
            table,
            column,
            fill: None,
            because: None,
        } if is_required(column) => Some((table, column)),
        ChangeColumn {
            table,
            from,
            to,
            fill: None,
        } if from.nullable && is_required(to) => Some((table, to)),
        _ => None,
    }
}

fn add_column(changes: &Changes, table: &str, column: &Column, fill: Option<&str>) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    if is_required(column) {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{} is required of every new row", column.name),
        ));
        if fill.is_none() {
            let what = format!(
                "rows of {table}: nothing says what their {} is",
                column.name
            );
            let of = hazard_queries::rows(changes, table, &|_| false).named(table);
            hazards
                .push(Hazard::new(HazardKind::MayFail, what).query(format!("SELECT * FROM {of}")));
        }
    }
    hazards
}

fn change_column(
    changes: &Changes,
    table: &str,
    from: &Column,
    to: &Column,
    fill: Option<&str>,
) -> Vec<Hazard> {
    let name = &to.name;
    let of = hazard_queries::rows(changes, table, &|column| column == name).named(table);
    let mut hazards = Vec::new();
    if from.kind != to.kind {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{name} turns from {} into {}", from.kind, to.kind),
        ));
        hazards.push(Hazard::new(
            HazardKind::Locks,
            format!("{table} is written anew"),
        ));
        if !widens(&from.kind, &to.kind) {
            let query = match changes.dialect() {
                Dialect::Postgres => format!(
                    "SELECT {0} FROM {of} WHERE {0} IS NOT NULL AND {0}::{1} IS NULL",
                    ident(name),
                    to.kind
                ),
                _ => format!(
                    "SELECT {0} FROM {of} WHERE {0} <> CAST({0} AS {1})",
                    ident(name),
                    to.kind
                ),
            };
            let kind = match changes.dialect() {
                Dialect::Sqlite => fitting(changes, table, from, to),
                _ => Some(HazardKind::MayFail),
            };
            let what = format!("values of {table}.{name} that are no {}", to.kind);
            hazards.extend(kind.map(|kind| Hazard::new(kind, what).query(query)));
        }
    }
    if from.nullable && !to.nullable {
        let empty = |what: String| {
            let query = format!("SELECT * FROM {of} WHERE {} IS NULL", ident(name));
            Hazard::new(HazardKind::MayFail, what).query(query)
        };
        if to.default.is_none() && to.numbering.is_none() {
            hazards.push(Hazard::new(
                HazardKind::Breaks,
                format!("{table}.{name} takes no NULL any more"),
            ));
            if fill.is_none() {
                hazards.push(empty(format!("rows of {table} whose {name} is NULL")));
            }
        }
    } else if from.default.is_some()
        && to.default.is_none()
        && !to.nullable
        && to.numbering.is_none()
    {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{name} is required of every new row"),
        ));
    }
    if from.generated.is_none() && to.generated.is_some() {
        hazards.push(Hazard::new(
            HazardKind::Breaks,
            format!("{table}.{name} is computed, and can't be written"),
        ));
        hazards.push(Hazard::new(
            HazardKind::Loses,
            format!("the values of {table}.{name}"),
        ));
    }
    hazards
}

/// What becomes of values that don't fit the new type: only a STRICT table refuses them, and a text or a BLOB is made of
/// anything.
fn fitting(changes: &Changes, table: &str, from: &Column, to: &Column) -> Option<HazardKind> {
    let affinity = crate::ddl::affinity(&to.kind);
    let takes_all = ["TEXT", "BLOB"].contains(&affinity) || to.kind.eq_ignore_ascii_case("any");
    let is_strict = |schema: &Schema| schema.tables.get(table).is_some_and(|table| table.strict);
    match is_strict(&changes.to) {
        _ if takes_all => None,
        true => Some(HazardKind::MayFail),
        false if affinity == crate::ddl::affinity(&from.kind) => None,
        false => Some(HazardKind::Keeps),
    }
}

/// Whether every value of the one type is one of the other.
pub(crate) fn widens(from: &str, to: &str) -> bool {
    const WIDER: &[(&str, &[&str])] = &[
        (
            "smallint",
            &["integer", "bigint", "numeric", "real", "double precision"],
        ),
        ("integer", &["bigint", "numeric", "double precision"]),
        ("bigint", &["numeric"]),
        ("real", &["double precision"]),
    ];
    let (from, to) = (from.to_ascii_lowercase(), to.to_ascii_lowercase());
    let wider = WIDER.iter().find(|(kind, _)| *kind == from);
    to == "text" || wider.is_some_and(|(_, wider)| wider.contains(&to.as_str()))
}

/// What a new constraint may find.
fn added(changes: &Changes, table: &str, constraint: &Constraint) -> Vec<Hazard> {
    let dialect = changes.dialect();
    let rows = hazard_queries::rows(changes, table, &|column| {
        constraint.is_about(column, dialect)
    });
    let name = rows.named(table);
    match constraint {
        Constraint::Unique(key) if rows.is_null && !key.nulls_not_distinct => Vec::new(),
        Constraint::ForeignKey(_) if rows.is_null => Vec::new(),
        // What a model gives to every row, its own CHECK takes.
        Constraint::Check(_) if rows.is_same => Vec::new(),
        Constraint::PrimaryKey(crate::model::PrimaryKey { columns, .. })
        | Constraint::Unique(crate::model::Unique { columns, .. }) => {
            let list = idents(columns);
            let query =
                format!("SELECT {list}, count(*) FROM {name} GROUP BY {list} HAVING count(*) > 1");
            vec![
                Hazard::new(
                    HazardKind::MayFail,
                    format!("rows of {table} that are equal in {list}"),
                )
                .query(query),
                Hazard::new(HazardKind::Locks, format!("{table} is read for a key")),
            ]
        }
        Constraint::Check(check) => {
            let query = format!("SELECT * FROM {name} WHERE NOT ({})", check.expression);
            let refused = format!("rows of {table} that {} refuses", check.name);
            vec![Hazard::new(HazardKind::MayFail, refused).query_if(!rows.is_retyped, query)]
        }
        Constraint::ForeignKey(key) => {
            let both = key.columns.iter().zip(&key.referenced);
            let on: Vec<String> = both
                .map(|(own, other)| format!("parent.{} = child.{}", ident(other), ident(own)))
                .collect();
            let set: Vec<String> = key
                .columns
                .iter()
                .map(|own| format!("child.{} IS NOT NULL", ident(own)))
                .collect();
            let mut query = format!(
                "SELECT * FROM {} WHERE {}",
                rows.named("child"),
                set.join(" AND ")
            );
            let mut is_askable = !rows.is_retyped;
            // A table that is new has no rows to refer to.
            if changes.from_table(&key.references).is_some() {
                let is_key = |column: &str| key.referenced.iter().any(|one| one == column);
                let parent = hazard_queries::rows(changes, &key.references, &is_key);
                is_askable &= !parent.is_retyped;
                let (parent, on) = (parent.named("parent"), on.join(" AND "));
                query += &format!(" AND NOT EXISTS (SELECT 1 FROM {parent} WHERE {on})");
            }
            vec![
                Hazard::new(
                    HazardKind::MayFail,
                    format!("rows of {table} that refer to no row of {}", key.references),
                )
                .query_if(is_askable, query),
            ]
        }
    }
}
