use migrate_runtime::Migrations;

#[derive(Migrations)]
#[migrations = "versions"]
pub struct Billing;

fn main() {
    assert!(Billing::migrations().chain().is_ok());
}
