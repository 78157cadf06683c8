//! Which areas get no figures, so that no figure rests on too few units, not even one that can be worked out.
//!
//! An area is the sum of the areas directly in it. Whoever knows all but one of them knows the last one too, and
//! whoever knows the area knows the sum of those without figures. So within an area with figures there are no
//! areas without figures, or at least two that together have enough units; and an area that is withheld has
//! another one withheld in it. Areas without units need no protection and give none.

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

/// The area that must be hidden for what the family of `parent` betrays, if it betrays anything.
fn to_hide(
    tree: &Tree,
    units: &[u32],
    minimum: u32,
    hidden: &[Option<Suppression>],
    parent: usize,
) -> Option<usize> {
    let children = || tree.children[parent].iter().copied().filter(|&c| units[c] > 0);
    children().next()?;
    let without: Vec<usize> = children().filter(|&c| hidden[c].is_some()).collect();
    let betrayed = if hidden[parent].is_some() {
        units[parent] > 0 && without.is_empty()
    } else {
        let together: u32 = without.iter().map(|&c| units[c]).sum();
        !without.is_empty() && (without.len() < 2 || together < minimum)
    };
    if !betrayed {
        return None;
    }
    let smallest = children().filter(|&c| hidden[c].is_none()).min_by_key(|&c| units[c]);
    match smallest {
        Some(child) => Some(child),
        None => hidden[parent].is_none().then_some(parent),
    }
}
