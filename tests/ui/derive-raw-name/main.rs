use migrate_runtime::Migrations;

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite], crate = migrate_runtime)]
#[allow(non_camel_case_types)]
pub struct r#type;

fn main() {
    assert!(r#type::migrations().chain().is_ok());
}
