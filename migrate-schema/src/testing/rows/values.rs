//! Values that a column could hold.

use migrate_chain::Dialect;

use super::kinds::{Family, date, fixed, letters, padded, time};
use crate::sql::{literal, numbers, texts};

/// What is known of a column beside its type: the literals of what restricts it. Those of `IN` and `=`
/// are values themselves, those of `LIKE` patterns of them, numbers are limits of the value or of its
/// length.
#[derive(Default)]
pub(super) struct Hints {
    texts: Vec<String>,
    numbers: Vec<i64>,
    is_restricted: bool,
    /// The type is the schema's own: its name tells nothing.
    pub(super) is_own_type: bool,
}

impl Hints {
    pub(super) fn read(&mut self, expression: &str, dialect: Dialect) {
        self.is_restricted = true;
        for text in texts(expression, dialect) {
            // A pattern stands for what it matches.
            let filled = text.replace(['%', '_'], "a");
            for text in [filled, text] {
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
    let family = if hints.is_own_type {
        Family::Unknown
    } else {
        Family::of(dialect, kind)
    };
    let mut literals: Vec<String> = match family {
        Family::Number { .. } => hints.numbers.iter().map(ToString::to_string).collect(),
        Family::Fixed => Vec::new(),
        _ => hints.texts.iter().map(|text| literal(text)).collect(),
    };
    turn(&mut literals, number);
    let mut all = vec![family.value(dialect, kind, number)];
    // The literals of a restriction are more likely than anything made up.
    if hints.is_restricted && !matches!(family, Family::Number { .. }) {
        all.splice(0..0, literals).for_each(drop);
    } else {
        all.extend(literals);
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
            all.extend(["'1990-01-01 00:00:00'", "'2099-12-31 00:00:00'"].map(str::to_owned));
        }
        Family::Time => all.extend(["'00:00:00'", "'23:59:59'"].map(str::to_owned)),
        Family::Text { .. } | Family::Fixed | Family::Unknown => {}
    }
    if kind.to_ascii_lowercase().contains("bool") {
        all.push(fixed(dialect, "bool", number + 1));
    }
    if family == Family::Unknown {
        // A row type takes a row of NULLs, of as many as it has.
        all.extend(["'{}'", "'0'", "'empty'", "''"].map(str::to_owned));
        all.extend((0..8).map(|commas| format!("'({})'", ",".repeat(commas))));
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
