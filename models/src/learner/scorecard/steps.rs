//! Candidate lines: for each feature, the questions that a card may ask about it.
//!
//! Thresholds lie in the gaps between neighbouring values. Where many values crowd, quantiles choose among the
//! gaps; a value that many rows share (0 of a count) always has a threshold on either side. Inside a gap every
//! threshold tells the training rows apart in the same way, so that the roundest number in it costs nothing;
//! between quantiles it may shift by a quarter of the distance to the next.

use crate::learner::TrainingData;
use crate::schema::FeatureKind;

use super::settings::{Numbers, ScorecardSettings};

/// What a line asks of a feature's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Question {
    /// Is it this much or more?
    From(f32),
    /// Is it this category or flag value?
    Is(f32),
    /// Is it missing?
    Missing,
    /// How much is it?
    Value,
}

/// How a feature's values are divided, so that every question is about a run of bins. The last bin holds missing
/// values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Division {
    /// Bin `i` where `edges[i-1] <= x < edges[i]`.
    Edges(Vec<f32>),
    /// A bin per category, of this many.
    Categories(usize),
    /// A bin for 0 and one for 1.
    Flag,
    /// A bin per distinct value (rising).
    Values(Vec<f32>),
}

impl Division {
    /// The division of feature `j` over the rows that count.
    pub(crate) fn of(data: &TrainingData<'_>, j: usize, settings: &ScorecardSettings) -> Self {
        match (&data.matrix().schema().features[j].kind, settings.numbers) {
            (FeatureKind::Nominal { categories }, _) => Self::Categories(categories.len()),
            (FeatureKind::Flag, _) => Self::Flag,
            (_, Numbers::Steps) => Self::Edges(thresholds(&distinct(data, j), settings.thresholds)),
            (_, Numbers::Value) => Self::Values(distinct(data, j).into_iter().map(|(x, _)| x).collect()),
        }
    }

    /// Number of bins, the one for missing values included.
    pub(crate) fn bins(&self) -> usize {
        match self {
            Self::Edges(edges) => edges.len() + 2,
            Self::Categories(categories) => categories + 1,
            Self::Flag => 3,
            Self::Values(values) => values.len() + 1,
        }
    }

    /// Number of the bin of `x`.
    pub(crate) fn bin(&self, x: f32) -> usize {
        let missing = self.bins() - 1;
        match self {
            _ if x.is_nan() => missing,
            Self::Edges(edges) => edges.partition_point(|edge| *edge <= x),
            Self::Categories(_) if x >= 0.0 && x.fract() == 0.0 => (x as usize).min(missing),
            Self::Categories(_) => missing,
            Self::Flag => usize::from(x == 1.0),
            Self::Values(values) => values.partition_point(|value| *value < x),
        }
    }

    /// Every question with its run of bins.
    pub(crate) fn questions(&self) -> Vec<(Question, std::ops::Range<usize>)> {
        let missing = self.bins() - 1;
        let mut all: Vec<_> = match self {
            Self::Edges(edges) => {
                edges.iter().enumerate().map(|(i, e)| (Question::From(*e), i + 1..missing)).collect()
            }
            Self::Categories(categories) => {
                (0..*categories).map(|c| (Question::Is(c as f32), c..c + 1)).collect()
            }
            Self::Flag => vec![(Question::Is(1.0), 1..2)],
            Self::Values(_) => vec![(Question::Value, 0..missing)],
        };
        all.push((Question::Missing, missing..missing + 1));
        all
    }
}

/// Distinct values of the rows that count, rising, with their weight.
fn distinct(data: &TrainingData<'_>, j: usize) -> Vec<(f32, f64)> {
    let rows = data.matrix().column(j).iter().zip(data.weight());
    // Adding 0 makes -0 and 0 one value.
    let mut values: Vec<(f32, f64)> =
        rows.filter(|(x, w)| !x.is_nan() && **w > 0.0).map(|(x, w)| (*x + 0.0, *w)).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    values.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    values
}

/// At most about this many rising thresholds between distinct values.
fn thresholds(values: &[(f32, f64)], most: usize) -> Vec<f32> {
    if values.len() < 2 {
        return Vec::new();
    }
    let gap = |g: usize| roundest(values[g - 1].0, values[g].0);
    if values.len() <= most + 1 {
        return (1..values.len()).map(gap).collect();
    }
    let total: f64 = values.iter().map(|v| v.1).sum();
    let crowded = |v: &(f32, f64)| v.1 * (most + 1) as f64 >= total;
    let mut edges: Vec<f32> = Vec::new();
    for (d, value) in values.iter().enumerate() {
        if crowded(value) {
            edges.extend([d, d + 1].into_iter().filter(|g| (1..values.len()).contains(g)).map(gap));
        }
    }
    edges.dedup();
    let others: Vec<(f32, f64)> = values.iter().copied().filter(|v| !crowded(v)).collect();
    edges.extend(quantiles(&others, most.saturating_sub(edges.len())));
    edges.sort_by(f32::total_cmp);
    edges.dedup();
    edges
}

/// Thresholds that divide the weight evenly, give or take a quarter of a part.
fn quantiles(values: &[(f32, f64)], parts: usize) -> Vec<f32> {
    let total: f64 = values.iter().map(|v| v.1).sum();
    let below: Vec<f64> = values
        .iter()
        .scan(0.0, |sum, v| {
            *sum += v.1;
            Some(*sum)
        })
        .collect();
    let place = |share: f64| below.partition_point(|b| *b < share * total);
    let cut = |i: usize| {
        let part = 1.0 / (parts + 1) as f64;
        let middle = i as f64 * part;
        let low = place(middle - part / 4.0).min(values.len().checked_sub(2)?);
        let high = (place(middle + part / 4.0)).clamp(low + 1, values.len() - 1);
        Some(roundest(values[low].0, values[high].0))
    };
    (1..=parts).filter_map(cut).collect()
}

/// The roundest number above `low` and at most `high`: the multiple of the largest 1, 2 or 5 times a power of ten.
fn roundest(low: f32, high: f32) -> f32 {
    let fits = |x: f64| (x as f32 > low && x as f32 <= high).then_some(x as f32 + 0.0);
    let largest = f64::from(low.abs().max(high.abs())).log10().ceil() as i32;
    for power in (largest - 8..=largest).rev() {
        for digit in [5.0, 2.0, 1.0] {
            let multiple = |x: f64| {
                let count = (x / (digit * 10f64.powi(power.abs()).powi(power.signum()))).floor() * digit;
                if power < 0 { count / 10f64.powi(-power) } else { count * 10f64.powi(power) }
            };
            if let Some(x) = fits(multiple(f64::from(high))) {
                return x;
            }
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thresholds_are_numbers_that_people_would_choose() {
        assert_eq!(roundest(1.0, 2.0), 2.0);
        assert_eq!(roundest(2.0, 3.0), 3.0);
        assert_eq!(roundest(93.7, 108.2), 100.0);
        assert_eq!(roundest(0.0, 0.057), 0.05);
        assert_eq!(roundest(-3.2, 1.5), 0.0);
        assert_eq!(roundest(0.31, 0.33), 0.32);
        assert_eq!(roundest(1234.0, 1267.0), 1250.0);
    }

    #[test]
    fn a_crowded_value_has_a_threshold_on_either_side() {
        let mut values = vec![(0.0, 900.0)];
        values.extend((1..=100).map(|i| (i as f32, 1.0)));
        let edges = thresholds(&values, 5);
        assert_eq!(edges[0], 1.0);
        assert!(edges.len() <= 6 && edges.windows(2).all(|e| e[0] < e[1]), "{edges:?}");
        assert_eq!(thresholds(&values[..4], 5), [1.0, 2.0, 3.0]);
        assert!(thresholds(&values[..1], 5).is_empty());
    }

    proptest! {
        #[test]
        fn the_roundest_number_lies_in_the_gap(low in -1e6f32..1e6, width in 1e-3f32..1e3) {
            let high = low + width;
            prop_assume!(high > low);
            let x = roundest(low, high);
            prop_assert!(x > low && x <= high, "{low} {x} {high}");
        }
    }
}
