use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
struct Tuple(i64);

#[derive(Table)]
struct Unit;

#[derive(Table)]
enum Choice {
    One,
}

#[derive(Table)]
struct Generic<T> {
    id: T,
}

#[derive(Table)]
struct Borrowed<'a> {
    text: &'a str,
}

#[derive(Table)]
struct Skipped {
    #[column(skip)]
    id: i64,
}

static SCHEMA: Schema = schema![Tuple, Unit, Choice, Generic<i64>, Borrowed<'static>, Skipped];

fn main() {
    assert_eq!(SCHEMA.tables.len(), 6);
}
