//! The outlines of areas as coordinates, and as GeoJSON text in each coordinate reference system.
//!
//! Outlines are public (they come from Statistics Netherlands or the municipality), so they are no part of a
//! projection; which of them a reader gets follows from the areas that the reader may see.

mod crs;
mod meet;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Deserialize;
use sha2::{Digest, Sha256};

pub(crate) use self::crs::Crs;
use crate::geometry::Outlines;
use crate::tiles::{Grid, Mesh};

/// A position: longitude and latitude in degrees, or two coordinates of another system.
pub(crate) type Position = [f64; 2];

/// A closed line.
pub(crate) type Ring = Vec<Position>;

/// The outlines of all areas that have one.
#[derive(Debug)]
pub(crate) struct Shapes {
    by_code: BTreeMap<String, Shape>,
    /// Codes by level; an outline is simplified together with all of its level.
    levels: BTreeMap<String, Vec<String>>,
    meshes: BTreeMap<(String, Grid), OnceLock<Mesh>>,
}

/// The outline of one area: polygons, each an outer ring (counterclockwise) with holes (clockwise).
#[derive(Debug)]
pub(crate) struct Shape {
    polygons: Vec<Vec<Ring>>,
    is_multi: bool,
    bounds: Bounds,
    digest: [u8; 32],
    texts: [OnceLock<Box<str>>; Crs::ALL.len()],
}

/// West, south, east and north, or the like in another system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    /// Least coordinates.
    pub(crate) low: Position,
    /// Greatest coordinates.
    pub(crate) high: Position,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Vec<Vec<f64>>>),
    MultiPolygon(Vec<Vec<Vec<Vec<f64>>>>),
}

impl Shapes {
    /// Takes over outlines that were checked, of areas at these levels.
    ///
    /// # Errors
    /// When a geometry has another form than was checked.
    pub(crate) fn new(
        outlines: &Outlines<'_>,
        levels: BTreeMap<String, Vec<String>>,
    ) -> Result<Self, serde_json::Error> {
        let mut by_code = BTreeMap::new();
        for (code, raw) in outlines {
            if let Some(raw) = raw
                && let Some(shape) = Shape::read(raw.get())?
            {
                by_code.insert(code.clone(), shape);
            }
        }
        let meshes =
            levels.keys().flat_map(|level| Grid::ALL.map(|grid| ((level.clone(), grid), OnceLock::new())));
        Ok(Self { by_code, meshes: meshes.collect(), levels })
    }

    /// The outline of an area.
    pub(crate) fn get(&self, code: &str) -> Option<&Shape> {
        self.by_code.get(code)
    }

    /// The outlines of a level as a mesh in the system of a grid; made once.
    pub(crate) fn mesh(&self, level: &str, grid: Grid) -> Option<&Mesh> {
        let codes = self.levels.get(level)?;
        let kept = self.meshes.get(&(level.to_owned(), grid))?;
        let shapes = || codes.iter().filter_map(|code| Some((code.as_str(), self.get(code)?)));
        Some(kept.get_or_init(|| Mesh::new(shapes(), grid.crs())))
    }
}

impl Shape {
    fn read(raw: &str) -> Result<Option<Self>, serde_json::Error> {
        let (parts, is_multi) = match serde_json::from_str(raw)? {
            Geometry::Polygon(rings) => (vec![rings], false),
            Geometry::MultiPolygon(parts) => (parts, true),
        };
        let polygons: Vec<Vec<Ring>> = parts.into_iter().map(polygon).filter(|p| !p.is_empty()).collect();
        let bounds = Bounds::around(polygons.iter().flatten().flatten().copied());
        Ok(bounds.map(|bounds| Self {
            polygons,
            is_multi,
            bounds,
            digest: Sha256::digest(raw).into(),
            texts: Default::default(),
        }))
    }

    /// The polygons in degrees (CRS84).
    pub(crate) fn polygons(&self) -> &[Vec<Ring>] {
        &self.polygons
    }

    /// The bounds in degrees (CRS84).
    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Stands for the outline in entity tags.
    pub(crate) fn digest(&self) -> &[u8] {
        &self.digest
    }

    /// The GeoJSON geometry in this system; written once and kept.
    pub(crate) fn text(&self, crs: Crs) -> &str {
        self.texts[crs.index()].get_or_init(|| self.write(crs).into_boxed_str())
    }

    fn write(&self, crs: Crs) -> String {
        let mut out = String::new();
        let kind = if self.is_multi { "MultiPolygon" } else { "Polygon" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{{\"type\":\"{kind}\",\"coordinates\":");
        if self.is_multi {
            list(&mut out, &self.polygons, |out, rings| write_rings(out, rings, crs));
        } else {
            write_rings(&mut out, self.polygons.first().map_or(&[], Vec::as_slice), crs);
        }
        out.push('}');
        out
    }
}

impl Bounds {
    /// Bounds around positions, if there are any.
    pub(crate) fn around(positions: impl Iterator<Item = Position>) -> Option<Self> {
        positions.fold(None, |bounds: Option<Self>, position| {
            let one = Self { low: position, high: position };
            Some(bounds.map_or(one, |bounds| bounds.with(one)))
        })
    }

    /// Bounds around both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            low: [self.low[0].min(other.low[0]), self.low[1].min(other.low[1])],
            high: [self.high[0].max(other.high[0]), self.high[1].max(other.high[1])],
        }
    }

    /// The same with so much more on every side.
    pub(crate) fn widened(self, by: f64) -> Self {
        Self { low: self.low.map(|c| c - by), high: self.high.map(|c| c + by) }
    }

    /// Whether both have a position in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        (0..2).all(|i| self.low[i] <= other.high[i] && other.low[i] <= self.high[i])
    }
}

/// Closed rings in the direction that RFC 7946 asks for: outer rings counterclockwise, holes clockwise.
fn polygon(rings: Vec<Vec<Vec<f64>>>) -> Vec<Ring> {
    let ring = |(i, positions): (usize, Vec<Vec<f64>>)| {
        let mut ring: Ring = positions.iter().filter_map(|p| Some([*p.first()?, *p.get(1)?])).collect();
        if ring.first() != ring.last() {
            ring.extend(ring.first().copied());
        }
        if (signed_area(&ring) > 0.0) != (i == 0) {
            ring.reverse();
        }
        ring
    };
    rings.into_iter().enumerate().map(ring).filter(|ring| ring.len() >= 4).collect()
}

/// Area of a closed ring, positive when it runs counterclockwise (the shoelace formula).
pub(crate) fn signed_area(ring: &[Position]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else { return 0.0 };
    // Relative to the first corner, so that far-off coordinates lose no digits.
    let cross = |a: &Position, b: &Position| (a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0);
    ring.windows(2).map(|pair| cross(&pair[0], &pair[1])).sum::<f64>() / 2.0
}

fn write_rings(out: &mut String, rings: &[Ring], crs: Crs) {
    list(out, rings, |out, ring| {
        list(out, ring, |out, &position| {
            let [x, y] = crs.project(position);
            out.push('[');
            number(out, x, crs.decimals());
            out.push(',');
            number(out, y, crs.decimals());
            out.push(']');
        });
    });
}

fn list<T>(out: &mut String, members: &[T], mut write: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, member);
    }
    out.push(']');
}

/// Writes a number with at most this many decimals.
fn number(out: &mut String, value: f64, decimals: usize) {
    let start = out.len();
    // Writing to a String cannot fail.
    let _ = write!(out, "{value:.decimals$}");
    if decimals > 0 {
        let kept = out[start..].trim_end_matches('0').trim_end_matches('.').len();
        out.truncate(start + kept);
    }
    if &out[start..] == "-0" {
        out.replace_range(start.., "0");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(raw: &str) -> Shape {
        Shape::read(raw).unwrap().unwrap()
    }

    #[test]
    fn rings_are_closed_and_turn_the_right_way() {
        let clockwise = shape(
            r#"{"type":"Polygon","coordinates":[[[5,52],[5,53],[6,53],[6,52]],
            [[5.2,52.2],[5.4,52.2],[5.4,52.4],[5.2,52.4],[5.2,52.2]]]}"#,
        );
        assert_eq!(
            clockwise.text(Crs::Crs84),
            "{\"type\":\"Polygon\",\"coordinates\":[[[5,52],[6,52],[6,53],[5,53],[5,52]],\
             [[5.2,52.2],[5.2,52.4],[5.4,52.4],[5.4,52.2],[5.2,52.2]]]}"
        );
        assert_eq!(clockwise.bounds(), Bounds { low: [5.0, 52.0], high: [6.0, 53.0] });
    }

    #[test]
    fn numbers_have_no_more_decimals_than_needed() {
        let written = |value, decimals| {
            let mut out = String::new();
            number(&mut out, value, decimals);
            out
        };
        assert_eq!(written(5.0, 7), "5");
        assert_eq!(written(5.123_456_789, 7), "5.1234568");
        assert_eq!(written(-0.000_000_01, 7), "0");
        assert_eq!(written(155_000.0, 0), "155000");
        assert_eq!(written(120.0, 3), "120");
    }

    #[test]
    fn an_outline_without_positions_is_none() {
        assert!(Shape::read(r#"{"type":"MultiPolygon","coordinates":[]}"#).unwrap().is_none());
    }
}
