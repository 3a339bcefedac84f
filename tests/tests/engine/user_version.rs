//! SQLite's fast path: the head's mark in `PRAGMA user_version`.

use migrate_runtime::{ErrorKind, Migrations, Migrator, Outcome, Report, Result};

use crate::support::{Sqlite, Versions, shop};

fn marked(client: &rusqlite::Connection) -> i64 {
    client
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

fn fast(migrations: &Migrations, client: &mut rusqlite::Connection) -> Result<Report> {
    Migrator::new(migrations).user_version(true).run(client)
}

/// The shop and one more.
fn newer() -> Versions {
    shop().sql(
        "e1",
        "d1",
        "CREATE TABLE shelf (id INTEGER)",
        "DROP TABLE shelf",
    )
}

#[test]
fn an_apps_own_number_stays() {
    let (database, shop) = (Sqlite::new(), shop().load::<Sqlite>());
    let mut client = database.connect();
    shop.run(&mut client).unwrap();
    assert_eq!(marked(&client), 0);
    client.execute_batch("PRAGMA user_version = 7").unwrap();
    shop.downgrade(&mut client, "base").unwrap();
    shop.run(&mut client).unwrap();
    assert_eq!(marked(&client), 7);
}

/// Another tool keeps its own version there, and refuses a database whose number it doesn't know.
#[test]
fn a_number_that_is_not_ours_stays_with_the_option_on_too() {
    let (database, shop, newer) = (
        Sqlite::new(),
        shop().load::<Sqlite>(),
        newer().load::<Sqlite>(),
    );
    let mut client = database.connect();
    client.execute_batch("PRAGMA user_version = 7").unwrap();
    assert_eq!(fast(&shop, &mut client).unwrap().outcome, Outcome::Applied);
    assert_eq!(marked(&client), 7);
    assert_eq!(fast(&shop, &mut client).unwrap().outcome, Outcome::UpToDate);
    assert_eq!(fast(&newer, &mut client).unwrap().outcome, Outcome::Applied);
    let mut migrator = Migrator::new(&newer).user_version(true);
    migrator.downgrade(&mut client, "base").unwrap();
    assert_eq!(marked(&client), 7);
    // Once the other tool is gone, the next change writes ours.
    client.execute_batch("PRAGMA user_version = 0").unwrap();
    fast(&newer, &mut client).unwrap();
    assert!(marked(&client) > 7);
}

#[test]
fn a_start_that_finds_the_mark_reads_nothing_else() {
    let (database, shop) = (Sqlite::new(), shop().load::<Sqlite>());
    let mut client = database.connect();
    assert_eq!(fast(&shop, &mut client).unwrap().outcome, Outcome::Applied);
    assert!(marked(&client) > 0);
    let usual = shop.run(&mut client).unwrap();
    client
        .execute_batch("ALTER TABLE migrate_revision RENAME TO hidden")
        .unwrap();
    let report = fast(&shop, &mut client).unwrap();
    assert_eq!(report.outcome, Outcome::UpToDate);
    assert_eq!((report.from, report.to), (usual.from, usual.to));

    let error = client
        .execute_batch("BEGIN")
        .map(|()| fast(&shop, &mut client).unwrap_err())
        .unwrap();
    assert_eq!(error.kind(), migrate_runtime::ErrorKind::InTransaction);
}

#[test]
fn every_change_moves_the_mark_with_the_option_off_too() {
    let database = Sqlite::new();
    let (shop, newer) = (shop().load::<Sqlite>(), newer().load::<Sqlite>());
    let mut client = database.connect();
    fast(&shop, &mut client).unwrap();
    let old = marked(&client);

    newer.run(&mut client).unwrap();
    let new = marked(&client);
    assert!(new > 0 && new != old);
    assert_eq!(
        fast(&newer, &mut client).unwrap().outcome,
        Outcome::UpToDate
    );
    // The older program isn't fooled.
    assert_eq!(fast(&shop, &mut client).unwrap().outcome, Outcome::Ahead);

    newer.downgrade(&mut client, "-1").unwrap();
    assert_eq!(marked(&client), old);
    newer.stamp(&mut client, &["e1"]).unwrap();
    assert_eq!(marked(&client), new);
    newer.stamp_purge(&mut client, &["base"]).unwrap();
    assert_eq!(marked(&client), 0);
}

#[test]
fn a_step_under_way_has_no_mark() {
    let database = Sqlite::new();
    let broken = |statement: &str| {
        let sections =
            format!("-- upgrade (no transaction)\nVACUUM;\n{statement};\n\n-- downgrade: nothing");
        shop().with("e1", "d1", "", &sections).load::<Sqlite>()
    };
    let mut client = database.connect();
    fast(&shop().load::<Sqlite>(), &mut client).unwrap();
    let old = marked(&client);
    assert!(old > 0);
    broken("SELECT nothing FROM nowhere")
        .run(&mut client)
        .unwrap_err();
    assert_eq!(marked(&client), 0);
    // The release from before it doesn't take that for up to date.
    let error = fast(&shop().load::<Sqlite>(), &mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
}

#[test]
fn a_rolled_back_step_leaves_it() {
    let database = Sqlite::new();
    let mut client = database.connect();
    fast(&shop().load::<Sqlite>(), &mut client).unwrap();
    let old = marked(&client);
    let broken = shop().sql("e1", "d1", "SELECT nothing FROM nowhere", "");
    fast(&broken.load::<Sqlite>(), &mut client).unwrap_err();
    assert_eq!(marked(&client), old);
}
