//! A mesh of jittered hexagons, and the borders of groups of them.
//!
//! Borders follow the middles of the edges between hexagons of different buurten, with the corner where
//! three areas meet kept as it is. Every border point is computed once, from the same two numbers, so
//! that neighbours share it to the last bit; and as each stretch stays inside the triangle that it cuts
//! off, no two borders cross. A wijk's border is made of the same points as those of its buurten.

use std::collections::BTreeMap;

use geo::{Area, Coord, LineString, MultiPolygon, Polygon};

use super::random::{Noise, mix, unit_from_bits};

/// Where the made-up town lies in RD: over land that in truth belongs to others.
const MIDDLE: (f64, f64) = (170_000.0, 450_000.0);

pub(crate) type Hexagon = (i32, i32);
/// The corner on top of (true) or below (false) a hexagon; each corner has one such name.
type Corner = (i32, i32, bool);

/// Neighbours, each across the edge from corner k to corner k + 1 of [`corners`].
pub(crate) const AROUND: [(i32, i32); 6] = [(0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1), (1, 0)];

fn corners((q, r): Hexagon) -> [Corner; 6] {
    [
        (q, r + 1, false),
        (q, r, true),
        (q - 1, r + 1, false),
        (q, r - 1, true),
        (q, r, false),
        (q + 1, r - 1, true),
    ]
}

/// The three hexagons that meet in a corner.
fn meeting((q, r, top): Corner) -> [Hexagon; 3] {
    if top { [(q, r), (q, r + 1), (q - 1, r + 1)] } else { [(q, r), (q, r - 1), (q + 1, r - 1)] }
}

/// Where hexagons and their corners lie.
pub(crate) struct Mesh {
    /// Distance between the middles of neighbours, metres.
    pub step: f64,
    pub seed: u64,
    /// Bends the rows of hexagons, east and north: too gently to fold them.
    pub bend: [Noise; 2],
}

impl Mesh {
    pub(crate) fn middle(&self, (q, r): Hexagon) -> (f64, f64) {
        self.bent(self.flat((q, r)))
    }

    fn flat(&self, (q, r): Hexagon) -> (f64, f64) {
        (self.step * (f64::from(q) + f64::from(r) / 2.0), self.step * f64::from(r) * 0.75f64.sqrt())
    }

    fn bent(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let far = 0.9 * self.step;
        (x + far * self.bend[0].at(x, y), y + far * self.bend[1].at(x, y))
    }

    fn corner(&self, corner: Corner) -> (f64, f64) {
        let (q, r, top) = corner;
        let (x, y) = self.flat((q, r));
        let up = self.step / 3f64.sqrt();
        let shift = |salt: u64| (self.chance(q, r, salt + u64::from(top)) - 0.5) * 0.28 * self.step;
        self.bent((x + shift(10), if top { y + up } else { y - up } + shift(20)))
    }

    /// Uniform in [0, 1), fixed per hexagon and salt.
    pub(crate) fn chance(&self, q: i32, r: i32, salt: u64) -> f64 {
        let key = (u64::from(q.cast_unsigned()) << 32) | u64::from(r.cast_unsigned());
        unit_from_bits(mix(mix(self.seed ^ key).wrapping_add(salt)))
    }
}

/// The rings around the hexagons that are `inside`, outer rings counter-clockwise.
pub(crate) fn trace(
    mesh: &Mesh,
    buurt_of: &BTreeMap<Hexagon, (usize, usize)>,
    inside: &dyn Fn(Hexagon) -> bool,
) -> MultiPolygon<f64> {
    let mut next: BTreeMap<Corner, Corner> = BTreeMap::new();
    for &hexagon in buurt_of.keys().filter(|&&h| inside(h)) {
        let around = corners(hexagon);
        for (edge, (dq, dr)) in AROUND.into_iter().enumerate() {
            if !inside((hexagon.0 + dq, hexagon.1 + dr)) {
                next.insert(around[edge], around[(edge + 1) % 6]);
            }
        }
    }
    let (mut outer, mut holes) = (Vec::new(), Vec::new());
    while let Some((start, mut here)) = next.pop_first() {
        let mut ring = vec![start];
        while here != start {
            ring.push(here);
            match next.remove(&here) {
                Some(onward) => here = onward,
                None => break,
            }
        }
        let ring = Polygon::new(smooth(mesh, buurt_of, &ring), vec![]);
        if ring.signed_area() > 0.0 { outer.push(ring) } else { holes.push(ring) }
    }
    place_holes(outer, holes)
}

/// Each hole goes into the smallest outer ring that is larger than it and holds its first point.
fn place_holes(mut outer: Vec<Polygon<f64>>, holes: Vec<Polygon<f64>>) -> MultiPolygon<f64> {
    use geo::Contains;
    outer.sort_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
    let plain = outer.clone();
    for hole in holes {
        let first = hole.exterior().0.first().map(|c| geo::Point(*c));
        if let Some(home) = first.and_then(|point| plain.iter().position(|ring| ring.contains(&point))) {
            outer[home].interiors_push(hole.exterior().clone());
        }
    }
    MultiPolygon(outer)
}

fn smooth(mesh: &Mesh, buurt_of: &BTreeMap<Hexagon, (usize, usize)>, ring: &[Corner]) -> LineString<f64> {
    let mut line = Vec::with_capacity(ring.len() + 8);
    for (position, &corner) in ring.iter().enumerate() {
        let here = mesh.corner(corner);
        let [a, b, c] = meeting(corner).map(|h| buurt_of.get(&h));
        if a != b && b != c && a != c {
            line.push(in_rd(here));
        }
        let there = mesh.corner(ring[(position + 1) % ring.len()]);
        line.push(in_rd(((here.0 + there.0) / 2.0, (here.1 + there.1) / 2.0)));
    }
    let mut line = LineString(line);
    line.close();
    line
}

/// On its place in the country, in whole centimetres.
fn in_rd((x, y): (f64, f64)) -> Coord<f64> {
    let centimetres = |metres: f64| (metres * 100.0).round() / 100.0;
    Coord { x: centimetres(MIDDLE.0 + x), y: centimetres(MIDDLE.1 + y) }
}
