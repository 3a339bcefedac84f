//! Times as decimal numbers, in integers: the standard library's code for floating-point numbers would add 30 KiB to
//! every program.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::utc::Utc;

/// A number of thousandths, shown with as many decimal places as are asked for, up to three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thousandths(u64);

pub(crate) fn seconds(time: Duration) -> Thousandths {
    Thousandths(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

pub(crate) fn milliseconds(time: Duration) -> Thousandths {
    Thousandths(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// `2026-11-20T10:02:11.123Z`
pub(crate) fn iso(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or_default();
    let utc = Utc::of(i64::try_from(since.as_secs()).unwrap_or_default());
    // In one, because each step's row has such a time.
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        utc.year,
        utc.month,
        utc.day,
        utc.hour,
        utc.minute,
        utc.second,
        since.subsec_millis()
    )
}

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = f.precision().unwrap_or(3).min(3);
        let dropped = 10_u64.pow(3 - places as u32);
        let rounded = self.0.saturating_add(dropped / 2) / dropped;
        let one = 1000 / dropped;
        write!(f, "{}", rounded / one)?;
        match places {
            0 => Ok(()),
            _ => write!(f, ".{:0places$}", rounded % one),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_float_would_be_shown() {
        for micros in [
            0, 1, 49, 50, 999, 1_000, 12_345, 99_950, 1_999_999, 61_000_001,
        ] {
            let time = Duration::from_micros(micros);
            let ms = time.as_secs_f64() * 1000.0;
            assert_eq!(milliseconds(time).to_string(), format!("{ms:.3}"));
            // A tie is rounded up here and to the nearest even digit there.
            if micros % 100 != 50 {
                assert_eq!(format!("{:.1}", milliseconds(time)), format!("{ms:.1}"));
            }
            assert_eq!(
                format!("{:.0}", milliseconds(time + Duration::from_micros(1))),
                format!("{:.0}", ms + 0.001)
            );
        }
        assert_eq!(
            format!("{:.1}", seconds(Duration::from_millis(59_960))),
            "60.0"
        );
    }
}
