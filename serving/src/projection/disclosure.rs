//! Disclosure control at serving time: what a bundle withholds is checked once more, and more is withheld where
//! sums would betray it.
//!
//! An area is the sum of the areas directly in it. [`bounds`] does what an attacker would do with what is shown:
//! interval arithmetic up and down the tree, with the reasons for withholding as further knowledge (an area with
//! too few units has fewer than the minimum; one withheld to protect others has at least the minimum). While an
//! area with too few units is bounded more tightly than it should be, a sibling or a parent is withheld too. What is
//! left to an attacker spans at least the minimum less two; the tests' attacker, written apart, proves it.

use std::collections::BTreeMap;

use models::bundle::{AreaScore, Suppression};

/// What must hold of figures before they are shown to anyone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disclosure {
    /// Areas with fewer units than this show no figures. The bundle's manifest has a minimum too; the stricter of the
    /// two holds.
    pub minimum_units: u32,
    /// Key of the random rounding. Keep it secret, and the same from release to release; without one a key is
    /// made from the bundle.
    pub rounding_secret: Option<String>,
}

impl Disclosure {
    /// These rules, with at least this minimum.
    #[must_use]
    pub fn at_least(&self, minimum_units: u32) -> Self {
        Self { minimum_units: self.minimum_units.max(minimum_units), ..self.clone() }
    }
}

/// Hides figures until nothing that is withheld can be worked out from what is shown.
pub(super) fn enforce(areas: &mut [AreaScore], parents: &[Option<usize>], rules: &Disclosure) {
    let minimum = u64::from(rules.minimum_units);
    let mut hidden = Vec::new();
    for (i, area) in areas.iter_mut().enumerate() {
        if area.figures.as_ref().is_some_and(|figures| u64::from(figures.units) < minimum) {
            hidden.extend(hide(i, area, Suppression::TooFewUnits));
        }
    }
    let tree = Tree::new(areas, parents);
    // Every round hides one area more, so that this ends.
    loop {
        let bounds = bounds(&tree, areas, minimum);
        let mut more: Vec<usize> = (0..areas.len())
            .filter(|&i| is_betrayed(&areas[i], bounds[i], minimum))
            .filter_map(|i| what_protects(&tree, areas, i))
            .collect();
        more.sort_unstable();
        more.dedup();
        if more.is_empty() {
            break;
        }
        for i in more {
            hidden.extend(hide(i, &mut areas[i], Suppression::Complementary));
        }
    }
    renumber(areas, &hidden);
}

fn hide(i: usize, area: &mut AreaScore, why: Suppression) -> Option<(usize, u32)> {
    area.reasons.clear();
    area.suppressed = Some(why);
    area.figures.take().map(|figures| (i, figures.rank))
}

/// Who lies in whom.
struct Tree {
    parent: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    /// Parents before children.
    top_down: Vec<usize>,
    /// Whether the figures of an area are the sum of those in it, as far as can be seen.
    adds_up: Vec<bool>,
}

impl Tree {
    fn new(areas: &[AreaScore], parents: &[Option<usize>]) -> Self {
        let mut children = vec![Vec::new(); areas.len()];
        for (i, parent) in parents.iter().enumerate() {
            if let Some(p) = parent {
                children[*p].push(i);
            }
        }
        let mut top_down: Vec<usize> = (0..areas.len()).filter(|&i| parents[i].is_none()).collect();
        let mut next = 0;
        while let Some(&i) = top_down.get(next) {
            top_down.extend(&children[i]);
            next += 1;
        }
        let adds_up = (0..areas.len()).map(|p| adds_up(areas, p, &children[p])).collect();
        Self { parent: parents.to_vec(), children, top_down, adds_up }
    }
}

/// A study whose figures are no sums (such as areas that lie in no parent) gives an attacker nothing to subtract.
fn adds_up(areas: &[AreaScore], parent: usize, children: &[usize]) -> bool {
    let shown: u64 = children.iter().filter_map(|&c| units(&areas[c])).sum();
    let all = children.iter().all(|&c| units(&areas[c]).is_some());
    !children.is_empty()
        && units(&areas[parent]).is_none_or(|total| shown == total || (shown < total && !all))
}

fn units(area: &AreaScore) -> Option<u64> {
    area.figures.as_ref().map(|figures| u64::from(figures.units))
}

/// What the number of units of each area can be, for someone who sees only what is shown. `u64::MAX` is no bound.
fn bounds(tree: &Tree, areas: &[AreaScore], minimum: u64) -> Vec<(u64, u64)> {
    let mut bounds: Vec<(u64, u64)> = areas
        .iter()
        .map(|area| match (units(area), area.suppressed) {
            (Some(units), _) => (units, units),
            (None, Some(Suppression::TooFewUnits)) if minimum > 0 => (0, minimum - 1),
            (None, Some(Suppression::Complementary)) => (minimum, u64::MAX),
            (None, _) => (0, u64::MAX),
        })
        .collect();
    // Up and down twice settles most trees; more sweeps only tighten, so stop when nothing moves.
    for _ in 0..16 {
        let before = bounds.clone();
        for &p in tree.top_down.iter().rev().filter(|&&p| tree.adds_up[p]) {
            tighten(&mut bounds, p, &tree.children[p]);
        }
        for &p in tree.top_down.iter().filter(|&&p| tree.adds_up[p]) {
            tighten(&mut bounds, p, &tree.children[p]);
        }
        if bounds == before {
            break;
        }
    }
    bounds
}

/// One family: the parent is the sum of its children. Bounds that would contradict each other stay as they were.
fn tighten(bounds: &mut [(u64, u64)], parent: usize, children: &[usize]) {
    let sum = |among: &[(u64, u64)], pick: fn(&(u64, u64)) -> u64| {
        children.iter().fold(0_u64, |sum, &c| sum.saturating_add(pick(&among[c])))
    };
    let (low, high) = (sum(bounds, |b| b.0), sum(bounds, |b| b.1));
    let set = |bounds: &mut [(u64, u64)], i: usize, low: u64, high: u64| {
        let tighter = (bounds[i].0.max(low), bounds[i].1.min(high));
        if tighter.0 <= tighter.1 {
            bounds[i] = tighter;
        }
    };
    set(bounds, parent, low, high);
    let total = bounds[parent];
    let before: Vec<(u64, u64)> = children.iter().map(|&c| bounds[c]).collect();
    let unbounded = before.iter().filter(|b| b.1 == u64::MAX).count();
    let finite: u64 = before.iter().filter(|b| b.1 < u64::MAX).map(|b| b.1).sum();
    for (&c, &(own_low, own_high)) in children.iter().zip(&before) {
        let others_high = match (unbounded, own_high) {
            (0, _) => finite - own_high,
            (1, u64::MAX) => finite,
            _ => u64::MAX,
        };
        let most = if total.1 == u64::MAX { u64::MAX } else { total.1.saturating_sub(low - own_low) };
        set(bounds, c, total.0.saturating_sub(others_high), most);
    }
}

/// Whether the bounds of a withheld area are too tight: exact, or, where the minimum is known, tighter than "fewer
/// than the minimum" already says. Where all that is withheld in a family has no units there is nothing to protect.
fn is_betrayed(area: &AreaScore, (low, high): (u64, u64), minimum: u64) -> bool {
    match (area.suppressed, minimum) {
        (None, _) => false,
        (Some(_), 0) => low == high && high > 0,
        (Some(Suppression::TooFewUnits), _) => high > 0 && high - low < minimum - 1,
        // Large enough to be shown; it is withheld for others only.
        (Some(Suppression::Complementary), _) => false,
    }
}

/// The shown area whose withholding protects area `i` best: its smallest sibling, else its parent, else further up.
/// A withheld area whose parts are all shown is the sum of those.
fn what_protects(tree: &Tree, areas: &[AreaScore], i: usize) -> Option<usize> {
    let smallest = |among: &[usize]| {
        let shown = among.iter().filter_map(|&c| units(&areas[c]).filter(|&n| n > 0).map(|n| (n, c)));
        shown.min().map(|(_, c)| c)
    };
    let parts = &tree.children[i];
    if tree.adds_up[i] && parts.iter().all(|&c| areas[c].suppressed.is_none()) {
        return smallest(parts);
    }
    let mut below = i;
    while let Some(parent) = tree.parent[below] {
        let sibling = smallest(&tree.children[parent]);
        let found = sibling.or_else(|| units(&areas[parent]).map(|_| parent));
        if found.is_some() {
            return found;
        }
        below = parent;
    }
    smallest(parts)
}

/// Closes the gaps in the ranks that hidden areas leave, since a gap betrays where they stood.
fn renumber(areas: &mut [AreaScore], hidden: &[(usize, u32)]) {
    let mut gaps: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    let levels: Vec<String> = hidden.iter().map(|&(i, _)| areas[i].level.clone()).collect();
    for (level, &(_, rank)) in levels.iter().zip(hidden) {
        gaps.entry(level).or_default().push(rank);
    }
    for ranks in gaps.values_mut() {
        ranks.sort_unstable();
    }
    for area in areas {
        let Some(gaps) = gaps.get(area.level.as_str()) else { continue };
        let Some(figures) = area.figures.as_mut() else { continue };
        let moved = |rank: u32| {
            let before = gaps.partition_point(|&gap| gap < rank);
            rank.saturating_sub(u32::try_from(before).unwrap_or(u32::MAX)).max(1)
        };
        figures.rank = moved(figures.rank);
        figures.rank_low = moved(figures.rank_low);
        figures.rank_high = moved(figures.rank_high).max(figures.rank_low);
    }
}
