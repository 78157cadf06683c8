//! Disclosure control between releases: what is withheld must not follow from this release and an earlier one together.
//!
//! Numbers of units hardly change from release to release. Where one release withholds an area and another shows it, an
//! attacker takes the figure that is shown for the one that is not, and subtracts. So the attack of
//! [`super::disclosure`] is made twice over with such guesses: on this release with figures of the earlier one, and on the
//! earlier one with figures of this. Where an area is betrayed, more is withheld now; where nothing that can still
//! be withheld helps, the release is refused.

use std::collections::BTreeMap;

use models::bundle::{AreaScore, Suppression};
use serde::{Deserialize, Serialize};

use super::UnfitFigures;
use super::disclosure::{Tree, bounds, hide, is_betrayed, units};

/// What a release showed of each area, to who saw most.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Published {
    /// SHA-256 of the bundle's manifest.
    pub(crate) sha256: String,
    /// As-of date.
    pub(crate) as_of: String,
    /// The areas, without reasons.
    pub(crate) areas: Vec<AreaScore>,
    /// Units of areas that were withheld here and not by the bundle itself.
    pub(crate) withheld: BTreeMap<String, u64>,
}

/// The areas of this release while more of them are being withheld.
pub(super) struct Release<'a> {
    pub(super) areas: &'a mut [AreaScore],
    pub(super) tree: &'a Tree,
    pub(super) minimum: u64,
    /// Units of each area before anything was withheld here.
    pub(super) truth: &'a [Option<u64>],
    /// Areas that were withheld here, with the rank that they had.
    pub(super) hidden: &'a mut Vec<(usize, u32)>,
}

/// Withholds more until nothing follows from this release and one of these together.
///
/// # Errors
/// When an area would follow whatever is withheld now.
pub(super) fn enforce(release: &mut Release<'_>, earlier: &[Published]) -> Result<(), UnfitFigures> {
    for before in earlier {
        protect_now(release, before)?;
        protect_before(release, before)?;
    }
    Ok(())
}

/// What an attacker may take the units of withheld areas for. Two readings, since a wrong guess that contradicts what is
/// shown would hide what the right ones alone betray.
struct Guesses {
    /// Only the guesses that are right.
    right: Vec<Option<u64>>,
    /// Also those that are nearly right.
    close: Vec<Option<u64>>,
}

impl Guesses {
    /// From pairs of guess and truth. Where the truth is not known here, the guess counts as right.
    fn new(pairs: impl Iterator<Item = (Option<u64>, Option<u64>)> + Clone, minimum: u64) -> Self {
        let within = |most: u64| -> Vec<Option<u64>> {
            let near = |(guess, truth): (Option<u64>, Option<u64>)| {
                guess.filter(|guess| truth.is_none_or(|truth| truth.abs_diff(*guess) <= most))
            };
            pairs.clone().map(near).collect()
        };
        Self { right: within(0), close: within(minimum.saturating_sub(1)) }
    }

    /// Whether they betray area `i`.
    fn betray(&self, tree: &Tree, areas: &[AreaScore], minimum: u64, i: usize) -> bool {
        let by = |guesses: &[Option<u64>]| {
            is_betrayed(&areas[i], bounds(tree, areas, minimum, guesses)[i], minimum)
        };
        by(&self.right) || by(&self.close)
    }

    /// The first area that they betray, and that is not betrayed without.
    fn victim(&self, tree: &Tree, areas: &[AreaScore], minimum: u64) -> Option<usize> {
        let without = bounds(tree, areas, minimum, &vec![None; areas.len()]);
        let [right, close] = [&self.right, &self.close].map(|guesses| bounds(tree, areas, minimum, guesses));
        let is = |bounds: &[(u64, u64)], i: usize| is_betrayed(&areas[i], bounds[i], minimum);
        (0..areas.len()).find(|&i| !is(&without, i) && (is(&right, i) || is(&close, i)))
    }
}

/// This release, attacked with the figures of the earlier one.
fn protect_now(release: &mut Release<'_>, before: &Published) -> Result<(), UnfitFigures> {
    let shown: BTreeMap<&str, u64> =
        before.areas.iter().filter_map(|area| Some((area.code.as_str(), units(area)?))).collect();
    let (tree, minimum) = (release.tree, release.minimum);
    let pairs = release.areas.iter().zip(release.truth);
    let guesses =
        Guesses::new(pairs.map(|(area, truth)| (shown.get(area.code.as_str()).copied(), *truth)), minimum);
    while let Some(i) = guesses.victim(tree, release.areas, minimum) {
        let candidates = around(tree, i, |c| units(&release.areas[c]).filter(|&n| n > 0));
        let holds = |release: &Release<'_>| !guesses.betray(tree, release.areas, minimum, i);
        cover(release, &candidates, holds).ok_or_else(|| refused(&release.areas[i].code, before))?;
    }
    Ok(())
}

/// The earlier release, attacked with the figures of this one.
fn protect_before(release: &mut Release<'_>, before: &Published) -> Result<(), UnfitFigures> {
    let (areas, minimum) = (before.areas.as_slice(), release.minimum);
    let positions: BTreeMap<&str, usize> =
        areas.iter().enumerate().map(|(i, area)| (area.code.as_str(), i)).collect();
    let parents: Vec<Option<usize>> =
        areas.iter().map(|area| positions.get(area.parent.as_deref()?).copied()).collect();
    let tree = Tree::new(areas, &parents);
    let now: BTreeMap<String, usize> =
        release.areas.iter().enumerate().map(|(i, area)| (area.code.clone(), i)).collect();
    let now: Vec<Option<usize>> = areas.iter().map(|area| now.get(&area.code).copied()).collect();
    let guesses = |release: &Release<'_>| {
        let pairs = areas.iter().zip(&now).map(|(area, now)| {
            let truth = units(area).or_else(|| before.withheld.get(&area.code).copied());
            (now.and_then(|now| units(&release.areas[now])), truth)
        });
        Guesses::new(pairs, minimum)
    };
    while let Some(i) = guesses(release).victim(&tree, areas, minimum) {
        let shown = |c: usize| now[c].and_then(|now| units(&release.areas[now]));
        let candidates = around(&tree, i, |c| shown(c).filter(|_| areas[c].suppressed.is_some()));
        let candidates: Vec<usize> = candidates.into_iter().filter_map(|c| now[c]).collect();
        let holds = |release: &Release<'_>| !guesses(release).betray(&tree, areas, minimum, i);
        cover(release, &candidates, holds).ok_or_else(|| refused(&areas[i].code, before))?;
    }
    Ok(())
}

/// Areas that are worth withholding for area `i`, as far as `size` gives a size: its parts, its siblings, its parent, and so
/// on upwards, the smallest first.
fn around(tree: &Tree, i: usize, size: impl Fn(usize) -> Option<u64>) -> Vec<usize> {
    let by_size = |among: &[usize]| -> Vec<usize> {
        let mut sized: Vec<(u64, usize)> = among.iter().filter_map(|&c| Some((size(c)?, c))).collect();
        sized.sort_unstable();
        sized.into_iter().map(|(_, c)| c).collect()
    };
    let mut found = by_size(&tree.children[i]);
    let mut below = i;
    while let Some(parent) = tree.parent[below] {
        found.extend(by_size(&tree.children[parent]));
        found.extend(by_size(&[parent]));
        below = parent;
    }
    found
}

/// Withholds the first candidate that suffices, else all up to the first that does; `None` when none does.
fn cover(
    release: &mut Release<'_>,
    candidates: &[usize],
    holds: impl Fn(&Release<'_>) -> bool,
) -> Option<()> {
    for &c in candidates {
        let kept = release.areas[c].clone();
        let hidden = hide(c, &mut release.areas[c], Suppression::Complementary);
        if holds(release) {
            release.hidden.extend(hidden);
            return Some(());
        }
        release.areas[c] = kept;
    }
    for &c in candidates {
        release.hidden.extend(hide(c, &mut release.areas[c], Suppression::Complementary));
        if holds(release) {
            return Some(());
        }
    }
    None
}

fn refused(code: &str, before: &Published) -> UnfitFigures {
    UnfitFigures {
        code: code.to_owned(),
        fault: format!(
            "can be worked out from this release and that of {} together, whatever is withheld now. Publish it with \
             other areas or another minimum, or, if the earlier release was never public, remove it from the register",
            before.as_of
        ),
    }
}
