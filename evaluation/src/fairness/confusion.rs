//! What a list does to one group: listed or not, against found, nothing found and unknown; and every rate that
//! follows. Names follow the field (Aequitas, fairlearn, AIF360), so that figures can be laid side by side.

use models::Outcome;
use serde::{Deserialize, Serialize};

/// Weighted counts of one group. Rows may be on the list for a part (tied scores at its end).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confusion {
    /// Listed, found.
    pub true_positive: f64,
    /// Listed, nothing found.
    pub false_positive: f64,
    /// Not listed, found.
    pub false_negative: f64,
    /// Not listed, nothing found.
    pub true_negative: f64,
    /// Listed, outcome unknown.
    pub listed_unknown: f64,
    /// Not listed, outcome unknown.
    pub unlisted_unknown: f64,
}

/// How rows with an unknown outcome are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Only rows with a known outcome count.
    Labelled,
    /// As if nothing would be found in any of them.
    UnknownEmpty,
    /// As if something would be found in each of them.
    UnknownFound,
}

impl Reading {
    /// All readings.
    pub const ALL: [Self; 3] = [Self::Labelled, Self::UnknownEmpty, Self::UnknownFound];
}

/// A rate of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupMetric {
    /// Share found, listed or not: prevalence, base rate.
    Prevalence,
    /// Share of the found rows that are listed: TPR, recall, sensitivity.
    TruePositiveRate,
    /// Share of the found rows that are not listed: FNR, miss rate.
    FalseNegativeRate,
    /// Share of the rows without a find that are listed: FPR.
    FalsePositiveRate,
    /// Share of the rows without a find that are not listed: TNR, specificity.
    TrueNegativeRate,
    /// Share of the listed rows that are found: precision, PPV, hit rate of visits.
    Precision,
    /// Share of the listed rows without a find: FDR.
    FalseDiscoveryRate,
    /// Share of the unlisted rows without a find: NPV.
    NegativePredictiveValue,
    /// Share of the unlisted rows that are found: FOR.
    FalseOmissionRate,
    /// Share of the rows that are rightly listed or rightly left alone.
    Accuracy,
    /// One minus the accuracy.
    ErrorRate,
    /// Share of the rows that are listed, whatever their outcome: PPrev.
    SelectionRate,
    /// Share of the rows that are listed without a find: what the innocent of a group bear.
    FruitlessShare,
}

impl Confusion {
    /// Adds a row of weight `weight` that is on the list with chance `listed` (0 to 1).
    pub fn add(&mut self, outcome: Outcome, listed: f64, weight: f64) {
        let (on, off) = (weight * listed, weight * (1.0 - listed));
        let (on_list, off_list) = match outcome.known() {
            Some(0) => (&mut self.false_positive, &mut self.true_negative),
            Some(_) => (&mut self.true_positive, &mut self.false_negative),
            None => (&mut self.listed_unknown, &mut self.unlisted_unknown),
        };
        *on_list += on;
        *off_list += off;
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            true_positive: self.true_positive + other.true_positive,
            false_positive: self.false_positive + other.false_positive,
            false_negative: self.false_negative + other.false_negative,
            true_negative: self.true_negative + other.true_negative,
            listed_unknown: self.listed_unknown + other.listed_unknown,
            unlisted_unknown: self.unlisted_unknown + other.unlisted_unknown,
        }
    }

    /// All rows, `n`.
    #[must_use]
    pub fn rows(&self) -> f64 {
        self.known() + self.listed_unknown + self.unlisted_unknown
    }

    /// Rows with a known outcome.
    #[must_use]
    pub fn known(&self) -> f64 {
        self.true_positive + self.false_positive + self.false_negative + self.true_negative
    }

    /// Rows on the list, known or not.
    #[must_use]
    pub fn listed(&self) -> f64 {
        self.true_positive + self.false_positive + self.listed_unknown
    }

    /// The same rows when `on` of the listed and `off` of the other unknown rows (shares, 0 to 1) hold a find.
    #[must_use]
    pub fn resolved(&self, on: f64, off: f64) -> Self {
        Self {
            true_positive: self.true_positive + on * self.listed_unknown,
            false_positive: self.false_positive + (1.0 - on) * self.listed_unknown,
            false_negative: self.false_negative + off * self.unlisted_unknown,
            true_negative: self.true_negative + (1.0 - off) * self.unlisted_unknown,
            listed_unknown: 0.0,
            unlisted_unknown: 0.0,
        }
    }

    /// The rows under a reading of the unknown ones. Labelled keeps them apart: only the selection rate counts them.
    #[must_use]
    pub fn read(&self, reading: Reading) -> Self {
        match reading {
            Reading::Labelled => *self,
            Reading::UnknownEmpty => self.resolved(0.0, 0.0),
            Reading::UnknownFound => self.resolved(1.0, 1.0),
        }
    }
}

impl GroupMetric {
    /// All rates, in the order of the report.
    pub const ALL: [Self; 13] = [
        Self::Prevalence,
        Self::TruePositiveRate,
        Self::FalseNegativeRate,
        Self::FalsePositiveRate,
        Self::TrueNegativeRate,
        Self::Precision,
        Self::FalseDiscoveryRate,
        Self::NegativePredictiveValue,
        Self::FalseOmissionRate,
        Self::Accuracy,
        Self::ErrorRate,
        Self::SelectionRate,
        Self::FruitlessShare,
    ];

    /// What stands above and below the line.
    #[must_use]
    pub fn parts(self, c: &Confusion) -> (f64, f64) {
        let (tp, fp, fneg, tn) = (c.true_positive, c.false_positive, c.false_negative, c.true_negative);
        match self {
            Self::Prevalence => (tp + fneg, c.known()),
            Self::TruePositiveRate => (tp, tp + fneg),
            Self::FalseNegativeRate => (fneg, tp + fneg),
            Self::FalsePositiveRate => (fp, fp + tn),
            Self::TrueNegativeRate => (tn, fp + tn),
            Self::Precision => (tp, tp + fp),
            Self::FalseDiscoveryRate => (fp, tp + fp),
            Self::NegativePredictiveValue => (tn, tn + fneg),
            Self::FalseOmissionRate => (fneg, tn + fneg),
            Self::Accuracy => (tp + tn, c.known()),
            Self::ErrorRate => (fp + fneg, c.known()),
            Self::SelectionRate => (c.listed(), c.rows()),
            Self::FruitlessShare => (fp, c.known()),
        }
    }

    /// The rate; absent when nothing is below the line.
    ///
    /// ```
    /// use evaluation::fairness::{Confusion, GroupMetric};
    /// let group = Confusion { true_positive: 3.0, false_positive: 1.0, ..Confusion::default() };
    /// assert_eq!(GroupMetric::Precision.of(&group), Some(0.75));
    /// assert_eq!(GroupMetric::FalseOmissionRate.of(&group), None);
    /// ```
    #[must_use]
    pub fn of(self, confusion: &Confusion) -> Option<f64> {
        let (above, below) = self.parts(confusion);
        (below > 0.0).then(|| above / below)
    }

    /// The lowest and the highest that the rate could turn out to be, whatever the unknown rows hold. Every rate here
    /// only rises or only falls with each unknown row, so the ends lie where the listed ones and the others are all
    /// empty or all found. Absent where some outcome would leave nothing below the line.
    #[must_use]
    pub fn bounds(self, confusion: &Confusion) -> Option<(f64, f64)> {
        let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
        for (on, off) in CORNERS {
            let value = self.of(&confusion.resolved(on, off))?;
            ends = (ends.0.min(value), ends.1.max(value));
        }
        Some(ends)
    }
}

/// The extreme ways in which the unknown rows on the list, and those off it, can turn out.
pub(crate) const CORNERS: [(f64, f64); 4] = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)];

/// Share of the whole list that each group takes (PPR): depends on the size of the group, so print both.
#[must_use]
pub fn list_shares(groups: &[Confusion]) -> Vec<Option<f64>> {
    let list: f64 = groups.iter().map(Confusion::listed).sum();
    groups.iter().map(|g| (list > 0.0).then(|| g.listed() / list)).collect()
}

/// The counts per group of rows with these outcomes, chances to be listed and groups (numbers below `groups`); rows
/// without a group are left out.
#[must_use]
pub fn confusions(
    outcome: &[Outcome],
    listed: &[f64],
    group: &[Option<u32>],
    groups: usize,
    weight: Option<&[f64]>,
) -> Vec<Confusion> {
    let mut all = vec![Confusion::default(); groups];
    for (i, group) in group.iter().enumerate() {
        if let Some(confusion) = group.and_then(|g| all.get_mut(g as usize)) {
            confusion.add(outcome[i], listed[i], weight.map_or(1.0, |w| w[i]));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome(code: u8) -> Outcome {
        match code {
            0 => Outcome::NothingFound,
            1 => Outcome::Found(1),
            _ => Outcome::Unknown,
        }
    }

    proptest! {
        /// However the unknown rows turn out, every rate lies between its bounds, and both are reached.
        #[test]
        fn bounds_contain_every_way_the_unknown_can_turn_out(
            rows in prop::collection::vec((0u8..3, any::<bool>()), 1..9),
        ) {
            let mut group = Confusion::default();
            let listed = |l: bool| if l { 1.0 } else { 0.0 };
            for &(code, l) in &rows {
                group.add(outcome(code), listed(l), 1.0);
            }
            let unknown: Vec<usize> = (0..rows.len()).filter(|&i| rows[i].0 == 2).collect();
            for metric in GroupMetric::ALL {
                let Some((low, high)) = metric.bounds(&group) else { continue };
                let mut seen = (f64::INFINITY, f64::NEG_INFINITY);
                for choice in 0u32..1 << unknown.len() {
                    let mut truth = Confusion::default();
                    for (i, &(code, l)) in rows.iter().enumerate() {
                        let code = unknown.iter().position(|&u| u == i).map_or(code, |at| (choice >> at & 1) as u8);
                        truth.add(outcome(code), listed(l), 1.0);
                    }
                    let value = metric.of(&truth).unwrap();
                    prop_assert!(low - 1e-12 <= value && value <= high + 1e-12, "{metric:?} {value} {low} {high}");
                    seen = (seen.0.min(value), seen.1.max(value));
                }
                prop_assert!((seen.0 - low).abs() < 1e-12 && (seen.1 - high).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_three_readings() {
        let mut group = Confusion::default();
        for (code, listed) in [(1, 1.0), (0, 1.0), (2, 1.0), (1, 0.0), (2, 0.0), (2, 0.0)] {
            group.add(outcome(code), listed, 1.0);
        }
        let precision = Reading::ALL.map(|r| GroupMetric::Precision.of(&group.read(r)).unwrap());
        assert_eq!(precision, [0.5, 1.0 / 3.0, 2.0 / 3.0]);
        let recall = Reading::ALL.map(|r| GroupMetric::TruePositiveRate.of(&group.read(r)).unwrap());
        assert_eq!(recall, [0.5, 0.5, 0.4]);
        // Recall is lowest when the unknown finds all lie outside the list: a bound that neither reading shows.
        assert_eq!(GroupMetric::TruePositiveRate.bounds(&group), Some((0.25, 2.0 / 3.0)));
        assert_eq!(Reading::ALL.map(|r| GroupMetric::SelectionRate.of(&group.read(r)).unwrap()), [0.5; 3]);
    }
}
