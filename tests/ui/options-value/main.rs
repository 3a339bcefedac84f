use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = sqlite, chain, chain = "", head = a1, head = "head", assets = true, multiple_heads = true, multiple_bases);

fn main() {
    assert!(MIGRATIONS.chain().is_ok());
}
