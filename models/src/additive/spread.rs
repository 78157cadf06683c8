//! How sure a model is of its terms: the same learner on other samples of the rows.

use serde::{Deserialize, Serialize};

use super::{AdditiveModel, Term};

/// Fits of the same terms on other samples of the training rows (bags). Their spread tells how much the model
/// depends on the rows that it happened to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Sampling variance of the model = `inflation` times the variance over the bags (with `K - 1` below). Bags that
    /// leave out a share `d` of the groups overlap, and differ less than independent samples would: `(1 - d) / d`
    /// for bags drawn apart from each other (Shao and Wu 1989), and `(K - 1)² / K` for `K` bags that leave out every
    /// group once (the delete-a-group jackknife). Bootstrap samples need 1.
    pub inflation: f64,
    /// At least two.
    pub bags: Vec<Bag>,
}

/// One fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bag {
    /// Its intercept.
    pub intercept: f64,
    /// Per term of the model, its [`Shape::parameters`](super::Shape::parameters).
    pub parameters: Vec<Vec<f64>>,
}

impl Spread {
    /// Standard error of every parameter of every term; `None` below two bags.
    #[must_use]
    pub fn standard_errors(&self) -> Option<Vec<Vec<f64>>> {
        let (first, bags) = (self.bags.first()?, self.bags.len() as f64);
        if self.bags.len() < 2 {
            return None;
        }
        let error = |t: usize, p: usize| {
            let values = || self.bags.iter().map(|bag| bag.parameters[t][p]);
            let mean = values().sum::<f64>() / bags;
            let squares: f64 = values().map(|v| (v - mean) * (v - mean)).sum();
            (self.inflation * squares / (bags - 1.0)).sqrt()
        };
        let terms = first.parameters.iter().enumerate();
        Some(terms.map(|(t, own)| (0..own.len()).map(|p| error(t, p)).collect()).collect())
    }
}

impl AdditiveModel {
    /// The terms as a bag has them.
    #[must_use]
    pub fn terms_of(&self, bag: &Bag) -> Vec<Term> {
        let own = self.terms.iter().zip(&bag.parameters);
        own.map(|(term, p)| Term { shape: term.shape.with_parameters(p), ..term.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_errors_are_the_inflated_spread_over_the_bags() {
        let bag = |value: f64| Bag { intercept: 0.0, parameters: vec![vec![value, 1.0]] };
        let spread = Spread { inflation: 4.0, bags: vec![bag(1.0), bag(2.0), bag(3.0)] };
        assert_eq!(spread.standard_errors().unwrap(), [vec![2.0, 0.0]]);
        assert!(Spread { inflation: 1.0, bags: vec![bag(1.0)] }.standard_errors().is_none());
    }
}
