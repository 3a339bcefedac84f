//! What a comparison of columns alone doesn't see: each is one operation here, on both databases.

use migrate_schema::diff::{Answers, diff};
use migrate_schema::hints::Hints;
use migrate_schema::operation::Change;

use crate::change::{Read, schema_of};

on_both!(
    checks,
    defaults,
    primary_keys,
    predicates,
    expressions,
    orders,
    generated_expressions,
    actions,
    what_only_looks_different,
);

/// The operations between two tables, each by the name of its kind.
fn seen<E: Read>(before: &str, after: &str) -> Vec<String> {
    let (base, wanted) = (schema_of::<E>(before), schema_of::<E>(after));
    let changes = diff(&base, &wanted, &Hints::default(), &Answers::new()).unwrap();
    let name = |change: &Change| {
        let text = format!("{:?}", change.operation);
        let mut words = text.split([' ', '(']);
        let (object, verb) = (words.next().unwrap(), words.next().unwrap());
        format!("{verb}{object}")
    };
    changes.operations.iter().map(name).collect()
}

fn checks<E: Read>() {
    let table = |check: &str| format!("CREATE TABLE t (a INTEGER, CONSTRAINT c CHECK ({check}))");
    assert_eq!(
        seen::<E>(&table("a > 0"), &table("a > 1")),
        ["DropConstraint", "AddConstraint"]
    );
    assert_eq!(
        seen::<E>("CREATE TABLE t (a INTEGER)", &table("a > 1")),
        ["AddConstraint"]
    );
    assert_eq!(
        seen::<E>(&table("a > 0"), "CREATE TABLE t (a INTEGER)"),
        ["DropConstraint"]
    );
}

fn defaults<E: Read>() {
    let table = |default: &str| format!("CREATE TABLE t (a TEXT {default})");
    for (from, to) in [
        ("", "DEFAULT 'x'"),
        ("DEFAULT 'x'", "DEFAULT 'X'"),
        ("DEFAULT 'x'", ""),
    ] {
        assert_eq!(
            seen::<E>(&table(from), &table(to)),
            ["ChangeColumn"],
            "{from} {to}"
        );
    }
}

fn primary_keys<E: Read>() {
    let table = |key: &str| format!("CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL{key})");
    let (none, one, two) = (
        table(""),
        table(", PRIMARY KEY (a, b)"),
        table(", PRIMARY KEY (b, a)"),
    );
    assert_eq!(seen::<E>(&none, &one), ["AddConstraint"]);
    assert_eq!(seen::<E>(&one, &two), ["DropConstraint", "AddConstraint"]);
    assert_eq!(seen::<E>(&two, &none), ["DropConstraint"]);
}

fn index<E: Read>(from: &str, to: &str) {
    let table = |index: &str| format!("CREATE TABLE t (a TEXT, b INTEGER); CREATE {index};");
    assert_eq!(
        seen::<E>(&table(from), &table(to)),
        ["DropIndex", "CreateIndex"],
        "{from} {to}"
    );
}

fn predicates<E: Read>() {
    index::<E>("INDEX i ON t (a)", "INDEX i ON t (a) WHERE b > 0");
    index::<E>(
        "INDEX i ON t (a) WHERE b > 0",
        "INDEX i ON t (a) WHERE b > 1",
    );
    index::<E>("INDEX i ON t (a)", "UNIQUE INDEX i ON t (a)");
}

fn expressions<E: Read>() {
    index::<E>("INDEX i ON t (lower(a))", "INDEX i ON t (upper(a))");
    index::<E>("INDEX i ON t (a)", "INDEX i ON t ((b + 1))");
}

fn orders<E: Read>() {
    index::<E>("INDEX i ON t (a)", "INDEX i ON t (a DESC)");
    index::<E>("INDEX i ON t (a, b)", "INDEX i ON t (b, a)");
}

fn generated_expressions<E: Read>() {
    let table = |text: &str| {
        format!("CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS ({text}) STORED)")
    };
    let operations = seen::<E>(&table("a + 1"), &table("a + 2"));
    let expected: &[&str] = match E::DIALECT {
        migrate_chain::Dialect::Sqlite => &["ChangeColumn"],
        _ => &["DropColumn", "ChangeColumn", "AddColumn"],
    };
    assert_eq!(operations, expected);
}

fn actions<E: Read>() {
    let table = |action: &str| {
        format!(
            "CREATE TABLE p (id INTEGER PRIMARY KEY);
             CREATE TABLE t (p_id INTEGER, CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id) {action});"
        )
    };
    assert_eq!(
        seen::<E>(&table(""), &table("ON DELETE CASCADE")),
        ["DropConstraint", "AddConstraint"]
    );
}

fn what_only_looks_different<E: Read>() {
    let one = "CREATE TABLE t (a INTEGER DEFAULT 1, b TEXT, CONSTRAINT c CHECK (a > 0)); CREATE INDEX i ON t (lower(b));";
    let two = "create table t (\n  \"a\" integer default (1),\n b text,\n constraint c check (((A>0))));\ncreate index i on t(LOWER(b) ASC)";
    assert_eq!(seen::<E>(one, two), [""; 0]);
    // The order of columns can't be changed in place, and means nothing to a statement that names them.
    assert_eq!(
        seen::<E>(
            "CREATE TABLE t (a TEXT, b TEXT)",
            "CREATE TABLE t (b TEXT, a TEXT)"
        ),
        [""; 0]
    );
}
