//! Where a quadratic loss plus `l1` times the sum of absolute coefficients is least: the step of an elastic net.
//!
//! Coordinate descent with an active set (Friedman, Hastie and Tibshirani 2010, Regularization Paths for
//! Generalized Linear Models via Coordinate Descent) finds which coefficients are 0 and the signs of the others.
//! With those known the answer is that of a linear system, which is solved exactly: descent alone would creep
//! towards it where features are much alike, and give other digits for rows in another order.

use crate::cholesky::Cholesky;

/// Most rounds of descent, each of one sweep over all coefficients and some over those that are not 0.
const ROUNDS: u32 = 1000;
/// Sweeps over the coefficients that are not 0, per round.
const SWEEPS: u32 = 10;
/// How far a derivative may lie outside the penalty by rounding.
const ROUNDING: f64 = 1e-10;

/// `gradient · d + d · curvature · d / 2 + l1 · sum |at + d|`; the first coefficient, the intercept, is free of
/// the penalty.
pub(crate) struct Quadratic<'a> {
    /// Where the loss was expanded.
    pub(crate) at: &'a [f64],
    pub(crate) gradient: &'a [f64],
    pub(crate) curvature: &'a [Vec<f64>],
    pub(crate) l1: f64,
}

/// Coefficients with the derivatives of the quadratic part there.
#[derive(Clone)]
struct Place {
    coefficients: Vec<f64>,
    slope: Vec<f64>,
}

impl Quadratic<'_> {
    /// The coefficients at the minimum; those that the penalty rules out are exactly 0.
    pub(crate) fn minimum(&self) -> Vec<f64> {
        let mut place = Place { coefficients: self.at.to_vec(), slope: self.gradient.to_vec() };
        let all: Vec<usize> = (0..self.at.len()).collect();
        for _ in 0..ROUNDS {
            self.sweep(&mut place, &all);
            let some = support(&place.coefficients);
            for _ in 0..SWEEPS {
                self.sweep(&mut place, &some);
            }
            if let Some(exact) = self.exact(&place) {
                return exact;
            }
        }
        place.coefficients
    }

    /// Brings each of these coefficients to its best value, given the others.
    fn sweep(&self, place: &mut Place, these: &[usize]) {
        for &j in these {
            let (curve, now) = (self.curvature[j][j], place.coefficients[j]);
            if curve <= 0.0 {
                continue;
            }
            let wanted = curve * now - place.slope[j];
            let best = if j == 0 { wanted } else { shrunk(wanted, self.l1) } / curve;
            if best != now {
                place.coefficients[j] = best;
                add(&mut place.slope, best - now, &self.curvature[j]);
            }
        }
    }

    /// The minimum, if these coefficients have the zeros and signs that it has.
    fn exact(&self, place: &Place) -> Option<Vec<f64>> {
        let some = support(&place.coefficients);
        let penalty = |j: usize| if j == 0 { 0.0 } else { self.l1 * place.coefficients[j].signum() };
        let slope: Vec<f64> = some.iter().map(|&j| place.slope[j] + penalty(j)).collect();
        let curvature: Vec<Vec<f64>> =
            some.iter().map(|&a| some.iter().map(|&b| self.curvature[a][b]).collect()).collect();
        let step = Cholesky::new(&curvature)?.solve(&slope);
        let mut exact = place.clone();
        for (&j, s) in some.iter().zip(&step) {
            exact.coefficients[j] -= s;
            add(&mut exact.slope, -s, &self.curvature[j]);
        }
        let same = |j: &usize| *j == 0 || exact.coefficients[*j] * place.coefficients[*j] > 0.0;
        let held =
            |j: usize| place.coefficients[j] != 0.0 || exact.slope[j].abs() <= self.l1 * (1.0 + ROUNDING);
        (some.iter().all(same) && (1..self.at.len()).all(held)).then_some(exact.coefficients)
    }
}

/// The intercept and the coefficients that are not 0.
fn support(coefficients: &[f64]) -> Vec<usize> {
    (0..coefficients.len()).filter(|&j| j == 0 || coefficients[j] != 0.0).collect()
}

/// Nearer to 0 by `by`, and 0 when it is nearer than that.
fn shrunk(value: f64, by: f64) -> f64 {
    (value.abs() - by).max(0.0) * value.signum()
}

fn add(to: &mut [f64], times: f64, what: &[f64]) {
    for (t, w) in to.iter_mut().zip(what) {
        *t += times * w;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Stream;

    /// A positive definite matrix, far from diagonal.
    fn curvature(size: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut stream = Stream(seed);
        let roots: Vec<Vec<f64>> = (0..size + 2)
            .map(|_| {
                let shared = stream.next();
                (0..size).map(|_| stream.next() - 0.5 + shared).collect()
            })
            .collect();
        let entry = |a: usize, b: usize| roots.iter().map(|r| r[a] * r[b]).sum();
        (0..size).map(|a| (0..size).map(|b| entry(a, b)).collect()).collect()
    }

    proptest! {
        /// The conditions of Karush, Kuhn and Tucker hold, which at a convex loss means that it is the minimum.
        #[test]
        fn no_other_place_is_lower(seed in 0u64..10_000, size in 2usize..12, l1 in 0.0f64..3.0) {
            let curvature = curvature(size, seed);
            let mut stream = Stream(seed ^ 5);
            let gradient: Vec<f64> = (0..size).map(|_| 6.0 * stream.next() - 3.0).collect();
            let at: Vec<f64> = (0..size).map(|j| if j % 2 == 0 { stream.next() - 0.5 } else { 0.0 }).collect();
            let found = Quadratic { at: &at, gradient: &gradient, curvature: &curvature, l1 }.minimum();
            for j in 0..size {
                let slope: f64 = gradient[j]
                    + (0..size).map(|k| curvature[j][k] * (found[k] - at[k])).sum::<f64>();
                if j == 0 {
                    prop_assert!(slope.abs() < 1e-7);
                } else if found[j] == 0.0 {
                    prop_assert!(slope.abs() <= l1 + 1e-7);
                } else {
                    prop_assert!((slope + l1 * found[j].signum()).abs() < 1e-7, "{j}: {slope}");
                }
            }
        }
    }

    #[test]
    fn a_large_penalty_leaves_the_intercept_only() {
        let curvature = curvature(4, 1);
        let quadratic =
            Quadratic { at: &[0.0; 4], gradient: &[1.0, 2.0, -1.0, 0.5], curvature: &curvature, l1: 50.0 };
        let found = quadratic.minimum();
        assert_eq!(found[1..], [0.0; 3]);
        assert!((found[0] + 1.0 / curvature[0][0]).abs() < 1e-12);
    }
}
