//! Replacing the future by noise.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::cohort::end_known_later;
use super::place::occurrences_of_units;
use crate::tables::{AreaFigures, Column, Day, Events, Tables, Units, VisitReason, Visits};

/// How far around `t` noise lies, in days.
const REACH: i32 = 800;

/// Replaces everything that was known at or after `t` by noise: rows known before `t` stay as they are;
/// of the others some are changed, some go, and new ones come. For occurrences of units, an end that came
/// to be known at or after `t` (or lies after it) becomes another day after `t`. Whatever is computed as of
/// `t` must not notice. The order of the tables is kept.
#[must_use]
pub fn scramble(tables: &Tables, t: Day, seed: u64) -> Tables {
    let mut noise = Noise {
        rng: ChaCha8Rng::seed_from_u64(seed ^ u64::from(t.0.cast_unsigned()).rotate_left(32)),
        t,
        units: u32::try_from(tables.units.id.len()).unwrap_or(u32::MAX),
        areas: u32::try_from(tables.areas.code.len()).unwrap_or(u32::MAX),
        corners: corners(tables),
    };
    Tables {
        areas: tables.areas.clone(),
        units: noise.units(&tables.units),
        events: tables.events.iter().map(|e| noise.events(e)).collect(),
        visits: tables.visits.iter().map(|v| noise.visits(v)).collect(),
        figures: tables.figures.iter().map(|f| noise.figures(f)).collect(),
    }
}

/// A row of the scrambled table: one of the original kept as it is, or noise.
#[derive(Clone, Copy)]
enum Row {
    Kept(usize),
    /// Noise; values are drawn from those of any original rows.
    Noise,
}

struct Noise {
    rng: ChaCha8Rng,
    t: Day,
    units: u32,
    areas: u32,
    corners: [(f64, f64); 2],
}

impl Noise {
    /// Rows known before `t`, and for each other row none, one or two of noise; always some.
    fn choose(&mut self, known_from: &[Day]) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut future = 4;
        for (i, &known) in known_from.iter().enumerate() {
            if known < self.t { rows.push(Row::Kept(i)) } else { future += 1 }
        }
        for _ in 0..future {
            rows.extend(vec![Row::Noise; self.rng.random_range(0..3)]);
        }
        rows.push(Row::Noise);
        rows
    }

    /// At or after `t`; often `t` itself, where `<` and `<=` differ.
    fn known(&mut self) -> Day {
        if self.rng.random_bool(0.3) { self.t } else { self.t.plus_days(self.rng.random_range(0..REACH)) }
    }

    fn date(&mut self) -> Day {
        self.t.plus_days(self.rng.random_range(-REACH..REACH))
    }

    fn point(&mut self) -> (f64, f64) {
        let [low, high] = self.corners;
        if self.rng.random_bool(0.1) {
            return (f64::NAN, f64::NAN);
        }
        let mut between = |a: f64, b: f64| a + (b - a) * self.rng.random::<f64>();
        (between(low.0, high.0), between(low.1, high.1))
    }

    fn maybe(&mut self, n: u32) -> Option<u32> {
        (n > 0 && self.rng.random_bool(0.8)).then(|| self.rng.random_range(0..n))
    }

    /// The column with noise drawn from its own values, so that categories and whole numbers stay so.
    fn column(&mut self, column: &Column, rows: &[Row]) -> Column {
        let values = rows.iter().map(|row| self.value(&column.values, *row, f32::NAN)).collect();
        Column { name: column.name.clone(), values, categories: column.categories.clone() }
    }

    fn value<T: Copy>(&mut self, values: &[T], row: Row, otherwise: T) -> T {
        match row {
            Row::Kept(i) => values[i],
            Row::Noise if values.is_empty() => otherwise,
            Row::Noise => values[self.rng.random_range(0..values.len())],
        }
    }

    fn dated(&mut self, date: &[Day], known_from: &[Day]) -> (Vec<Row>, Vec<Day>, Vec<Day>) {
        let mut rows: Vec<(Day, Day, Row)> = self
            .choose(known_from)
            .into_iter()
            .map(|row| match row {
                Row::Kept(i) => (date[i], known_from[i], row),
                Row::Noise => (self.date(), self.known(), row),
            })
            .collect();
        rows.sort_by_key(|r| (r.0, r.1));
        (
            rows.iter().map(|r| r.2).collect(),
            rows.iter().map(|r| r.0).collect(),
            rows.iter().map(|r| r.1).collect(),
        )
    }

    fn placed(&mut self, rows: &[Row], x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
        rows.iter()
            .map(|row| match row {
                Row::Kept(i) => (x[*i], y[*i]),
                Row::Noise => self.point(),
            })
            .unzip()
    }

    fn named(&mut self, rows: &[Row], of: &[Option<u32>], n: u32) -> Vec<Option<u32>> {
        rows.iter()
            .map(|row| match row {
                Row::Kept(i) => of[*i],
                Row::Noise => self.maybe(n),
            })
            .collect()
    }

    fn columns(&mut self, columns: &[Column], rows: &[Row]) -> Vec<Column> {
        columns.iter().map(|c| self.column(c, rows)).collect()
    }

    fn events(&mut self, events: &Events) -> Events {
        let (rows, date, known_from) = self.dated(&events.date, &events.known_from);
        let (x, y) = self.placed(&rows, &events.x, &events.y);
        Events {
            source: events.source.clone(),
            date,
            known_from,
            unit: self.named(&rows, &events.unit, self.units),
            area: self.named(&rows, &events.area, self.areas),
            x,
            y,
            count: rows.iter().map(|row| self.value(&events.count, *row, 1.0)).collect(),
            columns: self.columns(&events.columns, &rows),
        }
    }

    fn visits(&mut self, visits: &Visits) -> Visits {
        let (rows, date, known_from) = self.dated(&visits.date, &visits.known_from);
        let (x, y) = self.placed(&rows, &visits.x, &visits.y);
        Visits {
            source: visits.source.clone(),
            date,
            known_from,
            unit: self.named(&rows, &visits.unit, self.units),
            area: self.named(&rows, &visits.area, self.areas),
            x,
            y,
            outcome: rows
                .iter()
                .map(|r| self.value(&visits.outcome, *r, models::Outcome::Found(1)))
                .collect(),
            reason: rows.iter().map(|r| self.value(&visits.reason, *r, VisitReason::Unknown)).collect(),
            list_position: self.named(&rows, &visits.list_position, 100),
            probability: rows.iter().map(|r| self.value(&visits.probability, *r, f32::NAN)).collect(),
            columns: self.columns(&visits.columns, &rows),
        }
    }

    fn figures(&mut self, figures: &AreaFigures) -> AreaFigures {
        let mut rows = self.choose(&figures.published);
        if self.areas == 0 {
            rows.retain(|r| matches!(r, Row::Kept(_)));
        }
        let year = super::span::year_of(self.t).unwrap_or_default();
        let mut scrambled = AreaFigures { source: figures.source.clone(), ..AreaFigures::default() };
        for row in &rows {
            let (area, year, published) = match row {
                Row::Kept(i) => (figures.area[*i], figures.year[*i], figures.published[*i]),
                Row::Noise => (
                    self.rng.random_range(0..self.areas.max(1)),
                    year + self.rng.random_range(-3..4),
                    self.known(),
                ),
            };
            scrambled.area.push(area);
            scrambled.year.push(year);
            scrambled.published.push(published);
        }
        scrambled.columns = self.columns(&figures.columns, &rows);
        let withheld = |s: &Vec<bool>, row: &Row, rng: &mut ChaCha8Rng| match row {
            Row::Kept(i) => s.get(*i).copied().unwrap_or(false),
            Row::Noise => rng.random_bool(0.1),
        };
        scrambled.secret = figures
            .secret
            .iter()
            .map(|s| rows.iter().map(|row| withheld(s, row, &mut self.rng)).collect())
            .collect();
        scrambled
    }

    fn units(&mut self, units: &Units) -> Units {
        if units.id.is_empty() {
            return units.clone();
        }
        let of_unit = occurrences_of_units(units);
        // unit, valid_from, valid_to, known_from, row
        let mut rows: Vec<(u32, Day, Day, Day, Row)> = Vec::new();
        for row in self.choose(&units.known_from) {
            match row {
                Row::Kept(o) => {
                    let range = of_unit[units.unit[o] as usize].clone();
                    let open = units.valid_to[o] > self.t || end_known_later(units, range, o, self.t);
                    let end = if open { self.later_end() } else { units.valid_to[o] };
                    rows.push((units.unit[o], units.valid_from[o], end, units.known_from[o], row));
                }
                Row::Noise => {
                    let unit = self.rng.random_range(0..self.units);
                    let range = of_unit[unit as usize].clone();
                    // A row that takes over where another ended would tell when that end was known.
                    let free = |day: Day| range.clone().all(|o| units.valid_to[o] != day);
                    let from = self.date();
                    if free(from) {
                        let end = self.later_end().max(from.plus_days(1));
                        rows.push((unit, from, end, self.known(), row));
                    }
                }
            }
        }
        rows.sort_by_key(|r| (r.0, r.1));
        let picked: Vec<Row> = rows.iter().map(|r| r.4).collect();
        let (x, y) = self.placed(&picked, &units.x, &units.y);
        Units {
            id: units.id.clone(),
            unit: rows.iter().map(|r| r.0).collect(),
            valid_from: rows.iter().map(|r| r.1).collect(),
            valid_to: rows.iter().map(|r| r.2).collect(),
            known_from: rows.iter().map(|r| r.3).collect(),
            exists: picked.iter().map(|r| self.value(&units.exists, *r, true)).collect(),
            x,
            y,
            area: self.named(&picked, &units.area, self.areas),
            columns: self.columns(&units.columns, &picked),
        }
    }

    fn later_end(&mut self) -> Day {
        if self.rng.random_bool(0.5) { Day::MAX } else { self.t.plus_days(self.rng.random_range(1..REACH)) }
    }
}

/// Corners of all coordinates.
fn corners(tables: &Tables) -> [(f64, f64); 2] {
    let span = |values: &mut dyn Iterator<Item = f64>| {
        values
            .filter(|v| v.is_finite())
            .fold(None, |range: Option<(f64, f64)>, v| {
                Some(range.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
            })
            .unwrap_or((0.0, 0.0))
    };
    let (west, east) = span(&mut tables.units.x.iter().chain(&tables.areas.x).copied());
    let (south, north) = span(&mut tables.units.y.iter().chain(&tables.areas.y).copied());
    [(west, south), (east, north)]
}
