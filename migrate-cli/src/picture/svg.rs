//! A picture as SVG, for light and dark pages.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::diagram::{Diagram, Edge, Row, State, Table};
use super::layout::{Graph, Layout, Line, Point, Size, layout};
use super::measure::{self, Cells, HEADER, PAD, ROW, cells, row_middle};

/// Around everything.
const MARGIN: i64 = 24;
/// The heading, above the tables.
const HEADING: i64 = 58;
/// How round the corners of lines are.
const ROUND: i64 = 5;

/// What viewers have, in an order that keeps the width; `prefers-color-scheme` also follows a page that embeds the file.
const STYLE: &str = "\
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:#1f2328;white-space:pre}
.heading{font-size:15px;font-weight:bold}
.key{font-size:10px;font-weight:bold;fill:#59636e}
.kind,.null,.about{fill:#59636e}
.title{font-weight:bold}
.page{fill:#ffffff}
.box{fill:none;stroke:#8c959f}
.back{fill:#ffffff}
.head{fill:#eaeef2}
.line{fill:none;stroke:#6e7781;stroke-width:1.25}
.sign{fill:#ffffff;stroke:#6e7781;stroke-width:1.25}
rect.added,.head.added{fill:#dafbe1}rect.changed,.head.changed{fill:#fff1b8}rect.removed,.head.removed{fill:#ffe3e0}
text.added{fill:#116329}text.changed{fill:#734400}text.removed{fill:#a40e26}
.box.added,.box.changed,.box.removed{fill:none}
.box.added,.line.added,.sign.added{stroke:#1a7f37}
.box.changed,.line.changed,.sign.changed{stroke:#9a6700}
.box.removed,.line.removed,.sign.removed{stroke:#cf222e}
.box.added,.box.changed,.box.removed{stroke-width:1.5}
.line.added,.line.changed,.line.removed{stroke-width:1.75}
.line.removed{stroke-dasharray:5 4}
";

/// In front of it stands the rule of the dark scheme.
const DARK: &str = "\
text{fill:#e6edf3}
.key,.kind,.null,.about{fill:#9198a1}
.page{fill:#0d1117}
.back{fill:#151b23}
.box{stroke:#565e68}
.head{fill:#2a313c}
.line,.sign{stroke:#8d96a0}
.sign{fill:#0d1117}
rect.added,.head.added{fill:#143b22}rect.changed,.head.changed{fill:#3f3008}rect.removed,.head.removed{fill:#4c1a1d}
text.added{fill:#56d364}text.changed{fill:#e3b341}text.removed{fill:#ff8e86}
.box.added,.box.changed,.box.removed{fill:none}
.box.added,.line.added,.sign.added{stroke:#3fb950}
.box.changed,.line.changed,.sign.changed{stroke:#d29922}
.box.removed,.line.removed,.sign.removed{stroke:#f85149}
";

/// The picture of a diagram, under a heading and a line that says what it shows.
pub(crate) fn svg(diagram: &Diagram, heading: &str, about: &str) -> String {
    let graph = graph(diagram);
    let layout = layout(&graph);
    Drawing {
        diagram,
        layout: &layout,
        heading,
        about,
    }
    .to_string()
}

/// What is laid out.
pub(super) fn graph(diagram: &Diagram) -> Graph {
    let size = |table: &Table| {
        let cells = cells(table);
        Size {
            width: cells.width,
            height: cells.height,
        }
    };
    let end = |(table, row): (usize, usize)| (table, row_middle(row));
    Graph {
        boxes: diagram.tables.iter().map(size).collect(),
        lines: (diagram.edges.iter())
            .map(|edge| Line {
                from: end(edge.from),
                to: end(edge.to),
            })
            .collect(),
    }
}

struct Drawing<'d> {
    diagram: &'d Diagram,
    layout: &'d Layout,
    heading: &'d str,
    about: &'d str,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let legend = self.legend();
        let about = measure::text(self.about);
        let words = (measure::text(self.heading) * 13 / 10).max(about + legend_width(&legend));
        let width = self.layout.width.max(words) + 2 * MARGIN;
        let height = self.layout.height + HEADING + 2 * MARGIN;
        writeln!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">",
            Escaped(self.heading)
        )?;
        writeln!(
            f,
            "<style>\n{STYLE}@media (prefers-color-scheme:dark){{\n{DARK}}}\n</style>"
        )?;
        writeln!(
            f,
            "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>"
        )?;
        text(f, "heading", MARGIN, MARGIN + 15, self.heading)?;
        text(f, "about", MARGIN, MARGIN + 36, self.about)?;
        let mut x = MARGIN + about + if about > 0 { 20 } else { 0 };
        for state in legend {
            let word = name(state);
            let y = MARGIN + 26;
            writeln!(
                f,
                "<rect class=\"box {word}\" x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" rx=\"2\"/>"
            )?;
            writeln!(
                f,
                "<rect class=\"{word}\" x=\"{}\" y=\"{}\" width=\"10\" height=\"10\"/>",
                x + 1,
                y + 1
            )?;
            text(f, word, x + 18, MARGIN + 36, word)?;
            x += 18 + measure::text(word) + 20;
        }
        writeln!(
            f,
            "<g transform=\"translate({MARGIN},{})\">",
            MARGIN + HEADING
        )?;
        self.lines(f)?;
        for (table, at) in self.diagram.tables.iter().zip(&self.layout.boxes) {
            draw_table(f, table, *at)?;
        }
        self.signs(f)?;
        f.write_str("</g>\n</svg>\n")
    }
}

fn legend_width(legend: &[State]) -> i64 {
    legend
        .iter()
        .map(|state| 38 + measure::text(name(*state)))
        .sum()
}

impl Drawing<'_> {
    /// The states that occur.
    fn legend(&self) -> Vec<State> {
        let tables = self.diagram.tables.iter();
        let rows = tables
            .clone()
            .flat_map(|table| &table.rows)
            .map(|row| row.state);
        let edges = self.diagram.edges.iter().map(|edge| edge.state);
        let mut states: Vec<State> = tables
            .map(|table| table.state)
            .chain(rows)
            .chain(edges)
            .collect();
        states.sort_unstable();
        states.dedup();
        states.retain(|state| *state != State::Same);
        states
    }

    /// The lines, those that change above those that don't.
    fn lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for state in [State::Same, State::Removed, State::Changed, State::Added] {
            for (edge, line) in self.diagram.edges.iter().zip(&self.layout.lines) {
                if edge.state == state {
                    writeln!(
                        f,
                        "<path class=\"{}\" d=\"{}\"><title>{}</title></path>",
                        classes("line", state),
                        path(line),
                        Escaped(&edge.label)
                    )?;
                }
            }
        }
        Ok(())
    }

    /// The crow's feet.
    fn signs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Several lines end at a row that is referred to: together they have one sign.
        let mut targets: BTreeMap<(i64, i64, bool), Vec<&Edge>> = BTreeMap::new();
        for (edge, line) in self.diagram.edges.iter().zip(&self.layout.lines) {
            let ([from, next, ..], [.., before, to]) = (&line[..], &line[..]) else {
                continue;
            };
            let class = classes("sign", edge.state);
            let out = side(*from, *next);
            let foot = if edge.is_unique { ONE } else { MANY };
            sign(f, &class, *from, out, foot)?;
            sign(f, &class, *from, out, ZERO)?;
            let key = (to.x, to.y, side(*to, *before) > 0);
            targets.entry(key).or_default().push(edge);
        }
        for ((x, y, is_right), edges) in targets {
            let state = edges
                .iter()
                .map(|edge| edge.state)
                .max()
                .unwrap_or(State::Same);
            let is_same = edges.iter().all(|edge| edge.state == state);
            let class = classes("sign", if is_same { state } else { State::Same });
            let at = Point { x, y };
            let out = if is_right { 1 } else { -1 };
            sign(f, &class, at, out, ONE)?;
            if edges.iter().all(|edge| edge.is_optional) {
                sign(f, &class, at, out, ZERO)?;
            } else if edges.iter().all(|edge| !edge.is_optional) {
                sign(f, &class, at, out, MUST)?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Sign {
    Foot,
    /// A bar, so far from the table.
    Bar(i64),
    Circle,
}

const MANY: Sign = Sign::Foot;
const ONE: Sign = Sign::Bar(6);
const MUST: Sign = Sign::Bar(10);
const ZERO: Sign = Sign::Circle;

fn side(end: Point, next: Point) -> i64 {
    if next.x < end.x { -1 } else { 1 }
}

fn sign(f: &mut fmt::Formatter<'_>, class: &str, at: Point, out: i64, sign: Sign) -> fmt::Result {
    let (x, y) = (at.x, at.y);
    match sign {
        Sign::Foot => writeln!(
            f,
            "<path class=\"{class}\" d=\"M{x} {}L{} {y}L{x} {}\"/>",
            y - 5,
            x + 10 * out,
            y + 5
        ),
        Sign::Bar(far) => {
            let x = x + far * out;
            writeln!(
                f,
                "<path class=\"{class}\" d=\"M{x} {}V{}\"/>",
                y - 5,
                y + 5
            )
        }
        Sign::Circle => writeln!(
            f,
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{y}\" r=\"3\"/>",
            x + 14 * out
        ),
    }
}

fn draw_table(f: &mut fmt::Formatter<'_>, table: &Table, at: Point) -> fmt::Result {
    let cells = cells(table);
    let Point { x, y } = at;
    let (width, height) = (cells.width, cells.height);
    let rounded = |class: &str| {
        format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>"
        )
    };
    writeln!(f, "{}", rounded("back"))?;
    // Round above, straight below.
    writeln!(
        f,
        "<path class=\"{}\" d=\"M{x} {}V{}a4 4 0 0 1 4 -4H{}a4 4 0 0 1 4 4V{}z\"/>",
        classes("head", table.state),
        y + HEADER,
        y + 4,
        x + width - 4,
        y + HEADER
    )?;
    let is_gone = table.state == State::Removed;
    let title = classes("title", table.state);
    struck(f, &title, x + PAD, y + 16, &table.title, is_gone)?;
    // All of a table that comes or goes has its colour.
    let is_whole = matches!(table.state, State::Added | State::Removed);
    for (nth, row) in table.rows.iter().enumerate() {
        let state = if is_whole { State::Same } else { row.state };
        let at = Point {
            x,
            y: y + row_middle(nth),
        };
        draw_row(f, row, state, cells, at)?;
    }
    writeln!(f, "{}", rounded(&classes("box", table.state)))
}

fn draw_row(
    f: &mut fmt::Formatter<'_>,
    row: &Row,
    state: State,
    cells: Cells,
    at: Point,
) -> fmt::Result {
    if state != State::Same {
        writeln!(
            f,
            "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{ROW}\"/>",
            name(state),
            at.x,
            at.y - ROW / 2,
            cells.width
        )?;
    }
    let y = at.y + 4;
    let is_gone = row.state == State::Removed;
    let mut cell = |class: &str, x: i64, text: &str| {
        struck(f, &classes(class, state), at.x + x, y, text, is_gone)
    };
    if row.is_note() {
        return cell("kind", PAD, &row.name);
    }
    cell("key", PAD, row.key)?;
    cell("name", cells.name, &row.name)?;
    cell("kind", cells.kind, &row.kind)?;
    cell("null", cells.null - measure::text(row.null), row.null)
}

fn text(f: &mut fmt::Formatter<'_>, class: &str, x: i64, y: i64, text: &str) -> fmt::Result {
    struck(f, class, x, y, text, false)
}

/// A text, with a line through it if it is about what is gone.
fn struck(
    f: &mut fmt::Formatter<'_>,
    class: &str,
    x: i64,
    y: i64,
    text: &str,
    is_gone: bool,
) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    let line = if is_gone {
        " text-decoration=\"line-through\""
    } else {
        ""
    };
    let text = Escaped(text);
    writeln!(
        f,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{line}>{text}</text>"
    )
}

const fn name(state: State) -> &'static str {
    match state {
        State::Same => "same",
        State::Added => "added",
        State::Changed => "changed",
        State::Removed => "removed",
    }
}

fn classes(class: &str, state: State) -> String {
    match state {
        State::Same => class.to_owned(),
        other => format!("{class} {}", name(other)),
    }
}

/// A line with round corners.
fn path(points: &[Point]) -> String {
    let mut path = String::new();
    let [first, inner @ .., last] = points else {
        return path;
    };
    let _ = write!(path, "M{} {}", first.x, first.y);
    for (at, corner) in inner.iter().enumerate() {
        let (before, after) = (points[at], points[at + 2]);
        let length = |one: Point, other: Point| (one.x - other.x).abs() + (one.y - other.y).abs();
        let round = ROUND
            .min(length(before, *corner) / 2)
            .min(length(*corner, after) / 2);
        let towards = |other: Point| Point {
            x: corner.x + (other.x - corner.x).signum() * round,
            y: corner.y + (other.y - corner.y).signum() * round,
        };
        let (from, to) = (towards(before), towards(after));
        let _ = write!(
            path,
            "L{} {}Q{} {} {} {}",
            from.x, from.y, corner.x, corner.y, to.x, to.y
        );
    }
    let _ = write!(path, "L{} {}", last.x, last.y);
    path
}

/// A text that means nothing to XML; what XML can't hold is shown as what it isn't.
pub(super) struct Escaped<'t>(pub(super) &'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sign in self.0.chars() {
            match sign {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                sign if sign.is_control() => f.write_char('\u{fffd}')?,
                sign => f.write_char(sign)?,
            }
        }
        Ok(())
    }
}
