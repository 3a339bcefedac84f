//! Who holds the lock that a statement waited for in vain.
//!
//! The server doesn't say, and once the statement was cancelled nobody waits for anybody any more. So those are named
//! who hold locks on the tables that the statement names.

use crate::driver::Row;
use crate::engine::Engine;
use crate::engine::database::Database;

/// At most so many words of a statement are looked up as names of tables.
const WORDS: usize = 200;

/// At most so many holders are named.
const NAMED: usize = 3;

/// The server's word for a query that the role may not see.
const UNSEEN: &str = "<insufficient privilege>";

impl<D: Database> Engine<'_, '_, D> {
    /// Who holds locks on the tables that a statement names, in words.
    pub(super) async fn find_blockers(&mut self, statement: &str) -> Option<String> {
        let names = names(statement);
        if names.is_empty() {
            return None;
        }
        // Whoever changes rows gets on with those who read.
        let first = statement.trim_start().get(..6).unwrap_or("");
        let spares_readers = ["INSERT", "UPDATE", "DELETE"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word));
        let sql = self.tables.select_blockers(&names, spares_readers);
        // Only names for a message: without them it is a message all the same.
        let rows = self.driver.rows_again(&sql).await.ok()?;
        let mut seen: Vec<&str> = Vec::new();
        let mut described = Vec::new();
        for row in rows.iter() {
            let who = row.get(1).unwrap_or("");
            if !seen.contains(&who) {
                seen.push(who);
                described.push(describe(row));
            }
        }
        let more = described.len().saturating_sub(NAMED);
        described.truncate(NAMED);
        if more > 0 {
            described.push(format!("and {more} more"));
        }
        (!described.is_empty()).then(|| described.join("; "))
    }
}

/// One holder: the table, the process, since when, and what it runs.
fn describe(row: Row<'_>) -> String {
    let text = |at| row.get(at).unwrap_or("");
    let mut words = format!("{}, which has a lock on `{}`", text(1), text(0));
    if let Some(seconds) = row.get(2) {
        words.push_str(&format!(" in a transaction of {seconds} s"));
    }
    match row.get(3) {
        Some(UNSEEN) => words.push_str(
            " (what it runs is hidden from this role: membership in `pg_read_all_stats` shows it)",
        ),
        Some(query) if !query.is_empty() => {
            let state = match row.get(4) {
                Some("active") | None => "",
                Some(_) => " last",
            };
            words.push_str(&format!(" and{state} ran `{}`", one_line(query)));
        }
        _ => {}
    }
    words
}

/// The head of a query, on one line.
fn one_line(query: &str) -> String {
    const SHOWN: usize = 100;
    let words: Vec<&str> = query.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}..", line.get(..at).unwrap_or("")),
        None => line,
    }
}

/// Whatever in a statement may be the name of a table, also within the body of a `DO`.
fn names(statement: &str) -> Vec<String> {
    // As the server reads a name: only letters of ASCII have cases.
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
    let words = statement
        .split(|c: char| !is_part(c))
        .map(str::to_ascii_lowercase);
    let quoted = statement.split('"').skip(1).step_by(2).map(str::to_owned);
    let mut names: Vec<String> = Vec::new();
    for name in quoted.chain(words) {
        let fits =
            !name.is_empty() && name.len() < 64 && !name.starts_with(|c: char| c.is_ascii_digit());
        if fits && !names.contains(&name) {
            names.push(name);
        }
        if names.len() == WORDS {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let found =
            names("DO $$ BEGIN ALTER TABLE s.\"Big T\" ADD x int; DROP TABLE Small; END $$");
        for name in ["Big T", "small", "s"] {
            assert!(found.iter().any(|found| found == name), "{name}: {found:?}");
        }
        assert!(names("1 + 2").is_empty());
    }

    #[test]
    fn a_query_is_shown_on_one_line_and_cut() {
        assert_eq!(one_line("SELECT\n  1"), "SELECT 1");
        assert_eq!(one_line(&"é".repeat(200)).chars().count(), 102);
    }
}
