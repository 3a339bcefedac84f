//! Drawing a chain with branches beside its list, newest first, as `git log --graph` does.

use migrate_chain::Chain;

/// Columns of lines that lead down to revisions not listed yet.
pub(crate) struct Graph<'c> {
    chain: &'c Chain<'c>,
    listed: Vec<bool>,
    /// What each column leads to.
    columns: Vec<usize>,
}

impl<'c> Graph<'c> {
    /// `listed`: positions, newest first.
    pub(crate) fn new(chain: &'c Chain<'_>, listed: &[usize]) -> Graph<'c> {
        let mut member = vec![false; chain.len()];
        listed.iter().for_each(|&at| member[at] = true);
        Graph {
            chain,
            listed: member,
            columns: Vec::new(),
        }
    }

    /// The rows to draw for the next revision: lines that join, its own row (which is marked), and
    /// lines that part.
    pub(crate) fn rows(&mut self, at: usize) -> Vec<(String, bool)> {
        let mut rows = Vec::new();
        if !self.columns.contains(&at) {
            self.columns.push(at);
        }
        let own = self.columns.iter().position(|&to| to == at).unwrap_or(0);
        // Children in other columns lead here: join them.
        while let Some(other) = self
            .columns
            .iter()
            .rposition(|&to| to == at)
            .filter(|&other| other != own)
        {
            let row = (0..self.columns.len()).map(|column| match column {
                column if column == own => "|",
                column if column > own && column < other => "|",
                column if column == other => "/",
                _ => "|",
            });
            rows.push((self.joined(row.collect(), own, other), false));
            self.columns.remove(other);
        }
        let row: Vec<&str> = (0..self.columns.len())
            .map(|column| if column == own { "*" } else { "|" })
            .collect();
        rows.push((row.join(" "), true));
        let parents: Vec<usize> = self
            .chain
            .parents(at)
            .iter()
            .copied()
            .filter(|&parent| self.listed[parent])
            .collect();
        match parents[..] {
            [] => {
                self.columns.remove(own);
            }
            [parent] => self.columns[own] = parent,
            [first, ref others @ ..] => {
                self.columns[own] = first;
                for (number, &other) in others.iter().enumerate() {
                    self.columns.insert(own + 1 + number, other);
                    let row = (0..self.columns.len() - 1)
                        .map(|column| if column == own + number { "|\\" } else { "|" });
                    rows.push((row.collect::<Vec<_>>().join(" "), false));
                }
            }
        }
        rows
    }

    /// `|/` where the columns are neighbours, `|_|/` where lines lie between.
    fn joined(&self, row: Vec<&str>, own: usize, other: usize) -> String {
        let mut text = String::new();
        for (column, mark) in row.iter().enumerate() {
            if column == other {
                // Takes the place of the gap before it.
                text.pop();
                text.push_str(mark);
                text.push(' ');
            } else {
                text.push_str(mark);
                text.push(if column >= own && column + 1 < other {
                    '_'
                } else {
                    ' '
                });
            }
        }
        text.trim_end().to_owned()
    }
}
