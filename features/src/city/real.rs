//! Real panden (BAG voorkomens) and real areas instead of made-up ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use geo::{Coord, LineString, MultiPolygon, Polygon, unary_union};

use super::error::CityError;
use super::land::{Buurt, Kind, Land, Region};
use super::stock::{Occurrence, Pand, STATUSES, Stock, Tenure, Use};
use crate::geometry::Projection;
use crate::tables::Day;

/// Real panden, where they lie, and the day of extraction.
pub(crate) struct Town {
    pub stock: Stock,
    pub land: Land,
    pub until: NaiveDate,
}

/// Reads both files. The day of extraction is the first of the month after the newest date in the register.
pub(crate) fn read(panden: &Path, areas: &Path) -> Result<Town, CityError> {
    let rows = rows(panden)?;
    let codes: BTreeSet<&str> = rows.iter().map(|r| r.buurt.as_str()).collect();
    let land = land(areas, &codes)?;
    let place: BTreeMap<&str, u32> = land.buurten.iter().map(|b| b.code.as_str()).zip(0..).collect();
    let mut stock = Stock::default();
    let mut newest = i32::MIN;
    for group in rows.chunk_by(|a, b| a.id == b.id) {
        let Some(row) = group.last() else { continue };
        let Some(&buurt) = place.get(row.buurt.as_str()) else { continue };
        let number = u32::try_from(stock.panden.len()).unwrap_or(u32::MAX);
        let history = group.iter().map(|r| Occurrence { pand: number, ..r.occurrence.clone() }).collect();
        newest = group.iter().map(|r| r.newest).fold(newest, i32::max);
        let pand = Pand {
            id: row.id,
            x: row.x,
            y: row.y,
            buurt,
            purpose: Use::Home,
            built: row.occurrence.year,
            price: 0.0,
            area_known: true,
            label_known: false,
        };
        stock.push(pand, history, i32::MAX);
    }
    let until = Day(newest).date().and_then(|d| d.with_day(1)?.checked_add_months(chrono::Months::new(1)));
    match until {
        Some(until) => Ok(Town { stock, land, until }),
        None => Err(CityError::Areas {
            path: areas.to_path_buf(),
            why: format!("no pand of {} lies in its areas", panden.display()),
        }),
    }
}

struct Row {
    id: u64,
    buurt: String,
    x: f64,
    y: f64,
    newest: i32,
    occurrence: Occurrence,
}

struct Columns {
    id: usize,
    year: usize,
    status: usize,
    from: usize,
    to: usize,
    area: usize,
    x: usize,
    y: usize,
    buurt: usize,
}

/// The rows, sorted by pand, then by day.
fn rows(path: &Path) -> Result<Vec<Row>, CityError> {
    let csv = |source| CityError::Csv { path: path.to_path_buf(), source };
    let mut reader = csv::Reader::from_reader(open(path)?);
    let header = reader.headers().map_err(csv)?.clone();
    let at = |column: &'static str| {
        header
            .iter()
            .position(|name| name == column)
            .ok_or_else(|| CityError::Column { path: path.to_path_buf(), column })
    };
    let columns = Columns {
        id: at("pand_id")?,
        year: at("bouwjaar")?,
        status: at("status")?,
        from: at("beginGeldigheid")?,
        to: at("eindGeldigheid")?,
        area: at("opp_m2")?,
        x: at("x_rd")?,
        y: at("y_rd")?,
        buurt: at("buurtcode_2024_approx")?,
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(csv)?;
        rows.push(row(&Cells { path, record: &record }, &columns)?);
    }
    rows.sort_by_key(|r| (r.id, r.occurrence.from, r.occurrence.to));
    Ok(rows)
}

fn row(cells: &Cells<'_>, columns: &Columns) -> Result<Row, CityError> {
    let from = cells.day(columns.from, "beginGeldigheid")?;
    let to = match cells.text(columns.to) {
        "" => i32::MAX,
        _ => cells.day(columns.to, "eindGeldigheid")?,
    };
    let status = STATUSES.iter().position(|s| *s == cells.text(columns.status));
    let status = status.and_then(|s| u8::try_from(s).ok());
    #[expect(clippy::cast_possible_truncation, reason = "square metres of a footprint")]
    let area = cells.number::<f64>(columns.area, "opp_m2", "a number of square metres")? as f32;
    Ok(Row {
        id: cells.number(columns.id, "pand_id", "a pand id of 16 digits")?,
        buurt: cells.text(columns.buurt).to_owned(),
        x: cells.number(columns.x, "x_rd", "a number of metres")?,
        y: cells.number(columns.y, "y_rd", "a number of metres")?,
        newest: if to == i32::MAX { from } else { to.max(from) },
        occurrence: Occurrence {
            pand: 0,
            from,
            to,
            // The extract does not say when a voorkomen was registered.
            known: from,
            status: status.ok_or_else(|| cells.wrong(columns.status, "status", "a BAG status of a pand"))?,
            year: cells.number(columns.year, "bouwjaar", "a year")?,
            area,
            tenure: Tenure::Unknown,
            label: 0,
            rate: 0.0,
        },
    })
}

struct Cells<'a> {
    path: &'a Path,
    record: &'a csv::StringRecord,
}

impl Cells<'_> {
    fn text(&self, at: usize) -> &str {
        self.record.get(at).unwrap_or_default().trim()
    }

    fn number<T: std::str::FromStr>(
        &self,
        at: usize,
        column: &'static str,
        expected: &'static str,
    ) -> Result<T, CityError> {
        self.text(at).parse().ok().ok_or_else(|| self.wrong(at, column, expected))
    }

    fn day(&self, at: usize, column: &'static str) -> Result<i32, CityError> {
        let date = self.text(at).parse::<NaiveDate>().ok();
        date.map(|d| Day::from(d).0).ok_or_else(|| self.wrong(at, column, "a date such as 2020-08-18"))
    }

    fn wrong(&self, at: usize, column: &'static str, expected: &'static str) -> CityError {
        CityError::Cell {
            path: self.path.to_path_buf(),
            line: self.record.position().map_or(0, csv::Position::line),
            column,
            value: self.text(at).to_owned(),
            expected,
        }
    }
}

#[derive(serde::Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(serde::Deserialize)]
struct Feature {
    #[serde(default)]
    properties: serde_json::Map<String, serde_json::Value>,
    geometry: Option<Geometry>,
}

type Ring = Vec<Vec<f64>>;

#[derive(serde::Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

/// The buurten with these codes, and the wijken and gemeenten that they make up.
fn land(path: &Path, codes: &BTreeSet<&str>) -> Result<Land, CityError> {
    let broken = |why: String| CityError::Areas { path: path.to_path_buf(), why };
    let collection: Collection =
        serde_json::from_reader(open(path)?).map_err(|e| broken(format!("not readable: {e}")))?;
    let rd = Projection::rd()?;
    let mut buurten: BTreeMap<String, (String, MultiPolygon<f64>)> = BTreeMap::new();
    for feature in collection.features {
        let text = |names: &[&str]| {
            names.iter().find_map(|n| feature.properties.get(*n)?.as_str()).map(str::to_owned)
        };
        let Some(code) = text(&["buurtcode", "code"]).filter(|c| codes.contains(c.as_str())) else {
            continue;
        };
        let name = text(&["buurtnaam", "naam", "name"]).unwrap_or_else(|| code.clone());
        let polygons = match feature.geometry {
            Some(Geometry::Polygon(rings)) => vec![rings],
            Some(Geometry::MultiPolygon(polygons)) => polygons,
            None => return Err(broken(format!("area {code} has no polygon"))),
        };
        let shape = polygons
            .iter()
            .map(|rings| polygon(rings, &rd, &code, &broken))
            .collect::<Result<Vec<_>, _>>()?;
        buurten.insert(code, (name, MultiPolygon(shape)));
    }
    if let Some(missing) = codes.iter().find(|c| !c.is_empty() && !buurten.contains_key(**c)) {
        return Err(broken(format!("there is no area {missing}, which panden lie in")));
    }
    Ok(nest(buurten))
}

fn polygon(
    rings: &[Ring],
    rd: &Projection,
    code: &str,
    broken: &dyn Fn(String) -> CityError,
) -> Result<Polygon<f64>, CityError> {
    let mut lines = Vec::with_capacity(rings.len());
    for ring in rings {
        let mut line = Vec::with_capacity(ring.len());
        for point in ring {
            let [lon, lat, ..] = point[..] else {
                return Err(broken(format!("area {code} has a point without two coordinates")));
            };
            let (x, y) = rd.from_wgs84(lon, lat)?;
            line.push(Coord { x: (x * 100.0).round() / 100.0, y: (y * 100.0).round() / 100.0 });
        }
        lines.push(LineString(line));
    }
    if lines.is_empty() {
        return Err(broken(format!("area {code} has a polygon without a ring")));
    }
    let outer = lines.remove(0);
    Ok(Polygon::new(outer, lines))
}

fn nest(buurten: BTreeMap<String, (String, MultiPolygon<f64>)>) -> Land {
    let level = |prefix: &str, digits: usize| -> Vec<Region> {
        let mut groups: BTreeMap<String, Vec<&MultiPolygon<f64>>> = BTreeMap::new();
        for (code, (_, shape)) in &buurten {
            let digits = code.get(2..2 + digits).unwrap_or_default();
            groups.entry(format!("{prefix}{digits}")).or_default().push(shape);
        }
        let region = |(code, shapes): (String, Vec<&MultiPolygon<f64>>)| {
            let union = unary_union(shapes);
            Region { name: code.clone(), code, shape: in_centimetres(union) }
        };
        groups.into_iter().map(region).collect()
    };
    let (wijken, gemeenten) = (level("WK", 6), level("GM", 4));
    let wijk_of = |code: &str| wijken.iter().position(|w| w.code.get(2..) == code.get(2..8)).unwrap_or(0);
    let buurten = buurten
        .iter()
        .map(|(code, (name, shape))| Buurt {
            code: code.clone(),
            name: name.clone(),
            wijk: wijk_of(code),
            kind: Kind::Suburb,
            shape: shape.clone(),
        })
        .collect();
    Land { gemeenten, wijken, buurten }
}

/// The union's corners again on the centimetres that its parts were given on.
fn in_centimetres(mut shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    use geo::MapCoordsInPlace;
    shape.map_coords_in_place(|c| Coord {
        x: (c.x * 100.0).round() / 100.0,
        y: (c.y * 100.0).round() / 100.0,
    });
    shape
}

fn open(path: &Path) -> Result<Box<dyn Read>, CityError> {
    let file = File::open(path).map_err(CityError::io(path, "open the file"))?;
    let reader = BufReader::new(file);
    let packed = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    Ok(if packed { Box::new(BufReader::new(flate2::read::GzDecoder::new(reader))) } else { Box::new(reader) })
}
