//! The grids that tiles lie in (OGC Two Dimensional Tile Matrix Set 2.0).

use std::f64::consts::PI;

use serde_json::{Value, json};

use crate::shapes::{Bounds, Crs, Position};

/// Metres per pixel at scale 1, by the standard: a pixel of 0.28 mm.
const PIXEL: f64 = 0.00028;
/// Pixels along the side of a tile.
const SIDE: f64 = 256.0;

/// A grid of square tiles, halved in size at each next level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Grid {
    /// The grid of web maps, in Web Mercator.
    WebMercator,
    /// The Dutch grid, in RD.
    Rd,
}

/// A tile: level, row from the top and column from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TileIndex {
    /// Level of the grid, 0 for the whole.
    pub(crate) z: u8,
    /// Row, from the top.
    pub(crate) row: u32,
    /// Column, from the left.
    pub(crate) column: u32,
}

impl Grid {
    /// Both grids.
    pub(crate) const ALL: [Self; 2] = [Self::WebMercator, Self::Rd];

    /// The deepest level that tiles are made for.
    pub(crate) const DEEPEST: u8 = 14;

    /// The name of the standard.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::WebMercator => "WebMercatorQuad",
            Self::Rd => "NetherlandsRDNewQuad",
        }
    }

    /// The grid of this name.
    pub(crate) fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grid| grid.id() == id)
    }

    /// The identifier in the register of the Open Geospatial Consortium, or, for the Dutch grid, of Geonovum.
    pub(crate) fn uri(self) -> &'static str {
        match self {
            Self::WebMercator => "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
            Self::Rd => "https://docs.geostandaarden.nl/nltiling/#NetherlandsRDNewQuad",
        }
    }

    /// The reference system of the grid.
    pub(crate) fn crs(self) -> Crs {
        match self {
            Self::WebMercator => Crs::WebMercator,
            Self::Rd => Crs::Rd,
        }
    }

    /// The upper left corner.
    fn corner(self) -> Position {
        match self {
            Self::WebMercator => [-PI * 6_378_137.0, PI * 6_378_137.0],
            Self::Rd => [-285_401.92, 903_401.92],
        }
    }

    /// Metres per pixel at a level.
    pub(crate) fn cell(self, z: u8) -> f64 {
        let whole = match self {
            Self::WebMercator => 2.0 * PI * 6_378_137.0 / SIDE,
            Self::Rd => 3440.64,
        };
        whole / f64::from(1_u32 << z)
    }

    /// The bounds of a tile in the system of the grid.
    pub(crate) fn bounds(self, tile: TileIndex) -> Bounds {
        let side = SIDE * self.cell(tile.z);
        let [left, top] = self.corner();
        let (x, y) = (left + side * f64::from(tile.column), top - side * f64::from(tile.row));
        Bounds { low: [x, y - side], high: [x + side, y] }
    }

    /// First and last row and column of the tiles that bounds in the system of the grid touch.
    pub(crate) fn range(self, z: u8, bounds: Bounds) -> ([u32; 2], [u32; 2]) {
        let side = SIDE * self.cell(z);
        let [left, top] = self.corner();
        let last = f64::from((1_u32 << z) - 1);
        // Between 0 and 2^14.
        let place = |metres: f64| (metres / side).floor().clamp(0.0, last) as u32;
        let rows = [place(top - bounds.high[1]), place(top - bounds.low[1])];
        let columns = [place(bounds.low[0] - left), place(bounds.high[0] - left)];
        (rows, columns)
    }

    /// The definition, as the standard has it.
    pub(crate) fn definition(self) -> Value {
        let matrices = (0..=Self::DEEPEST).map(|z| {
            let (cell, count) = (self.cell(z), 1_u32 << z);
            json!({
                "id": z.to_string(),
                "scaleDenominator": cell / PIXEL,
                "cellSize": cell,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": self.corner(),
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": count,
                "matrixHeight": count,
            })
        });
        let mut definition = json!({
            "id": self.id(),
            "title": self.id(),
            "uri": self.uri(),
            "crs": self.crs().uri(),
            "orderedAxes": ["X", "Y"],
            "tileMatrices": matrices.collect::<Vec<_>>(),
        });
        if self == Self::WebMercator {
            definition["wellKnownScaleSet"] =
                "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible".into();
        }
        definition
    }
}

impl TileIndex {
    /// The tile of these numbers, if the grid has it.
    pub(crate) fn read(matrix: &str, row: &str, column: &str) -> Option<Self> {
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| plain)
        };
        let z = u8::try_from(number(matrix)?).ok().filter(|&z| z <= Grid::DEEPEST)?;
        let (row, column) = (number(row)?, number(column)?);
        (row < 1 << z && column < 1 << z).then_some(Self { z, row, column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_both_grids_are_those_of_the_standards() {
        let scale = |grid: Grid| grid.definition()["tileMatrices"][0]["scaleDenominator"].as_f64().unwrap();
        assert!((scale(Grid::WebMercator) - 559_082_264.028_717_9).abs() < 1e-3);
        assert!((scale(Grid::Rd) - 12_288_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_place_lies_in_the_tile_that_its_range_names() {
        // The Dom in Utrecht.
        for grid in Grid::ALL {
            let place = grid.crs().project([5.1214, 52.0907]);
            let (rows, columns) = grid.range(10, Bounds { low: place, high: place });
            let tile = TileIndex { z: 10, row: rows[0], column: columns[0] };
            assert!(grid.bounds(tile).meets(&Bounds { low: place, high: place }));
            if grid == Grid::WebMercator {
                assert_eq!((tile.column, tile.row), (526, 337), "as slippy map tile numbers");
            }
        }
    }

    #[test]
    fn tiles_outside_the_grid_are_none() {
        assert!(TileIndex::read("3", "7", "7").is_some());
        for (z, row, column) in [
            ("3", "8", "0"),
            ("3", "0", "8"),
            ("15", "0", "0"),
            ("x", "0", "0"),
            ("", "0", "0"),
            ("3", "-1", "0"),
            ("3", "+1", "0"),
        ] {
            assert!(TileIndex::read(z, row, column).is_none(), "{z}/{row}/{column}");
        }
    }
}
