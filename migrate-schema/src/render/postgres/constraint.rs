//! Constraints of PostgreSQL tables that exist.

use super::super::definition::constraint;
use super::Writer;
use crate::diff::Constraint;
use crate::model::PARTITIONED;
use crate::sql::ident;

impl Writer<'_> {
    pub(super) fn drop_constraint(
        &mut self,
        table: &str,
        constraint: &Constraint,
        because: Option<&str>,
    ) {
        let Some(name) = constraint.name() else {
            return;
        };
        if let Some(because) = because {
            self.script
                .comment(&format!("{name} makes room: {because}."));
        }
        self.alter(table, &format!("DROP CONSTRAINT {}", ident(name)));
    }

    /// A constraint over rows that exist is added unchecked, then checked.
    pub(super) fn add_constraint(&mut self, table: &str, one: &Constraint, again: bool) {
        let text = constraint(one);
        // A partitioned table takes no NOT VALID reference.
        let to = self.changes.to_table(table);
        let is_partitioned =
            to.is_some_and(|table| table.not_understood.as_deref() == Some(PARTITIONED));
        let (checkable, validated) = match one {
            Constraint::ForeignKey(key) => (true, key.validated),
            Constraint::Check(check) => (true, check.validated),
            Constraint::PrimaryKey(_) | Constraint::Unique(_) => (false, true),
        };
        if !validated {
            self.alter(table, &format!("ADD {text} NOT VALID"));
        } else if self.changes.is_online {
            self.add_online(table, one);
        } else if checkable && !again && !is_partitioned {
            self.script.comment(
                "Two steps: the first holds for new rows at once, the second reads the rows. On a big table in use, \
                 generate this with --online, so that writers don't wait meanwhile.",
            );
            self.add_then_validate(table, one);
        } else {
            self.alter(table, &format!("ADD {text}"));
        }
    }
}
