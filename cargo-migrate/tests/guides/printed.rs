//! What a page says of what is printed: `[..]` stands for any part of a line, a line `...` for any lines.

use std::fs;

use crate::page::{Page, Printed};

/// Whether what was printed is what the page says.
pub(crate) fn fits(said: &str, printed: &str) -> bool {
    let said: Vec<&str> = said.lines().collect();
    let printed: Vec<&str> = printed.lines().collect();
    lines_fit(&said, &printed)
}

fn lines_fit(said: &[&str], printed: &[&str]) -> bool {
    match said {
        [] => printed.is_empty(),
        ["...", rest @ ..] => (0..=printed.len()).any(|at| lines_fit(rest, &printed[at..])),
        [line, rest @ ..] => match printed {
            [first, others @ ..] => line_fits(line, first) && lines_fit(rest, others),
            [] => false,
        },
    }
}

fn line_fits(said: &str, printed: &str) -> bool {
    let Some((before, after)) = said.split_once("[..]") else {
        return said == printed;
    };
    let Some(rest) = printed.strip_prefix(before) else {
        return false;
    };
    let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.any(|at| line_fits(after, &rest[at..]))
}

/// Writes into the page what was printed, from the last place to the first.
pub(crate) fn rewrite(page: &Page, changes: &[(&Printed, String)]) {
    let mut lines: Vec<&str> = page.text.lines().collect();
    for (place, text) in changes.iter().rev() {
        lines.splice(place.from..place.to, text.lines());
    }
    fs::write(&page.path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn what_may_differ_is_marked() {
    for (said, printed, is_fitting) in [
        ("a\n", "a\n", true),
        ("a\n", "b\n", false),
        ("a ([..] ms)\n", "a (1.2 ms)\n", true),
        ("a ([..] ms)\n", "a (1.2 s)\n", false),
        ("...\nb\n", "a\na\nb\n", true),
        ("...\nb\n", "a\nb\nc\n", false),
        ("", "a\n", false),
    ] {
        assert_eq!(fits(said, printed), is_fitting, "{said}{printed}");
    }
}
