//! The lines to one row share their way: together they are a net.

use std::collections::BTreeMap;

use super::Graph;

/// All lines to a row that reach it from one side.
#[derive(Debug, Clone)]
pub(super) struct Net {
    /// The row that is referred to: the box, and the row's middle from the top of it.
    pub(super) target: (usize, i64),
    /// True where it leaves that row on the right: to columns further right, and to its own.
    pub(super) is_forward: bool,
    /// The lines.
    pub(super) lines: Vec<usize>,
    /// The gaps between columns that it runs through; gap `n` is right of column `n`.
    pub(super) gaps: std::ops::Range<usize>,
}

impl Net {
    /// Whether it passes a column.
    pub(super) fn passes(&self, column: usize) -> bool {
        column > self.gaps.start && column < self.gaps.end
    }
}

/// A side of a row, and which of the nets that end there: they end a little above or below each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Port {
    pub(super) at: usize,
    pub(super) middle: i64,
    pub(super) is_right: bool,
}

/// The nets of a graph, in the order of their targets.
pub(super) fn nets(graph: &Graph, columns: &[usize]) -> Vec<Net> {
    let mut found: BTreeMap<((usize, i64), bool), Vec<usize>> = BTreeMap::new();
    for (at, line) in graph.lines.iter().enumerate() {
        let is_forward = columns[line.from.0] >= columns[line.to.0];
        found.entry((line.to, is_forward)).or_default().push(at);
    }
    let net = |((target, is_forward), lines): (((usize, i64), bool), Vec<usize>)| {
        let own = columns[target.0];
        let others = || lines.iter().map(|&line| columns[graph.lines[line].from.0]);
        let gaps = if is_forward {
            let last = others().max().unwrap_or(own);
            own..last.max(own + 1)
        } else {
            others().min().unwrap_or(own)..own
        };
        Net {
            target,
            is_forward,
            lines,
            gaps,
        }
    };
    found.into_iter().map(net).collect()
}

/// The port at which a line leaves its own row.
pub(super) fn source_port(graph: &Graph, columns: &[usize], net: &Net, line: usize) -> Port {
    let (at, middle) = graph.lines[line].from;
    Port {
        at,
        middle,
        is_right: !net.is_forward || columns[at] == columns[net.target.0],
    }
}

/// The port at which a net ends.
pub(super) fn target_port(net: &Net) -> Port {
    Port {
        at: net.target.0,
        middle: net.target.1,
        is_right: net.is_forward,
    }
}
