//! Calibration: do as many finds happen as were expected, also among low and high expectations?

use serde::{Deserialize, Serialize};

use crate::backtest::input::Target;
use crate::backtest::prepared::{Prepared, rate};
use crate::estimate::{Estimate, whole};

/// One of ten bins of rows with about the same exposure, from low to high expectation. Rows with equal
/// expectation share a bin, so there can be fewer than ten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationBin {
    /// Number of the bin, from 1 (lowest expectation).
    pub bin: u32,
    /// Rows in the bin.
    pub rows: u64,
    /// Exposure in the bin.
    pub exposure: Estimate,
    /// Expected number of finds.
    pub expected: Estimate,
    /// Number of finds, with an exact 95 % interval (of a proportion for a pand study, of a count otherwise).
    pub found: Estimate,
    /// Expected finds per 1,000 units of exposure.
    pub expected_per_1000: Estimate,
    /// Finds per 1,000 units of exposure, with the same interval.
    pub found_per_1000: Estimate,
}

const BINS: u32 = 10;

/// The calibration table of a candidate's expected finds over the rows of the reading.
pub(crate) fn table(prepared: &Prepared<'_>, expected: &[f64]) -> Vec<CalibrationBin> {
    let order = prepared.by_expected_rate(expected);
    let mass: f64 = order.iter().map(|&i| prepared.exposure(i)).sum();
    let rate_of = |i: u32| rate(expected[i as usize], prepared.exposure(i));
    let mut bins: Vec<(u32, f64, f64, f64, f64)> = Vec::new();
    let mut before = 0.0;
    for tied in order.chunk_by(|&a, &b| rate_of(a) == rate_of(b)) {
        let exposure: f64 = tied.iter().map(|&i| prepared.exposure(i)).sum();
        let number = bin_of(before + exposure / 2.0, mass);
        before += exposure;
        if bins.last().is_none_or(|b| b.0 != number) {
            bins.push((number, 0.0, 0.0, 0.0, 0.0));
        }
        if let Some(bin) = bins.last_mut() {
            for &i in tied {
                bin.1 += 1.0;
                bin.2 += prepared.exposure(i);
                bin.3 += expected[i as usize];
                bin.4 += f64::from(prepared.outcome(i).finds());
            }
        }
    }
    bins.into_iter()
        .map(|(number, rows, exposure, expected, finds)| {
            bin(prepared.rows.target, number, rows, exposure, expected, finds)
        })
        .collect()
}

fn bin(target: Target, number: u32, rows: f64, exposure: f64, expected: f64, finds: f64) -> CalibrationBin {
    let n = whole(rows);
    let found = match target {
        Target::Bernoulli => Estimate::proportion(finds, rows).times(rows),
        Target::Count => Estimate::rate(finds, 1.0, n),
    };
    let per_1000 = |estimate: &Estimate| {
        if exposure > 0.0 {
            estimate.clone().times(1000.0 / exposure)
        } else {
            Estimate::new(None, None, n, crate::estimate::method::NONE)
        }
    };
    CalibrationBin {
        bin: number + 1,
        rows: n,
        exposure: Estimate::count(exposure, n),
        expected_per_1000: per_1000(&Estimate::count(expected, n)),
        found_per_1000: per_1000(&found),
        expected: Estimate::count(expected, n),
        found,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 <= share <= 1, at most 10 bins"
)]
fn bin_of(at: f64, mass: f64) -> u32 {
    if mass <= 0.0 { 0 } else { ((at / mass * f64::from(BINS)) as u32).min(BINS - 1) }
}
