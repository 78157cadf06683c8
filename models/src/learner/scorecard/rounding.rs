//! From real-valued contributions to whole points.
//!
//! Contributions are multiplied by a range of scales and rounded (the star-ray search of FasterRisk); the rounding
//! of each line makes up for that of the others, by a quadratic model of the loss. From the best of these, points
//! go up and down by one, alone and in pairs, as long as the true loss falls. At every try the intercept and the
//! contribution of a point are fitted again: they are printed nowhere but in the table of totals, and need not
//! be round.

use super::beam::coarse;
use super::pool::Entry;
use super::settings::Told;
use super::table::{Limits, phi};

/// Scales tried per set.
const SCALES: usize = 20;
/// Roundings from which points go on.
const STARTS: usize = 3;
/// Totals over at most this range are counted instead of kept apart.
const RANGE: f64 = 4096.0;

/// Points for a set of lines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Points {
    pub(crate) points: Vec<i32>,
    pub(crate) intercept: f64,
    pub(crate) per_point: f64,
    pub(crate) loss: f64,
}

/// One set of lines on its way to points.
pub(crate) struct Rounding<'a> {
    entry: &'a Entry,
    told: Told,
    limits: Limits<'a>,
    most: i32,
    /// Sets with at most this many cards have all of them tried.
    all: usize,
    whole: bool,
}

impl<'a> Rounding<'a> {
    pub(crate) fn new(entry: &'a Entry, told: Told, limits: Limits<'a>, most: u32, all: usize) -> Self {
        let whole = entry.table.answers.iter().all(|x| x.fract() == 0.0 && x.abs() <= RANGE);
        Self { entry, told, limits, most: most as i32, all, whole }
    }

    /// The best points found; `None` when no points lower the loss. With `thorough`, pairs of lines are moved too.
    pub(crate) fn search(&self, thorough: bool) -> Option<Points> {
        let lines = self.entry.lines.len();
        let cards = (2 * self.most as usize + 1).checked_pow(lines as u32).filter(|n| *n <= self.all);
        if let Some(cards) = cards {
            let all = (0..cards).filter_map(|number| self.value(&self.numbered(number), None));
            return all.reduce(better).map(simplest);
        }
        // Where totals are not whole, every try goes through all patterns: too dear for pairs.
        let thorough = thorough && self.whole;
        let starts = self.starts(if thorough { STARTS } else { 1 });
        starts.into_iter().map(|start| self.descend(start, thorough)).reduce(better).map(simplest)
    }

    fn range(&self, line: usize) -> (i32, i32) {
        let (lower, raise) = self.limits.may[line];
        (if lower { -self.most } else { 0 }, if raise { self.most } else { 0 })
    }

    fn allowed(&self, points: &[i32]) -> bool {
        points.iter().enumerate().all(|(i, w)| {
            let (low, high) = self.range(i);
            (low..=high).contains(w)
        })
    }

    /// The card with this number, of all.
    fn numbered(&self, mut number: usize) -> Vec<i32> {
        let base = 2 * self.most as usize + 1;
        let digit = |_| {
            let digit = (number % base) as i32 - self.most;
            number /= base;
            digit
        };
        (0..self.entry.lines.len()).map(digit).collect()
    }

    /// The most promising roundings over all scales.
    fn starts(&self, most: usize) -> Vec<Points> {
        let beta = &self.entry.fit.beta[1..];
        let largest = beta.iter().fold(0.0_f64, |most, b| most.max(b.abs()));
        let mut seen: Vec<(f64, Vec<i32>, [f64; 2])> = Vec::new();
        if largest <= 0.0 {
            return Vec::new();
        }
        let bend = self.bend();
        for k in 0..SCALES {
            // From where the largest line has 1 point to where it has the most.
            let top = 1.0 + (f64::from(self.most) - 1.0) * k as f64 / (SCALES - 1) as f64;
            let exact: Vec<f64> = beta.iter().map(|b| b * top / largest).collect();
            let points = self.round(&exact, &bend);
            if points.iter().any(|w| *w != 0) && !seen.iter().any(|s| s.1 == points) {
                let warm = [self.entry.fit.beta[0], largest / top];
                seen.push((coarse(self.promise(&self.totals(&points), &points, warm)), points, warm));
            }
        }
        seen.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        seen.iter().take(most).filter_map(|(_, points, warm)| self.value(points, Some(*warm))).collect()
    }

    /// Hessian of the loss over the lines, the intercept moving along.
    fn bend(&self) -> Vec<Vec<f64>> {
        let (table, fit) = (&self.entry.table, &self.entry.fit);
        let k = table.lines;
        let (mut all, mut own) = (0.0, vec![0.0; k]);
        let mut bend = vec![vec![0.0; k]; k];
        for p in 0..table.patterns() {
            let (h, answer) = (fit.curve[p] * table.mass[p], table.answer(p));
            all += h;
            for i in 0..k {
                own[i] += h * answer[i];
                for j in 0..k {
                    bend[i][j] += h * answer[i] * answer[j];
                }
            }
        }
        for i in 0..k {
            for j in 0..k {
                bend[i][j] -= own[i] * own[j] / all;
            }
            bend[i][i] += self.limits.l2;
        }
        bend
    }

    /// Nearest whole numbers, then steps of one on the quadratic model.
    fn round(&self, exact: &[f64], bend: &[Vec<f64>]) -> Vec<i32> {
        let mut points: Vec<i32> = exact.iter().map(|b| b.round() as i32).collect();
        for _ in 0..4 * points.len() {
            let off: Vec<f64> = points.iter().zip(exact).map(|(w, b)| f64::from(*w) - b).collect();
            let mut best = (-1e-12, 0, 0);
            for (i, row) in bend.iter().enumerate() {
                let slope: f64 = row.iter().zip(&off).map(|(h, d)| h * d).sum();
                let (low, high) = self.range(i);
                for step in [-1, 1] {
                    let change = f64::from(step) * slope + 0.5 * row[i];
                    if change < best.0 && (low..=high).contains(&(points[i] + step)) {
                        best = (change, i, step);
                    }
                }
            }
            if best.2 == 0 {
                break;
            }
            points[best.1] += best.2;
        }
        points
    }

    /// Moves points by one as long as the loss falls.
    fn descend(&self, start: Points, pairs: bool) -> Points {
        let lines = start.points.len();
        let mut at = start;
        loop {
            let mut moved = false;
            for i in 0..lines {
                for step in [-1, 1] {
                    moved |= self.try_steps(&mut at, &[(i, step)]);
                }
            }
            if moved {
                continue;
            }
            if pairs {
                'pairs: for i in 0..lines {
                    for j in i + 1..lines {
                        for (a, b) in [(-1, -1), (-1, 1), (1, -1), (1, 1)] {
                            if self.try_steps(&mut at, &[(i, a), (j, b)]) {
                                moved = true;
                                break 'pairs;
                            }
                        }
                    }
                }
            }
            if !moved {
                return at;
            }
        }
    }

    fn try_steps(&self, at: &mut Points, steps: &[(usize, i32)]) -> bool {
        let mut points = at.points.clone();
        for &(i, step) in steps {
            points[i] += step;
        }
        if !self.allowed(&points) || points.iter().all(|w| *w == 0) {
            return false;
        }
        let totals = self.totals(&points);
        let warm = [at.intercept, at.per_point];
        // A first look: what one Newton step promises, from where the card stands now.
        if self.promise(&totals, &points, warm) > at.loss * (1.0 + 2e-3) + 1e-9 {
            return false;
        }
        match self.fit(&totals, &points, warm) {
            Some(next) if coarse(next.loss) < coarse(at.loss) => {
                *at = next;
                true
            }
            _ => false,
        }
    }

    /// The points with the intercept and the contribution of a point that suit them best.
    fn value(&self, points: &[i32], warm: Option<[f64; 2]>) -> Option<Points> {
        if !self.allowed(points) || points.iter().all(|w| *w == 0) {
            return None;
        }
        let totals = self.totals(points);
        let start = warm.unwrap_or([self.entry.fit.beta[0], 0.5 * self.most_per_point(points)]);
        self.fit(&totals, points, start)
    }

    fn most_per_point(&self, points: &[i32]) -> f64 {
        self.limits.limit / f64::from(points.iter().map(|w| w.abs()).max().unwrap_or(1).max(1))
    }

    /// Total points, mass and finds: by total where totals are whole, else by pattern.
    fn totals(&self, points: &[i32]) -> Vec<[f64; 3]> {
        let table = &self.entry.table;
        let total =
            |p: usize| -> f64 { table.answer(p).iter().zip(points).map(|(x, w)| x * f64::from(*w)).sum() };
        let of: Vec<f64> = (0..table.patterns()).map(total).collect();
        let low = of.iter().copied().fold(f64::INFINITY, f64::min);
        let high = of.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = |p: usize| [of[p], table.mass[p], table.finds[p]];
        if !self.whole || high - low > RANGE || high - low > of.len() as f64 {
            return (0..of.len()).map(own).collect();
        }
        let mut counted: Vec<[f64; 3]> =
            (0..=(high - low) as usize).map(|t| [low + t as f64, 0.0, 0.0]).collect();
        for (p, total) in of.iter().enumerate() {
            let cell = &mut counted[(total - low) as usize];
            cell[1] += table.mass[p];
            cell[2] += table.finds[p];
        }
        counted.retain(|cell| cell[1] > 0.0);
        counted
    }

    /// Loss, gradient and Hessian (intercept, per point).
    fn slope(&self, totals: &[[f64; 3]], ridge: f64, [a, t]: [f64; 2]) -> (f64, [f64; 2], [f64; 3]) {
        let mut loss = 0.5 * ridge * t * t;
        let (mut g, mut h) = ([0.0, ridge * t], [0.0, 0.0, ridge]);
        for &[total, mass, finds] in totals {
            let sum = a + t * total;
            let (value, first, second) = phi(self.told, sum);
            loss += mass * value - finds * sum;
            let (residual, bend) = (mass * first - finds, mass * second);
            g = [g[0] + residual, g[1] + residual * total];
            h = [h[0] + bend, h[1] + bend * total, h[2] + bend * total * total];
        }
        (loss, g, h)
    }

    fn ridge(&self, points: &[i32]) -> f64 {
        self.limits.l2 * points.iter().map(|w| f64::from(w * w)).sum::<f64>()
    }

    fn promise(&self, totals: &[[f64; 3]], points: &[i32], at: [f64; 2]) -> f64 {
        let (loss, g, h) = self.slope(totals, self.ridge(points), at);
        let [x, y] = newton(g, h);
        loss - 0.5 * (g[0] * x + g[1] * y)
    }

    fn fit(&self, totals: &[[f64; 3]], points: &[i32], start: [f64; 2]) -> Option<Points> {
        let ridge = self.ridge(points);
        let most = self.most_per_point(points);
        let mut at = [start[0], start[1].min(most)];
        let mut now = self.slope(totals, ridge, at);
        for _ in 0..60 {
            let (loss, g, h) = now;
            let held = at[1] >= most && g[1] <= 0.0;
            let step = if held { [g[0] / h[0], 0.0] } else { newton(g, h) };
            if (g[0] * step[0] + g[1] * step[1]) <= 1e-12 * loss.abs() {
                break;
            }
            let mut length = 1.0;
            let next = loop {
                let to = [at[0] - length * step[0], (at[1] - length * step[1]).min(most)];
                let there = self.slope(totals, ridge, to);
                if there.0 < loss {
                    break Some((to, there));
                }
                length /= 2.0;
                if length < 1e-6 {
                    break None;
                }
            };
            let Some((to, there)) = next else { break };
            (at, now) = (to, there);
        }
        let fitted = at[1] > 0.0 && at[0].is_finite() && now.0.is_finite();
        fitted.then(|| Points { points: points.to_vec(), intercept: at[0], per_point: at[1], loss: now.0 })
    }
}

fn newton(g: [f64; 2], h: [f64; 3]) -> [f64; 2] {
    let determinant = h[0] * h[2] - h[1] * h[1];
    if determinant <= 1e-12 * h[0] * h[2] {
        return [g[0] / h[0].max(1e-12), 0.0];
    }
    [(h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant]
}

/// The lower loss; of equals, fewer lines, then fewer points.
fn better(a: Points, b: Points) -> Points {
    let size = |p: &Points| {
        let lines = p.points.iter().filter(|w| **w != 0).count();
        (lines, p.points.iter().map(|w| w.unsigned_abs()).sum::<u32>(), p.points.clone())
    };
    let order = coarse(a.loss).total_cmp(&coarse(b.loss)).then_with(|| size(&a).cmp(&size(&b)));
    if order.is_gt() { b } else { a }
}

/// The same card with points that have no divisor in common.
fn simplest(card: Points) -> Points {
    let divisor = card.points.iter().fold(0, |a, b| greatest_common_divisor(a, b.unsigned_abs())).max(1);
    let points = card.points.iter().map(|w| w / divisor as i32).collect();
    Points { points, per_point: card.per_point * f64::from(divisor), ..card }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
