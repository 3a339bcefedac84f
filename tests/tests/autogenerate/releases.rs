//! One app's models, release after release.

use migrate_runtime::{Schema, schema};

pub(crate) mod first {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "orgs")]
    pub(crate) struct Org {
        #[column(primary_key)]
        id: i64,
        name: String,
    }

    #[derive(Table)]
    #[table(name = "users")]
    pub(crate) struct User {
        #[column(primary_key)]
        id: i64,
        mail: String,
        #[column(references = "orgs.id")]
        org_id: i64,
        nickname: Option<String>,
    }
}

/// `mail` is now `email`, and nothing says so.
pub(crate) mod unclear {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "users")]
    pub(crate) struct User {
        #[column(primary_key)]
        id: i64,
        email: String,
        #[column(references = "orgs.id")]
        org_id: i64,
        nickname: Option<String>,
    }
}

/// What `first` became: an enum, a column that takes no NULL, an index; `nickname` is gone.
pub(crate) mod second {
    use migrate_runtime::{DbEnum, Table};

    #[derive(DbEnum)]
    #[db_enum(name = "mood", rename_all = "snake_case")]
    #[allow(dead_code)]
    pub(crate) enum Mood {
        Good,
        Bad,
    }

    #[derive(Table)]
    #[table(name = "users")]
    pub(crate) struct User {
        #[column(primary_key)]
        id: i64,
        #[column(renamed_from = "mail", index)]
        email: String,
        #[column(references = "orgs.id")]
        org_id: i64,
        #[column(default = 0)]
        age: i32,
        mood: Option<Mood>,
    }
}

/// Constraints and indexes over rows that exist, and a new column that refers to them.
pub(crate) mod strict {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "users", check(name = "ck_users_mail", expr = "mail <> ''"))]
    pub(crate) struct User {
        #[column(primary_key)]
        id: i64,
        #[column(index)]
        mail: String,
        #[column(references = "orgs.id")]
        org_id: i64,
        #[column(unique)]
        nickname: String,
        #[column(references = "users.id")]
        boss: Option<i64>,
    }
}

/// Users as in the first release, with an age; notes with a title.
pub(crate) mod branched {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "users")]
    pub(crate) struct User {
        #[column(primary_key)]
        id: i64,
        mail: String,
        #[column(references = "orgs.id")]
        org_id: i64,
        nickname: Option<String>,
        age: Option<i32>,
    }

    #[derive(Table)]
    #[table(name = "notes")]
    pub(crate) struct Note {
        #[column(primary_key)]
        id: i64,
        title: Option<String>,
    }
}

pub(crate) static STRICT: Schema = schema![first::Org, strict::User];
pub(crate) static BRANCHED: Schema = schema![first::Org, branched::User, branched::Note];
/// Without users.
pub(crate) static ORGS: Schema = schema![first::Org];
pub(crate) static FIRST: Schema = schema![first::Org, first::User];
pub(crate) static UNCLEAR: Schema = schema![first::Org, unclear::User];
pub(crate) static SECOND: Schema = schema![first::Org, second::User];
pub(crate) static WRONG: Schema = schema![first::User];
