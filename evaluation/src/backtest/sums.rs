//! Per area, the sums from which every figure but AUC and average precision follows. Drawing whole areas in
//! the bootstrap then costs one addition per area instead of one pass over the rows.

use crate::backtest::prepared::Prepared;
use crate::backtest::rule::Metric;
use crate::backtest::walk::Listed;
use crate::interval::bootstrap::{LANES, Times};

/// Smallest chance and expected number that enter a logarithm: a forecast of exactly 0 costs much, not infinity.
const FLOOR: f64 = 1e-12;

/// Additive sums over rows. "Hits" are rows in which something was found, "finds" count every find, `listed_`
/// weighs each row by its chance to be on the list, `read_` goes over the rows of the reading of unknown outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) rows: f64,
    pub(crate) known: f64,
    pub(crate) hits: f64,
    pub(crate) finds: f64,
    pub(crate) exposure: f64,
    pub(crate) units: f64,
    pub(crate) listed_rows: f64,
    pub(crate) listed_known: f64,
    pub(crate) listed_hits: f64,
    pub(crate) listed_finds: f64,
    pub(crate) listed_exposure: f64,
    pub(crate) read_rows: f64,
    pub(crate) read_finds: f64,
    pub(crate) expected: f64,
    pub(crate) brier: f64,
    pub(crate) log_loss: f64,
    pub(crate) deviance: f64,
}

impl Sums {
    /// Adds another, this many times.
    pub(crate) fn add(&mut self, other: &Self, times: f64) {
        self.rows += times * other.rows;
        self.known += times * other.known;
        self.hits += times * other.hits;
        self.finds += times * other.finds;
        self.exposure += times * other.exposure;
        self.units += times * other.units;
        self.listed_rows += times * other.listed_rows;
        self.listed_known += times * other.listed_known;
        self.listed_hits += times * other.listed_hits;
        self.listed_finds += times * other.listed_finds;
        self.listed_exposure += times * other.listed_exposure;
        self.read_rows += times * other.read_rows;
        self.read_finds += times * other.read_finds;
        self.expected += times * other.expected;
        self.brier += times * other.brier;
        self.log_loss += times * other.log_loss;
        self.deviance += times * other.deviance;
    }

    /// The sums of one row that is on the list with chance `listed`.
    pub(crate) fn of_row(prepared: &Prepared<'_>, row: u32, listed: f64, expected: f64) -> Self {
        let outcome = prepared.outcome(row);
        let finds = f64::from(outcome.finds());
        let hit = finds.min(1.0);
        let known = if outcome.known().is_some() { 1.0 } else { 0.0 };
        let exposure = prepared.exposure(row);
        let mut sums = Self {
            rows: 1.0,
            known,
            hits: hit,
            finds,
            exposure,
            units: prepared.units(row),
            listed_rows: listed,
            listed_known: listed * known,
            listed_hits: listed * hit,
            listed_finds: listed * finds,
            listed_exposure: listed * exposure,
            ..Self::default()
        };
        if prepared.is_read(row) {
            let chance = prepared.chance(expected);
            sums.read_rows = 1.0;
            sums.read_finds = finds;
            sums.expected = expected;
            sums.brier = (chance - hit) * (chance - hit);
            sums.log_loss = -if hit > 0.0 { chance.max(FLOOR).ln() } else { (1.0 - chance).max(FLOOR).ln() };
            sums.deviance = poisson_deviance(finds, expected);
        }
        sums
    }

    /// The same sums with another list.
    pub(crate) fn with(self, listed: &Listed) -> Self {
        Self {
            listed_rows: listed.rows,
            listed_known: listed.known,
            listed_hits: listed.hits,
            listed_finds: listed.finds,
            listed_exposure: listed.exposure,
            ..self
        }
    }

    /// Rows without a find that were visited, on the list.
    pub(crate) fn fruitless(&self) -> f64 {
        (self.listed_known - self.listed_hits).max(0.0)
    }

    /// Rows on the list whose outcome is unknown.
    pub(crate) fn listed_unknown(&self) -> f64 {
        (self.listed_rows - self.listed_known).max(0.0)
    }

    /// The metric from the sums; absent for AUC and average precision, and where nothing is below the line.
    pub(crate) fn metric(&self, metric: Metric) -> Option<f64> {
        let precision = || ratio(self.listed_hits, self.listed_known);
        match metric {
            Metric::FindsAtCapacity => Some(self.listed_finds),
            Metric::PrecisionAtCapacity => precision(),
            Metric::RecallAtCapacity => ratio(self.listed_finds, self.finds),
            Metric::Lift => ratio(precision()?, ratio(self.hits, self.known)?),
            Metric::Pai => {
                ratio(ratio(self.listed_finds, self.finds)?, ratio(self.listed_exposure, self.exposure)?)
            }
            Metric::Auc | Metric::AveragePrecision => None,
            Metric::Brier => ratio(self.brier, self.read_rows),
            Metric::LogLoss => ratio(self.log_loss, self.read_rows),
            Metric::PoissonDeviance => ratio(self.deviance, self.read_rows),
            Metric::CalibrationInTheLarge => ratio(self.read_finds, self.expected),
        }
    }

    /// The metric when no (`false`) or every (`true`) row with an unknown outcome held one find; for a recall:
    /// when all unknown finds lay outside, or inside, the list. Absent where all outcomes are known.
    pub(crate) fn bound(&self, metric: Metric, upper: bool) -> Option<f64> {
        if self.rows <= self.known {
            return None;
        }
        let inside = if upper { self.listed_unknown() } else { 0.0 };
        match metric {
            Metric::FindsAtCapacity => Some(self.listed_finds + inside),
            Metric::PrecisionAtCapacity => ratio(self.listed_hits + inside, self.listed_rows),
            Metric::RecallAtCapacity => {
                let outside = if upper { 0.0 } else { self.rows - self.known - self.listed_unknown() };
                ratio(self.listed_finds + inside, self.finds + inside + outside)
            }
            _ => None,
        }
    }

    /// Number of observations that the metric rests on.
    pub(crate) fn observations(&self, metric: Metric) -> f64 {
        match metric {
            Metric::FindsAtCapacity | Metric::PrecisionAtCapacity | Metric::Lift => self.listed_known,
            Metric::RecallAtCapacity | Metric::Pai => self.finds,
            _ => self.read_rows,
        }
    }
}

/// `2 (y ln(y / expected) - (y - expected))`, with an expected number of at least 1e-12.
fn poisson_deviance(finds: f64, expected: f64) -> f64 {
    let expected = expected.max(FLOOR);
    let log = if finds > 0.0 { finds * (finds / expected).ln() } else { 0.0 };
    2.0 * (log - (finds - expected))
}

fn ratio(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below)
}

/// Sums per cluster, of the clusters that have rows, by rising cluster number.
pub(crate) type ByCluster = Vec<(u32, Sums)>;

/// Some of the sums per cluster, laid out for the bootstrap.
pub(crate) type Columns<const K: usize> = Vec<(u32, [f64; K])>;

/// Picks some of the sums.
pub(crate) fn columns<const K: usize>(
    by_cluster: &ByCluster,
    pick: impl Fn(&Sums) -> [f64; K],
) -> Columns<K> {
    by_cluster.iter().map(|(cluster, sums)| (*cluster, pick(sums))).collect()
}

/// Their totals per draw.
pub(crate) fn weighted<const K: usize>(columns: &Columns<K>, times: &Times) -> [[f64; K]; LANES] {
    let mut sums = [[0.0; LANES]; K];
    for (cluster, values) in columns {
        let times = &times[*cluster as usize];
        for (sums, value) in sums.iter_mut().zip(values) {
            for (sum, &t) in sums.iter_mut().zip(times) {
                *sum += value * f64::from(t);
            }
        }
    }
    std::array::from_fn(|lane| std::array::from_fn(|k| sums[k][lane]))
}

/// What the metrics need of a set of rows, apart from the list.
pub(crate) const METRIC_SUMS: usize = 11;

impl Sums {
    pub(crate) fn without_list(&self) -> [f64; METRIC_SUMS] {
        [
            self.rows,
            self.known,
            self.hits,
            self.finds,
            self.exposure,
            self.read_rows,
            self.read_finds,
            self.expected,
            self.brier,
            self.log_loss,
            self.deviance,
        ]
    }

    pub(crate) fn from_parts(parts: &[f64; METRIC_SUMS]) -> Self {
        let [rows, known, hits, finds, exposure, read_rows, read_finds, expected, brier, log_loss, deviance] =
            *parts;
        Self {
            rows,
            known,
            hits,
            finds,
            exposure,
            read_rows,
            read_finds,
            expected,
            brier,
            log_loss,
            deviance,
            ..Self::default()
        }
    }
}

/// The plain total of the clusters.
pub(crate) fn total(by_cluster: &ByCluster) -> Sums {
    let mut total = Sums::default();
    for (_, sums) in by_cluster {
        total.add(sums, 1.0);
    }
    total
}

/// Gathers the sums of these rows per cluster.
pub(crate) fn gather(prepared: &Prepared<'_>, rows: &[u32], of_row: impl Fn(u32) -> Sums) -> ByCluster {
    let mut sums = vec![Sums::default(); prepared.clusters];
    for &row in rows {
        sums[prepared.cluster[row as usize] as usize].add(&of_row(row), 1.0);
    }
    (0u32..).zip(sums).filter(|(_, s)| s.rows > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_place_metrics() {
        // c = [5,3,0,0,1,0,0,1,0,0], equal cells, flagged {0, 4}: n = 6, N = 10, PAI 3.0.
        let mut sums = Sums { rows: 10.0, known: 10.0, finds: 10.0, exposure: 10.0, ..Sums::default() };
        sums.listed_finds = 6.0;
        sums.listed_exposure = 2.0;
        assert!((sums.metric(Metric::RecallAtCapacity).unwrap() - 0.6).abs() < 1e-12);
        assert!((sums.metric(Metric::Pai).unwrap() - 3.0).abs() < 1e-12);
        // With addresses [100,50,5,5,100,10,10,200,10,10] as exposure: 1.5.
        sums.exposure = 500.0;
        sums.listed_exposure = 200.0;
        assert!((sums.metric(Metric::Pai).unwrap() - 1.5).abs() < 1e-12);
    }

    #[test]
    fn unknown_rows_bound_what_they_could_change() {
        // 10 rows on a list of 100: 2 hits, 3 fruitless, 5 unknown; outside 1 hit, 9 fruitless, 80 unknown.
        let sums = Sums {
            rows: 100.0,
            known: 15.0,
            hits: 3.0,
            finds: 3.0,
            listed_rows: 10.0,
            listed_known: 5.0,
            listed_hits: 2.0,
            listed_finds: 2.0,
            ..Sums::default()
        };
        assert_eq!(sums.metric(Metric::PrecisionAtCapacity), Some(0.4));
        assert_eq!(sums.bound(Metric::PrecisionAtCapacity, false), Some(0.2));
        assert_eq!(sums.bound(Metric::PrecisionAtCapacity, true), Some(0.7));
        assert_eq!(sums.bound(Metric::RecallAtCapacity, false), Some(2.0 / 83.0));
        assert_eq!(sums.bound(Metric::RecallAtCapacity, true), Some(7.0 / 8.0));
        assert_eq!(sums.bound(Metric::FindsAtCapacity, true), Some(7.0));
        assert_eq!(Sums { known: 100.0, ..sums }.bound(Metric::FindsAtCapacity, true), None);
        assert_eq!(Sums::default().metric(Metric::PrecisionAtCapacity), None);
    }

    #[test]
    fn deviance_follows_its_definition() {
        assert!((poisson_deviance(0.0, 0.5) - 1.0).abs() < 1e-12);
        assert!((poisson_deviance(3.0, 3.0)).abs() < 1e-12);
        assert!((poisson_deviance(2.0, 1.0) - 2.0 * (2.0 * 2f64.ln() - 1.0)).abs() < 1e-12);
        assert!(poisson_deviance(1.0, 0.0).is_finite());
    }
}
