//! The hub's tables in its release 1.0 and in 1.1.

use migrate_runtime::{Schema, schema};

pub(crate) static V1_0: Schema = schema![first::Account, first::Document];
pub(crate) static V1_1: Schema = schema![second::Account, second::Document];

mod first {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "accounts")]
    pub(super) struct Account {
        #[column(primary_key, identity)]
        id: i64,
        name: String,
    }

    #[derive(Table)]
    #[table(name = "documents")]
    pub(super) struct Document {
        #[column(primary_key, identity)]
        id: i64,
        #[column(references = "accounts.id", index)]
        owner_id: i64,
        title: String,
        access: i32,
    }
}

mod second {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "accounts")]
    pub(super) struct Account {
        #[column(primary_key, identity)]
        id: i64,
        name: String,
        email: Option<String>,
    }

    /// `access`, which the policy reads, is a `bigint` now, and `title` is `name`.
    #[derive(Table)]
    #[table(name = "documents")]
    pub(super) struct Document {
        #[column(primary_key, identity)]
        id: i64,
        #[column(references = "accounts.id", index)]
        owner_id: i64,
        #[column(renamed_from = "title")]
        name: String,
        access: i64,
    }
}
