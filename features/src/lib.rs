//! Sources → checked tables → as-of feature matrix; and the example city.
//!
//! # The big picture
//!
//! [`spec`] says what a study asks for (sources, features), [`source`] reads files into [`tables`] and
//! checks them, [`asof`] turns tables into a matrix that knows nothing of the future, and [`city`] makes
//! the example city.
//!
//! ```
//! use features::asof::Span;
//! use features::tables::Day;
//!
//! // Spans are those of the calendar: the last day of January plus a month is the last day of February.
//! let month = Span::parse("1 month", "[time] step")?;
//! let january = Day::from_ymd(2024, 1, 31).ok_or("no such day")?;
//! assert_eq!(month.after(january).to_string(), "2024-02-29");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod asof;
pub mod city;
pub mod geometry;
pub mod source;
pub mod spec;
pub mod tables;
