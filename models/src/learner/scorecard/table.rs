//! The rows as a few lines see them, and the best real-valued contributions of those lines.
//!
//! Five yes-or-no lines divide any number of rows into at most 32 patterns. Mass and finds per pattern are all
//! that a fit needs, so that it costs the same for a thousand rows and for a million.

use crate::cholesky::Cholesky;

use super::settings::Told;

/// Most Newton steps of a fit.
const STEPS: usize = 60;
/// A fit has settled when a step can lower the loss by no more than this share of it.
const SETTLED: f64 = 1e-9;
/// How far the intercept may go.
const INTERCEPT: f64 = 40.0;

/// Rows by pattern of answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Number of lines.
    pub(crate) lines: usize,
    /// Answer (0 or 1, or a value) per pattern and line, pattern by pattern.
    pub(crate) answers: Vec<f64>,
    pub(crate) mass: Vec<f64>,
    pub(crate) finds: Vec<f64>,
}

/// What the contributions may be.
#[derive(Clone, Debug)]
pub(crate) struct Limits<'a> {
    pub(crate) l2: f64,
    /// Largest contribution.
    pub(crate) limit: f64,
    /// Per line, whether it may lower and raise the sum.
    pub(crate) may: &'a [(bool, bool)],
}

impl Limits<'_> {
    fn of(&self, line: usize) -> (f64, f64) {
        let (lower, raise) = self.may[line];
        (if lower { -self.limit } else { 0.0 }, if raise { self.limit } else { 0.0 })
    }
}

/// A fit of real-valued contributions.
#[derive(Clone, Debug)]
pub(crate) struct Relaxed {
    /// Intercept, then a contribution per line.
    pub(crate) beta: Vec<f64>,
    /// Loss with penalty.
    pub(crate) loss: f64,
    /// Derivative of the loss to the sum of each pattern, per mass.
    pub(crate) expected: Vec<f64>,
    /// Second derivative to the sum of each pattern, per mass.
    pub(crate) curve: Vec<f64>,
    /// The coefficients (0 is the intercept) that are not at their limit, and the factor of their Hessian.
    pub(crate) free: Vec<usize>,
    pub(crate) factor: Option<Cholesky>,
}

/// `φ`, its derivative and its second derivative.
pub(crate) fn phi(told: Told, sum: f64) -> (f64, f64, f64) {
    match told {
        Told::Chance => {
            let tail = (-sum.abs()).exp();
            let share = 1.0 / (1.0 + tail);
            let expected = if sum >= 0.0 { share } else { tail * share };
            (sum.max(0.0) + tail.ln_1p(), expected, tail * share * share)
        }
        Told::Count => {
            let expected = sum.exp();
            (expected, expected, expected)
        }
    }
}

/// The intercept of a card without lines.
pub(crate) fn intercept(told: Told, mass: f64, finds: f64) -> f64 {
    match told {
        Told::Chance => (finds / (mass - finds)).ln(),
        Told::Count => (finds / mass).ln(),
    }
}

struct Slope {
    loss: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
    expected: Vec<f64>,
    curve: Vec<f64>,
}

impl Table {
    pub(crate) fn patterns(&self) -> usize {
        self.mass.len()
    }

    pub(crate) fn answer(&self, pattern: usize) -> &[f64] {
        &self.answers[pattern * self.lines..(pattern + 1) * self.lines]
    }

    /// The contributions with the least loss within the limits: Newton steps projected on the limits (Bertsekas
    /// 1982), halved until the loss falls.
    pub(crate) fn relax(&self, told: Told, limits: &Limits<'_>, start: &[f64]) -> Relaxed {
        let mut at = start.to_vec();
        let mut slope = self.slope(told, limits.l2, &at);
        let (mut free, mut factor) = (Vec::new(), None);
        for _ in 0..STEPS {
            free = self.free(limits, &at, &slope.gradient);
            factor = self.factor(&slope, &free);
            let Some(factor) = &factor else { break };
            let gradient: Vec<f64> = free.iter().map(|&i| slope.gradient[i]).collect();
            let step = factor.solve(&gradient);
            let gain: f64 = gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
            if gain <= SETTLED * slope.loss.abs() {
                break;
            }
            let Some((to, there)) = self.descend(told, limits, &at, &slope, &free, &step) else { break };
            (at, slope) = (to, there);
        }
        let Slope { loss, expected, curve, .. } = slope;
        Relaxed { beta: at, loss, expected, curve, free, factor }
    }

    /// The coefficients that are not at a limit that they push against.
    fn free(&self, limits: &Limits<'_>, at: &[f64], gradient: &[f64]) -> Vec<usize> {
        let held = |i: usize| {
            let (low, high) = limits.of(i - 1);
            (at[i] <= low && gradient[i] >= 0.0) || (at[i] >= high && gradient[i] <= 0.0)
        };
        (0..=self.lines).filter(|&i| i == 0 || !held(i)).collect()
    }

    fn factor(&self, slope: &Slope, free: &[usize]) -> Option<Cholesky> {
        let size = self.lines + 1;
        let entry = |a: usize, b: usize| slope.hessian[a.min(b) * size + a.max(b)];
        let mut matrix: Vec<Vec<f64>> =
            free.iter().map(|&a| free.iter().map(|&b| entry(a, b)).collect()).collect();
        let mut ridge = 0.0;
        // Lines that say the same in other words have no single best fit: a small ridge picks one.
        for _ in 0..8 {
            if let Some(factor) = Cholesky::new(&matrix) {
                return Some(factor);
            }
            let largest = (0..free.len()).map(|i| matrix[i][i]).fold(1e-12, f64::max);
            let more = if ridge == 0.0 { 1e-9 * largest } else { 9.0 * ridge };
            for (i, row) in matrix.iter_mut().enumerate() {
                row[i] += more;
            }
            ridge += more;
        }
        None
    }

    fn descend(
        &self,
        told: Told,
        limits: &Limits<'_>,
        at: &[f64],
        slope: &Slope,
        free: &[usize],
        step: &[f64],
    ) -> Option<(Vec<f64>, Slope)> {
        let mut length = 1.0;
        for _ in 0..30 {
            let mut to = at.to_vec();
            for (&i, s) in free.iter().zip(step) {
                let (low, high) = if i == 0 { (-INTERCEPT, INTERCEPT) } else { limits.of(i - 1) };
                to[i] = (at[i] - length * s).clamp(low, high);
            }
            let there = self.slope(told, limits.l2, &to);
            if there.loss < slope.loss {
                return Some((to, there));
            }
            length /= 2.0;
        }
        None
    }

    fn slope(&self, told: Told, l2: f64, at: &[f64]) -> Slope {
        let size = self.lines + 1;
        let (mut gradient, mut hessian) = (vec![0.0; size], vec![0.0; size * size]);
        let (mut expected, mut curve) = (vec![0.0; self.patterns()], vec![0.0; self.patterns()]);
        let mut loss = 0.0;
        for i in 1..size {
            loss += 0.5 * l2 * at[i] * at[i];
            gradient[i] = l2 * at[i];
            hessian[i * size + i] = l2;
        }
        for p in 0..self.patterns() {
            let answer = self.answer(p);
            let sum = at[0] + answer.iter().zip(&at[1..]).map(|(x, b)| x * b).sum::<f64>();
            let (value, first, second) = phi(told, sum);
            (expected[p], curve[p]) = (first, second);
            loss += self.mass[p] * value - self.finds[p] * sum;
            let residual = self.mass[p] * first - self.finds[p];
            let bend = self.mass[p] * second;
            gradient[0] += residual;
            hessian[0] += bend;
            for (i, &x) in answer.iter().enumerate() {
                if x == 0.0 {
                    continue;
                }
                gradient[i + 1] += residual * x;
                hessian[i + 1] += bend * x;
                let scaled = bend * x;
                let line = &mut hessian[(i + 1) * size + i + 1..(i + 2) * size];
                for (entry, &other) in line.iter_mut().zip(&answer[i..]) {
                    *entry += scaled * other;
                }
            }
        }
        Slope { loss, gradient, hessian, expected, curve }
    }
}
