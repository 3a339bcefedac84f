//! The ratios to the limit as bars, on a scale where each step is ten times the one before.

use std::fmt::Write as _;

use crate::report::{Cell, Table};
use crate::stats;

const LABELS: f64 = 220.0;
const WIDTH: f64 = 900.0;
const LINE: f64 = 22.0;

/// An SVG with a group of bars for each table that has ratios, from its first column.
pub(crate) fn svg(tables: &[Table]) -> String {
    let groups: Vec<(&str, Vec<(&str, f64)>)> = tables
        .iter()
        .map(|table| (table.title.as_str(), bars(table)))
        .filter(|(_, bars)| bars.len() > 1)
        .collect();
    let ratios = groups
        .iter()
        .flat_map(|(_, bars)| bars.iter().map(|(_, ratio)| *ratio));
    let most = ratios.fold(10.0, f64::max);
    let lines: usize = groups.iter().map(|(_, bars)| bars.len() + 2).sum();
    let height = (lines as f64 + 1.0) * LINE;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    // What is a tenth of the limit starts at the left.
    let scale = |ratio: f64| {
        let part = (ratio.max(0.1) * 10.0).ln() / (most * 10.0).ln();
        part * (WIDTH - LABELS - 70.0)
    };
    let one = LABELS + scale(1.0);
    let mut y = LINE;
    for (title, bars) in groups {
        let _ = writeln!(
            text,
            "<text x=\"8\" y=\"{y}\" font-weight=\"bold\">{}</text>",
            escaped(title)
        );
        let (top, bottom) = (y + 4.0, y + LINE * bars.len() as f64 + 6.0);
        for (name, ratio) in bars {
            y += LINE;
            let fill = if name.starts_with("ours") {
                "#1a7f5a"
            } else {
                "#9aa7b5"
            };
            let (width, name) = (scale(ratio).max(1.0), escaped(name));
            let _ = writeln!(
                text,
                "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{name}</text>\
                 <rect x=\"{LABELS}\" y=\"{}\" width=\"{width:.1}\" height=\"14\" fill=\"{fill}\"/>\
                 <text x=\"{:.1}\" y=\"{y}\">{}</text>",
                LABELS - 8.0,
                y - 11.0,
                LABELS + width + 6.0,
                stats::ratio(ratio).replace('x', "×")
            );
        }
        let _ = writeln!(
            text,
            "<line x1=\"{one:.1}\" x2=\"{one:.1}\" y1=\"{top}\" y2=\"{bottom}\" stroke=\"#c33\"/>"
        );
        y += LINE * 2.0;
    }
    text.push_str("</svg>\n");
    text
}

fn bars(table: &Table) -> Vec<(&str, f64)> {
    let rows = table.rows.iter();
    let ratio = |cells: &[Cell]| match cells.first() {
        Some(Cell::Time { ratio, .. }) => *ratio,
        _ => None,
    };
    rows.filter_map(|(name, cells)| Some((name.as_str(), ratio(cells)?)))
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
