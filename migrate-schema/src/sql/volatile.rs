//! Defaults that differ from row to row.

/// The functions of a default that PostgreSQL computes once, whatever the row.
const STABLE: &[&str] = &[
    "now(",
    "current_setting(",
    "transaction_timestamp(",
    "statement_timestamp(",
    "to_timestamp(",
    "timezone(",
    "date_trunc(",
    "jsonb_build_object(",
    "json_build_object(",
    "jsonb_build_array(",
    "json_build_array(",
    "lower(",
    "upper(",
    "concat(",
    "coalesce(",
    "make_interval(",
    "to_char(",
    "date_part(",
    "extract(",
    "array_fill(",
    "md5(",
    "encode(",
    "decode(",
    "row(",
    "current_database(",
    "cast(",
    "localtimestamp(",
    "current_timestamp(",
    "greatest(",
    "least(",
    "nullif(",
];

/// Whether a default calls a function that may give each row another value; what is not known may.
pub(crate) fn is_volatile(default: &str) -> bool {
    let mut rest = default;
    while let Some(at) = rest.find('(') {
        let start = rest[..at]
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |before| {
                before + rest[before..].chars().next().map_or(1, char::len_utf8)
            });
        let call = &rest[start..=at];
        let is_type = TYPES.contains(&call);
        if call.len() > 1 && !is_type && !STABLE.contains(&call) && !default.contains("'") {
            return true;
        }
        if call.len() > 1 && VOLATILE.contains(&call) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// Types with a length, and words that parentheses follow.
const TYPES: &[&str] = &[
    "varchar(",
    "char(",
    "numeric(",
    "decimal(",
    "timestamp(",
    "time(",
    "bit(",
    "varbit(",
    "varying(",
    "character(",
    "interval(",
    "timestamptz(",
    "in(",
    "array(",
];

/// What differs from row to row for certain, in a default that holds a text too.
const VOLATILE: &[&str] = &[
    "random(",
    "gen_random_uuid(",
    "uuid_generate_v4(",
    "uuid_generate_v1(",
    "uuidv7(",
    "uuidv4(",
    "clock_timestamp(",
    "timeofday(",
    "nextval(",
    "gen_random_bytes(",
    "txid_current(",
];
