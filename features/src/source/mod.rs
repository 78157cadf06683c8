//! From the files that a study names to checked tables.
//!
//! Each format has a reader that gives columns of text with the line of every row, and shapes. From there on
//! there is one path: the mapping (with its presets) names the columns, each kind of source has one typing step,
//! and every check stands in one place. Errors stop; warnings are counted; a row that does not reach the tables is
//! counted under a reason in [`FileCount::dropped`].
//!
//! What happens to doubtful rows:
//!
//! | check | what | done |
//! |---|---|---|
//! | `date_in_future` | event or visit after `data_until` | error |
//! | `starts_in_future` | unit that begins after `data_until` | warning, left out |
//! | `known_in_future` | registered or published after `data_until` | warning, kept: no feature sees it |
//! | `known_before_event` | registered before it happened | error; up to 1 % of the rows: warning, taken as known that day |
//! | `unknown_unit` | event of a unit that is not there | warning, left out unless it has an area or point; error when more than half |
//! | `unknown_area` | area code that is not in the study | warning, left out unless it has another place |
//! | `unit_outside_areas` | unit in no polygon | warning, kept without area; error when more than half |
//! | `overlapping_validity` | two occurrences at once | warning, the earlier is closed where the later begins |
//! | `empty_validity`, `ends_before_it_begins` | no day on which it holds | warning, left out |
//! | `duplicate_unit` | a unit twice without `valid_from` | error |
//! | `double_row` | event or visit repeated in full | warning, left out where it names a unit |
//! | `secret_value` | CBS marks | missing, with the flag in [`AreaFigures::secret`](crate::tables::AreaFigures::secret) |

mod areas;
mod cell;
mod csv_file;
mod events;
mod figures;
mod geojson_file;
mod geopackage;
mod locate;
mod mapping;
mod parquet_file;
mod points;
mod presets;
mod prints;
pub mod protected;
mod raw;
mod read;
mod report;
mod typed;
mod units;
mod wkb;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use prints::{FilePrints, RowChange};
pub use protected::{PROTECTED, ProtectedKind, refused};
pub use report::{CheckReport, Example, FileCount, Finding, Severity};

use crate::geometry::Projection;
use crate::geometry::plane::ProjectionError;
use crate::spec::{Plane, Source, SourceKind, UnitOfStudy};
use crate::tables::{Day, Tables};
use areas::Grid;
use events::World;
use locate::Locator;
use mapping::Settings;
use points::Ground;
use raw::RawTable;
use report::{Findings, Place};
use typed::Input;

/// What the study says besides its sources.
#[derive(Clone, Debug)]
pub struct LoadOptions<'a> {
    /// Folder of the study file; paths count from here.
    pub base: &'a Path,
    /// What `${NAME}` in a path stands for.
    pub roots: &'a BTreeMap<String, PathBuf>,
    /// Coordinate system of the tables.
    pub plane: Plane,
    /// Day of extraction: nothing can have happened after it.
    pub data_until: Day,
    /// What a row of the study is about.
    pub unit: UnitOfStudy,
}

/// The sources as tables, with what was found on the way.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked tables.
    pub tables: Tables,
    /// Warnings, and rows per file.
    pub report: CheckReport,
    /// `source/file name` → SHA-256 of the file in hexadecimal.
    pub inputs: BTreeMap<String, String>,
    /// Prints of the rows of each file, in the order of reading.
    pub prints: Vec<FilePrints>,
    /// The plane of the tables.
    pub projection: Projection,
}

/// Why sources could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The check found errors; the first is the message.
    #[error("{}", refusal(.0))]
    Refused(CheckReport),
    /// The plane could not be laid out.
    #[error("the coordinate system of the study could not be set up: {0}")]
    Projection(#[from] ProjectionError),
}

fn refusal(report: &CheckReport) -> String {
    let mut errors = report.errors();
    let first = errors.next().map(Finding::to_string).unwrap_or_default();
    match errors.count() {
        0 => first,
        more => format!("{first} (and {more} more errors)"),
    }
}

/// Reads and checks all sources of a study.
///
/// `progress` is told the source, the bytes read and the bytes in its file.
///
/// # Errors
/// [`SourceError::Refused`] with the whole report when a check found an error.
pub fn load(
    sources: &BTreeMap<String, Source>,
    options: &LoadOptions<'_>,
    progress: &dyn Fn(&str, u64, u64),
) -> Result<Loaded, SourceError> {
    let mut findings = Findings::default();
    let settings = settings(sources, options, &mut findings);
    let mut findings = stop_on_error(findings)?;
    let mut inputs: Vec<Input<'_>> = Vec::new();
    for settings in settings {
        let tables = read::source(&settings, &mut findings, progress);
        inputs.push(Input { settings, tables, points: Vec::new() });
    }
    let mut findings = stop_on_error(findings)?;
    let prints =
        inputs.iter().flat_map(|input| &input.tables).map(|table| prints_of(table, &findings)).collect();
    for input in &mut inputs {
        let missing = input.settings.number_rules("x", false).missing;
        let comma = input.settings.source.decimal_comma;
        let of = |table| points::of_table(table, options.plane, comma, &missing, &mut findings);
        input.points = input.tables.iter().map(of).collect();
    }
    let mut findings = stop_on_error(findings)?;
    let ground = ground(&inputs, options.plane)?;
    let tables = tables(&inputs, &ground, options, &mut findings)?;
    let mut findings = stop_on_error(findings)?;
    let hashes = std::mem::take(&mut findings.inputs);
    Ok(Loaded { tables, report: findings.finish(), inputs: hashes, prints, projection: ground.projection })
}

/// A file that is not what it was when its prints were taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Name of the source in the study.
    pub source: String,
    /// The file as the study names it.
    pub file: String,
    /// Where it differs.
    pub changes: Vec<RowChange>,
    /// Rows then and now.
    pub rows: (u64, u64),
}

/// Holds the files of a study against prints that were taken of them before. Only files whose SHA-256 differs are
/// told; a file that the prints do not know, or that is no longer read, is none of them.
///
/// # Errors
/// [`SourceError::Refused`] when a file cannot be read.
pub fn changed_files(
    sources: &BTreeMap<String, Source>,
    options: &LoadOptions<'_>,
    kept: &[FilePrints],
    progress: &dyn Fn(&str, u64, u64),
) -> Result<Vec<ChangedFile>, SourceError> {
    let mut findings = Findings::default();
    let settings = settings(sources, options, &mut findings);
    let mut findings = stop_on_error(findings)?;
    let mut changed = Vec::new();
    for settings in settings {
        let tables = read::source(&settings, &mut findings, progress);
        let of_source: Vec<&FilePrints> =
            kept.iter().filter(|prints| prints.source == settings.name).collect();
        for (table, prints) in tables.iter().zip(of_source) {
            let now = prints_of(table, &findings);
            if now.sha256 != prints.sha256 {
                changed.push(ChangedFile {
                    source: now.source,
                    file: now.file,
                    changes: table.digests.compare(prints),
                    rows: (prints.rows, now.rows),
                });
            }
        }
    }
    stop_on_error(findings).map(|_| changed)
}

fn prints_of(table: &RawTable, findings: &Findings) -> FilePrints {
    FilePrints {
        source: table.place.source.clone(),
        file: table.place.file.clone(),
        sha256: findings.files[table.file].sha256.clone(),
        rows: table.digests.rows() as u64,
        blocks: table.digests.prints(),
    }
}

fn stop_on_error(findings: Findings) -> Result<Findings, SourceError> {
    if findings.failed() { Err(SourceError::Refused(findings.finish())) } else { Ok(findings) }
}

/// Every source with its preset, and the errors that need no file.
fn settings<'a>(
    sources: &'a BTreeMap<String, Source>,
    options: &LoadOptions<'_>,
    findings: &mut Findings,
) -> Vec<Settings<'a>> {
    let mut all = Vec::new();
    for (name, source) in sources {
        match Settings::new(name, source, options.base, options.roots) {
            Ok(settings) => all.push(settings),
            Err(finding) => findings.add(finding),
        }
        let place = Place { source: name.clone(), file: String::new() };
        let grid = source.kind == SourceKind::Areas && source.grid_metres.is_some();
        if source.path.is_empty() && !grid {
            findings.add(place.error("setting", "the source has no file", "Set `path`").in_column("path"));
        }
        if let Some(metres) = source.grid_metres
            && !(metres.is_finite() && metres > 0.0)
        {
            let error =
                place.error("setting", "not a size of a cell", "Give the metres of a side, such as 500");
            findings.add(error.in_column("grid_metres").with_value(&metres.to_string()));
        }
        if grid && !source.grid_from.as_ref().is_some_and(|from| sources.contains_key(from)) {
            let names: Vec<String> = sources.keys().cloned().collect();
            let remedy = format!("Name one of {}", mapping::listed(&names));
            let error = place.error("setting", "the grid needs a source whose points span it", remedy);
            findings.add(error.in_column("grid_from"));
        }
    }
    let areas = sources.values().any(|source| source.kind == SourceKind::Areas);
    let units = sources.values().any(|source| source.kind == SourceKind::Units);
    let study = Place { source: "sources".to_owned(), file: String::new() };
    if !areas {
        let remedy = "Add a source with kind = \"areas\", or a grid with `grid_metres` and `grid_from`";
        findings.add(study.error("setting", "the study has no areas", remedy));
    }
    if options.unit == UnitOfStudy::Pand && !units {
        let remedy = "Add a source with kind = \"units\", or set unit = \"area\"";
        findings.add(study.error("setting", "a study of panden has no units", remedy));
    }
    all
}

/// The plane: RD, or a projection around the middle of everything that has a place.
fn ground(inputs: &[Input<'_>], plane: Plane) -> Result<Ground, ProjectionError> {
    let rd = Projection::rd()?;
    if plane == Plane::Rd {
        return Ok(Ground { plane, projection: rd.clone(), rd });
    }
    let mut ground = Ground { plane, projection: Projection::local(0.0, 0.0)?, rd };
    let (mut low, mut high) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    for points in inputs.iter().flat_map(|input| &input.points).flatten() {
        for (&x, &y) in points.x.iter().zip(&points.y) {
            // `min` and `max` pass over NaN.
            let (lon, lat) = ground.degrees(points.crs, x, y);
            low = (low.0.min(lon), low.1.min(lat));
            high = (high.0.max(lon), high.1.max(lat));
        }
    }
    if low.0.is_finite() && low.1.is_finite() {
        ground.projection = Projection::local(f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1))?;
    }
    Ok(ground)
}

fn tables(
    inputs: &[Input<'_>],
    ground: &Ground,
    options: &LoadOptions<'_>,
    findings: &mut Findings,
) -> Result<Tables, SourceError> {
    let of_kind = |kind| inputs.iter().filter(move |input| input.settings.source.kind == kind);
    let until = options.data_until;
    let area_sources: Vec<&Input<'_>> = of_kind(SourceKind::Areas).collect();
    let grids = area_sources.iter().filter_map(|input| grid(input, inputs, ground)).collect();
    let areas = areas::build(&area_sources, grids, ground, until, findings);
    if areas.code.is_empty() && !findings.failed() {
        let place = Place { source: "sources".to_owned(), file: String::new() };
        findings.add(place.error(
            "no_rows",
            "there are no areas",
            "Check the areas' files, or the points of the grid",
        ));
    }
    *findings = stop_on_error(std::mem::take(findings))?;
    let locator = Locator::new(&areas);
    let unit_sources: Vec<&Input<'_>> = of_kind(SourceKind::Units).collect();
    let units = units::build(&unit_sources, &locator, ground, until, findings);
    // Without units there is nothing that events could fail to name.
    *findings = stop_on_error(std::mem::take(findings))?;
    let areas_only = options.unit == UnitOfStudy::Area;
    let world = World { units: &units, locator: &locator, ground, until, areas_only };
    let events = of_kind(SourceKind::Events).map(|input| events::events(input, &world, findings)).collect();
    let visits = of_kind(SourceKind::Visits).map(|input| events::visits(input, &world, findings)).collect();
    let figures = of_kind(SourceKind::Figures)
        .map(|input| figures::figures(input, &areas, &locator, until, findings))
        .collect();
    drop(locator);
    Ok(Tables { areas, units, events, visits, figures })
}

/// The grid that a source of areas asks for.
fn grid(input: &Input<'_>, inputs: &[Input<'_>], ground: &Ground) -> Option<Grid> {
    let source = input.settings.source;
    let from = source.grid_from.as_ref()?;
    let spanning = inputs.iter().find(|other| other.settings.name == from)?;
    let mut grid = Grid {
        level: source.level.first().cloned().unwrap_or_else(|| "cel".to_owned()),
        metres: source.grid_metres?,
        x: Vec::new(),
        y: Vec::new(),
    };
    for at in 0..spanning.tables.len() {
        let (x, y) = units::planar(spanning, at, ground);
        grid.x.extend(x);
        grid.y.extend(y);
    }
    Some(grid)
}
