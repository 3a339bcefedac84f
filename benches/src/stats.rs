//! Figures of several rounds, and how they are shown.

/// What several rounds gave, in nanoseconds or whatever was counted, in the order of the rounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> Option<f64> {
        quantile(self.0.clone(), 0.5)
    }

    /// Half the distance between the quartiles, as a part of the median.
    pub(crate) fn spread(&self) -> Option<f64> {
        let at = |part| quantile(self.0.clone(), part);
        Some((at(0.75)? - at(0.25)?) / 2.0 / self.median()?)
    }

    /// The median of the ratios of each round that both have: what slows the machine for a while slows both.
    pub(crate) fn ratio(&self, other: &Samples) -> Option<f64> {
        let pairs = self.0.iter().zip(&other.0);
        quantile(pairs.map(|(mine, other)| mine / other).collect(), 0.5)
    }
}

fn quantile(mut values: Vec<f64>, part: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    values.get((last as f64 * part).round() as usize).copied()
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
