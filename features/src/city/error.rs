//! What can go wrong while a city is made.

use std::path::{Path, PathBuf};

/// A city could not be made; the message says where and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CityError {
    /// Too few or too many panden were asked for.
    #[error("cannot make a city of {0} panden: give a number from 100 to 20000000")]
    Panden(usize),
    /// Too few or too many years were asked for.
    #[error("cannot make {0} years of history: give a number from 1 to 30")]
    Years(u32),
    /// The output folder holds something that is not part of an example city.
    #[error(
        "{} holds {name}, which is not part of an example city: choose an empty folder, or move that file away first", folder.display()
    )]
    Foreign {
        /// The output folder, or a folder in it.
        folder: PathBuf,
        /// What was found there.
        name: String,
    },
    /// Panden from a file need areas from a file.
    #[error(
        "{} was given as the panden, but no file with their areas: also give a GeoJSON of the buurten that they lie in", panden.display()
    )]
    AreasMissing {
        /// The file with panden.
        panden: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: cannot {what}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A file is not CSV.
    #[error("{}: not readable as comma-separated text: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why, with the line.
        source: csv::Error,
    },
    /// A file lacks a column.
    #[error(
        "{}: there is no column {column:?}; a file of BAG voorkomens has pand_id, bouwjaar, status, beginGeldigheid, eindGeldigheid, \
         opp_m2, x_rd, y_rd and buurtcode_2024_approx", path.display()
    )]
    Column {
        /// The file.
        path: PathBuf,
        /// The column that is missing.
        column: &'static str,
    },
    /// A cell does not hold what its column should hold.
    #[error("{} line {line}, column {column}: {value:?} is not {expected}; correct it or leave the row out", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1, the header included.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// What the cell holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A file of areas is not usable GeoJSON.
    #[error("{}: {why}; give a GeoJSON FeatureCollection of buurt polygons in WGS84 with the property buurtcode or code", path.display())]
    Areas {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A coordinate cannot be converted between RD and WGS84.
    #[error(
        "the city does not fit in the plane of the Dutch grid: {0}; ask for fewer panden or correct the coordinates"
    )]
    Plane(#[from] crate::geometry::plane::ProjectionError),
}

impl CityError {
    /// For `map_err`: an [`CityError::Io`] about this path.
    pub(crate) fn io(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, what, source }
    }
}
