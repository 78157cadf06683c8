//! What can be wrong with the time frame, the features or the target of a study.

/// A time frame, feature or target that cannot be computed. Every message says what to change.
#[derive(Debug, thiserror::Error)]
pub enum AsofError {
    /// A text is not a length of time.
    #[error(
        "{place}: `{text}` is not a length of time; write a whole number and a unit, such as \"28 days\", \"6 months\" or \"1 year\""
    )]
    BadSpan {
        /// The key of the study file, for instance `[time] step`.
        place: String,
        /// What stands there.
        text: String,
    },
    /// A text is not a date.
    #[error("[time] {key}: `{text}` is not a date; write it as YYYY-MM-DD")]
    BadDate {
        /// The key in `[time]`.
        key: &'static str,
        /// What stands there.
        text: String,
        /// What the reader of dates said.
        source: chrono::ParseError,
    },
    /// The dates of the study contradict each other.
    #[error("[time] {0}")]
    BadTime(String),
    /// A feature is asked for in a way that has no meaning.
    #[error("feature `{feature}`: {problem}")]
    BadFeature {
        /// Base name of the feature.
        feature: String,
        /// What is wrong, and what to do about it.
        problem: String,
    },
    /// The target is asked for in a way that has no meaning.
    #[error("[target] {0}")]
    BadTarget(String),
    /// A name that no table has.
    #[error("{place}: there is no {what} `{name}`{hint}")]
    NoSuchName {
        /// Who asks for it.
        place: String,
        /// What kind of thing is missing (source, column, level).
        what: &'static str,
        /// The name.
        name: String,
        /// What does exist, as a further half sentence.
        hint: String,
    },
    /// A value in a source makes counting impossible.
    #[error("source `{origin}`, row {row} in order of date: {problem}")]
    BadValue {
        /// The source.
        origin: String,
        /// Position in the sorted table.
        row: usize,
        /// What is wrong, and what to do about it.
        problem: String,
    },
    /// The tables are not those that the plan was made for.
    #[error(
        "the tables have another shape than those that the plan was made for: {0}; make a new plan for them"
    )]
    OtherTables(String),
    /// The columns that came out do not fit the schema: a fault of this program.
    #[error("the computed columns do not fit the schema; please report this: {0}")]
    Shape(#[from] models::matrix::ShapeMismatch),
}

impl AsofError {
    pub(crate) fn feature(feature: &str, problem: impl Into<String>) -> Self {
        Self::BadFeature { feature: feature.to_owned(), problem: problem.into() }
    }

    /// `known`: the names that do exist; the nearest one, if any, is suggested.
    pub(crate) fn no_such(place: String, what: &'static str, name: &str, known: &[&str]) -> Self {
        let nearest = known
            .iter()
            .map(|k| (strsim::damerau_levenshtein(k, name), k))
            .min()
            .filter(|(distance, _)| *distance <= 2 + name.len() / 5);
        let hint = match nearest {
            Some((_, near)) => format!("; did you mean `{near}`?"),
            None if known.is_empty() => "; the study has none".to_owned(),
            None => format!("; there are: {}", known.join(", ")),
        };
        Self::NoSuchName { place, what, name: name.to_owned(), hint }
    }
}
