//! The text of `adopt.sql` for a tool.

/// What a tool's `adopt.sql` says for one database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdoptSql {
    /// The tool's table; `none` where the query decides alone.
    pub(crate) table: &'static str,
    /// What makes the table as the tool makes it, where it isn't there. Empty where there is none.
    pub(crate) create: &'static str,
    pub(crate) applied: &'static str,
    pub(crate) record: &'static str,
    pub(crate) unrecord: &'static str,
}

impl AdoptSql {
    /// The file.
    pub(crate) fn text(&self, tool: &str, without: &[String]) -> String {
        let mut text = format!(
            "-- How a database that {tool} has migrated is taken over; what revisions stand for is in their headers.\n\
             --\n-- adopt: {tool}\n-- table: {}\n",
            self.table
        );
        if !without.is_empty() {
            text.push_str(&format!("-- without: {}\n", without.join(", ")));
        }
        for (name, sql) in [
            ("applied", self.applied),
            ("record", self.record),
            ("unrecord", self.unrecord),
        ] {
            text.push_str(&format!(
                "\n-- {name}\n{};\n",
                sql.trim().trim_end_matches(';')
            ));
        }
        text
    }

    /// The bare name of the table.
    pub(crate) fn name(&self) -> Option<&'static str> {
        let bare = self.table.rsplit('.').next().unwrap_or(self.table);
        (self.table != "none").then_some(bare)
    }
}
