//! Every alternative beside the list as it is: its price in finds and its gain in evenness.

use models::{Outcome, Text};
use serde::{Deserialize, Serialize};

use super::list::{Change, listed};
use crate::backtest::evaluate::Settings;
use crate::backtest::input::{EvaluationError, TestRows, check_score};
use crate::backtest::prepared::Prepared;
use crate::backtest::rule::Capacity;
use crate::estimate::Estimate;
use crate::fairness::audit::{ListRows, cells};
use crate::fairness::{GroupAttribute, GroupMetric, Reading};
use crate::interval::bootstrap::{self, Draws};
use crate::interval::{GroupRates, gap};

/// A list that could be used instead.
#[derive(Clone, Debug)]
pub struct Alternative<'a> {
    /// What readers see.
    pub name: Text,
    /// Ranking key per row, higher first; finite.
    pub score: &'a [f64],
    /// How the list is filled from it.
    pub change: Change,
}

/// One alternative with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighed {
    /// What readers see.
    pub name: Text,
    /// How the list was filled.
    pub change: Change,
    /// Known finds on the list, over all periods; the list itself is held fixed while areas are drawn again.
    pub finds: Estimate,
    /// Finds more (or, below 0, fewer) than the first alternative, on the same draws.
    pub finds_gained: Option<Estimate>,
    /// Gap between the groups with the largest and the smallest share on the list.
    pub selection_gap: Estimate,
    /// The same of the share of rows without a find that are on the list: who is visited in vain.
    pub fruitless_gap: Estimate,
    /// The same of precision: where a visit hits more often.
    pub precision_gap: Estimate,
    /// Whether no other alternative has both at least as many finds and at most its selection gap, one of them strictly.
    pub undominated: bool,
}

/// All alternatives for one audit attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighing {
    /// Name of the attribute in the study.
    pub attribute: String,
    /// What readers see.
    pub label: Text,
    /// The alternatives; the first is the list as it is.
    pub alternatives: Vec<Weighed>,
}

/// Weighs alternatives by one audit attribute; the first is what the others are compared with.
///
/// # Errors
/// When a score has another length than the rows or is not finite, a group number is outside its attribute, a cap is below 1 or a share
/// outside 0 to 1.
pub fn weigh(
    rows: &TestRows<'_>,
    attribute: &GroupAttribute,
    alternatives: &[Alternative<'_>],
    capacity: Capacity,
    settings: Settings,
) -> Result<Weighing, EvaluationError> {
    attribute.check(rows.outcome.len())?;
    for alternative in alternatives {
        check_score(&alternative.name.en, alternative.score, rows.outcome.len())?;
        check_change(alternative.change)?;
    }
    let prepared = Prepared::new(*rows, settings.unknown);
    let draws = Draws::new(settings.seed, settings.draws, prepared.clusters);
    let groups = attribute.groups.len();
    let lists: Vec<Vec<f64>> = alternatives
        .iter()
        .map(|a| listed(&prepared, a.score, &attribute.of_row, groups, capacity, a.change))
        .collect();
    let finds: Vec<Finds> = lists.iter().map(|list| Finds::new(&prepared, list, &draws)).collect();
    let mut weighed: Vec<Weighed> = alternatives
        .iter()
        .zip(&lists)
        .zip(&finds)
        .enumerate()
        .map(|(number, ((alternative, list), own))| Weighed {
            name: alternative.name.clone(),
            change: alternative.change,
            finds: own.estimate(prepared.clusters, rows),
            finds_gained: (number > 0).then(|| own.minus(&finds[0]).estimate(prepared.clusters, rows)),
            selection_gap: gap_of(rows, list, attribute, GroupMetric::SelectionRate, settings),
            fruitless_gap: gap_of(rows, list, attribute, GroupMetric::FalsePositiveRate, settings),
            precision_gap: gap_of(rows, list, attribute, GroupMetric::Precision, settings),
            undominated: false,
        })
        .collect();
    mark_undominated(&mut weighed);
    Ok(Weighing { attribute: attribute.name.clone(), label: attribute.label.clone(), alternatives: weighed })
}

fn check_change(change: Change) -> Result<(), EvaluationError> {
    let (setting, value, allowed) = match change {
        Change::BurdenCap { at_most } if !(at_most.is_finite() && at_most >= 1.0) => {
            ("at_most", at_most, "1 or more")
        }
        Change::RandomArm { share } if !(0.0..=1.0).contains(&share) => ("share", share, "between 0 and 1"),
        _ => return Ok(()),
    };
    Err(EvaluationError::Rule {
        setting: setting.to_owned(),
        value: value.to_string(),
        allowed: allowed.to_owned(),
    })
}

/// Finds on a list, over all rows and on every draw.
struct Finds {
    value: f64,
    draws: Vec<f64>,
}

impl Finds {
    fn new(prepared: &Prepared<'_>, listed: &[f64], draws: &Draws) -> Self {
        let mut of_cluster = vec![0.0; prepared.clusters];
        for (row, share) in listed.iter().enumerate() {
            of_cluster[prepared.cluster[row] as usize] +=
                share * f64::from(prepared.rows.outcome[row].finds());
        }
        let drawn = draws.map(|times| {
            std::array::from_fn(|lane| {
                of_cluster.iter().zip(times).map(|(f, t)| f * f64::from(t[lane])).sum()
            })
        });
        Self { value: of_cluster.iter().sum(), draws: drawn }
    }

    fn minus(&self, other: &Self) -> Self {
        Self {
            value: self.value - other.value,
            draws: self.draws.iter().zip(&other.draws).map(|(a, b)| a - b).collect(),
        }
    }

    fn estimate(&self, clusters: usize, rows: &TestRows<'_>) -> Estimate {
        let known = |o: &&Outcome| o.known().is_some();
        let n = rows.outcome.iter().filter(known).count() as u64;
        bootstrap::estimate(Some(self.value), &self.draws, clusters, n)
    }
}

fn gap_of(
    rows: &TestRows<'_>,
    listed: &[f64],
    attribute: &GroupAttribute,
    metric: GroupMetric,
    settings: Settings,
) -> Estimate {
    let list = ListRows {
        outcome: rows.outcome,
        listed,
        group: &attribute.of_row,
        cluster: Some(rows.cluster),
        weight: None,
    };
    let cells = cells(&list, |c| metric.parts(&c.read(Reading::ALL[0])));
    let rates = GroupRates::new(&cells, attribute.groups.len());
    gap(&rates, settings.seed, settings.draws).map_or_else(|| Estimate::too_few(0), |gap| gap.estimate)
}

fn mark_undominated(weighed: &mut [Weighed]) {
    let place = |w: &Weighed| w.finds.value.zip(w.selection_gap.value);
    let places: Vec<Option<(f64, f64)>> = weighed.iter().map(place).collect();
    for (own, weighed) in weighed.iter_mut().enumerate() {
        let Some((finds, gap)) = places[own] else { continue };
        let beats =
            |other: &(f64, f64)| other.0 >= finds && other.1 <= gap && (other.0 > finds || other.1 < gap);
        weighed.undominated = !places.iter().flatten().any(beats);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::input::Target;

    fn text(name: &str) -> Text {
        Text { nl: name.to_owned(), en: name.to_owned() }
    }

    /// 400 rows in 40 areas; the first half of the areas is group 0, has the higher scores and three of four finds.
    fn town() -> (Vec<Outcome>, Vec<u32>, Vec<f64>, GroupAttribute) {
        let area: Vec<u32> = (0..400).map(|i| i / 10).collect();
        let outcome = (0..400u32)
            .map(|i| match if i < 200 { i % 5 == 0 } else { i % 15 == 0 } {
                true => Outcome::Found(1),
                false => Outcome::NothingFound,
            })
            .collect();
        let score = (0..400).map(|i| f64::from(400 - i)).collect();
        let group = GroupAttribute {
            name: "g".to_owned(),
            label: text("g"),
            groups: vec![text("a"), text("b")],
            of_row: (0..400).map(|i| Some(u32::from(i >= 200))).collect(),
        };
        (outcome, area, score, group)
    }

    fn rows<'a>(outcome: &'a [Outcome], area: &'a [u32]) -> TestRows<'a> {
        let (exposure, period) = (&[1.0; 400], &[0; 400]);
        TestRows { outcome, exposure, cluster: area, period, units: None, target: Target::Bernoulli }
    }

    #[test]
    fn evenness_has_its_price_in_finds() {
        let (outcome, area, score, group) = town();
        let rows = rows(&outcome, &area);
        let alternative = |name: &str, change| Alternative { name: text(name), score: &score, change };
        let worse: Vec<f64> = score.iter().map(|s| if *s < 100.0 { 500.0 } else { *s }).collect();
        let all = [
            alternative("as it is", Change::None),
            alternative("even", Change::BurdenCap { at_most: 1.0 }),
            alternative("lot", Change::RandomArm { share: 0.2 }),
            Alternative { name: text("worse"), score: &worse, change: Change::None },
        ];
        let weighing = weigh(&rows, &group, &all, Capacity::Units(100), Settings::default()).unwrap();
        let [as_is, even, lot, worse] = &weighing.alternatives[..] else { panic!("four") };
        assert_eq!(as_is.finds.value, Some(20.0));
        assert!(as_is.finds_gained.is_none());
        // 50 rows of group 0 hold 10 finds, the first 50 of group 1 hold 3: rows 210, 225 and 240.
        assert_eq!(even.finds.value, Some(13.0));
        let lost = even.finds_gained.as_ref().unwrap();
        assert_eq!(lost.value, Some(-7.0));
        assert!(lost.low.unwrap() < -7.0 && lost.high.unwrap() > -7.0);
        assert!((as_is.selection_gap.value.unwrap() - 0.5).abs() < 1e-9);
        assert!(even.selection_gap.value.unwrap() < 1e-9 && even.selection_gap.low == Some(0.0));
        assert!(lot.selection_gap.value.unwrap() < 0.5 && lot.finds.value.unwrap() < 20.0);
        assert!(as_is.undominated && even.undominated && lot.undominated);
        assert!(!worse.undominated, "the worse list has the largest gap and few finds");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let (outcome, area, score, group) = town();
        let rows = rows(&outcome, &area);
        for change in [Change::BurdenCap { at_most: 0.5 }, Change::RandomArm { share: 1.5 }] {
            let one = [Alternative { name: text("x"), score: &score, change }];
            let refused = weigh(&rows, &group, &one, Capacity::Units(10), Settings::default());
            assert!(matches!(refused, Err(EvaluationError::Rule { .. })));
        }
        let short = [Alternative { name: text("x"), score: &score[1..], change: Change::None }];
        let refused = weigh(&rows, &group, &short, Capacity::Units(10), Settings::default());
        assert!(matches!(refused, Err(EvaluationError::Length { .. })));
    }
}
