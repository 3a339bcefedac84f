use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialect = [sqlite], verbose, "billing", heads = "a1");

fn main() {
    assert!(MIGRATIONS.chain().is_ok());
}
