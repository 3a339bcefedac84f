//! What must hold of a versions directory: one function a rule, in the order a reader meets them.

mod chain_lock;
mod graph;
mod scripts;
mod sections;

use crate::chain_lock::ChainLock;
use crate::draft::Draft;
use crate::problem::Problems;

/// Every rule; each adds what it finds, so that all problems are reported at once.
pub(crate) fn check(draft: &Draft<'_>, lock: Option<&ChainLock>, problems: &mut Problems) {
    graph::not_empty(draft, lock.is_some(), problems);
    check_graph(draft, problems);
    graph::one_base(draft, problems);
    graph::one_head(draft, problems);
    graph::expected_head(draft, problems);
    graph::replaced(draft, problems);

    sections::a_dialect(draft, problems);
    sections::present(draft, problems);
    sections::not_blank(draft, problems);
    sections::functions(draft, problems);

    scripts::scripts(draft, problems);

    if let Some(lock) = lock {
        chain_lock::agrees(draft, lock, problems);
    }
}

/// The rules without which revisions form no graph at all.
pub(crate) fn check_graph(draft: &Draft<'_>, problems: &mut Problems) {
    graph::unique_ids(draft, problems);
    graph::known_parents(draft, problems);
    graph::known_dependencies(draft, problems);
    graph::not_itself(draft, problems);
    graph::no_cycle(draft, problems);
    graph::labels(draft, problems);
}
