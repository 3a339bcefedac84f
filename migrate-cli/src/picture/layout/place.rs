//! How high everything in a column stands.

use std::collections::{BTreeMap, BTreeSet};

use super::super::measure::GRID;
use super::Graph;
use super::nets::{Net, Port, source_port, target_port};

/// Between two boxes, in steps of the grid.
const BETWEEN_BOXES: i64 = 5;
/// Between a box and a line that passes.
const BETWEEN_BOX_AND_LINE: i64 = 2;
/// Between two lines.
const BETWEEN_LINES: i64 = 1;
/// How often order and height are improved, at most.
const ROUNDS: usize = 24;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Box(usize),
    /// A net that passes.
    Passing(usize),
}

/// The heights, in pixels.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    pub(super) columns: Vec<usize>,
    /// The upper edge of each box.
    pub(super) boxes: Vec<i64>,
    /// Where a net passes a column.
    pub(super) passing: BTreeMap<(usize, usize), i64>,
    /// Where a net ends at a port.
    pub(super) ports: BTreeMap<(Port, usize), i64>,
}

/// An end of a net in a gap: the item it belongs to, and how far below the item's top.
#[derive(Debug, Clone, Copy)]
struct End {
    column: usize,
    item: Item,
    offset: i64,
}

/// All columns on one level; and every other one half a step lower, where no end left of a gap has the height of one right of
/// it.
pub(super) fn place(graph: &Graph, columns: &[usize], nets: &[Net]) -> [Grid; 2] {
    let slots = slots(graph, columns, nets);
    let ends = ends(graph, columns, nets, &slots);
    let last = columns.iter().copied().max().unwrap_or_default();
    let mut order: Vec<Vec<Item>> = vec![Vec::new(); last + 1];
    for (at, &column) in columns.iter().enumerate() {
        order[column].push(Item::Box(at));
    }
    for (at, net) in nets.iter().enumerate() {
        for (column, items) in order.iter_mut().enumerate() {
            if net.passes(column) {
                items.push(Item::Passing(at));
            }
        }
    }
    let mut tops: BTreeMap<(usize, Item), i64> = BTreeMap::new();
    for (column, items) in order.iter().enumerate() {
        let wanted = vec![0; items.len()];
        stack(graph, column, items, &wanted, &mut tops);
    }
    let mut best = (cost(&ends, &tops), tops.clone());
    for round in 0..ROUNDS {
        let to_right = round % 2 == 0;
        let by_both = round >= ROUNDS / 2;
        for step in 0..=last {
            let column = if to_right { step } else { last - step };
            let sides = (by_both || to_right, by_both || !to_right);
            let items = &mut order[column];
            let mut wanted: Vec<(i64, Item)> = (items.iter())
                .map(|&item| (wanted(&ends, &tops, column, item, sides), item))
                .collect();
            let middle = |(top, item): &(i64, Item)| 2 * top + steps(graph, *item);
            // The order is left alone at last, when only the heights are to settle.
            if round + 4 < ROUNDS {
                wanted.sort_by_key(middle);
            }
            *items = wanted.iter().map(|(_, item)| *item).collect();
            let tops_wanted: Vec<i64> = wanted.iter().map(|(top, _)| *top).collect();
            stack(graph, column, items, &tops_wanted, &mut tops);
        }
        let now = cost(&ends, &tops);
        if now < best.0 {
            best = (now, tops.clone());
        }
    }
    [0, GRID / 2].map(|lower| grid(graph, columns, nets, &slots, &best.1, lower))
}

/// Where the nets of a port end, below the middle of its row.
fn slots(graph: &Graph, columns: &[usize], nets: &[Net]) -> BTreeMap<(Port, usize), i64> {
    let mut at: BTreeMap<Port, Vec<usize>> = BTreeMap::new();
    for (index, net) in nets.iter().enumerate() {
        let sources = net
            .lines
            .iter()
            .map(|&line| source_port(graph, columns, net, line));
        for port in sources.chain([target_port(net)]) {
            let known = at.entry(port).or_default();
            if !known.contains(&index) {
                known.push(index);
            }
        }
    }
    let mut slots = BTreeMap::new();
    for (port, nets) in at {
        for (nth, &net) in nets.iter().enumerate() {
            let offset = match (nets.len(), nth % 3) {
                (1, _) | (_, 1) => 0,
                (_, 0) => -GRID,
                _ => GRID,
            };
            slots.insert((port, net), offset);
        }
    }
    slots
}

/// The ends of all nets.
#[derive(Debug, Default)]
struct Ends {
    /// By net and gap.
    by_gap: BTreeMap<(usize, usize), Vec<End>>,
    /// The nets and gaps of each item.
    of: BTreeMap<(usize, Item), BTreeSet<(usize, usize)>>,
}

impl Ends {
    fn add(&mut self, net: usize, gap: usize, end: End) {
        self.by_gap.entry((net, gap)).or_default().push(end);
        let of = self.of.entry((end.column, end.item)).or_default();
        of.insert((net, gap));
    }
}

/// The ends of each net in each gap.
fn ends(
    graph: &Graph,
    columns: &[usize],
    nets: &[Net],
    slots: &BTreeMap<(Port, usize), i64>,
) -> Ends {
    let mut ends = Ends::default();
    for (index, net) in nets.iter().enumerate() {
        let end = |port: Port| {
            let slot = slots.get(&(port, index)).copied().unwrap_or_default();
            let column = columns[port.at];
            let gap = if port.is_right {
                column
            } else {
                column.saturating_sub(1)
            };
            let end = End {
                column,
                item: Item::Box(port.at),
                offset: port.middle + slot,
            };
            (gap, end)
        };
        let sources = net
            .lines
            .iter()
            .map(|&line| end(source_port(graph, columns, net, line)));
        for (gap, end) in sources.chain([end(target_port(net))]) {
            ends.add(index, gap, end);
        }
        for gap in net.gaps.clone() {
            for column in [gap, gap + 1]
                .into_iter()
                .filter(|&column| net.passes(column))
            {
                let end = End {
                    column,
                    item: Item::Passing(index),
                    offset: GRID / 2,
                };
                ends.add(index, gap, end);
            }
        }
    }
    ends
}

/// The height at which the lines of an item would be straight, in steps.
fn wanted(
    ends: &Ends,
    tops: &BTreeMap<(usize, Item), i64>,
    column: usize,
    item: Item,
    (left, right): (bool, bool),
) -> i64 {
    let own = tops.get(&(column, item)).copied().unwrap_or_default();
    let (mut sum, mut count) = (0, 0);
    for key in ends.of.get(&(column, item)).into_iter().flatten() {
        let is_left = key.1 + 1 == column && left;
        let is_right = key.1 == column && right;
        if !is_left && !is_right {
            continue;
        }
        let all = ends.by_gap.get(key).map(Vec::as_slice).unwrap_or_default();
        let (mut far, mut many) = (0, 0);
        for end in all.iter().filter(|end| end.column != column) {
            let top = tops.get(&(end.column, end.item));
            far += top.copied().unwrap_or_default() * GRID + end.offset;
            many += 1;
        }
        if many == 0 {
            continue;
        }
        let mine = |end: &&End| end.column == column && end.item == item;
        for own in all.iter().filter(mine) {
            // A net counts once, however many lines it has.
            sum += far / many - own.offset;
            count += 1;
        }
    }
    if count == 0 {
        own
    } else {
        (sum / count).div_euclid(GRID)
    }
}

/// The height of an item, in steps.
fn steps(graph: &Graph, item: Item) -> i64 {
    match item {
        Item::Box(at) => graph.boxes[at].height / GRID,
        Item::Passing(_) => 1,
    }
}

fn between(one: Item, other: Item) -> i64 {
    match (one, other) {
        (Item::Box(_), Item::Box(_)) => BETWEEN_BOXES,
        (Item::Passing(_), Item::Passing(_)) => BETWEEN_LINES,
        _ => BETWEEN_BOX_AND_LINE,
    }
}

/// Sets the items of a column below each other in their order, each as near as possible to where it wants to be.
///
/// Items that would overlap form a block, which stands at the mean of what its items want (pool adjacent violators).
fn stack(
    graph: &Graph,
    column: usize,
    items: &[Item],
    wanted: &[i64],
    tops: &mut BTreeMap<(usize, Item), i64>,
) {
    // How far below the first item each would stand without a gap.
    let mut below = Vec::with_capacity(items.len());
    let mut at = 0;
    for (index, &item) in items.iter().enumerate() {
        if let Some(&before) = index.checked_sub(1).and_then(|before| items.get(before)) {
            at += steps(graph, before) + between(before, item);
        }
        below.push(at);
    }
    // The sum of what a block wants for its first item, how many items it has.
    let mut blocks: Vec<(i64, i64)> = Vec::new();
    for (want, below) in wanted.iter().zip(&below) {
        blocks.push((want - below, 1));
        while let [.., one, other] = blocks[..]
            && one.0.div_euclid(one.1) >= other.0.div_euclid(other.1)
        {
            blocks.pop();
            blocks.pop();
            blocks.push((one.0 + other.0, one.1 + other.1));
        }
    }
    let mut starts = Vec::with_capacity(items.len());
    for (sum, count) in blocks {
        let start = sum.div_euclid(count);
        starts.extend((0..count).map(|_| start));
    }
    for ((&item, start), below) in items.iter().zip(starts).zip(below) {
        tops.insert((column, item), start + below);
    }
}

/// How long the lines are that run up and down, and how often they cross.
fn cost(ends: &Ends, tops: &BTreeMap<(usize, Item), i64>) -> i64 {
    let mut gaps: BTreeMap<usize, Vec<(i64, i64, usize)>> = BTreeMap::new();
    let mut length = 0;
    for ((_, gap), ends) in &ends.by_gap {
        let heights = || {
            ends.iter().map(|end| {
                let top = tops
                    .get(&(end.column, end.item))
                    .copied()
                    .unwrap_or_default();
                top * GRID + end.offset
            })
        };
        let (low, high) = (heights().min(), heights().max());
        let (low, high) = (low.unwrap_or_default(), high.unwrap_or_default());
        length += high - low;
        gaps.entry(*gap).or_default().push((low, high, ends.len()));
    }
    let mut crossings = 0;
    for spans in gaps.values() {
        for (at, one) in spans.iter().enumerate() {
            for other in &spans[at + 1..] {
                let common = one.1.min(other.1) - one.0.max(other.0);
                if common > 0 {
                    crossings += 1;
                }
            }
        }
    }
    length + 60 * crossings
}

/// Where a net leaves a row, in pixels beside its middle.
type Slots = BTreeMap<(Port, usize), i64>;

/// Where each thing of a column begins, in steps of the grid.
type Tops = BTreeMap<(usize, Item), i64>;

fn grid(
    graph: &Graph,
    columns: &[usize],
    nets: &[Net],
    slots: &Slots,
    tops: &Tops,
    lower: i64,
) -> Grid {
    let highest = tops.values().copied().min().unwrap_or_default();
    let pixels = |column: usize, top: i64| {
        let lower = if column % 2 == 1 { lower } else { 0 };
        (top - highest) * GRID + lower
    };
    let top = |column: usize, item: Item| {
        pixels(
            column,
            tops.get(&(column, item)).copied().unwrap_or_default(),
        )
    };
    let boxes: Vec<i64> = (0..graph.boxes.len())
        .map(|at| top(columns[at], Item::Box(at)))
        .collect();
    let mut passing = BTreeMap::new();
    for (index, net) in nets.iter().enumerate() {
        for column in net.gaps.clone().filter(|&column| net.passes(column)) {
            passing.insert(
                (index, column),
                top(column, Item::Passing(index)) + GRID / 2,
            );
        }
    }
    let ports = (slots.iter())
        .map(|(&(port, net), slot)| ((port, net), boxes[port.at] + port.middle + slot))
        .collect();
    Grid {
        columns: columns.to_vec(),
        boxes,
        passing,
        ports,
    }
}
