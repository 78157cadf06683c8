//! Comparisons of a rate between groups, by the definitions of fairlearn, Aequitas and AIF360. Absent values (a group
//! with nothing below the line) take no part; print how many there were.
//!
//! None of these is a verdict. All parities cannot hold at once unless base rates are equal (Kleinberg et al., 2016;
//! Chouldechova, 2017), and the four-fifths rule is a screening flag (EEOC, 1978). Intervals: [`crate::interval::gap`].

use crate::fairness::confusion::{Confusion, GroupMetric, list_shares};

/// Largest minus smallest over the groups (fairlearn, between groups).
#[must_use]
pub fn difference_between(values: &[Option<f64>]) -> Option<f64> {
    ends(values).map(|(low, high)| high - low)
}

/// Smallest over largest (fairlearn, between groups); absent when all are 0.
#[must_use]
pub fn ratio_between(values: &[Option<f64>]) -> Option<f64> {
    ends(values).and_then(|(low, high)| ratio(low, high))
}

/// Largest distance of a group to the whole (fairlearn, to overall).
#[must_use]
pub fn difference_to(values: &[Option<f64>], whole: f64) -> Option<f64> {
    values.iter().flatten().map(|m| (m - whole).abs()).reduce(f64::max)
}

/// Smallest of `group / whole` and `whole / group` over the groups (fairlearn, to overall).
#[must_use]
pub fn ratio_to(values: &[Option<f64>], whole: f64) -> Option<f64> {
    values.iter().flatten().filter_map(|&m| ratio(m.min(whole), m.max(whole))).reduce(f64::min)
}

/// What a group is compared with (Aequitas).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A group that the auditor names, by number.
    Named(usize),
    /// The largest group.
    Majority,
    /// The group in which the rate is smallest.
    Smallest,
}

/// Each group's value over that of the reference.
#[must_use]
pub fn disparities(values: &[Option<f64>], rows: &[f64], reference: Reference) -> Vec<Option<f64>> {
    let numbers = 0..values.len();
    let chosen = match reference {
        Reference::Named(group) => Some(group),
        Reference::Majority => numbers.max_by(|&a, &b| rows[a].total_cmp(&rows[b]).then(b.cmp(&a))),
        Reference::Smallest => numbers
            .filter_map(|i| values[i].map(|v| (i, v)))
            .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))
            .map(|(i, _)| i),
    };
    let below = chosen.and_then(|i| values.get(i).copied().flatten());
    values.iter().map(|v| v.zip(below).and_then(|(v, below)| ratio(v, below))).collect()
}

/// Whether a disparity passes Aequitas' screening: `tau <= disparity <= 1 / tau`, usually with `tau` 0.8.
#[must_use]
pub fn within(disparity: f64, tau: f64) -> bool {
    tau <= disparity && disparity <= 1.0 / tau
}

/// A parity of Aequitas: a set of rates that must all lie within `tau` of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// Share of the list.
    Statistical,
    /// One rate; selection rate is Aequitas' "impact parity".
    Of(GroupMetric),
    /// False discovery and false positive rate.
    TypeOne,
    /// False omission and false negative rate.
    TypeTwo,
    /// False and true positive rate.
    EqualizedOdds,
    /// Share of the list and selection rate.
    Unsupervised,
    /// Type one and type two.
    Supervised,
    /// Unsupervised and supervised.
    Overall,
}

impl Parity {
    /// Whether every group passes. Groups without a value fail nothing: count them beside the answer.
    #[must_use]
    pub fn holds(self, groups: &[Confusion], reference: Reference, tau: f64) -> bool {
        use GroupMetric as M;
        let all = |parities: &[Self]| parities.iter().all(|p| p.holds(groups, reference, tau));
        let rows: Vec<f64> = groups.iter().map(Confusion::rows).collect();
        let pass = |values: &[Option<f64>]| {
            disparities(values, &rows, reference).into_iter().flatten().all(|d| within(d, tau))
        };
        match self {
            Self::Statistical => pass(&list_shares(groups)),
            Self::Of(metric) => pass(&values(metric, groups)),
            Self::TypeOne => all(&[Self::Of(M::FalseDiscoveryRate), Self::Of(M::FalsePositiveRate)]),
            Self::TypeTwo => all(&[Self::Of(M::FalseOmissionRate), Self::Of(M::FalseNegativeRate)]),
            Self::EqualizedOdds => all(&[Self::Of(M::FalsePositiveRate), Self::Of(M::TruePositiveRate)]),
            Self::Unsupervised => all(&[Self::Statistical, Self::Of(M::SelectionRate)]),
            Self::Supervised => all(&[Self::TypeOne, Self::TypeTwo]),
            Self::Overall => all(&[Self::Unsupervised, Self::Supervised]),
        }
    }
}

/// The rate of each group.
#[must_use]
pub fn values(metric: GroupMetric, groups: &[Confusion]) -> Vec<Option<f64>> {
    groups.iter().map(|g| metric.of(g)).collect()
}

/// Demographic parity: difference and ratio of the selection rate between groups.
#[must_use]
pub fn demographic_parity(groups: &[Confusion]) -> (Option<f64>, Option<f64>) {
    let rates = values(GroupMetric::SelectionRate, groups);
    (difference_between(&rates), ratio_between(&rates))
}

/// Equalized odds: larger difference, and smaller ratio, of the true and false positive rate (fairlearn).
#[must_use]
pub fn equalized_odds(groups: &[Confusion]) -> (Option<f64>, Option<f64>) {
    let (tpr, fpr) =
        (values(GroupMetric::TruePositiveRate, groups), values(GroupMetric::FalsePositiveRate, groups));
    (
        difference_between(&tpr).zip(difference_between(&fpr)).map(|(a, b)| a.max(b)),
        ratio_between(&tpr).zip(ratio_between(&fpr)).map(|(a, b)| a.min(b)),
    )
}

/// Mean of the two differences of [`equalized_odds`] (fairlearn's other way of taking them together).
#[must_use]
pub fn mean_odds_difference(groups: &[Confusion]) -> Option<f64> {
    let difference = |metric| difference_between(&values(metric, groups));
    difference(GroupMetric::TruePositiveRate)
        .zip(difference(GroupMetric::FalsePositiveRate))
        .map(|(a, b)| f64::midpoint(a, b))
}

/// Two groups side by side: the unprivileged minus (or over) the privileged (AIF360).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The group that may be worse off.
    pub unprivileged: Confusion,
    /// The group it is compared with.
    pub privileged: Confusion,
}

impl Pair {
    /// The rate of the unprivileged minus that of the privileged group. With the selection rate: statistical parity
    /// difference; with the true positive rate: equal opportunity difference.
    #[must_use]
    pub fn difference(&self, metric: GroupMetric) -> Option<f64> {
        metric.of(&self.unprivileged).zip(metric.of(&self.privileged)).map(|(u, p)| u - p)
    }

    /// Disparate impact: selection rate over selection rate; below 0.8 is the four-fifths rule's flag to look closer.
    #[must_use]
    pub fn disparate_impact(&self) -> Option<f64> {
        let rate = |c| GroupMetric::SelectionRate.of(c);
        rate(&self.unprivileged).zip(rate(&self.privileged)).and_then(|(u, p)| ratio(u, p))
    }

    /// Average odds difference: mean of the differences in false and true positive rate.
    #[must_use]
    pub fn average_odds_difference(&self) -> Option<f64> {
        self.mean(GroupMetric::FalsePositiveRate, GroupMetric::TruePositiveRate, |d| d)
    }

    /// Average absolute odds difference.
    #[must_use]
    pub fn average_absolute_odds(&self) -> Option<f64> {
        self.mean(GroupMetric::FalsePositiveRate, GroupMetric::TruePositiveRate, f64::abs)
    }

    /// Average predictive value difference: mean of the differences in precision and false omission rate.
    #[must_use]
    pub fn average_predictive_value_difference(&self) -> Option<f64> {
        self.mean(GroupMetric::Precision, GroupMetric::FalseOmissionRate, |d| d)
    }

    /// Treatment equality (Berk et al., 2018): misses per false alarm, unprivileged minus privileged.
    #[must_use]
    pub fn treatment_equality(&self) -> Option<f64> {
        let of = |c: &Confusion| ratio(c.false_negative, c.false_positive);
        of(&self.unprivileged).zip(of(&self.privileged)).map(|(u, p)| u - p)
    }

    fn mean(&self, a: GroupMetric, b: GroupMetric, take: impl Fn(f64) -> f64) -> Option<f64> {
        self.difference(a).zip(self.difference(b)).map(|(a, b)| f64::midpoint(take(a), take(b)))
    }
}

/// Demographic disparity per group (Wachter, Mittelstadt and Russell, 2021): its share of the unfavourable decision, here
/// the list, minus its share of the favourable one. Above 0: more on the list than off it.
#[must_use]
pub fn demographic_disparity(groups: &[Confusion]) -> Vec<Option<f64>> {
    let listed: f64 = groups.iter().map(Confusion::listed).sum();
    let rows: f64 = groups.iter().map(Confusion::rows).sum();
    groups
        .iter()
        .map(|g| {
            ratio(g.listed(), listed)
                .zip(ratio(g.rows() - g.listed(), rows - listed))
                .map(|(on, off)| on - off)
        })
        .collect()
}

/// Conditional demographic disparity: the mean of [`demographic_disparity`] over strata of a legitimate attribute,
/// weighted by their rows. Strata in which everyone or no one is listed say nothing and count as 0.
#[must_use]
pub fn conditional_demographic_disparity(strata: &[Vec<Confusion>]) -> Vec<f64> {
    over_strata(strata, |groups| {
        demographic_disparity(groups).into_iter().map(|d| d.unwrap_or(0.0)).collect()
    })
}

/// Conditional statistical parity (Corbett-Davies et al., 2017): per group the selection rate minus that of its stratum,
/// averaged over strata of a legitimate attribute (building type, rent class) by their rows.
#[must_use]
pub fn conditional_selection(strata: &[Vec<Confusion>]) -> Vec<f64> {
    over_strata(strata, |groups| {
        let whole = groups.iter().fold(Confusion::default(), |sum, g| sum.plus(g));
        let rate = |c: &Confusion| GroupMetric::SelectionRate.of(c);
        groups.iter().map(|g| rate(g).zip(rate(&whole)).map_or(0.0, |(g, w)| g - w)).collect()
    })
}

fn over_strata(strata: &[Vec<Confusion>], of: impl Fn(&[Confusion]) -> Vec<f64>) -> Vec<f64> {
    let mut sum = vec![0.0; strata.iter().map(Vec::len).max().unwrap_or(0)];
    let mut all = 0.0;
    for groups in strata {
        let rows: f64 = groups.iter().map(Confusion::rows).sum();
        all += rows;
        for (sum, value) in sum.iter_mut().zip(of(groups)) {
            *sum += rows * value;
        }
    }
    sum.into_iter().map(|s| if all > 0.0 { s / all } else { 0.0 }).collect()
}

fn ends(values: &[Option<f64>]) -> Option<(f64, f64)> {
    values
        .iter()
        .flatten()
        .fold(None, |ends, &v| Some(ends.map_or((v, v), |(l, h): (f64, f64)| (l.min(v), h.max(v)))))
}

fn ratio(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(tp: f64, fp: f64, fneg: f64, tn: f64) -> Confusion {
        Confusion {
            true_positive: tp,
            false_positive: fp,
            false_negative: fneg,
            true_negative: tn,
            ..Confusion::default()
        }
    }

    fn near(got: Option<f64>, known: f64) {
        assert!((got.unwrap() - known).abs() < 1e-5, "{got:?} is not {known}");
    }

    #[test]
    fn differences_of_two_groups_by_hand() {
        // Unprivileged: selection 0.5, TPR 0.6, FPR 0.4; privileged: selection 0.3, TPR 0.5, FPR 0.25.
        let pair =
            Pair { unprivileged: group(30.0, 20.0, 20.0, 30.0), privileged: group(10.0, 20.0, 10.0, 60.0) };
        near(pair.difference(GroupMetric::SelectionRate), 0.2);
        near(pair.difference(GroupMetric::TruePositiveRate), 0.1);
        near(pair.disparate_impact(), 5.0 / 3.0);
        near(pair.average_odds_difference(), 0.125);
        near(pair.average_absolute_odds(), 0.125);
        near(pair.average_predictive_value_difference(), (0.6 - 1.0 / 3.0 + 0.4 - 1.0 / 7.0) / 2.0);
        near(pair.treatment_equality(), 0.5);
    }

    #[test]
    fn disparity_within_strata_can_turn_the_sign() {
        // Berkeley in miniature: in each stratum equal selection, over all together not.
        let strata = vec![
            vec![group(0.0, 8.0, 0.0, 2.0), group(0.0, 80.0, 0.0, 20.0)],
            vec![group(0.0, 20.0, 0.0, 80.0), group(0.0, 2.0, 0.0, 8.0)],
        ];
        let whole: Vec<Confusion> = (0..2).map(|g| strata[0][g].plus(&strata[1][g])).collect();
        assert!(demographic_disparity(&whole)[1].unwrap() > 0.4);
        assert!(conditional_demographic_disparity(&strata).iter().all(|d| d.abs() < 1e-12));
        assert!(conditional_selection(&strata).iter().all(|d| d.abs() < 1e-12));
    }

    #[test]
    fn references_and_absent_values() {
        let values = [Some(0.2), None, Some(0.4), Some(0.1)];
        let rows = [5.0, 9.0, 7.0, 1.0];
        assert_eq!(disparities(&values, &rows, Reference::Smallest)[2], Some(4.0));
        assert_eq!(disparities(&values, &rows, Reference::Majority), [None; 4]);
        assert_eq!(disparities(&values, &rows, Reference::Named(2))[0], Some(0.5));
        assert_eq!(ratio_between(&[Some(0.0), Some(0.0)]), None);
        assert_eq!(difference_between(&[None]), None);
        assert!(within(0.8, 0.8) && within(1.25, 0.8) && !within(0.79, 0.8));
    }
}
