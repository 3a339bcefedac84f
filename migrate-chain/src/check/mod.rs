//! What must hold of a versions directory: one function a rule, in the order a reader meets them.

mod adoption;
mod chain_lock;
mod graph;
mod scripts;
mod sections;

use crate::parsed::ParsedChain;
use crate::problem::Problems;

/// Every rule; each adds what it finds, so that all problems are reported at once.
pub(crate) fn check(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    graph::not_empty(parsed, problems);
    check_graph(parsed, problems);
    graph::one_base(parsed, problems);
    graph::one_head(parsed, problems);
    graph::expected_head(parsed, problems);
    graph::replaced(parsed, problems);

    sections::a_dialect(parsed, problems);
    sections::present(parsed, problems);
    sections::not_blank(parsed, problems);
    sections::functions(parsed, problems);

    scripts::scripts(parsed, problems);

    adoption::both_or_none(parsed, problems);
    adoption::unique_keys(parsed, problems);
    if let Some(file) = &parsed.adopt {
        adoption::is_complete(parsed, file, problems);
        adoption::scripts(parsed, file, problems);
    }

    if let Some(lock) = &parsed.lock {
        chain_lock::same_dialects(parsed, lock, problems);
        chain_lock::seals_hold(parsed, lock, problems);
        chain_lock::seals_in_order(parsed, lock, problems);
    }
}

/// The rules without which revisions form no graph at all.
pub(crate) fn check_graph(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    graph::unique_ids(parsed, problems);
    graph::known_parents(parsed, problems);
    graph::known_dependencies(parsed, problems);
    graph::not_itself(parsed, problems);
    graph::no_cycle(parsed, problems);
    graph::labels(parsed, problems);
}
