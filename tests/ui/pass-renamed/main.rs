extern crate renamed as m;

#[derive(m::Migrations)]
#[migrations(path = "versions", dialects = [sqlite], assets, crate = m)]
pub struct Billing;

pub static MIGRATIONS: m::Migrations = m::embed_migrations!("versions", dialects = [sqlite], assets);

fn main() {
    assert!(MIGRATIONS.chain().is_ok() && Billing::migrations().chain().is_ok());
}
