//! What a page says to do, in order.

use std::path::{Path, PathBuf};

/// A page of the repository.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

pub(crate) enum Step {
    Write { path: String, text: String },
    Run(Command),
}

/// A line for the shell.
pub(crate) struct Command {
    pub(crate) line: String,
    /// What it prints, as far as the page says.
    pub(crate) printed: Option<Printed>,
}

pub(crate) struct Printed {
    pub(crate) text: String,
    /// Its lines in the page, counted from 0.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Page {
    pub(crate) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// The steps of a section: its title, or an empty one for the whole page. A block below a paragraph that ends with a
    /// colon is the file that the paragraph names last; one of `sh` or `console` holds commands; the others are there to
    /// be read.
    pub(crate) fn steps(&self, section: &str) -> Vec<Step> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut steps = Vec::new();
        let mut inside = section.is_empty();
        let mut above: Vec<&str> = Vec::new();
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            if let Some(title) = line.strip_prefix("## ") {
                inside = section.is_empty() || title == section;
            }
            let Some(language) = line.strip_prefix("```") else {
                match (line.is_empty(), above.last()) {
                    (true, Some(last)) if !last.is_empty() => above.push(line),
                    (false, Some(&"")) => above = vec![line],
                    (false, _) => above.push(line),
                    _ => {}
                }
                continue;
            };
            let from = at;
            while lines.get(at).is_some_and(|line| !line.starts_with("```")) {
                at += 1;
            }
            let block = &lines[from..at];
            at += 1;
            if inside {
                match language {
                    "sh" => steps.extend(block.iter().map(|line| plain(line))),
                    "console" => steps.extend(session(block, from)),
                    _ => steps.extend(file(&above.join("\n"), block)),
                }
            }
            above.clear();
        }
        assert!(
            section.is_empty() || !steps.is_empty(),
            "no steps in `{section}`"
        );
        steps
    }
}

/// A line of `sh`, without what it says to the reader.
fn plain(line: &str) -> Step {
    let line = line.split(" #").next().unwrap_or(line).trim().to_owned();
    Step::Run(Command {
        line,
        printed: None,
    })
}

/// `$ command`, its continuations, and what it prints.
fn session(block: &[&str], first: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = 0;
    while let Some(line) = block.get(at) {
        let line = line.strip_prefix("$ ");
        let mut line = line
            .expect("a block of `console` begins with `$ `")
            .to_owned();
        at += 1;
        while line.ends_with('\\') {
            line = format!("{line}\n{}", block[at]);
            at += 1;
        }
        let from = at;
        while block.get(at).is_some_and(|line| !line.starts_with("$ ")) {
            at += 1;
        }
        let text = block[from..at]
            .iter()
            .map(|line| format!("{line}\n"))
            .collect();
        let printed = Printed {
            text,
            from: first + from,
            to: first + at,
        };
        steps.push(Step::Run(Command {
            line,
            printed: Some(printed),
        }));
    }
    steps
}

fn file(above: &str, block: &[&str]) -> Option<Step> {
    let paragraph = above.trim_end().strip_suffix(':')?;
    let words = paragraph.split('`').skip(1).step_by(2);
    let is_path = |word: &&str| {
        let named = word.rsplit('/').next().unwrap_or(word);
        named.contains('.') && !word.contains([' ', '(', '$', ':'])
    };
    let path = words.filter(is_path).last()?.to_owned();
    let text = block.iter().map(|line| format!("{line}\n")).collect();
    Some(Step::Write { path, text })
}
