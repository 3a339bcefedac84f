//! A place for each box, and a way for each line.
//!
//! Tables that refer to one another form a component. Its tables stand in columns, what is referred to left of what refers
//! to it (`columns`); in a column they are moved to where their lines are short (`place`); lines run up and down only
//! between columns, and past a column only in a gap that is kept for them (`route`). So no line can cross a table, and the
//! lines to one row share their way. Components are then set beside and below each other (`pack`).

mod columns;
mod nets;
mod pack;
mod place;
mod route;

/// What is laid out: boxes by their size, and lines from row to row.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub(super) boxes: Vec<Size>,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: i64,
    pub(super) height: i64,
}

/// A line from a row to a row that is referred to: each a box, and the row's middle from the top of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) from: (usize, i64),
    pub(super) to: (usize, i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// Where everything is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) width: i64,
    pub(super) height: i64,
    /// The upper left corner of each box.
    pub(super) boxes: Vec<Point>,
    /// The corners of each line, with both ends.
    pub(super) lines: Vec<Vec<Point>>,
}

/// Lays out, the same way for the same graph.
pub(super) fn layout(graph: &Graph) -> Layout {
    let components = pack::components(graph);
    let parts: Vec<Layout> = (components.iter())
        .map(|component| component_layout(&component.graph))
        .collect();
    pack::pack(graph, &components, &parts)
}

fn component_layout(graph: &Graph) -> Layout {
    let columns = columns::columns(graph);
    let nets = nets::nets(graph, &columns);
    let [level, staggered] = place::place(graph, &columns, &nets);
    // On one level more lines are straight; but now and then two would lie on one another.
    route::route(graph, &nets, &level)
        .or_else(|| route::route(graph, &nets, &staggered))
        .unwrap_or_default()
}
