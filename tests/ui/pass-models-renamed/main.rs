#![deny(warnings)]

pub extern crate renamed as m;

mod inner {
    pub use m;
}

#[derive(m::Table)]
#[table(crate = inner::m)]
struct User {
    id: i64,
    mood: Mood,
}

#[derive(m::DbEnum)]
#[db_enum(crate = inner::m)]
enum Mood {
    Good,
}

static SCHEMA: m::Schema = m::schema![User];

fn main() {
    assert_eq!(SCHEMA.tables.len(), 1);
}
