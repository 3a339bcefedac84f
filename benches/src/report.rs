//! The table that is printed, and the same as Markdown.

use std::fmt::Write as _;
use std::{fs, iter, thread};

use crate::stats::{self, Samples};
use crate::{child, sections};

/// How the tables are to be read, and how busy the machine was.
pub(crate) fn reading() -> String {
    let patience = sections::PATIENCE.as_secs();
    let longest = child::LONGEST.as_secs();
    let mut text = format!(
        "A time is the median of its `n` rounds, with half the distance between their quartiles. Before it stands its \
         ratio to the limit of the same run: the median of the rounds' ratios. A line whose rounds have taken {patience} s \
         gets no more of them; a program that has not ended after {longest} s is stopped and shown as `> {longest} s`. \
         Where there is no figure stands `-`, or why.\n"
    );
    // Told where the system tells.
    if let (Ok(cores), Ok(load)) = (
        thread::available_parallelism(),
        fs::read_to_string("/proc/loadavg"),
    ) {
        let load = load.split(' ').nth(2).unwrap_or_default();
        let _ = writeln!(
            text,
            "\nCores: {cores}. Load over 15 minutes: {load}; the builds are a part of it."
        );
    }
    text
}

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
        /// Of how many rounds.
        rounds: usize,
        ratio: Option<f64>,
    },
}

/// How much a field of a table has room for.
const WIDEST: usize = 100;

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

    pub(crate) fn some(value: Option<impl ToString>) -> Cell {
        value.map_or(Cell::none(), Cell::of)
    }

    /// The median of times, beside that of the limit.
    pub(crate) fn time(samples: &Samples, limit: Option<&Samples>) -> Cell {
        let Some(ns) = samples.median() else {
            return Cell::none();
        };
        Cell::Time {
            ns,
            spread: samples.spread().unwrap_or(0.0),
            rounds: samples.len(),
            ratio: limit.and_then(|limit| samples.ratio(limit)),
        }
    }

    fn show(&self) -> String {
        match self {
            Cell::Text(text) => {
                // What would end the field or the line of a table; an error may be long besides.
                let text = text.trim().replace(['|', '\n'], " ");
                text.chars().take(WIDEST).collect()
            }
            Cell::Time {
                ns,
                spread,
                rounds,
                ratio,
            } => {
                let time = stats::time(*ns);
                let time = match rounds {
                    1 => format!("{time}, once"),
                    _ => format!("{time} ±{:.0}%, n={rounds}", spread * 100.0),
                };
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

    /// A line that has no figures, and why.
    pub(crate) fn failed(&mut self, name: String, error: &str) {
        self.rows.push((name, vec![Cell::of(error)]));
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
            let line = [name.clone()].into_iter().chain(cells);
            let filled = line.chain(iter::repeat("-".to_owned()));
            lines.push(filled.take(self.columns.len() + 1).collect());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64]) -> Samples {
        let mut samples = Samples::default();
        values.iter().for_each(|value| samples.push(*value));
        samples
    }

    #[test]
    fn a_line_that_failed_stands_among_the_others() {
        let mut table = Table::new("T", "", &["time", "size"]);
        let limit = samples(&[1e6, 2e6, 3e6]);
        // Two rounds only, compared with the limit's first two.
        let slow = samples(&[2e6, 6e6]);
        let cells = vec![Cell::time(&slow, Some(&limit)), Cell::of("1 KiB")];
        table.rows.push(("slow".to_owned(), cells));
        table
            .rows
            .push(("alone".to_owned(), vec![Cell::time(&slow, None)]));
        let unmeasured = Cell::time(&slow, Some(&Samples::default()));
        table.rows.push(("unlimited".to_owned(), vec![unmeasured]));
        table.failed("broken".to_owned(), "no such | table\n");
        let expected = "\
### T

|           | time                      | size  |
|-----------|---------------------------|-------|
| slow      | x3.00 (6.00 ms ±33%, n=2) | 1 KiB |
| alone     | 6.00 ms ±33%, n=2         | -     |
| unlimited | 6.00 ms ±33%, n=2         | -     |
| broken    | no such   table           | -     |
";
        assert_eq!(table.markdown(), expected);
    }
}
