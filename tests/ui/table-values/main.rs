use migrate_runtime::Table;

#[derive(Table)]
#[table(name = "", comment = 3, crate = "migrate_runtime",
        check(expr = ""), check("age > 0"), index(columns = "id"),
        foreign_key(columns(id), references = "orgs", on_delete = "cascad"))]
struct User {
    #[column(references = "orgs", on_update = "sets null", deferrable = "defered")]
    id: i64,
    #[column(references = "orgs(a, b)", identity = "allways")]
    org_id: i64,
    #[column(name = "a_name_that_is_much_longer_than_the_sixty_three_bytes_of_postgresql")]
    age: i64,
    #[column(nullable = "no", default = [1], name: "x")]
    size: i64,
    #[column = "x"]
    last: i64,
}

fn main() {}
