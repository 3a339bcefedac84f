//! Enums on a database without enum types: there a list of values is a CHECK, and a value that comes or goes is a CHECK
//! that goes and another that comes.

use migrate_chain::Dialect;
use migrate_chain::sql::TokenKind;

use crate::model;
use crate::operation::{Change, Constraint, ConstraintOperation, Operation};
use crate::sql::cursor::{Cursor, lex, split_at_commas};
use migrate_chain::sql::unquoted;

/// The list of a column's values, as it was and as it will be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CheckValues {
    pub(crate) column: String,
    from: Vec<String>,
    to: Vec<String>,
}

impl CheckValues {
    /// What the change is one half of, if it replaces one list of values by another.
    pub(crate) fn of(change: &Change, all: &[Change]) -> Option<CheckValues> {
        let (Check::Dropped(table, check) | Check::Added(table, check)) = Check::of(change)?;
        let (column, _) = listed(check)?;
        let lists = |of: &str, check: &model::Check| {
            listed(check).filter(|(listed, _)| of == table && *listed == column)
        };
        let from = all.iter().find_map(|other| match Check::of(other)? {
            Check::Dropped(of, check) => lists(of, check),
            Check::Added(..) => None,
        });
        let to = all.iter().find_map(|other| match Check::of(other)? {
            Check::Added(of, check) => lists(of, check),
            Check::Dropped(..) => None,
        });
        let ((_, from), (_, to)) = (from?, to?);
        Some(CheckValues { column, from, to })
    }

    /// The values that go, once those with a new name have it.
    pub(crate) fn gone<'v>(&'v self, renamed: &[(&String, &String)]) -> Vec<&'v String> {
        let stays = |value: &String| {
            let new = renamed.iter().find(|(old, _)| *old == value);
            self.to.contains(new.map_or(value, |(_, new)| new))
        };
        self.from.iter().filter(|value| !stays(value)).collect()
    }

    /// What happens to them, in the words that an enum type has.
    pub(super) fn describe(&self, table: &str, renamed: &[(&String, &String)]) -> Vec<String> {
        let of = format!("enum {table}.{}", self.column);
        let renames = renamed
            .iter()
            .map(|(old, new)| format!("rename value {old} of {of} to {new}"));
        let is_new = |value: &&String| {
            !self.from.contains(value) && !renamed.iter().any(|(_, new)| new == value)
        };
        let added = self.to.iter().filter(is_new);
        let added = added.map(|value| format!("add value {value} to {of}"));
        let gone = self.gone(renamed).into_iter();
        let gone = gone.map(|value| format!("drop value {value} of {of}"));
        let lines: Vec<String> = renames.chain(added).chain(gone).collect();
        if lines.is_empty() {
            vec![format!("change the order of the values of {of}")]
        } else {
            lines
        }
    }
}

/// A CHECK that is asked to go or to come, with its table.
enum Check<'c> {
    Dropped(&'c str, &'c model::Check),
    Added(&'c str, &'c model::Check),
}

impl Check<'_> {
    fn of(change: &Change) -> Option<Check<'_>> {
        let Operation::Constraint(operation) = &change.operation else {
            return None;
        };
        match operation {
            ConstraintOperation::Drop {
                table,
                constraint: Constraint::Check(check),
            } if change.is_asked() => Some(Check::Dropped(table, check)),
            ConstraintOperation::Add {
                table,
                constraint: Constraint::Check(check),
            } if change.is_asked() => Some(Check::Added(table, check)),
            _ => None,
        }
    }
}

/// The column and its values, if that is all a CHECK says.
pub(super) fn listed(check: &model::Check) -> Option<(String, Vec<String>)> {
    let tokens = lex(&check.expression, Dialect::Sqlite)?;
    let mut cursor = Cursor::new(&tokens);
    let column = cursor.take_name()?;
    if !cursor.take(&["IN"]) {
        return None;
    }
    let list = cursor.take_parentheses()?;
    let values = split_at_commas(list).into_iter().map(|part| match part {
        [value] if value.kind == TokenKind::Text => Some(unquoted(value.text)),
        _ => None,
    });
    let values = values.collect::<Option<Vec<String>>>()?;
    cursor.is_at_end().then_some((column, values))
}

#[cfg(test)]
mod tests {
    use super::listed;
    use crate::model::Table;

    #[test]
    fn only_a_plain_list_is_one() {
        let of = |expression: &str| {
            let table = Table::new("t").check("ck", expression);
            table.checks.values().find_map(listed)
        };
        let list = Some(("my mood".to_owned(), vec!["it's".to_owned(), String::new()]));
        assert_eq!(of("\"my mood\" IN ('it''s', '')"), list);
        assert_eq!(of("mood IN ('a') OR x"), None);
        assert_eq!(of("mood IN ('a', lower('b'))"), None);
        assert_eq!(of("mood NOT IN ('a')"), None);
        assert_eq!(of("mood > 1"), None);
    }
}
