use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);

#[derive(Migrations)]
#[migrations(path = "billing", chain = "billing", dialects = [sqlite])]
pub struct Billing;

fn main() {
    assert!(MIGRATIONS.chain().is_ok() && Billing::migrations().chain().is_ok());
}
