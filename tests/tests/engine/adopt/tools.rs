//! What each of the tools leaves behind, as `cargo xtask adopt` has had it write it, taken over at a start.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use migrate_runtime::{ErrorKind, Migrations, Options, Outcome, RefusalKind};
use tempfile::TempDir;

use crate::support::Engine;

on_both!(
    what_the_tool_has_applied_is_not_run_again,
    line_endings_of_another_checkout_are_no_edit,
    what_was_undone_there_is_run_here,
    a_history_that_begins_with_a_baseline_is_taken_over,
    a_step_left_half_done_is_refused,
    a_step_that_no_revision_stands_for_is_refused,
    a_step_edited_since_is_refused,
    a_hole_is_refused,
    a_part_of_what_one_revision_stands_for_is_refused,
);

/// Each tool, and the query for what it has recorded, without times and names that differ from run to run.
const TOOLS: &[(&str, &str)] = &[
    (
        "sqlx",
        "SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version",
    ),
    (
        "diesel",
        "SELECT version FROM __diesel_schema_migrations ORDER BY version",
    ),
    (
        "refinery",
        "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version",
    ),
    ("rusqlite_migration", "PRAGMA user_version"),
    (
        "sea-orm",
        "SELECT version FROM seaql_migrations ORDER BY version",
    ),
    (
        "goose",
        "SELECT version_id, is_applied FROM goose_db_version ORDER BY id",
    ),
    (
        "golang-migrate",
        "SELECT version, dirty FROM schema_migrations",
    ),
    (
        "dbmate",
        "SELECT version FROM schema_migrations ORDER BY version",
    ),
    (
        "flyway",
        "SELECT installed_rank, version, description, type, script, checksum, success FROM flyway_schema_history ORDER BY installed_rank",
    ),
    (
        "atlas",
        "SELECT version, description, type, hash FROM atlas_schema_revisions ORDER BY version",
    ),
    (
        "prisma",
        "SELECT migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL, applied_steps_count FROM _prisma_migrations ORDER BY migration_name",
    ),
    ("alembic", "SELECT version_num FROM alembic_version"),
    (
        "django",
        "SELECT app, name FROM django_migrations ORDER BY id",
    ),
];

/// Tools that record the last step only, which stands for all before it.
const UP_TO: &[&str] = &["rusqlite_migration", "golang-migrate", "alembic"];

fn adopt(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("adopt")
        .join(folder)
}

/// What the tool leaves behind in a state that it has a fixture of.
fn fixture<E: Engine>(tool: &str, state: &str) -> Option<String> {
    let name = format!("fixtures/{tool}/{state}.{}.sql", E::DIALECT.name());
    fs::read_to_string(adopt(&name)).ok()
}

/// The tools that can leave such a state on this database; an error in the test if there are none.
fn tools<E: Engine>(state: &str) -> Vec<(&'static str, &'static str, String)> {
    let found: Vec<_> = (TOOLS.iter())
        .filter_map(|(tool, recorded)| Some((*tool, *recorded, fixture::<E>(tool, state)?)))
        .collect();
    assert!(!found.is_empty(), "no fixture of `{state}`");
    found
}

/// A database in use: the app's tables after three migrations, and the tool's own in some state.
fn database<E: Engine>(tool: &str, history: &str) -> E {
    let database = E::new();
    let app = fixture::<E>(tool, "app").unwrap();
    E::execute(&mut database.connect(), &format!("{app}{history}"));
    database
}

/// The chain of four revisions that the tool's migrations have become; `edit` changes the files before they are read.
fn chain<E: Engine>(tool: &str, edit: impl FnOnce(&Path)) -> Migrations {
    let folder = TempDir::new().unwrap();
    for file in fs::read_dir(adopt("versions").join(tool)).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    edit(folder.path());
    let mut options = Options::new("versions");
    options.dialects = vec![E::DIALECT];
    Migrations::load(folder.path(), &options).unwrap_or_else(|error| panic!("{tool}: {error:?}"))
}

/// The revisions' files, in their order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let is_revision = |file: &PathBuf| {
        file.extension().is_some_and(|end| end == "sql") && !file.ends_with("adopt.sql")
    };
    files
        .filter(is_revision)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The keys that a revision's header names.
fn keys(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("-- adopts: "));
    line.unwrap().to_owned()
}

fn ran<E: Engine>(client: &mut E::Client) -> Vec<String> {
    E::column(client, "SELECT step FROM ran ORDER BY step")
}

/// A start that adopts so many steps and runs the others, and one after it that finds nothing to do.
fn takes_over<E: Engine>(tool: &str, database: &E, adopted: usize) {
    let chain = chain::<E>(tool, |_| {});
    let mut client = database.connect();
    let report = chain
        .run(&mut client)
        .unwrap_or_else(|error| panic!("{tool}: {error:?}"));
    let steps: Vec<bool> = (report.steps.iter())
        .map(|done| !done.step.adopts.is_empty())
        .collect();
    let wanted: Vec<bool> = (0..4).map(|at| at < adopted).collect();
    assert_eq!(steps, wanted, "{tool}");
    assert_eq!(ran::<E>(&mut client), ["1", "2", "3", "4"], "{tool}");
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.outcome, Outcome::UpToDate, "{tool}");
}

fn what_the_tool_has_applied_is_not_run_again<E: Engine>() {
    for (tool, recorded, applied) in tools::<E>("applied") {
        let database = database::<E>(tool, &applied);
        takes_over(tool, &database, 3);
        // Of the step that we have run the tool's table tells what it would have written itself.
        let wanted = E::new();
        let mut client = wanted.connect();
        E::execute(&mut client, &fixture::<E>(tool, "ahead").unwrap());
        let recorded = |client: &mut E::Client| E::rows(client, recorded);
        let ours = recorded(&mut database.connect());
        assert_eq!(ours, recorded(&mut client), "{tool}");
    }
}

fn line_endings_of_another_checkout_are_no_edit<E: Engine>() {
    for (tool, _, crlf) in tools::<E>("crlf") {
        takes_over(tool, &database::<E>(tool, &crlf), 3);
    }
}

fn what_was_undone_there_is_run_here<E: Engine>() {
    for (tool, _, undone) in tools::<E>("undone") {
        takes_over(tool, &database::<E>(tool, &undone), 3);
    }
    for (tool, _, retried) in tools::<E>("retried") {
        takes_over(tool, &database::<E>(tool, &retried), 3);
    }
}

fn a_history_that_begins_with_a_baseline_is_taken_over<E: Engine>() {
    for (tool, _, baseline) in tools::<E>("baseline") {
        takes_over(tool, &database::<E>(tool, &baseline), 3);
    }
}

/// A start is refused for a reason, names the keys, and leaves everything as it was.
fn refuses<E: Engine>(
    tool: &str,
    database: &E,
    chain: &Migrations,
    kind: RefusalKind,
    key: Option<&str>,
) {
    let before = database.dump();
    let error = chain.run(&mut database.connect()).expect_err(tool);
    let refusal = error
        .refusal()
        .unwrap_or_else(|| panic!("{tool}: {error:?}"));
    assert_eq!(refusal.kind, kind, "{tool}: {error:?}");
    assert_eq!(refusal.from, tool);
    if let Some(key) = key {
        assert_eq!(refusal.keys, [key], "{tool}: {error:?}");
    }
    let wanted = match kind {
        RefusalKind::HalfDone => ErrorKind::Interrupted,
        _ => ErrorKind::Adoption,
    };
    assert_eq!(error.kind(), wanted);
    assert!(
        format!("{error:?}").contains("help:"),
        "{tool}: no way out is named: {error:?}"
    );
    assert_eq!(database.dump(), before, "{tool}");
}

/// The first key of a revision, by its place in the chain.
fn key(tool: &str, at: usize) -> String {
    let keys = keys(&files(&adopt("versions").join(tool))[at]);
    keys.split([' ', ',']).next().unwrap_or_default().to_owned()
}

fn a_step_left_half_done_is_refused<E: Engine>() {
    for (tool, _, failed) in tools::<E>("failed") {
        let (database, chain) = (database::<E>(tool, &failed), chain::<E>(tool, |_| {}));
        let key = key(tool, 3);
        refuses(tool, &database, &chain, RefusalKind::HalfDone, Some(&key));
        // Each tool has its own word for it, and its own way of being told that it is mended.
        let error = chain.run(&mut database.connect()).unwrap_err();
        let text = format!("{error:#}");
        let wanted: [String; 2] = match tool {
            "golang-migrate" => ["marked as dirty".into(), format!("`migrate force {key}`")],
            "sqlx" => [
                "not that it succeeded".into(),
                format!("SET success = TRUE WHERE version = {key}"),
            ],
            "flyway" => ["as failed".into(), "`flyway repair`".into()],
            "prisma" => [
                "which failed".into(),
                format!("`prisma migrate resolve --rolled-back {key}`"),
            ],
            "atlas" => [
                "a part of the statements".into(),
                "`atlas migrate apply`".into(),
            ],
            tool => panic!("{tool} has no text of its own: {text}"),
        };
        assert!(wanted.iter().all(|part| text.contains(part)), "{text}");
    }
}

fn a_step_that_no_revision_stands_for_is_refused<E: Engine>() {
    for (tool, _, ahead) in tools::<E>("ahead") {
        let database = database::<E>(tool, &ahead);
        let older = chain::<E>(tool, |folder| {
            fs::remove_file(files(folder).pop().unwrap()).unwrap();
        });
        let key = key(tool, 3);
        refuses(tool, &database, &older, RefusalKind::Unknown, Some(&key));
        let without = chain::<E>(tool, |folder| {
            fs::remove_file(files(folder).pop().unwrap()).unwrap();
            let file = folder.join("adopt.sql");
            let text = fs::read_to_string(&file).unwrap();
            let text = text.replacen("\n\n", &format!("\n-- without: {key}\n\n"), 1);
            fs::write(file, text).unwrap();
        });
        // Of a name that means nothing it can't be known what all is that comes before it.
        if UP_TO.contains(&tool) {
            refuses(tool, &database, &without, RefusalKind::Unknown, Some(&key));
            continue;
        }
        let report = without.run(&mut database.connect());
        let report = report.unwrap_or_else(|error| panic!("{tool}: {error:?}"));
        assert_eq!(report.steps.len(), 3, "{tool}");
        assert!(
            report.steps.iter().all(|done| !done.step.adopts.is_empty()),
            "{tool}"
        );
    }
}

fn a_step_edited_since_is_refused<E: Engine>() {
    for (tool, _, edited) in tools::<E>("edited") {
        let (database, chain) = (database::<E>(tool, &edited), chain::<E>(tool, |_| {}));
        let key = key(tool, 1);
        refuses(tool, &database, &chain, RefusalKind::Edited, Some(&key));
    }
}

fn a_hole_is_refused<E: Engine>() {
    for (tool, _, hole) in tools::<E>("hole") {
        let (database, chain) = (database::<E>(tool, &hole), chain::<E>(tool, |_| {}));
        let key = key(tool, 1);
        refuses(
            tool,
            &database,
            &chain,
            RefusalKind::MissingBelow,
            Some(&key),
        );
    }
}

fn a_part_of_what_one_revision_stands_for_is_refused<E: Engine>() {
    for (tool, _, applied) in tools::<E>("applied") {
        let database = database::<E>(tool, &applied);
        let squashed = chain::<E>(tool, |folder| {
            let files = files(folder);
            let all: Vec<String> = files.iter().map(|file| keys(file)).collect();
            for file in &files[1..] {
                fs::remove_file(file).unwrap();
            }
            let text = fs::read_to_string(&files[0]).unwrap();
            let line = |keys: &str| format!("-- adopts: {keys}\n");
            let text = text.replace(&line(&all[0]), &line(&all.join(", ")));
            fs::write(&files[0], text).unwrap();
        });
        let lacking = key(tool, 3);
        refuses(
            tool,
            &database,
            &squashed,
            RefusalKind::Inside,
            Some(&lacking),
        );
        let ahead = fixture::<E>(tool, "ahead").unwrap();
        let whole = self::database::<E>(tool, &ahead);
        let report = squashed.run(&mut whole.connect());
        let report = report.unwrap_or_else(|error| panic!("{tool}: {error:?}"));
        assert_eq!(report.steps.len(), 1, "{tool}");
        assert_eq!(report.steps[0].step.adopts.len(), 4, "{tool}");
    }
}
