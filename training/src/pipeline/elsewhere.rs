//! The chosen learner in parts of town that it never saw: left out whole, with a border, in space and in time together.

use evaluation::report::Elsewhere;
use evaluation::spatial::{Folds, Weight, within};
use evaluation::splits::Split;
use evaluation::{Rule, Settings, TestRows, evaluate};
use features::tables::{Areas, Day};
use models::learner::LearnerSpec;
use models::{Link, Text};

use super::PipelineError;
use super::backtest::{Backtest, LearnerScores};
use super::history::History;
use super::judge::candidate;
use crate::progress::Stage;
use crate::study::Space;

/// What lies beside each other.
const SAW_ALL: &str = "saw_all";
const NEVER_SAW: &str = "never_saw";

/// Scores the test rows once more, each by the chosen learner fitted on the same dates without the row's own part of town, and lays both
/// side by side, before calibration. `None` where the areas have fewer than two such parts, or nothing could be fitted.
pub(super) fn run(
    history: &History<'_>,
    backtest: &Backtest,
    chosen: &LearnerScores,
    space: &Space,
    rows: &TestRows<'_>,
    (rule, settings): (&Rule, Settings),
) -> Result<Option<Elsewhere>, PipelineError> {
    let Some(parts) = Parts::new(&history.tables.areas, space, backtest) else { return Ok(None) };
    let count = parts.folds.count();
    let stage = Stage::new("unseen parts of town", u64::from(count) * backtest.splits.len() as u64);
    let mut scored = Scored::default();
    for fold in 0..count {
        let trains = parts.folds.trains(fold, &parts.near);
        let may_train = |area: Option<u32>| area.is_none_or(|a| trains[a as usize]);
        let (mut first, mut fitted) = (0, None);
        for split in &backtest.splits {
            let test = &history.rows[split.test];
            let models = match fitted.take().filter(|(last, _): &(&Split, _)| last.trains_as(split)) {
                Some((_, models)) => models,
                None => {
                    let training = history.training_where(&split.train, Day(split.known_by), may_train)?;
                    training.fit(&[&chosen.spec], &[], Some(test.as_of))?.models
                }
            };
            if let Some(model) = models.first() {
                let tested: Vec<usize> =
                    (0..test.unit.len()).filter(|&i| parts.fold(test.area[i]) == Some(fold)).collect();
                let sums = model.sums(&test.matrix.select(&tested));
                for (i, sum) in tested.into_iter().zip(sums) {
                    scored.add(first + i, [chosen.sums[first + i], sum], model.link, rows.exposure);
                }
            }
            first += test.unit.len();
            fitted = Some((split, models));
            stage.step();
        }
    }
    scored.compared(&chosen.spec, rows, rule, settings).map(|evaluation| {
        evaluation.map(|evaluation| Elsewhere {
            level: space.level.clone(),
            folds: count,
            border_metres: space.border_metres,
            evaluation,
        })
    })
}

/// The parts of town, and which areas lie near each other.
struct Parts {
    folds: Folds,
    near: Vec<Weight>,
}

impl Parts {
    fn new(areas: &Areas, space: &Space, backtest: &Backtest) -> Option<Self> {
        let level = areas.levels.iter().position(|name| *name == space.level)?;
        let part = |area: u32| {
            std::iter::successors(Some(area), |&a| areas.parent[a as usize])
                .find(|&a| usize::from(areas.level[a as usize]) == level)
        };
        let group: Vec<Option<u32>> = (0u32..).take(areas.code.len()).map(part).collect();
        let mut weight = vec![0.0; areas.code.len()];
        for area in backtest.area.iter().flatten() {
            weight[*area as usize] += 1.0;
        }
        let folds = Folds::by_group(&group, &weight, space.folds)?;
        let lowest = |of: &[f64]| -> Vec<f64> {
            of.iter().zip(&areas.level).map(|(v, level)| if *level == 0 { *v } else { f64::NAN }).collect()
        };
        let near = match space.border_metres {
            border if border > 0.0 => within(&lowest(&areas.x), &lowest(&areas.y), border),
            _ => vec![],
        };
        Some(Self { folds, near })
    }

    fn fold(&self, area: Option<u32>) -> Option<u32> {
        self.folds.of(area? as usize)
    }
}

/// Rows that a model scored which never saw their part of town.
#[derive(Default)]
struct Scored {
    /// Row number, and the expected finds of who saw all and who did not.
    rows: Vec<(usize, [f64; 2])>,
}

impl Scored {
    fn add(&mut self, row: usize, sums: [f64; 2], link: Link, exposure: &[f64]) {
        self.rows.push((row, sums.map(|sum| link.expected(sum) * exposure[row])));
    }

    /// Figures of both over the same rows; the capacity applies per test date to these rows.
    fn compared(
        mut self,
        spec: &LearnerSpec,
        rows: &TestRows<'_>,
        rule: &Rule,
        settings: Settings,
    ) -> Result<Option<evaluation::Evaluation>, PipelineError> {
        self.rows.sort_by_key(|(row, _)| *row);
        if self.rows.is_empty() {
            return Ok(None);
        }
        let outcome: Vec<_> = self.rows.iter().map(|(row, _)| rows.outcome[*row]).collect();
        let exposure: Vec<_> = self.rows.iter().map(|(row, _)| rows.exposure[*row]).collect();
        let cluster: Vec<_> = self.rows.iter().map(|(row, _)| rows.cluster[*row]).collect();
        let period: Vec<_> = self.rows.iter().map(|(row, _)| rows.period[*row]).collect();
        let own = TestRows {
            outcome: &outcome,
            exposure: &exposure,
            cluster: &cluster,
            period: &period,
            units: None,
            target: rows.target,
        };
        let [all, unseen] =
            [0, 1].map(|which| -> Vec<f64> { self.rows.iter().map(|(_, e)| e[which]).collect() });
        let both = [
            candidate(
                NEVER_SAW,
                &words("nooit gezien", "never saw this part", spec),
                &spec.kind,
                false,
                &unseen,
            ),
            candidate(SAW_ALL, &words("alles gezien", "saw every part", spec), &spec.kind, true, &all),
        ];
        let rule = Rule { baseline: SAW_ALL.to_owned(), ..rule.clone() };
        Ok(Some(evaluate(&own, &both, &rule, &[], settings)?))
    }
}

fn words(nl: &str, en: &str, spec: &LearnerSpec) -> Text {
    Text { nl: format!("{}, {nl}", spec.label.nl), en: format!("{}, {en}", spec.label.en) }
}
