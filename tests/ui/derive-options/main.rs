use migrate_runtime::Migrations;

#[derive(Migrations)]
#[migrations(path = "versions", dialect = [sqlite], chain = billing, crate = "migrate_runtime")]
#[migrations(path = "again", heads)]
pub struct Billing;

fn main() {
    assert!(Billing::migrations().chain().is_ok());
}
