use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What each revision stands on, by position: its parents, and what else it depends on.
#[derive(Debug, Default, Clone)]
pub(crate) struct Graph {
    pub(crate) parents: Vec<Vec<usize>>,
    pub(crate) dependencies: Vec<Vec<usize>>,
}

impl Graph {
    pub(crate) fn len(&self) -> usize {
        self.parents.len()
    }

    /// Parents and dependencies, each once.
    pub(crate) fn requires(&self, revision: usize) -> Requires<'_> {
        Requires {
            parents: self.parents.get(revision).map_or(&[], Vec::as_slice),
            dependencies: self.dependencies.get(revision).map_or(&[], Vec::as_slice),
            at: 0,
        }
    }

    /// The inverse: who requires each revision.
    pub(crate) fn required_by(&self) -> Edges {
        Edges::of(self.len(), |edge| {
            (0..self.len()).for_each(|r| self.requires(r).for_each(|p| edge(p, r)));
        })
    }

    /// The inverse of the parents alone.
    pub(crate) fn children(&self) -> Edges {
        Edges::of(self.len(), |edge| {
            (0..self.len()).for_each(|r| self.parents[r].iter().for_each(|&p| edge(p, r)));
        })
    }

    /// Orders the members so that each comes after what it requires; of those that are ready, the
    /// one with the smallest `file_order` goes first (Kahn's algorithm with a heap).
    ///
    /// Members on a cycle, or above one, are left out.
    pub(crate) fn order(
        &self,
        required_by: &Edges,
        file_order: &[usize],
        member: &[bool],
    ) -> Vec<usize> {
        let is_member = |r: usize| member.get(r).copied().unwrap_or(false);
        let order_of = |r: usize| file_order.get(r).copied().unwrap_or(r);
        let mut missing: Vec<usize> = (0..self.len())
            .map(|r| self.requires(r).filter(|&p| is_member(p)).count())
            .collect();
        let mut ready: BinaryHeap<Reverse<(usize, usize)>> = (0..self.len())
            .filter(|&r| is_member(r) && missing[r] == 0)
            .map(|r| Reverse((order_of(r), r)))
            .collect();
        let mut order = Vec::new();
        while let Some(Reverse((_, revision))) = ready.pop() {
            order.push(revision);
            for &next in required_by.of_node(revision) {
                missing[next] -= 1;
                if is_member(next) && missing[next] == 0 {
                    ready.push(Reverse((order_of(next), next)));
                }
            }
        }
        order
    }

    /// A cycle among the revisions that [`order`](Graph::order) left out: each requires the next,
    /// the last the first.
    pub(crate) fn cycle(&self, ordered: &[usize]) -> Option<Vec<usize>> {
        let mut done = vec![false; self.len()];
        for &revision in ordered {
            done[revision] = true;
        }
        let start = done.iter().position(|done| !done)?;
        // Each revision left out requires another one left out, so the walk must meet itself.
        let mut seen = vec![None; self.len()];
        let mut path = Vec::new();
        let mut at = start;
        loop {
            if let Some(first) = seen[at] {
                return Some(path.split_off(first));
            }
            seen[at] = Some(path.len());
            path.push(at);
            at = self.requires(at).find(|&p| !done[p])?;
        }
    }
}

/// The parents of a revision, then its other dependencies.
#[derive(Debug, Clone)]
pub(crate) struct Requires<'g> {
    parents: &'g [usize],
    dependencies: &'g [usize],
    at: usize,
}

impl Iterator for Requires<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            let at = self.at;
            self.at += 1;
            if let Some(&parent) = self.parents.get(at) {
                return Some(parent);
            }
            let other = *self.dependencies.get(at - self.parents.len())?;
            if !self.parents.contains(&other) {
                return Some(other);
            }
        }
    }
}

/// Lists of neighbours in one allocation each for offsets and targets.
#[derive(Debug, Default, Clone)]
pub(crate) struct Edges {
    starts: Vec<usize>,
    targets: Vec<usize>,
}

impl Edges {
    /// `walk` tells of each edge, from where and to where; it is called twice.
    fn of(nodes: usize, walk: impl Fn(&mut dyn FnMut(usize, usize))) -> Edges {
        let mut starts = vec![0; nodes + 1];
        walk(&mut |from, _| starts[from + 1] += 1);
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut targets = vec![0; starts[nodes]];
        walk(&mut |from, to| {
            targets[next[from]] = to;
            next[from] += 1;
        });
        Edges { starts, targets }
    }

    /// The neighbours of a node, in the order of their positions.
    pub(crate) fn of_node(&self, node: usize) -> &[usize] {
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(&start), Some(&end)) => &self.targets[start..end],
            _ => &[],
        }
    }
}
