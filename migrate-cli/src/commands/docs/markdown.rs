//! Texts in a table of Markdown.

/// A text that means nothing to Markdown, on one line.
pub(super) fn cell(text: &str) -> String {
    let mut cell = String::new();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let signs: Vec<char> = words.chars().collect();
    for (at, &sign) in signs.iter().enumerate() {
        let is_word = |at: Option<usize>| {
            at.and_then(|at| signs.get(at))
                .is_some_and(|sign| sign.is_alphanumeric())
        };
        match sign {
            '&' => cell.push_str("&amp;"),
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '\\' | '|' | '*' | '`' | '[' | ']' | '~' => cell.extend(['\\', sign]),
            // Within a name it is just a sign.
            '_' if !(is_word(at.checked_sub(1)) && is_word(Some(at + 1))) => {
                cell.extend(['\\', sign]);
            }
            sign if sign.is_control() => cell.push('\u{fffd}'),
            sign => cell.push(sign),
        }
    }
    cell
}

/// The address of a link.
pub(super) fn address(path: &str) -> String {
    let mut address = String::new();
    for sign in path.chars() {
        match sign {
            ' ' => address.push_str("%20"),
            '(' => address.push_str("%28"),
            ')' => address.push_str("%29"),
            '%' => address.push_str("%25"),
            '|' => address.push_str("%7C"),
            sign => address.push(sign),
        }
    }
    address
}

/// The cells of a row.
pub(super) fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    for sign in row.chars() {
        match sign {
            '|' if !is_escaped => cells.push(String::new()),
            sign => cells
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|cell| cell.push(sign)),
        }
        is_escaped = sign == '\\' && !is_escaped;
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}
