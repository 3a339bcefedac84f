//! Up and down.

use expect_test::expect;
use migrate_runtime::Dialect;

use super::support::Written;

fn base() -> Written {
    Written::new(&[Dialect::Sqlite])
}

#[test]
fn a_downgrade_that_forgets_a_table_fails_on_the_way_up() {
    let chain = base().reversible(
        "a1",
        "CREATE TABLE t (a int); CREATE TABLE u (b int)",
        "DROP TABLE t",
    );
    expect![[r#"
        versions/a1.sql: revision a1 on sqlite
        the chain can't be applied
        versions/a1.sql:7:25: the upgrade of `a1` failed
        table u already exists
          --> versions/a1.sql:7:25
           |
         7 | CREATE TABLE t (a int); CREATE TABLE u (b int);
           |                         ^^^^^^^^^^^^^^^^^^^^^^^
          = note: its transaction was rolled back: the database is as it was before it"#]]
    .assert_eq(&chain.failure(|suite| suite.stairway()));
}

#[test]
fn what_a_downgrade_leaves_is_named() {
    let chain = base().reversible(
        "a1",
        "CREATE TABLE t (a int); CREATE TABLE IF NOT EXISTS u (b int)",
        "DROP TABLE t",
    );
    chain.run(|suite| suite.stairway()).unwrap();
    expect![[r#"
        versions/a1.sql: revision a1 on sqlite
        the downgrade leaves something else than what was there: create table u"#]]
    .assert_eq(&chain.failure(|suite| suite.downgrade_leaves_no_trace()));
}

#[test]
fn a_step_that_fails_is_named() {
    let chain = base()
        .revision("a1", "CREATE TABLE t (a int)")
        .revision("b1", "ALTER TABLE t ADD COLUMN a int");
    expect![[r#"
        versions/b1.sql: revision b1 on sqlite
        the chain can't be applied
        versions/b1.sql:7:1: the upgrade of `b1` failed
        duplicate column name: a
          --> versions/b1.sql:7:1
           |
         7 | ALTER TABLE t ADD COLUMN a int;
           | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = note: its transaction was rolled back: the database is as it was before it"#]]
    .assert_eq(&chain.failure(|suite| suite.upgrade_from_base()));
}
