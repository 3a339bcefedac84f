//! Conversions of SQLite, where a column's type only says what it would rather have.

use super::Conversion;
use crate::ddl::affinity;
use crate::hazards::HazardKind;

/// The condition that finds the values which a STRICT table refuses in column `x`; none if it takes all.
pub(super) fn refused_by_strict(x: &str, kind: &str) -> Option<String> {
    let (is_text, is_blob) = (
        format!("typeof({x}) = 'text'"),
        format!("typeof({x}) = 'blob'"),
    );
    match affinity(kind) {
        _ if kind.eq_ignore_ascii_case("any") => None,
        "INTEGER" => Some(format!(
            "{is_blob} OR {is_text} AND NOT CAST({x} AS INTEGER) = {x} OR typeof({x}) = 'real' AND CAST({x} AS INTEGER) <> {x}"
        )),
        "REAL" => Some(format!(
            "{is_blob} OR {is_text} AND NOT CAST({x} AS NUMERIC) = {x}"
        )),
        "TEXT" => Some(is_blob),
        _ => Some(format!("typeof({x}) NOT IN ('blob', 'null')")),
    }
}

/// How column `x` of one type becomes one of another. A value that doesn't fit stays as it is, unless the table is STRICT.
pub(super) fn conversion(x: &str, from: &str, to: &str, is_strict: bool) -> Conversion {
    let (old, new) = (affinity(from), affinity(to));
    let takes_all = to.eq_ignore_ascii_case("any");
    // An INTEGER keeps what a NUMERIC does.
    let is_alike = |affinity: &str| matches!(affinity, "INTEGER" | "NUMERIC");
    let is_same = old == new || is_alike(old) && is_alike(new);
    if takes_all || (is_same && !is_strict) {
        return Conversion::wider();
    }
    let misfit = if is_strict {
        HazardKind::MayFail
    } else {
        HazardKind::Keeps
    };
    let is_text = format!("typeof({x}) = 'text'");
    let is_blob = format!("typeof({x}) = 'blob'");
    let number = match new {
        "INTEGER" if is_strict => format!("CAST({x} AS INTEGER)"),
        _ => format!("CAST({x} AS NUMERIC)"),
    };
    let written = match new {
        "REAL" => format!("CAST({x} AS REAL)"),
        _ => number.clone(),
    };
    let no = format!("that are no {to}");
    match new {
        "TEXT" => Conversion::using(format!("CAST({x} AS TEXT)"))
            .changes(
                "that have more digits than their text",
                format!("typeof({x}) = 'real' AND CAST(CAST({x} AS TEXT) AS REAL) <> {x}"),
            )
            .changes("that are BLOBs: their bytes are read as text", is_blob),
        "BLOB" if to.eq_ignore_ascii_case("blob") => {
            Conversion::using(format!("CAST({x} AS BLOB)")).changes(
                "that are no BLOB: they become BLOBs of their text",
                match old {
                    "TEXT" => format!("typeof({x}) IN ('integer', 'real')"),
                    _ => format!("typeof({x}) NOT IN ('blob', 'null')"),
                },
            )
        }
        "BLOB" => Conversion::wider(),
        _ if old == new && is_strict => Conversion {
            is_wider: true,
            ..Conversion::default()
        },
        // A number that is written otherwise as a text becomes the number.
        _ => {
            let conversion = Conversion::default()
                .doubt(
                    misfit,
                    &no,
                    Some(match new {
                        "INTEGER" => format!(
                            "{is_blob} OR {is_text} AND NOT {number} = {x} OR typeof({x}) = 'real' AND CAST({x} AS INTEGER) <> {x}"
                        ),
                        _ => format!("{is_blob} OR {is_text} AND NOT {number} = {x}"),
                    }),
                )
                .changes(
                    "that are written otherwise as numbers, such as with leading zeros",
                    format!("{is_text} AND {number} = {x} AND CAST({written} AS TEXT) <> {x}"),
                );
            match new {
                "REAL" => conversion.changes(
                    "that are too large for a floating-point number to hold to the last digit",
                    format!(
                        "typeof({x}) = 'integer' AND (CAST(CAST({x} AS REAL) AS INTEGER) <> {x} OR CAST({x} AS REAL) >= 9223372036854775807.0)"
                    ),
                ),
                _ => conversion,
            }
        }
    }
}
