//! For each line on stdin, makes a PostgreSQL database and prints its URL; all are gone when stdin ends. For `cargo xtask`.

use std::io;

use migrate_tests::Postgres;

fn main() -> io::Result<()> {
    let mut databases = Vec::new();
    for line in io::stdin().lines() {
        line?;
        let database = Postgres::shared().database();
        println!("{}", database.url());
        databases.push(database);
    }
    Ok(())
}
