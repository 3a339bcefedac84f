//! Values that a column could hold.

use migrate_chain::Dialect;

use crate::text::{literal, numbers, texts};

/// The literals of what restricts a column: those of `IN` and `=` are values themselves, those of
/// `LIKE` patterns of them, numbers are limits of the value or of its length.
#[derive(Default)]
pub(super) struct Hints {
    texts: Vec<String>,
    numbers: Vec<i64>,
    is_restricted: bool,
}

impl Hints {
    pub(super) fn read(&mut self, expression: &str, dialect: Dialect) {
        self.is_restricted = true;
        for text in texts(expression, dialect) {
            // A pattern stands for what it matches.
            let filled = text.replace(['%', '_'], "a");
            for text in [text, filled] {
                if !self.texts.contains(&text) {
                    self.texts.push(text);
                }
            }
        }
        for number in numbers(expression, dialect) {
            for near in [number, number.saturating_add(1), number.saturating_sub(1)] {
                if !self.numbers.contains(&near) {
                    self.numbers.push(near);
                }
            }
        }
    }
}

/// What to try, in order, and other values for other numbers as far as there are.
pub(super) fn candidates(
    dialect: Dialect,
    kind: &str,
    labels: Option<&[String]>,
    hints: &Hints,
    number: usize,
) -> Vec<String> {
    if let Some(labels) = labels {
        let mut labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
        turn(&mut labels, number);
        return labels;
    }
    let family = Family::of(dialect, kind);
    let mut literals: Vec<String> = match family {
        Family::Number { .. } => hints.numbers.iter().map(ToString::to_string).collect(),
        Family::Fixed => Vec::new(),
        _ => hints.texts.iter().map(|text| literal(text)).collect(),
    };
    turn(&mut literals, number);
    let mut all = vec![family.value(dialect, kind, number)];
    // The literals of a restriction are more likely than anything made up.
    match hints.is_restricted && !matches!(family, Family::Number { .. }) {
        true => all.splice(0..0, literals).for_each(drop),
        false => all.extend(literals),
    }
    if hints.is_restricted && matches!(family, Family::Text { .. }) {
        let lengths = hints
            .numbers
            .iter()
            .filter(|&&length| (1..=4096).contains(&length));
        for &length in lengths {
            let length = usize::try_from(length).unwrap_or(1);
            all.push(literal(&padded(number, length)));
            let letters = format!("{:a>length$}", letters(number));
            all.push(literal(&letters[letters.len() - length..]));
        }
        all.extend(forms(number).iter().map(|form| literal(form)));
    }
    match family {
        Family::Number { .. } => all.extend(["0", "1", "-1"].map(str::to_owned)),
        // Of two of them, one may have to be the later.
        Family::Date => all.extend(["'1990-01-01'", "'2099-12-31'"].map(str::to_owned)),
        Family::Timestamp => {
            all.extend(["'1990-01-01 00:00:00'", "'2099-12-31 00:00:00'"].map(str::to_owned))
        }
        Family::Time => all.extend(["'00:00:00'", "'23:59:59'"].map(str::to_owned)),
        Family::Text { .. } | Family::Fixed | Family::Unknown => {}
    }
    if kind.to_ascii_lowercase().contains("bool") {
        all.push(fixed(dialect, "bool", number + 1));
    }
    if family == Family::Unknown {
        all.extend(["'{}'", "'0'", "'()'", "''"].map(str::to_owned));
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|value| seen.insert(value.clone()));
    all
}

/// Begins elsewhere for each number, so that rows differ.
fn turn(values: &mut [String], number: usize) {
    if !values.is_empty() {
        let by = number % values.len();
        values.rotate_left(by);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
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
    fn of(dialect: Dialect, kind: &str) -> Family {
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

    fn value(self, dialect: Dialect, kind: &str, number: usize) -> String {
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

fn fixed(dialect: Dialect, kind: &str, number: usize) -> String {
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
        match is("multirange") {
            true => "'{}'".to_owned(),
            false => "'empty'".to_owned(),
        }
    } else if is("xml") {
        format!("'<a>{number}</a>'")
    } else if is("tsvector") {
        format!("'a{number}'")
    } else {
        "''".to_owned()
    }
}

/// Forms that a CHECK on a text often asks for.
fn forms(number: usize) -> Vec<String> {
    let letters = letters(number);
    vec![
        format!("user{number}@example.org"),
        format!("https://example.org/{number}"),
        format!("row-{number}"),
        letters.clone(),
        letters.to_uppercase(),
        letters[..2].to_uppercase(),
        letters[..2].to_owned(),
        number.to_string(),
        format!("+4930{number:07}"),
        format!("{}T{}Z", date(number), time(number)),
        date(number),
        time(number),
        format!("00000000-0000-4000-8000-{number:012x}"),
        format!("{number:032x}"),
        format!("{number:040x}"),
        format!("{number:064x}"),
        format!("#{number:06x}"),
        format!("10.0.{}.{}", number / 256 % 256, number % 256),
        format!("1.0.{number}"),
        "{}".to_owned(),
        "[]".to_owned(),
        String::new(),
    ]
}

/// With leading zeros the newest is the greatest in the order of texts, too.
fn padded(number: usize, width: usize) -> String {
    let digits = format!("{number:0width$}");
    digits[digits.len() - width..].to_owned()
}

/// Three letters, `aab` for 1.
fn letters(number: usize) -> String {
    let letter = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
    [number / 676, number / 26, number]
        .map(letter)
        .iter()
        .collect()
}

fn date(number: usize) -> String {
    format!("2026-{:02}-{:02}", 1 + number / 28 % 12, 1 + number % 28)
}

fn time(number: usize) -> String {
    format!("10:{:02}:{:02}", number / 60 % 60, number % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(dialect: Dialect, kind: &str, check: &str, number: usize) -> Vec<String> {
        let mut hints = Hints::default();
        if !check.is_empty() {
            hints.read(check, dialect);
        }
        candidates(dialect, kind, None, &hints, number)
    }

    #[test]
    fn types_have_values_that_fit() {
        let first = |kind, number| made(Dialect::Postgres, kind, "", number).remove(0);
        assert_eq!(first("text", 7), "'0007'");
        assert_eq!(first("character varying(2)", 123), "'23'");
        assert_eq!(first("numeric(5,2)", 4321), "321");
        assert_eq!(first("numeric(2,2)", 4321), "0");
        assert_eq!(first("interval", 3), "'3 days'");
        assert_eq!(first("point", 3), "'(3,3)'");
        assert_eq!(first("bit(4)", 37), "B'0101'");
        assert_eq!(
            first("timestamp with time zone", 61),
            "'2026-03-06 10:01:01'"
        );
        assert_eq!(made(Dialect::Sqlite, "BOOLEAN", "", 3)[0], "1");
    }

    #[test]
    fn literals_of_a_check_are_values() {
        let values = made(Dialect::Sqlite, "TEXT", "state IN ('new', 'it''s')", 2);
        assert_eq!(values[..2], ["'new'", "'it''s'"]);
        let values = made(Dialect::Sqlite, "TEXT", "state IN ('new', 'it''s')", 3);
        assert_eq!(values[..2], ["'it''s'", "'new'"]);
        let values = made(Dialect::Postgres, "integer", "age BETWEEN 18 AND 120", 1);
        assert!(values.contains(&"18".to_owned()) && values.contains(&"121".to_owned()));
        let values = made(Dialect::Sqlite, "TEXT", "length(code) = 6", 12);
        assert!(values.contains(&"'000012'".to_owned()), "{values:?}");
        assert!(values.contains(&"'aaaaam'".to_owned()), "{values:?}");
    }
}
