//! Newton's method for penalised logistic and Poisson regression (iteratively reweighted least squares), with
//! step halving. McCullagh and Nelder, Generalized Linear Models, 2nd edition, section 2.5. With an `l1` penalty
//! each step goes to the minimum that coordinate descent finds ([`super::coordinate`]).
//!
//! Sums run over blocks of a fixed number of rows, and blocks are added in their order, so that the number of
//! threads does not change a bit.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::coordinate::Quadratic;
use super::{FitError, Monitor, Step};
use crate::cholesky::Cholesky;

/// Rows per block. Part of the result's bits: another size sums in another order.
const BLOCK: usize = 4096;
/// Largest step of a coefficient at which the search has settled.
const SETTLED: f64 = 1e-10;
/// Steps below this may end the search when rounding keeps the loss from falling.
const ROUNDING: f64 = 1e-6;
/// Most halvings of one step.
const HALVINGS: u32 = 40;

/// The distribution of an outcome, with its canonical link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// 0 or 1, logit link.
    Bernoulli,
    /// Counts, log link.
    Poisson,
}

impl Family {
    /// Loss, expected value and its derivative to the sum, at this sum.
    pub(crate) fn at(self, sum: f64, outcome: f64) -> (f64, f64, f64) {
        match self {
            Self::Bernoulli => {
                let tail = (-sum.abs()).exp();
                let expected = if sum >= 0.0 { 1.0 / (1.0 + tail) } else { tail / (1.0 + tail) };
                let loss = sum.max(0.0) + tail.ln_1p() - outcome * sum;
                (loss, expected, tail / ((1.0 + tail) * (1.0 + tail)))
            }
            Self::Poisson => {
                let expected = sum.exp();
                (expected - outcome * sum, expected, expected)
            }
        }
    }
}

/// A regression over standardised columns. Coefficients are `[intercept, column 1, ...]`.
pub(crate) struct Problem<'a> {
    pub(crate) learner: &'a str,
    pub(crate) family: Family,
    /// Rows by columns, row by row in memory.
    pub(crate) values: ArrayView2<'a, f64>,
    pub(crate) outcome: &'a [f64],
    /// Added to the sum of each row; empty for none.
    pub(crate) offset: &'a [f64],
    pub(crate) weight: &'a [f64],
    /// Half of this times the sum of squared coefficients (without intercept) is added to the loss.
    pub(crate) l2: f64,
    /// This times the sum of absolute coefficients (without intercept) is added to the loss.
    pub(crate) l1: f64,
    pub(crate) max_iterations: u32,
}

/// Where a search settled.
#[derive(Debug)]
pub(crate) struct Solution {
    /// `[intercept, column 1, ...]`; 0 for columns that took no part.
    pub(crate) coefficients: Vec<f64>,
    /// The columns that took part and were not ruled out by the `l1` penalty.
    pub(crate) kept: Vec<usize>,
    /// Inverse of the Fisher information with the `l2` penalty, over the intercept and the columns kept.
    pub(crate) covariance: Vec<Vec<f64>>,
}

/// Loss with its first and second derivatives.
struct Slope {
    loss: f64,
    gradient: Vec<f64>,
    /// Upper triangle, row by row.
    hessian: Vec<f64>,
}

impl Problem<'_> {
    fn size(&self) -> usize {
        self.values.ncols() + 1
    }

    /// The coefficients of the model without features.
    pub(crate) fn start(&self) -> Vec<f64> {
        let (mut finds, mut exposure) = (0.0, 0.0);
        for (i, (y, w)) in self.outcome.iter().zip(self.weight).enumerate() {
            finds += w * y;
            exposure += w * self.offset.get(i).map_or(1.0, |offset| offset.exp());
        }
        let rate = finds / exposure;
        let mut start = vec![0.0; self.size()];
        start[0] = match self.family {
            Family::Bernoulli => (rate / (1.0 - rate)).ln(),
            Family::Poisson => rate.ln(),
        };
        start
    }

    /// Goes down from `start` until it settles. `active` are the columns that take part; the others must
    /// start at 0 and stay there.
    pub(crate) fn solve(
        &self,
        start: Vec<f64>,
        active: &[usize],
        monitor: &dyn Monitor,
    ) -> Result<Solution, FitError> {
        let learner = || self.learner.to_owned();
        let taking_part: Vec<usize> = std::iter::once(0).chain(active.iter().map(|j| j + 1)).collect();
        let mut at = start;
        let mut slope = self.slope(&at);
        let mut last = f64::INFINITY;
        for number in 1..=self.max_iterations {
            if monitor.cancelled() {
                return Err(FitError::Cancelled { learner: learner() });
            }
            monitor.step(&Step { stage: "newton", number, of: self.max_iterations, loss: Some(slope.loss) });
            let target = self.target(&at, &slope, &taking_part)?;
            last = target.iter().zip(&at).fold(0.0, |most: f64, (t, a)| most.max((t - a).abs()));
            if last <= SETTLED {
                return self.solution(&target, &target, &slope, active);
            }
            match self.descend(&at, &slope, &target) {
                Some(there) => (at, slope) = there,
                None if last <= ROUNDING => return self.solution(&at, &target, &slope, active),
                None => break,
            }
        }
        Err(FitError::NotConverged { learner: learner(), iterations: self.max_iterations, step: last })
    }

    /// Where the loss would be least if it were quadratic. Coefficients that take no part stay as they are.
    fn target(&self, at: &[f64], slope: &Slope, taking_part: &[usize]) -> Result<Vec<f64>, FitError> {
        let information = self.information(slope, taking_part);
        let pick = |values: &[f64]| taking_part.iter().map(|&j| values[j]).collect::<Vec<f64>>();
        let (here, gradient) = (pick(at), pick(&slope.gradient));
        let there = if self.l1 > 0.0 {
            Quadratic { at: &here, gradient: &gradient, curvature: &information, l1: self.l1 }.minimum()
        } else {
            let step = self.factor(&information)?.solve(&gradient);
            here.iter().zip(step).map(|(b, s)| b - s).collect()
        };
        let mut target = at.to_vec();
        for (&j, b) in taking_part.iter().zip(there) {
            target[j] = b;
        }
        Ok(target)
    }

    fn solution(
        &self,
        at: &[f64],
        target: &[f64],
        slope: &Slope,
        active: &[usize],
    ) -> Result<Solution, FitError> {
        let stays = |j: usize| self.l1 <= 0.0 || target[j + 1] != 0.0;
        let kept: Vec<usize> = active.iter().copied().filter(|&j| stays(j)).collect();
        let places: Vec<usize> = std::iter::once(0).chain(kept.iter().map(|j| j + 1)).collect();
        let covariance = self.factor(&self.information(slope, &places))?.inverse();
        let mut coefficients = vec![0.0; at.len()];
        for &j in &places {
            coefficients[j] = at[j];
        }
        Ok(Solution { coefficients, kept, covariance })
    }

    fn factor(&self, information: &[Vec<f64>]) -> Result<Cholesky, FitError> {
        Cholesky::new(information).ok_or_else(|| FitError::Collinear { learner: self.learner.to_owned() })
    }

    /// The way to the target, halved until the loss falls; `None` when it does not.
    fn descend(&self, at: &[f64], slope: &Slope, target: &[f64]) -> Option<(Vec<f64>, Slope)> {
        let mut to = target.to_vec();
        for _ in 0..HALVINGS {
            let there = self.slope(&to);
            if there.loss <= slope.loss + 1e-14 * slope.loss.abs() {
                return Some((to, there));
            }
            for (t, a) in to.iter_mut().zip(at) {
                *t = 0.5 * (*t + a);
            }
        }
        None
    }

    fn information(&self, slope: &Slope, taking_part: &[usize]) -> Vec<Vec<f64>> {
        let p = self.size();
        let at = |a: usize, b: usize| slope.hessian[a.min(b) * p + a.max(b)];
        taking_part.iter().map(|&a| taking_part.iter().map(|&b| at(a, b)).collect()).collect()
    }

    fn slope(&self, at: &[f64]) -> Slope {
        let rows = self.outcome.len();
        let blocks: Vec<Slope> = (0..rows.div_ceil(BLOCK))
            .into_par_iter()
            .map(|b| self.block(at, b * BLOCK..rows.min((b + 1) * BLOCK)))
            .collect();
        let mut total = self.penalty(at);
        for block in blocks {
            total.loss += block.loss;
            add(&mut total.gradient, &block.gradient);
            add(&mut total.hessian, &block.hessian);
        }
        total
    }

    fn penalty(&self, at: &[f64]) -> Slope {
        let p = self.size();
        let mut gradient = vec![0.0; p];
        let mut hessian = vec![0.0; p * p];
        let (mut squares, mut sizes) = (0.0, 0.0);
        for j in 1..p {
            squares += at[j] * at[j];
            sizes += at[j].abs();
            gradient[j] = self.l2 * at[j];
            hessian[j * p + j] = self.l2;
        }
        Slope { loss: 0.5 * self.l2 * squares + self.l1 * sizes, gradient, hessian }
    }

    fn block(&self, at: &[f64], rows: std::ops::Range<usize>) -> Slope {
        let p = self.size();
        let mut sum = Slope { loss: 0.0, gradient: vec![0.0; p], hessian: vec![0.0; p * p] };
        let mut four = Four::new(p);
        for start in rows.clone().step_by(4) {
            for k in 0..4 {
                let i = start + k;
                four.residual[k] = 0.0;
                four.curve[k] = 0.0;
                if i < rows.end && self.weight[i] > 0.0 {
                    sum.loss += self.read(i, at, &mut four, k);
                }
            }
            four.add_to(&mut sum);
        }
        sum
    }

    /// Reads row `i` into place `k`, and gives its loss.
    fn read(&self, i: usize, at: &[f64], four: &mut Four, k: usize) -> f64 {
        for (target, value) in four.rows[k][1..].iter_mut().zip(self.values.row(i)) {
            *target = *value;
        }
        let eta = self.offset.get(i).copied().unwrap_or(0.0) + dot(&four.rows[k], at);
        let (loss, expected, curve) = self.family.at(eta, self.outcome[i]);
        four.residual[k] = self.weight[i] * (expected - self.outcome[i]);
        four.curve[k] = self.weight[i] * curve;
        self.weight[i] * loss
    }
}

/// Four rows at a time, so that each entry of the second derivatives is fetched once for all four.
struct Four {
    rows: [Vec<f64>; 4],
    residual: [f64; 4],
    curve: [f64; 4],
}

impl Four {
    fn new(size: usize) -> Self {
        Self { rows: std::array::from_fn(|_| vec![1.0; size]), residual: [0.0; 4], curve: [0.0; 4] }
    }

    fn add_to(&self, sum: &mut Slope) {
        let p = sum.gradient.len();
        let [r0, r1, r2, r3] = &self.rows;
        for a in 0..p {
            let x = [r0[a], r1[a], r2[a], r3[a]];
            for (residual, x) in self.residual.iter().zip(x) {
                sum.gradient[a] += residual * x;
            }
            let s = [self.curve[0] * x[0], self.curve[1] * x[1], self.curve[2] * x[2], self.curve[3] * x[3]];
            let line = &mut sum.hessian[a * p + a..(a + 1) * p];
            let others = r0[a..].iter().zip(&r1[a..]).zip(&r2[a..]).zip(&r3[a..]);
            for (entry, (((x0, x1), x2), x3)) in line.iter_mut().zip(others) {
                *entry += (s[0] * x0 + s[1] * x1) + (s[2] * x2 + s[3] * x3);
            }
        }
    }
}

fn add(to: &mut [f64], what: &[f64]) {
    for (t, w) in to.iter_mut().zip(what) {
        *t += w;
    }
}

/// Dot product in four strands, in a fixed order: one strand would wait for each addition.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut strands = [0.0; 4];
    let (fours_a, fours_b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = fours_a.remainder().iter().zip(fours_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in fours_a.zip(fours_b) {
        for k in 0..4 {
            strands[k] += x[k] * y[k];
        }
    }
    (strands[0] + strands[1]) + (strands[2] + strands[3]) + rest
}
