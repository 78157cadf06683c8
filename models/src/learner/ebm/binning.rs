//! Features as bin numbers of 8 or 16 bits: the one copy of the rows that all bags read.

use rayon::prelude::*;

use super::settings::EbmSettings;
use crate::additive::Bins;
use crate::learner::{FitError, TrainingData};
use crate::schema::{FeatureKind, Sign};

/// A feature in bins.
pub(super) struct Column {
    /// Number in the schema.
    pub(super) feature: usize,
    /// How its values are divided; a missing value has the last bin.
    pub(super) bins: Bins,
    /// The bin of every row.
    pub(super) codes: Codes,
    /// Weight of the rows per bin.
    pub(super) weight: Vec<f64>,
    /// In which direction it must go; never for categories, which have none.
    pub(super) sign: Option<Sign>,
}

/// Bin numbers.
pub(super) enum Codes {
    /// Up to 256 bins.
    Narrow(Vec<u8>),
    /// Up to 65,536 bins.
    Wide(Vec<u16>),
}

impl Column {
    /// Whether its bins have no order.
    pub(super) fn nominal(&self) -> bool {
        matches!(self.bins, Bins::Categories(_))
    }
}

impl Codes {
    /// The bins of rows from `first` on, as many as `bins` holds.
    pub(super) fn read(&self, first: usize, bins: &mut [u16]) {
        let rows = first..first + bins.len();
        match self {
            Self::Narrow(codes) => {
                for (bin, code) in bins.iter_mut().zip(&codes[rows]) {
                    *bin = u16::from(*code);
                }
            }
            Self::Wide(codes) => bins.copy_from_slice(&codes[rows]),
        }
    }

    /// The bin of a row.
    pub(super) fn at(&self, row: usize) -> usize {
        match self {
            Self::Narrow(codes) => usize::from(codes[row]),
            Self::Wide(codes) => usize::from(codes[row]),
        }
    }
}

/// The chosen features in bins; those that do not vary are told by their number instead.
pub(super) fn columns(
    learner: &str,
    data: &TrainingData<'_>,
    settings: &EbmSettings,
    chosen: &[usize],
) -> Result<(Vec<Column>, Vec<usize>), FitError> {
    for &feature in chosen {
        let told = &data.matrix().schema().features[feature];
        if let FeatureKind::Nominal { categories } = &told.kind
            && categories.len() > MOST_CATEGORIES
        {
            let (feature, found) = (told.name.clone(), categories.len());
            let problem = format!(
                "feature {feature:?} has {found} categories; at most {MOST_CATEGORIES} can be told apart. Group them"
            );
            return Err(FitError::Setting { learner: learner.to_owned(), kind: "ebm".to_owned(), problem });
        }
    }
    let made: Vec<Option<Column>> = chosen.par_iter().map(|&j| column(data, settings, j)).collect();
    let constant = chosen.iter().zip(&made).filter(|(_, c)| c.is_none()).map(|(j, _)| *j).collect();
    Ok((made.into_iter().flatten().collect(), constant))
}

/// Most categories that 16 bits hold beside missing.
const MOST_CATEGORIES: usize = 65_535;

fn column(data: &TrainingData<'_>, settings: &EbmSettings, feature: usize) -> Option<Column> {
    let (values, told) = (data.matrix().column(feature), &data.matrix().schema().features[feature]);
    let bins = match &told.kind {
        FeatureKind::Nominal { categories } => Bins::Categories(categories.len()),
        _ => Bins::Edges(edges(values, data.weight(), usize::from(settings.bins))),
    };
    let codes = if bins.count() <= 256 {
        Codes::Narrow(values.iter().map(|&x| bins.of(x) as u8).collect())
    } else {
        Codes::Wide(values.iter().map(|&x| bins.of(x) as u16).collect())
    };
    let mut weight = vec![0.0; bins.count()];
    for (row, w) in data.weight().iter().enumerate() {
        weight[codes.at(row)] += w;
    }
    let varies = weight.iter().filter(|w| **w > 0.0).count() > 1;
    let sign = told.passport.sign.filter(|_| !matches!(bins, Bins::Categories(_)));
    varies.then_some(Column { feature, bins, codes, weight, sign })
}

/// Edges between at most `most` bins of about equal weight. Equal values stay together, and where there are no
/// more distinct values than bins each has its own.
fn edges(values: &[f32], weight: &[f64], most: usize) -> Vec<f32> {
    let distinct = distinct(values, weight);
    let mut left: f64 = distinct.iter().map(|(_, w)| w).sum();
    let (mut edges, mut filled) = (Vec::new(), 0.0);
    for (i, pair) in distinct.windows(2).enumerate() {
        filled += pair[0].1;
        let room = most - edges.len();
        // No more values than bins left: each its own. Else close the bin where that is nearest to its share.
        let share = left / room as f64;
        let close = distinct.len() - i <= room || filled + pair[1].1 / 2.0 >= share;
        if room > 1 && close {
            edges.push(readable(pair[0].0, pair[1].0));
            left -= filled;
            filled = 0.0;
        }
    }
    edges
}

/// Values that occur, rising, with their weight.
fn distinct(values: &[f32], weight: &[f64]) -> Vec<(f32, f64)> {
    let known = values.iter().zip(weight).filter(|(x, w)| !x.is_nan() && **w > 0.0);
    // Minus zero is zero.
    let mut sorted: Vec<(f32, f64)> = known.map(|(&x, &w)| (x + 0.0, w)).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    sorted.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    sorted
}

/// The number above `low` and up to `high` with the fewest digits; of several, the one nearest to the middle.
fn readable(low: f32, high: f32) -> f32 {
    let (from, to) = (f64::from(low), f64::from(high));
    let middle = from + (to - from) / 2.0;
    let first = (to - from).log10().ceil() as i32 + 1;
    for power in (first - 10..=first).rev() {
        // Dividing by a power of ten above 1 gives the nearest decimal; multiplying by 0.1 would not.
        let round = |x: f64| match power {
            0.. => (x / 10f64.powi(power)).round() * 10f64.powi(power),
            _ => (x * 10f64.powi(-power)).round() / 10f64.powi(-power),
        };
        let step = 10f64.powi(power);
        let found =
            [middle, middle + step / 2.0, middle - step / 2.0, to, from + step].map(|x| round(x) as f32);
        if let Some(edge) = found.into_iter().find(|edge| *edge > low && *edge <= high) {
            return edge;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges_are_round_numbers_between_the_values() {
        assert_eq!(readable(3.0, 4.0), 4.0);
        assert_eq!(readable(0.0, 1.0), 1.0);
        assert_eq!(readable(97.3, 131.9), 100.0);
        assert_eq!(readable(-0.2, 0.3), 0.0);
        assert_eq!(readable(0.12, 0.18), 0.15);
        assert_eq!(readable(1999.2, 2001.7), 2000.0);
        let next = f32::from_bits(1.5f32.to_bits() + 1);
        assert_eq!(readable(1.5, next), next);
    }

    #[test]
    fn few_values_get_a_bin_each_and_many_get_equal_shares() {
        assert_eq!(edges(&[3.0, 1.0, f32::NAN, 2.0, 2.0], &[1.0; 5], 4), [2.0, 3.0]);
        let many: Vec<f32> = (0..1000).map(|i| i as f32).collect();
        let cut = edges(&many, &[1.0; 1000], 10);
        assert_eq!(cut.len(), 9);
        let bins = Bins::Edges(cut);
        let mut filled = [0; 10];
        many.iter().for_each(|x| filled[bins.of(*x)] += 1);
        assert!(filled.iter().all(|n| (90..=110).contains(n)), "{filled:?}");
    }

    proptest! {
        #[test]
        fn an_edge_lies_between_and_a_weight_is_a_row_more(
            values in prop::collection::vec(prop_oneof![-1e3f32..1e3, (0i8..5).prop_map(f32::from)], 1..60),
            most in 2usize..12,
        ) {
            let weights: Vec<f64> = values.iter().map(|x| 1.0 + f64::from(u8::from(*x > 1.0))).collect();
            let cut = edges(&values, &weights, most);
            prop_assert!(cut.len() < most && cut.windows(2).all(|p| p[0] < p[1]));
            let twice: Vec<f32> = values.iter().chain(values.iter().filter(|x| **x > 1.0)).copied().collect();
            prop_assert_eq!(&edges(&twice, &vec![1.0; twice.len()], most), &cut);
            let bins = Bins::Edges(cut);
            let used: std::collections::BTreeSet<usize> = values.iter().map(|x| bins.of(*x)).collect();
            prop_assert_eq!(used.len(), bins.count() - 1);
        }
    }
}
