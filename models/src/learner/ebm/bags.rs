//! Which bag leaves out which groups.
//!
//! Every group is left out by exactly one bag (a delete-a-group jackknife): what a bag left out tells when to stop
//! and whether pairs help, on rows that it never saw, and the bags' differences tell how sure the model is.

use std::collections::BTreeMap;

/// Number of the bag that leaves a row out, per row; and the number of bags, at most one per group. Dealt by lot
/// on the group's own number, groups with finds and groups without apart, so that every bag leaves out as many
/// finds as it can. `None` for a single group, of which nothing can be left out.
pub(super) fn deal(
    group: &[u32],
    outcome: &[f32],
    weight: &[f32],
    bags: u16,
    seed: u64,
) -> Option<(Vec<u8>, u8)> {
    let mut groups: BTreeMap<u32, bool> = BTreeMap::new();
    for ((g, y), w) in group.iter().zip(outcome).zip(weight) {
        if *w > 0.0 {
            *groups.entry(*g).or_default() |= *y > 0.0;
        }
    }
    let bags = u8::try_from(groups.len().min(usize::from(bags))).unwrap_or(u8::MAX);
    if bags < 2 {
        return None;
    }
    let mut order: Vec<(bool, u64, u32)> =
        groups.into_iter().map(|(g, found)| (!found, lot(seed, &[u64::from(g)]), g)).collect();
    order.sort_unstable();
    let dealt: BTreeMap<u32, u8> =
        order.into_iter().zip((0..bags).cycle()).map(|((_, _, g), bag)| (g, bag)).collect();
    Some((group.iter().map(|g| dealt.get(g).copied().unwrap_or(0)).collect(), bags))
}

/// A number that looks drawn by lot and depends on these alone (splitmix64 over them).
pub(super) fn lot(seed: u64, of: &[u64]) -> u64 {
    of.iter().fold(mix(seed), |state, value| mix(state ^ mix(*value)))
}

fn mix(z: u64) -> u64 {
    let mut z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stay_together_and_finds_are_spread() {
        let group: Vec<u32> = (0..400).map(|i| i / 4).collect();
        let outcome: Vec<f32> = (0..400).map(|i| f32::from(u8::from(i % 40 == 0))).collect();
        let (bag, bags) = deal(&group, &outcome, &[1.0; 400], 5, 7).unwrap();
        assert_eq!(bags, 5);
        assert!(bag.chunks(4).all(|unit| unit.iter().all(|b| *b == unit[0])));
        for b in 0..5 {
            let finds = bag.iter().zip(&outcome).filter(|(bag, y)| **bag == b && **y > 0.0).count();
            assert_eq!((finds, bag.iter().filter(|bag| **bag == b).count()), (2, 80));
        }
        let mut turned: Vec<u32> = group.clone();
        turned.reverse();
        let (mut again, _) =
            deal(&turned, &outcome.iter().rev().copied().collect::<Vec<_>>(), &[1.0; 400], 5, 7).unwrap();
        again.reverse();
        assert_eq!(again, bag);
    }

    #[test]
    fn few_groups_make_few_bags() {
        assert!(deal(&[3; 10], &[1.0; 10], &[1.0; 10], 8, 1).is_none());
        assert!(deal(&[3, 4], &[1.0; 2], &[1.0, 0.0], 8, 1).is_none());
        assert_eq!(deal(&[1, 2, 3], &[1.0; 3], &[1.0; 3], 8, 1).unwrap().1, 3);
    }
}
