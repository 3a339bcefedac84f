use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("../sections-blank/versions", dialect = [sqlite], multiple_head);

fn main() {
    assert!(MIGRATIONS.chain().is_ok());
}
