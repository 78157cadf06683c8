//! Newton's method for penalised logistic and Poisson regression (iteratively reweighted least squares), with
//! step halving. McCullagh and Nelder, Generalized Linear Models, 2nd edition, section 2.5.
//!
//! Sums run over blocks of a fixed number of rows, and blocks are added in their order, so that the number of
//! threads does not change a bit.

use ndarray::ArrayView2;
use rayon::prelude::*;

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
    fn at(self, sum: f64, outcome: f64) -> (f64, f64, f64) {
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
    pub(crate) max_iterations: u32,
}

/// Where a search settled.
#[derive(Debug)]
pub(crate) struct Solution {
    /// `[intercept, column 1, ...]`; 0 for columns that took no part.
    pub(crate) coefficients: Vec<f64>,
    /// Inverse of the penalised Fisher information over the intercept and the columns that took part.
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
            let information = self.information(&slope, &taking_part);
            let factor =
                Cholesky::new(&information).ok_or_else(|| FitError::Collinear { learner: learner() })?;
            let gradient: Vec<f64> = taking_part.iter().map(|&j| slope.gradient[j]).collect();
            let step = factor.solve(&gradient);
            last = step.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
            let moved = self.descend(&at, &slope, &taking_part, &step);
            let settled = last <= SETTLED || (moved.is_none() && last <= ROUNDING);
            if let Some((to, there)) = moved {
                (at, slope) = (to, there);
            } else if !settled {
                break;
            }
            if settled {
                return Ok(Solution { coefficients: at, covariance: factor.inverse() });
            }
        }
        Err(FitError::NotConverged { learner: learner(), iterations: self.max_iterations, step: last })
    }

    /// The step, halved until the loss falls; `None` when it does not.
    fn descend(
        &self,
        at: &[f64],
        slope: &Slope,
        taking_part: &[usize],
        step: &[f64],
    ) -> Option<(Vec<f64>, Slope)> {
        let mut length = 1.0;
        for _ in 0..HALVINGS {
            let mut to = at.to_vec();
            for (&j, s) in taking_part.iter().zip(step) {
                to[j] -= length * s;
            }
            let there = self.slope(&to);
            if there.loss <= slope.loss + 1e-14 * slope.loss.abs() {
                return Some((to, there));
            }
            length /= 2.0;
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
        let mut squares = 0.0;
        for j in 1..p {
            squares += at[j] * at[j];
            gradient[j] = self.l2 * at[j];
            hessian[j * p + j] = self.l2;
        }
        Slope { loss: 0.5 * self.l2 * squares, gradient, hessian }
    }

    fn block(&self, at: &[f64], rows: std::ops::Range<usize>) -> Slope {
        let p = self.size();
        let mut sum = Slope { loss: 0.0, gradient: vec![0.0; p], hessian: vec![0.0; p * p] };
        let mut row = vec![1.0; p];
        for i in rows {
            if self.weight[i] <= 0.0 {
                continue;
            }
            for (target, value) in row[1..].iter_mut().zip(self.values.row(i)) {
                *target = *value;
            }
            let eta = self.offset.get(i).copied().unwrap_or(0.0) + dot(&row, at);
            let (loss, expected, curve) = self.family.at(eta, self.outcome[i]);
            sum.loss += self.weight[i] * loss;
            let residual = self.weight[i] * (expected - self.outcome[i]);
            let curve = self.weight[i] * curve;
            for (a, &x) in row.iter().enumerate() {
                sum.gradient[a] += residual * x;
                let scaled = curve * x;
                let line = &mut sum.hessian[a * p + a..(a + 1) * p];
                for (entry, &other) in line.iter_mut().zip(&row[a..]) {
                    *entry += scaled * other;
                }
            }
        }
        sum
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
