use migrate_runtime::Table;

struct Money;

#[derive(Table)]
struct Price {
    #[column(primary_key)]
    id: i64,
    amount: Money,
    #[column(type(postgres = "money"))]
    half: Money,
    #[column(type(sqlite = "TEXT", postgres = "money"))]
    both: Money,
}

fn main() {
    assert_eq!(Price::TABLE.columns.len(), 4);
}
