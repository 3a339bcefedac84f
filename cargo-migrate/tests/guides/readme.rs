//! From an empty folder to a program that migrates itself, with models, and on to the other drivers.

use migrate_scratch::LocalServer;

use crate::page::Page;
use crate::scratch::Scratch;
use crate::workflow;

const FIRST: &str = "From nothing to a program that migrates itself";
const MODELS: &str = "Let models write the revisions";

#[test]
fn the_readme_leads_to_a_migrated_database() {
    let readme = Page::read("README.md");
    let mut scratch = Scratch::with_app();
    scratch.follow(&readme, &readme.steps(FIRST));
    scratch.follow(&readme, &readme.steps(MODELS));

    // The workflow to copy, for this very app.
    let workflow = Page::read("cargo-migrate/github-workflow.yml");
    scratch.set("DATABASE_URL", "sqlite:ci.db");
    assert_eq!(scratch.follow(&workflow, &workflow::runs("migrations")), 6);
    assert_eq!(scratch.follow(&workflow, &workflow::runs("models")), 2);

    let guide = Page::read("docs/embedding.md");
    let server = LocalServer::start(&[]).unwrap();
    scratch.set("DATABASE_URL", &server.url(LocalServer::USER));
    scratch.follow(&guide, &guide.steps("The same app on PostgreSQL"));
    scratch.follow(&guide, &guide.steps("The same app on tokio-postgres"));
}

/// A newcomer's patience is short.
#[test]
fn few_steps_lead_there() {
    let readme = Page::read("README.md");
    let numbers = |section: &str| -> Vec<usize> {
        let (_, text) = readme
            .text
            .split_once(&format!("\n## {section}\n"))
            .unwrap();
        let text = text.split("\n## ").next().unwrap();
        let numbers = text
            .lines()
            .filter_map(|line| line.strip_prefix("**")?.split_once(".**"));
        numbers.map(|(number, _)| number.parse().unwrap()).collect()
    };
    assert_eq!(numbers(FIRST), [1, 2, 3, 4]);
    assert_eq!(numbers(MODELS), [5, 6, 7]);
    // No step is hidden in another: each has one file, or commands.
    for section in [FIRST, MODELS] {
        let (_, text) = readme
            .text
            .split_once(&format!("\n## {section}\n"))
            .unwrap();
        let text = text.split("\n## ").next().unwrap();
        for step in text.split("\n**").skip(1) {
            assert!(step.matches("\n```").count() <= 4, "{step}");
        }
    }
}
