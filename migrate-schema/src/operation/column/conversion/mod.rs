//! What becomes of the values of a column whose type changes: which are kept, which become others, which are refused.

mod postgres;
mod postgres_text;
mod postgres_type;
mod sqlite;

use migrate_chain::Dialect;

use crate::diff::Changes;
use crate::hazards::HazardKind;
use crate::model::Column;

/// How the values of one type become values of another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Conversion {
    /// The expression over the column; none where the database converts by itself, as in an assignment, and refuses
    /// what doesn't fit.
    pub(super) using: Option<String>,
    /// The values that are not kept.
    pub(super) doubts: Vec<Doubt>,
    /// Whether every value of the old type is one of the new, so that whoever reads or writes the old one goes on.
    pub(super) is_wider: bool,
}

/// Values that are not kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    /// What becomes of them.
    pub(super) kind: HazardKind,
    /// Which they are, behind `values of table.column that`.
    pub(super) that: String,
    /// The condition that finds them; none where SQL can't say it.
    pub(super) condition: Option<String>,
}

impl Conversion {
    /// The conversion of a column, by the rules of its database.
    pub(super) fn of(changes: &Changes, table: &str, from: &Column, to: &Column) -> Conversion {
        match changes.dialect() {
            Dialect::Sqlite => {
                let is_strict = changes.table_after(table).is_some_and(|table| table.strict);
                sqlite::conversion(
                    &crate::sql::ident(&to.name),
                    &from.kind,
                    &to.kind,
                    is_strict,
                )
            }
            _ => {
                let enums = (&changes.from.enums, &changes.to.enums);
                postgres::conversion(&crate::sql::ident(&to.name), &from.kind, &to.kind, enums)
            }
        }
    }

    /// The values of a column that a table refuses once it is STRICT.
    pub(super) fn to_strict(column: &Column) -> Option<String> {
        sqlite::refused_by_strict(&crate::sql::ident(&column.name), &column.kind)
    }

    /// Every value is kept, and old clients go on.
    fn wider() -> Conversion {
        Conversion {
            is_wider: true,
            ..Conversion::default()
        }
    }

    fn using(expression: impl Into<String>) -> Conversion {
        Conversion {
            using: Some(expression.into()),
            ..Conversion::default()
        }
    }

    /// Values that become others.
    fn changes(self, that: impl Into<String>, condition: impl Into<String>) -> Conversion {
        self.doubt(HazardKind::Changes, that, Some(condition.into()))
    }

    /// Values that are refused.
    fn fails(self, that: impl Into<String>, condition: impl Into<String>) -> Conversion {
        self.doubt(HazardKind::MayFail, that, Some(condition.into()))
    }

    fn doubt(
        mut self,
        kind: HazardKind,
        that: impl Into<String>,
        condition: Option<String>,
    ) -> Conversion {
        self.is_wider = false;
        self.doubts.push(Doubt {
            kind,
            that: that.into(),
            condition,
        });
        self
    }
}
