//! Where panden stand: on both sides of parallel streets, in blocks, within their buurt.

use std::collections::BTreeMap;

use geo::{Area, BoundingRect, Contains, Coord, MultiPolygon, Point};

use super::land::Kind;
use super::random::{Dice, whole};

/// A plot for one pand, and the block of houses it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plot {
    pub x: f64,
    pub y: f64,
    pub block: u32,
}

/// Distance between streets and length of a block, metres.
fn pattern(kind: Kind) -> (f64, f64) {
    match kind {
        Kind::Centre => (42.0, 70.0),
        Kind::PreWar => (50.0, 110.0),
        Kind::Flats | Kind::Park => (80.0, 140.0),
        Kind::Suburb | Kind::NewSuburb => (56.0, 90.0),
        Kind::Industry => (130.0, 260.0),
        Kind::Rural | Kind::Lake => (420.0, 900.0),
    }
}

/// Exactly `count` plots inside the buurt (fewer only where it has no room at all).
pub(crate) fn plots(kind: Kind, shape: &MultiPolygon<f64>, count: usize, dice: &mut Dice) -> Vec<Plot> {
    if count == 0 {
        return Vec::new();
    }
    let wanted = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let land = shape.unsigned_area();
    let turn = dice.between(0.0, std::f64::consts::PI);
    let (mut street, block) = pattern(kind);
    // Two rows per street, about a fifth of the land without houses.
    let mut gap = (2.0 * land * 0.78 / (street * wanted)).clamp(4.5, block / 3.0);
    for _ in 0..40 {
        let mut found = rows(shape, (turn.sin(), turn.cos()), street, block, gap, dice);
        if found.len() >= count {
            drop_blocks(&mut found, count, dice);
            return found;
        }
        gap *= 0.88;
        street *= if gap < 4.0 { 0.9 } else { 1.0 };
    }
    Vec::new()
}

fn rows(
    shape: &MultiPolygon<f64>,
    (sin, cos): (f64, f64),
    street: f64,
    block: f64,
    gap: f64,
    dice: &mut Dice,
) -> Vec<Plot> {
    let turned: Vec<Vec<Coord<f64>>> = shape
        .0
        .iter()
        .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
        .map(|ring| {
            ring.0.iter().map(|c| Coord { x: c.x * cos + c.y * sin, y: c.y * cos - c.x * sin }).collect()
        })
        .collect();
    let Some(bounds) = MultiPolygon(vec![geo::Polygon::new(
        geo::LineString(turned.iter().flatten().copied().collect()),
        vec![],
    )])
    .bounding_rect() else {
        return Vec::new();
    };
    let setback = (street * 0.2).clamp(6.0, 14.0);
    let mut plots = Vec::new();
    let mut line = bounds.min().y + street * 0.3;
    let mut number = 0;
    while line < bounds.max().y {
        for side in [-setback, setback] {
            let v = line + side;
            let crossings = crossings(&turned, v);
            for pair in crossings.chunks_exact(2) {
                let mut u = (pair[0] / gap).ceil() * gap;
                while u < pair[1] {
                    // A side street at the end of each block.
                    let along = u.rem_euclid(block);
                    if along > (block * 0.08).min(8.0) {
                        let (u, v) = (u + dice.between(-0.4, 0.4), v + dice.between(-1.2, 1.2));
                        let (x, y) = (u * cos - v * sin, u * sin + v * cos);
                        let (x, y) = ((x * 10.0).round() / 10.0, (y * 10.0).round() / 10.0);
                        if shape.contains(&Point::new(x, y)) {
                            let place = whole(((u - bounds.min().x) / block).max(0.0));
                            plots.push(Plot { x, y, block: number * 4096 + place.min(4095) });
                        }
                    }
                    u += gap;
                }
            }
        }
        line += street;
        number += 1;
    }
    plots
}

/// Where the borders cross a row, in order.
fn crossings(rings: &[Vec<Coord<f64>>], v: f64) -> Vec<f64> {
    let mut at = Vec::new();
    for ring in rings {
        for ends in ring.windows(2) {
            let (a, b) = (ends[0], ends[1]);
            if (a.y <= v) != (b.y <= v) {
                at.push(a.x + (v - a.y) / (b.y - a.y) * (b.x - a.x));
            }
        }
    }
    at.sort_by(f64::total_cmp);
    at
}

/// Leaves whole blocks empty (squares, greens), and part of one more, until `count` plots are left.
fn drop_blocks(plots: &mut Vec<Plot>, count: usize, dice: &mut Dice) {
    let mut sizes = BTreeMap::new();
    for plot in plots.iter() {
        *sizes.entry(plot.block).or_insert(0usize) += 1;
    }
    let mut blocks: Vec<(u32, usize)> = sizes.into_iter().collect();
    dice.shuffle(&mut blocks);
    let mut excess = plots.len() - count;
    let mut gone = BTreeMap::new();
    for (block, size) in blocks {
        if excess == 0 {
            break;
        }
        let size = size.min(excess);
        gone.insert(block, size);
        excess -= size;
    }
    plots.retain(|plot| match gone.get_mut(&plot.block) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
    plots.sort_by_key(|p| p.block);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::land::Land;
    use crate::city::random::Part;

    #[test]
    fn plots_lie_inside_and_are_as_many_as_asked() {
        let land = Land::new(20_000, 5);
        let mut dice = Dice::new(5, Part::Stock);
        for buurt in &land.buurten {
            for count in [0, 3, 400] {
                let plots = plots(buurt.kind, &buurt.shape, count, &mut dice);
                assert_eq!(plots.len(), count, "{}", buurt.code);
                assert!(plots.iter().all(|p| buurt.shape.contains(&Point::new(p.x, p.y))));
            }
        }
    }
}
