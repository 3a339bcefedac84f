use migrate_runtime::Table;

#[derive(Table)]
#[table(nmae = "users", strct, index(colums(email)), unique(emial), primary_key(key))]
#[table]
struct User {
    #[column(primry_key, colour = "red")]
    id: i64,
    #[column(unique, unique, default)]
    email: String,
    #[column(skip, index)]
    key: i64,
    #[column(type(sqlite = "TEXT", postgresql = "text"), unique = "uq")]
    kind: String,
}

fn main() {
    assert_eq!(User::TABLE.name, "user");
}
