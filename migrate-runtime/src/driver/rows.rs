use std::cmp::Ordering;

/// What a statement answered, as text: all that the engine reads are ids, hashes and flags. The
/// cells lie in one text, because most answers are looked at once and dropped.
#[derive(Debug, Default)]
pub struct Rows {
    text: String,
    /// Where each begins and ends; `None` is NULL.
    cells: Vec<Option<(usize, usize)>>,
    /// The end of each row among the cells.
    ends: Vec<usize>,
}

/// A row of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'r> {
    text: &'r str,
    cells: &'r [Option<(usize, usize)>],
}

impl Rows {
    /// Adds a cell to the last row.
    pub(crate) fn push(&mut self, cell: Option<&str>) {
        if self.cells.is_empty() {
            // Room for a recorded head and what is told of it, so that nothing grows.
            self.cells.reserve(8);
            self.text.reserve(256);
        }
        self.cells.push(cell.map(|cell| {
            let start = self.text.len();
            self.text.push_str(cell);
            (start, self.text.len())
        }));
    }

    /// Ends the last row.
    pub(crate) fn end(&mut self) {
        self.ends.push(self.cells.len());
    }

    /// Adds the rows of another answer.
    #[cfg(feature = "_sqlite")]
    pub(crate) fn append(&mut self, other: &Rows) {
        for row in other.iter() {
            (0..row.len()).for_each(|at| self.push(row.get(at)));
            self.end();
        }
    }

    #[cfg(feature = "_postgres")]
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn get(&self, row: usize) -> Option<Row<'_>> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before));
        let cells = self.cells.get(start.copied().unwrap_or(0)..end)?;
        let text = &self.text;
        Some(Row { text, cells })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Row<'_>> + Clone {
        (0..self.ends.len()).filter_map(|row| self.get(row))
    }

    /// Every cell that is not NULL.
    #[cfg(feature = "_postgres")]
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let places = self.cells.iter().flatten();
        places.filter_map(|&(start, end)| self.text.get(start..end))
    }

    /// The first cell of the first row: all there is of most answers.
    pub(crate) fn cell(&self) -> Option<&str> {
        self.get(0)?.get(0)
    }
}

impl<'r> Row<'r> {
    /// How many cells it has.
    pub(crate) fn len(self) -> usize {
        self.cells.len()
    }

    /// A cell; `None` is NULL, and what is not there.
    pub(crate) fn get(self, cell: usize) -> Option<&'r str> {
        let (start, end) = (*self.cells.get(cell)?)?;
        self.text.get(start..end)
    }

    /// A cell as a text of its own, empty for NULL. Out of line, because rows of many columns are read
    /// with it.
    #[inline(never)]
    pub(crate) fn text(self, cell: usize) -> String {
        self.get(cell).unwrap_or_default().to_owned()
    }

    /// Some order that equal rows agree in.
    pub(crate) fn compare(self, other: Row<'_>) -> Ordering {
        let cells = |row: Row<'r>| (0..row.len()).map(move |at| row.get(at));
        let of_other = (0..other.len()).map(|at| other.get(at));
        cells(self).cmp(of_other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_they_came() {
        let mut rows = Rows::default();
        assert!(rows.get(0).is_none());
        for row in [&[Some("é"), None, Some("")][..], &[Some("x")], &[]] {
            row.iter().for_each(|cell| rows.push(*cell));
            rows.end();
        }
        let all: Vec<Vec<_>> = rows
            .iter()
            .map(|row| (0..row.len()).map(|at| row.get(at)).collect())
            .collect();
        assert_eq!(
            all,
            [vec![Some("é"), None, Some("")], vec![Some("x")], vec![]]
        );
        assert_eq!(rows.cell(), Some("é"));
        let row = |at| rows.get(at).unwrap();
        assert_eq!(row(0).get(3), None);
        assert_eq!(
            (row(0).text(1), row(0).text(0)),
            (String::new(), "é".into())
        );
        assert!(row(0).compare(row(0)).is_eq() && row(2).compare(row(1)).is_lt());
        assert!(rows.get(3).is_none());
    }
}
