//! A schema that is read, written and read again is the same.

use migrate_schema::introspect::Ignore;
use migrate_schema::model::Schema;
use migrate_schema::scratch::{Scratch, Server, introspect};
use migrate_tests::Postgres;

use crate::render::render;

fn again(ddl: &str, scratch: &Scratch<'_>) -> Schema {
    let read = introspect(ddl, scratch, &Ignore::default()).unwrap();
    for table in read.tables.values() {
        assert_eq!(table.not_understood, None, "{}", table.name);
    }
    let written = render(&read);
    let again = introspect(&written, scratch, &Ignore::default())
        .unwrap_or_else(|error| panic!("{error:#}\n{written}"));
    for (one, other) in read.tables.values().zip(again.tables.values()) {
        assert_eq!(one, other);
    }
    for (one, other) in read.opaque.iter().zip(&again.opaque) {
        assert_eq!(one, other);
    }
    assert_eq!(read, again);
    read
}

#[test]
fn of_a_shop_on_sqlite() {
    let schema = again(include_str!("ddl/sqlite.sql"), &Scratch::Sqlite);
    assert_eq!((schema.tables.len(), schema.opaque.len()), (7, 4));
}

#[test]
fn of_a_shop_on_postgres() {
    let server = Server::at(&Postgres::shared().url()).unwrap();
    let schema = again(
        include_str!("ddl/postgres.sql"),
        &Scratch::Postgres(&server),
    );
    assert_eq!((schema.tables.len(), schema.enums.len()), (6, 1));
}

#[test]
fn of_a_clinic_on_sqlite() {
    let schema = again(include_str!("ddl/clinic.sqlite.sql"), &Scratch::Sqlite);
    assert_eq!((schema.tables.len(), schema.opaque.len()), (13, 8));
}

#[test]
fn of_a_clinic_on_postgres() {
    let server = Server::at(&Postgres::shared().url()).unwrap();
    let ddl = Postgres::shared().suited(include_str!("ddl/clinic.postgres.sql"));
    let schema = again(&ddl, &Scratch::Postgres(&server));
    assert_eq!((schema.tables.len(), schema.enums.len()), (10, 2));
}
