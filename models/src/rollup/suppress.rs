//! Which areas get no figures, so that no figure rests on too few units, not even one that can be worked out.
//!
//! An area is the sum of the areas directly in it. Whoever knows all but one of them knows the last one too; so
//! within a family (an area and the areas directly in it) either nothing is withheld, or at least two are. And
//! whoever knows an area can take off everything in it that is published; what is left must rest on enough units
//! too. Areas without units need no protection and give none.

use super::tree::Tree;
use crate::bundle::Suppression;

/// The reason why each published area gets no figures, if it gets none.
pub(crate) fn suppress(tree: &Tree, units: &[u32], minimum: u32) -> Vec<Option<Suppression>> {
    let mut hidden: Vec<Option<Suppression>> =
        units.iter().map(|&n| (n < minimum.max(1)).then_some(Suppression::TooFewUnits)).collect();
    // Every round hides one area more, so that this ends.
    while let Some(next) = (0..units.len()).find_map(|k| to_hide(tree, units, minimum, &hidden, k)) {
        hidden[next] = Some(Suppression::Complementary);
    }
    hidden
}

/// The area that must be hidden for what the family of `parent` betrays, if it betrays anything: the smallest
/// one that helps.
fn to_hide(
    tree: &Tree,
    units: &[u32],
    minimum: u32,
    hidden: &[Option<Suppression>],
    parent: usize,
) -> Option<usize> {
    let family = || tree.children[parent].iter().copied().filter(|&c| units[c] > 0);
    let withheld = family().filter(|&c| hidden[c].is_some()).count();
    family().next()?;
    let betrayed = if hidden[parent].is_some() {
        withheld == 0
    } else {
        withheld > 0 && (withheld < 2 || rest(tree, units, hidden, parent) < minimum)
    };
    if !betrayed {
        return None;
    }
    let smallest = |among: Vec<usize>| among.into_iter().min_by_key(|&c| units[c]);
    smallest(family().filter(|&c| hidden[c].is_none()).collect())
        .or_else(|| smallest(shown_within(tree, units, hidden, parent)))
        .or_else(|| hidden[parent].is_none().then_some(parent))
}

/// Units left of an area when everything published in it is taken off.
fn rest(tree: &Tree, units: &[u32], hidden: &[Option<Suppression>], area: usize) -> u32 {
    let withheld = tree.children[area].iter().filter(|&&c| hidden[c].is_some());
    withheld.map(|&c| if tree.children[c].is_empty() { units[c] } else { rest(tree, units, hidden, c) }).sum()
}

/// The published areas right below the withheld areas in this area.
fn shown_within(tree: &Tree, units: &[u32], hidden: &[Option<Suppression>], area: usize) -> Vec<usize> {
    let (withheld, shown): (Vec<usize>, Vec<usize>) =
        tree.children[area].iter().copied().filter(|&c| units[c] > 0).partition(|&c| hidden[c].is_some());
    shown.into_iter().chain(withheld.into_iter().flat_map(|c| shown_within(tree, units, hidden, c))).collect()
}
