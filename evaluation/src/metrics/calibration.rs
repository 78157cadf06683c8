//! Calibration intercept and slope: is what is said to be likely indeed more likely, by as much as is said?

/// Cox's calibration line (1958): `logit P(found) = intercept + slope · logit(chance)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationLine {
    /// Intercept; 0 is right.
    pub intercept: f64,
    /// Slope; 1 is right, below 1 the chances are too extreme.
    pub slope: f64,
    /// Standard error of the intercept, summed per cluster.
    pub intercept_error: f64,
    /// Standard error of the slope, summed per cluster.
    pub slope_error: f64,
    /// Intercept when the slope is held at 1 (calibration in the large on the logit scale).
    pub intercept_alone: f64,
}

const STEPS: usize = 60;

/// Fits the line by Newton's method to full precision. Chances are moved inwards by `1e-12`. With `cluster` (numbers
/// from 0), the errors are those of the sandwich over clusters (Liang and Zeger, 1986), else over rows.
///
/// Absent when all rows or none were found, all chances are equal, or the classes are separated by the chance (the
/// slope would be infinite).
#[must_use]
pub fn calibration_line(
    chance: &[f64],
    found: &[bool],
    weight: Option<&[f64]>,
    cluster: Option<&[u32]>,
) -> Option<CalibrationLine> {
    let x: Vec<f64> = chance
        .iter()
        .map(|&p| {
            let p = p.clamp(1e-12, 1.0 - 1e-12);
            (p / (1.0 - p)).ln()
        })
        .collect();
    let y: Vec<f64> = found.iter().map(|&f| if f { 1.0 } else { 0.0 }).collect();
    let w = |i: usize| weight.map_or(1.0, |w| w[i]);
    let ([intercept, slope], information) = newton(&x, &y, &w)?;
    let covariance = inverse(information)?;
    let meat = scores_squared(&x, &y, &w, intercept, slope, cluster);
    let sandwich = multiply(multiply(covariance, meat), covariance);
    Some(CalibrationLine {
        intercept,
        slope,
        intercept_error: sandwich[0][0].sqrt(),
        slope_error: sandwich[1][1].sqrt(),
        intercept_alone: intercept_at_slope_one(&x, &y, &w)?,
    })
}

type Square = [[f64; 2]; 2];

fn newton(x: &[f64], y: &[f64], w: &impl Fn(usize) -> f64) -> Option<([f64; 2], Square)> {
    let (mut a, mut b) = (0.0, 1.0);
    let loss = |a: f64, b: f64| -> f64 {
        (0..x.len()).map(|i| w(i) * softplus(if y[i] > 0.0 { -(a + b * x[i]) } else { a + b * x[i] })).sum()
    };
    let mut current = loss(a, b);
    for _ in 0..STEPS {
        let (mut gradient, mut information) = ([0.0; 2], [[0.0; 2]; 2]);
        for i in 0..x.len() {
            let p = logistic(a + b * x[i]);
            let (residual, spread) = (w(i) * (y[i] - p), w(i) * p * (1.0 - p));
            gradient[0] += residual;
            gradient[1] += residual * x[i];
            information[0][0] += spread;
            information[0][1] += spread * x[i];
            information[1][1] += spread * x[i] * x[i];
        }
        information[1][0] = information[0][1];
        let inverse = inverse(information)?;
        let step = [
            inverse[0][0] * gradient[0] + inverse[0][1] * gradient[1],
            inverse[1][0] * gradient[0] + inverse[1][1] * gradient[1],
        ];
        let mut size = 1.0;
        let mut next = loss(a + step[0], b + step[1]);
        // Close to the end the loss no longer tells better from worse: let such a step pass.
        while next > current * (1.0 + 1e-12) && size > 1e-6 {
            size /= 2.0;
            next = loss(a + size * step[0], b + size * step[1]);
        }
        a += size * step[0];
        b += size * step[1];
        current = next.min(current);
        if !(a.abs() < 1e4 && b.abs() < 1e3) {
            return None;
        }
        if step[0].abs() < 1e-11 && step[1].abs() < 1e-11 {
            return Some(([a, b], information));
        }
    }
    None
}

fn intercept_at_slope_one(x: &[f64], y: &[f64], w: &impl Fn(usize) -> f64) -> Option<f64> {
    let excess = |a: f64| -> f64 { (0..x.len()).map(|i| w(i) * (y[i] - logistic(a + x[i]))).sum() };
    let (mut low, mut high) = (-60.0, 60.0);
    if excess(low) <= 0.0 || excess(high) >= 0.0 {
        return None;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    Some(f64::midpoint(low, high))
}

/// The sum over clusters (or rows) of the outer product of their scores, with the usual `C / (C - 1)`.
fn scores_squared(
    x: &[f64],
    y: &[f64],
    w: &impl Fn(usize) -> f64,
    a: f64,
    b: f64,
    cluster: Option<&[u32]>,
) -> Square {
    let count = cluster.map_or(x.len(), |c| c.iter().max().map_or(0, |&m| m as usize + 1));
    let mut score = vec![[0.0; 2]; count];
    let mut present = vec![false; count];
    for i in 0..x.len() {
        let residual = w(i) * (y[i] - logistic(a + b * x[i]));
        let place = cluster.map_or(i, |c| c[i] as usize);
        score[place][0] += residual;
        score[place][1] += residual * x[i];
        present[place] = true;
    }
    let clusters = present.iter().filter(|&&p| p).count() as f64;
    let factor = clusters / (clusters - 1.0).max(1.0);
    let mut meat = [[0.0; 2]; 2];
    for s in score {
        for (row, &left) in meat.iter_mut().zip(&s) {
            for (cell, &right) in row.iter_mut().zip(&s) {
                *cell += factor * left * right;
            }
        }
    }
    meat
}

fn inverse(m: Square) -> Option<Square> {
    let determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    (determinant > 1e-12 * m[0][0] * m[1][1]).then(|| {
        [[m[1][1] / determinant, -m[0][1] / determinant], [-m[1][0] / determinant, m[0][0] / determinant]]
    })
}

fn multiply(a: Square, b: Square) -> Square {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two chances, so that the line goes exactly through both found shares.
    fn two_points(low: f64, high: f64, low_hits: usize, high_hits: usize, n: usize) -> (Vec<f64>, Vec<bool>) {
        let chance = [vec![low; n], vec![high; n]].concat();
        let found = (0..n).map(|i| i < low_hits).chain((0..n).map(|i| i < high_hits)).collect();
        (chance, found)
    }

    #[test]
    fn a_line_through_two_points_is_exact() {
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let (chance, found) = two_points(0.2, 0.6, 30, 50, 100);
        let line = calibration_line(&chance, &found, None, None).unwrap();
        let slope = (logit(0.5) - logit(0.3)) / (logit(0.6) - logit(0.2));
        assert!((line.slope - slope).abs() < 1e-10);
        assert!((line.intercept - (logit(0.3) - slope * logit(0.2))).abs() < 1e-10);
    }

    #[test]
    fn right_chances_give_zero_and_one() {
        let (chance, found) = two_points(0.1, 0.7, 100, 700, 1000);
        let line = calibration_line(&chance, &found, None, None).unwrap();
        assert!(line.intercept.abs() < 1e-9 && (line.slope - 1.0).abs() < 1e-9);
        assert!(line.intercept_alone.abs() < 1e-9);
        // The spread of a logit per group is 1 / (n p (1 - p)); the slope's follows from both.
        let logit = |p: f64| (p / (1.0 - p)).ln();
        let known = (1.0_f64 / 90.0 + 1.0 / 210.0).sqrt() / (logit(0.7) - logit(0.1));
        assert!((line.slope_error / known - 1.0).abs() < 0.01);
    }

    #[test]
    fn writing_each_row_four_times_in_one_cluster_leaves_the_errors() {
        let (chance, found) = two_points(0.2, 0.6, 30, 50, 100);
        let alone = calibration_line(&chance, &found, None, None).unwrap();
        let four = |i: usize| i / 4;
        let chance4: Vec<f64> = (0..800).map(|i| chance[four(i)]).collect();
        let found4: Vec<bool> = (0..800).map(|i| found[four(i)]).collect();
        let cluster: Vec<u32> = (0..800).map(|i| four(i) as u32).collect();
        let clustered = calibration_line(&chance4, &found4, None, Some(&cluster)).unwrap();
        assert!((alone.slope_error / clustered.slope_error - 1.0).abs() < 1e-9);
    }

    #[test]
    fn separated_or_flat_rows_have_no_line() {
        assert_eq!(calibration_line(&[0.1, 0.2, 0.8], &[false, false, true], None, None), None);
        assert_eq!(calibration_line(&[0.3; 4], &[false, true, true, false], None, None), None);
        assert_eq!(calibration_line(&[0.1, 0.9], &[true, true], None, None), None);
    }
}
