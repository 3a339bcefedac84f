use migrate_chain::{Diagnostic, Headline, Part};
use unicode_width::UnicodeWidthStr;

use super::Style;
use crate::error::Error;

/// How many problems are shown before the rest is counted.
const SHOWN: usize = 20;

/// An error as it is printed: the parts that the compiler shows, coloured as the compiler colours,
/// and broken between words where the terminal is narrow.
pub(crate) fn shown(error: &Error, style: Style, width: Option<usize>) -> String {
    let painter = Painter { style, width };
    let Some(problems) = error.problems() else {
        return painter
            .story(&error.diagnostic, Headline::Place, true)
            .join("\n");
    };
    let mut lines = painter.headline(&error.diagnostic.message);
    for problem in problems.iter().take(SHOWN) {
        lines.push(String::new());
        lines.extend(painter.story(problem, Headline::Message, false));
    }
    if let more @ 1.. = problems.len().saturating_sub(SHOWN) {
        lines.extend([String::new(), format!("and {more} more")]);
    }
    for part in error.diagnostic.story(Headline::Message).parts() {
        if let Part::Note(_) | Part::Help(_) = part {
            lines.extend(painter.part(&part));
        }
    }
    lines.join("\n")
}

struct Painter {
    style: Style,
    width: Option<usize>,
}

impl Painter {
    fn story(&self, diagnostic: &Diagnostic, headline: Headline, is_first: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for part in diagnostic.story(headline).parts() {
            lines.extend(match part {
                Part::Headline(_) if is_first => self.headline(&part.to_string()),
                part => self.part(&part),
            });
        }
        lines
    }

    /// `error: `, and what is wrong; a message's own lines stand as they are, and what is broken hangs.
    fn headline(&self, text: &str) -> Vec<String> {
        let style = self.style;
        let mut lines = Vec::new();
        for line in text.lines() {
            let first = if lines.is_empty() { "error: ".len() } else { 0 };
            for (at, line) in self.wrapped(line, first, 2).iter().enumerate() {
                lines.push(match (lines.is_empty(), at) {
                    (true, _) => {
                        format!("{}{}", style.bad("error"), style.bold(&format!(": {line}")))
                    }
                    (false, 0) => style.bold(line),
                    (false, _) => style.bold(&format!("  {line}")),
                });
            }
        }
        lines
    }

    fn part(&self, part: &Part<'_>) -> Vec<String> {
        let style = self.style;
        match part {
            Part::Place(_) => vec![style.faint(&part.to_string())],
            Part::Snippet(snippet) => (snippet.lines().into_iter())
                .map(|(gutter, rest, is_marks)| {
                    let rest = if is_marks { style.bad(&rest) } else { rest };
                    format!("{}{rest}", style.faint(&gutter))
                })
                .collect(),
            Part::Note(_) => self.hint(&part.to_string(), "  = note:"),
            Part::Help(_) => self.hint(&part.to_string(), "  = help:"),
            other => other.to_string().lines().map(str::to_owned).collect(),
        }
    }

    /// A hint below the mark that opens it.
    fn hint(&self, text: &str, mark: &str) -> Vec<String> {
        let hanging = mark.len() + 1;
        let text = text.strip_prefix(mark).unwrap_or(text).trim_start();
        let mut lines = Vec::new();
        for line in text.lines() {
            for line in self.wrapped(line, hanging, hanging) {
                lines.push(if lines.is_empty() {
                    format!("  {} {line}", self.style.faint(mark.trim_start()))
                } else {
                    format!("{}{line}", " ".repeat(hanging))
                });
            }
        }
        lines
    }

    /// Broken between words: the first line after `first` columns, the others after `others`.
    /// Without a width, and where one is too small for words, nothing is.
    fn wrapped(&self, text: &str, first: usize, others: usize) -> Vec<String> {
        let Some(width) = self.width.filter(|&width| width > others + 20) else {
            return vec![text.to_owned()];
        };
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let indent = if lines.len() == 1 { first } else { others };
            let Some(line) = lines.last_mut() else { break };
            if !line.is_empty() && indent + line.width() + 1 + word.width() > width {
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
}

#[cfg(test)]
mod tests {
    use migrate_chain::Problem;

    use super::*;

    #[test]
    fn colours_are_all_that_is_added() {
        let mut error = Error::failed("one thing").note("a fact").help("remove it");
        let problem = Problem::at("versions/a.sql", "BEGIN;\n", 0..5, "not here").help("none");
        error.diagnostic.place = problem.place;
        error.diagnostic.snippet = problem.snippet;
        let plain = shown(&error, Style::default(), None);
        assert_eq!(plain, format!("error: {:#}", error.diagnostic));
        let always = Style::new(super::super::When::Always, false);
        let coloured = shown(&error, always, None);
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
        let error = Error::failed("one two ".repeat(6).trim()).help("表表 ".repeat(12).trim());
        assert_eq!(
            shown(&error, Style::default(), Some(40)),
            format!(
                "error: one two one two one two one two\n  one two one two\n  = help: {}\n          {}",
                "表表 ".repeat(6).trim(),
                "表表 ".repeat(6).trim(),
            )
        );
    }
}
