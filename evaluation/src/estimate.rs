//! A figure with its interval and the number of rows it rests on. The report accepts nothing else.

use serde::{Deserialize, Serialize};

use crate::interval;

/// How an interval was made; the report explains each in words.
pub mod method {
    /// Wilson score interval of a proportion.
    pub const WILSON: &str = "wilson";
    /// Clopper-Pearson exact interval of a proportion (few observations or few hits).
    pub const CLOPPER_PEARSON: &str = "clopper_pearson";
    /// Exact (Garwood) interval of a Poisson count.
    pub const GARWOOD: &str = "garwood";
    /// DeLong variance, summed per cluster, on the logit scale.
    pub const DELONG: &str = "delong_clustered";
    /// Percentiles of a bootstrap that draws whole areas.
    pub const CLUSTER_BOOTSTRAP: &str = "cluster_bootstrap";
    /// Wilson score interval over the effective number of rows, where rows come in clusters.
    pub const WILSON_CLUSTERED: &str = "wilson_clustered";
    /// Clopper-Pearson interval over the effective number of rows (Korn and Graubard).
    pub const KORN_GRAUBARD: &str = "korn_graubard";
    /// Newcombe's interval of a difference of proportions.
    pub const NEWCOMBE: &str = "newcombe";
    /// Logarithmic interval of a ratio of proportions.
    pub const LOG_RATIO: &str = "log_ratio";
    /// Koopman's score interval of a ratio of proportions.
    pub const KOOPMAN: &str = "koopman";
    /// All gaps that the data could well have come from, by simulation of the studentised maximum over pairs.
    pub const GAP_INVERSION: &str = "gap_inversion";
    /// Hájek's estimate with the linearised variance per cluster.
    pub const HAJEK: &str = "hajek";
    /// Difference of means with the linearised variance per cluster and Student's t.
    pub const LINEARISED: &str = "linearised";
    /// From the learner's own covariance matrix.
    pub const COVARIANCE: &str = "covariance";
    /// From the spread of the same learner over other samples of the rows.
    pub const BAGS: &str = "bags";
    /// From the interval that the scores of an area carry.
    pub const SCORE_INTERVAL: &str = "score_interval";
    /// A count or sum of what was observed or selected: no interval belongs to it.
    pub const COUNT: &str = "count";
    /// The value is withheld: too few rows with a known outcome.
    pub const TOO_FEW: &str = "too_few";
    /// No interval could be made (too few clusters, or nothing that varies).
    pub const NONE: &str = "none";
}

/// A value with its 95 % interval (unless said otherwise), the number of observations and the method.
///
/// A ratio with nothing below the line has no value: `None`, never 0 and never NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The value; absent when there is nothing to compute it from.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Number of observations that it rests on.
    pub n: u64,
    /// How the interval was made, see [`method`].
    pub method: String,
}

impl Estimate {
    /// An estimate from its parts; anything that is not finite becomes absent.
    #[must_use]
    pub fn new(value: Option<f64>, interval: Option<(f64, f64)>, n: u64, method: &str) -> Self {
        let finite = |x: f64| x.is_finite().then_some(x);
        let interval = interval.filter(|(low, high)| low.is_finite() && high.is_finite());
        Self {
            value: value.and_then(finite),
            low: interval.map(|i| i.0),
            high: interval.map(|i| i.1),
            n,
            method: if interval.is_none() && !matches!(method, method::COUNT | method::TOO_FEW) {
                method::NONE.to_owned()
            } else {
                method.to_owned()
            },
        }
    }

    /// A count or sum of what was observed: no interval.
    #[must_use]
    pub fn count(value: f64, n: u64) -> Self {
        Self::new(Some(value), None, n, method::COUNT)
    }

    /// Withheld: too few rows with a known outcome (`n` of them).
    #[must_use]
    pub fn too_few(n: u64) -> Self {
        Self::new(None, None, n, method::TOO_FEW)
    }

    /// The proportion `hits / of` with a 95 % interval: Clopper-Pearson when `of` is below 40 or `hits`
    /// below 5, else Wilson. Both may be fractions (expected values under ties). 0/0 has no value.
    #[must_use]
    pub fn proportion(hits: f64, of: f64) -> Self {
        if of <= 0.0 {
            return Self::new(None, None, 0, method::NONE);
        }
        let (interval, name) = if of < 40.0 || hits < 5.0 {
            (interval::clopper_pearson(hits, of, 0.95), method::CLOPPER_PEARSON)
        } else {
            (interval::wilson(hits, of, 0.95), method::WILSON)
        };
        Self::new(Some(hits / of), interval, whole(of), name)
    }

    /// The rate `count / per` with the exact 95 % interval of a Poisson count. `n` is the number of rows.
    #[must_use]
    pub fn rate(count: f64, per: f64, n: u64) -> Self {
        if per <= 0.0 {
            return Self::new(None, None, n, method::NONE);
        }
        let interval = interval::garwood(count, 0.95).map(|(low, high)| (low / per, high / per));
        Self::new(Some(count / per), interval, n, method::GARWOOD)
    }

    /// The same estimate in another unit.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        for part in [&mut self.value, &mut self.low, &mut self.high] {
            *part = part.map(|x| x * factor);
        }
        self
    }
}

/// What a figure is when tied rows straddle the end of the list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TieBounds {
    /// When the ties fall as badly as they can.
    pub worst: f64,
    /// Mean over all orders of the tied rows. This is the value that is reported.
    pub expected: f64,
    /// When the ties fall as well as they can.
    pub best: f64,
}

impl TieBounds {
    /// For a list with `slots` places left and `tied` rows that share the next score, `hits` of them hits.
    ///
    /// ```
    /// // s = [.9, .5, .5, .5, .1], y = [1, 1, 0, 0, 0]: one place left, three tied rows, one of them a hit.
    /// let bounds = evaluation::TieBounds::of_group(1.0, 3.0, 1.0);
    /// assert_eq!((bounds.worst, bounds.best), (0.0, 1.0));
    /// assert!((bounds.expected - 1.0 / 3.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn of_group(slots: f64, tied: f64, hits: f64) -> Self {
        let expected = if tied > 0.0 { slots * hits / tied } else { 0.0 };
        Self { worst: (slots - (tied - hits)).max(0.0), expected, best: slots.min(hits) }
    }
}

/// A weighted count as a whole number of observations.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rounded, non-negative number of rows"
)]
pub(crate) fn whole(x: f64) -> u64 {
    x.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_below_the_line_is_absent() {
        let empty = Estimate::proportion(0.0, 0.0);
        assert_eq!((empty.value, empty.low, empty.n), (None, None, 0));
        assert_eq!(Estimate::rate(3.0, 0.0, 3).value, None);
        assert_eq!(Estimate::new(Some(f64::NAN), Some((0.0, f64::INFINITY)), 1, method::WILSON).value, None);
    }

    #[test]
    fn the_method_follows_the_numbers() {
        assert_eq!(Estimate::proportion(4.0, 400.0).method, method::CLOPPER_PEARSON);
        assert_eq!(Estimate::proportion(20.0, 39.0).method, method::CLOPPER_PEARSON);
        assert_eq!(Estimate::proportion(5.0, 40.0).method, method::WILSON);
    }
}
