//! Which of two releases expected better what was found, on the same areas and periods.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;
use crate::interval::bootstrap::{self, Draws};

/// Draws of areas.
const DRAWS: usize = 2_000;

/// Expected and found in one published area, by the as-of date of the test period.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaPeriods<'a> {
    /// Code of the area.
    pub code: &'a str,
    /// As-of date, expected finds, finds.
    pub periods: Vec<(&'a str, f64, u32)>,
}

/// New minus old.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairedChange {
    /// Mean Poisson deviance per area and period, new minus old: below 0 the new release is better. The interval
    /// draws whole areas; `n` is the number of areas and periods.
    pub deviance: Estimate,
    /// The mean deviance of the old release and of the new one.
    pub means: (f64, f64),
    /// Areas.
    pub areas: u64,
    /// Test periods that both have.
    pub periods: Vec<String>,
    /// Areas and periods left out since the releases know of another number of finds there.
    pub other_finds: u64,
}

/// The paired difference; absent when the releases have no area and period with the same finds in common.
#[must_use]
pub fn paired(old: &[AreaPeriods<'_>], new: &[AreaPeriods<'_>], seed: u64) -> Option<PairedChange> {
    let then: BTreeMap<(&str, &str), (f64, u32)> = old
        .iter()
        .flat_map(|area| {
            area.periods.iter().map(|(date, expected, found)| ((area.code, *date), (*expected, *found)))
        })
        .collect();
    let mut sums: Vec<[f64; 3]> = Vec::new();
    let mut periods: Vec<String> = Vec::new();
    let mut other_finds = 0;
    for area in new {
        let mut sum = [0.0; 3];
        for (date, expected, found) in &area.periods {
            let Some((before, found_before)) = then.get(&(area.code, *date)) else { continue };
            if found_before != found {
                other_finds += 1;
                continue;
            }
            sum[0] += deviance(*found, *before);
            sum[1] += deviance(*found, *expected);
            sum[2] += 1.0;
            periods.push((*date).to_owned());
        }
        if sum[2] > 0.0 {
            sums.push(sum);
        }
    }
    periods.sort();
    periods.dedup();
    let total: [f64; 3] = std::array::from_fn(|i| sums.iter().map(|sum| sum[i]).sum());
    if total[2] == 0.0 {
        return None;
    }
    let draws = Draws::new(seed, DRAWS, sums.len()).map(|times| {
        std::array::from_fn(|lane| {
            let drawn = |i: usize| -> f64 {
                sums.iter().zip(times).map(|(sum, times)| sum[i] * f64::from(times[lane])).sum()
            };
            (drawn(1) - drawn(0)) / drawn(2)
        })
    });
    let means = (total[0] / total[2], total[1] / total[2]);
    Some(PairedChange {
        deviance: bootstrap::estimate(Some(means.1 - means.0), &draws, sums.len(), total[2] as u64),
        means,
        areas: sums.len() as u64,
        periods,
        other_finds,
    })
}

/// Poisson deviance of one count; an expectation of nothing is read as next to nothing.
fn deviance(found: u32, expected: f64) -> f64 {
    let (y, m) = (f64::from(found), expected.max(1e-9));
    2.0 * (if y > 0.0 { y * (y / m).ln() } else { 0.0 } - (y - m))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side<'a>(codes: &'a [String], factor: f64) -> Vec<AreaPeriods<'a>> {
        let area = |(i, code): (u32, &'a String)| AreaPeriods {
            code,
            periods: vec![
                ("2025-01-01", factor * f64::from(1 + i % 3), 1 + i % 3),
                ("2025-07-01", factor, 1),
            ],
        };
        (0..).zip(codes).map(area).collect()
    }

    #[test]
    fn the_one_that_expects_what_is_found_is_better() {
        let codes: Vec<String> = (0..40).map(|i| format!("BU{i}")).collect();
        let (wrong, right) = (side(&codes, 2.0), side(&codes, 1.0));
        let found = paired(&wrong, &right, 1).unwrap();
        assert_eq!((found.areas, found.deviance.n, found.other_finds), (40, 80, 0));
        assert!(found.means.1.abs() < 1e-12 && found.deviance.high.unwrap() < 0.0, "{found:?}");
        let same = paired(&right, &right, 1).unwrap();
        assert_eq!((same.deviance.value, same.deviance.low), (Some(0.0), None));
    }

    #[test]
    fn without_the_same_finds_there_is_no_pair() {
        let codes = ["BU1".to_owned()];
        let old = vec![AreaPeriods { code: &codes[0], periods: vec![("2025-01-01", 1.0, 1)] }];
        let new = vec![AreaPeriods { code: &codes[0], periods: vec![("2025-01-01", 1.0, 2)] }];
        assert!(paired(&old, &new, 1).is_none());
    }
}
