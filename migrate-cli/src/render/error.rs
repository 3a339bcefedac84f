use super::Style;

/// An error as it is printed: the same text as the compiler shows, coloured as the compiler colours.
pub(crate) fn shown(text: &str, style: Style) -> String {
    let mut shown = String::new();
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            shown.push('\n');
        }
        if index == 0 {
            shown.push_str(&style.bad("error"));
            shown.push_str(&style.bold(&format!(": {line}")));
        } else {
            shown.push_str(&coloured(line, style));
        }
    }
    shown
}

fn coloured(line: &str, style: Style) -> String {
    let trimmed = line.trim_start();
    if trimmed.starts_with("--> ") {
        return style.faint(line);
    }
    for mark in ["= help:", "= note:"] {
        if let Some(rest) = trimmed.strip_prefix(mark) {
            let indent = &line[..line.len() - trimmed.len()];
            return format!("{indent}{}{rest}", style.faint(mark));
        }
    }
    // ` 12 | the line`, ` | ^^^^`
    if let Some((gutter, rest)) = line.split_once('|')
        && gutter.chars().all(|c| c == ' ' || c.is_ascii_digit())
    {
        let marks = rest.trim_start();
        let is_marks = !marks.is_empty() && marks.chars().all(|c| c == '^');
        let rest = if is_marks {
            style.bad(rest)
        } else {
            rest.to_owned()
        };
        return format!("{}{rest}", style.faint(&format!("{gutter}|")));
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_all_that_is_added() {
        let text = "one thing\n  --> versions/a.sql:4:1\n   |\n 4 | BEGIN;\n   | ^^^^^\n  = help: remove it";
        let plain = shown(text, Style::default());
        assert_eq!(plain, format!("error: {text}"));
        let coloured = shown(text, Style::new(super::super::When::Always, false, false));
        let mut without = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            without.push_str(before);
            rest = after.split_once('m').map_or("", |(_, after)| after);
        }
        without.push_str(rest);
        assert_eq!(without, plain);
        assert!(coloured.len() > plain.len());
    }
}
