//! What proof is for: scripts with a slip of the hand, of the chains of `examples/`, are refused where the slip is.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};

use migrate_chain::sql::{Token, TokenKind, statements, tokens};
use migrate_chain::{Action, Dialect, Direction, Folder, Options, Place, Problems, load};
use migrate_runtime::Migrations;
use migrate_schema::introspect::Ignore;
use migrate_schema::scratch::{Scratch, Server};
use migrate_schema::testing::prove::{Trial, prove};
use migrate_tests::Postgres;

/// A file of a chain, and what is done to it.
#[derive(Debug)]
struct Mutation {
    chain: &'static str,
    dialect: Dialect,
    path: String,
    /// The revision, by its position.
    at: usize,
    what: String,
    text: String,
    /// The lines of the statement that is changed.
    lines: std::ops::RangeInclusive<usize>,
    /// True where what the statement leaves behind is found, at the section: a downgrade that doesn't undo.
    is_left_out: bool,
}

const CHAINS: &[&str] = &["models", "two-databases"];

fn folder(chain: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("examples").join(chain).join("versions")
}

/// The chain on disk, with another text in the place of a file's.
fn chain(
    of: &str,
    dialect: Dialect,
    instead: Option<(&str, &str)>,
) -> Result<Migrations, Problems> {
    let on_disk = Folder::read(&folder(of), "versions");
    let mut changed = Folder::new("versions");
    for file in &on_disk.files {
        let text = match instead {
            Some((path, text)) if path == file.path => text.as_bytes(),
            _ => file.text.as_bytes(),
        };
        changed.add(&file.path, text);
    }
    let mut options = Options::new("versions");
    if of != "two-databases" {
        options.dialects = match of {
            "models" => vec![Dialect::Sqlite, Dialect::Postgres],
            _ => vec![dialect],
        };
    }
    load(changed, &options).map(Migrations::from)
}

/// Where a proof fails, and why; `None` if it doesn't.
fn refused(
    migrations: &Migrations,
    scratch: &Scratch<'_>,
    only: Option<usize>,
) -> Option<(Option<Place>, String)> {
    let chain = migrations.chain().unwrap();
    let proved: Vec<bool> = (0..chain.len())
        .map(|at| only.is_some_and(|only| only != at))
        .collect();
    let ignore = Ignore::default();
    let trial = Trial {
        ignore: &ignore,
        proved: &proved,
        has_rows: true,
    };
    let error = prove(migrations, scratch, trial).err()?;
    let told = format!("{error:#}");
    let mut source: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(cause) = source {
        let own = cause.downcast_ref::<migrate_schema::Error>();
        let own = own.and_then(|one| one.diagnostic().place.clone());
        let runtime = cause.downcast_ref::<migrate_runtime::Error>();
        let place = own.or_else(|| runtime.and_then(|one| one.place().cloned()));
        if place.is_some() {
            return Some((place, told));
        }
        source = cause.source();
    }
    Some((None, told))
}

/// Every slip that is sure to matter.
fn mutations(of: &'static str, dialect: Dialect) -> Vec<Mutation> {
    let migrations = chain(of, dialect, None).unwrap();
    let chain = migrations.chain().unwrap();
    let mut all = Vec::new();
    for (at, revision) in chain.revisions().iter().enumerate() {
        let file = revision.text();
        let line_of = |byte: usize| file[..byte].matches('\n').count() + 1;
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let Action::Script(script) = revision.action(direction, dialect) else {
                continue;
            };
            for statement in statements(script.text, dialect) {
                let (start, end) = (
                    script.offset + statement.range.start,
                    script.offset + statement.range.end,
                );
                let text = &file[start..end];
                let words = tokens(text, dialect).unwrap();
                for (what, from, to, with, is_left_out) in slips(text, &words, direction, dialect) {
                    let mut changed = file.to_owned();
                    changed.replace_range(start + from..start + to, &with);
                    all.push(Mutation {
                        chain: of,
                        dialect,
                        path: revision.path.to_owned(),
                        at,
                        what: format!("{what} in `{}`", text.lines().next().unwrap()),
                        text: changed,
                        lines: line_of(start)..=line_of(end),
                        is_left_out,
                    });
                }
            }
        }
    }
    all
}

/// Indexes that go with their column, which a later statement drops.
const GOES_ANYHOW: &[&str] = &["ix_tools_search"];

type Slip = (&'static str, usize, usize, String, bool);

fn slips(text: &str, words: &[Token], direction: Direction, dialect: Dialect) -> Vec<Slip> {
    let word = |at: usize| {
        words
            .get(at)
            .map_or("", |token| &text[token.start..token.end])
    };
    let is = |at: usize, expected: &str| word(at).eq_ignore_ascii_case(expected);
    let misspelt = |what: &'static str, at: usize| -> Slip {
        let end = words[at].end;
        let end = if word(at).ends_with('"') {
            end - 1
        } else {
            end
        };
        (what, end, end, "x".to_owned(), false)
    };
    let mut all = Vec::new();
    if is(0, "ALTER") && is(1, "TABLE") && words.len() > 3 && !is(2, "IF") {
        all.push(misspelt("a misspelt table", 2));
        let is_dropped = is(3, "DROP") && is(4, "COLUMN");
        let is_renamed = is(3, "RENAME") && is(4, "COLUMN");
        if is_dropped || is_renamed {
            all.push(misspelt("a misspelt column", 5));
        }
        if dialect == Dialect::Postgres && is(3, "ADD") && is(4, "COLUMN") && words.len() > 6 {
            let at = words[6];
            all.push(("no such type", at.start, at.end, "integr".to_owned(), false));
        }
        if direction == Direction::Downgrade && (is_dropped || is_renamed) {
            all.push(("left out", 0, text.len(), "SELECT 1;".to_owned(), true));
        }
    }
    if is(0, "CREATE") && (is(1, "INDEX") || (is(1, "UNIQUE") && is(2, "INDEX"))) {
        let on = (0..words.len()).find(|&at| is(at, "ON"));
        if let Some(on) = on.filter(|on| words.len() > on + 3) {
            all.push(misspelt("a misspelt table", on + 1));
            if word(on + 2) == "(" && words[on + 3].kind == TokenKind::Word {
                all.push(misspelt("a misspelt column", on + 3));
            }
        }
    }
    if is(0, "DROP") && (is(1, "INDEX") || is(1, "TABLE")) && !is(2, "IF") && !is(2, "CONCURRENTLY")
    {
        all.push(misspelt("a misspelt name", 2));
        if direction == Direction::Downgrade && !GOES_ANYHOW.contains(&word(2)) {
            all.push(("left out", 0, text.len(), "SELECT 1;".to_owned(), true));
        }
    }
    if is(0, "CREATE") && is(1, "TABLE") {
        // Behind a whole column: `NOT NULL name TEXT` is nothing.
        let comma = (1..words.len()).find(|&at| word(at) == "," && is(at - 1, "NULL"));
        if let Some(comma) = comma {
            let at = words[comma];
            all.push(("a dropped comma", at.start, at.end, " ".to_owned(), false));
        }
        let open = (0..words.len()).find(|&at| word(at) == "(");
        if let Some(open) = open.filter(|_| dialect == Dialect::Postgres)
            && words
                .get(open + 2)
                .is_some_and(|one| one.kind == TokenKind::Word)
        {
            let at = words[open + 2];
            all.push(("no such type", at.start, at.end, "integr".to_owned(), false));
        }
    }
    all
}

fn every_slip_is_refused(dialect: Dialect, scratch: &Scratch<'_>) {
    let chains: Vec<&'static str> = CHAINS
        .iter()
        .copied()
        .filter(|of| dialect == Dialect::Sqlite || *of == "models")
        .collect();
    let mut wrong = Vec::new();
    for of in &chains {
        let migrations = chain(of, dialect, None).unwrap();
        if let Some((_, told)) = refused(&migrations, scratch, None) {
            wrong.push(format!("{of} as it is: {told}"));
        }
    }
    let all: Vec<Mutation> = chains
        .iter()
        .flat_map(|of| mutations(of, dialect))
        .collect();
    let number = all.len();
    assert!(number > 100, "{number}");
    for one in all {
        let place = match chain(one.chain, one.dialect, Some((&one.path, &one.text))) {
            // The build refuses it by its text.
            Err(problems) => {
                let mut all = problems.iter();
                all.next()
                    .map(|one| (one.place.clone(), one.message.clone()))
            }
            Ok(migrations) => refused(&migrations, scratch, Some(one.at)),
        };
        let is_right = place.as_ref().is_some_and(|(place, _)| {
            place.as_ref().is_some_and(|place| {
                place.path == format!("versions/{}", one.path)
                    && place.column > 0
                    && (one.is_left_out || one.lines.contains(&place.line))
            })
        });
        if !is_right {
            wrong.push(format!(
                "{} {} {} (lines {:?}): {place:?}",
                one.chain, one.path, one.what, one.lines
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {number}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_slip_is_refused_on_sqlite() {
    every_slip_is_refused(Dialect::Sqlite, &Scratch::Sqlite);
}

#[test]
fn every_slip_is_refused_on_postgres() {
    let database = Postgres::shared().database();
    let server = Server::at(&database.url()).unwrap();
    every_slip_is_refused(Dialect::Postgres, &Scratch::Postgres(&server));
}
