//! Which table stands in which column.

use super::Graph;

/// Width to height of what comes of a component.
const ASPECT: (i64, i64) = (8, 5);
/// About what a table takes beside and below its box.
const MARGIN: (i64, i64) = (90, 24);

/// The column of each box. What is referred to is left of what refers to it, circles apart.
pub(super) fn columns(graph: &Graph) -> Vec<usize> {
    split(graph, &layers(graph))
}

fn layers(graph: &Graph) -> Vec<usize> {
    let count = graph.boxes.len();
    let mut parents: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
    for line in &graph.lines {
        let (child, parent) = (line.from.0, line.to.0);
        if child != parent && !parents[child].contains(&parent) {
            parents[child].push(parent);
        }
    }
    // What most refer to comes first, so that it is a circle's other tables that refer backwards.
    let mut order: Vec<usize> = (0..count).collect();
    let referred = |at: usize| graph.lines.iter().filter(|line| line.to.0 == at).count();
    order.sort_by_key(|&at| (parents[at].len(), count - referred(at).min(count), at));
    let mut state = vec![Visit::New; count];
    let mut layer = vec![0; count];
    for &at in &order {
        visit(at, &mut parents, &mut state, &mut layer);
    }
    for (child, parents) in parents.iter().enumerate() {
        for &parent in parents {
            children[parent].push(child);
        }
    }
    // A table that refers to none stands next to the first that refers to it.
    for at in 0..count {
        if parents[at].is_empty()
            && let Some(nearest) = children[at].iter().map(|&child| layer[child]).min()
        {
            layer[at] = nearest.saturating_sub(1);
        }
    }
    layer
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

/// One more than the highest of those it refers to. What closes a circle no longer counts as referred to.
fn visit(at: usize, parents: &mut [Vec<usize>], state: &mut [Visit], layer: &mut [usize]) {
    // By hand, because a chain of tables may be longer than the stack is deep.
    let mut stack = vec![(at, 0)];
    while let Some((at, next)) = stack.pop() {
        if next == 0 {
            if state[at] != Visit::New {
                continue;
            }
            state[at] = Visit::Open;
        }
        match parents[at].get(next).copied() {
            Some(parent) if state[parent] == Visit::Open => {
                parents[at].remove(next);
                // Not 0, which would begin it anew.
                state[at] = Visit::New;
                stack.push((at, next));
                if next > 0 {
                    state[at] = Visit::Open;
                }
            }
            Some(parent) => {
                stack.push((at, next + 1));
                stack.push((parent, 0));
            }
            None => {
                let highest = parents[at].iter().map(|&parent| layer[parent] + 1).max();
                layer[at] = highest.unwrap_or_default();
                state[at] = Visit::Done;
            }
        }
    }
}

/// Spreads a layer that is too high over several columns.
fn split(graph: &Graph, layers: &[usize]) -> Vec<usize> {
    let area: i64 = (graph.boxes.iter())
        .map(|size| (size.width + MARGIN.0) * (size.height + MARGIN.1))
        .sum();
    let tallest = graph.boxes.iter().map(|size| size.height).max();
    let wanted = (area * ASPECT.1 / ASPECT.0).isqrt();
    let wanted = wanted.max(tallest.unwrap_or_default());
    let mut columns = vec![0; layers.len()];
    let mut first = 0;
    for layer in 0..=layers.iter().copied().max().unwrap_or_default() {
        let mut own: Vec<usize> = (0..layers.len())
            .filter(|&at| layers[at] == layer)
            .collect();
        // Those that others refer to stand nearest to them.
        let is_parent = |at: usize| {
            graph
                .lines
                .iter()
                .any(|line| line.to.0 == at && line.from.0 != at)
        };
        own.sort_by_key(|&at| (is_parent(at), at));
        let height = |at: usize| graph.boxes[at].height + MARGIN.1;
        let total: i64 = own.iter().map(|&at| height(at)).sum();
        let parts = if total * 4 > wanted * 5 {
            (total + wanted - 1) / wanted
        } else {
            1
        };
        let each = (total + parts - 1) / parts;
        let mut filled = 0;
        let mut last = 0;
        for at in own {
            let middle = filled + height(at) / 2;
            let part = usize::try_from((middle / each.max(1)).min(parts - 1)).unwrap_or_default();
            columns[at] = first + part;
            last = last.max(part);
            filled += height(at);
        }
        first += last + 1;
    }
    // A part may have stayed empty.
    let mut used: Vec<usize> = columns.clone();
    used.sort_unstable();
    used.dedup();
    (columns.iter())
        .map(|column| used.binary_search(column).unwrap_or_default())
        .collect()
}
