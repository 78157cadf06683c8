//! What earlier releases said of an area, and whether it changed by more than noise.

use std::collections::BTreeMap;

use models::bundle::Figures;
use serde::Serialize;

use super::VisibleFigures;
use super::detail::Detail;
use super::differencing::Published;
use super::rounding::Rounding;

/// The figures of an earlier release, by area.
#[derive(Debug)]
pub(super) struct Before {
    as_of: String,
    figures: BTreeMap<String, Figures>,
    /// Number of ranked areas by level.
    ranked: BTreeMap<String, usize>,
}

/// What an earlier release said.
#[derive(Debug, Serialize)]
pub(crate) struct Past {
    /// Its as-of date.
    as_of: String,
    figures: VisibleFigures,
}

/// How an area changed since the newest release of another date.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    /// As-of date of that release.
    since: String,
    direction: Direction,
}

/// Which way. It is a change only where each expected number lies outside the other's 90 % interval; the figures of
/// most areas move from release to release without anything having happened there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Higher,
    Lower,
    WithinNoise,
}

impl Before {
    /// One per as-of date other than `as_of`, in the order of the releases.
    pub(super) fn of(earlier: &[Published], as_of: &str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for release in earlier {
            if release.as_of == as_of || all.iter().any(|before| before.as_of == release.as_of) {
                continue;
            }
            let (mut figures, mut ranked) = (BTreeMap::new(), BTreeMap::new());
            for area in &release.areas {
                let Some(own) = &area.figures else { continue };
                *ranked.entry(area.level.clone()).or_default() += 1;
                figures.insert(area.code.clone(), own.clone());
            }
            all.push(Self { as_of: release.as_of.clone(), figures, ranked });
        }
        all
    }

    /// What is seen of an area's figures in this release.
    pub(super) fn past(&self, detail: Detail, code: &str, level: &str, rounding: &Rounding) -> Option<Past> {
        let ranked = self.ranked.get(level).copied().unwrap_or_default();
        let figures = detail.figures(self.figures.get(code)?, code, ranked, rounding);
        Some(Past { as_of: self.as_of.clone(), figures })
    }

    /// How an area changed since this release.
    pub(super) fn change(&self, code: &str, now: &Figures) -> Option<Change> {
        let direction = direction(self.figures.get(code)?, now);
        Some(Change { since: self.as_of.clone(), direction })
    }
}

fn direction(before: &Figures, now: &Figures) -> Direction {
    let above = now.expected > before.high && before.expected < now.low;
    let below = now.expected < before.low && before.expected > now.high;
    match (above, below) {
        (true, _) => Direction::Higher,
        (_, true) => Direction::Lower,
        _ => Direction::WithinNoise,
    }
}

#[cfg(test)]
mod tests {
    use models::bundle::Class;

    use super::*;

    fn figures(expected: f64, low: f64, high: f64) -> Figures {
        Figures {
            units: 10,
            exposure: 10.0,
            expected,
            low,
            high,
            rate_per_1000: 100.0,
            rank: 1,
            rank_low: 1,
            rank_high: 1,
            chance_top_k: 0.5,
            class: Class::Middle,
        }
    }

    #[test]
    fn a_change_is_one_where_each_lies_outside_the_interval_of_the_other() {
        let before = figures(2.0, 1.0, 4.0);
        for (now, expected) in [
            (figures(6.0, 3.0, 9.0), Direction::Higher),
            (figures(6.0, 1.5, 9.0), Direction::WithinNoise),
            (figures(3.5, 3.0, 9.0), Direction::WithinNoise),
            (figures(0.5, 0.1, 1.5), Direction::Lower),
            (figures(0.5, 0.1, 2.5), Direction::WithinNoise),
        ] {
            assert_eq!(direction(&before, &now), expected, "{now:?}");
        }
    }
}
