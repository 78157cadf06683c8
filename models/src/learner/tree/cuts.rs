//! Where a feature may be cut, and in which bin each of its values then lies.

/// Most cuts per feature, so that a bin number fits in 8 bits with one left for missing values.
const MOST_CUTS: usize = 254;

/// A feature divided into bins.
pub(crate) struct Cuts {
    /// Rising; a value in bin `b` lies at or above cut `b - 1` and below cut `b`.
    pub(crate) cuts: Vec<f32>,
    /// Bin of each row; [`Cuts::missing`] for a missing value.
    pub(crate) bin: Vec<u8>,
}

impl Cuts {
    /// Cuts between neighbouring values of the rows that count: all of them, or where there are too many those
    /// that leave about equal weight between them.
    pub(crate) fn of(values: &[f32], weight: &[f64]) -> Self {
        let mut seen: Vec<(f32, f64)> = values
            .iter()
            .zip(weight)
            .filter(|(x, w)| !x.is_nan() && **w > 0.0)
            // 0 and -0 are one value.
            .map(|(&x, &w)| (x + 0.0, w))
            .collect();
        seen.sort_by(|a, b| a.0.total_cmp(&b.0));
        seen.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                first.1 += next.1;
            }
            same
        });
        let total: f64 = seen.iter().map(|(_, w)| w).sum();
        let share = if seen.len() > MOST_CUTS + 1 { total / (MOST_CUTS + 1) as f64 } else { 0.0 };
        let (mut cuts, mut since) = (Vec::new(), 0.0);
        for pair in seen.windows(2) {
            since += pair[0].1;
            // A sum of weights in another order may differ by rounding.
            if since >= share * (1.0 - 1e-9) && cuts.len() < MOST_CUTS {
                cuts.push(between(pair[0].0, pair[1].0));
                since = 0.0;
            }
        }
        let missing = cuts.len() as u8 + 1;
        let place = |x: &f32| if x.is_nan() { missing } else { cuts.partition_point(|cut| cut <= x) as u8 };
        let bin = values.iter().map(place).collect();
        Self { cuts, bin }
    }

    /// Bin of missing values, the last one.
    pub(crate) fn missing(&self) -> usize {
        self.cuts.len() + 1
    }
}

/// A number above `low` and at most `high`, with as few digits as that allows, so that a rule reads well.
fn between(low: f32, high: f32) -> f32 {
    let middle = 0.5 * (f64::from(low) + f64::from(high));
    let short = |digits: usize| format!("{middle:.digits$e}").parse::<f32>().ok();
    (0..8).filter_map(short).find(|cut| *cut > low && *cut <= high).unwrap_or(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Stream;

    #[test]
    fn cuts_lie_between_values_and_read_well() {
        let nan = f32::NAN;
        let cuts = Cuts::of(&[1.0, 0.0, nan, 2.0, -0.0, 87.3, 99.0], &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(cuts.cuts, [0.5, 2.0, 40.0]);
        assert_eq!(cuts.bin, [1, 0, 4, 2, 0, 3, 3]);
        assert_eq!(cuts.missing(), 4);
        assert_eq!(between(119.7, 120.4), 120.0);
        assert_eq!(between(f32::MIN_POSITIVE, 1.0), 0.5);
        assert!(Cuts::of(&[nan, 3.0, 3.0], &[1.0; 3]).cuts.is_empty());
    }

    #[test]
    fn many_values_are_cut_into_equal_shares() {
        let mut stream = Stream(3);
        let values: Vec<f32> = (0..20_000).map(|_| stream.next() as f32).collect();
        let cuts = Cuts::of(&values, &vec![1.0; values.len()]);
        assert!(cuts.cuts.len() > 200 && cuts.cuts.len() <= MOST_CUTS);
        assert!(cuts.cuts.windows(2).all(|w| w[0] < w[1]));
        let mut held = vec![0; cuts.missing()];
        cuts.bin.iter().for_each(|b| held[usize::from(*b)] += 1);
        assert!(held.iter().all(|n| (10..200).contains(n)), "{held:?}");
        for (x, b) in values.iter().zip(&cuts.bin) {
            assert_eq!(cuts.cuts.iter().filter(|c| *c <= x).count(), usize::from(*b));
        }
    }
}
