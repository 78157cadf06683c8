//! The projection between data and answer: what a reader may see.
//!
//! The raw figures of a bundle come in here and nowhere else; everything that answers (lists, single
//! areas, maps, counts, cursors) reads only the projection. There is one reader so far: everyone. Tiers,
//! area scopes and stricter disclosure rules belong here, as further ways to make a [`Projection`].

use std::collections::BTreeMap;

use models::Text;
use models::bundle::{AreaScore, Class, Figures, Reason, Scores, Suppression};
use serde::Serialize;

use crate::cursor::Key;
use crate::problem::text;

/// What everyone may see of a bundle.
#[derive(Debug)]
pub(crate) struct Projection {
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
    /// Positions of the areas by rank, those without figures last.
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
    /// Positions of the areas in which it lies, nearest first.
    #[serde(skip)]
    within: Vec<usize>,
}

/// The figures that may be seen.
#[derive(Debug, Serialize)]
pub(crate) struct VisibleFigures {
    units: u32,
    exposure: f64,
    expected: f64,
    low: f64,
    high: f64,
    rate_per_1000: f64,
    rank: u32,
    rank_low: u32,
    rank_high: u32,
    chance_top_k: f64,
    class: &'static str,
    #[serde(skip)]
    class_label: Text,
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
    /// What everyone may see of these scores.
    ///
    /// # Errors
    /// When an area comes twice, has figures although it is suppressed, or has figures that contradict
    /// themselves.
    pub(crate) fn for_everyone(scores: &Scores) -> Result<Self, UnfitFigures> {
        let mut by_code = BTreeMap::new();
        for (i, area) in scores.areas.iter().enumerate() {
            check(area)?;
            if by_code.insert(area.code.clone(), i).is_some() {
                return Err(unfit(area, "comes twice; every area code may come once"));
            }
        }
        let mut within = Vec::with_capacity(scores.areas.len());
        for area in &scores.areas {
            within.push(ancestors(area, &scores.areas, &by_code)?);
        }
        let levels = levels(scores);
        let areas = scores.areas.iter().zip(within).map(|(area, within)| visible(area, within)).collect();
        Ok(Self { areas, by_code, levels })
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

    /// All areas, in no order that means anything.
    pub(crate) fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The areas of a level by rank, those without figures last, each with its position in
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
}

impl Level {
    /// Number of areas.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

impl Area {
    /// Sort key within the level.
    pub(crate) fn key(&self) -> Key {
        Key { rank: self.rank(), code: self.code.clone() }
    }

    fn rank(&self) -> u32 {
        self.figures.as_ref().map_or(u32::MAX, |figures| figures.rank)
    }

    fn is_up_to(&self, key: &Key) -> bool {
        (self.rank(), self.code.as_str()) <= (key.rank, key.code.as_str())
    }
}

impl VisibleFigures {
    /// The class in words.
    pub(crate) fn class_label(&self) -> &Text {
        &self.class_label
    }
}

impl Withheld {
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

fn unfit(area: &AreaScore, fault: impl Into<String>) -> UnfitFigures {
    UnfitFigures { code: area.code.clone(), fault: fault.into() }
}

fn check(area: &AreaScore) -> Result<(), UnfitFigures> {
    match (&area.figures, area.suppressed) {
        (Some(_), Some(_)) => Err(unfit(area, "has figures although it is suppressed")),
        (None, None) => Err(unfit(area, "has neither figures nor a reason for their absence")),
        (None, Some(_)) if !area.reasons.is_empty() => {
            Err(unfit(area, "has reasons although it is suppressed"))
        }
        (None, Some(_)) => Ok(()),
        (Some(figures), None) => check_figures(figures).map_err(|fault| unfit(area, fault)),
    }
}

fn check_figures(figures: &Figures) -> Result<(), String> {
    let Figures { exposure, expected, low, high, rate_per_1000, chance_top_k, .. } = *figures;
    for (name, value) in [
        ("exposure", exposure),
        ("expected", expected),
        ("low", low),
        ("high", high),
        ("rate_per_1000", rate_per_1000),
    ] {
        if !value.is_finite() || value < 0.0 {
            return Err(format!("{name} is {value}, but must be a number of 0 or more"));
        }
    }
    if !(0.0..=1.0).contains(&chance_top_k) {
        return Err(format!("chance_top_k is {chance_top_k}, but must lie between 0 and 1"));
    }
    if low > high {
        return Err(format!("low {low} is above high {high}"));
    }
    let (low, rank, high) = (figures.rank_low, figures.rank, figures.rank_high);
    if rank == 0 || low == 0 || low > high {
        return Err(format!("rank {rank} with interval {low} to {high} is impossible; ranks start at 1"));
    }
    Ok(())
}

/// Positions of the areas in which an area lies, nearest first. A parent that is not published ends the walk.
fn ancestors(
    area: &AreaScore,
    areas: &[AreaScore],
    by_code: &BTreeMap<String, usize>,
) -> Result<Vec<usize>, UnfitFigures> {
    let mut within: Vec<usize> = Vec::new();
    let mut next = area.parent.as_deref();
    while let Some(&i) = next.and_then(|code| by_code.get(code)) {
        if areas[i].code == area.code || within.contains(&i) {
            return Err(unfit(area, "lies in itself; check the parents"));
        }
        within.push(i);
        next = areas[i].parent.as_deref();
    }
    Ok(within)
}

fn levels(scores: &Scores) -> Vec<Level> {
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, area) in scores.areas.iter().enumerate() {
        members.entry(&area.level).or_default().push(i);
    }
    let rank = |i: usize| scores.areas[i].figures.as_ref().map_or(u32::MAX, |figures| figures.rank);
    let mut levels: Vec<Level> = members
        .into_iter()
        .map(|(name, mut order)| {
            order.sort_by_key(|&i| (rank(i), &scores.areas[i].code));
            Level { name: name.to_owned(), top_k: scores.top_k.get(name).copied(), order }
        })
        .collect();
    levels.sort_by_key(Level::len);
    levels
}

fn visible(area: &AreaScore, within: Vec<usize>) -> Area {
    // Taken apart member by member, so that a new one asks for a decision here.
    let AreaScore { code, name, level, parent, figures, reasons, suppressed } = area;
    Area {
        code: code.clone(),
        name: name.clone(),
        level: level.clone(),
        parent: parent.clone(),
        figures: figures.as_ref().map(visible_figures),
        suppressed: suppressed.map(|why| match why {
            Suppression::TooFewUnits => Withheld::TooFewUnits,
            Suppression::Complementary => Withheld::Complementary,
        }),
        reasons: reasons.iter().map(visible_reason).collect(),
        within,
    }
}

fn visible_reason(reason: &Reason) -> VisibleReason {
    let Reason { term, contribution, text } = reason;
    VisibleReason { term: term.clone(), contribution: *contribution, text: text.clone() }
}

fn visible_figures(figures: &Figures) -> VisibleFigures {
    let (class, class_label) = match figures.class {
        Class::Low => ("low", text("duidelijk onder het gemiddelde", "well below the mean")),
        Class::Middle => ("middle", text("rond het gemiddelde", "about the mean")),
        Class::Raised => ("raised", text("boven het gemiddelde", "above the mean")),
        Class::High => ("high", text("bij de hoogste", "among the highest")),
        Class::NotEnoughData => {
            ("not_enough_data", text("te onzeker om in te delen", "too uncertain to classify"))
        }
    };
    VisibleFigures {
        units: figures.units,
        exposure: figures.exposure,
        expected: figures.expected,
        low: figures.low,
        high: figures.high,
        rate_per_1000: figures.rate_per_1000,
        rank: figures.rank,
        rank_low: figures.rank_low,
        rank_high: figures.rank_high,
        chance_top_k: figures.chance_top_k,
        class,
        class_label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str, parent: Option<&str>, rank: Option<u32>) -> AreaScore {
        AreaScore {
            code: code.to_owned(),
            name: code.to_owned(),
            level: code[..2].to_lowercase(),
            parent: parent.map(str::to_owned),
            figures: rank.map(|rank| Figures {
                units: 10,
                exposure: 10.0,
                expected: 1.0,
                low: 0.5,
                high: 2.0,
                rate_per_1000: 100.0,
                rank,
                rank_low: 1,
                rank_high: rank,
                chance_top_k: 0.5,
                class: Class::Middle,
            }),
            reasons: Vec::new(),
            suppressed: rank.is_none().then_some(Suppression::TooFewUnits),
        }
    }

    fn project(areas: Vec<AreaScore>) -> Result<Projection, UnfitFigures> {
        let top_k = BTreeMap::from([("bu".to_owned(), 2)]);
        Projection::for_everyone(&Scores { as_of: "2025-01-01".to_owned(), top_k, areas })
    }

    fn town() -> Vec<AreaScore> {
        vec![
            area("BU1", Some("WK1"), Some(3)),
            area("BU2", Some("WK1"), None),
            area("BU3", Some("WK2"), Some(1)),
            area("BU4", Some("WK2"), Some(2)),
            area("GM1", None, Some(1)),
            area("WK1", Some("GM1"), Some(2)),
            area("WK2", Some("GM1"), Some(1)),
        ]
    }

    fn codes(p: &Projection, parent: Option<&str>, after: Option<&Key>) -> Vec<String> {
        let level = p.level("bu").unwrap();
        p.ranked(level, parent, after).map(|(_, area)| area.code.clone()).collect()
    }

    #[test]
    fn areas_come_by_rank_and_those_without_figures_last() {
        let p = project(town()).unwrap();
        assert_eq!(codes(&p, None, None), ["BU3", "BU4", "BU1", "BU2"]);
        assert_eq!(codes(&p, Some("WK1"), None), ["BU1", "BU2"]);
        assert_eq!(codes(&p, Some("GM1"), None).len(), 4);
        assert!(codes(&p, Some("WK9"), None).is_empty());
        let after = p.area("BU4").unwrap().key();
        assert_eq!(codes(&p, None, Some(&after)), ["BU1", "BU2"]);
        let names: Vec<_> = p.levels().iter().map(|level| level.name.as_str()).collect();
        assert_eq!(names, ["gm", "wk", "bu"]);
    }

    #[test]
    fn contradictions_are_refused_by_area() {
        let refuse = |change: &dyn Fn(&mut Vec<AreaScore>), words: &str| {
            let mut areas = town();
            change(&mut areas);
            let message = project(areas).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        };
        refuse(&|a| a[0].suppressed = Some(Suppression::Complementary), "area BU1: has figures although");
        refuse(&|a| a[0].figures = None, "area BU1: has neither");
        refuse(&|a| a[1].code = "BU1".to_owned(), "area BU1: comes twice");
        refuse(&|a| a[4].parent = Some("BU1".to_owned()), "lies in itself");
        refuse(&|a| a[2].figures.as_mut().unwrap().low = 3.0, "area BU3: low 3 is above high 2");
        refuse(&|a| a[2].figures.as_mut().unwrap().expected = f64::NAN, "area BU3: expected is NaN");
        refuse(&|a| a[2].figures.as_mut().unwrap().rank = 0, "area BU3: rank 0");
        refuse(&|a| a[2].figures.as_mut().unwrap().chance_top_k = 1.5, "area BU3: chance_top_k");
        let reason = Reason { term: "t".to_owned(), contribution: 1.0, text: Text::default() };
        refuse(&|a| a[1].reasons.push(reason.clone()), "area BU2: has reasons although");
    }
}
