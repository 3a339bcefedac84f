//! `migration_tests!`: a chain that keeps its promises, with all options; the files beside it hold
//! chains that don't.

mod compat;
mod data;
mod database;
mod files;
mod sealed;
mod support;
mod walk;

use migrate_runtime::{Migrations, embed_migrations};

use crate::releases::SECOND;

pub(crate) static MIGRATIONS: Migrations =
    embed_migrations!("tests/autogenerate/versions", dialects = [sqlite, postgres]);

migrate_schema::migration_tests!(
    MIGRATIONS,
    SECOND,
    removes_rows = ["b1"],
    rows = {
        "orgs": ["INSERT INTO orgs (id, name) VALUES ((SELECT coalesce(max(id), 0) + 1 FROM orgs), 'Ada & Co')"],
        "users" (sqlite): [
            "INSERT INTO users (mail, org_id) VALUES ('a@example.org', 1)",
            "INSERT INTO users (email, org_id) VALUES ('a@example.org', 1)",
        ],
    },
    old_client_compat = {
        "a1": ["SELECT id, name FROM orgs", "INSERT INTO orgs (id, name) VALUES (1, 'x')"],
        "b1" (postgres): ["SELECT email FROM users WHERE id = $1; UPDATE users SET age = 1"],
    },
);
