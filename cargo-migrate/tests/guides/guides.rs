//! The guides, each in a folder of its own.

use migrate_scratch::LocalServer;

use crate::page::Page;
use crate::scratch::Scratch;

/// Follows a guide from top to bottom.
fn follow(name: &str, variables: &[(&str, &str)]) {
    let page = Page::read(&format!("docs/{name}.md"));
    let mut scratch = Scratch::new();
    for (name, value) in variables {
        scratch.set(name, value);
    }
    let done = scratch.follow(&page, &page.steps(""));
    assert!(done > 1, "there is nothing to do in {name}");
}

fn on_sqlite(name: &str) {
    follow(name, &[]);
}

#[test]
fn revision_files() {
    on_sqlite("revision-files");
}

#[test]
fn testing() {
    on_sqlite("testing");
}

#[test]
fn deploying() {
    on_sqlite("deploying");
}

#[test]
fn renames() {
    on_sqlite("renames");
}

#[test]
fn pictures() {
    on_sqlite("pictures");
}

#[test]
fn branches() {
    on_sqlite("branches");
}

#[test]
fn databases() {
    on_sqlite("databases");
}

#[test]
fn adopt() {
    on_sqlite("adopt");
}

#[test]
fn privileges() {
    let server = LocalServer::start(&[]).unwrap();
    let url = server.url(LocalServer::USER);
    let user = format!("//{}@", LocalServer::USER);
    let of = |role: &str| url.replace(&user, &format!("//{role}@"));
    follow(
        "privileges",
        &[
            ("DATABASE_URL", &url),
            ("MIGRATOR_URL", &of("migrator")),
            ("APP_URL", &of("app")),
        ],
    );
}
