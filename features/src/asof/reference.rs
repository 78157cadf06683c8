//! The slow, obvious definition of every feature and outcome: loops over everything, nothing shared with
//! the real computation but the tables and the study's words.

use models::Outcome;

use super::{Calendar, Span};
use crate::spec::{Aggregate, FeatureSpec, Over, Target, UnitOfStudy, Unseen};
use crate::tables::{Column, Day, Tables};

pub(crate) struct Row {
    pub(crate) subject: usize,
    record: usize,
    pub(crate) area: Option<usize>,
    place: (f64, f64),
    pub(crate) exposure: f64,
}

struct Record<'a> {
    date: Day,
    known: Day,
    unit: Option<usize>,
    area: Option<usize>,
    place: (f64, f64),
    count: f64,
    outcome: Option<Outcome>,
    columns: &'a [Column],
    at: usize,
}

pub(crate) struct Reference<'a> {
    pub(crate) study: UnitOfStudy,
    pub(crate) tables: &'a Tables,
    pub(crate) target: &'a Target,
    pub(crate) calendar: &'a Calendar,
}

fn at(i: Option<u32>) -> Option<usize> {
    i.map(|i| i as usize)
}

impl Reference<'_> {
    pub(crate) fn rows(&self, t: Day) -> Vec<Row> {
        let (units, areas) = (&self.tables.units, &self.tables.areas);
        let mut rows = Vec::new();
        let exposure = |columns: &[Column], record: usize| match self.target.exposure.as_str() {
            "one" => 1.0,
            name => f64::from(columns.iter().find(|c| c.name == name).unwrap().values[record]),
        };
        if self.study == UnitOfStudy::Area {
            for a in (0..areas.code.len()).filter(|&a| areas.level[a] == 0) {
                let exposure = exposure(&areas.columns, a);
                rows.push(Row {
                    subject: a,
                    record: a,
                    area: Some(a),
                    place: (areas.x[a], areas.y[a]),
                    exposure,
                });
            }
        } else {
            for u in 0..units.id.len() {
                let mut best: Option<usize> = None;
                for o in (0..units.unit.len()).filter(|&o| units.unit[o] as usize == u) {
                    let takes_over = |s: &usize| {
                        *s != o && units.unit[*s] as usize == u && units.valid_from[*s] == units.valid_to[o]
                    };
                    let next: Vec<usize> = (0..units.unit.len()).filter(takes_over).collect();
                    let end_unknown = !next.is_empty() && next.iter().all(|&s| units.known_from[s] >= t);
                    let holds = units.valid_from[o] <= t && (t < units.valid_to[o] || end_unknown);
                    let newer = best.is_none_or(|b| {
                        (units.valid_from[o], units.known_from[o])
                            >= (units.valid_from[b], units.known_from[b])
                    });
                    if units.known_from[o] < t && holds && newer {
                        best = Some(o);
                    }
                }
                if let Some(o) = best.filter(|&o| units.exists[o]) {
                    let place = (units.x[o], units.y[o]);
                    let exposure = exposure(&units.columns, o);
                    rows.push(Row { subject: u, record: o, area: at(units.area[o]), place, exposure });
                }
            }
        }
        rows.retain(|r| r.exposure > 0.0);
        rows
    }

    fn records(&self, source: &str) -> Vec<Record<'_>> {
        if let Some(e) = self.tables.events.iter().find(|e| e.source == source) {
            return (0..e.date.len())
                .map(|i| Record {
                    date: e.date[i],
                    known: e.known_from[i],
                    unit: at(e.unit[i]),
                    area: at(e.area[i]),
                    place: (e.x[i], e.y[i]),
                    count: f64::from(e.count[i]),
                    outcome: None,
                    columns: &e.columns,
                    at: i,
                })
                .collect();
        }
        let v = self.tables.visits.iter().find(|v| v.source == source).unwrap();
        (0..v.date.len())
            .map(|i| Record {
                date: v.date[i],
                known: v.known_from[i],
                unit: at(v.unit[i]),
                area: at(v.area[i]),
                place: (v.x[i], v.y[i]),
                count: 1.0,
                outcome: Some(v.outcome[i]),
                columns: &v.columns,
                at: i,
            })
            .collect()
    }

    /// The occurrence that lends its place or area to a record that has none itself.
    fn lender(&self, record: &Record<'_>, has: impl Fn(usize) -> bool) -> Option<usize> {
        let units = &self.tables.units;
        let own: Vec<usize> = (0..units.unit.len())
            .filter(|&o| Some(units.unit[o] as usize) == record.unit && has(o))
            .collect();
        let first = own.iter().map(|&o| units.known_from[o]).min()?;
        let known: Vec<usize> = own.into_iter().filter(|&o| units.known_from[o] == first).collect();
        let begun = known.iter().copied().filter(|&o| units.valid_from[o] <= record.date);
        let latest = begun.clone().map(|o| units.valid_from[o]).max();
        match latest {
            Some(day) => begun.clone().find(|&o| units.valid_from[o] == day),
            None => known.into_iter().min_by_key(|&o| units.valid_from[o]),
        }
    }

    fn place(&self, record: &Record<'_>, t: Day) -> Option<(f64, f64)> {
        let units = &self.tables.units;
        if record.place.0.is_finite() {
            return Some(record.place);
        }
        let o = self.lender(record, |o| units.x[o].is_finite())?;
        (units.known_from[o] < t).then_some((units.x[o], units.y[o]))
    }

    fn area(&self, record: &Record<'_>, t: Day) -> Option<usize> {
        let units = &self.tables.units;
        if record.area.is_some() {
            return record.area;
        }
        let o = self.lender(record, |o| units.area[o].is_some())?;
        if units.known_from[o] < t { at(units.area[o]) } else { None }
    }

    fn up(&self, area: Option<usize>, level: usize) -> Option<usize> {
        let areas = &self.tables.areas;
        let mut area = area?;
        while usize::from(areas.level[area]) < level {
            area = areas.parent[area]? as usize;
        }
        (usize::from(areas.level[area]) == level).then_some(area)
    }

    fn level(&self, spec: &FeatureSpec) -> usize {
        let levels = &self.tables.areas.levels;
        spec.level.as_ref().map_or(0, |name| levels.iter().position(|l| l == name).unwrap())
    }

    /// Weight of a record for a row, `None` when it does not count; `radius` for radii.
    fn weight(&self, spec: &FeatureSpec, radius: f64, row: &Row, record: &Record<'_>, t: Day) -> Option<f64> {
        match (spec.over, self.study) {
            (Over::Unit, UnitOfStudy::Pand) => (record.unit == Some(row.subject)).then_some(1.0),
            (Over::Unit, UnitOfStudy::Area) | (Over::Area, _) => {
                let level = self.level(spec);
                let area = self.up(self.area(record, t), level);
                (area.is_some() && area == self.up(row.area, level)).then_some(1.0)
            }
            (Over::Radius, _) => {
                let place = self.place(record, t)?;
                let (dx, dy) = (place.0 - row.place.0, place.1 - row.place.1);
                let near = dx * dx + dy * dy <= radius * radius;
                near.then(|| spec.decay_metres.map_or(1.0, |d| (-(dx * dx + dy * dy).sqrt() / d).exp()))
            }
        }
    }

    /// Whether the feature can have a value for the row at all.
    fn somewhere(&self, spec: &FeatureSpec, row: &Row) -> bool {
        match (spec.over, self.study) {
            (Over::Unit, _) => true,
            (Over::Area, _) => self.up(row.area, self.level(spec)).is_some(),
            (Over::Radius, _) => row.place.0.is_finite(),
        }
    }

    fn exposure_there(&self, spec: &FeatureSpec, radius: f64, row: &Row, rows: &[Row]) -> f64 {
        rows.iter()
            .filter(|other| match spec.over {
                Over::Unit => other.subject == row.subject,
                Over::Area => self.up(other.area, self.level(spec)) == self.up(row.area, self.level(spec)),
                Over::Radius => {
                    let (dx, dy) = (other.place.0 - row.place.0, other.place.1 - row.place.1);
                    dx * dx + dy * dy <= radius * radius
                }
            })
            .map(|other| other.exposure)
            .sum()
    }

    fn value(spec: &FeatureSpec, record: &Record<'_>) -> f64 {
        let name = spec.column.as_deref().unwrap();
        let is = |yes: bool| if yes { 1.0 } else { 0.0 };
        match (name, record.outcome) {
            ("found" | "nothing_found" | "no_access", Some(Outcome::Unknown)) => f64::NAN,
            ("found", Some(outcome)) => is(matches!(outcome, Outcome::Found(_))),
            ("nothing_found", Some(outcome)) => is(outcome == Outcome::NothingFound),
            ("no_access", Some(outcome)) => is(outcome == Outcome::NoAccess),
            _ => f64::from(record.columns.iter().find(|c| c.name == name).unwrap().values[record.at]),
        }
    }

    /// All columns of a feature.
    pub(crate) fn columns(&self, spec: &FeatureSpec, t: Day) -> Vec<Vec<f64>> {
        let rows = self.rows(t);
        let radii = if spec.radii.is_empty() { vec![0.0] } else { spec.radii.clone() };
        let windows: Vec<Option<Span>> = match spec.windows.is_empty() {
            true => vec![None],
            false => spec.windows.iter().map(|w| Some(Span::parse(w, "").unwrap())).collect(),
        };
        let mut columns = Vec::new();
        for &radius in &radii {
            for window in &windows {
                let start = window.map_or(Day::MIN, |w| w.before(t));
                let column: Vec<f64> = match spec.from {
                    Aggregate::ShrunkenRate => self.shrunken(spec, radius, start, &rows, t),
                    _ => rows.iter().map(|row| self.one(spec, radius, start, row, &rows, t)).collect(),
                };
                let missing = column.iter().map(|v| if v.is_nan() { 1.0 } else { 0.0 }).collect();
                columns.push(column);
                if spec.missing_flag {
                    columns.push(missing);
                }
            }
        }
        columns
    }

    fn one(&self, spec: &FeatureSpec, radius: f64, start: Day, row: &Row, rows: &[Row], t: Day) -> f64 {
        match spec.from {
            Aggregate::Column | Aggregate::YearsSince => return self.plain(spec, row, t),
            Aggregate::Published => return self.published(spec, row, t),
            _ if !self.somewhere(spec, row) => return f64::NAN,
            _ => {}
        }
        let (mut n, mut sum, mut values, mut last, mut weights) = (0.0, 0.0, 0.0, None, 0.0);
        let mut last_value = f64::NAN;
        for record in self.records(spec.source.as_deref().unwrap()) {
            let visible = record.date < t && record.known < t && record.date >= start;
            let Some(weight) = self.weight(spec, radius, row, &record, t).filter(|_| visible) else {
                continue;
            };
            n += weight * record.count;
            if record.count > 0.0 {
                last = Some(record.date);
            }
            if spec.column.is_some() {
                let value = Self::value(spec, &record);
                last_value = value;
                if !value.is_nan() {
                    sum += weight * value;
                    values += 1.0;
                    weights += weight;
                }
            }
        }
        let divisor = if spec.per_exposure { self.exposure_there(spec, radius, row, rows) } else { 1.0 };
        match spec.from {
            Aggregate::Count => n / divisor,
            Aggregate::Any => {
                if n > 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Aggregate::DaysSince => last.map_or(f64::NAN, |d| f64::from(t.0 - d.0)),
            Aggregate::Mean => {
                if values > 0.0 {
                    sum / weights
                } else {
                    f64::NAN
                }
            }
            Aggregate::Sum => sum / divisor,
            Aggregate::Last => last_value,
            _ => unreachable!(),
        }
    }

    /// Rates over the distinct groups of the rows, shrunk by weighted moments.
    fn shrunken(&self, spec: &FeatureSpec, radius: f64, start: Day, rows: &[Row], t: Day) -> Vec<f64> {
        let records = self.records(spec.source.as_deref().unwrap());
        let first = records.iter().filter(|r| r.date < t && r.known < t).map(|r| r.date).min().unwrap_or(t);
        let years = f64::from((t.0 - start.max(first).0).max(1)) / 365.25;
        let mut count = spec.clone();
        (count.from, count.per_exposure) = (Aggregate::Count, false);
        // Group, count, exposure per row.
        let of_row: Vec<(usize, f64, f64)> = rows
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let group = match spec.over {
                    Over::Area => self.up(row.area, self.level(spec)).unwrap_or(usize::MAX),
                    _ => i,
                };
                let n = self.one(&count, radius, start, row, rows, t);
                (group, n, self.exposure_there(spec, radius, row, rows) * years)
            })
            .collect();
        let mut groups: Vec<(usize, f64, f64)> = of_row.iter().copied().filter(|g| !g.1.is_nan()).collect();
        groups.sort_by_key(|g| g.0);
        groups.dedup_by_key(|g| g.0);
        let (n, e): (f64, f64) = groups.iter().fold((0.0, 0.0), |s, g| (s.0 + g.1, s.1 + g.2));
        let mean = n / e;
        let spread = groups.iter().map(|g| g.2 * (g.1 / g.2 - mean).powi(2)).sum::<f64>() / e;
        let beyond = spread - mean / (e / groups.len() as f64);
        of_row
            .iter()
            .map(|&(_, n, e)| match n.is_nan() {
                true => f64::NAN,
                false if beyond <= 0.0 => mean,
                false => (n + mean * mean / beyond) / (e + mean / beyond),
            })
            .collect()
    }

    fn plain(&self, spec: &FeatureSpec, row: &Row, t: Day) -> f64 {
        let name = spec.column.as_deref().unwrap();
        let own = match self.study {
            UnitOfStudy::Pand => &self.tables.units.columns,
            UnitOfStudy::Area => &self.tables.areas.columns,
        };
        let find = |columns: &[Column]| columns.iter().find(|c| c.name == name).cloned();
        let value = match (spec.over, find(own)) {
            (Over::Unit, Some(column)) => f64::from(column.values[row.record]),
            _ => {
                let column = find(&self.tables.areas.columns).unwrap();
                self.up(row.area, self.level(spec)).map_or(f64::NAN, |a| f64::from(column.values[a]))
            }
        };
        match spec.from {
            Aggregate::YearsSince => f64::from(chrono::Datelike::year(&t.date().unwrap())) - value,
            _ => value,
        }
    }

    fn published(&self, spec: &FeatureSpec, row: &Row, t: Day) -> f64 {
        let figures = self.tables.figures.iter().find(|f| Some(&f.source) == spec.source.as_ref()).unwrap();
        let c = figures.columns.iter().position(|c| Some(&c.name) == spec.column.as_ref()).unwrap();
        let Some(area) = self.up(row.area, self.level(spec)) else { return f64::NAN };
        let mut best: Option<usize> = None;
        for i in 0..figures.area.len() {
            let there = !figures.columns[c].values[i].is_nan() || figures.secret[c][i];
            let newer = best.is_none_or(|b| {
                (figures.year[i], figures.published[i]) >= (figures.year[b], figures.published[b])
            });
            if figures.area[i] as usize == area && figures.published[i] < t && there && newer {
                best = Some(i);
            }
        }
        best.filter(|&i| !figures.secret[c][i]).map_or(f64::NAN, |i| f64::from(figures.columns[c].values[i]))
    }

    /// Outcome per row by what was known before `known_by`.
    pub(crate) fn outcomes(&self, t: Day, known_by: Option<Day>) -> Vec<Outcome> {
        let until = self.calendar.horizon.after(t);
        let complete =
            self.calendar.reporting_delay.after(until) <= known_by.unwrap_or(self.calendar.data_until);
        let mut outcomes = Vec::new();
        for row in self.rows(t) {
            let is_of_row = |record: &Record<'_>| match self.study {
                UnitOfStudy::Pand => record.unit == Some(row.subject),
                UnitOfStudy::Area => self.area(record, Day::MAX) == Some(row.subject),
            };
            let seen = |source: &Option<String>| -> Vec<(f64, Option<Outcome>)> {
                let Some(source) = source else { return vec![] };
                self.records(source)
                    .iter()
                    .filter(|r| r.date > t && r.date <= until && known_by.is_none_or(|k| r.known < k))
                    .filter(|r| is_of_row(r))
                    .map(|r| (r.count, r.outcome))
                    .collect()
            };
            let events: f64 = seen(&self.target.events).iter().map(|e| e.0).sum();
            let visits: Vec<Outcome> = seen(&self.target.visits).iter().filter_map(|v| v.1).collect();
            let by_visit: u32 = visits.iter().map(|v| v.finds()).sum();
            let finds = (events as u32).max(by_visit);
            outcomes.push(match self.target.unseen {
                _ if finds > 0 => Outcome::Found(finds),
                _ if visits.contains(&Outcome::NothingFound) => Outcome::NothingFound,
                _ if visits.contains(&Outcome::NoAccess) => Outcome::NoAccess,
                Unseen::NothingFound if complete => Outcome::NothingFound,
                _ => Outcome::Unknown,
            });
        }
        outcomes
    }
}
