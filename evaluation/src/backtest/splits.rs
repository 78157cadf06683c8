//! Temporal splits: train on what was fully known, test on the next period.
//!
//! A training date is used for the test at `t` only when its outcome was complete before `t`: its as-of
//! date + horizon + reporting delay is not after `t` (the embargo). Spatial blocks and buffers belong here
//! too.

use serde::{Deserialize, Serialize};

/// An as-of date as plain day numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The as-of date.
    pub day: i32,
    /// Last day of the horizon.
    pub until: i32,
    /// Day on which the outcome counts as complete: `until` + reporting delay.
    pub complete: i32,
}

/// One split: positions in the list of as-of dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Dates whose rows train.
    pub train: Vec<usize>,
    /// Day by which training outcomes must be known.
    pub known_by: i32,
    /// The date whose rows test.
    pub test: usize,
}

impl Split {
    /// Whether a model that was fitted for this split serves the other too: the same dates, as known by the same day.
    #[must_use]
    pub fn trains_as(&self, other: &Self) -> bool {
        self.train == other.train && self.known_by == other.known_by
    }
}

/// Why no split can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// No date to test on.
    #[error(
        "no as-of date from test_from on has a complete outcome before data_until. \
         Set test_from earlier, or the horizon or reporting delay shorter"
    )]
    NothingToTest,
    /// No date to train on before the first test.
    #[error(
        "no as-of date has an outcome that was complete before the test date number {0}: the embargo \
         (horizon + reporting delay) leaves nothing to train on. Set first_as_of earlier or test_from later"
    )]
    NothingToTrain(usize),
}

/// One split per test date, each trained on every date that was complete by then (`refit` true), or all
/// trained on what was complete at `test_from`.
///
/// # Errors
/// When there is nothing to test on, or nothing to train on before the first test date.
pub fn rolling_origin(
    dates: &[AsOf],
    test_from: i32,
    data_until: i32,
    refit: bool,
) -> Result<Vec<Split>, SplitError> {
    let tests: Vec<usize> =
        (0..dates.len()).filter(|&i| dates[i].day >= test_from && dates[i].complete <= data_until).collect();
    if tests.is_empty() {
        return Err(SplitError::NothingToTest);
    }
    tests
        .iter()
        .map(|&test| {
            let known_by = if refit { dates[test].day } else { test_from };
            let train = complete_by(dates, known_by);
            if train.is_empty() {
                Err(SplitError::NothingToTrain(test))
            } else {
                Ok(Split { train, known_by, test })
            }
        })
        .collect()
}

/// The dates whose outcome was complete by this day.
#[must_use]
pub fn complete_by(dates: &[AsOf], known_by: i32) -> Vec<usize> {
    (0..dates.len()).filter(|&i| dates[i].complete <= known_by).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(delay: i32) -> Vec<AsOf> {
        (0..8).map(|i| AsOf { day: i * 100, until: i * 100 + 100, complete: i * 100 + 100 + delay }).collect()
    }

    #[test]
    fn the_embargo_leaves_out_what_was_not_yet_registered() {
        let splits = rolling_origin(&dates(30), 400, 800, true).unwrap();
        // The date at 300 ends at 400 and is complete at 430: too late for the test at 400.
        assert_eq!(splits[0], Split { train: vec![0, 1, 2], known_by: 400, test: 4 });
        // The last date (700) is complete at 830, after the data end.
        assert_eq!(splits.last().map(|s| s.test), Some(6));
    }

    #[test]
    fn without_refit_all_tests_share_one_training_set() {
        let splits = rolling_origin(&dates(0), 400, 800, false).unwrap();
        assert!(splits.iter().all(|s| s.train == [0, 1, 2, 3] && s.known_by == 400));
        assert_eq!(splits.len(), 4);
    }

    #[test]
    fn impossible_frames_are_refused_with_a_remedy() {
        assert_eq!(rolling_origin(&dates(0), 900, 800, true), Err(SplitError::NothingToTest));
        assert_eq!(rolling_origin(&dates(0), 0, 800, true), Err(SplitError::NothingToTrain(0)));
    }
}
