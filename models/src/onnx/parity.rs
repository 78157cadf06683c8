//! Does a backend give what our own scoring gives?

use super::{OnnxError, Runner};
use crate::additive::AdditiveModel;
use crate::matrix::Matrix;

/// Rows compared at a time.
const BATCH: usize = 8192;

/// Largest differences between our own scoring and a backend, relative to `max(1, |value|)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parity {
    /// Over all scores.
    pub score: f64,
    /// Over all contributions.
    pub contributions: f64,
}

impl Parity {
    /// Whether both lie within the tolerance ([`super::TOLERANCE`] is what the run of a study uses).
    #[must_use]
    pub fn within(&self, tolerance: f64) -> bool {
        self.score <= tolerance && self.contributions <= tolerance
    }
}

/// Scores every row of the matrix both ways.
///
/// # Errors
/// When the backend fails, or the model is not the one that the runner has loaded (other columns or terms).
pub fn parity(model: &AdditiveModel, runner: &Runner, matrix: &Matrix) -> Result<Parity, OnnxError> {
    if runner.terms() != model.terms.len() {
        let missing = format!("the {} terms of model {:?}", model.terms.len(), model.name);
        return Err(OnnxError::OtherInterface { missing });
    }
    let (expected, contributions) = (model.predict(matrix), model.contributions(matrix));
    let features = matrix.schema().features.len();
    let mut most = Parity::default();
    for from in (0..matrix.rows()).step_by(BATCH) {
        let rows = from..matrix.rows().min(from + BATCH);
        let n = rows.len();
        let values: Vec<f32> =
            rows.clone().flat_map(|i| (0..features).map(move |j| matrix.column(j)[i])).collect();
        let (scores, parts) = runner.run(&values, n)?;
        for (k, i) in rows.enumerate() {
            most.score = most.score.max(difference(scores[k], expected[i]));
            for (t, column) in contributions.iter().enumerate() {
                let part = parts[k * contributions.len() + t];
                most.contributions = most.contributions.max(difference(part, column[i]));
            }
        }
    }
    Ok(most)
}

/// Difference relative to `max(1, |wanted|)`; the wanted value is rounded to 32 bits first, because that is
/// what a backend can give. Infinite when only one of them is a number.
pub(crate) fn difference(found: f32, wanted: f64) -> f64 {
    let (found, rounded) = (f64::from(found), f64::from(wanted as f32));
    if found == rounded || (found.is_nan() && rounded.is_nan()) {
        return 0.0;
    }
    let difference = (found - rounded).abs() / rounded.abs().max(1.0);
    if difference.is_nan() { f64::INFINITY } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::additive::{Link, Shape, Term, Transform};
    use crate::onnx::{Backend, write};
    use crate::testing::{every_shape, made_up_rows, text};

    fn runner(model: &AdditiveModel) -> Runner {
        Runner::new(&write(model), &Backend::Tract).unwrap()
    }

    #[test]
    fn tract_agrees_on_ten_thousand_rows_with_missing_and_extreme_values() {
        for link in [Link::Identity, Link::Logit, Link::Log] {
            let model = every_shape(link);
            let matrix = extremes(&model, 10_000);
            let most = parity(&model, &runner(&model), &matrix).unwrap();
            assert!(most.within(1e-6), "{link:?}: {most:?}");
        }
    }

    fn extremes(model: &AdditiveModel, rows: usize) -> Matrix {
        let ordinary = made_up_rows(&model.schema, rows, 11);
        let special = [0.0, -0.0, 1.0, 2.5, 4.0, -1e6, 1e6, 3e38, -3e38, 1e-40, f32::MIN_POSITIVE, f32::NAN];
        let features = model.schema.features.len();
        let columns = (0..features).map(|j| {
            let value = |(i, &x): (usize, &f32)| {
                if (i + j) % 5 == 0 { special[(i / 5 + 3 * j) % special.len()] } else { x }
            };
            ordinary.column(j).iter().enumerate().map(value).collect()
        });
        Matrix::new(model.schema.clone(), columns.collect(), rows).unwrap()
    }

    #[test]
    fn the_same_model_gives_the_same_bytes_and_its_names() {
        let model = every_shape(Link::Logit);
        let bytes = write(&model);
        assert_eq!(bytes, write(&model));
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("gebruik=industrie") && text.contains("oppervlakte"));
    }

    #[test]
    fn a_changed_coefficient_is_seen() {
        let model = every_shape(Link::Log);
        let runner = runner(&model);
        let mut other = model.clone();
        if let Shape::Linear { coefficient, .. } = &mut other.terms[2].shape {
            *coefficient += 1e-3;
        }
        let matrix = made_up_rows(&model.schema, 100, 2);
        assert!(parity(&model, &runner, &matrix).unwrap().within(1e-6));
        assert!(!parity(&other, &runner, &matrix).unwrap().within(crate::onnx::TOLERANCE));
    }

    #[test]
    fn single_terms_no_edges_and_cancelling_terms_work() {
        let mut model = every_shape(Link::Identity);
        let lonely = |shape| Term { name: "x".to_owned(), label: text("x"), feature: 0, shape };
        let line = |coefficient| Shape::Linear {
            coefficient,
            center: 1e6,
            transform: Transform::Identity,
            missing: 0.5,
        };
        let step = Shape::Steps { edges: vec![], scores: vec![0.7], missing: 0.1 };
        for terms in
            [vec![lonely(line(2.0))], vec![lonely(step)], vec![lonely(line(3.3)), lonely(line(-3.3))]]
        {
            model.terms = terms;
            let matrix = extremes(&model, 200);
            let most = parity(&model, &runner(&model), &matrix).unwrap();
            assert!(most.within(1e-6), "{most:?}");
        }
    }

    #[test]
    fn bad_bytes_bad_rows_and_another_backend_are_told() {
        let model = every_shape(Link::Log);
        let runner = runner(&model);
        assert_eq!(runner.run(&[], 0).unwrap(), (vec![], vec![]));
        let told = runner.run(&[1.0; 5], 2).unwrap_err().to_string();
        assert!(told.contains("5 values do not make 2 rows of 4 features"), "{told}");
        assert!(matches!(Runner::new(b"not onnx", &Backend::Tract), Err(OnnxError::NotOnnx(_))));
        assert!(matches!(Runner::new(b"", &Backend::Tract), Err(OnnxError::OtherInterface { .. })));
        let nowhere = Backend::OnnxRuntime("/nowhere/libonnxruntime.so".into());
        assert!(matches!(Runner::new(&write(&model), &nowhere), Err(OnnxError::NoLibrary { .. })));
        let here = Backend::OnnxRuntime(std::env::current_exe().unwrap());
        let told = Runner::new(&write(&model), &here).unwrap_err().to_string();
        assert!(told.contains("only one backend"), "{told}");
    }

    #[test]
    fn runners_are_shared_between_threads() {
        let model = every_shape(Link::Logit);
        let runner = runner(&model);
        let matrix = made_up_rows(&model.schema, 300, 5);
        std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..4).map(|_| scope.spawn(|| parity(&model, &runner, &matrix).unwrap())).collect();
            for worker in workers {
                assert!(worker.join().unwrap().within(1e-6));
            }
        });
    }

    #[test]
    fn differences_are_relative_and_never_silent() {
        assert_eq!(difference(f32::INFINITY, 1e40), 0.0);
        assert_eq!(difference(f32::NAN, 1.0), f64::INFINITY);
        assert_eq!(difference(1.0, f64::NAN), f64::INFINITY);
        assert!((difference(200.0, 100.0) - 1.0).abs() < 1e-12);
        assert!((difference(0.25, 0.5) - 0.25).abs() < 1e-12);
    }
}
