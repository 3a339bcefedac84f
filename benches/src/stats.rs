//! Figures of several rounds, and how they are shown.

/// What several rounds gave, in nanoseconds or whatever was counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, value: f64) {
        let at = self.0.partition_point(|other| *other < value);
        self.0.insert(at, value);
    }

    pub(crate) fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    fn quantile(&self, part: f64) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let at = (last as f64 * part).round() as usize;
        self.0.get(at).copied()
    }

    /// Half the distance between the quartiles, as a part of the median.
    pub(crate) fn spread(&self) -> Option<f64> {
        let (low, high) = (self.quantile(0.25)?, self.quantile(0.75)?);
        Some((high - low) / 2.0 / self.median()?)
    }
}

/// A time as a person reads it.
pub(crate) fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e4 => format!("{:.2} us", ns / 1e3),
        ns if ns < 1e6 => format!("{:.0} us", ns / 1e3),
        ns if ns < 1e7 => format!("{:.2} ms", ns / 1e6),
        ns if ns < 1e9 => format!("{:.0} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

/// A ratio as a person reads it.
pub(crate) fn ratio(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("x{value:.2}"),
        value => format!("x{value:.0}"),
    }
}
