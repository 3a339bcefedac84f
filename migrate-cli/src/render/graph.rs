//! Drawing a chain with branches beside its list, newest first, as `git log --graph` does.

use migrate_chain::Chain;

/// Columns of lines that lead down to revisions not listed yet.
pub(crate) struct Graph<'c> {
    chain: &'c Chain<'c>,
    listed: Vec<bool>,
    /// What each column leads to.
    columns: Vec<usize>,
}

/// What is drawn beside a revision.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Lines that join, above it.
    pub(crate) above: Vec<String>,
    /// Its own.
    pub(crate) own: String,
    /// Lines that part, below it.
    pub(crate) below: Vec<String>,
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

    /// The rows of the next revision of the list.
    pub(crate) fn rows(&mut self, at: usize) -> Rows {
        let mut rows = Rows::default();
        let found = self.columns.iter().position(|&to| to == at);
        let own = found.unwrap_or(self.columns.len());
        if found.is_none() {
            self.columns.push(at);
        }
        // Its other children's lines come in from the right.
        while let Some(other) = (own + 1..self.columns.len()).rfind(|&to| self.columns[to] == at) {
            rows.above.push(self.joining(own, other));
            self.columns.remove(other);
        }
        let marks = (0..self.columns.len()).map(|column| if column == own { "*" } else { "|" });
        rows.own = marks.collect::<Vec<_>>().join(" ");
        let parents = self.chain.parents(at).iter().copied();
        let parents: Vec<usize> = parents.filter(|&parent| self.listed[parent]).collect();
        match parents[..] {
            [] => {
                if own + 1 < self.columns.len() {
                    rows.below.push(self.closing(own));
                }
                self.columns.remove(own);
            }
            [first, ref others @ ..] => {
                self.columns[own] = first;
                for &other in others {
                    rows.below.push(self.parting(own));
                    self.columns.insert(own + 1, other);
                }
            }
        }
        rows
    }

    /// `|/`, or `|_|/` past lines between; what is on the right moves over.
    fn joining(&self, own: usize, other: usize) -> String {
        self.row(|column| match column {
            column if column >= other => ('/', ' '),
            column if column > own => ('_', '|'),
            _ => (' ', '|'),
        })
    }

    /// A line ends: what is on its right moves over.
    fn closing(&self, own: usize) -> String {
        self.row(|column| match column {
            column if column > own => ('/', ' '),
            column if column == own => (' ', ' '),
            _ => (' ', '|'),
        })
    }

    /// `|\`: what is on the right moves on.
    fn parting(&self, own: usize) -> String {
        let mut row = self.row(|column| (' ', if column > own { '\\' } else { '|' }));
        row.insert(2 * own + 1, '\\');
        row
    }

    /// For each column the gap before it, and its mark.
    fn row(&self, marks: impl Fn(usize) -> (char, char)) -> String {
        let mut row = String::new();
        for column in 0..self.columns.len() {
            let (gap, mark) = marks(column);
            if column > 0 {
                row.push(gap);
            }
            row.push(mark);
        }
        row.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use migrate_chain::{Folder, Options, load_graph};

    use super::*;

    fn drawn(revisions: &[(&str, &str)]) -> String {
        let mut folder = Folder::new("versions");
        for (id, down) in revisions {
            let text = format!("-- {id}\n-- revision: {id}\n-- down_revision: {down}\n");
            folder.add(&format!("{id}.sql"), text.as_bytes());
        }
        let loaded = load_graph(folder, &Options::new("versions")).unwrap();
        let chain = loaded.packed().chain().unwrap();
        let listed: Vec<usize> = (0..chain.len()).rev().collect();
        let mut graph = Graph::new(&chain, &listed);
        let mut text = String::new();
        for &at in &listed {
            let Rows { above, own, below } = graph.rows(at);
            above
                .iter()
                .for_each(|row| text.push_str(&format!("{row}\n")));
            text.push_str(&format!("{own} {}\n", chain.get(at).id));
            below
                .iter()
                .for_each(|row| text.push_str(&format!("{row}\n")));
        }
        text
    }

    #[test]
    fn branches_part_and_join() {
        let diamond = [
            ("a", "none"),
            ("b", "a"),
            ("c", "a"),
            ("d", "b, c"),
            ("e", "d"),
        ];
        assert_eq!(drawn(&diamond), "* e\n* d\n|\\\n| * c\n* | b\n|/\n* a\n");
        let three = [("a", "none"), ("b", "a"), ("c", "a"), ("d", "a")];
        assert_eq!(drawn(&three), "* d\n| * c\n| | * b\n|_|/\n|/\n* a\n");
        let apart = [("a", "none"), ("b", "none"), ("c", "a")];
        assert_eq!(drawn(&apart), "* c\n| * b\n* a\n");
        let octopus = [
            ("a", "none"),
            ("b", "a"),
            ("c", "a"),
            ("d", "a"),
            ("e", "b, c, d"),
        ];
        assert_eq!(
            drawn(&octopus),
            "* e\n|\\\n|\\ \\\n| * | d\n| | * c\n* | | b\n|_|/\n|/\n* a\n"
        );
    }
}
