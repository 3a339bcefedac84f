//! How large things are, in pixels.

use unicode_width::UnicodeWidthStr;

use super::diagram::{Row, Table};

/// Everything vertical is a multiple of it, so that lines from both sides of a gap never fall on one another.
pub(super) const GRID: i64 = 6;
/// The height of a row.
pub(super) const ROW: i64 = 3 * GRID;
/// The height of a table's name.
pub(super) const HEADER: i64 = 4 * GRID;
/// Below the last row.
pub(super) const FOOT: i64 = GRID;
/// Left and right of the text.
pub(super) const PAD: i64 = 10;
/// Between the cells of a row.
const GAP: i64 = 12;

/// The width of a text in the picture's monospace font of 12 pixels, the widest of those that viewers have.
pub(super) fn text(text: &str) -> i64 {
    let cells = i64::try_from(text.width()).unwrap_or(i64::MAX / 100);
    (cells * 73 + 9) / 10
}

/// Where the cells of a table's rows begin, and how large it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells {
    pub(super) name: i64,
    pub(super) kind: i64,
    /// Where the text about NULL ends.
    pub(super) null: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// The cells of a table.
pub(super) fn cells(table: &Table) -> Cells {
    let widest = |of: fn(&Row) -> &str| {
        let rows = table.rows.iter().filter(|row| !row.is_note());
        rows.map(|row| text(of(row))).max().unwrap_or_default()
    };
    let after = |width: i64| if width > 0 { width + GAP } else { 0 };
    let name = PAD + after(widest(|row| row.key));
    let kind = name + after(widest(|row| &row.name));
    let null = kind + after(widest(|row| &row.kind)) + widest(|row| row.null);
    let notes = table.rows.iter().filter(|row| row.is_note());
    let notes = notes.map(|row| text(&row.name) + 2 * PAD).max();
    // The name is bold.
    let title = text(&table.title) * 11 / 10 + 2 * PAD;
    let width = (null + PAD).max(title).max(notes.unwrap_or_default());
    let rows = i64::try_from(table.rows.len()).unwrap_or_default();
    Cells {
        name,
        kind,
        null: width - PAD,
        width,
        height: HEADER + ROW * rows + FOOT,
    }
}

/// The middle of a row, from the top of its table.
pub(super) fn row_middle(row: usize) -> i64 {
    HEADER + ROW * i64::try_from(row).unwrap_or_default() + ROW / 2
}
