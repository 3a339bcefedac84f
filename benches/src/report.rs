//! The table that is printed, and the same as Markdown.

use std::fmt::Write as _;

use crate::stats::{self, Samples};

/// A table: a line a contender.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<Cell>)>,
}

/// A field of it.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    /// A figure with its ratio to the limit.
    Time {
        ns: f64,
        spread: f64,
        ratio: Option<f64>,
    },
}

impl Cell {
    pub(crate) fn none() -> Cell {
        Cell::Text("-".to_owned())
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "most of it is made for the cell"
    )]
    pub(crate) fn of(value: impl ToString) -> Cell {
        Cell::Text(value.to_string())
    }

    /// The median of times, beside that of the limit.
    pub(crate) fn time(samples: &Samples, limit: Option<&Samples>) -> Cell {
        let Some(ns) = samples.median() else {
            return Cell::none();
        };
        Cell::Time {
            ns,
            spread: samples.spread().unwrap_or(0.0),
            ratio: limit.and_then(|limit| samples.ratio(limit)),
        }
    }

    fn show(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Time { ns, spread, ratio } => {
                let time = format!("{} ±{:.0}%", stats::time(*ns), spread * 100.0);
                match ratio {
                    Some(ratio) => format!("{} ({time})", stats::ratio(*ratio)),
                    None => time,
                }
            }
        }
    }
}

impl Table {
    pub(crate) fn new(
        title: impl Into<String>,
        note: impl Into<String>,
        columns: &[&str],
    ) -> Table {
        Table {
            title: title.into(),
            note: note.into(),
            columns: columns.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    /// As Markdown, its columns aligned so that it can be read as it is.
    pub(crate) fn markdown(&self) -> String {
        let mut lines = vec![
            [String::new()]
                .into_iter()
                .chain(self.columns.clone())
                .collect::<Vec<_>>(),
        ];
        for (name, cells) in &self.rows {
            let cells = cells.iter().map(Cell::show);
            lines.push([name.clone()].into_iter().chain(cells).collect());
        }
        let width = |at: usize| {
            let cells = lines.iter().filter_map(|line| line.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..=self.columns.len()).map(width).collect();
        let mut text = format!("### {}\n\n", self.title);
        for (index, line) in lines.iter().enumerate() {
            for (cell, width) in line.iter().zip(&widths) {
                let _ = write!(text, "| {cell:width$} ");
            }
            text.push_str("|\n");
            if index == 0 {
                for width in &widths {
                    let _ = write!(text, "|{}", "-".repeat(width + 2));
                }
                text.push_str("|\n");
            }
        }
        if !self.note.is_empty() {
            let _ = write!(text, "\n{}\n", self.note);
        }
        text
    }
}
