use std::cmp::Ordering;

/// Sorts positions by what they stand for, stably.
///
/// ```
/// let names = ["c", "a", "b"];
/// let mut positions = [0, 1, 2];
/// migrate_chain::sort_positions(&mut positions, &|one, other| names[one].cmp(names[other]));
/// assert_eq!(positions, [1, 2, 0]);
/// ```
///
/// A merge sort from the bottom up. The standard library's sorts are faster on long lists, and each
/// instance is 5 to 8 KiB of every program that migrates itself; this is half a KiB.
pub fn sort_positions(positions: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    let mut merged = positions.to_vec();
    let mut width = 1;
    while width < positions.len() {
        let pairs = positions.chunks(2 * width);
        for (pair, merged) in pairs.zip(merged.chunks_mut(2 * width)) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(left, right, merged, compare);
        }
        positions.copy_from_slice(&merged);
        width *= 2;
    }
}

/// Fills `merged` from two sorted lists; of equals the left one goes first.
fn merge<'p>(
    mut left: &'p [usize],
    mut right: &'p [usize],
    merged: &mut [usize],
    compare: &dyn Fn(usize, usize) -> Ordering,
) {
    for slot in merged {
        let from = match (left, right) {
            ([one, ..], [other, ..]) if compare(*one, *other).is_gt() => &mut right,
            ([], _) => &mut right,
            _ => &mut left,
        };
        if let Some((&first, rest)) = from.split_first() {
            (*slot, *from) = (first, rest);
        }
    }
}

/// The items in the order of their names.
pub(crate) fn by_name<T: Copy>(items: &[T], name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    sort_positions(&mut order, &|one, other| {
        name(&items[one]).cmp(name(&items[other]))
    });
    order.into_iter().map(|at| items[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_sorted_as_the_standard_library_sorts_them() {
        // A linear congruential generator, for keys with many equals.
        let mut state = 1_u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for len in 0..200 {
            let keys: Vec<u32> = (0..len).map(|_| next(len / 2 + 1)).collect();
            let mut sorted: Vec<usize> = (0..keys.len()).collect();
            let mut expected = sorted.clone();
            sort_positions(&mut sorted, &|one, other| keys[one].cmp(&keys[other]));
            expected.sort_by_key(|&at| keys[at]);
            assert_eq!(sorted, expected, "{keys:?}");
        }
    }
}
