//! Which kinds of objects a database has. Most have few, and what there is none of is not asked for.

use std::collections::BTreeSet;

/// A kind of object that many databases have none of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Collation,
    Composite,
    Domain,
    Enum,
    Function,
    Inheritance,
    Policy,
    /// A grant, a default privilege, or an owner beside another one.
    Privilege,
    Range,
    RowSecurity,
    Rule,
    Sequence,
    Statistics,
    Trigger,
    View,
}

/// True where the database has one, of whatever schema. Below 16384 stands what initdb made.
const CONDITIONS: [(Kind, &str); 15] = [
    (
        Kind::Collation,
        "EXISTS (SELECT FROM pg_catalog.pg_collation WHERE oid >= 16384)",
    ),
    (
        Kind::Composite,
        "EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384 AND relkind = 'c')",
    ),
    (
        Kind::Domain,
        "EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid >= 16384 AND typtype = 'd')",
    ),
    (
        Kind::Enum,
        "EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid >= 16384 AND typtype = 'e')",
    ),
    (
        Kind::Function,
        "EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384)",
    ),
    (
        Kind::Inheritance,
        "EXISTS (SELECT FROM pg_catalog.pg_inherits)",
    ),
    (Kind::Policy, "EXISTS (SELECT FROM pg_catalog.pg_policy)"),
    (
        Kind::Privilege,
        "EXISTS (SELECT FROM pg_catalog.pg_default_acl) \
         OR EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384 AND relacl IS NOT NULL) \
         OR EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid >= 16384 AND attacl IS NOT NULL) \
         OR EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384 AND proacl IS NOT NULL) \
         OR EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid >= 16384 AND typacl IS NOT NULL) \
         OR EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE oid >= 16384 AND nspacl IS NOT NULL) \
         OR EXISTS (SELECT FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_init_privs i \
           ON (i.classoid, i.objoid) = ('pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid) \
           WHERE n.nspname = 'public' AND n.nspacl IS DISTINCT FROM i.initprivs) \
         OR 1 < (SELECT pg_catalog.count(DISTINCT owner) FROM ( \
           SELECT relowner FROM pg_catalog.pg_class WHERE oid >= 16384 \
           UNION ALL SELECT nspowner FROM pg_catalog.pg_namespace WHERE oid >= 16384 \
           UNION ALL SELECT proowner FROM pg_catalog.pg_proc WHERE oid >= 16384 \
           UNION ALL SELECT typowner FROM pg_catalog.pg_type WHERE oid >= 16384) AS owned (owner))",
    ),
    (
        Kind::Range,
        "EXISTS (SELECT FROM pg_catalog.pg_range WHERE rngtypid >= 16384)",
    ),
    (
        Kind::RowSecurity,
        "EXISTS (SELECT FROM pg_catalog.pg_class WHERE relrowsecurity OR relforcerowsecurity)",
    ),
    (
        Kind::Rule,
        "EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN')",
    ),
    (
        Kind::Sequence,
        "EXISTS (SELECT FROM pg_catalog.pg_sequence)",
    ),
    (
        Kind::Statistics,
        "EXISTS (SELECT FROM pg_catalog.pg_statistic_ext)",
    ),
    (
        Kind::Trigger,
        "EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE NOT tgisinternal)",
    ),
    (
        Kind::View,
        "EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384 AND relkind IN ('v', 'm'))",
    ),
];

/// The query whose one row says which kinds there are.
pub(super) fn query() -> String {
    let columns = CONDITIONS.map(|(_, condition)| condition);
    format!("SELECT {}", columns.join(", "))
}

/// The kinds whose column in the row is true.
pub(super) fn found(is_true: impl Fn(usize) -> bool) -> BTreeSet<Kind> {
    let kinds = CONDITIONS.iter().enumerate();
    kinds
        .filter(|(at, _)| is_true(*at))
        .map(|(_, (kind, _))| *kind)
        .collect()
}
