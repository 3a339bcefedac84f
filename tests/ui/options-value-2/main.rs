use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [mysql, sqllite, "postgres"], chain = billing, head = "a-1" multiple_heads);

fn main() {
    assert!(MIGRATIONS.chain().is_ok());
}
