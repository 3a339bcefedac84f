use crate::revision::Revision;
use crate::sort::{by_name, sort_positions};

/// Every name that leads to a revision, each list sorted by name.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    /// Positions sorted by id, for whole ids and prefixes alike.
    by_id: Vec<usize>,
    labels: Vec<(&'a str, usize)>,
    /// The ids that squashes replace, and whether each is the last of its squash.
    replaced: Vec<(&'a str, usize, bool)>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(revisions: &[Revision<'a>]) -> Names<'a> {
        let mut by_id: Vec<usize> = (0..revisions.len()).collect();
        sort_positions(&mut by_id, &|one, other| {
            revisions[one].id.cmp(revisions[other].id)
        });
        let mut labels = Vec::new();
        let mut replaced = Vec::new();
        for (at, revision) in revisions.iter().enumerate() {
            labels.extend(revision.labels.iter().map(|&label| (label, at)));
            let alias = revision.alias();
            replaced.extend((revision.replaces.iter()).map(|&id| (id, at, alias == Some(id))));
        }
        Names {
            by_id,
            labels: by_name(&labels, |(name, _)| name),
            replaced: by_name(&replaced, |(name, _, _)| name),
        }
    }

    /// The revision of that whole id.
    pub(crate) fn id(&self, revisions: &[Revision<'a>], id: &str) -> Option<usize> {
        let at = self.by_id.binary_search_by_key(&id, |&at| revisions[at].id);
        self.by_id.get(at.ok()?).copied()
    }

    /// The revisions whose ids start with `prefix`.
    pub(crate) fn prefix(&self, revisions: &[Revision<'a>], prefix: &str) -> &[usize] {
        let from = self.by_id.partition_point(|&at| revisions[at].id < prefix);
        let rest = &self.by_id[from..];
        let len = rest.partition_point(|&at| revisions[at].id.starts_with(prefix));
        &rest[..len]
    }

    /// The revision whose header gives a label.
    pub(crate) fn label(&self, label: &str) -> Option<usize> {
        let at = self.labels.binary_search_by_key(&label, |(name, _)| *name);
        self.labels.get(at.ok()?).map(|(_, at)| *at)
    }

    /// The squash that replaces a revision, and whether that is the last one it replaces.
    pub(crate) fn replaced(&self, id: &str) -> Option<(usize, bool)> {
        let at = (self.replaced).binary_search_by_key(&id, |(name, _, _)| *name);
        self.replaced
            .get(at.ok()?)
            .map(|(_, at, last)| (*at, *last))
    }
}
