//! A project in a folder of its own, a database, and sessions of commands in it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::Expect;
use migrate_cli::{App, Args, Exit};
use migrate_tests::Shared as _;
pub(crate) use migrate_tests::support::{Database, Engine, OURS};
use tempfile::TempDir;

/// A folder with a versions directory.
pub(crate) struct Project {
    dir: TempDir,
    url: Option<String>,
    variables: Vec<(String, String)>,
}

/// How a command ended.
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self {
            dir: tempfile::Builder::new()
                .prefix("migrate-cli-")
                .tempdir()
                .unwrap(),
            url: None,
            variables: vec![("SOURCE_DATE_EPOCH".to_owned(), "1795168931".to_owned())],
        }
    }

    /// One whose migrate.toml names both dialects, with an empty versions directory.
    pub(crate) fn new() -> Self {
        let project = Self::empty().file("migrate.toml", "dialects = [\"sqlite\", \"postgres\"]\n");
        fs::create_dir(project.path("versions")).unwrap();
        project
    }

    /// The chain of CLI.md: a branch with a label, and a merge.
    pub(crate) fn merged() -> Self {
        Self::new()
            .revision("ae10", "none", "create users", "")
            .revision("1975", "ae10", "add email", "")
            .revision("27c6", "1975", "add phone", "")
            .revision("b111", "1975", "feature", "-- branch_labels: feat\n")
            .revision("cccc", "27c6, b111", "merge both", "")
    }

    /// Two branches that nothing merges.
    pub(crate) fn branched() -> Self {
        let project = Self::merged();
        fs::remove_file(project.path("versions/cccc.sql")).unwrap();
        project
    }

    /// ae10, 1975, 27c6 in a line.
    pub(crate) fn linear() -> Self {
        Self::new()
            .revision("ae10", "none", "create users", "")
            .revision("1975", "ae10", "add email", "")
            .revision("27c6", "1975", "add phone", "")
    }

    /// Lets commands work on a database.
    pub(crate) fn on(mut self, database: &impl Database) -> Self {
        self.url = Some(database.url());
        self
    }

    /// Lets commands work on a SQLite file in the project's folder, which is there already.
    pub(crate) fn on_sqlite(mut self) -> Self {
        self.write("app.db", "");
        self.url = Some("sqlite:app.db".to_owned());
        self
    }

    /// A project with equal files, in a folder of its own.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        for name in self.versions() {
            copy.write(
                &format!("versions/{name}"),
                &self.read(&format!("versions/{name}")),
            );
        }
        copy
    }

    /// Sets a variable of the environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a revision that makes a table of its own.
    pub(crate) fn revision(self, id: &str, down: &str, message: &str, header: &str) -> Self {
        let text = format!(
            "-- {message}\n--\n-- revision: {id}\n-- down_revision: {down}\n{header}\n\
             -- upgrade\nCREATE TABLE t_{id} (x integer);\nINSERT INTO t_{id} VALUES (1);\n\n\
             -- downgrade\nDROP TABLE t_{id};\n"
        );
        self.file(&format!("versions/{id}.sql"), &text)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// The files of the versions directory, sorted.
    pub(crate) fn versions(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("versions"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The files of the versions directory, where there is one.
    pub(crate) fn versions_if_any(&self) -> Vec<String> {
        if self.path("versions").is_dir() {
            self.versions()
        } else {
            Vec::new()
        }
    }

    /// Runs a command line, whose words may be quoted with `'`.
    pub(crate) fn run(&self, line: &str) -> Ran {
        run(self.app(), line)
    }

    /// `cargo migrate` in the folder.
    pub(crate) fn app(&self) -> App<'static> {
        App::from_disk()
            .program("cargo migrate")
            .current_dir(self.dir())
            .variables(self.all_variables())
    }

    pub(crate) fn all_variables(&self) -> Vec<(String, String)> {
        let url = self
            .url
            .iter()
            .map(|url| ("DATABASE_URL".to_owned(), url.clone()));
        self.variables.iter().cloned().chain(url).collect()
    }

    /// Runs commands that must succeed, without looking at what they print.
    pub(crate) fn ok(&self, lines: &[&str]) {
        for line in lines {
            let ran = self.run(line);
            assert_eq!(ran.exit, Exit::Done, "{line}\n{}{}", ran.out, ran.err);
        }
    }

    /// Runs commands and compares the session.
    pub(crate) fn check(&self, lines: &[&str], expected: &Expect) {
        expected.assert_shared(&self.session(lines));
    }

    /// Runs commands one after the other; what they print, as a person would see it.
    pub(crate) fn session(&self, lines: &[&str]) -> String {
        let mut text = String::new();
        for line in lines {
            let ran = self.run(line);
            writeln!(text, "$ {line}").unwrap();
            text.push_str(&ran.out);
            if !ran.out.is_empty() && !ran.out.ends_with('\n') {
                text.push('\n');
            }
            for line in ran.err.lines() {
                writeln!(text, "{}", format!("! {line}").trim_end()).unwrap();
            }
            if ran.exit != Exit::Done {
                writeln!(text, "[{}]", ran.exit.code()).unwrap();
            }
        }
        self.settled(&text)
    }

    /// Without what differs from run to run.
    pub(crate) fn settled(&self, text: &str) -> String {
        let mut text = text.replace(&self.dir().display().to_string(), "DIR");
        if let Some(url) = &self.url {
            text = text.replace(url, "URL");
        }
        settle(&text)
    }
}

/// Runs a command line on an app.
pub(crate) fn run(app: App<'_>, line: &str) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = app.run(Args::new(words(line)), &mut out, &mut err);
    Ran {
        exit,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Times and durations become letters.
fn settle(text: &str) -> String {
    let mut settled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("20") {
        let (before, from) = rest.split_at(at);
        settled.push_str(before);
        let length = time(from);
        // What the tests choose themselves stays.
        if length == 0 || from.starts_with("2026-11-20 10:02:11") {
            settled.push_str("20");
            rest = &from[2..];
        } else {
            settled.push_str("TIME");
            rest = &from[length..];
        }
    }
    settled.push_str(rest);
    let mut lines: Vec<String> = Vec::new();
    for line in settled.lines() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let line = match line.trim_start() {
            field if field.starts_with("\"duration_ms\":") => {
                format!("{indent}\"duration_ms\": MS")
            }
            _ => match (line.rfind(" ("), line.find(" ms)")) {
                (Some(from), Some(to)) if from < to => {
                    format!("{} (MS){}", &line[..from], by(&line[to + 4..]))
                }
                _ => line.to_owned(),
            },
        };
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

/// Who did it depends on where the tests run.
fn by(rest: &str) -> String {
    match rest.strip_prefix(" by ") {
        Some(_) => String::new(),
        None => rest.to_owned(),
    }
}

/// The length of `2026-11-20 10:02:11`, with `T` or fractions or not, at the start of a text; 0 if it is no time.
fn time(text: &str) -> usize {
    const FORM: &[u8] = b"0000-00-00 00:00:00";
    let bytes = text.as_bytes();
    let fits = bytes.len() >= FORM.len()
        && FORM.iter().zip(bytes).all(|(form, byte)| match form {
            b'0' => byte.is_ascii_digit(),
            b' ' => matches!(byte, b' ' | b'T'),
            form => form == byte,
        });
    if !fits {
        return 0;
    }
    let rest = &text[FORM.len()..];
    FORM.len()
        + rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == 'Z'))
            .unwrap_or(rest.len())
}
