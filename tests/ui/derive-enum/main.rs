use migrate_runtime::Migrations;

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite])]
pub enum Billing {
    A,
}

fn main() {
    assert!(Billing::migrations().chain().is_ok());
}
