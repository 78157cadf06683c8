//! Cutting a tile out of a mesh.

use super::grid::{Grid, TileIndex};
use super::mesh::{Corner, Mesh, MeshArea, kept};
use super::mvt::{EXTENT, LayerWriter};
use crate::projection::{Column, Level, Projection};
use crate::shapes::{Position, signed_area};

/// Units around the tile that are drawn too, so that outlines do not show at the border of a tile.
const BUFFER: f64 = 64.0;

/// Corners that matter less than this many pixels are left out.
const TOLERANCE: f64 = 0.4;

/// The tile as bytes; empty where there is nothing.
pub(super) fn cut(
    projection: &Projection,
    level: &Level,
    mesh: &Mesh,
    grid: Grid,
    tile: TileIndex,
) -> Vec<u8> {
    let bounds = grid.bounds(tile);
    let units = f64::from(EXTENT) / (bounds.high[0] - bounds.low[0]);
    let around = bounds.widened(BUFFER / units);
    // The deepest level is shown enlarged beyond itself, so it keeps every corner.
    let tolerance = if tile.z == Grid::DEEPEST { 0.0 } else { TOLERANCE * grid.cell(tile.z) };
    let place = |p: Position| [(p[0] - bounds.low[0]) * units, (bounds.high[1] - p[1]) * units];
    let columns: Vec<&'static Column> = projection.columns().collect();
    let mut layer = LayerWriter::new(&level.name);
    for area in projection.ordered(level, mesh.near(around)) {
        let Some(outline) = mesh.get(&area.code).filter(|outline| outline.bounds.meets(&around)) else {
            continue;
        };
        let polygons = polygons(outline, tolerance, place);
        if !polygons.is_empty() {
            let properties = columns.iter().map(|column| (column.name, column.of(area)));
            layer.add(number(&area.code), &polygons, properties);
        }
    }
    layer.finish()
}

fn polygons(
    outline: &MeshArea,
    tolerance: f64,
    place: impl Fn(Position) -> Position,
) -> Vec<Vec<Vec<[i32; 2]>>> {
    let polygon = |rings: &Vec<Vec<Corner>>| {
        let mut cut = rings.iter().enumerate().map(|(i, ring)| {
            let kept: Vec<Position> = kept(ring, tolerance).into_iter().map(&place).collect();
            on_grid(&super::clip::clip(&kept, -BUFFER, f64::from(EXTENT) + BUFFER), i == 0)
        });
        // Without an outer ring there is nothing for holes to be in.
        let outer = cut.next().flatten()?;
        Some(std::iter::once(outer).chain(cut.flatten()).collect())
    };
    outline.polygons.iter().filter_map(polygon).collect()
}

/// The ring on whole units, without doubled corners and without its closing one; outer rings turn clockwise on
/// the screen. `None` when nothing with an area is left.
fn on_grid(ring: &[Position], outer: bool) -> Option<Vec<[i32; 2]>> {
    // Within the tile and its buffer after clipping.
    let mut corners: Vec<[i32; 2]> =
        ring.iter().map(|p| [p[0].round() as i32, p[1].round() as i32]).collect();
    corners.dedup();
    let exact: Vec<Position> = corners.iter().map(|c| [f64::from(c[0]), f64::from(c[1])]).collect();
    let area = signed_area(&exact);
    if corners.len() < 4 || area == 0.0 {
        return None;
    }
    corners.pop();
    if (area > 0.0) != outer {
        corners.reverse();
    }
    Some(corners)
}

/// The digits of a code as the number of the feature, by which map programs keep state.
fn number(code: &str) -> Option<u64> {
    code.get(2..)?.parse().ok()
}
