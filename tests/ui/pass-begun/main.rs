use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!();

fn main() {
    assert!(MIGRATIONS.chain().is_ok_and(|chain| chain.dialects.len() == 1));
}
