use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!();
pub static OTHERS: Migrations = embed_migrations!(chain = "billing", multiple_heads);

fn main() {
    assert!(MIGRATIONS.chain().is_ok() && OTHERS.chain().is_ok());
}
