use migrate_runtime::Migrations;

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite])]
pub struct Billing<T>(T);

fn main() {
    assert!(Billing::<u8>::migrations().chain().is_ok());
}
