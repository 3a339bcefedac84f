use super::Style;

/// An error as it is printed: the same text as the compiler shows, coloured as the compiler colours,
/// and broken between words where the terminal is narrow.
pub(crate) fn shown(text: &str, style: Style, width: Option<usize>) -> String {
    let mut shown: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            shown.extend(below(line, style, width));
            continue;
        }
        let lines = wrapped(line, "error: ".len(), 2, width);
        for (number, line) in lines.iter().enumerate() {
            shown.push(match number {
                0 => format!("{}{}", style.bad("error"), style.bold(&format!(": {line}"))),
                _ => style.bold(&format!("  {line}")),
            });
        }
    }
    shown.join("\n")
}

/// A line below the first.
fn below(line: &str, style: Style, width: Option<usize>) -> Vec<String> {
    let trimmed = line.trim_start();
    let indent = &line[..line.len() - trimmed.len()];
    if trimmed.starts_with("--> ") {
        return vec![style.faint(line)];
    }
    for mark in ["= help:", "= note:"] {
        let Some(rest) = trimmed.strip_prefix(mark) else {
            continue;
        };
        let hanging = indent.len() + mark.len() + 1;
        let lines = wrapped(rest.trim_start(), hanging, hanging, width);
        let opening = format!("{indent}{}", style.faint(mark));
        return (lines.iter().enumerate())
            .map(|(number, line)| match number {
                0 => format!("{opening} {line}"),
                _ => format!("{}{line}", " ".repeat(hanging)),
            })
            .collect();
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
        return vec![format!("{}{rest}", style.faint(&format!("{gutter}|")))];
    }
    vec![line.to_owned()]
}

/// Broken between words: the first line after `first` columns, the others after `others`. Without a
/// width, and where one is too small for words, nothing is.
fn wrapped(text: &str, first: usize, others: usize, width: Option<usize>) -> Vec<String> {
    let Some(width) = width.filter(|&width| width > others + 20) else {
        return vec![text.to_owned()];
    };
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let indent = if lines.len() == 1 { first } else { others };
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_all_that_is_added() {
        let text = "one thing\n  --> versions/a.sql:4:1\n   |\n 4 | BEGIN;\n   | ^^^^^\n  = help: remove it";
        let plain = shown(text, Style::default(), None);
        assert_eq!(plain, format!("error: {text}"));
        let coloured = shown(
            text,
            Style::new(super::super::When::Always, false, false),
            None,
        );
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

    #[test]
    fn a_narrow_terminal_breaks_between_words() {
        let text = format!(
            "{}\n  = help: {}\n 4 | {}",
            "one two ".repeat(6).trim(),
            "abc ".repeat(12).trim(),
            "x".repeat(60)
        );
        assert_eq!(
            shown(&text, Style::default(), Some(40)),
            format!(
                "error: one two one two one two one two\n  one two one two\n  = help: {}\n          {}\n 4 | {}",
                "abc ".repeat(7).trim(),
                "abc ".repeat(5).trim(),
                "x".repeat(60)
            )
        );
    }
}
