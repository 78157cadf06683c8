//! Replay: is a bundle what its study, its data and this program give?
//!
//! # The big picture
//!
//! [`place`] finds the data; [`rerun`] runs the study again into a folder of its own; [`compare`] holds the two bundles
//! against each other, file by file, and [`json`] and [`settings`] say where two texts part. What comes out is a
//! [`Replay`]: the causes that were found (a changed row, setting, seed, byte or program), and every file that differs.
//!
//! Only [`compare::MACHINE_FACTS`] may differ between machines; everything else is compared bit by bit.

pub(crate) mod compare;
pub(crate) mod json;
pub(crate) mod place;
pub(crate) mod rerun;
pub(crate) mod settings;

use serde::Serialize;

use json::Part;

/// What a replay found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Replay {
    /// Whether everything was run again, or only hashes were checked.
    pub(crate) rerun: bool,
    /// Where the data were found.
    pub(crate) data: Vec<String>,
    /// Why the bundle differs, as far as it can be told.
    pub(crate) causes: Vec<Cause>,
    /// Files that are not what the replay gave.
    pub(crate) differences: Vec<Difference>,
    /// What was the same, in numbers.
    pub(crate) same: Vec<String>,
    /// What was left out of the comparison, and why.
    pub(crate) left_out: Vec<String>,
}

impl Replay {
    /// Whether all is as it should be.
    pub(crate) fn holds(&self) -> bool {
        self.causes.is_empty() && self.differences.is_empty()
    }
}

/// What a cause is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum About {
    /// A file of the bundle was changed after it was written.
    Bundle,
    /// A row of an input file.
    Input,
    /// A setting of a feature.
    Feature,
    /// The seed.
    Seed,
    /// Another setting of the study.
    Study,
    /// Another version of this program.
    Program,
}

/// One cause in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Cause {
    /// What it is about.
    pub(crate) about: About,
    /// What was changed, where.
    pub(crate) text: String,
}

impl Cause {
    pub(crate) fn new(about: About, text: String) -> Self {
        Self { about, text }
    }
}

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    /// Its name in the bundle.
    pub(crate) file: String,
    /// How.
    pub(crate) how: How,
}

/// How a file differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// The bundle has it, the replay does not make it.
    NotMadeAgain,
    /// The replay makes it, the bundle does not have it.
    NotInBundle,
    /// Values of a JSON file: how many, and the first.
    Values {
        /// Number of values that differ.
        count: usize,
        /// The first of them.
        first: Vec<Part>,
    },
    /// A line of a text.
    Line {
        /// Its number, from 1.
        line: usize,
        /// In the bundle.
        bundle: String,
        /// In the replay.
        replay: String,
    },
    /// A byte of another file.
    Byte {
        /// Its place, from 0.
        at: usize,
        /// Lengths in the bundle and in the replay.
        lengths: (usize, usize),
    },
}
