//! Learners that the rows at hand cannot carry: they are left out of the choice, and the report says why.
//!
//! The locked rule compares learners on the same test rows, so a learner without one of the splits is out altogether:
//! it must not win because the hard splits were not asked of it. After its first refusal it is not fitted again.

use std::fmt;

use evaluation::report::LeftOut as Reported;
use features::tables::Day;
use models::Text;
use models::learner::FitError;

/// A fit that was refused for a reason that lies in the rows ([`FitError::refusal`]).
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Name of the learner or challenger.
    pub(crate) name: String,
    /// In words for readers.
    pub(crate) reason: Text,
    /// What the learner said.
    pub(crate) cause: FitError,
}

/// A learner or challenger that is left out.
#[derive(Debug)]
pub(crate) struct LeftOut {
    pub(crate) refusal: Refusal,
    /// What readers see.
    pub(crate) label: Text,
    pub(crate) kind: String,
    pub(crate) is_challenger: bool,
    /// As-of date of the test rows for which it was to be fitted; `None` for the final fit.
    pub(crate) test_as_of: Option<Day>,
}

impl LeftOut {
    /// As the report holds it.
    pub(crate) fn reported(&self) -> Reported {
        Reported {
            name: self.refusal.name.clone(),
            label: self.label.clone(),
            kind: self.kind.clone(),
            challenger: self.is_challenger,
            test_as_of: self.test_as_of.map(|day| day.to_string()),
            reason: self.refusal.reason.clone(),
        }
    }
}

/// One line for the terminal.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_challenger { "challenger" } else { "learner" };
        write!(f, "left out: {what} `{}`, which refused ", self.refusal.name)?;
        match self.test_as_of {
            Some(day) => write!(f, "the training rows of the split tested at {day}")?,
            None => write!(f, "the training rows of the final model")?,
        }
        write!(f, ": {}", self.refusal.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(test_as_of: Option<Day>, is_challenger: bool) -> LeftOut {
        let cause = FitError::NoNegatives { rows: 7 };
        let reason = cause.refusal().unwrap();
        let refusal = Refusal { name: "bos".to_owned(), reason, cause };
        LeftOut {
            refusal,
            label: Text::default(),
            kind: "random_forest".to_owned(),
            is_challenger,
            test_as_of,
        }
    }

    #[test]
    fn the_line_names_who_where_and_why() {
        let told = left_out(Day::from_ymd(2023, 1, 1), true).to_string();
        assert!(told.contains("challenger `bos`") && told.contains("tested at 2023-01-01"), "{told}");
        assert!(told.contains("every one of the 7 training rows has a find"), "{told}");
        assert!(
            left_out(None, false)
                .to_string()
                .contains("learner `bos`, which refused the training rows of the final")
        );
        assert_eq!(left_out(None, false).reported().test_as_of, None);
        assert!(left_out(None, true).reported().challenger);
    }
}
