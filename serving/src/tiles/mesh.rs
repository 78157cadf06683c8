//! The outlines of a level as one mesh: every corner carries how important it is, the same for all areas that
//! share it, so that neighbours drop the same corners and never gape or overlap.
//!
//! Outlines are cut into arcs at junctions, the corners where more than two sides meet. Each arc is simplified once,
//! from a start that does not depend on which area it is seen from (Douglas and Peucker 1973). The importance of a corner is the
//! tolerance from which on it disappears; junctions never do.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::shapes::{Bounds, Crs, Position, Ring, Shape};

/// A corner in the system of the mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Corner {
    /// Where.
    pub(crate) at: Position,
    /// Tolerance from which on it disappears, in the units of the system.
    pub(crate) importance: f32,
}

/// The outlines of a level in one reference system.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    areas: BTreeMap<String, MeshArea>,
    bounds: Option<Bounds>,
    /// Codes by cell of a coarse grid over the bounds: an area stands in every cell that its bounds touch.
    cells: Vec<Vec<String>>,
}

/// Cells of the coarse grid along each side.
const CELLS: usize = 64;

/// One area of a mesh.
#[derive(Debug)]
pub(crate) struct MeshArea {
    /// Bounds of the outline.
    pub(crate) bounds: Bounds,
    /// Polygons of closed rings.
    pub(crate) polygons: Vec<Vec<Vec<Corner>>>,
}

/// The corners of a closed ring that matter at least this much, closed again.
pub(super) fn kept(ring: &[Corner], tolerance: f64) -> Vec<Position> {
    let mattering = ring.iter().filter(|corner| f64::from(corner.importance) >= tolerance);
    let mut kept: Vec<Position> = mattering.map(|corner| corner.at).collect();
    // The corner that the ring was written from may be one of those that are left out.
    if kept.first() != kept.last() {
        kept.extend(kept.first().copied());
    }
    kept
}

/// A corner as its position in degrees to nine decimals, by which areas find that they share it.
type Place = [i64; 2];

impl Mesh {
    /// Makes the mesh of these outlines.
    pub(crate) fn new<'a>(shapes: impl Iterator<Item = (&'a str, &'a Shape)>, crs: Crs) -> Self {
        let shapes: Vec<(&str, &Shape)> = shapes.collect();
        let rings = || shapes.iter().flat_map(|(_, shape)| shape.polygons().iter().flatten());
        let junctions = junctions(rings());
        let mut importance: HashMap<Place, f32> = HashMap::new();
        for ring in rings() {
            measure(ring, crs, &junctions, &mut importance);
        }
        let corner = |&position: &Position| Corner {
            at: crs.project(position),
            importance: importance.get(&place(position)).copied().unwrap_or(f32::INFINITY),
        };
        let area = |shape: &Shape| {
            let polygon =
                |rings: &Vec<Ring>| rings.iter().map(|ring| ring.iter().map(corner).collect()).collect();
            let polygons: Vec<Vec<Vec<Corner>>> = shape.polygons().iter().map(polygon).collect();
            let bounds = Bounds::around(polygons.iter().flatten().flatten().map(|corner| corner.at));
            bounds.map(|bounds| MeshArea { bounds, polygons })
        };
        let areas = shapes.iter().filter_map(|(code, shape)| Some(((*code).to_owned(), area(shape)?)));
        let areas: BTreeMap<String, MeshArea> = areas.collect();
        let mut mesh =
            Self { bounds: areas.values().map(|area| area.bounds).reduce(Bounds::with), ..Self::default() };
        mesh.cells = vec![Vec::new(); CELLS * CELLS];
        for (code, area) in &areas {
            for cell in mesh.touched(area.bounds) {
                mesh.cells[cell].push(code.clone());
            }
        }
        mesh.areas = areas;
        mesh
    }

    /// The codes of all areas whose bounds meet these, and of some that do not; in no order that means anything.
    pub(crate) fn near(&self, bounds: Bounds) -> BTreeSet<&str> {
        let cells = self.touched(bounds);
        cells.flat_map(|cell| &self.cells[cell]).map(String::as_str).collect()
    }

    /// The cells that bounds touch; what lies outside the grid counts to the cells at its border.
    fn touched(&self, bounds: Bounds) -> impl Iterator<Item = usize> + use<> {
        let whole = self.bounds.unwrap_or(bounds);
        let range = |axis: usize| {
            let size = (whole.high[axis] - whole.low[axis]).max(f64::MIN_POSITIVE);
            // Cut off at both ends, so that it fits.
            let cell = |at: f64| {
                ((at - whole.low[axis]) / size * CELLS as f64).clamp(0.0, CELLS as f64 - 1.0) as usize
            };
            cell(bounds.low[axis])..=cell(bounds.high[axis])
        };
        let (rows, columns) = (range(1), range(0));
        rows.flat_map(move |row| columns.clone().map(move |column| row * CELLS + column))
    }

    /// The area with this code.
    pub(crate) fn get(&self, code: &str) -> Option<&MeshArea> {
        self.areas.get(code)
    }
}

fn place([x, y]: Position) -> Place {
    // Degrees with nine decimals fit by far.
    [(x * 1e9).round() as i64, (y * 1e9).round() as i64]
}

/// The corners where other than two sides meet.
fn junctions<'a>(rings: impl Iterator<Item = &'a Ring>) -> HashSet<Place> {
    let mut neighbours: HashMap<Place, [Option<Place>; 2]> = HashMap::new();
    let mut junctions = HashSet::new();
    for ring in rings {
        for side in ring.windows(2) {
            let (a, b) = (place(side[0]), place(side[1]));
            for (own, other) in [(a, b), (b, a)].into_iter().filter(|(a, b)| a != b) {
                let known = neighbours.entry(own).or_default();
                match known {
                    [Some(one), _] if *one == other => {}
                    [_, Some(two)] if *two == other => {}
                    [one @ None, _] => *one = Some(other),
                    [_, two @ None] => *two = Some(other),
                    _ => drop(junctions.insert(own)),
                }
            }
        }
    }
    junctions
}

/// Finds the importance of the corners of a ring, unless they have it from a neighbour.
fn measure(ring: &Ring, crs: Crs, junctions: &HashSet<Place>, importance: &mut HashMap<Place, f32>) {
    let open = ring.split_last().map_or(&[][..], |(_, open)| open);
    if open.len() < 3 {
        return;
    }
    let mut corners: Vec<(Place, Position)> =
        open.iter().map(|&position| (place(position), crs.project(position))).collect();
    let ends = |corners: &[(Place, Position)]| -> Vec<usize> {
        (0..corners.len()).filter(|&i| junctions.contains(&corners[i].0)).collect()
    };
    // A ring without junctions starts at its least corner, and turns round at the one farthest from it.
    let fixed = ends(&corners);
    let start =
        fixed.first().copied().or_else(|| (0..corners.len()).min_by_key(|&i| corners[i].0)).unwrap_or(0);
    corners.rotate_left(start);
    let mut cuts = ends(&corners);
    if cuts.len() < 2 {
        let first = corners[0].1;
        let farthest = (1..corners.len()).max_by(|&a, &b| {
            let far = |i: usize| square_distance(corners[i].1, first);
            far(a).total_cmp(&far(b)).then(corners[b].0.cmp(&corners[a].0))
        });
        cuts = [Some(0), farthest].into_iter().flatten().collect();
    }
    corners.push(corners[0]);
    cuts.push(corners.len() - 1);
    for pair in cuts.windows(2) {
        let arc = &corners[pair[0]..=pair[1]];
        for end in [&arc[0], &arc[arc.len() - 1]] {
            importance.insert(end.0, f32::INFINITY);
        }
        let known = arc.get(1).is_some_and(|corner| arc.len() > 2 && importance.contains_key(&corner.0));
        if !known {
            simplify(&one_way(arc), importance);
        }
    }
}

/// The arc from its lesser end, so that both sides of it are simplified alike.
fn one_way(arc: &[(Place, Position)]) -> Vec<(Place, Position)> {
    let mut arc = arc.to_vec();
    let ends = |arc: &[(Place, Position)]| (arc[0].0, arc[1].0);
    let mut turned = arc.clone();
    turned.reverse();
    if ends(&turned) < ends(&arc) {
        arc = turned;
    }
    arc
}

/// The tolerance from which on each inner corner disappears. A corner never outlives the one that split the arc
/// above it. Works with a list instead of recursion, so that long arcs do no harm.
fn simplify(arc: &[(Place, Position)], importance: &mut HashMap<Place, f32>) {
    let mut parts = vec![(0, arc.len() - 1, f64::INFINITY)];
    while let Some((first, last, limit)) = parts.pop() {
        let (a, b) = (arc[first].1, arc[last].1);
        let far = |i: usize| distance(arc[i].1, a, b);
        let Some(split) = (first + 1..last).max_by(|&i, &j| far(i).total_cmp(&far(j)).then(j.cmp(&i))) else {
            continue;
        };
        let own = far(split).min(limit);
        importance.insert(arc[split].0, own as f32);
        parts.extend([(first, split, own), (split, last, own)]);
    }
}

fn square_distance(a: Position, b: Position) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

/// Distance of a point to the line between two others.
fn distance(point: Position, a: Position, b: Position) -> f64 {
    let length = square_distance(a, b);
    let along = if length == 0.0 {
        0.0
    } else {
        (((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length).clamp(0.0, 1.0)
    };
    square_distance(point, [a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])]).sqrt()
}
