//! The funnel: at which step from everyone to a find does a group's share grow?
//!
//! A route ratio is the product of its step ratios, so it tells who added the gap: the score, the people who chose
//! from the list, or the visits. From counts alone; no model is needed.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::estimate::{Estimate, method};
use crate::fairness::groups::FEWEST_KNOWN;
use crate::interval::{Against, garwood, normal_quantile, westfall_young_counts};

/// Seed and number of relabellings behind every corrected chance: the smallest that can be told is 0.0001.
const SEED: u64 = 20_240_617;
const DRAWS: usize = 9999;
/// A corrected chance above this is no clear difference.
const LEVEL: f64 = 0.05;

/// Counts per group at one stage; each stage is a part of the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What the stage is.
    pub name: Text,
    /// Number in each group.
    pub counts: Vec<f64>,
    /// Whether this stage is an outcome, known only of those that reached the stage before.
    pub is_outcome: bool,
}

/// One group at one stage, beside the reference group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelFigures {
    /// Number of the group.
    pub group: usize,
    /// Share of the stage before that gets here.
    pub rate: Estimate,
    /// That share over the reference group's: what this step adds.
    pub step_ratio: Estimate,
    /// Share of the first stage that gets here, over the reference group's: all steps so far.
    pub route_ratio: Estimate,
    /// The group's share of this stage over its share of the first (representation ratio).
    pub representation: Option<f64>,
    /// The least and the most that the step ratio can be, given that counts were rounded.
    pub step_ratio_rounded: Option<(f64, f64)>,
    /// Whether the group is over-represented by this step: the whole interval of the step ratio lies above 1, also after
    /// rounding, and its corrected chance is at most 0.05.
    pub over: bool,
    /// The same the other way: the whole interval lies below 1, also after rounding.
    pub under: bool,
    /// Chance that the share of this group is as far from the reference group's by luck alone, corrected for the number of groups
    /// (and, over counts, of steps).
    pub p: Option<f64>,
}

/// A step of the funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunnelStep {
    /// What the stage is.
    pub name: Text,
    /// Every group, in order, the reference group too.
    pub groups: Vec<FunnelFigures>,
    /// For an outcome: why its rate says nothing about those who were not selected.
    pub warning: Option<Text>,
}

/// Why no funnel can be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FunnelError {
    /// Fewer than two stages, or counts for another number of groups.
    #[error(
        "stage '{stage}' has counts for {got} groups, the first stage for {wanted}: give every stage one count per \
         group, and at least two stages"
    )]
    Shape {
        /// English name of the stage.
        stage: String,
        /// Counts given.
        got: usize,
        /// Counts of the first stage.
        wanted: usize,
    },
    /// A stage with more than the one before.
    #[error(
        "stage '{stage}', group {group}: {count} is more than the {before} of the stage before. Stages must be parts of \
         one another; give another route its own funnel"
    )]
    NotAPart {
        /// English name of the stage.
        stage: String,
        /// Number of the group.
        group: usize,
        /// Count of this stage.
        count: f64,
        /// Count of the stage before.
        before: f64,
    },
    /// The reference group is not there.
    #[error("the reference group is number {reference}, but there are {groups} groups")]
    Reference {
        /// Number given.
        reference: usize,
        /// Number of groups.
        groups: usize,
    },
}

/// The funnel over its stages, each group beside `reference`; `rounding` is the step to which counts were rounded (10 for
/// CBS' tens), 0 for exact counts.
///
/// # Errors
/// When stages have other groups, are no parts of one another, or the reference is not there.
pub fn funnel(stages: &[Stage], reference: usize, rounding: f64) -> Result<Vec<FunnelStep>, FunnelError> {
    check(stages, reference, rounding)?;
    let first = &stages[0];
    let tables: Vec<Vec<(f64, f64)>> = stages.windows(2).map(|pair| pairs(&pair[1], &pair[0])).collect();
    let chances = westfall_young_counts(&tables, Against::Group(reference), SEED, DRAWS);
    let steps = stages.windows(2).zip(&chances).map(|(pair, p)| {
        let (before, here) = (&pair[0], &pair[1]);
        let groups = (0..first.counts.len())
            .map(|group| {
                let of = |from: &Stage| {
                    ratio(
                        (here.counts[group], from.counts[group]),
                        (here.counts[reference], from.counts[reference]),
                    )
                };
                FunnelFigures {
                    representation: representation(first, here, group),
                    step_ratio_rounded: rounded(before, here, group, reference, rounding)
                        .filter(|_| rounding > 0.0),
                    p: p[group],
                    ..figures(
                        group,
                        Estimate::proportion(here.counts[group], before.counts[group]),
                        of(before),
                        of(first),
                    )
                }
                .judged(group == reference, before.counts[group].min(before.counts[reference]))
            })
            .collect();
        FunnelStep { name: here.name.clone(), groups, warning: here.is_outcome.then(selected_only) }
    });
    Ok(steps.collect())
}

/// The figures of a group before anything else is known of it.
pub(crate) fn figures(
    group: usize,
    rate: Estimate,
    step_ratio: Estimate,
    route_ratio: Estimate,
) -> FunnelFigures {
    FunnelFigures {
        group,
        rate,
        step_ratio,
        route_ratio,
        representation: None,
        step_ratio_rounded: None,
        over: false,
        under: false,
        p: None,
    }
}

impl FunnelFigures {
    /// Says whether the group is over- or under-represented; withholds its figures where fewer than 10 reached the
    /// stage before.
    pub(crate) fn judged(mut self, is_reference: bool, fewest: f64) -> Self {
        if fewest < FEWEST_KNOWN {
            for figure in [&mut self.rate, &mut self.step_ratio, &mut self.route_ratio] {
                *figure = Estimate::too_few(figure.n);
            }
            self.representation = None;
            self.step_ratio_rounded = None;
        }
        let rounded = self.step_ratio_rounded;
        let ends = self.step_ratio.low.zip(self.step_ratio.high);
        let told = !is_reference && self.p.is_none_or(|p| p <= LEVEL);
        if let Some((low, high)) = ends.filter(|_| told) {
            self.over = low > 1.0 && rounded.is_none_or(|r| r.0 > 1.0);
            self.under = high < 1.0 && rounded.is_none_or(|r| r.1 < 1.0);
        }
        self
    }
}

/// Above and below the line per group.
fn pairs(here: &Stage, before: &Stage) -> Vec<(f64, f64)> {
    here.counts.iter().copied().zip(before.counts.iter().copied()).collect()
}

fn check(stages: &[Stage], reference: usize, rounding: f64) -> Result<(), FunnelError> {
    let wanted = stages.first().map_or(0, |s| s.counts.len());
    let shape = |stage: &str, got| FunnelError::Shape { stage: stage.to_owned(), got, wanted };
    if stages.len() < 2 {
        return Err(shape(stages.first().map_or("", |s| &s.name.en), wanted));
    }
    if let Some(stage) = stages.iter().find(|s| s.counts.len() != wanted) {
        return Err(shape(&stage.name.en, stage.counts.len()));
    }
    if reference >= wanted {
        return Err(FunnelError::Reference { reference, groups: wanted });
    }
    for pair in stages.windows(2) {
        for (group, (&before, &count)) in pair[0].counts.iter().zip(&pair[1].counts).enumerate() {
            if count > before + rounding {
                return Err(FunnelError::NotAPart { stage: pair[1].name.en.clone(), group, count, before });
            }
        }
    }
    Ok(())
}

/// `(k₁ / n₁) / (k₂ / n₂)` with its logarithmic interval; exact over Poisson counts where a count is below 5.
fn ratio((k1, n1): (f64, f64), (k2, n2): (f64, f64)) -> Estimate {
    let n = crate::estimate::whole(n1 + n2);
    if !(n1 > 0.0 && n2 > 0.0 && k2 > 0.0) {
        return Estimate::new(None, None, n, method::NONE);
    }
    let value = k1 / n1 / (k2 / n2);
    if k1 < 5.0 || k2 < 5.0 {
        let ends = garwood(k1, 0.975).zip(garwood(k2, 0.975));
        let interval = ends
            .filter(|e| e.1.0 > 0.0)
            .map(|((l1, h1), (l2, h2))| (l1 / n1 / (h2 / n2), h1 / n1 / (l2 / n2)));
        return Estimate::new(Some(value), interval, n, method::GARWOOD);
    }
    let half = normal_quantile(0.95) * (1.0 / k1 - 1.0 / n1 + 1.0 / k2 - 1.0 / n2).max(0.0).sqrt();
    Estimate::new(Some(value), Some((value * (-half).exp(), value * half.exp())), n, method::LOG_RATIO)
}

fn rounded(
    before: &Stage,
    here: &Stage,
    group: usize,
    reference: usize,
    rounding: f64,
) -> Option<(f64, f64)> {
    let half = rounding / 2.0;
    let value = |sign: f64| {
        let (k1, n1) = ((here.counts[group] + sign * half).max(0.0), before.counts[group] - sign * half);
        let (k2, n2) = (here.counts[reference] - sign * half, before.counts[reference] + sign * half);
        (n1 > 0.0 && k2 > 0.0).then(|| k1 / n1 / (k2 / n2))
    };
    value(-1.0).zip(value(1.0))
}

pub(crate) fn representation(first: &Stage, here: &Stage, group: usize) -> Option<f64> {
    let share = |s: &Stage| {
        let all: f64 = s.counts.iter().sum();
        (all > 0.0).then(|| s.counts[group] / all)
    };
    share(here).zip(share(first).filter(|s| *s > 0.0)).map(|(here, first)| here / first)
}

pub(crate) fn selected_only() -> Text {
    Text {
        nl: "Dit deel is alleen bekend van wie geselecteerd en bezocht is. Het is niet het deel in de hele groep: wie vaker \
             geselecteerd wordt, levert vaker uitkomsten. Alleen een steekproef door loting zegt hoe vaak het in de \
             hele groep voorkomt."
            .to_owned(),
        en: "This share is known only of those who were selected and visited. It is not the share in the whole group: who is \
             selected more often yields more outcomes. Only a random sample tells how often it occurs in the whole group."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str, counts: [f64; 2], is_outcome: bool) -> Stage {
        Stage { name: Text { nl: name.to_owned(), en: name.to_owned() }, counts: counts.to_vec(), is_outcome }
    }

    /// DUO 2014 (CBS): origin Netherlands and outside Europe.
    fn duo() -> Vec<Stage> {
        vec![
            stage("everyone", [178_200.0, 54_820.0], false),
            stage("risk class 1", [8670.0, 7280.0], false),
            stage("selected by staff", [390.0, 1460.0], false),
        ]
    }

    #[test]
    fn the_human_step_added_more_than_the_score() {
        let steps = funnel(&duo(), 0, 10.0).unwrap();
        let of = |step: usize| steps[step].groups[1].clone();
        assert!((of(0).step_ratio.value.unwrap() - 2.73).abs() < 0.005);
        assert!((of(1).step_ratio.value.unwrap() - 4.46).abs() < 0.005);
        assert!((of(1).route_ratio.value.unwrap() - 12.17).abs() < 0.005);
        assert!(of(0).over && of(1).over && !steps[0].groups[0].over && !of(0).under);
        assert!(of(0).p.unwrap() <= 0.0001 && of(1).p.unwrap() <= 0.0001);
        let (low, high) = of(1).step_ratio_rounded.unwrap();
        assert!(low > 4.3 && high < 4.6 && low < 4.46 && high > 4.46);
        let product = of(0).step_ratio.value.unwrap() * of(1).step_ratio.value.unwrap();
        assert!((product - of(1).route_ratio.value.unwrap()).abs() < 1e-9);
        assert!(steps.iter().all(|s| s.warning.is_none()));
    }

    #[test]
    fn an_outcome_carries_its_warning_and_rounding_its_doubt() {
        let stages = [stage("visited", [20.0, 20.0], false), stage("found", [10.0, 20.0], true)];
        let steps = funnel(&stages, 0, 10.0).unwrap();
        assert!(steps[0].warning.as_ref().unwrap().nl.contains("loting"));
        assert!(!steps[0].groups[1].over, "counts in tens cannot tell 10 of 20 from 20 of 20");
    }

    #[test]
    fn a_group_below_ten_is_withheld_and_chance_alone_is_not_called_a_difference() {
        let stages = [
            stage("everyone", [400.0, 380.0], false),
            stage("listed", [40.0, 41.0], false),
            stage("found", [20.0, 7.0], true),
        ];
        let steps = funnel(&stages, 0, 0.0).unwrap();
        let figures = &steps[0].groups[1];
        assert!(!figures.over && !figures.under && figures.p.unwrap() > 0.5, "{figures:?}");
        assert!(steps[1].groups[1].under && steps[1].groups[1].p.unwrap() < 0.01);
        let small = [stage("everyone", [400.0, 8.0], false), stage("listed", [4.0, 8.0], false)];
        let figures = &funnel(&small, 0, 0.0).unwrap()[0].groups[1];
        assert_eq!((figures.rate.value, figures.rate.n, figures.over), (None, 8, false));
        assert!(figures.p.is_some(), "it still takes part in the test");
    }

    #[test]
    fn stages_that_do_not_fit_are_refused() {
        let more = [stage("a", [5.0, 5.0], false), stage("b", [6.0, 5.0], false)];
        assert!(matches!(funnel(&more, 0, 0.0), Err(FunnelError::NotAPart { group: 0, .. })));
        assert!(matches!(funnel(&more[..1], 0, 0.0), Err(FunnelError::Shape { .. })));
        assert!(matches!(funnel(&duo(), 2, 10.0), Err(FunnelError::Reference { .. })));
    }
}
