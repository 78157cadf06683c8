//! Fits a [`Calibration`] on rows that the model has not seen.

use super::FitError;
use super::data::within;
use super::newton::Family;
use crate::additive::{Calibration, Link};
use crate::schema::Text;

/// How far the correction of an average row may go on its own: a standard deviation of 1, a factor of e. Rows
/// with one find in them weigh as much.
const SHIFT_PRECISION: f64 = 1.0;
/// The same for the logarithm of the slope: a standard deviation of 1/2, so that slopes between 0.4 and 2.7 are
/// ordinary and a handful of finds cannot turn the score around.
const SLOPE_PRECISION: f64 = 4.0;
/// Most Newton steps.
const STEPS: u32 = 200;
/// Step at which the search has settled.
const SETTLED: f64 = 1e-10;
/// Steps below this are taken whatever the loss says: over a million rows its last digits are rounding, while those of
/// the gradient still lead on. A search that comes this near is good enough: a ten-thousandth of a slope changes no
/// answer.
const NEAR: f64 = 1e-4;

/// Rows later than those of the fit, with what the model says of them.
#[derive(Clone, Copy, Debug)]
pub struct HeldOut<'a> {
    /// Intercept plus contributions per row ([`AdditiveModel::sums`](crate::AdditiveModel::sums)), not calibrated.
    pub sums: &'a [f64],
    /// Finds per row.
    pub outcome: &'a [f64],
    /// Exposure per row; 1 for a model of chances.
    pub exposure: &'a [f64],
    /// How often each row counts.
    pub weight: &'a [f64],
}

/// Calibration of a model with this link: `intercept + slope * sum` that makes these rows most likely, drawn a
/// little towards `(0, 1)`, no correction at all. The slope is above 0 whatever the rows say, because its
/// logarithm is what is searched. Method: logistic recalibration (Cox 1958, Two further applications of a model
/// for binary regression), with normal priors on the shift of an average row and on the logarithm of the slope.
///
/// # Errors
/// A link that has no calibration, lists of unequal length, values out of range, rows without a find.
pub fn calibrate(link: Link, rows: &HeldOut<'_>, fitted_on: Text) -> Result<Calibration, FitError> {
    let family = match link {
        Link::Logit => Family::Bernoulli,
        Link::Log => Family::Poisson,
        Link::Identity => {
            return Err(refused(
                "a model with an identity link (a baseline) has its scale from its own rows",
            ));
        }
    };
    rows.check(link)?;
    let outcome: Vec<f64> = match family {
        Family::Bernoulli => rows.outcome.iter().map(|y| f64::from(u8::from(*y > 0.0))).collect(),
        Family::Poisson => rows.outcome.to_vec(),
    };
    let finds: f64 = outcome.iter().zip(rows.weight).map(|(y, w)| y * w).sum();
    if finds <= 0.0 {
        let why = format!(
            "none of the {} rows has a find. Take a longer period, or leave the calibration out",
            outcome.len()
        );
        return Err(refused(&why));
    }
    let offset = rows.exposure.iter().map(|e| e.ln()).collect();
    let search = Search { family, rows, outcome, offset, center: 0.0 }.centred();
    let (shift, log_slope) = search.settle()?;
    let slope = log_slope.exp();
    let intercept = search.center + shift - slope * search.center;
    Ok(Calibration { intercept, slope, rows: rows.sums.len() as u64, finds, fitted_on })
}

fn refused(why: &str) -> FitError {
    FitError::Calibration { why: why.to_owned() }
}

impl HeldOut<'_> {
    fn check(&self, link: Link) -> Result<(), FitError> {
        let rows = self.sums.len();
        if rows == 0 {
            return Err(refused("there are no rows"));
        }
        let columns = [("outcome", self.outcome), ("exposure", self.exposure), ("weight", self.weight)];
        if let Some((what, values)) = columns.iter().find(|(_, values)| values.len() != rows) {
            return Err(FitError::Length { what, found: values.len(), rows });
        }
        within("sum", self.sums, "finite", |_| true)?;
        within("outcome", self.outcome, "0 or more and finite", |y| y >= 0.0)?;
        within("weight", self.weight, "0 or more and finite", |w| w >= 0.0)?;
        if link == Link::Logit {
            return within("exposure", self.exposure, "1 for a model of chances", |e| e == 1.0);
        }
        within("exposure", self.exposure, "above 0 and finite", |e| e > 0.0)
    }
}

/// The search for a shift and the logarithm of a slope:
/// `corrected sum = center + shift + slope * (sum - center)`.
struct Search<'a> {
    family: Family,
    rows: &'a HeldOut<'a>,
    outcome: Vec<f64>,
    offset: Vec<f64>,
    center: f64,
}

/// Loss with its derivatives to shift and logarithm of the slope, the second ones as expected.
struct Slope {
    loss: f64,
    gradient: [f64; 2],
    information: [[f64; 2]; 2],
    /// What the rows at hand add to the expected second derivative to the logarithm of the slope.
    bend: f64,
}

impl Slope {
    /// A Newton step, to be taken off. With the second derivatives of the rows at hand it settles in a few steps; far
    /// off, where these need not point down, with the expected ones (Fisher scoring).
    fn step(&self) -> (f64, f64) {
        let [[a, b], [_, expected]] = self.information;
        let [g, h] = self.gradient;
        let determinant = |c: f64| a * c - b * b;
        let own = expected + self.bend;
        let c = if determinant(own) > 0.25 * determinant(expected) { own } else { expected };
        ((c * g - b * h) / determinant(c), (a * h - b * g) / determinant(c))
    }
}

impl Search<'_> {
    /// Centred where the finds are expected, so that shift and slope hardly depend on each other.
    fn centred(self) -> Self {
        let (mut sum, mut total) = (0.0_f64, 0.0_f64);
        for (i, &s) in self.rows.sums.iter().enumerate() {
            let (_, _, curve) = self.family.at(s + self.offset[i], 0.0);
            sum += self.rows.weight[i] * curve * s;
            total += self.rows.weight[i] * curve;
        }
        let center = if total > 0.0 && (sum / total).is_finite() { sum / total } else { 0.0 };
        Self { center, ..self }
    }

    fn settle(&self) -> Result<(f64, f64), FitError> {
        let mut at = (0.0, 0.0);
        let mut slope = self.slope(at);
        let mut most = f64::INFINITY;
        for _ in 0..STEPS {
            let step = slope.step();
            most = step.0.abs().max(step.1.abs());
            if most <= SETTLED {
                return Ok((at.0 - step.0, at.1 - step.1));
            }
            let moved = if most <= NEAR {
                let to = (at.0 - step.0, at.1 - step.1);
                Some((to, self.slope(to)))
            } else {
                self.descend(at, &slope, step)
            };
            let Some((to, there)) = moved else { break };
            (at, slope) = (to, there);
        }
        if most <= NEAR {
            return Ok(at);
        }
        Err(refused("the search did not settle. Check the sums: one of them may be out of all proportion"))
    }

    /// The step, halved until the loss falls; `None` when it does not.
    fn descend(&self, at: (f64, f64), slope: &Slope, step: (f64, f64)) -> Option<((f64, f64), Slope)> {
        let mut length = 1.0 / (step.1.abs().max(1.0));
        for _ in 0..60 {
            let to = (at.0 - length * step.0, at.1 - length * step.1);
            let there = self.slope(to);
            if there.loss <= slope.loss + 1e-14 * slope.loss.abs() {
                return Some((to, there));
            }
            length /= 2.0;
        }
        None
    }

    fn slope(&self, (shift, log_slope): (f64, f64)) -> Slope {
        let slope = log_slope.exp();
        let mut loss = 0.5 * (SHIFT_PRECISION * shift * shift + SLOPE_PRECISION * log_slope * log_slope);
        let mut gradient = [SHIFT_PRECISION * shift, SLOPE_PRECISION * log_slope];
        let mut information = [[SHIFT_PRECISION, 0.0], [0.0, SLOPE_PRECISION]];
        for (i, (&sum, &weight)) in self.rows.sums.iter().zip(self.rows.weight).enumerate() {
            if weight <= 0.0 {
                continue;
            }
            let turn = slope * (sum - self.center);
            let eta = self.center + shift + turn + self.offset[i];
            let (own, expected, curve) = self.family.at(eta, self.outcome[i]);
            loss += weight * own;
            let residual = weight * (expected - self.outcome[i]);
            let curve = weight * curve;
            gradient[0] += residual;
            gradient[1] += residual * turn;
            information[0][0] += curve;
            information[0][1] += curve * turn;
            information[1][1] += curve * turn * turn;
        }
        information[1][0] = information[0][1];
        Slope { loss, gradient, information, bend: gradient[1] - SLOPE_PRECISION * log_slope }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Stream, text};

    /// Rows whose outcomes are exactly as expected when the truth is `intercept + slope * sum`: for chances, each
    /// row twice, found with its chance as weight and not found with the rest.
    struct Rows {
        sums: Vec<f64>,
        outcome: Vec<f64>,
        exposure: Vec<f64>,
        weight: Vec<f64>,
    }

    impl Rows {
        fn exact(link: Link, n: usize, seed: u64, intercept: f64, slope: f64) -> Self {
            let mut stream = Stream(seed);
            let mut rows = Self { sums: vec![], outcome: vec![], exposure: vec![], weight: vec![] };
            for _ in 0..n {
                let sum = -4.0 + 3.0 * (stream.next() + stream.next());
                let exposure = if link == Link::Log { 0.5 + stream.next() } else { 1.0 };
                let expected = link.expected(intercept + slope * sum);
                let cases = match link {
                    Link::Log => vec![(expected * exposure, 1.0)],
                    _ => vec![(1.0, expected), (0.0, 1.0 - expected)],
                };
                for (outcome, weight) in cases {
                    rows.sums.push(sum);
                    rows.outcome.push(outcome);
                    rows.exposure.push(exposure);
                    rows.weight.push(weight);
                }
            }
            rows
        }

        fn fit(&self, link: Link) -> Result<Calibration, FitError> {
            let Self { sums, outcome, exposure, weight } = self;
            calibrate(link, &HeldOut { sums, outcome, exposure, weight }, text("later"))
        }
    }

    #[test]
    fn what_is_right_stays_as_it_is() {
        for link in [Link::Logit, Link::Log] {
            let found = Rows::exact(link, 500, 1, 0.0, 1.0).fit(link).unwrap();
            assert!(found.intercept.abs() < 1e-8 && (found.slope - 1.0).abs() < 1e-8, "{found:?}");
        }
    }

    #[test]
    fn a_known_error_is_put_right() {
        for link in [Link::Logit, Link::Log] {
            let found = Rows::exact(link, 40_000, 2, -0.7, 0.6).fit(link).unwrap();
            assert!((found.intercept + 0.7).abs() < 1e-3 && (found.slope - 0.6).abs() < 1e-3, "{found:?}");
            let found = Rows::exact(link, 40_000, 3, 0.4, 1.5).fit(link).unwrap();
            assert!((found.intercept - 0.4).abs() < 1e-3 && (found.slope - 1.5).abs() < 1e-3, "{found:?}");
        }
    }

    #[test]
    fn counts_per_exposure_are_corrected_by_exposure() {
        let mut rows = Rows::exact(Link::Log, 40_000, 4, 0.0, 1.0);
        for exposure in &mut rows.exposure {
            *exposure *= 3.0;
        }
        let found = rows.fit(Link::Log).unwrap();
        assert!((found.intercept + 3f64.ln()).abs() < 1e-3 && (found.slope - 1.0).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn weights_are_repetitions() {
        let mut weighted = Rows::exact(Link::Log, 60, 5, 0.3, 0.8);
        let mut repeated = Rows::exact(Link::Log, 60, 5, 0.3, 0.8);
        for i in (0..60).step_by(2) {
            weighted.weight[i] = 2.0;
            for column in
                [&mut repeated.sums, &mut repeated.outcome, &mut repeated.exposure, &mut repeated.weight]
            {
                column.push(column[i]);
            }
        }
        let (a, b) = (weighted.fit(Link::Log).unwrap(), repeated.fit(Link::Log).unwrap());
        assert!((a.intercept - b.intercept).abs() < 1e-9 && (a.slope - b.slope).abs() < 1e-9);
        assert!((a.finds - b.finds).abs() < 1e-9 && a.rows == 60 && b.rows == 90);
    }

    #[test]
    fn what_cannot_be_calibrated_is_told() {
        let rows = Rows::exact(Link::Log, 5, 6, 0.0, 1.0);
        let told = rows.fit(Link::Identity).unwrap_err().to_string();
        assert!(told.contains("identity"), "{told}");
        assert!(rows.fit(Link::Logit).unwrap_err().to_string().contains("exposure of row 0"));
        let none = Rows { outcome: vec![0.0; 5], ..Rows::exact(Link::Log, 5, 6, 0.0, 1.0) };
        assert!(none.fit(Link::Log).unwrap_err().to_string().contains("none of the 5 rows"));
        let short = Rows { outcome: vec![1.0; 4], ..Rows::exact(Link::Log, 5, 6, 0.0, 1.0) };
        assert!(short.fit(Link::Log).unwrap_err().to_string().contains("outcome has 4 values for 5 rows"));
        let infinite = Rows { sums: vec![f64::INFINITY; 5], ..Rows::exact(Link::Log, 5, 6, 0.0, 1.0) };
        assert!(infinite.fit(Link::Log).unwrap_err().to_string().contains("sum of row 0 is inf"));
    }

    proptest! {
        /// Whatever the rows say, also the opposite of the model: the slope stays above 0, so that the order of
        /// rows stays; and few finds move it little.
        #[test]
        fn the_order_stays_and_few_finds_move_little(
            seed in 0u64..10_000, finds in 1usize..4, contrary in any::<bool>(), counts in any::<bool>(),
        ) {
            let link = if counts { Link::Log } else { Link::Logit };
            let mut stream = Stream(seed);
            let mut sums: Vec<f64> = (0..200).map(|_| -6.0 + 3.0 * stream.next()).collect();
            sums.sort_by(f64::total_cmp);
            let lucky = |i: usize| if contrary { i < finds } else { i >= 200 - finds };
            let outcome: Vec<f64> = (0..200).map(|i| f64::from(u8::from(lucky(i)))).collect();
            let one = vec![1.0; 200];
            let rows = HeldOut { sums: &sums, outcome: &outcome, exposure: &one, weight: &one };
            let found = calibrate(link, &rows, text("later")).unwrap();
            prop_assert!(found.slope > 0.2 && found.slope < 4.0, "{found:?}");
            prop_assert!(sums.windows(2).all(|w| found.apply(w[0]) <= found.apply(w[1])));
        }
    }
}
