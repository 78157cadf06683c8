//! Found against expected, where the outcome is known by now.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur};

use super::shift::Plan;
use crate::estimate::{Estimate, method};
use crate::interval::{garwood, normal_quantile};

/// Areas that are needed to see how much they differ.
const FEWEST_AREAS: usize = 5;

/// Rows with a known outcome. All slices have the same length.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes<'a> {
    /// Expected finds.
    pub expected: &'a [f64],
    /// Finds.
    pub found: &'a [u32],
    /// Number of the area.
    pub area: &'a [u32],
}

/// How found and expected numbers compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationDrift {
    /// Finds.
    pub found: u64,
    /// Expected finds.
    pub expected: f64,
    /// Found divided by expected, with its interval at the level of one test; `n` is the number of rows.
    pub ratio: Estimate,
    /// How many times as much found numbers vary between areas as Poisson numbers do, at least 1.
    pub dispersion: f64,
    /// Chance of a ratio as far from 1 when the expectation is right. Absent where there are too few areas.
    pub p: Option<f64>,
    /// Whether that chance is below the level of one test.
    pub alarm: bool,
}

/// Tests whether the expectation was right, as a Poisson count whose variance is as much larger as areas show
/// (quasi-Poisson: McCullagh and Nelder, 1989), with Student's factor for having to estimate that from the areas. Absent when
/// nothing was expected.
#[must_use]
pub fn calibration_drift(rows: Outcomes<'_>, plan: Plan) -> Option<CalibrationDrift> {
    let areas = rows.area.iter().max().map_or(0, |most| *most as usize + 1);
    let mut per_area = vec![(0.0, 0.0); areas];
    for ((expected, found), area) in rows.expected.iter().zip(rows.found).zip(rows.area) {
        let sums = &mut per_area[*area as usize];
        sums.0 += expected;
        sums.1 += f64::from(*found);
    }
    per_area.retain(|(expected, _)| *expected > 0.0);
    let expected: f64 = per_area.iter().map(|area| area.0).sum();
    let found: f64 = per_area.iter().map(|area| area.1).sum();
    if expected <= 0.0 {
        return None;
    }
    let level = plan.level_of_one();
    let tells = per_area.len() >= FEWEST_AREAS;
    let dispersion = if tells { dispersion(&per_area, expected, found, level) } else { 1.0 };
    let (o, e) = (found / dispersion, expected / dispersion);
    let interval = garwood(o, 1.0 - level).map(|(low, high)| (low / e, high / e)).filter(|_| tells);
    let p = if tells { chance(o, e) } else { None };
    Some(CalibrationDrift {
        found: found as u64,
        expected,
        ratio: Estimate::new(Some(found / expected), interval, rows.found.len() as u64, method::GARWOOD),
        dispersion,
        p,
        alarm: p.is_some_and(|p| p <= level),
    })
}

/// The spread of areas around their common ratio, so that a wrong level does not hide in it.
fn dispersion(areas: &[(f64, f64)], expected: f64, found: f64, level: f64) -> f64 {
    let ratio = found / expected;
    let squares: f64 = areas.iter().map(|(e, o)| (o - ratio * e).powi(2)).sum();
    let freedom = (areas.len() - 1) as f64;
    let per_find = if found > 0.0 { squares * areas.len() as f64 / freedom / found } else { 1.0 };
    let wider = StudentsT::new(0.0, 1.0, freedom)
        .map_or(1.0, |t| t.inverse_cdf(1.0 - level / 2.0) / normal_quantile(1.0 - level));
    per_find.max(1.0) * wider.powi(2).max(1.0)
}

/// Twice the smaller tail of a Poisson count.
fn chance(found: f64, expected: f64) -> Option<f64> {
    let at_least = if found > 0.0 { checked_gamma_lr(found, expected).ok()? } else { 1.0 };
    let at_most = checked_gamma_ur(found + 1.0, expected).ok()?;
    Some((2.0 * at_least.min(at_most)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { level: 0.05, tests: 1, seed: 1, draws: 0 };

    #[test]
    fn few_areas_give_a_ratio_without_a_verdict() {
        let rows = Outcomes { expected: &[1.0, 1.0], found: &[9, 9], area: &[0, 1] };
        let found = calibration_drift(rows, PLAN).unwrap();
        assert_eq!((found.ratio.value, found.p, found.alarm), (Some(9.0), None, false));
        assert!(calibration_drift(Outcomes { expected: &[], found: &[], area: &[] }, PLAN).is_none());
    }

    #[test]
    fn a_poisson_tail_by_hand() {
        // P(X ≥ 3 | 1) = 1 - e⁻¹ (1 + 1 + 1/2).
        let by_hand = 2.0 * (1.0 - (-1.0_f64).exp() * 2.5);
        assert!((chance(3.0, 1.0).unwrap() - by_hand).abs() < 1e-12);
    }
}
