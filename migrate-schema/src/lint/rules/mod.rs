//! The rules, one file each, with what they find and what they don't as examples that are their tests.

mod attach_partition;
mod backfill_beside_ddl;
mod cascade;
mod change_type;
pub(super) mod change_type_rewrites;
mod char;
mod check_over_rows;
mod check_without_not_valid;
mod create_trigger;
mod delete_without_where;
mod detach_partition_without_concurrently;
mod domain_constraint;
mod domain_with_constraint;
mod drop_column;
mod drop_default;
mod drop_foreign_key;
mod drop_index_without_concurrently;
mod drop_not_null;
mod drop_object;
mod drop_parent;
mod drop_schema;
mod drop_table;
mod duplicate_index;
mod exclude_builds_index;
mod foreign_key_over_rows;
mod foreign_key_type;
mod foreign_key_without_index;
mod foreign_key_without_not_valid;
mod index_without_concurrently;
mod int_key;
mod json;
mod length_limit;
mod lock_table;
mod long_identifier;
mod narrow_view;
mod newer_feature;
mod no_primary_key;
mod primary_key_builds_index;
mod rebuild_loses;
mod references_with_default;
mod refresh_without_concurrently;
mod reindex_without_concurrently;
mod remove_enum_value;
mod rename_column;
mod rename_enum_value;
mod rename_object;
mod rename_rewrites_text;
mod rename_table;
mod required_column;
mod rewrite_table;
mod serial;
mod serial_column;
mod set_not_null;
mod set_not_null_scans;
mod several_foreign_keys;
mod slow_after_lock;
mod stored_column;
mod timestamp_without_zone;
mod truncate;
mod unique_builds_index;
mod unique_over_rows;
mod update_without_where;
mod validate_in_same_transaction;
mod volatile_default;
mod wide_index;

use migrate_chain::Dialect;

use super::Group;
use super::step::{Found, Step};

const ALL: &[Dialect] = &Dialect::ALL;
const POSTGRES: &[Dialect] = &[Dialect::Postgres];
const SQLITE: &[Dialect] = &[Dialect::Sqlite];

/// What a revision is held against.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, which an allowance gives.
    pub id: &'static str,
    /// What its findings are about.
    pub groups: &'static [Group],
    /// The databases on which it holds.
    pub dialects: &'static [Dialect],
    /// What it finds, in a sentence.
    pub what: &'static str,
    /// What other linters call it.
    pub known_as: &'static str,
    pub(crate) check: fn(&Step<'_>, &mut Found<'_>),
    /// What it finds: a script that makes the schema, and the upgrade that is looked at.
    pub bad: &'static [(&'static str, &'static str)],
    /// What it doesn't find.
    pub good: &'static [(&'static str, &'static str)],
}

/// Every rule, in the order of the documentation.
pub fn rules() -> &'static [Rule] {
    RULES
}

static RULES: &[Rule] = &[
    rename_table::RULE,
    rename_column::RULE,
    drop_table::RULE,
    drop_column::RULE,
    rename_enum_value::RULE,
    rename_object::RULE,
    drop_object::RULE,
    narrow_view::RULE,
    required_column::RULE,
    change_type::RULE,
    set_not_null::RULE,
    drop_not_null::RULE,
    drop_default::RULE,
    truncate::RULE,
    delete_without_where::RULE,
    update_without_where::RULE,
    cascade::RULE,
    drop_schema::RULE,
    remove_enum_value::RULE,
    index_without_concurrently::RULE,
    drop_index_without_concurrently::RULE,
    reindex_without_concurrently::RULE,
    refresh_without_concurrently::RULE,
    detach_partition_without_concurrently::RULE,
    attach_partition::RULE,
    rewrite_table::RULE,
    volatile_default::RULE,
    serial_column::RULE,
    stored_column::RULE,
    change_type_rewrites::RULE,
    set_not_null_scans::RULE,
    foreign_key_without_not_valid::RULE,
    check_without_not_valid::RULE,
    unique_builds_index::RULE,
    primary_key_builds_index::RULE,
    exclude_builds_index::RULE,
    validate_in_same_transaction::RULE,
    create_trigger::RULE,
    lock_table::RULE,
    slow_after_lock::RULE,
    backfill_beside_ddl::RULE,
    several_foreign_keys::RULE,
    domain_constraint::RULE,
    unique_over_rows::RULE,
    check_over_rows::RULE,
    foreign_key_over_rows::RULE,
    long_identifier::RULE,
    foreign_key_type::RULE,
    drop_parent::RULE,
    rebuild_loses::RULE,
    rename_rewrites_text::RULE,
    references_with_default::RULE,
    newer_feature::RULE,
    int_key::RULE,
    serial::RULE,
    timestamp_without_zone::RULE,
    json::RULE,
    char::RULE,
    length_limit::RULE,
    domain_with_constraint::RULE,
    no_primary_key::RULE,
    foreign_key_without_index::RULE,
    duplicate_index::RULE,
    drop_foreign_key::RULE,
    wide_index::RULE,
];
