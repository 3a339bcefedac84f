use std::collections::HashSet;

use crate::graph::{Edges, Graph};
use crate::sort::sort_positions;

/// Which labelled revisions lend their labels to each revision (Alembic's rule): a label spreads
/// to all descendants, and down to the nearest branch or merge point.
///
/// A long history with many labels has a list as long as itself at each revision, so lists are
/// kept as links to those next below and next above, and put together when asked for.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    links: Vec<Link>,
    /// By position: the link of what spreads up to it, itself included.
    from_below: Vec<Option<usize>>,
    /// By position: the link of what spreads down to it.
    from_above: Vec<Option<usize>>,
}

/// A labelled revision, and the links whose lists it continues.
#[derive(Debug)]
struct Link {
    source: Option<usize>,
    next: Vec<usize>,
}

impl Labels {
    /// `labelled` says, by position, whether a revision's own header gives a label.
    pub(crate) fn new(graph: &Graph, required_by: &Edges, labelled: &[bool]) -> Labels {
        let mut labels = Labels::default();
        // Most chains have none, and then nothing is stored.
        if labelled.contains(&true) {
            labels.spread_up(graph, labelled);
            labels.spread_down(graph, required_by, labelled);
        }
        labels
    }

    fn spread_up(&mut self, graph: &Graph, labelled: &[bool]) {
        for (at, &own) in labelled.iter().enumerate() {
            let parents = graph.parents[at].iter();
            let mut next: Vec<usize> = parents.filter_map(|&p| self.from_below[p]).collect();
            sort_positions(&mut next, &|one, other| one.cmp(&other));
            next.dedup();
            let link = match (own, &next[..]) {
                (false, []) => None,
                (false, [same]) => Some(*same),
                _ => Some(self.link(own.then_some(at), next)),
            };
            self.from_below.push(link);
        }
    }

    fn spread_down(&mut self, graph: &Graph, required_by: &Edges, labelled: &[bool]) {
        self.from_above = vec![None; labelled.len()];
        let branches = |at: usize| required_by.of_node(at).len() > 1;
        for at in (0..labelled.len()).rev() {
            let [parent] = graph.parents[at][..] else {
                continue;
            };
            if branches(at) || branches(parent) || graph.parents[parent].len() > 1 {
                continue;
            }
            let above = self.from_above[at];
            self.from_above[parent] = if labelled[at] {
                Some(self.link(Some(at), above.into_iter().collect()))
            } else {
                above
            };
        }
    }

    fn link(&mut self, source: Option<usize>, next: Vec<usize>) -> usize {
        self.links.push(Link { source, next });
        self.links.len() - 1
    }

    /// Positions of the revisions whose labels one carries, in chain order.
    pub(crate) fn sources(&self, position: usize) -> Vec<usize> {
        let start = |links: &[Option<usize>]| links.get(position).copied().flatten();
        let mut open: Vec<usize> = start(&self.from_below).into_iter().collect();
        open.extend(start(&self.from_above));
        let mut seen = HashSet::new();
        let mut sources = Vec::new();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                sources.extend(self.links[at].source);
                open.extend(&self.links[at].next);
            }
        }
        sort_positions(&mut sources, &|one, other| one.cmp(&other));
        sources
    }
}
