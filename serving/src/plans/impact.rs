//! How a plan is spread: which part of its visits and of the expected finds falls in which larger area.

use std::collections::BTreeMap;

use serde::Serialize;

use super::draw::Chosen;
use crate::projection::{Area, Projection};

/// What a plan asks of one larger area.
#[derive(Debug, Serialize)]
pub(super) struct Impact<'a> {
    code: &'a str,
    name: &'a str,
    /// Areas of the plan's level in it that have figures.
    areas: usize,
    visits: usize,
    visits_at_random: usize,
    /// Part of all areas, and part of all visits: the same where the plan burdens all alike.
    share_of_areas: f64,
    share_of_visits: f64,
    expected_finds: f64,
}

/// By the area in which each area lies, by code; areas that lie in none are left out.
pub(super) fn impact<'a>(
    projection: &'a Projection,
    level: &str,
    within: Option<&str>,
    chosen: &[Chosen<'a>],
) -> Vec<Impact<'a>> {
    let mut groups: BTreeMap<&str, Impact<'a>> = BTreeMap::new();
    let areas = projection.level(level).into_iter().flat_map(|level| projection.ranked(level, within, None));
    let parent = |area: &'a Area| area.parent.as_deref().and_then(|code| projection.area(code));
    let mut all = 0;
    for (_, area) in areas.filter(|(_, area)| area.figures.is_some()) {
        all += 1;
        let Some(parent) = parent(area) else { continue };
        let group = groups.entry(&parent.code).or_insert_with(|| Impact {
            code: &parent.code,
            name: &parent.name,
            areas: 0,
            visits: 0,
            visits_at_random: 0,
            share_of_areas: 0.0,
            share_of_visits: 0.0,
            expected_finds: 0.0,
        });
        group.areas += 1;
    }
    for one in chosen {
        let Some(group) = parent(one.area).and_then(|parent| groups.get_mut(parent.code.as_str())) else {
            continue;
        };
        group.visits += 1;
        group.visits_at_random += usize::from(one.why == super::Why::Random);
        group.expected_finds += one.area.figures.as_ref().and_then(|figures| figures.expected).unwrap_or(0.0);
    }
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    for group in groups.values_mut() {
        group.share_of_areas = share(group.areas, all);
        group.share_of_visits = share(group.visits, chosen.len());
    }
    groups.into_values().collect()
}
