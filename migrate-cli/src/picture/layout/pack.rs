//! Tables that are tied to one another, and where the groups of them stand.

use super::{Graph, Layout, Line, Point};

/// Between groups.
const BESIDE: i64 = 48;
const BELOW: i64 = 36;

/// Tables that are tied to one another by lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Component {
    pub(super) graph: Graph,
    /// Which box of the whole each of its boxes is.
    boxes: Vec<usize>,
    lines: Vec<usize>,
}

/// The components, each in the order of its boxes.
pub(super) fn components(graph: &Graph) -> Vec<Component> {
    let mut of: Vec<usize> = (0..graph.boxes.len()).collect();
    let root = |of: &[usize], mut at: usize| {
        while of[at] != at {
            at = of[at];
        }
        at
    };
    for line in &graph.lines {
        let (one, other) = (root(&of, line.from.0), root(&of, line.to.0));
        of[one.max(other)] = one.min(other);
    }
    let mut found: Vec<Component> = Vec::new();
    let mut places = vec![(0, 0); graph.boxes.len()];
    let mut roots: Vec<usize> = Vec::new();
    for (at, size) in graph.boxes.iter().enumerate() {
        let root = root(&of, at);
        let nth = roots
            .iter()
            .position(|known| *known == root)
            .unwrap_or_else(|| {
                roots.push(root);
                found.push(Component::default());
                roots.len() - 1
            });
        places[at] = (nth, found[nth].boxes.len());
        found[nth].boxes.push(at);
        found[nth].graph.boxes.push(*size);
    }
    for (at, line) in graph.lines.iter().enumerate() {
        let (nth, from) = places[line.from.0];
        let (_, to) = places[line.to.0];
        found[nth].lines.push(at);
        found[nth].graph.lines.push(Line {
            from: (from, line.from.1),
            to: (to, line.to.1),
        });
    }
    found
}

/// Sets the parts in rows, the highest first, about as wide as the widest part and no wider than a screen needs.
pub(super) fn pack(graph: &Graph, components: &[Component], parts: &[Layout]) -> Layout {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&at| (-parts[at].height, -parts[at].width, at));
    let area: i64 = (parts.iter())
        .map(|part| (part.width + BESIDE) * (part.height + BELOW))
        .sum();
    let widest = parts
        .iter()
        .map(|part| part.width)
        .max()
        .unwrap_or_default();
    let limit = widest.max((area * 8 / 5).isqrt());
    let mut whole = Layout {
        boxes: vec![Point { x: 0, y: 0 }; graph.boxes.len()],
        lines: vec![Vec::new(); graph.lines.len()],
        ..Layout::default()
    };
    let (mut x, mut y, mut row) = (0, 0, 0);
    for at in order {
        let (part, component) = (&parts[at], &components[at]);
        if x > 0 && x + part.width > limit {
            (x, y, row) = (0, y + row + BELOW, 0);
        }
        let moved = |point: &Point| Point {
            x: point.x + x,
            y: point.y + y,
        };
        for (own, place) in component.boxes.iter().zip(&part.boxes) {
            whole.boxes[*own] = moved(place);
        }
        for (own, line) in component.lines.iter().zip(&part.lines) {
            whole.lines[*own] = line.iter().map(moved).collect();
        }
        whole.width = whole.width.max(x + part.width);
        whole.height = whole.height.max(y + part.height);
        row = row.max(part.height);
        x += part.width + BESIDE;
    }
    whole
}
