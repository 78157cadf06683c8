//! The projection between data and answer: what a reader may see.
//!
//! The raw figures of a bundle go into a [`Source`] and nowhere else; [`Source::project`] turns a tier and an area
//! scope into a [`Projection`], and everything that answers (lists, single areas, maps, tiles, filters, counts,
//! cursors, downloads) reads only that. What a tier may not see is not in its projection at all, so it cannot
//! show in an order, a count or an entity tag either.
//!
//! | tier | areas | figures | order |
//! |---|---|---|---|
//! | publiek | gemeente, wijk | class | those with figures first, then by code |
//! | gemeente | all levels | class, counts to five, scores to one decimal, fifth of the ranks | by fifth, then code |
//! | tactisch and up | all levels | all, with reasons | by rank |

mod change;
mod column;
mod detail;
mod differencing;
mod disclosure;
mod rounding;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use models::Text;
use models::bundle::{Reason, Suppression};
use serde::Serialize;

pub(crate) use self::change::{Change, Past};
pub(crate) use self::column::{COLUMNS, Column, Kind, Value};
pub(crate) use self::detail::Detail;
pub(crate) use self::differencing::Published;
pub use self::disclosure::Disclosure;
pub(crate) use self::source::Source;
use crate::cursor::Key;
use crate::problem::text;

/// What one tier and scope may see of a bundle.
#[derive(Debug)]
pub(crate) struct Projection {
    detail: Detail,
    /// Whether no area of the bundle lies outside the scope.
    whole: bool,
    areas: Vec<Area>,
    by_code: BTreeMap<String, usize>,
    levels: Vec<Level>,
}

/// A level of areas.
#[derive(Debug)]
pub(crate) struct Level {
    /// Name of the level, such as `buurt`.
    pub(crate) name: String,
    /// Number of areas that "top k" speaks of, if the bundle says.
    pub(crate) top_k: Option<usize>,
    /// Number of areas of the level in the whole bundle, which ranks count.
    pub(crate) areas_in_bundle: usize,
    /// Positions of the visible areas in order.
    order: Vec<usize>,
}

/// What is visible of one area.
#[derive(Debug, Serialize)]
pub(crate) struct Area {
    /// CBS code.
    pub(crate) code: String,
    /// Name.
    pub(crate) name: String,
    /// Level.
    pub(crate) level: String,
    /// Code of the area it lies in.
    pub(crate) parent: Option<String>,
    /// The figures; absent when withheld.
    pub(crate) figures: Option<VisibleFigures>,
    /// Why there are no figures.
    pub(crate) suppressed: Option<Withheld>,
    /// The strongest reasons, strongest first.
    #[serde(skip)]
    pub(crate) reasons: Vec<VisibleReason>,
    /// What earlier releases said, the newest first.
    #[serde(skip)]
    pub(crate) history: Vec<Past>,
    /// How it changed since the newest of them; not seen with classes alone.
    #[serde(skip)]
    pub(crate) change: Option<Change>,
    /// Positions of the areas in which it lies, nearest first.
    #[serde(skip)]
    within: Vec<usize>,
}

/// The figures that may be seen; what a tier does not see is absent.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VisibleFigures {
    /// Number of units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) units: Option<u32>,
    /// Exposure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exposure: Option<f64>,
    /// Expected finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<f64>,
    /// Lower end of the 90 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) low: Option<f64>,
    /// Upper end of the 90 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) high: Option<f64>,
    /// Expected finds per 1,000 units of exposure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate_per_1000: Option<f64>,
    /// Rank within the level of the bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rank: Option<u32>,
    /// Best rank of the 90 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rank_low: Option<u32>,
    /// Worst rank of the 90 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rank_high: Option<u32>,
    /// Fifth of the ranks, 1 for the highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rank_band: Option<u32>,
    /// Chance of belonging in the top k.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chance_top_k: Option<f64>,
    /// Class.
    pub(crate) class: VisibleClass,
}

/// The class of an area, which every tier sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VisibleClass {
    /// Well below the mean.
    Low,
    /// About the mean.
    Middle,
    /// Above the mean.
    Raised,
    /// Among the highest.
    High,
    /// Too uncertain to say.
    NotEnoughData,
}

/// A reason that may be seen.
#[derive(Debug)]
pub(crate) struct VisibleReason {
    /// Name of the term.
    pub(crate) term: String,
    /// Contribution relative to the mean over all areas, on the model's scale.
    pub(crate) contribution: f64,
    /// In words.
    pub(crate) text: Text,
}

/// Why figures are withheld; the codes are those of the Dutch texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Withheld {
    /// Too few units.
    TooFewUnits,
    /// To protect another area.
    Complementary,
}

/// Figures that cannot be published as they stand.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("area {code}: {fault}")]
pub struct UnfitFigures {
    code: String,
    fault: String,
}

impl Projection {
    /// How detailed the figures are.
    pub(crate) fn detail(&self) -> Detail {
        self.detail
    }

    /// Whether may be seen how areas come to their scores: reasons, shapes of terms, scoring of rows, plans.
    pub(crate) fn has_workings(&self) -> bool {
        self.detail.has_reasons()
    }

    /// Whether everything of every area of the bundle may be seen.
    pub(crate) fn shows_all(&self) -> bool {
        self.detail == Detail::Full && self.whole
    }

    /// The columns that areas have at this detail, in the order of tables.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static Column> {
        let detail = self.detail;
        COLUMNS.iter().filter(move |column| column.is_in(detail))
    }

    /// All levels, coarsest first.
    pub(crate) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The level of this name.
    pub(crate) fn level(&self, name: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.name == name)
    }

    /// The area with this code.
    pub(crate) fn area(&self, code: &str) -> Option<&Area> {
        self.by_code.get(code).map(|&i| &self.areas[i])
    }

    /// Position in [`Self::areas`] of the area with this code.
    pub(crate) fn position(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// All areas, in no order that means anything.
    pub(crate) fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The areas of a level in order, those without figures last, each with its position in
    /// [`Self::areas`]; with `parent` only those that lie in that area, directly or through another.
    pub(crate) fn ranked<'a>(
        &'a self,
        level: &'a Level,
        parent: Option<&str>,
        after: Option<&Key>,
    ) -> impl Iterator<Item = (usize, &'a Area)> {
        let parent = parent.map(|code| self.by_code.get(code).copied());
        let start = after.map_or(0, |key| level.order.partition_point(|&i| self.areas[i].is_up_to(key)));
        level.order[start..]
            .iter()
            .map(|&i| (i, &self.areas[i]))
            .filter(move |(_, area)| parent.is_none_or(|p| p.is_some_and(|p| area.within.contains(&p))))
    }

    /// Those of these areas that are visible at a level, in its order.
    pub(crate) fn ordered<'a>(
        &'a self,
        level: &Level,
        codes: impl IntoIterator<Item = &'a str>,
    ) -> Vec<&'a Area> {
        let found = codes.into_iter().filter_map(|code| self.area(code));
        let mut areas: Vec<&Area> = found.filter(|area| area.level == level.name).collect();
        areas.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        areas
    }
}

impl Level {
    /// Number of visible areas.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

impl Area {
    /// Sort key within the level.
    pub(crate) fn key(&self) -> Key {
        let (place, code) = self.sort_key();
        Key { rank: place, code: code.to_owned() }
    }

    /// Place by what this projection shows of the rank, then the code; without figures last.
    fn sort_key(&self) -> (u32, &str) {
        let place = |figures: &VisibleFigures| figures.rank.or(figures.rank_band).unwrap_or(0);
        (self.figures.as_ref().map_or(u32::MAX, place), &self.code)
    }

    fn is_up_to(&self, key: &Key) -> bool {
        self.sort_key() <= (key.rank, key.code.as_str())
    }
}

impl VisibleFigures {
    /// Nothing but the class.
    fn of_class(class: VisibleClass) -> Self {
        Self {
            units: None,
            exposure: None,
            expected: None,
            low: None,
            high: None,
            rate_per_1000: None,
            rank: None,
            rank_low: None,
            rank_high: None,
            rank_band: None,
            chance_top_k: None,
            class,
        }
    }
}

impl VisibleClass {
    /// All classes, lowest first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Low, Self::Middle, Self::Raised, Self::High, Self::NotEnoughData];

    /// The code, as in answers.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Middle => "middle",
            Self::Raised => "raised",
            Self::High => "high",
            Self::NotEnoughData => "not_enough_data",
        }
    }

    /// In words.
    pub(crate) fn label(self) -> Text {
        match self {
            Self::Low => text("duidelijk onder het gemiddelde", "well below the mean"),
            Self::Middle => text("rond het gemiddelde", "about the mean"),
            Self::Raised => text("boven het gemiddelde", "above the mean"),
            Self::High => text("bij de hoogste", "among the highest"),
            Self::NotEnoughData => text("te onzeker om in te delen", "too uncertain to classify"),
        }
    }
}

impl Withheld {
    /// All reasons.
    pub(crate) const ALL: [Self; 2] = [Self::TooFewUnits, Self::Complementary];

    /// The code, as in answers.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::TooFewUnits => "too_few_units",
            Self::Complementary => "complementary",
        }
    }

    /// The reason in words.
    pub(crate) fn label(self) -> Text {
        match self {
            Self::TooFewUnits => text(
                "Geen cijfers: het gebied is te klein om cijfers over te publiceren.",
                "No figures: the area is too small to publish figures about.",
            ),
            Self::Complementary => text(
                "Geen cijfers: anders zou het cijfer van een ander gebied te herleiden zijn.",
                "No figures: otherwise the figure of another area could be worked out.",
            ),
        }
    }
}

impl From<Suppression> for Withheld {
    fn from(why: Suppression) -> Self {
        match why {
            Suppression::TooFewUnits => Self::TooFewUnits,
            Suppression::Complementary => Self::Complementary,
        }
    }
}

impl From<&Reason> for VisibleReason {
    fn from(reason: &Reason) -> Self {
        let Reason { term, contribution, text } = reason;
        Self { term: term.clone(), contribution: *contribution, text: text.clone() }
    }
}
