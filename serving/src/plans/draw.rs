//! Choosing the areas of a plan: the highest ranks, and a simple random sample of the others.
//!
//! Every area has a fixed random number per seed, a hash of both; the sample is the areas with the smallest
//! (sampling with permanent random numbers, Ohlsson 1995). So the same seed gives the same sample on any machine,
//! and areas that join or leave change it as little as possible.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::request::Request;
use crate::projection::{Area, Projection};

/// Why an area is on the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Why {
    /// For its rank.
    Rank,
    /// At random.
    Random,
}

/// An area on the plan.
#[derive(Debug)]
pub(super) struct Chosen<'a> {
    pub(super) area: &'a Area,
    pub(super) why: Why,
    /// Chance of being chosen that way: 1 for its rank.
    pub(super) probability: f64,
}

/// The plan's areas, and how many there were to choose from.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    pub(super) chosen: Vec<Chosen<'a>>,
    pub(super) eligible: usize,
    pub(super) excluded: usize,
    pub(super) cooling_down: usize,
}

/// Chooses the areas of a plan: those for their rank first, in order, then those at random, by rank.
pub(super) fn choose<'a>(projection: &'a Projection, request: &Request) -> Choice<'a> {
    let level = projection.level(request.level());
    let areas = level.into_iter().flat_map(|level| projection.ranked(level, request.within(), None));
    // Areas without figures are too small to plan a visit to.
    let with_figures = areas.map(|(_, area)| area).filter(|area| area.figures.is_some());
    let (mut excluded, mut cooling_down) = (0, 0);
    let mut eligible: Vec<&Area> = Vec::new();
    for area in with_figures {
        if request.excludes(&area.code) {
            excluded += 1;
        } else if request.cools_down(&area.code) {
            cooling_down += 1;
        } else {
            eligible.push(area);
        }
    }
    let count = eligible.len();
    let capacity = request.capacity().min(count);
    // Between 0 and the capacity.
    let at_random = (request.random_share() * capacity as f64).round() as usize;
    let rest = eligible.split_off(capacity - at_random);
    let probability = at_random as f64 / rest.len().max(1) as f64;
    let mut chosen: Vec<Chosen<'_>> =
        eligible.into_iter().map(|area| Chosen { area, why: Why::Rank, probability: 1.0 }).collect();
    let sample = sample(rest, at_random, request.seed());
    chosen.extend(sample.into_iter().map(|area| Chosen { area, why: Why::Random, probability }));
    Choice { chosen, eligible: count, excluded, cooling_down }
}

/// So many of the areas at random, in the order in which they were.
fn sample(areas: Vec<&Area>, count: usize, seed: u64) -> Vec<&Area> {
    let mut drawn: Vec<([u8; 32], usize)> =
        areas.iter().enumerate().map(|(i, area)| (number(seed, &area.code), i)).collect();
    drawn.sort_unstable();
    let mut places: Vec<usize> = drawn.into_iter().take(count).map(|(_, i)| i).collect();
    places.sort_unstable();
    places.into_iter().map(|i| areas[i]).collect()
}

fn number(seed: u64, code: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed.to_be_bytes()).chain_update(code).finalize().into()
}
