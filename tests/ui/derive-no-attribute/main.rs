use migrate_runtime::Migrations;

#[derive(Migrations)]
pub struct Billing;

fn main() {
    assert!(Billing::migrations().chain().is_ok());
}
