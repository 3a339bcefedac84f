//! The guides, each in a folder of its own.

use migrate_scratch::LocalServer;

use crate::page::Page;
use crate::scratch::Scratch;

/// Follows a guide from top to bottom.
fn follow(name: &str, database: Option<&str>) {
    let page = Page::read(&format!("docs/{name}.md"));
    let mut scratch = Scratch::new();
    if let Some(url) = database {
        scratch.set("DATABASE_URL", url);
    }
    let done = scratch.follow(&page, &page.steps(""));
    assert!(done > 1, "there is nothing to do in {name}");
}
