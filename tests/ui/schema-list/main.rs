use migrate_runtime::{Schema, Table, schema};

struct Plain;

#[derive(Table)]
struct Model {
    id: i64,
}

static PLAIN: Schema = schema![Plain, Model];
static OPTION: Schema = schema![Model; unmanagd = ["a"]];

fn main() {
    assert_eq!(PLAIN.tables.len() + OPTION.tables.len(), 2);
}
