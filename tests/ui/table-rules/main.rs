use migrate_runtime::{Schema, Table, schema};

#[derive(Table)]
#[table(name = "sqlite_users", renamed_from = "sqlite_users", without_rowid,
        primary_key(id, id), primary_key(id),
        index(expr = "lower(email)"), index(columns()), check(expr = "age > 0"), check(name = "ck"),
        unique(email), unique(columns(mail), name = "uq_b"), unique(columns(kind), name = "uq_b"),
        foreign_key(columns(id, kind), references = "orgs(id)"), foreign_key(id))]
struct User {
    #[column(auto_increment, default = 1)]
    id: Option<i64>,
    #[column(name = "mail", unique, renamed_from = "mail")]
    email: String,
    #[column(name = "MAIL", renamed_from = "kind")]
    other: String,
    #[column(stored, on_delete = "cascade", deferrable)]
    kind: String,
    #[column(generated = "1", stored, virtual, default = 2, primary_key)]
    sum: i64,
    #[column(identity, nullable, renamed_from = "old")]
    number: i64,
    #[column(auto_increment, renamed_from = "old")]
    counter: i64,
}

static SCHEMA: Schema = schema![User];

fn main() {
    assert_eq!(SCHEMA.tables.len(), 1);
}
