//! Rates shrunk to the overall rate by a gamma-Poisson prior.
//!
//! Counts `n_i` over exposures `e_i` are taken as Poisson with rates from one gamma distribution, whose
//! mean and variance are estimated by weighted moments (Marshall 1991, "Mapping disease and mortality rates
//! using empirical Bayes estimators", Applied Statistics 40). Closed form, so the same bits every time.

/// A gamma prior for rates: `shape / scale_inverse` is its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct GammaPrior {
    mean: f64,
    /// Exposure that the prior weighs as much as; infinite when the rates do not differ beyond chance.
    weight: f64,
}

impl GammaPrior {
    /// From counts and exposures of the groups; groups without exposure do not take part.
    pub(crate) fn fit(groups: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let groups = groups.filter(|g| g.1 > 0.0);
        let (mut n, mut e, mut m) = (0.0, 0.0, 0.0);
        for (count, exposure) in groups.clone() {
            n += count;
            e += exposure;
            m += 1.0;
        }
        if e <= 0.0 {
            return Self { mean: f64::NAN, weight: f64::INFINITY };
        }
        let mean = n / e;
        let mut spread = 0.0;
        for (count, exposure) in groups {
            let off = count / exposure - mean;
            spread += exposure * off * off;
        }
        // Variance of the rates beyond what Poisson chance gives them.
        let beyond = spread / e - mean / (e / m);
        Self { mean, weight: if beyond > 0.0 { mean / beyond } else { f64::INFINITY } }
    }

    /// Posterior mean of the rate.
    pub(crate) fn rate(self, count: f64, exposure: f64) -> f64 {
        if self.weight.is_infinite() {
            self.mean
        } else {
            (count + self.mean * self.weight) / (exposure + self.weight)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        // Rates 0.1 and 0.5 over exposure 10 and 10: mean 0.3, spread 0.04, chance 0.3 / 10 = 0.03,
        // so beyond = 0.01 and weight = 30.
        let prior = GammaPrior::fit([(1.0, 10.0), (5.0, 10.0)].into_iter());
        assert!((prior.mean - 0.3).abs() < 1e-12 && (prior.weight - 30.0).abs() < 1e-9, "{prior:?}");
        assert!((prior.rate(1.0, 10.0) - 10.0 / 40.0).abs() < 1e-9);
        assert!((prior.rate(0.0, 0.0) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn no_difference_beyond_chance_gives_the_mean() {
        let prior = GammaPrior::fit([(3.0, 10.0), (3.0, 10.0), (0.0, 0.0)].into_iter());
        assert!((prior.rate(9.0, 10.0) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn without_events_the_rate_is_zero_and_without_exposure_missing() {
        assert_eq!(GammaPrior::fit([(0.0, 5.0)].into_iter()).rate(0.0, 5.0), 0.0);
        assert!(GammaPrior::fit([(0.0, 0.0)].into_iter()).rate(0.0, 0.0).is_nan());
    }
}
