//! As-of features: from checked tables to a matrix that knows nothing of the future.
//!
//! # The big picture
//!
//! [`as_of_dates`] reads the time frame. [`Plan::new`] resolves every name of the feature language against
//! the tables and describes each column; [`Plan::rows`] then gives, per as-of date `t`, the cohort (units
//! that exist), the features, the exposure and the outcome. Studies of panden and of areas take the same
//! path: only what a row is differs.
//!
//! A record is visible at `t` when it happened **and** was registered strictly before `t`. The proof of it
//! is [`scramble_proof`]: everything known at or after `t` becomes noise, and no feature changes by a bit.
//!
//! Work goes per event, not per row: events are rare, so each is found the places around it once, and every
//! as-of date, radius and window adds up from those pairs. Sums run in a fixed order: the same bits on any
//! number of threads.
//!
//! # Example
//!
//! Two panden 60 m apart, and a find in the first that was registered ten days after it happened.
//!
//! ```
//! use features::asof::{Plan, as_of_dates};
//! use features::spec::{FeatureSpec, Target, Time, UnitOfStudy};
//! use features::tables::{Areas, Day, Events, Tables, Units};
//!
//! let day = |m, d| Day::from_ymd(2024, m, d).ok_or("no such day");
//! let tables = Tables {
//!     areas: Areas::default(),
//!     units: Units {
//!         id: vec!["pand 1".to_owned(), "pand 2".to_owned()],
//!         unit: vec![0, 1],
//!         valid_from: vec![Day::MIN; 2],
//!         valid_to: vec![Day::MAX; 2],
//!         known_from: vec![Day::MIN; 2],
//!         exists: vec![true; 2],
//!         x: vec![0.0, 60.0],
//!         y: vec![0.0, 0.0],
//!         area: vec![None; 2],
//!         columns: vec![],
//!     },
//!     events: vec![Events {
//!         source: "vondsten".to_owned(),
//!         date: vec![day(3, 10)?],
//!         known_from: vec![day(3, 20)?],
//!         unit: vec![Some(0)],
//!         area: vec![None],
//!         x: vec![0.0],
//!         y: vec![0.0],
//!         count: vec![1.0],
//!         columns: vec![],
//!     }],
//!     ..Tables::default()
//! };
//! let time: Time = serde_json::from_str(
//!     r#"{"first_as_of": "2024-01-01", "last_as_of": "2024-07-01", "step": "1 month", "horizon": "3 months",
//!         "data_until": "2024-07-01", "test_from": "2024-06-01"}"#,
//! )?;
//! let near: FeatureSpec = serde_json::from_str(
//!     r#"{"name": "vondsten", "label": {"nl": "vondsten", "en": "finds"}, "from": "count", "source": "vondsten",
//!         "over": "radius", "radii": [50, 100], "windows": ["1 year"],
//!         "passport": {"purpose": "", "source": "", "legal_basis": ""}}"#,
//! )?;
//! let target: Target = serde_json::from_str(
//!     r#"{"events": "vondsten", "exposure_unit": {"nl": "panden", "en": "buildings"},
//!         "finds": {"nl": "vondsten", "en": "finds"}}"#,
//! )?;
//!
//! let calendar = as_of_dates(&time)?;
//! let plan = Plan::new(UnitOfStudy::Pand, &[near], &target, &calendar, &tables)?;
//! assert_eq!(plan.schema().features[1].name, "vondsten_100m_1y");
//!
//! // On the day of registration the find is not yet known; the day after, it is.
//! assert_eq!(plan.rows(&tables, day(3, 20)?)?.matrix.column(1), [0.0, 0.0]);
//! assert_eq!(plan.rows(&tables, day(3, 21)?)?.matrix.column(1), [1.0, 1.0]);
//! assert_eq!(plan.rows(&tables, day(3, 21)?)?.matrix.column(0), [1.0, 0.0], "pand 2 is farther than 50 m");
//!
//! // It is the outcome of the first pand for a date before it; of the second nothing is known.
//! use models::Outcome::{Found, Unknown};
//! assert_eq!(plan.rows(&tables, day(1, 1)?)?.outcome, [Found(1), Unknown]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calendar;
mod cohort;
mod columns;
mod error;
mod figures;
mod index;
mod outcome;
mod pairs;
mod papers;
mod place;
mod plan;
mod proof;
mod records;
mod resolve;
mod rows;
mod scramble;
mod shrink;
mod span;
mod strips;
mod tally;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod towns;

pub use calendar::{Calendar, as_of_dates};
pub use cohort::LeftOut;
pub use error::AsofError;
pub use figures::published_at;
pub use outcome::Outcomes;
pub use plan::Plan;
pub use proof::{DateProof, Difference, ScrambleReport, scramble_proof};
pub use rows::Rows;
pub use scramble::scramble;
pub use span::Span;
