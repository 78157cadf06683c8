//! Where things are: the places of rows, and the place and area of each record.

use std::ops::Range;

use super::cohort::{NONE, most_detailed};
use super::records::Records;
use crate::spec::UnitOfStudy;
use crate::tables::{Areas, Day, Tables, Units};

/// The distinct places where a row can be: per unit each of its coordinates, or each area's inner point.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    pub(crate) points: Vec<(f64, f64)>,
    /// Per occurrence (or area): its place; `NONE` without coordinates.
    pub(crate) of_record: Vec<u32>,
}

impl Places {
    pub(crate) fn of(study: UnitOfStudy, tables: &Tables) -> Self {
        let mut places = Self::default();
        match study {
            UnitOfStudy::Pand => {
                let units = &tables.units;
                let mut first_of_unit = 0;
                for o in 0..units.unit.len() {
                    if o > 0 && units.unit[o] != units.unit[o - 1] {
                        first_of_unit = places.points.len();
                    }
                    places.add((units.x[o], units.y[o]), first_of_unit);
                }
            }
            UnitOfStudy::Area => {
                for a in 0..most_detailed(&tables.areas) as usize {
                    let own = places.points.len();
                    places.add((tables.areas.x[a], tables.areas.y[a]), own);
                }
            }
        }
        places
    }

    /// `share_from`: places from here on belong to the same unit and can be shared.
    fn add(&mut self, point: (f64, f64), share_from: usize) {
        if !(point.0.is_finite() && point.1.is_finite()) {
            self.of_record.push(NONE);
            return;
        }
        let place = match self.points[share_from..].iter().position(|p| *p == point) {
            Some(k) => share_from + k,
            None => {
                self.points.push(point);
                self.points.len() - 1
            }
        };
        self.of_record.push(u32::try_from(place).unwrap_or(NONE));
    }
}

/// Where the records of a source are. A record without coordinates (or area) that names a unit takes those
/// of the unit's occurrence that was known first, and counts there from when that one was known: so the
/// place never depends on what became known later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Located {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    /// The place counts when this is before the as-of date.
    pub(crate) placed_from: Vec<Day>,
    pub(crate) area: Vec<u32>,
    /// The area counts when this is before the as-of date.
    pub(crate) area_from: Vec<Day>,
}

impl Located {
    pub(crate) fn new(records: &Records<'_>, units: &Units, of_unit: &[Range<usize>]) -> Self {
        let mut located = Self::default();
        for i in 0..records.len() {
            let occurrences = records.unit[i].and_then(|u| of_unit.get(u as usize)).cloned().unwrap_or(0..0);
            let first =
                |has: &dyn Fn(usize) -> bool| first_known(units, occurrences.clone(), records.date[i], has);
            let (x, y, from) = if records.x[i].is_finite() && records.y[i].is_finite() {
                (records.x[i], records.y[i], Day::MIN)
            } else {
                match first(&|o| units.x[o].is_finite() && units.y[o].is_finite()) {
                    Some(o) => (units.x[o], units.y[o], units.known_from[o]),
                    None => (f64::NAN, f64::NAN, Day::MAX),
                }
            };
            located.x.push(x);
            located.y.push(y);
            located.placed_from.push(from);
            let (area, from) = match records.area[i] {
                Some(area) => (area, Day::MIN),
                None => match first(&|o| units.area[o].is_some()) {
                    Some(o) => (units.area[o].unwrap_or(NONE), units.known_from[o]),
                    None => (NONE, Day::MAX),
                },
            };
            located.area.push(area);
            located.area_from.push(from);
        }
        located
    }
}

/// The occurrence that was known first; of several, the last that had begun by that day, else the first to begin.
fn first_known(units: &Units, range: Range<usize>, day: Day, has: &dyn Fn(usize) -> bool) -> Option<usize> {
    range.filter(|&o| has(o)).min_by_key(|&o| {
        let (began, from) = (units.valid_from[o] <= day, i64::from(units.valid_from[o].0));
        (units.known_from[o], !began, if began { -from } else { from }, o)
    })
}

/// Per unit: its occurrences.
pub(crate) fn occurrences_of_units(units: &Units) -> Vec<Range<usize>> {
    let mut ranges = vec![0..0; units.id.len()];
    for (o, &unit) in units.unit.iter().enumerate() {
        if let Some(range) = ranges.get_mut(unit as usize) {
            *range = if range.start == range.end { o..o + 1 } else { range.start..o + 1 };
        }
    }
    ranges
}

/// Per area: the area of this level that it lies in (itself when it is of that level), else `NONE`.
pub(crate) fn lift(areas: &Areas, level: u8) -> Vec<u32> {
    (0..areas.code.len())
        .map(|start| {
            let mut area = start;
            // Parents rise in level; the bound keeps a faulty table from turning in circles.
            for _ in 0..=areas.levels.len() {
                if areas.level[area] >= level {
                    break;
                }
                match areas.parent[area] {
                    Some(parent) => area = parent as usize,
                    None => break,
                }
            }
            if areas.level[area] == level { u32::try_from(area).unwrap_or(NONE) } else { NONE }
        })
        .collect()
}
