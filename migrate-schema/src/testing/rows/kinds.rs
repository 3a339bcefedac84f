//! A value of each type, another for each number.

use migrate_chain::Dialect;

use crate::sql::literal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text {
        longest: Option<usize>,
    },
    Number {
        digits: Option<usize>,
    },
    Date,
    Timestamp,
    Time,
    /// One form fits, whatever the restriction.
    Fixed,
    Unknown,
}

impl Family {
    pub(super) fn of(dialect: Dialect, kind: &str) -> Family {
        let kind = kind.to_ascii_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| kind.contains(word));
        let (first, second) = arguments(&kind);
        if any(&[
            "[]", "interval", "bool", "uuid", "json", "blob", "bytea", "bit", "inet", "cidr",
        ]) || any(&["macaddr", "point", "range", "xml", "tsvector", "hstore"])
        {
            Family::Fixed
        } else if any(&["char", "text", "clob", "name"]) {
            Family::Text { longest: first }
        } else if any(&["timestamp", "datetime"]) {
            Family::Timestamp
        } else if any(&["date"]) {
            Family::Date
        } else if any(&["time"]) {
            Family::Time
        } else if any(&[
            "int", "serial", "num", "dec", "real", "float", "doub", "money", "oid",
        ]) {
            let digits = first.map(|all| all.saturating_sub(second.unwrap_or(0)));
            Family::Number { digits }
        } else if dialect == Dialect::Sqlite {
            Family::Text { longest: None }
        } else {
            Family::Unknown
        }
    }

    pub(super) fn value(self, dialect: Dialect, kind: &str, number: usize) -> String {
        match self {
            Family::Text { longest } => {
                literal(&padded(number, longest.map_or(4, |longest| longest.min(4))))
            }
            Family::Number { digits } => match digits.and_then(|digits| u32::try_from(digits).ok())
            {
                Some(digits) if digits < 9 => (number % 10_usize.pow(digits)).to_string(),
                _ => number.to_string(),
            },
            Family::Date => format!("'{}'", date(number)),
            Family::Timestamp => format!("'{} {}'", date(number), time(number)),
            Family::Time => format!("'{}'", time(number)),
            Family::Fixed => fixed(dialect, &kind.to_ascii_lowercase(), number),
            Family::Unknown => literal(&padded(number, 4)),
        }
    }
}

/// Of a type such as `numeric(10,2)`.
fn arguments(kind: &str) -> (Option<usize>, Option<usize>) {
    let inner = kind
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let mut numbers = inner.map_or("", |(inner, _)| inner).split(',');
    let mut next = || numbers.next().and_then(|number| number.trim().parse().ok());
    (next(), next())
}

pub(super) fn fixed(dialect: Dialect, kind: &str, number: usize) -> String {
    let is = |word: &str| kind.contains(word);
    if is("[]") {
        "'{}'".to_owned()
    } else if is("interval") {
        format!("'{number} days'")
    } else if is("bool") {
        match (dialect, number % 2) {
            (Dialect::Sqlite, odd) => odd.to_string(),
            (_, odd) => (odd == 1).to_string(),
        }
    } else if is("uuid") {
        format!("'00000000-0000-4000-8000-{number:012x}'")
    } else if is("json") {
        "'{}'".to_owned()
    } else if is("blob") {
        format!("x'{number:08x}'")
    } else if is("bytea") {
        format!("'\\x{number:08x}'")
    } else if is("bit") {
        let width = arguments(kind).0.unwrap_or(1).min(64);
        let bits = format!("{number:0width$b}");
        format!("B'{}'", &bits[bits.len() - width..])
    } else if is("inet") || is("cidr") {
        format!("'10.0.{}.{}'", number / 256 % 256, number % 256)
    } else if is("macaddr8") {
        format!(
            "'08:00:2b:00:00:00:{:02x}:{:02x}'",
            number / 256 % 256,
            number % 256
        )
    } else if is("macaddr") {
        format!(
            "'08:00:2b:00:{:02x}:{:02x}'",
            number / 256 % 256,
            number % 256
        )
    } else if is("point") {
        format!("'({number},{number})'")
    } else if is("range") {
        if is("multirange") {
            "'{}'".to_owned()
        } else {
            "'empty'".to_owned()
        }
    } else if is("xml") {
        format!("'<a>{number}</a>'")
    } else if is("tsvector") {
        format!("'a{number}'")
    } else {
        "''".to_owned()
    }
}

/// With leading zeros the newest is the greatest in the order of texts, too.
pub(super) fn padded(number: usize, width: usize) -> String {
    let digits = format!("{number:0width$}");
    digits[digits.len() - width..].to_owned()
}

/// Three letters, `aab` for 1.
pub(super) fn letters(number: usize) -> String {
    let letter = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
    [number / 676, number / 26, number]
        .map(letter)
        .iter()
        .collect()
}

pub(super) fn date(number: usize) -> String {
    format!("2026-{:02}-{:02}", 1 + number / 28 % 12, 1 + number % 28)
}

pub(super) fn time(number: usize) -> String {
    format!("10:{:02}:{:02}", number / 60 % 60, number % 60)
}
