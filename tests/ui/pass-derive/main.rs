#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, unused_lifetimes)]
#![deny(rust_2018_idioms, non_ascii_idents, trivial_casts, let_underscore_drop)]
#![deny(missing_debug_implementations, missing_copy_implementations, single_use_lifetimes)]
#![forbid(unsafe_code)]
//! Both kinds of code, assets and sub-folders; one file with two chains whose ids are the same.

use migrate_runtime::Migrations;

/// The app's own tables.
#[derive(Debug, Clone, Copy, Migrations)]
#[migrations(path = "versions", chain = "billing", dialects = [sqlite, postgres])]
#[migrations(assets, head = "B.2")]
pub struct Billing;

/// Its twin.
#[derive(Debug, Clone, Copy, Migrations)]
#[migrations(path = "./versions/", crate = ::renamed, dialects = [sqlite])]
pub(crate) struct UserTables;

mod inner {
    #[derive(migrate_runtime::Migrations)]
    #[migrations(path = "versions", dialects = [sqlite])]
    pub(super) struct Inner {
        _field: (),
    }
}

fn main() {
    #[derive(Migrations)]
    #[migrations(path = "versions", dialects = [sqlite])]
    struct Local;

    for migrations in [
        Billing::migrations(),
        UserTables::migrations(),
        inner::Inner::migrations(),
        Local::migrations(),
    ] {
        assert!(migrations.chain().is_ok());
    }
}
