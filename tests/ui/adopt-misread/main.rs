use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);

fn main() {
    assert!(MIGRATIONS.chain().is_ok());
}
