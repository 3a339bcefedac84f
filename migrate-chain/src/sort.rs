use std::cmp::Ordering;

/// Sorts positions by what they stand for, stably.
///
/// ```
/// let names = ["c", "a", "b"];
/// let mut positions = [0, 1, 2];
/// migrate_chain::sort_positions(&mut positions, &|one, other| names[one].cmp(names[other]));
/// assert_eq!(positions, [1, 2, 0]);
/// ```
/// Everything that a running program sorts is sorted here: each
/// instance of the standard library's sort is about 5 KiB of every program, and this is one.
pub fn sort_positions(positions: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    positions.sort_by(|&one, &other| compare(one, other));
}

/// The items in the order of their names.
pub(crate) fn by_name<T: Copy>(items: &[T], name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    sort_positions(&mut order, &|one, other| {
        name(&items[one]).cmp(name(&items[other]))
    });
    order.into_iter().map(|at| items[at]).collect()
}
