//! Statements in groups, with comments where a choice was made.

use migrate_chain::Dialect;

use super::spelled::spelled;
use crate::diff::Changes;
use crate::hazards::{Hazard, HazardKind};
use crate::model::Opaque;
use crate::operation::unread;
use crate::sql::mentions;

/// How wide a comment gets.
const WIDTH: usize = 100;

/// A script under construction.
pub(crate) struct Script {
    dialect: Dialect,
    text: String,
    group: Option<String>,
}

impl Script {
    pub(crate) fn new(dialect: Dialect) -> Script {
        Script {
            dialect,
            text: String::new(),
            group: None,
        }
    }

    /// Begins a paragraph, unless the statements before are of the same group.
    pub(crate) fn group(&mut self, group: &str) {
        if self.group.as_deref() != Some(group) {
            if self.group.is_some() && !self.text.ends_with("\n\n") {
                self.text.push('\n');
            }
            self.group = Some(group.to_owned());
        }
    }

    /// Adds a comment, which begins a paragraph.
    pub(crate) fn comment(&mut self, comment: &str) {
        let open = self
            .text
            .lines()
            .next_back()
            .is_some_and(|line| !line.is_empty() && !line.starts_with("--"));
        if open {
            self.text.push('\n');
        }
        let mut line = String::new();
        for word in comment.split_whitespace() {
            if !line.is_empty() && line.len() + word.len() + 4 > WIDTH {
                self.comment_line(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.comment_line(&line);
    }

    /// Adds a comment that is a query, on one line.
    pub(crate) fn query(&mut self, query: &str) {
        let one: Vec<&str> = query.split_whitespace().collect();
        self.comment_line(&format!("  {};", one.join(" ")));
    }

    fn comment_line(&mut self, line: &str) {
        self.text.push_str("-- ");
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Says what becomes of rows that don't fit, with the query that finds them.
    pub(crate) fn warn(&mut self, hazard: &Hazard) {
        let what = &hazard.what;
        let text = match hazard.kind {
            HazardKind::MayFail => format!("Fails if there are {what}"),
            HazardKind::Keeps => format!("If there are {what}, they stay as they are"),
            HazardKind::Changes => format!("careful: this changes {what}"),
            HazardKind::Breaks | HazardKind::Loses | HazardKind::Locks => return,
        };
        match &hazard.query {
            Some(query) => {
                self.comment(&format!("{text}:"));
                self.query(query);
            }
            None => self.comment(&format!("{text}.")),
        }
    }

    /// Adds a statement.
    pub(crate) fn run(&mut self, statement: &str) {
        let statement = statement.trim_end().trim_end_matches(';').trim_end();
        self.text.push_str(&spelled(statement, self.dialect));
        self.text.push_str(";\n");
    }

    /// Adds the statement that creates what is kept as it stands, and says what is odd about it.
    pub(crate) fn create(
        &mut self,
        changes: &Changes,
        table: Option<&str>,
        opaque: &Opaque,
        gone: &[String],
    ) {
        for review in reviews(changes, table, opaque, gone) {
            self.comment(&review);
        }
        self.run(&opaque.create);
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// What a person has to look at in something that is created as it was: each as a sentence.
pub(crate) fn reviews(
    changes: &Changes,
    table: Option<&str>,
    opaque: &Opaque,
    gone: &[String],
) -> Vec<String> {
    let mut reviews = Vec::new();
    let is_new_name = |of: &str, name: &str| {
        let table = changes.table_after(of);
        table.is_some_and(|table| table.column(name).is_some())
    };
    for ((of, old), new) in &changes.renames.columns {
        let about = table == Some(of) || opaque.tables.contains(of);
        let is_swapped = is_new_name(of, old);
        let text = match &opaque.columns {
            Some(_) => query_of(&opaque.create),
            None => &opaque.create,
        };
        if about && gone.is_empty() && !is_swapped && mentions(text, changes.dialect(), old) {
            reviews.push(format!(
                "Review: the {} {} mentions {old}, which may or may not be what {of} now calls {new}.",
                opaque.kind, opaque.name
            ));
        }
    }
    if !gone.is_empty() {
        let what = match unread(opaque) {
            Some(_) => "Rewrite it here: until then it fails when it is called.",
            None => "It comes back as it was, and this fails until it is rewritten here.",
        };
        reviews.push(format!(
            "Review: the {} {} mentions {}, which is gone. {what}",
            opaque.kind,
            opaque.name,
            gone.join(", ")
        ));
    }
    reviews
}

/// What a view reads, without its name and what is said of it.
fn query_of(create: &str) -> &str {
    let query = create
        .split_once(" AS\n")
        .map_or(create, |(_, query)| query);
    query.split_once(";\n").map_or(query, |(query, _)| query)
}
