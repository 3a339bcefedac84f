use std::ops::Range;

/// The lines of a text as byte ranges, without their endings, a byte order mark or trailing space.
pub(in crate::file) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |whole| {
        let start = at;
        at += whole.len();
        let shown = whole.trim_start_matches('\u{feff}');
        let start = start + (whole.len() - shown.len());
        Line {
            text: shown.trim_end(),
            start,
            next: at,
        }
    })
}

/// Parts a text behind the ASCII bytes that it begins with and that belong to a word.
pub(in crate::file) fn split_word(text: &str, belongs: impl Fn(u8) -> bool) -> (&str, &str) {
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at)
        && belongs(byte)
    {
        at += 1;
    }
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// A line of a text.
#[derive(Debug, Clone, Copy)]
pub(in crate::file) struct Line<'a> {
    /// Without trailing space.
    pub(in crate::file) text: &'a str,
    /// Where it starts.
    pub(in crate::file) start: usize,
    /// Where the next one starts.
    pub(in crate::file) next: usize,
}

impl Line<'_> {
    pub(in crate::file) fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The range of a part of this line, given as a slice of `text`.
    pub(in crate::file) fn range_of(&self, part: &str) -> Range<usize> {
        // A part that is no slice of the line has no place: the whole line stands for it.
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        match offset.checked_add(part.len()) {
            Some(end) if end <= self.text.len() => self.start + offset..self.start + end,
            _ => self.range(),
        }
    }
}
