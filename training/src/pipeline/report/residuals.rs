//! What the chosen model leaves over per area, held beside that of the neighbours.

use evaluation::report::ResidualLikeness;
use evaluation::spatial::{moran, within};

use super::super::release::Run;

/// Neighbours within so many times the median distance to the nearest area.
const REACH: [f64; 4] = [1.5, 3.0, 6.0, 12.0];
/// Times that areas change places.
const DRAWS: usize = 999;

/// Moran's I at rising distances; empty for fewer than ten areas with a place.
pub(super) fn likeness(run: &Run<'_>) -> Vec<ResidualLikeness> {
    let areas = &run.sources.loaded.tables.areas;
    let history = run.area_history.aligned(areas);
    let (mut x, mut y, mut rest) = (vec![], vec![], vec![]);
    for area in 0..areas.code.len() {
        let (expected, found) = history.total(area);
        if expected > 0.0 && areas.x[area].is_finite() && areas.y[area].is_finite() {
            x.push(areas.x[area]);
            y.push(areas.y[area]);
            rest.push((found - expected) / expected.sqrt());
        }
    }
    if rest.len() < 10 {
        return Vec::new();
    }
    let near = nearest(&x, &y);
    let at = |times: f64| {
        let distance = (times * near / 100.0).ceil() * 100.0;
        let weights = within(&x, &y, distance);
        let found = moran(&rest, &weights, None, run.study.file.study.seed, DRAWS)?;
        Some(ResidualLikeness {
            distance,
            pairs: weights.len() as u64 / 2,
            areas: found.n,
            i: found.i,
            expected: found.expected,
            p: found.p,
            draws: DRAWS as u64,
        })
    };
    REACH.iter().filter_map(|&times| at(times)).collect()
}

/// Median distance to the nearest other place.
fn nearest(x: &[f64], y: &[f64]) -> f64 {
    let from = |a: usize| {
        let distance = |b: usize| (x[a] - x[b]).hypot(y[a] - y[b]);
        (0..x.len()).filter(|&b| b != a).map(distance).fold(f64::INFINITY, f64::min)
    };
    let mut all: Vec<f64> = (0..x.len()).map(from).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
