use migrate_runtime::{DbEnum, Table};

#[derive(DbEnum)]
#[db_enum(nam = "mood", rename_all = "snakecase", renamed_from = "mood")]
enum Mood {
    Good,
    #[db_enum(name = "Good", renamed = "x")]
    Fine,
    Bad(i64),
    #[db_enum(renamed_from = "Worst")]
    Worse,
    Worst,
}

#[derive(DbEnum)]
struct NoEnum;

#[derive(DbEnum)]
enum Empty {}

#[derive(DbEnum)]
enum Generic<T> {
    One,
    Two(T),
}

#[derive(Table)]
struct Day {
    mood: Mood,
    empty: Option<Empty>,
}

fn main() {
    assert_eq!(Mood::Good.value(), "");
    assert_eq!(Day::TABLE.columns.len(), 2);
}
