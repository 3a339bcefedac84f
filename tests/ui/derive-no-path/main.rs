use migrate_runtime::Migrations;

#[derive(Migrations)]
#[migrations(dialects = [sqlite])]
pub struct Billing;

fn main() {
    assert!(Billing::migrations().chain().is_ok());
}
