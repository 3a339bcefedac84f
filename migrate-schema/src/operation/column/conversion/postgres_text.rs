//! What PostgreSQL reads a text as: which texts are refused, and which are written otherwise afterwards.

use super::Conversion;
use super::postgres::{beyond_float, list, no, outside, too_large};
use super::postgres_type::Type;
use crate::hazards::HazardKind;

/// A number, as all numeric types read it.
const NUMBER: &str = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?\s*$";
const WHOLE_NUMBER: &str = r"^\s*[-+]?[0-9]+\s*$";
const UUID: &str =
    r"^(\{[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}\}|[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7})$";

/// What a text is read as; `text` has no spaces of padding.
pub(super) fn from_text(text: &str, kind: &str, to: &Type) -> Conversion {
    let base = Conversion::using(format!("{text}::{kind}"));
    let written =
        |guard: &str| format!("CASE WHEN {guard} THEN {text}::{kind}::text <> {text} END");
    let otherwise = "that are written otherwise";
    match to {
        Type::Integer(bits) => {
            let is_number = format!("{text} ~ '{WHOLE_NUMBER}'");
            let fits = format!(
                "CASE WHEN {is_number} THEN NOT {} END",
                outside_parenthesized(&format!("{text}::numeric"), *bits)
            );
            base.fails(
                no(kind),
                format!("{text} IS NOT NULL AND coalesce(NOT ({fits}), true)"),
            )
            .changes(
                format!("{otherwise} as numbers, such as with leading zeros"),
                format!("CASE WHEN {fits} THEN {text}::{kind}::text <> {text} END"),
            )
        }
        Type::Numeric(None) => {
            let is_number = format!("{text} ~ '{NUMBER}'");
            base.fails(no(kind), format!("{text} !~ '{NUMBER}'"))
                .changes(
                    format!("{otherwise} as numbers, such as with leading zeros"),
                    written(&is_number),
                )
        }
        Type::Numeric(Some((all, scale))) => {
            let is_number = format!("{text} ~ '{NUMBER}'");
            let fits = format!(
                "CASE WHEN {is_number} THEN NOT ({}) END",
                too_large(&format!("{text}::numeric"), *all, *scale)
            );
            base.fails(
                no(kind),
                format!("{text} IS NOT NULL AND coalesce(NOT ({fits}), true)"),
            )
            .changes(
                format!("{otherwise} as numbers, or have more digits: they are rounded"),
                written(&fits),
            )
        }
        Type::Float(bits) => {
            let number = format!("{text}::numeric");
            let fits = format!(
                "CASE WHEN {text} ~ '{NUMBER}' THEN NOT {} END",
                beyond_float(&number, *bits)
            );
            base.fails(
                no(kind),
                format!("{text} IS NOT NULL AND coalesce(NOT ({fits}), true)"),
            )
            .changes(
                format!("{otherwise} as numbers, or have more digits"),
                written(&fits),
            )
        }
        Type::Boolean => {
            let words = "'t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1', 'f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'";
            base.fails(
                no(kind),
                format!("lower(trim(both E' \\t\\n\\r\\f\\v' from {text})) NOT IN ({words})"),
            )
            .changes(
                "that are neither 'true' nor 'false'",
                format!("{text} NOT IN ('true', 'false')"),
            )
        }
        Type::Uuid => {
            let is_uuid = format!("{text} ~ '{UUID}'");
            base.fails(no(kind), format!("{text} !~ '{UUID}'"))
                .changes("that are written otherwise as uuid", written(&is_uuid))
        }
        Type::Date => {
            let is_date = calendar_date(text);
            base.fails(
                "that are no date written as 2026-11-20",
                format!("{text} IS NOT NULL AND NOT {is_date}"),
            )
        }
        Type::Enum(labels) => base.fails(no(kind), format!("{text} NOT IN ({})", list(labels))),
        Type::Json => base.doubt(HazardKind::MayFail, no(kind), None),
        Type::Jsonb => base.doubt(HazardKind::MayFail, no(kind), None).changes(
            "that are written otherwise, or have a key twice",
            format!("{text}::jsonb::text <> {text}"),
        ),
        _ => base.doubt(HazardKind::MayFail, no(kind), None).changes(
            format!("that are written otherwise as {kind}"),
            format!("{text}::{kind}::text <> {text}"),
        ),
    }
}

fn outside_parenthesized(number: &str, bits: u32) -> String {
    format!("({})", outside(number, bits))
}

/// Whether a text is a day of the calendar, written as ISO 8601 has it.
fn calendar_date(text: &str) -> String {
    let (year, month, day) = (
        format!("substr({text}, 1, 4)::integer"),
        format!("substr({text}, 6, 2)"),
        format!("substr({text}, 9, 2)"),
    );
    let leap = format!("{year} % 4 = 0 AND ({year} % 100 <> 0 OR {year} % 400 = 0)");
    format!(
        "(CASE WHEN {text} ~ '^[0-9]{{4}}-(0[1-9]|1[0-2])-[0-9]{{2}}$' THEN {year} > 0 AND {day} BETWEEN '01' AND \
         CASE WHEN {month} IN ('04', '06', '09', '11') THEN '30' WHEN {month} <> '02' THEN '31' WHEN {leap} THEN '29' \
         ELSE '28' END ELSE false END)"
    )
}
