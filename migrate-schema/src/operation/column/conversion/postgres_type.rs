//! PostgreSQL's types by what they hold.

use std::collections::BTreeMap;

use crate::sql::qualified::of_type;

use crate::model::Enum;

/// A type as far as conversions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    /// Of so many bits.
    Integer(u32),
    /// All digits, and those behind the point.
    Numeric(Option<(i64, i64)>),
    /// Of so many bits.
    Float(u32),
    Boolean,
    /// With a longest length.
    Text(Option<i64>),
    /// Padded with spaces.
    Character(i64),
    Date,
    Timestamp {
        digits: i64,
        zone: bool,
    },
    Time {
        digits: i64,
        zone: bool,
    },
    Interval(i64),
    Json,
    Jsonb,
    Uuid,
    /// With its length, and whether shorter ones fit.
    Bits(Option<i64>, bool),
    Money,
    /// Its values.
    Enum(Vec<String>),
    Array(Box<Type>),
    Other,
}

impl Type {
    /// Whether the text of each value has at most so many characters.
    pub(super) fn fits(&self, length: i64) -> bool {
        let longest = match self {
            Type::Text(longest) => *longest,
            Type::Character(longest) => Some(*longest),
            Type::Boolean => Some(5),
            Type::Integer(16) => Some(6),
            Type::Integer(32) => Some(11),
            Type::Integer(_) => Some(20),
            Type::Uuid => Some(36),
            Type::Bits(longest, _) => *longest,
            Type::Enum(values) => {
                let lengths = values.iter().map(|value| value.chars().count());
                lengths.max().and_then(|all| i64::try_from(all).ok())
            }
            _ => None,
        };
        longest.is_some_and(|longest| longest <= length)
    }

    /// Whether the text of a value may end in spaces that are its own.
    pub(super) fn may_end_in_spaces(&self) -> bool {
        !matches!(
            self,
            Type::Character(_) | Type::Boolean | Type::Integer(_) | Type::Uuid | Type::Bits(..)
        )
    }

    pub(super) fn of(kind: &str, enums: &BTreeMap<String, Enum>) -> Type {
        if let Some(element) = kind.strip_suffix("[]") {
            return Type::Array(Box::new(Type::of(element, enums)));
        }
        if let Some(one) = enums.get(&of_type(kind)) {
            return Type::Enum(one.values.clone());
        }
        let (name, modifiers) = parts(kind);
        let first = modifiers.first().copied();
        match name.as_str() {
            "smallint" => Type::Integer(16),
            "integer" => Type::Integer(32),
            "bigint" => Type::Integer(64),
            "numeric" => {
                Type::Numeric(first.map(|all| (all, modifiers.get(1).copied().unwrap_or(0))))
            }
            "real" => Type::Float(32),
            "double precision" => Type::Float(64),
            "boolean" => Type::Boolean,
            "text" | "citext" => Type::Text(None),
            "character varying" => Type::Text(first),
            "character" => Type::Character(first.unwrap_or(1)),
            "date" => Type::Date,
            "timestamp without time zone" => Type::Timestamp {
                digits: first.unwrap_or(6),
                zone: false,
            },
            "timestamp with time zone" => Type::Timestamp {
                digits: first.unwrap_or(6),
                zone: true,
            },
            "time without time zone" => Type::Time {
                digits: first.unwrap_or(6),
                zone: false,
            },
            "time with time zone" => Type::Time {
                digits: first.unwrap_or(6),
                zone: true,
            },
            // Only what is smaller than the last field is cut.
            name if name.starts_with("interval")
                && (name == "interval" || name.ends_with("second")) =>
            {
                Type::Interval(first.unwrap_or(6))
            }
            "json" => Type::Json,
            "jsonb" => Type::Jsonb,
            "uuid" => Type::Uuid,
            "bit" => Type::Bits(Some(first.unwrap_or(1)), false),
            "bit varying" => Type::Bits(first, true),
            "money" => Type::Money,
            _ => Type::Other,
        }
    }
}

/// The name of a type without what stands in parentheses, and that.
fn parts(kind: &str) -> (String, Vec<i64>) {
    let Some((before, rest)) = kind.split_once('(') else {
        return (kind.to_owned(), Vec::new());
    };
    let (inside, behind) = rest.split_once(')').unwrap_or((rest, ""));
    let modifiers = inside.split(',').filter_map(|one| one.trim().parse().ok());
    (format!("{before}{behind}"), modifiers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_what_the_server_calls_them() {
        for (kind, expected) in [
            ("numeric(10,4)", Type::Numeric(Some((10, 4)))),
            ("numeric(3)", Type::Numeric(Some((3, 0)))),
            ("numeric", Type::Numeric(None)),
            (
                "timestamp(3) with time zone",
                Type::Timestamp {
                    digits: 3,
                    zone: true,
                },
            ),
            ("character varying(9)", Type::Text(Some(9))),
            ("bit varying", Type::Bits(None, true)),
            ("integer[]", Type::Array(Box::new(Type::Integer(32)))),
            ("inet", Type::Other),
        ] {
            assert_eq!(Type::of(kind, &BTreeMap::new()), expected, "{kind}");
        }
    }
}
