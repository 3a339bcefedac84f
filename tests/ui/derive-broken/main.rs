use migrate_runtime::Migrations;

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite])]
pub struct Billing;

fn main() {
    assert!(Billing::migrations().chain().is_ok());
}
