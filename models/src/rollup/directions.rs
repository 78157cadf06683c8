//! The ways in which a model may be wrong, as a few directions per row.
//!
//! A row's sum in draw `s` is its fitted sum plus `directions of the row · shifts of the draw`.
//!
//! * A model with bags: direction `b` is the sum of bag `b` minus the mean over the bags, and the shifts are
//!   standard normal numbers times `sqrt(inflation / (bags - 1))`, so that the drawn sums have the variance that
//!   the bags show (and the covariance between any two rows as well).
//! * A model with a covariance: the directions are the basis values of the terms, and the shifts are coefficients
//!   drawn around the fitted ones, with the Cholesky factor of the covariance.

use ndarray::{Array2, ArrayViewMut1};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::additive::{AdditiveModel, Spread, Term};
use crate::cholesky::Cholesky;
use crate::matrix::Matrix;

/// See the module.
pub(crate) enum Directions<'a> {
    /// One for the intercept, one per term.
    Coefficients(&'a AdditiveModel),
    /// One per bag, with its intercept and terms.
    Bags(&'a Spread, Vec<(f64, Vec<Term>)>),
}

impl<'a> Directions<'a> {
    /// The directions of a model; `None` for one that knows neither bags nor a covariance.
    pub(crate) fn of(model: &'a AdditiveModel) -> Option<Self> {
        match &model.spread {
            Some(spread) if spread.bags.len() > 1 => {
                let bags = spread.bags.iter().map(|bag| (bag.intercept, model.terms_of(bag)));
                Some(Self::Bags(spread, bags.collect()))
            }
            _ if model.covariance.is_empty() => None,
            _ => Some(Self::Coefficients(model)),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Coefficients(model) => model.terms.len() + 1,
            Self::Bags(_, bags) => bags.len(),
        }
    }

    /// How far each draw goes in each direction: one row per direction, one column per draw.
    pub(crate) fn shifts(&self, generator: &mut ChaCha8Rng, draws: usize) -> Array2<f64> {
        let size = self.count();
        let mut shifts = Array2::zeros((size, draws));
        let factor = match self {
            Self::Coefficients(model) => Some(Cholesky::semidefinite(&model.covariance)),
            Self::Bags(..) => None,
        };
        let scale = match self {
            Self::Coefficients(_) => 1.0,
            Self::Bags(spread, bags) => (spread.inflation / (bags.len() as f64 - 1.0)).sqrt(),
        };
        for s in 0..draws {
            let normal: Vec<f64> = (0..size).map(|_| StandardNormal.sample(generator)).collect();
            for i in 0..size {
                shifts[(i, s)] = match &factor {
                    Some(factor) => (0..=i).map(|j| factor.lower(i, j) * normal[j]).sum(),
                    None => scale * normal[i],
                };
            }
        }
        shifts
    }

    /// The directions of these rows: one row per row, one column per direction.
    pub(crate) fn of_rows(&self, matrix: &Matrix, rows: &[usize]) -> Array2<f64> {
        let mut directions = Array2::zeros((rows.len(), self.count()));
        for (mut own, &row) in directions.rows_mut().into_iter().zip(rows) {
            self.of_row(own.view_mut(), &|column| matrix.column(column)[row]);
        }
        directions
    }

    fn of_row(&self, mut own: ArrayViewMut1<'_, f64>, value: &dyn Fn(usize) -> f32) {
        match self {
            Self::Coefficients(model) => {
                own[0] = 1.0;
                for (to, term) in own.iter_mut().skip(1).zip(&model.terms) {
                    *to = term.basis(value);
                }
            }
            Self::Bags(_, bags) => {
                for (to, (intercept, terms)) in own.iter_mut().zip(bags) {
                    *to = intercept + terms.iter().map(|term| term.contribution(value)).sum::<f64>();
                }
                let mean = own.sum() / bags.len() as f64;
                own -= mean;
            }
        }
    }
}
