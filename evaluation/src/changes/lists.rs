//! Lists and ranks of two releases.

use std::collections::BTreeMap;

use models::bundle::{AreaScore, Figures, Scores};
use serde::{Deserialize, Serialize};

use crate::metrics::{churn, jaccard, rank_biased_overlap};

/// How deep a reader of a whole ranking goes, see [`rank_biased_overlap`].
const PERSISTENCE: f64 = 0.9;
/// Where a study names no number of areas, the list is this part of them.
const LIST: usize = 10;

/// The list of one level, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListChange {
    /// The level.
    pub level: String,
    /// Areas on the list, before and after.
    pub length: (u64, u64),
    /// Areas on both.
    pub on_both: u64,
    /// What is on both over what is on either.
    pub jaccard: Option<f64>,
    /// Share of the old list that is no longer on the new one.
    pub churn: Option<f64>,
    /// Likeness of the whole rankings, the top weighing most (1 is the same).
    pub rank_biased_overlap: Option<f64>,
    /// Codes that came.
    pub came: Vec<String>,
    /// Codes that went.
    pub went: Vec<String>,
}

/// An area whose rank intervals (90 %) of the two releases do not overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Code.
    pub code: String,
    /// Name in the new release.
    pub name: String,
    /// Level.
    pub level: String,
    /// Rank before and after.
    pub rank: (u32, u32),
    /// Best and worst rank before.
    pub interval_before: (u32, u32),
    /// Best and worst rank after.
    pub interval_after: (u32, u32),
    /// Expected finds before and after.
    pub expected: (f64, f64),
}

/// One entry per level of the new release.
pub(super) fn lists(old: &Scores, new: &Scores) -> Vec<ListChange> {
    let mut levels: Vec<&str> = new.areas.iter().map(|area| area.level.as_str()).collect();
    levels.dedup();
    levels.sort_unstable();
    levels.dedup();
    levels.into_iter().filter_map(|level| list(level, old, new)).collect()
}

fn list(level: &str, old: &Scores, new: &Scores) -> Option<ListChange> {
    let (then, now) = (ranking(old, level), ranking(new, level));
    if then.len() < 2 && now.len() < 2 {
        return None;
    }
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    for code in then.iter().chain(&now) {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        numbers.entry(*code).or_insert(next);
    }
    let number = |codes: &[&str]| codes.iter().map(|code| numbers[*code]).collect::<Vec<u32>>();
    let top = |scores: &Scores, ranking: &[&str]| {
        scores.top_k.get(level).copied().unwrap_or(ranking.len().div_ceil(LIST)).min(ranking.len())
    };
    let (a, b) = (&then[..top(old, &then)], &now[..top(new, &now)]);
    let missing = |here: &[&str], there: &[&str]| -> Vec<String> {
        here.iter().filter(|code| !there.contains(code)).map(|code| (*code).to_owned()).collect()
    };
    Some(ListChange {
        level: level.to_owned(),
        length: (a.len() as u64, b.len() as u64),
        on_both: a.iter().filter(|code| b.contains(code)).count() as u64,
        jaccard: jaccard(&number(a), &number(b)),
        churn: churn(&number(a), &number(b)),
        rank_biased_overlap: rank_biased_overlap(&number(&then), &number(&now), PERSISTENCE),
        came: missing(b, a),
        went: missing(a, b),
    })
}

/// Codes of a level by rank.
fn ranking<'s>(scores: &'s Scores, level: &str) -> Vec<&'s str> {
    let of_level = scores.areas.iter().filter(|area| area.level == level);
    let mut ranked: Vec<(u32, &str)> =
        of_level.filter_map(|area| Some((shown(area)?.rank, area.code.as_str()))).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, code)| code).collect()
}

fn shown(area: &AreaScore) -> Option<&Figures> {
    area.figures.as_ref().filter(|_| area.suppressed.is_none())
}

/// Moves beyond the noise, largest first, and how many areas both releases rank.
pub(super) fn moves(old: &Scores, new: &Scores) -> (Vec<Move>, u64) {
    let before: BTreeMap<&str, &Figures> =
        old.areas.iter().filter_map(|area| Some((area.code.as_str(), shown(area)?))).collect();
    let both: Vec<(&AreaScore, &Figures, &Figures)> = new
        .areas
        .iter()
        .filter_map(|area| Some((area, *before.get(area.code.as_str())?, shown(area)?)))
        .collect();
    let apart = |a: &Figures, b: &Figures| a.rank_high < b.rank_low || b.rank_high < a.rank_low;
    let mut moves: Vec<Move> = both
        .iter()
        .filter(|(_, then, now)| apart(then, now))
        .map(|(area, then, now)| Move {
            code: area.code.clone(),
            name: area.name.clone(),
            level: area.level.clone(),
            rank: (then.rank, now.rank),
            interval_before: (then.rank_low, then.rank_high),
            interval_after: (now.rank_low, now.rank_high),
            expected: (then.expected, now.expected),
        })
        .collect();
    moves.sort_by_key(|area| (std::cmp::Reverse(area.rank.0.abs_diff(area.rank.1)), area.code.clone()));
    (moves, both.len() as u64)
}

#[cfg(test)]
mod tests {
    use models::bundle::Class;

    use super::*;

    /// Areas in this order of rank, each sure within one place.
    fn scores(codes: &[&str]) -> Scores {
        let area = |(rank, code): (u32, &&str)| AreaScore {
            code: (*code).to_owned(),
            name: (*code).to_owned(),
            level: "buurt".to_owned(),
            parent: None,
            figures: Some(Figures {
                units: 10,
                exposure: 10.0,
                expected: 1.0 / f64::from(rank),
                low: 0.0,
                high: 2.0,
                rate_per_1000: 1.0,
                rank,
                rank_low: rank.saturating_sub(1).max(1),
                rank_high: rank + 1,
                chance_top_k: 0.5,
                class: Class::Middle,
            }),
            reasons: vec![],
            suppressed: None,
        };
        Scores {
            as_of: "2026-01-01".to_owned(),
            top_k: [("buurt".to_owned(), 2)].into(),
            areas: (1..).zip(codes).map(area).collect(),
        }
    }

    #[test]
    fn what_came_and_went_and_who_moved_beyond_the_noise() {
        let (old, new) = (scores(&["a", "b", "c", "d", "e"]), scores(&["e", "a", "b", "c", "d"]));
        let list = &lists(&old, &new)[0];
        assert_eq!((list.length, list.on_both, list.churn), ((2, 2), 1, Some(0.5)));
        assert_eq!(
            (list.came.as_slice(), list.went.as_slice()),
            (&["e".to_owned()][..], &["b".to_owned()][..])
        );
        let (moved, both) = moves(&old, &new);
        assert_eq!(both, 5);
        // One place is within the noise, four are not.
        assert_eq!(moved.iter().map(|m| (m.code.as_str(), m.rank)).collect::<Vec<_>>(), [("e", (5, 1))]);
        assert!(moves(&old, &old).0.is_empty());
    }
}
