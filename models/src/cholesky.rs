//! Cholesky factors of small symmetric matrices (one row per coefficient), row by row in plain vectors.

/// Lower factor `L` with `L Lᵀ = A`.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    lower: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Factor of a positive definite matrix; `None` when it is not one. A pivot that keeps less than `1e-12`
    /// of its diagonal counts as zero: what is left of it is rounding.
    pub(crate) fn new(matrix: &[Vec<f64>]) -> Option<Self> {
        Self::with_pivots(matrix, |pivot, diagonal| (pivot > 1e-12 * diagonal).then(|| pivot.sqrt()))
    }

    /// Factor of a matrix that may be singular, such as the covariance of coefficients that hang together:
    /// a direction without variance gets none.
    pub(crate) fn semidefinite(matrix: &[Vec<f64>]) -> Self {
        let pivot =
            |pivot: f64, diagonal: f64| Some(if pivot > 1e-12 * diagonal { pivot.sqrt() } else { 0.0 });
        Self::with_pivots(matrix, pivot).unwrap_or(Self { lower: Vec::new() })
    }

    fn with_pivots(matrix: &[Vec<f64>], root: impl Fn(f64, f64) -> Option<f64>) -> Option<Self> {
        let mut lower: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
        for (i, row) in matrix.iter().enumerate() {
            let mut entries = vec![0.0; matrix.len()];
            for j in 0..i {
                let rest = row[j] - dot(&entries[..j], &lower[j][..j]);
                let pivot = lower[j][j];
                entries[j] = if pivot > 0.0 { rest / pivot } else { 0.0 };
            }
            entries[i] = root(row[i] - dot(&entries[..i], &entries[..i]), row[i])?;
            lower.push(entries);
        }
        Some(Self { lower })
    }

    /// Entry of the lower factor.
    pub(crate) fn lower(&self, i: usize, j: usize) -> f64 {
        self.lower[i][j]
    }

    /// `x` with `A x = b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.lower.len();
        let mut x = b.to_vec();
        for i in 0..n {
            x[i] = (x[i] - dot(&self.lower[i][..i], &x[..i])) / self.lower[i][i];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| self.lower[k][i] * x[k]).sum();
            x[i] = (x[i] - known) / self.lower[i][i];
        }
        x
    }

    /// `A⁻¹`, made exactly symmetric.
    pub(crate) fn inverse(&self) -> Vec<Vec<f64>> {
        let n = self.lower.len();
        let columns: Vec<Vec<f64>> = (0..n)
            .map(|j| {
                let mut unit = vec![0.0; n];
                unit[j] = 1.0;
                self.solve(&unit)
            })
            .collect();
        let entry = |i: usize, j: usize| f64::midpoint(columns[i][j], columns[j][i]);
        (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn product(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let n = a.len();
        (0..n).map(|i| (0..n).map(|j| (0..n).map(|k| a[i][k] * b[k][j]).sum()).collect()).collect()
    }

    #[test]
    fn an_indefinite_or_singular_matrix_has_no_factor() {
        assert!(Cholesky::new(&[vec![1.0, 2.0], vec![2.0, 1.0]]).is_none());
        assert!(Cholesky::new(&[vec![1.0, 1.0], vec![1.0, 1.0]]).is_none());
        assert!(Cholesky::new(&[vec![f64::NAN]]).is_none());
    }

    #[test]
    fn a_singular_covariance_keeps_its_variances() {
        let a = [vec![1.0, 2.0, 0.0], vec![2.0, 4.0, 0.0], vec![0.0, 0.0, 9.0]];
        let factor = Cholesky::semidefinite(&a);
        for (i, row) in a.iter().enumerate() {
            for (j, want) in row.iter().enumerate() {
                let got: f64 = (0..3).map(|k| factor.lower(i, k) * factor.lower(j, k)).sum();
                assert!((got - want).abs() < 1e-12);
            }
        }
    }

    proptest! {
        #[test]
        fn the_inverse_times_the_matrix_is_one(values in proptest::collection::vec(-2f64..2.0, 16)) {
            let b: Vec<Vec<f64>> = values.chunks(4).map(<[f64]>::to_vec).collect();
            let t: Vec<Vec<f64>> = (0..4).map(|i| (0..4).map(|j| b[j][i]).collect()).collect();
            let mut a = product(&b, &t);
            for (i, row) in a.iter_mut().enumerate() {
                row[i] += 0.5;
            }
            let factor = Cholesky::new(&a).unwrap();
            let one = product(&a, &factor.inverse());
            for (i, row) in one.iter().enumerate() {
                for (j, value) in row.iter().enumerate() {
                    prop_assert!((value - f64::from(u8::from(i == j))).abs() < 1e-8);
                }
            }
        }
    }
}
