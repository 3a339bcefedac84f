//! Conversions of PostgreSQL. An explicit cast cuts and rounds where an assignment refuses, so USING stands only where
//! there is no assignment, or where it would depend on a setting of the server.

use std::collections::BTreeMap;

use crate::sql::qualified::of_type;

use super::Conversion;
use super::postgres_text::from_text;
use super::postgres_type::Type;
use crate::hazards::HazardKind;
use crate::model::Enum;
use crate::sql::literal;

/// The enum types before and after.
type Enums<'e> = (&'e BTreeMap<String, Enum>, &'e BTreeMap<String, Enum>);

/// How column `x` of one type becomes one of another.
pub(super) fn conversion(x: &str, from_kind: &str, to_kind: &str, enums: Enums<'_>) -> Conversion {
    use Type::*;
    let (from, to) = (Type::of(from_kind, enums.0), Type::of(to_kind, enums.1));
    let plain = Conversion::default;
    let explicit = || Conversion::using(format!("{x}::{to_kind}"));
    match (&from, &to) {
        (Integer(small), Integer(large)) if small <= large => Conversion::wider(),
        (Integer(_), Integer(bits)) => plain().fails("that are too large", outside(x, *bits)),
        (Integer(_), Numeric(None)) => Conversion::wider(),
        (Integer(bits), Numeric(Some((all, scale)))) => {
            let longest = if *bits == 16 { 5 } else if *bits == 32 { 10 } else { 19 };
            if all - scale >= longest {
                Conversion::wider()
            } else {
                plain().fails("that are too large", too_large(x, *all, *scale))
            }
        }
        (Integer(bits), Float(of)) => match (bits, of) {
            (16, _) | (32, 64) => Conversion::wider(),
            _ => plain().changes(
                "that a floating-point number can't hold to the last digit",
                format!(
                    "CASE WHEN abs({x}::{to_kind}) >= 9223372036854775808 THEN true ELSE {x}::{to_kind}::bigint <> {x} END"
                ),
            ),
        },
        (Integer(_), Boolean) => Conversion::using(format!("{x} <> 0"))
            .changes("that are neither 0 nor 1: they become true", format!("{x} NOT IN (0, 1)")),
        (Boolean, Integer(32)) => explicit(),
        (Boolean, Integer(_)) => Conversion::using(format!("{x}::integer::{to_kind}")),
        (Numeric(_), Integer(bits)) => plain()
            .fails("that are too large", format!("{x} = 'NaN' OR {}", outside(&format!("round({x})"), *bits)))
            .changes("that have digits behind the point: they are rounded", format!("{x} <> round({x})")),
        (Numeric(_), Numeric(None)) => Conversion::wider(),
        (Numeric(old), Numeric(Some(new))) => numeric(plain(), x, x, *old, *new),
        // So many digits are read back as they were.
        (Numeric(Some((all, _))), Float(bits)) if *all <= if *bits == 32 { 6 } else { 15 } => Conversion::wider(),
        (Numeric(_), Float(bits)) => {
            let number = format!("{x}::text NOT IN ('NaN', 'Infinity', '-Infinity')");
            let outside = beyond_float(x, *bits);
            plain()
                .fails("that are too large or too small", format!("{number} AND {outside}"))
                .changes(
                    "that a floating-point number can't hold to the last digit",
                    format!("CASE WHEN {number} AND NOT {outside} THEN {x}::{to_kind}::text::numeric <> {x} END"),
                )
        }
        (Float(_), Integer(bits)) => {
            let round = format!("round({x}::double precision)");
            plain()
                .fails("that are too large", outside_of_float(&round, *bits))
                .changes(
                    "that have digits behind the point: they are rounded",
                    format!("{x} <> {round}"),
                )
        }
        // An assignment would round to 15 digits.
        (Float(_), Numeric(None)) => Conversion::using(format!("{x}::text::numeric")),
        (Float(_), Numeric(Some(new))) => {
            let endless = format!("{x}::text IN ('Infinity', '-Infinity')");
            let exact = format!("CASE WHEN NOT {endless} THEN {x}::text::numeric END");
            let using = Conversion::using(format!("{x}::text::numeric"));
            numeric(using, x, &exact, None, *new).fails("that are infinite", endless)
        }
        (Float(32), Float(_)) => Conversion::wider(),
        (Float(_), Float(32)) => {
            let outside = format!("{x}::text NOT IN ('NaN', 'Infinity', '-Infinity') AND {}", beyond_float(x, 32));
            plain()
                .changes(
                    "that the smaller type can't hold to the last digit",
                    format!("CASE WHEN NOT ({outside}) THEN {x}::real::double precision <> {x} END"),
                )
                .fails("that are too large or too small", outside)
        }
        (Float(_), Float(_)) => Conversion::wider(),
        (Numeric(_) | Integer(_), Money) => {
            // 64 bits of hundredths, to which a number is rounded first.
            let outside = format!("({x} = 'NaN' OR abs(round({x}, 2)) > 92233720368547758.07)");
            let outside = if matches!(from, Integer(_)) {
                format!("(abs({x}::numeric) > 92233720368547758)")
            } else {
                outside
            };
            plain().fails("that are too large", outside.clone()).changes(
                "that have more digits than money: they are rounded",
                format!("CASE WHEN NOT {outside} THEN {x}::money::numeric <> {x} END"),
            )
        }

        // Names of the server's own objects, and their numbers.
        (Other, Text(length)) if from_kind == "name" && length.is_none_or(|length| length >= 63) => Conversion::wider(),
        (Text(Some(length)), Other) if to_kind == "name" && length * 4 <= 63 => Conversion::wider(),
        (Other, Integer(64)) if from_kind == "oid" => Conversion::wider(),
        // Fewer fields, all of which the other has.
        (Other, Interval(_)) if from_kind.starts_with("interval ") => Conversion::wider(),

        (Text(old), Text(new)) => texts(x, &from, *old, *new),
        (Character(_), Text(new)) => long(&from, &format!("{x}::text"), *new),
        (Text(_) | Character(_), Character(length)) => character(x, &from, *length),
        (Text(_) | Character(_), _) => from_text(&text_of(x, &from), to_kind, &to),
        (Enum(_), Text(new)) => long(&from, &format!("{x}::text"), *new),
        // Everything has a text, and an assignment to it.
        (_, Text(new)) => long(&from, &format!("{x}::text"), *new),
        // A domain or JSON may end in spaces, too.
        (_, Character(length)) => character(&format!("{x}::text"), &from, *length),

        (Timestamp { digits: old, zone: a }, Timestamp { digits: new, zone: b }) => {
            timestamps(x, to_kind, (*old, *a), (*new, *b))
        }
        (Timestamp { zone: false, .. }, Date) => {
            plain().changes("that have a time of day, which is lost", format!("{x} <> date_trunc('day', {x})"))
        }
        (Timestamp { zone: true, .. }, Date) => {
            let utc = format!("{x} AT TIME ZONE 'UTC'");
            Conversion::using(format!("({utc})::date"))
                .changes("that have a time of day in UTC, which is lost", format!("{utc} <> date_trunc('day', {utc})"))
        }
        (Timestamp { zone, .. }, Time { zone: false, .. }) => {
            let using = if *zone {
                Conversion::using(format!("({x} AT TIME ZONE 'UTC')::{to_kind}"))
            } else {
                plain()
            };
            using.changes("whose date is lost", format!("{x} IS NOT NULL"))
        }
        (Date, Timestamp { zone: false, .. }) => {
            plain().fails("that are too far away", format!("{x} > '294276-12-31' AND isfinite({x})"))
        }
        (Date, Timestamp { zone: true, .. }) => {
            Conversion::using(format!("{x}::timestamp AT TIME ZONE 'UTC'"))
                .changes("which are taken as midnight in UTC: write another zone if they mean one", format!("{x} IS NOT NULL"))
                .fails("that are too far away", format!("{x} > '294276-12-31' AND isfinite({x})"))
        }
        (Time { digits: old, zone: a }, Time { digits: new, zone: b }) => times(x, to_kind, (*old, *a), (*new, *b)),
        (Time { zone: false, .. }, Interval(6)) => plain(),
        (Time { zone: false, .. }, Interval(_)) => plain().changes(
            "that have more digits: they are rounded",
            format!("{x}::{to_kind} <> {x}::interval"),
        ),
        (Interval(old), Interval(new)) => {
            if new < old {
                plain().changes("that have more digits: they are rounded", format!("{x}::{to_kind} <> {x}"))
            } else {
                Conversion::wider()
            }
        }

        (Json, Jsonb) => plain()
            .changes("that have a key twice: only the last of them stays", keys_twice(x))
            .fails("that have a character \\u0000", format!("{x}::text ~ '(^|[^\\\\])(\\\\\\\\)*\\\\u0000'")),
        (Jsonb, Json) => plain(),
        (Bits(_, _), Bits(None, true)) => plain(),
        (Bits(old, _), Bits(Some(new), true)) => {
            if old.is_some_and(|old| old <= *new) {
                Conversion::wider()
            } else {
                plain().fails("that are too long", format!("length({x}) > {new}"))
            }
        }
        (Bits(_, _), Bits(Some(new), false)) => {
            plain().fails("that have another length", format!("length({x}) <> {new}"))
        }
        (Money, Numeric(None)) => plain(),
        (Money, Numeric(Some(new))) => numeric(plain(), x, &format!("{x}::numeric"), None, *new),
        // An enum type is cast to nothing but text.
        (Enum(_), Enum(labels)) => Conversion::using(format!("{x}::text::{to_kind}"))
            .fails(no(to_kind), format!("{x}::text NOT IN ({})", list(labels))),
        (Enum(_), _) => Conversion::using(format!("{x}::text::{to_kind}"))
            .doubt(HazardKind::MayFail, no(to_kind), None),
        (Array(from), Array(to)) => arrays(x, (from_kind, from), (to_kind, to), enums),
        _ if of_type(from_kind) == of_type(to_kind) => plain(),
        _ => explicit()
            .doubt(HazardKind::MayFail, no(to_kind), None)
            .changes(
                format!("that are not the same as {to_kind}"),
                format!("{x}::{to_kind}::{from_kind} IS DISTINCT FROM {x}"),
            ),
    }
}

pub(super) fn no(kind: &str) -> String {
    format!("that are no {kind}")
}

pub(super) fn list(labels: &[String]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    labels.join(", ")
}

fn range(bits: u32) -> (&'static str, &'static str) {
    match bits {
        16 => ("-32768", "32767"),
        32 => ("-2147483648", "2147483647"),
        _ => ("-9223372036854775808", "9223372036854775807"),
    }
}

pub(super) fn outside(number: &str, bits: u32) -> String {
    let (least, most) = range(bits);
    format!("{number} NOT BETWEEN {least} AND {most}")
}

/// A floating-point number can't hold the largest bigint: the next above it is refused.
fn outside_of_float(number: &str, bits: u32) -> String {
    match bits {
        64 => format!("NOT ({number} >= -9223372036854775808 AND {number} < 9223372036854775808)"),
        bits => {
            let (least, most) = range(bits);
            format!("NOT ({number} BETWEEN {least} AND {most})")
        }
    }
}

pub(super) fn beyond_float(number: &str, bits: u32) -> String {
    let (least, most) = match bits {
        32 => ("0.7e-45", "3.4028235677973366e38"),
        _ => ("2.5e-324", "1.7976931348623158e308"),
    };
    format!("({number} <> 0 AND abs({number}) NOT BETWEEN {least} AND {most})")
}

pub(super) fn too_large(number: &str, all: i64, scale: i64) -> String {
    format!("abs(round({number}, {scale})) >= 1e{}", all - scale)
}

/// What a number of so many digits refuses and rounds.
fn numeric(
    conversion: Conversion,
    x: &str,
    number: &str,
    old: Option<(i64, i64)>,
    (all, scale): (i64, i64),
) -> Conversion {
    let keeps_whole = old.is_some_and(|(old, old_scale)| all - scale >= old - old_scale);
    let keeps_scale = old.is_some_and(|(_, old_scale)| scale >= old_scale);
    if keeps_whole && keeps_scale {
        return Conversion::wider();
    }
    let conversion = if keeps_scale {
        conversion
    } else {
        let digits = match scale {
            0 => "that have digits behind the point: they are rounded".to_owned(),
            1 => "that have more than 1 digit behind the point: they are rounded".to_owned(),
            scale => {
                format!("that have more than {scale} digits behind the point: they are rounded")
            }
        };
        conversion.changes(digits, format!("{number} <> round({number}, {scale})"))
    };
    // Rounding may need a digit more.
    if keeps_whole && keeps_scale {
        conversion
    } else {
        conversion.fails(
            "that are too large",
            format!("{x} <> 'NaN' AND {}", too_large(number, all, scale)),
        )
    }
}

fn text_of(x: &str, from: &Type) -> String {
    match from {
        Type::Character(_) => format!("{x}::text"),
        _ => x.to_owned(),
    }
}

fn texts(x: &str, from: &Type, old: Option<i64>, new: Option<i64>) -> Conversion {
    match (old, new) {
        (_, None) => Conversion::wider(),
        (Some(old), Some(new)) if old <= new => Conversion::wider(),
        (_, Some(new)) => long(from, x, Some(new)),
    }
}

/// What a longest length refuses; spaces at the end are cut off without a word, as the standard has it.
fn long(from: &Type, text: &str, length: Option<i64>) -> Conversion {
    let conversion = Conversion::default();
    let Some(length) = length.filter(|length| !from.fits(*length)) else {
        return conversion;
    };
    let rest = format!("rtrim(substr({text}, {}), ' ')", length + 1);
    conversion
        .fails(
            format!("that are longer than {length}"),
            format!("{rest} <> ''"),
        )
        .changes(
            format!("that have spaces behind the first {length} characters, which are cut off"),
            format!("length({text}) > {length} AND {rest} = ''"),
        )
}

fn character(x: &str, from: &Type, length: i64) -> Conversion {
    let conversion = match from {
        Type::Character(old) if *old <= length => return Conversion::wider(),
        Type::Character(_) => Conversion::default().fails(
            format!("that are longer than {length}"),
            format!("length({x}::text) > {length}"),
        ),
        _ if from.fits(length) => Conversion::default(),
        _ => Conversion::default().fails(
            format!("that are longer than {length}"),
            format!("rtrim(substr({x}, {}), ' ') <> ''", length + 1),
        ),
    };
    if from.may_end_in_spaces() {
        conversion.changes(
            "that end in spaces, which are lost",
            format!("{x} LIKE '% '"),
        )
    } else {
        conversion
    }
}

/// Times without a zone are taken as UTC: what the server's setting says today it may not say tomorrow.
fn timestamps(x: &str, kind: &str, (old, a): (i64, bool), (new, b): (i64, bool)) -> Conversion {
    let rounded = |conversion: Conversion, value: &str| {
        if new < old {
            conversion.changes(
                "that have more digits: they are rounded",
                format!("{value}::{kind} <> {value}"),
            )
        } else {
            conversion
        }
    };
    let utc = format!("{x} AT TIME ZONE 'UTC'");
    let all = format!("{x} IS NOT NULL");
    match (a, b) {
        (false, true) => Conversion::using(&utc).changes(
            "which have no time zone and are taken as UTC: write another zone if they mean one",
            all,
        ),
        (true, false) => Conversion::using(&utc).changes(
            "whose time zone is lost: they are written as UTC; write another zone if clients mean one",
            all,
        ),
        _ if new >= old => Conversion::wider(),
        _ => rounded(Conversion::default(), x),
    }
}

fn times(x: &str, kind: &str, (old, a): (i64, bool), (new, b): (i64, bool)) -> Conversion {
    let all = format!("{x} IS NOT NULL");
    match (a, b) {
        (true, false) => Conversion::default().changes("whose time zone is lost", all),
        (false, true) => Conversion::using(format!("({x}::text || '+00')::{kind}"))
            .changes("which have no time zone and are taken as UTC", all),
        _ if new >= old => Conversion::wider(),
        _ => Conversion::default().changes(
            "that have more digits: they are rounded",
            format!("{x}::{kind} <> {x}"),
        ),
    }
}

/// Whether an object in a JSON value has a key twice, however deep.
fn keys_twice(x: &str) -> String {
    format!(
        "EXISTS (WITH RECURSIVE part (value) AS (SELECT {x} UNION ALL SELECT inner_part.value FROM part, LATERAL \
         (SELECT value FROM json_each(CASE json_typeof(part.value) WHEN 'object' THEN part.value END) \
         UNION ALL SELECT value FROM json_array_elements(CASE json_typeof(part.value) WHEN 'array' THEN part.value END)) \
         AS inner_part) SELECT FROM part WHERE (SELECT count(*) <> count(DISTINCT key) FROM \
         json_object_keys(CASE json_typeof(part.value) WHEN 'object' THEN part.value END) AS key))"
    )
}

/// Element by element: what changes an element changes the array.
fn arrays(
    x: &str,
    (from_kind, from): (&str, &Type),
    (to_kind, to): (&str, &Type),
    enums: Enums<'_>,
) -> Conversion {
    let element = |kind: &str| kind.strip_suffix("[]").unwrap_or(kind).to_owned();
    let inner = conversion("one", &element(from_kind), &element(to_kind), enums);
    let is_enum = matches!((from, to), (Type::Enum(_), _) | (_, Type::Enum(_)));
    let using = match inner.using {
        Some(_) if is_enum => Some(format!("{x}::text[]::{to_kind}")),
        Some(_) => Some(format!("{x}::{to_kind}")),
        None => None,
    };
    let mut outer = Conversion {
        using,
        doubts: Vec::new(),
        is_wider: inner.is_wider,
    };
    for doubt in inner.doubts {
        let condition = doubt
            .condition
            .map(|condition| format!("EXISTS (SELECT FROM unnest({x}) AS one WHERE {condition})"));
        let that = format!("with elements {}", doubt.that);
        outer = outer.doubt(doubt.kind, that, condition);
    }
    outer
}
