//! The hub's tables before and after, and the other database's.

use migrate_runtime::{Schema, schema};

pub(crate) static FIRST: Schema = schema![first::Account, first::Collection];
pub(crate) static SECOND: Schema = schema![second::Account, second::Collection, second::Run];
pub(crate) static CATALOG: Schema = schema![catalog::Term];

mod first {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "accounts")]
    pub(super) struct Account {
        #[column(primary_key, identity)]
        id: i64,
        #[column(unique)]
        handle: String,
    }

    #[derive(Table)]
    #[table(
        name = "collections",
        check(name = "ck_collections_title", expr = "title <> 'none'")
    )]
    pub(super) struct Collection {
        #[column(primary_key, identity)]
        id: i64,
        #[column(references = "accounts.id", index)]
        account_id: i64,
        title: Option<String>,
    }
}

mod second {
    use migrate_runtime::Table;

    /// `handle` is now `name`; `email` is new.
    #[derive(Table)]
    #[table(
        name = "accounts",
        check(name = "ck_accounts_name", expr = "name <> ''")
    )]
    pub(super) struct Account {
        #[column(primary_key, identity)]
        id: i64,
        #[column(unique, renamed_from = "handle")]
        name: String,
        email: Option<String>,
    }

    /// Any title will do.
    #[derive(Table)]
    #[table(name = "collections")]
    pub(super) struct Collection {
        #[column(primary_key, identity)]
        id: i64,
        #[column(references = "accounts.id", index)]
        account_id: i64,
        title: Option<String>,
    }

    #[derive(Table)]
    #[table(name = "runs")]
    pub(super) struct Run {
        #[column(primary_key, identity)]
        id: i64,
        #[column(references = "accounts.id", index)]
        created_by: i64,
        #[column(references = "collections.id", on_delete = "set null", index)]
        collection_id: Option<i64>,
    }
}

mod catalog {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "terms")]
    pub(super) struct Term {
        #[column(primary_key, identity)]
        id: i64,
        #[column(unique)]
        name: String,
    }
}
