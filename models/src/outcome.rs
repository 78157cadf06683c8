//! What a visit, or the lack of one, tells about a unit.

use serde::{Deserialize, Serialize};

/// Outcome of a unit over `(as-of date, as-of date + horizon]`. Unknown is not negative: a pand that
/// nobody visited has an unknown outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something was found, this many times (1 or more).
    Found(u32),
    /// Visited or fully observed, and nothing was found.
    NothingFound,
    /// Visited, but nobody got in.
    NoAccess,
    /// Nobody looked.
    Unknown,
}

impl Outcome {
    /// Number of finds where the outcome is known; `None` for no access and unknown.
    #[must_use]
    pub fn known(self) -> Option<u32> {
        match self {
            Self::Found(n) => Some(n),
            Self::NothingFound => Some(0),
            Self::NoAccess | Self::Unknown => None,
        }
    }

    /// Number of finds, with unknown read as none. For lower bounds only.
    #[must_use]
    pub fn finds(self) -> u32 {
        self.known().unwrap_or(0)
    }
}
