use std::sync::OnceLock;

use crate::graph::{Edges, Graph};
use crate::labels::Labels;
use crate::names::Names;
use crate::revision::Revision;
use crate::{Dialect, Direction, Transaction};

/// A validated set of revisions, in the order in which they run from an empty database.
///
/// Revisions are addressed by their position in that order, so that parents have smaller
/// positions than their children.
#[derive(Debug)]
#[non_exhaustive]
pub struct Chain<'a> {
    /// What tells the chains of one database apart.
    pub name: &'a str,
    /// The versions directory as places show it.
    pub root: &'a str,
    /// What every revision serves.
    pub dialects: Vec<Dialect>,
    /// True when it may have several heads.
    pub multiple_heads: bool,
    /// The text of `adopt.sql`, where databases of another tool's are taken over.
    pub adopt_sql: Option<&'a str>,
    revisions: Vec<Revision<'a>>,
    pub(crate) graph: Graph,
    pub(crate) children: Edges,
    pub(crate) required_by: Edges,
    names: Names<'a>,
    /// Found when they are first asked for, which a start never does.
    labels: OnceLock<Labels>,
}

/// What is said of a chain as a whole.
pub(crate) struct Description<'a> {
    pub(crate) name: &'a str,
    pub(crate) root: &'a str,
    pub(crate) dialects: Vec<Dialect>,
    pub(crate) multiple_heads: bool,
    pub(crate) adopt_sql: Option<&'a str>,
}

impl<'a> Chain<'a> {
    pub(crate) fn new(
        described: Description<'a>,
        revisions: Vec<Revision<'a>>,
        graph: Graph,
    ) -> Chain<'a> {
        let Description {
            name,
            root,
            dialects,
            multiple_heads,
            adopt_sql,
        } = described;
        let required_by = graph.required_by();
        Chain {
            name,
            root,
            dialects,
            multiple_heads,
            adopt_sql,
            children: graph.children(),
            labels: OnceLock::new(),
            required_by,
            graph,
            names: Names::new(&revisions),
            revisions,
        }
    }

    /// How many revisions there are.
    pub fn len(&self) -> usize {
        self.revisions.len()
    }

    /// True for the stand-in of a chain that failed to compile.
    pub fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    /// The revisions, in order.
    pub fn revisions(&self) -> &[Revision<'a>] {
        &self.revisions
    }

    /// The revision at a position that this chain gave.
    ///
    /// # Panics
    ///
    /// If the position is not one of this chain's.
    pub fn get(&self, position: usize) -> &Revision<'a> {
        &self.revisions[position]
    }

    /// Positions of the parents.
    pub fn parents(&self, position: usize) -> &[usize] {
        self.graph.parents.get(position).map_or(&[], Vec::as_slice)
    }

    /// Positions of what it depends on without being its child.
    pub fn dependencies(&self, position: usize) -> &[usize] {
        self.graph
            .dependencies
            .get(position)
            .map_or(&[], Vec::as_slice)
    }

    /// Positions of the children.
    pub fn children(&self, position: usize) -> &[usize] {
        self.children.of_node(position)
    }

    /// Positions of the children and of what depends on it.
    pub fn required_by(&self, position: usize) -> &[usize] {
        self.required_by.of_node(position)
    }

    /// Finds a revision by its whole id, or by the last id that a squash replaces.
    pub fn index_of(&self, id: &str) -> Option<usize> {
        let alias = || self.names.replaced(id).filter(|(_, last)| *last);
        (self.names.id(&self.revisions, id)).or_else(|| alias().map(|(at, _)| at))
    }

    /// The squash that replaces a revision.
    pub fn replacing(&self, id: &str) -> Option<usize> {
        self.names.replaced(id).map(|(at, _)| at)
    }

    /// The revisions whose ids start with `prefix`, sorted by id.
    pub fn starting_with(&self, prefix: &str) -> &[usize] {
        self.names.prefix(&self.revisions, prefix)
    }

    /// Positions of the revisions without a child, in order.
    pub fn heads(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|&at| self.children(at).is_empty())
            .collect()
    }

    /// Positions of the effective heads: the revisions that no other stands on, by parentage or dependency; what a
    /// database at the end of the chain has recorded.
    pub fn effective_heads(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|&at| self.required_by(at).is_empty())
            .collect()
    }

    /// Positions of the effective heads of what is written: what stands below a head that is still blank, in place of
    /// that.
    pub fn written_heads(&self) -> Vec<usize> {
        let is_written = |at: usize| !self.get(at).is_blank();
        let is_last = |&at: &usize| {
            let mut above = self.required_by(at).iter();
            is_written(at) && !above.any(|&above| is_written(above))
        };
        (0..self.len()).filter(is_last).collect()
    }

    /// Positions of the revisions without a parent, in order.
    pub fn bases(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|&at| self.parents(at).is_empty())
            .collect()
    }

    /// True when several revisions follow, by parentage.
    pub fn is_branchpoint(&self, position: usize) -> bool {
        self.children(position).len() > 1
    }

    /// True when it has several parents.
    pub fn is_mergepoint(&self, position: usize) -> bool {
        self.parents(position).len() > 1
    }

    /// The labels of the branches it is on: its own, and those that spread up
    /// from all below it and down to the nearest branch or merge point.
    pub fn labels(&self, position: usize) -> impl Iterator<Item = &'a str> + '_ {
        let labels = self.labels.get_or_init(|| {
            let labelled = self.revisions.iter().map(|one| !one.labels.is_empty());
            Labels::new(
                &self.graph,
                &self.required_by,
                &labelled.collect::<Vec<_>>(),
            )
        });
        let sources = labels.sources(position).into_iter();
        sources.flat_map(|at| self.revisions[at].labels.iter().copied())
    }

    /// The revision whose header gives a label.
    pub fn labelled(&self, label: &str) -> Option<usize> {
        self.names.label(label)
    }

    /// True when the section the revision runs splits a plan's transactions: it commits before and
    /// after, or leaves what is usable, or gone, only after a commit.
    pub fn splits(&self, position: usize, direction: Direction, dialect: Dialect) -> bool {
        let action = self.get(position).action(direction, dialect);
        action.needs_commit() || action.properties().transaction != Transaction::Shared
    }

    /// By position: the given revisions and everything above them by parentage.
    pub fn descendants(&self, from: &[usize]) -> Vec<bool> {
        let mut member = self.marked(from);
        // Parents stand before their children, so one pass reaches everything.
        for at in 0..self.len() {
            member[at] |= self.parents(at).iter().any(|&parent| member[parent]);
        }
        member
    }

    /// By position: the given revisions and everything below them by parentage.
    pub fn ancestors(&self, from: &[usize]) -> Vec<bool> {
        let mut member = self.marked(from);
        for at in (0..self.len()).rev() {
            if member[at] {
                (self.parents(at).iter()).for_each(|&parent| member[parent] = true);
            }
        }
        member
    }

    /// By position: the given revisions and everything they stand on, dependencies included.
    pub fn closure(&self, of: &[usize]) -> Vec<bool> {
        let mut member = self.marked(of);
        for at in (0..self.len()).rev() {
            if member[at] {
                (self.graph.requires(at)).for_each(|below| member[below] = true);
            }
        }
        member
    }

    /// By position: the given revisions and everything that stands on them, dependents included.
    pub fn dependents(&self, of: &[usize]) -> Vec<bool> {
        let mut member = self.marked(of);
        for at in 0..self.len() {
            member[at] |= self.graph.requires(at).any(|below| member[below]);
        }
        member
    }

    /// By position: only the given revisions; what is no position of this chain marks nothing.
    fn marked(&self, positions: &[usize]) -> Vec<bool> {
        let mut member = vec![false; self.len()];
        for &at in positions {
            if let Some(member) = member.get_mut(at) {
                *member = true;
            }
        }
        member
    }
}
