use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite, sqlite], chain = "a", chain = "b", dialects = [postgres], assets, assets);

fn main() {
    assert!(MIGRATIONS.chain().is_ok());
}
