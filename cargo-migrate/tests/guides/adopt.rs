//! The pages on coming from another tool: each is followed beside a folder of that tool's and a database that it has migrated.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::page::Page;
use crate::scratch::Scratch;

/// A tool, what its folder is called on its page, and which database is there.
struct Come {
    tool: &'static str,
    folder: &'static str,
    has: Has,
}

#[derive(PartialEq, Eq)]
enum Has {
    /// Four migrations, three of which `app.db` has.
    Scripts,
    /// Code of three migrations, which `app.db` has, and `new.db`, without rows.
    Code,
}

const fn scripts(tool: &'static str) -> Come {
    Come {
        tool,
        folder: "migrations",
        has: Has::Scripts,
    }
}

const fn code(tool: &'static str, folder: &'static str) -> Come {
    Come {
        tool,
        folder,
        has: Has::Code,
    }
}

const ALL: [Come; 13] = [
    scripts("sqlx"),
    scripts("diesel"),
    scripts("refinery"),
    scripts("rusqlite_migration"),
    scripts("goose"),
    scripts("golang-migrate"),
    scripts("dbmate"),
    scripts("flyway"),
    scripts("atlas"),
    scripts("prisma"),
    code("sea-orm", "migration"),
    code("alembic", "alembic"),
    code("django", "site"),
];

fn real() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/adopt")
}

/// Copies a folder of the tool's, but for the fourth migration of one that is code.
fn copy(from: &Path, to: &Path, come: &Come) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let to = to.join(&name);
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to, come);
        } else if come.has == Has::Scripts || !name.contains("written") {
            let text = fs::read_to_string(entry.path()).unwrap();
            // Of the two databases that the history is for the page is about this one.
            fs::write(&to, text.replace("\"postgresql\"", "\"sqlite\"")).unwrap();
        }
    }
}

fn follow(come: &Come) {
    let page = Page::read(&format!("docs/adopt/{}.md", come.tool));
    let mut scratch = Scratch::new();
    scratch.set("DATABASE_URL", "sqlite:app.db");
    let history = real().join("histories").join(come.tool);
    copy(&history, &scratch.path().join(come.folder), come);
    let left = |state: &str| {
        let file = format!("fixtures/{}/{state}.sqlite.sql", come.tool);
        fs::read_to_string(real().join(file)).unwrap()
    };
    let make = |name: &str| {
        let database = rusqlite::Connection::open(scratch.path().join(name)).unwrap();
        database.execute_batch(&left("app")).unwrap();
        database.execute_batch(&left("applied")).unwrap();
        database
    };
    make("app.db");
    if come.has == Has::Code {
        let database = make("new.db");
        database
            .execute_batch("DELETE FROM notes; DELETE FROM users; DELETE FROM ran")
            .unwrap();
    }
    let done = scratch.follow(&page, &page.steps(""));
    assert!(done > 6, "there is little to do in {}", come.tool);
}

#[test]
fn a_page_for_each_tool() {
    for come in &ALL {
        follow(come);
    }
}

#[test]
fn all_tools_have_a_page() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let names = |folder: &Path| -> BTreeSet<String> {
        let files = fs::read_dir(folder).unwrap();
        let stem = |path: &Path| path.file_stem().and_then(OsStr::to_str).map(str::to_owned);
        files
            .filter_map(|file| stem(&file.unwrap().path()))
            .collect()
    };
    let tools: BTreeSet<String> = ALL.iter().map(|come| come.tool.to_owned()).collect();
    assert_eq!(names(&docs.join("adopt")), tools);
    assert_eq!(names(&real().join("histories")), tools);
    let overview = fs::read_to_string(docs.join("adopt.md")).unwrap();
    for tool in &tools {
        assert!(overview.contains(&format!("(adopt/{tool}.md)")), "{tool}");
    }
}
