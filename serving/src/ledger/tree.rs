//! The Merkle tree of RFC 6962, section 2.1, over the lines of a stream.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub(crate) type Hash = [u8; 32];

/// Hash of a line as a leaf.
pub(crate) fn leaf(line: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(line).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// What has to be kept of a tree to let it grow: the roots of its full subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// A tree of this size; `None` when it cannot have these full subtrees.
    pub(crate) fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the full subtrees, largest first.
    pub(crate) fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Every full subtree of the same size is joined with the new one, as in adding 1 to a binary number.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root.
    pub(crate) fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| node(left, &right))
    }

    /// The leaves under each full subtree, in the order of [`Self::peaks`].
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        let mut start = 0;
        (0..64).rev().map(|bit| 1_u64 << bit).filter(|part| self.size & part != 0).map(move |part| {
            start += part;
            start - part..start
        })
    }
}

/// The hash over a range of leaves, from what `known` says of whole ranges; `None` where that is not enough.
pub(crate) fn over(range: Range<u64>, known: &dyn Fn(&Range<u64>) -> Option<Hash>) -> Option<Hash> {
    if let Some(hash) = known(&range) {
        return Some(hash);
    }
    let length = range.end.checked_sub(range.start).filter(|&length| length > 1)?;
    let middle = range.start + split(length);
    Some(node(&over(range.start..middle, known)?, &over(middle..range.end, known)?))
}

/// The proof that leaf `index` is in the tree of this size (RFC 6962, section 2.1.1): the hashes beside the way up,
/// lowest first.
pub(crate) fn prove(index: u64, size: u64, known: &dyn Fn(&Range<u64>) -> Option<Hash>) -> Option<Vec<Hash>> {
    let mut beside = Vec::new();
    let mut range = 0..size;
    if !range.contains(&index) {
        return None;
    }
    while range.end - range.start > 1 {
        let middle = range.start + split(range.end - range.start);
        let (near, far) = if index < middle {
            (range.start..middle, middle..range.end)
        } else {
            (middle..range.end, range.start..middle)
        };
        beside.push(over(far, known)?);
        range = near;
    }
    beside.reverse();
    Some(beside)
}

/// The root that a proof leads to, for a leaf at this place in a tree of this size; `None` for a proof of the
/// wrong length.
pub(crate) fn follow(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    let mut turns = Vec::new();
    let mut range = 0..size;
    if !range.contains(&index) {
        return None;
    }
    while range.end - range.start > 1 {
        let middle = range.start + split(range.end - range.start);
        turns.push(index < middle);
        range = if index < middle { range.start..middle } else { middle..range.end };
    }
    if turns.len() != proof.len() {
        return None;
    }
    Some(
        turns
            .iter()
            .rev()
            .zip(proof)
            .fold(leaf, |hash, (left, beside)| if *left { node(&hash, beside) } else { node(beside, &hash) }),
    )
}

/// The largest power of two below a length of two or more.
fn split(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    /// The leaves and roots of Certificate Transparency's own tests of RFC 6962.
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_standard() {
        let mut tree = Tree::default();
        assert_eq!(
            tree.root().to_vec(),
            hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
        for (text, root) in LEAVES.iter().zip(ROOTS) {
            tree.push(leaf(&hex(text)));
            assert_eq!(tree.root().to_vec(), hex(root));
        }
    }

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf(&i.to_be_bytes())).collect()
    }

    fn single(leaves: &[Hash]) -> impl Fn(&Range<u64>) -> Option<Hash> {
        move |range| (range.end - range.start == 1).then(|| leaves[range.start as usize])
    }

    proptest! {
        #[test]
        fn a_growing_tree_and_the_definition_agree_and_proofs_lead_to_the_root(n in 1_u64..200, at in 0_u64..200, bad in 0_usize..8) {
            let at = at % n;
            let leaves = leaves(n);
            let mut tree = Tree::default();
            leaves.iter().for_each(|leaf| tree.push(*leaf));
            let known = single(&leaves);
            prop_assert_eq!(over(0..n, &known), Some(tree.root()));
            let mut proof = prove(at, n, &known).unwrap();
            prop_assert_eq!(follow(leaves[at as usize], at, n, &proof), Some(tree.root()));
            prop_assert_ne!(follow(leaf(b"other"), at, n, &proof), Some(tree.root()));
            if let Some(hash) = proof.get_mut(bad) {
                hash[0] ^= 1;
                prop_assert_ne!(follow(leaves[at as usize], at, n, &proof), Some(tree.root()));
            }
            proof.push([0; 32]);
            prop_assert_eq!(follow(leaves[at as usize], at, n, &proof), None);
        }

        #[test]
        fn what_is_left_after_dropping_the_oldest_still_proves_the_rest(n in 2_u64..150, gone in 1_u64..150) {
            let gone = gone % n;
            let leaves = leaves(n);
            let mut tree = Tree::default();
            leaves[..gone as usize].iter().for_each(|leaf| tree.push(*leaf));
            let old = tree.clone();
            prop_assert_eq!(Tree::from_peaks(gone, old.peaks().to_vec()), Some(old.clone()));
            leaves[gone as usize..].iter().for_each(|leaf| tree.push(*leaf));
            let known = |range: &Range<u64>| {
                let peak = old.ranges().zip(old.peaks()).find(|(peak, _)| peak == range).map(|(_, hash)| *hash);
                peak.or_else(|| (range.start >= gone).then(|| single(&leaves)(range)).flatten())
            };
            prop_assert_eq!(over(0..n, &known), Some(tree.root()));
            let proof = prove(n - 1, n, &known).unwrap();
            prop_assert_eq!(follow(leaves[n as usize - 1], n - 1, n, &proof), Some(tree.root()));
            if gone > 1 {
                prop_assert_eq!(prove(0, n, &known), None);
            }
        }
    }
}
