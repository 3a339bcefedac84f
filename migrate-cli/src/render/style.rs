use std::borrow::Cow;

use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style as Ansi};

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum When {
    // On a terminal, unless a variable of the shell says otherwise. (No documentation: with it, clap spreads every help over pages.)
    #[default]
    Auto,
    Always,
    Never,
}

/// Whether a stream takes colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Style {
    on: bool,
}

impl Style {
    pub(crate) fn new(when: When, is_terminal: bool) -> Style {
        Style {
            on: match when {
                When::Auto => is_terminal,
                When::Always => true,
                When::Never => false,
            },
        }
    }

    pub(crate) fn is_on(self) -> bool {
        self.on
    }

    /// A line as a terminal may get it: all but the colours of this type is escaped.
    pub(crate) fn escaped(self, line: &str) -> Cow<'_, str> {
        if !self.on {
            return migrate_chain::escaped(line);
        }
        let mut shown = String::new();
        let mut rest = line;
        while let Some((before, sequence)) = rest.split_once("\u{1b}[") {
            shown.push_str(&migrate_chain::escaped(before));
            let end = sequence.find(|c: char| !c.is_ascii_digit() && c != ';');
            match end.filter(|&end| sequence[end..].starts_with('m')) {
                Some(end) => {
                    shown.push_str("\u{1b}[");
                    shown.push_str(&sequence[..=end]);
                    rest = &sequence[end + 1..];
                }
                None => {
                    shown.push_str("\\u{1b}[");
                    rest = sequence;
                }
            }
        }
        shown.push_str(&migrate_chain::escaped(rest));
        Cow::Owned(shown)
    }

    fn paint(self, style: Ansi, text: &str) -> String {
        if self.on && !text.is_empty() {
            format!("{}{text}{}", style.render(), style.render_reset())
        } else {
            text.to_owned()
        }
    }

    /// What went wrong.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint(
            Ansi::new().bold().fg_color(Some(AnsiColor::Red.into())),
            text,
        )
    }

    /// What is applied.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint(Ansi::new().fg_color(Some(AnsiColor::Green.into())), text)
    }

    /// What is pending, and what to look at. Yellow can't be read on white.
    pub(crate) fn pending(self, text: &str) -> String {
        self.paint(Ansi::new().fg_color(Some(AnsiColor::Magenta.into())), text)
    }

    /// Places, and lines of a graph. Blue can't be read on black.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }
}
