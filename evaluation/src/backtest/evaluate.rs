//! From test rows and scores to all figures.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::backtest::calibration;
use crate::backtest::funnels;
use crate::backtest::gains;
use crate::backtest::input::{self, Candidate, EvaluationError, Target, TestRows, UnknownReading};
use crate::backtest::looked::{Looked, looked};
use crate::backtest::prepared::Prepared;
use crate::backtest::results::{CandidateResult, Evaluation, Measure, Measures, Paired, RowCounts};
use crate::backtest::rule::{Capacity, Metric, Rule};
use crate::backtest::selection::{List, Queue, Yield, room};
use crate::backtest::steps::Steps;
use crate::backtest::sums::{ByCluster, Columns, METRIC_SUMS, Sums, columns, gather, total, weighted};
use crate::backtest::walk::Walk;
use crate::estimate::{Estimate, TieBounds, method, whole};
use crate::fairness::attribute::GroupAttribute;
use crate::fairness::groups;
use crate::interval::bootstrap::{self, Draws, LANES, Times};
use crate::interval::normal_quantile;
use crate::metrics::ranking::{Delong, delong, falling, ties as tied_rows};

/// Settings of the computation itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Number of bootstrap draws, at least 100.
    pub draws: usize,
    /// How rows with an unknown outcome are read.
    pub unknown: UnknownReading,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 42, draws: 500, unknown: UnknownReading::LeftOut }
    }
}

/// Evaluates all candidates on the same rows and draws.
///
/// # Errors
/// When lengths differ, a score or exposure is not usable, the rule cannot be applied, or a group number is
/// outside its attribute: see [`EvaluationError`].
pub fn evaluate(
    rows: &TestRows<'_>,
    candidates: &[Candidate<'_>],
    rule: &Rule,
    attributes: &[GroupAttribute],
    settings: Settings,
) -> Result<Evaluation, EvaluationError> {
    input::check(rows, candidates, rule)?;
    for attribute in attributes {
        attribute.check(rows.outcome.len())?;
    }
    if settings.draws < 100 {
        return Err(EvaluationError::Draws { draws: settings.draws });
    }
    let prepared = Prepared::new(*rows, settings.unknown);
    let draws = Draws::new(settings.seed, settings.draws, prepared.clusters);
    let work: Vec<Work> = candidates.par_iter().map(|c| Work::new(&prepared, c, rule, &draws)).collect();
    let both: Vec<_> = candidates.iter().zip(&work).collect();
    let results = both.par_iter().map(|(c, w)| w.result(&prepared, c, &draws)).collect();
    let pairs: Vec<_> = both.iter().flat_map(|(c, w)| attributes.iter().map(move |a| (a, c, w))).collect();
    let fairness =
        pairs.par_iter().map(|(a, c, w)| groups::table(&prepared, a, c, &w.listed, &draws)).collect();
    let funnels = pairs
        .par_iter()
        .filter_map(|(a, c, w)| funnels::of_list(&prepared, a, &c.name, &w.listed, &draws))
        .collect();
    Ok(Evaluation {
        settings,
        rows: work[0].counts(&prepared, None),
        rows_per_split: (0..prepared.periods.len()).map(|p| work[0].counts(&prepared, Some(p))).collect(),
        paired: paired(candidates, &work, rule, prepared.clusters),
        candidates: results,
        fairness,
        funnels,
        looked: both.par_iter().map(|(c, w)| w.looked(&prepared, &c.name, &draws)).collect(),
    })
}

/// What is computed once per candidate: its lists, its sums per area, and all metrics on every draw.
struct Work {
    lists: Vec<List>,
    listed: Vec<f64>,
    scopes: Vec<Scope>,
}

/// A set of rows: all of them, or one split.
struct Scope {
    by_cluster: ByCluster,
    auc: Option<Delong>,
    known_auc: Option<Delong>,
    known_rows: u64,
    steps: Steps,
    columns: Columns<METRIC_SUMS>,
    average_precision: Option<f64>,
    /// Per metric, per draw; NaN where a draw has no value.
    draws: Vec<Vec<f64>>,
}

impl Work {
    fn new(prepared: &Prepared<'_>, candidate: &Candidate<'_>, rule: &Rule, draws: &Draws) -> Self {
        let periods = 0..prepared.periods.len();
        let queues: Vec<Queue> =
            periods.clone().map(|p| prepared.queue(p, candidate.score, rule.capacity)).collect();
        let lists: Vec<List> =
            periods.clone().map(|p| queues[p].fill(prepared.room(p, rule.capacity))).collect();
        let listed = prepared.listed(&lists);
        let all: Vec<u32> = (0u32..).take(listed.len()).collect();
        let mut scopes = vec![Scope::new(prepared, candidate, &listed, &all)];
        scopes.extend(periods.map(|p| Scope::new(prepared, candidate, &listed, &prepared.rows_of[p])));
        let walks: Vec<Walk> = queues.iter().map(|q| Walk::new(q, &prepared.cluster)).collect();
        let per_draw = draws.map(|times| on_draws(&scopes, &walks, rule.capacity, times));
        for (number, scope) in scopes.iter_mut().enumerate() {
            let column = |m: usize| per_draw.iter().map(|d| d[number][m]).collect();
            scope.draws = (0..Metric::ALL.len()).map(column).collect();
        }
        Self { lists, listed, scopes }
    }

    /// The scope of a split, or of all rows.
    fn scope(&self, period: Option<usize>) -> &Scope {
        &self.scopes[period.map_or(0, |p| p + 1)]
    }

    fn result(&self, prepared: &Prepared<'_>, candidate: &Candidate<'_>, draws: &Draws) -> CandidateResult {
        CandidateResult {
            name: candidate.name.clone(),
            label: candidate.label.clone(),
            kind: candidate.kind.clone(),
            is_baseline: candidate.is_baseline,
            pooled: self.measures(prepared, None),
            per_split: (0..prepared.periods.len()).map(|p| self.measures(prepared, Some(p))).collect(),
            calibration: calibration::table(prepared, candidate.expected),
            gains: gains::curve(prepared, candidate.score, draws),
        }
    }

    fn looked(&self, prepared: &Prepared<'_>, candidate: &str, draws: &Draws) -> Looked {
        let per_split: Vec<&ByCluster> = self.scopes[1..].iter().map(|s| &s.by_cluster).collect();
        looked(prepared, candidate, &self.scopes[0].by_cluster, &per_split, draws)
    }

    fn measures(&self, prepared: &Prepared<'_>, period: Option<usize>) -> Measures {
        let lists = period.map_or(self.lists.as_slice(), |p| &self.lists[p..=p]);
        let scope = self.scope(period);
        Measures {
            period: period.map(|p| prepared.periods[p]),
            values: Metric::ALL.iter().map(|&m| scope.measure(prepared, lists, m)).collect(),
        }
    }

    fn counts(&self, prepared: &Prepared<'_>, period: Option<usize>) -> RowCounts {
        let scope = self.scope(period);
        let sums = total(&scope.by_cluster);
        let periods = period.map_or(prepared.rows_of.as_slice(), |p| &prepared.rows_of[p..=p]);
        let no_access = periods
            .iter()
            .flatten()
            .filter(|&&row| prepared.outcome(row) == models::Outcome::NoAccess)
            .fold(0u64, |n, _| n + 1);
        let (rows, known) = (whole(sums.rows), whole(sums.known));
        RowCounts {
            period: period.map(|p| prepared.periods[p]),
            rows,
            known,
            no_access,
            unknown: rows - known - no_access,
            hits: whole(sums.hits),
            finds: whole(sums.finds),
            areas: scope.by_cluster.len() as u64,
            exposure: Estimate::count(sums.exposure, rows),
            listed: Estimate::count(sums.listed_rows, rows),
            base_rate: Estimate::proportion(sums.hits, sums.known),
        }
    }
}

/// All metrics of all scopes, on eight draws side by side.
type OnDraw = Vec<[f64; Metric::ALL.len()]>;

/// All metrics of all scopes (the first is all rows together) when areas are counted this many times.
fn on_draws(scopes: &[Scope], walks: &[Walk], capacity: Capacity, times: &Times) -> [OnDraw; LANES] {
    let parts: Vec<_> = scopes[1..].iter().map(|s| weighted(&s.columns, times)).collect();
    let rankings: Vec<_> = scopes.iter().map(|s| s.steps.auc_and_ap(times)).collect();
    std::array::from_fn(|lane| {
        let mut sums = vec![Sums::default()];
        for (parts, walk) in parts.iter().zip(walks) {
            let drawn = Sums::from_parts(&parts[lane]);
            let room = room(capacity, drawn.rows, drawn.exposure);
            let drawn = drawn.with(&walk.fill(times, lane, room));
            sums[0].add(&drawn, 1.0);
            sums.push(drawn);
        }
        let metrics = |(sums, ranking): (&Sums, &[(f64, f64); LANES])| {
            Metric::ALL.map(|metric| match metric {
                Metric::Auc => ranking[lane].0,
                Metric::AveragePrecision => ranking[lane].1,
                _ => sums.metric(metric).unwrap_or(f64::NAN),
            })
        };
        sums.iter().zip(&rankings).map(metrics).collect()
    })
}

impl Scope {
    fn new(prepared: &Prepared<'_>, candidate: &Candidate<'_>, listed: &[f64], rows: &[u32]) -> Self {
        let score = candidate.score;
        let by_cluster = gather(prepared, rows, |row| {
            Sums::of_row(prepared, row, listed[row as usize], candidate.expected[row as usize])
        });
        let read: Vec<u32> = rows.iter().copied().filter(|&row| prepared.is_read(row)).collect();
        let known: Vec<u32> =
            rows.iter().copied().filter(|&row| prepared.outcome(row).known().is_some()).collect();
        let order = falling(score, &read);
        let steps = Steps::new(tied_rows(score, &order), |i| {
            let found = u32::from(prepared.found(i));
            (prepared.cluster[i as usize], found, 1 - found)
        });
        let once = vec![[1.0; LANES]; prepared.clusters];
        Self {
            auc: auc_of(prepared, score, &read),
            known_auc: (known.len() < read.len()).then(|| auc_of(prepared, score, &known)).flatten(),
            known_rows: known.len() as u64,
            average_precision: Some(steps.auc_and_ap(&once)[0].1).filter(|ap| ap.is_finite()),
            steps,
            columns: columns(&by_cluster, Sums::without_list),
            draws: Vec::new(),
            by_cluster,
        }
    }

    fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Auc => self.auc.map(|d| d.auc),
            Metric::AveragePrecision => self.average_precision,
            _ => total(&self.by_cluster).metric(metric),
        }
    }

    fn estimate(&self, prepared: &Prepared<'_>, metric: Metric) -> Estimate {
        let sums = total(&self.by_cluster);
        let n = whole(sums.observations(metric));
        let bernoulli = prepared.rows.target == Target::Bernoulli;
        match metric {
            Metric::PrecisionAtCapacity => Estimate::proportion(sums.listed_hits, sums.listed_known),
            Metric::RecallAtCapacity if bernoulli => Estimate::proportion(sums.listed_finds, sums.finds),
            Metric::Auc => auc_estimate(self.auc, n),
            _ => {
                bootstrap::estimate(self.value(metric), &self.draws[metric.index()], self.by_cluster.len(), n)
            }
        }
    }

    fn measure(&self, prepared: &Prepared<'_>, lists: &[List], metric: Metric) -> Measure {
        let sums = total(&self.by_cluster);
        Measure {
            metric,
            value: self.estimate(prepared, metric),
            ties: ties(lists, &sums, metric),
            if_unknown_empty: sums.bound(metric, false),
            if_unknown_found: sums.bound(metric, true),
            known_rows_only: (metric == Metric::Auc)
                .then_some(self.known_auc)
                .flatten()
                .map(|d| auc_estimate(Some(d), self.known_rows)),
        }
    }
}

/// What the ties at the end of the lists could do to the metric; absent where it takes no notice of them.
fn ties(lists: &[List], sums: &Sums, metric: Metric) -> Option<TieBounds> {
    let mut finds = TieBounds { worst: 0.0, expected: 0.0, best: 0.0 };
    let (mut worst, mut best) = (Yield::default(), Yield::default());
    for list in lists {
        let of_list = list.finds();
        finds.worst += of_list.worst;
        finds.expected += of_list.expected;
        finds.best += of_list.best;
        worst.join(list.worst);
        best.join(list.best);
    }
    match metric {
        Metric::FindsAtCapacity => Some(finds),
        Metric::RecallAtCapacity if sums.finds > 0.0 => Some(TieBounds {
            worst: finds.worst / sums.finds,
            expected: finds.expected / sums.finds,
            best: finds.best / sums.finds,
        }),
        Metric::PrecisionAtCapacity if worst.known > 0.0 && best.known > 0.0 => Some(TieBounds {
            worst: worst.hits / worst.known,
            expected: sums.metric(metric)?,
            best: best.hits / best.known,
        }),
        _ => None,
    }
}

fn auc_of(prepared: &Prepared<'_>, score: &[f64], rows: &[u32]) -> Option<Delong> {
    let score: Vec<f64> = rows.iter().map(|&i| score[i as usize]).collect();
    let found: Vec<bool> = rows.iter().map(|&i| prepared.found(i)).collect();
    let cluster: Vec<u32> = rows.iter().map(|&i| prepared.cluster[i as usize]).collect();
    delong(&score, &found, Some(&cluster))
}

/// The interval on the logit scale, so that it stays between 0 and 1.
fn auc_estimate(auc: Option<Delong>, n: u64) -> Estimate {
    let interval = auc.and_then(|d| {
        let (a, variance) = (d.auc, d.variance?);
        if !(a > 0.0 && a < 1.0 && variance > 0.0) {
            return None;
        }
        let logit = (a / (1.0 - a)).ln();
        let half = normal_quantile(0.95) * variance.sqrt() / (a * (1.0 - a));
        let back = |x: f64| 1.0 / (1.0 + (-x).exp());
        Some((back(logit - half), back(logit + half)))
    });
    Estimate::new(auc.map(|d| d.auc), interval, n, method::DELONG)
}

fn paired(candidates: &[Candidate<'_>], work: &[Work], rule: &Rule, clusters: usize) -> Vec<Paired> {
    let mut all = Vec::new();
    for (learner, mine) in candidates.iter().zip(work).filter(|(c, _)| !c.is_baseline) {
        for (baseline, theirs) in candidates.iter().zip(work).filter(|(c, _)| c.is_baseline) {
            let (mine, theirs) = (&mine.scopes[0], &theirs.scopes[0]);
            for metric in Metric::ALL {
                let draws: Vec<f64> = mine.draws[metric.index()]
                    .iter()
                    .zip(&theirs.draws[metric.index()])
                    .map(|(a, b)| a - b)
                    .collect();
                let value = mine.value(metric).zip(theirs.value(metric)).map(|(a, b)| a - b);
                let gains: Vec<f64> = draws.iter().map(|d| metric.direction() * d).collect();
                let gain_at_least = (metric.direction() != 0.0 && value.is_some())
                    .then(|| bootstrap::lower_limit(&gains, clusters, rule.confidence))
                    .flatten();
                let n = whole(total(&mine.by_cluster).observations(metric));
                all.push(Paired {
                    candidate: learner.name.clone(),
                    baseline: baseline.name.clone(),
                    metric,
                    difference: bootstrap::estimate(value, &draws, clusters, n),
                    gain_at_least,
                });
            }
        }
    }
    all
}
