//! Enums on a database without enum types: there a list of values is a CHECK, and a value that comes or goes is a CHECK
//! that goes and another that comes.

use migrate_chain::Dialect;
use migrate_chain::sql::TokenKind;

use super::operation::{Constraint, Operation};
use crate::model::Check;
use crate::sql::cursor::{Cursor, lex, split_at_commas};
use crate::sql::unquoted;

/// The list of a column's values, as it was and as it will be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Values {
    pub(super) column: String,
    from: Vec<String>,
    to: Vec<String>,
}

impl Values {
    /// What the operation is one half of, if it replaces one list of values by another.
    pub(crate) fn of(operation: &Operation, all: &[Operation]) -> Option<Values> {
        let dropped = |table: &str, column: &str| {
            all.iter().find_map(|operation| match operation {
                Operation::DropConstraint {
                    table: of,
                    constraint: Constraint::Check(check),
                    because: None,
                } if of == table => listed(check).filter(|(of, _)| of == column),
                _ => None,
            })
        };
        let added = |table: &str, column: &str| {
            all.iter().find_map(|operation| match operation {
                Operation::AddConstraint {
                    table: of,
                    constraint: Constraint::Check(check),
                    again: false,
                } if of == table => listed(check).filter(|(of, _)| of == column),
                _ => None,
            })
        };
        let (Operation::DropConstraint {
            table,
            constraint: Constraint::Check(check),
            because: None,
        }
        | Operation::AddConstraint {
            table,
            constraint: Constraint::Check(check),
            again: false,
        }) = operation
        else {
            return None;
        };
        let (column, _) = listed(check)?;
        let (_, from) = dropped(table, &column)?;
        let (_, to) = added(table, &column)?;
        Some(Values { column, from, to })
    }

    /// The values that go, once those with a new name have it.
    pub(super) fn gone<'v>(&'v self, renamed: &[(&String, &String)]) -> Vec<&'v String> {
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
        match lines.is_empty() {
            true => vec![format!("change the order of the values of {of}")],
            false => lines,
        }
    }
}

/// The column and its values, if that is all a CHECK says.
fn listed(check: &Check) -> Option<(String, Vec<String>)> {
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
