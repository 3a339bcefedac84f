//! Which types are the same, as far as models need to know before a database says it.

/// The type of a STRICT table that keeps what that type keeps, by SQLite's rules of affinity;
/// `None` where there is none.
pub(super) fn strict(kind: &str) -> Option<&'static str> {
    Some(match affinity(kind) {
        "NUMERIC" => return kind.eq_ignore_ascii_case("ANY").then_some("ANY"),
        known => known,
    })
}

/// The affinity of a column of that type.
pub(crate) fn affinity(kind: &str) -> &'static str {
    let kind = kind.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    if has(&["INT"]) {
        "INTEGER"
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        "TEXT"
    } else if kind.trim().is_empty() || has(&["BLOB"]) {
        "BLOB"
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "REAL"
    } else {
        "NUMERIC"
    }
}

/// A type of PostgreSQL under one of its names, as a value of it can be referred to.
pub(super) fn postgres(kind: &str) -> String {
    let kind = kind.trim().to_lowercase();
    let (base, rest) = match kind.split_once('(') {
        Some((base, rest)) => (base.trim(), format!("({rest}")),
        None => (kind.as_str(), String::new()),
    };
    let base = match base {
        "int" | "int4" | "serial" | "serial4" => "integer",
        "int8" | "bigserial" | "serial8" => "bigint",
        "int2" | "smallserial" | "serial2" => "smallint",
        "varchar" => "character varying",
        "char" => "character",
        "bool" => "boolean",
        "decimal" => "numeric",
        "float4" => "real",
        "float8" | "float" => "double precision",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "timetz" => "time with time zone",
        "time" => "time without time zone",
        other => other,
    };
    format!("{base}{rest}")
}

/// Whether a column that has the one type on purpose can refer to a column of the other.
pub(crate) fn postgres_family(kind: &str) -> String {
    let kind = postgres(kind);
    let base = kind.split('(').next().unwrap_or_default().trim();
    match base {
        "smallint" | "integer" | "bigint" | "numeric" => "number".to_owned(),
        "text" | "character varying" | "character" => "text".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_tables_keep_affinity() {
        assert_eq!(strict("smallint"), Some("INTEGER"));
        assert_eq!(strict("varchar(20)"), Some("TEXT"));
        assert_eq!(strict("any"), Some("ANY"));
        assert_eq!(strict("numeric(10, 2)"), None);
    }

    #[test]
    fn a_type_has_one_name() {
        assert_eq!(postgres("BIGSERIAL"), "bigint");
        assert_eq!(postgres("varchar(20)"), "character varying(20)");
        assert_eq!(postgres_family("varchar(20)"), postgres_family("text"));
    }
}
