//! The ways of the lines between the columns.

use std::collections::BTreeMap;

use super::nets::{Net, Port, source_port, target_port};
use super::place::Grid;
use super::{Graph, Layout, Point};

/// Between two lines that run up and down.
const TRACK: i64 = 9;
/// Between a column and the first line beside it: room for the signs at the ends.
const SIGNS: i64 = 24;

/// As bad as so many crossings.
const COLLISION: usize = 1000;

/// A net in a gap: a line up and down, to which others lead from both sides.
#[derive(Debug, Clone, Default)]
struct Trunk {
    net: usize,
    left: Vec<i64>,
    right: Vec<i64>,
}

impl Trunk {
    fn low(&self) -> i64 {
        self.left
            .iter()
            .chain(&self.right)
            .copied()
            .min()
            .unwrap_or_default()
    }

    fn high(&self) -> i64 {
        self.left
            .iter()
            .chain(&self.right)
            .copied()
            .max()
            .unwrap_or_default()
    }

    /// How bad it is if this one runs left of the other.
    fn cost(&self, other: &Trunk) -> usize {
        let within = |trunk: &Trunk, heights: &[i64]| {
            let (low, high) = (trunk.low(), trunk.high());
            heights.iter().filter(|&&at| low < at && at < high).count()
        };
        let crossings = within(other, &self.right) + within(self, &other.left);
        crossings + if self.collides(other) { COLLISION } else { 0 }
    }

    /// Whether lines lie on one another if this one runs left of the other.
    fn collides(&self, other: &Trunk) -> bool {
        other.left.iter().any(|at| self.right.contains(at))
    }

    fn overlaps(&self, other: &Trunk) -> bool {
        self.low() <= other.high() + TRACK && other.low() <= self.high() + TRACK
    }
}

/// The ways of all lines; `None` if two lines to different rows would lie on one another.
pub(super) fn route(graph: &Graph, nets: &[Net], grid: &Grid) -> Option<Layout> {
    let count = grid.columns.iter().copied().max().unwrap_or_default() + 1;
    let mut x = 0;
    // Where each net runs in each gap.
    let mut tracks: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    let mut lefts = vec![0; count];
    let mut rights = vec![0; count];
    for column in 0..count {
        let widths = (0..graph.boxes.len()).filter(|&at| grid.columns[at] == column);
        let width = widths
            .map(|at| graph.boxes[at].width)
            .max()
            .unwrap_or_default();
        lefts[column] = x;
        rights[column] = x + width;
        let trunks = sorted(trunks(graph, nets, grid, column));
        let mut pairs =
            (0..trunks.len()).flat_map(|at| trunks[..at].iter().map(move |one| (one, at)));
        if pairs.any(|(one, at)| one.collides(&trunks[at])) {
            return None;
        }
        let numbers = numbers(&trunks);
        for (trunk, number) in trunks.iter().zip(&numbers) {
            tracks.insert((trunk.net, column), rights[column] + SIGNS + number * TRACK);
        }
        let used = numbers.iter().max().map_or(0, |last| last + 1);
        x = rights[column];
        if used > 0 {
            x += SIGNS + (used - 1) * TRACK;
        }
        if column + 1 < count {
            x += SIGNS;
        }
    }
    // Boxes of a column begin at its left edge; what leaves on the right of a narrow one crosses the rest of it.
    let boxes: Vec<Point> = (0..graph.boxes.len())
        .map(|at| Point {
            x: lefts[grid.columns[at]],
            y: grid.boxes[at],
        })
        .collect();
    let mut lines = vec![Vec::new(); graph.lines.len()];
    for (index, net) in nets.iter().enumerate() {
        for &line in &net.lines {
            let ends = (
                source_port(graph, &grid.columns, net, line),
                target_port(net),
            );
            lines[line] = way(graph, grid, &boxes, &tracks, index, ends);
        }
    }
    let low = boxes
        .iter()
        .zip(&graph.boxes)
        .map(|(at, size)| at.y + size.height);
    let height = low.max().unwrap_or_default();
    let width = boxes
        .iter()
        .zip(&graph.boxes)
        .map(|(at, size)| at.x + size.width);
    let width = width
        .chain(tracks.values().copied())
        .max()
        .unwrap_or_default();
    let deepest = lines.iter().flatten().map(|point| point.y).max();
    Some(Layout {
        width,
        height: height.max(deepest.unwrap_or_default()),
        boxes,
        lines,
    })
}

/// The nets of a gap.
fn trunks(graph: &Graph, nets: &[Net], grid: &Grid, gap: usize) -> Vec<Trunk> {
    let mut trunks = Vec::new();
    for (index, net) in nets
        .iter()
        .enumerate()
        .filter(|(_, net)| net.gaps.contains(&gap))
    {
        let mut trunk = Trunk {
            net: index,
            ..Trunk::default()
        };
        let sources = (net.lines.iter()).map(|&line| source_port(graph, &grid.columns, net, line));
        for port in sources.chain([target_port(net)]) {
            let Some(&height) = grid.ports.get(&(port, index)) else {
                continue;
            };
            let column = grid.columns[port.at];
            if port.is_right && column == gap {
                trunk.left.push(height);
            } else if !port.is_right && column == gap + 1 {
                trunk.right.push(height);
            }
        }
        trunk.left.extend(grid.passing.get(&(index, gap)));
        trunk.right.extend(grid.passing.get(&(index, gap + 1)));
        trunks.push(trunk);
    }
    trunks
}

/// From left to right, so that few lines cross.
fn sorted(mut trunks: Vec<Trunk>) -> Vec<Trunk> {
    trunks.sort_by_key(|trunk| (trunk.low() + trunk.high(), trunk.net));
    // Neighbours change places as long as that is better: each time the whole is, so it ends.
    let mut is_better = true;
    while is_better {
        is_better = false;
        for at in 1..trunks.len() {
            let (one, other) = (&trunks[at - 1], &trunks[at]);
            if other.cost(one) < one.cost(other) {
                trunks.swap(at - 1, at);
                is_better = true;
            }
        }
    }
    trunks
}

/// The number of each one's track: trunks that don't overlap share one, and no two change sides.
fn numbers(trunks: &[Trunk]) -> Vec<i64> {
    let mut numbers: Vec<i64> = Vec::with_capacity(trunks.len());
    for (at, trunk) in trunks.iter().enumerate() {
        let before = trunks.iter().zip(&numbers).take(at);
        let taken = before.filter(|(other, _)| trunk.overlaps(other));
        numbers.push(
            taken
                .map(|(_, number)| number + 1)
                .max()
                .unwrap_or_default(),
        );
    }
    numbers
}

/// The corners of a line, from its own row to the row that is referred to.
fn way(
    graph: &Graph,
    grid: &Grid,
    boxes: &[Point],
    tracks: &BTreeMap<(usize, usize), i64>,
    net: usize,
    (from, to): (Port, Port),
) -> Vec<Point> {
    let end = |port: Port| Point {
        x: boxes[port.at].x
            + if port.is_right {
                graph.boxes[port.at].width
            } else {
                0
            },
        y: grid.ports.get(&(port, net)).copied().unwrap_or_default(),
    };
    let gap = |port: Port| match grid.columns[port.at] {
        column if port.is_right => column,
        column => column.saturating_sub(1),
    };
    let (first, last) = (gap(from), gap(to));
    let mut points = vec![end(from)];
    let mut here = first;
    loop {
        let track = tracks.get(&(net, here)).copied().unwrap_or_default();
        let y = points.last().map_or(0, |point| point.y);
        let next = match here.cmp(&last) {
            std::cmp::Ordering::Equal => end(to).y,
            std::cmp::Ordering::Less => passing(grid, net, here + 1),
            std::cmp::Ordering::Greater => passing(grid, net, here),
        };
        points.push(Point { x: track, y });
        points.push(Point { x: track, y: next });
        match here.cmp(&last) {
            std::cmp::Ordering::Equal => break,
            std::cmp::Ordering::Less => here += 1,
            std::cmp::Ordering::Greater => here -= 1,
        }
    }
    points.push(end(to));
    corners(points)
}

fn passing(grid: &Grid, net: usize, column: usize) -> i64 {
    grid.passing
        .get(&(net, column))
        .copied()
        .unwrap_or_default()
}

/// Without the points between which a line goes straight on.
fn corners(points: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        if let [.., one, other] = kept[..]
            && ((one.x == other.x && other.x == point.x)
                || (one.y == other.y && other.y == point.y))
        {
            kept.pop();
        }
        kept.push(point);
    }
    kept
}
