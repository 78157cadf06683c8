//! What a model is: the feature schema, the one additive form, the learners, ONNX in and out, and the
//! bundle on disk.
//!
//! # The big picture
//!
//! Every learner ends as the same thing, an [`AdditiveModel`]: an intercept and named terms, with units,
//! sign rules and uncertainty. That one form is stored (`model.json`), drawn, explained, scored and
//! written to ONNX. Learners differ only in how they find it, and live behind the cargo feature `fit`,
//! which `serving` leaves out.
//!
//! ```text
//! Matrix + outcome --learner--> AdditiveModel --> model.json, model.onnx --> Bundle --> serve
//!                                    |                                         ^
//!                                    +-- rollup: rows to areas --> scores.json +
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`schema`], [`matrix`], [`outcome`] | what the columns are, the columns, and what a visit tells |
//! | [`additive`] | the model: scoring, explaining, JSON, edits |
//! | `learner` (`fit`) | baseline, logistic and Poisson regression, tree, behind one trait; calibration; challengers |
//! | [`onnx`] | the model as ONNX, run by `ort` with one of two backends, compared with our own scoring; models of others |
//! | `rollup` (`fit`) | expected finds, intervals, ranks, reasons and suppression per area |
//! | [`bundle`] | the folder on disk: written so that a kill loses nothing, read without trust |
//!
//! # Fit, score, explain
//!
//! ```
//! # #[cfg(feature = "fit")] fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use models::learner::{Learner, Poisson, Settings, Silent, TrainingData};
//! use models::{Feature, FeatureKind, Matrix, Passport, Schema, Text};
//!
//! let text = |nl: &str, en: &str| Text { nl: nl.to_owned(), en: en.to_owned() };
//! let feature = |name: &str, label: Text, kind: FeatureKind| Feature {
//!     name: name.to_owned(),
//!     label,
//!     unit: String::new(),
//!     kind,
//!     passport: Passport { purpose: "voorbeeld".to_owned(), ..Passport::default() },
//! };
//! let schema = Schema {
//!     features: vec![
//!         feature("vondsten_nabij", text("eerdere vondsten", "earlier finds"), FeatureKind::Count),
//!         feature("oppervlakte", text("oppervlakte", "floor area"), FeatureKind::Continuous),
//!     ],
//! };
//! // Six panden; the floor area of the last one is missing.
//! let near = vec![0.0, 0.0, 1.0, 2.0, 3.0, 5.0];
//! let area = vec![80.0, 120.0, 95.0, 300.0, 110.0, f32::NAN];
//! let matrix = Matrix::new(schema, vec![near, area], 6)?;
//! let (finds, one, group) = ([0.0, 0.0, 0.0, 1.0, 1.0, 2.0], [1.0; 6], [0, 1, 2, 3, 4, 5]);
//! let data = TrainingData::new(&matrix, &finds, &one, &one, &group)?;
//!
//! let learner = Poisson::new("poisson", text("Poisson-regressie", "Poisson regression"), Settings::default());
//! let model = learner.fit(&data, &Silent)?;
//!
//! let expected = model.predict(&matrix);
//! assert!(expected[5] > expected[0]);
//!
//! let told = model.explain(&[4.0, f32::NAN]);
//! let sum: f64 = told.contributions.iter().sum();
//! assert!((told.sum - (sum + model.intercept)).abs() < 1e-12);
//! assert!((told.expected - told.sum.exp()).abs() < 1e-12);
//!
//! let text = model.to_json()?;
//! assert_eq!(models::AdditiveModel::from_json(&text)?, model);
//! # Ok(())
//! # }
//! # #[cfg(feature = "fit")] example().unwrap();
//! ```

pub mod additive;
pub mod bundle;
#[cfg(feature = "fit")]
mod cholesky;
#[cfg(feature = "fit")]
pub mod learner;
pub mod matrix;
pub mod onnx;
pub mod outcome;
#[cfg(feature = "fit")]
pub mod rollup;
pub mod schema;
#[cfg(test)]
mod testing;

pub use additive::{AdditiveModel, Link, Shape, Term};
pub use matrix::Matrix;
pub use outcome::Outcome;
pub use schema::{Feature, FeatureKind, Passport, Schema, Sign, Text};
