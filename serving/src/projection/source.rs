//! The raw figures of a bundle: checked, protected once more, and closed to everything but projections.

use std::collections::{BTreeMap, BTreeSet};

use models::bundle::{AreaScore, Figures, Scores};

use super::change::{Before, Change, Past};
use super::detail::Detail;
use super::disclosure::{self, Disclosure};
use super::rounding::Rounding;
use super::{Area, Level, Projection, Published, UnfitFigures, VisibleReason, Withheld};
use crate::access::{Scope, Tier};

/// The figures of a bundle. Its fields are private to this file: the only way out is [`Source::project`].
#[derive(Debug)]
pub(crate) struct Source {
    areas: Vec<AreaScore>,
    /// Positions of the areas in which each area lies, nearest first.
    within: Vec<Vec<usize>>,
    /// Number of ranked areas by level.
    ranked: BTreeMap<String, usize>,
    top_k: BTreeMap<String, usize>,
    as_of: String,
    /// Earlier releases, newest first.
    before: Vec<Before>,
    /// Units of areas that were withheld here.
    withheld: BTreeMap<String, u64>,
    rounding: Rounding,
}

impl Source {
    /// Checks the figures and applies the disclosure rules; `salt` keys the rounding where the rules name no
    /// secret of their own.
    ///
    /// # Errors
    /// When an area comes twice, has figures although it is suppressed, has figures that contradict themselves, or
    /// follows from an earlier release whatever is withheld.
    pub(crate) fn new(
        scores: &Scores,
        rules: &Disclosure,
        salt: &str,
        earlier: &[Published],
    ) -> Result<Self, UnfitFigures> {
        let mut by_code = BTreeMap::new();
        for (i, area) in scores.areas.iter().enumerate() {
            check(area)?;
            if by_code.insert(area.code.as_str(), i).is_some() {
                return Err(unfit(area, "comes twice; every area code may come once"));
            }
        }
        let within = scores.areas.iter().map(|area| ancestors(area, &scores.areas, &by_code));
        let within = within.collect::<Result<Vec<_>, _>>()?;
        let mut areas = scores.areas.clone();
        let parents: Vec<Option<usize>> = within.iter().map(|above| above.first().copied()).collect();
        let withheld = disclosure::enforce(&mut areas, &parents, rules, earlier)?;
        let mut ranked: BTreeMap<String, usize> = BTreeMap::new();
        for area in areas.iter().filter(|area| area.figures.is_some()) {
            *ranked.entry(area.level.clone()).or_default() += 1;
        }
        let secret = rules.rounding_secret.as_deref().unwrap_or(salt);
        let rounding = Rounding::new(secret);
        let as_of = scores.as_of.clone();
        let before = Before::of(earlier, &as_of);
        Ok(Self { areas, within, ranked, top_k: scores.top_k.clone(), as_of, before, withheld, rounding })
    }

    /// What is shown at most, for the register of releases.
    pub(crate) fn published(&self, sha256: &str) -> Published {
        let bare = |area: &AreaScore| AreaScore { reasons: Vec::new(), ..area.clone() };
        let (sha256, as_of) = (sha256.to_owned(), self.as_of.clone());
        let areas = self.areas.iter().map(bare).collect();
        Published { sha256, as_of, areas, withheld: self.withheld.clone() }
    }

    /// Number of areas.
    pub(crate) fn len(&self) -> usize {
        self.areas.len()
    }

    /// Whether there is an area of this level.
    pub(crate) fn has_level(&self, level: &str) -> bool {
        self.areas.iter().any(|area| area.level == level)
    }

    /// The area codes by level.
    pub(crate) fn codes(&self) -> BTreeMap<String, Vec<String>> {
        let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for area in &self.areas {
            codes.entry(area.level.clone()).or_default().push(area.code.clone());
        }
        codes
    }

    /// What a reader of this tier and scope may see.
    pub(crate) fn project(&self, tier: Tier, scope: &Scope) -> Projection {
        let detail = Detail::of(tier);
        let public = self.public_levels();
        let kept: Vec<usize> = (0..self.areas.len())
            .filter(|&i| detail != Detail::Classes || public.contains(self.areas[i].level.as_str()))
            .filter(|&i| self.is_in(i, scope))
            .collect();
        let position: BTreeMap<usize, usize> =
            kept.iter().enumerate().map(|(new, &old)| (old, new)).collect();
        let areas: Vec<Area> = kept.iter().map(|&i| self.visible(i, detail, &position)).collect();
        let by_code = areas.iter().enumerate().map(|(i, area)| (area.code.clone(), i)).collect();
        let levels = self.levels(&areas);
        let whole = areas.len() == self.areas.len();
        Projection { detail, whole, areas, by_code, levels }
    }

    /// The levels that everyone may see: gemeente, wijk, and what lies above a gemeente.
    fn public_levels(&self) -> BTreeSet<&str> {
        let mut public = BTreeSet::from(["gemeente", "wijk"]);
        for (area, above) in self.areas.iter().zip(&self.within) {
            if area.level == "gemeente" {
                public.extend(above.iter().map(|&i| self.areas[i].level.as_str()));
            }
        }
        public
    }

    fn is_in(&self, i: usize, scope: &Scope) -> bool {
        match scope {
            Scope::Everywhere => true,
            Scope::Within(codes) => {
                codes.contains(&self.areas[i].code)
                    || self.within[i].iter().any(|&above| codes.contains(&self.areas[above].code))
            }
        }
    }

    fn visible(&self, i: usize, detail: Detail, position: &BTreeMap<usize, usize>) -> Area {
        // Taken apart member by member, so that a new one asks for a decision here.
        let AreaScore { code, name, level, parent, figures, reasons, suppressed } = &self.areas[i];
        let ranked = self.ranked.get(level).copied().unwrap_or_default();
        let reasons = if detail.has_reasons() { reasons.as_slice() } else { &[] };
        Area {
            code: code.clone(),
            name: name.clone(),
            level: level.clone(),
            parent: parent.clone(),
            figures: figures.as_ref().map(|f| detail.figures(f, code, ranked, &self.rounding)),
            suppressed: suppressed.map(Withheld::from),
            reasons: reasons.iter().map(VisibleReason::from).collect(),
            history: figures.iter().flat_map(|_| self.past(i, detail)).collect(),
            change: figures.as_ref().and_then(|figures| self.change(code, figures, detail)),
            within: self.within[i].iter().filter_map(|above| position.get(above).copied()).collect(),
        }
    }

    fn past(&self, i: usize, detail: Detail) -> impl Iterator<Item = Past> {
        let AreaScore { code, level, .. } = &self.areas[i];
        self.before.iter().filter_map(move |before| before.past(detail, code, level, &self.rounding))
    }

    /// With classes alone, even the direction would tell more than the class.
    fn change(&self, code: &str, figures: &Figures, detail: Detail) -> Option<Change> {
        let newest = self.before.first().filter(|_| detail != Detail::Classes)?;
        newest.change(code, figures)
    }

    /// The levels of these areas, coarsest first by their number in the whole bundle.
    fn levels(&self, areas: &[Area]) -> Vec<Level> {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for area in &self.areas {
            *sizes.entry(&area.level).or_default() += 1;
        }
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, area) in areas.iter().enumerate() {
            members.entry(&area.level).or_default().push(i);
        }
        let level = |(name, mut order): (&str, Vec<usize>)| {
            order.sort_by(|&a, &b| areas[a].sort_key().cmp(&areas[b].sort_key()));
            Level {
                name: name.to_owned(),
                top_k: self.top_k.get(name).copied(),
                areas_in_bundle: sizes[name],
                order,
            }
        };
        let mut levels: Vec<Level> = members.into_iter().map(level).collect();
        levels.sort_by_key(|level| level.areas_in_bundle);
        levels
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
    by_code: &BTreeMap<&str, usize>,
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
