//! `adopt.sql`: how a database that another tool has migrated is taken over.

use std::ops::Range;

use super::lines::{Line, lines, split_word};
use super::report::Report;
use crate::nearest::{did_you_mean, nearest};
use crate::place::Locator;
use crate::problem::{Problem, Problems};
use crate::sql::{TokenKind, tokens};
use crate::{Dialect, Properties, SourceFile, Transaction};

/// A parsed `adopt.sql`. Ranges are bytes of its text.
#[derive(Debug)]
pub(crate) struct AdoptFile {
    /// As problems show it: the versions directory, then the path in it.
    pub(crate) shown: String,
    pub(crate) source: SourceFile,
    locator: Locator,
    /// The other tool's name.
    pub(crate) tool: Option<Range<usize>>,
    /// The tool's table; `None` inside where the query decides alone.
    pub(crate) table: Option<Option<Range<usize>>>,
    /// Keys that a database may have and no revision stands for.
    pub(crate) without: Vec<Range<usize>>,
    pub(crate) sections: Vec<AdoptSection>,
    /// A line that was meant as a key or as a section could not be read, and was reported: nothing is missing besides.
    pub(crate) misread: bool,
}

/// A section of `adopt.sql`.
#[derive(Debug)]
pub(crate) struct AdoptSection {
    pub(crate) purpose: Purpose,
    /// `None`: the plain section, for every dialect that has none of its own.
    pub(crate) dialect: Option<Dialect>,
    /// `None`: `: nothing`, on purpose.
    pub(crate) script: Option<Range<usize>>,
    /// The line that opens it.
    pub(crate) at: Range<usize>,
}

/// What a section is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The query for what the tool has applied.
    Applied,
    /// What tells the tool that a step of its own was run.
    Record,
    /// What tells the tool that a step of its own was undone.
    Unrecord,
}

impl Purpose {
    pub(crate) const ALL: [Purpose; 3] = [Purpose::Applied, Purpose::Record, Purpose::Unrecord];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Purpose::Applied => "applied",
            Purpose::Record => "record",
            Purpose::Unrecord => "unrecord",
        }
    }

    fn of(word: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|one| one.name() == word)
    }
}

const KEYS: [&str; 3] = ["adopt", "table", "without"];
const FORM: &str = "a section line is `-- applied`, `-- record` or `-- unrecord`, optionally with a dialect: `-- applied (postgres)`; one that does nothing is `-- record: nothing`";

impl AdoptFile {
    /// Reads the file; everything wrong with its form is added to `problems`.
    pub(crate) fn parse(root: &str, source: SourceFile, problems: &mut Problems) -> AdoptFile {
        let mut file = AdoptFile {
            shown: format!("{root}/{}", source.path),
            locator: Locator::default(),
            tool: None,
            table: None,
            without: Vec::new(),
            sections: Vec::new(),
            misread: false,
            source: SourceFile {
                path: source.path,
                text: String::new(),
            },
        };
        let mut report = Report {
            path: &file.shown.clone(),
            text: &source.text,
            locator: &Locator::default(),
            problems,
        };
        if let Some(at) = source.text.find('\0') {
            report.push(at..at + 1, "a NUL character: this is no text file");
            file.misread = true;
        } else {
            for line in lines(&source.text) {
                file.line(&mut report, &line);
            }
            if let Some(last) = file.sections.last_mut() {
                last.end(source.text.len());
            }
            file.duplicates(&mut report);
        }
        file.source.text = source.text;
        file
    }

    fn line(&mut self, report: &mut Report<'_>, line: &Line<'_>) {
        let Some(comment) = line.text.trim_start().strip_prefix("--") else {
            return self.statement(report, line);
        };
        match open(line, comment) {
            Ok(Some(section)) => {
                if let Some(last) = self.sections.last_mut() {
                    last.end(line.start);
                }
                self.sections.push(section);
            }
            Ok(None) if self.sections.is_empty() => self.key(report, line, comment),
            Ok(None) => {}
            Err((at, message, help)) => {
                self.misread = true;
                report.problems.push(report.problem(at, message).help(help));
            }
        }
    }

    /// A line that is no comment belongs to a section that has a script.
    fn statement(&mut self, report: &mut Report<'_>, line: &Line<'_>) {
        if line.text.is_empty() || self.misread {
            return;
        }
        let problem = match self.sections.last() {
            Some(AdoptSection {
                script: Some(_), ..
            }) => return,
            Some(open) => {
                let opened = report.text.get(open.at.clone()).unwrap_or("");
                let help = format!("`{opened}` has none: remove one of the two");
                report
                    .problem(line.range(), "SQL that would never run")
                    .help(help)
            }
            None => report
                .problem(line.range(), "text before the first section")
                .help(FORM),
        };
        report.problems.push(problem);
        self.misread = true;
    }

    /// Reads `-- key: value` above the sections; whatever else stands there is for a reader.
    fn key(&mut self, report: &mut Report<'_>, line: &Line<'_>, comment: &str) {
        let text = comment.trim();
        let (key, rest) = split_word(text, |byte| byte.is_ascii_lowercase() || byte == b'_');
        let Some(value) = rest.strip_prefix(':') else {
            return;
        };
        if key.is_empty() || !(value.is_empty() || value.starts_with([' ', '\t'])) {
            return;
        }
        let value = value.trim();
        if !KEYS.contains(&key) {
            self.misread = true;
            let problem = report.problem(line.range_of(key), format!("unknown key `{key}`"));
            report.problems.push(match did_you_mean(key, KEYS) {
                Some(meant) => problem.help(meant),
                None => problem.help(format!("the keys are {}", KEYS.join(", "))),
            });
            return;
        }
        if value.is_empty() {
            self.misread = true;
            report.push(line.range_of(key), format!("`{key}` has no value"));
            return;
        }
        let at = line.range_of(value);
        let twice = match key {
            "adopt" => self.tool.replace(at).is_some(),
            "table" => {
                if value != "none" && !is_table(value) {
                    let problem = report
                        .problem(at.clone(), "this names no table")
                        .help("write a table's name, quoted where SQL needs it, with or without a schema: `_sqlx_migrations`; or `none`, where the query of `-- applied` decides alone");
                    report.problems.push(problem);
                }
                let table = (value != "none").then_some(at);
                self.table.replace(table).is_some()
            }
            _ => {
                let twice = !self.without.is_empty();
                self.without(report, at.start, value);
                twice
            }
        };
        if twice {
            report.push(line.range(), format!("`{key}` is given twice"));
        }
    }

    /// Reads keys separated by commas.
    fn without(&mut self, report: &mut Report<'_>, start: usize, value: &str) {
        let mut at = start;
        for part in value.split(',') {
            let key = part.trim();
            let start = at + (part.len() - part.trim_start().len());
            at += part.len() + 1;
            if key.is_empty() || key.contains(char::is_whitespace) {
                let problem = report.problem(start..start + key.len().max(1), "this is no key");
                let help = "`without` lists keys, separated by commas";
                report.problems.push(problem.help(help));
                continue;
            }
            self.without.push(start..start + key.len());
        }
    }

    /// One section a purpose and dialect.
    fn duplicates(&self, report: &mut Report<'_>) {
        for (index, section) in self.sections.iter().enumerate() {
            let is_same = |one: &&AdoptSection| {
                one.purpose == section.purpose && one.dialect == section.dialect
            };
            let before = self.sections.iter().take(index);
            let Some(first) = before.clone().find(is_same) else {
                continue;
            };
            let (place, _) = (report.locator).locate(report.path, report.text, first.at.clone());
            let purpose = section.purpose.name();
            let problem = report
                .problem(section.at.clone(), format!("a second section `{purpose}`"))
                .help(format!("the first one is at line {}", place.line));
            report.problems.push(problem);
        }
    }

    pub(crate) fn text(&self, range: &Range<usize>) -> &str {
        self.source.text.get(range.clone()).unwrap_or("")
    }

    /// The section that serves a dialect: its own wins over the plain one.
    pub(crate) fn section(&self, purpose: Purpose, dialect: Dialect) -> Option<&AdoptSection> {
        let of = |wanted: Option<Dialect>| {
            (self.sections.iter()).find(|one| one.purpose == purpose && one.dialect == wanted)
        };
        of(Some(dialect)).or_else(|| of(None))
    }

    pub(crate) fn problem(&self, range: &Range<usize>, message: impl Into<String>) -> Problem {
        let text = &self.source.text;
        let place = self.locator.locate(&self.shown, text, range.clone());
        Problem::located(place, message)
    }
}

impl AdoptSection {
    fn end(&mut self, at: usize) {
        if let Some(script) = &mut self.script {
            script.end = at;
        }
    }
}

type Mistake = (Range<usize>, String, String);

/// Reads `-- applied`, `-- record (postgres)` or `-- unrecord: nothing`; `None` for any other comment.
fn open(line: &Line<'_>, comment: &str) -> Result<Option<AdoptSection>, Mistake> {
    let (word, rest) = split_word(comment.trim_start(), |byte| byte.is_ascii_alphabetic());
    let rest = rest.trim_start();
    let form = rest.is_empty() || rest.starts_with('(') || rest.starts_with(':');
    let exact = line.text.starts_with("-- ") && !comment.starts_with("  ");
    let mistake = |part: &str, message: String, help: &str| {
        Err((line.range_of(part), message, help.to_owned()))
    };
    let (Some(purpose), true, true) = (Purpose::of(word), exact, form) else {
        let lower = word.to_ascii_lowercase();
        let names = Purpose::ALL.map(Purpose::name);
        let near = Purpose::of(&lower).map(Purpose::name);
        let near = near.or_else(|| nearest(&lower, names));
        // Prose may start with the word, and a key with one that is like it.
        return match near.filter(|_| rest.is_empty() || rest.starts_with('(')) {
            Some(near) => mistake(
                line.text,
                format!("`{}` is not a section line", line.text.trim_start()),
                &format!("write it at the start of the line, as `-- {near}`"),
            ),
            None => Ok(None),
        };
    };
    let (words, after) = match rest.strip_prefix('(').map(|rest| rest.split_once(')')) {
        None => (None, rest),
        Some(Some((words, after))) => (Some(words), after.trim_start()),
        Some(None) => return mistake(rest, "the `(` is not closed".to_owned(), FORM),
    };
    let dialect = match words.map(Properties::parse) {
        None => None,
        Some(Ok((dialect, properties))) => {
            let is_plain = properties.transaction == Transaction::Shared;
            if dialect.is_none() || !is_plain || properties.foreign_keys_off {
                let message = "only a dialect stands here".to_owned();
                let help = "it runs in the transaction of the step that it belongs to";
                return mistake(words.unwrap_or(rest), message, help);
            }
            dialect
        }
        Some(Err(message)) => return mistake(words.unwrap_or(rest), message, FORM),
    };
    let script = match after.strip_prefix(':').map(str::trim) {
        None if after.is_empty() => Some(line.next..line.next),
        Some("nothing") => None,
        _ => return mistake(after, format!("unexpected `{after}`"), FORM),
    };
    Ok(Some(AdoptSection {
        purpose,
        dialect,
        script,
        at: line.range(),
    }))
}

/// `name`, `"name"`, or either behind a schema.
fn is_table(text: &str) -> bool {
    let Some(tokens) = tokens(text, Dialect::Postgres) else {
        return false;
    };
    let is_name = |kind| matches!(kind, TokenKind::Word | TokenKind::Name);
    let together = tokens.last().is_some_and(|last| last.end == text.len())
        && tokens.windows(2).all(|pair| pair[0].end == pair[1].start);
    let kinds: Vec<TokenKind> = tokens.iter().map(|token| token.kind).collect();
    together
        && match kinds[..] {
            [name] => is_name(name),
            [schema, TokenKind::Symbol(b'.'), name] => is_name(schema) && is_name(name),
            _ => false,
        }
}
