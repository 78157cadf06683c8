//! Drift: are new data still what the model was made for?
//!
//! # The big picture
//!
//! [`shifts`] holds columns (inputs, scores) at two dates against each other; [`calibration_drift`] holds what was expected
//! against what was found, where that is known by now. Every test has its own limit, which follows from the number
//! of rows and areas, and from how many tests there are: together they raise a false alarm at most as often as
//! the level says. [`judge`] makes of it one of three verdicts by a [`Rule`] that is printed with it.
//!
//! | file | what |
//! |---|---|
//! | `bins` | values as classes, missing ones as a class of their own |
//! | `shift` | the two-sample test on the stability index |
//! | `summary` | what a bundle keeps of its columns, to see whether the past was rewritten |
//! | `calibration` | found against expected, with the spread between areas |
//! | `verdict` | all of it together: stop, retrain or go on |
//! | `page` | the same as a page, Dutch first |
//!
//! ```
//! use evaluation::drift::{Column, Dates, Plan, shifts};
//! // Forty areas of ten rows each; at the second date every value is one larger.
//! let area: Vec<u32> = (0..400).map(|i| i / 10).collect();
//! let before: Vec<f32> = (0..400).map(|i| (i * 7 % 100) as f32).collect();
//! let after: Vec<f32> = before.iter().map(|x| x + 40.0).collect();
//! let dates = Dates { before: &area, after: &area };
//! let column = Column { name: "x", before: &before, after: &after, categories: false };
//! let plan = Plan { level: 0.05, tests: 1, seed: 1, draws: 999 };
//! assert!(shifts(dates, &[column], plan)[0].alarm);
//! let same = Column { after: &before, ..column };
//! assert!(!shifts(dates, &[same], plan)[0].alarm);
//! ```

mod bins;
mod calibration;
mod page;
mod shift;
mod summary;
mod verdict;

pub use calibration::{CalibrationDrift, Outcomes, calibration_drift};
pub use page::page;
pub use shift::{Column, Dates, Plan, Shift, shifts};
pub use summary::{Revision, Summary};
pub use verdict::{Drift, GroupDrift, InputDrift, InputRevision, NotYetKnown, Rule, Verdict, judge};
