//! Small made-up towns for tests: everything that can be odd is odd somewhere.

use models::{Outcome, Text};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Calendar, Span};
use crate::spec::{Aggregate, FeatureSpec, Over, Target, UnknownInTraining, Unseen};
use crate::tables::{AreaFigures, Areas, Column, Day, Events, Tables, Units, VisitReason, Visits};

/// First day on which anything happens: 1 January 2020.
pub(crate) const START: i32 = 18_262;

pub(crate) struct Town {
    rng: ChaCha8Rng,
    /// Days over which things happen.
    days: i32,
    units: u32,
    side: f64,
}

impl Town {
    pub(crate) fn small(seed: u64) -> Tables {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), days: 500, units: 14, side: 200.0 }.tables(30)
    }

    /// More places than fit in one tile.
    pub(crate) fn large(seed: u64) -> Tables {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), days: 500, units: 40_000, side: 9_000.0 }.tables(400)
    }

    fn tables(mut self, records: usize) -> Tables {
        let areas = areas();
        let units = self.units();
        let events = vec![self.events("vondsten", records), self.events("meldingen", records)];
        let visits = vec![self.visits("controles", records)];
        let figures = vec![self.figures("kerncijfers")];
        Tables { areas, units, events, visits, figures }
    }

    fn chance(&mut self, p: f64) -> bool {
        self.rng.random_bool(p)
    }

    fn day(&mut self) -> Day {
        Day(START + self.rng.random_range(0..self.days))
    }

    /// On a coarse grid, so that distances often equal a radius exactly.
    fn point(&mut self) -> (f64, f64) {
        if self.chance(0.1) {
            return (f64::NAN, f64::NAN);
        }
        let mut on_grid = || (self.rng.random::<f64>() * self.side / 10.0).round() * 10.0;
        (on_grid(), on_grid())
    }

    fn number(&mut self) -> f32 {
        if self.chance(0.2) { f32::NAN } else { f32::from(self.rng.random_range(0..9_u8)) }
    }

    fn columns(&mut self, rows: usize) -> Vec<Column> {
        let mut kind = || {
            if self.rng.random_bool(0.2) { f32::NAN } else { f32::from(self.rng.random_range(0..3_u8)) }
        };
        let kinds = (0..rows).map(|_| kind()).collect();
        let numbers = (0..rows).map(|_| self.number()).collect();
        vec![
            Column { name: "omvang".to_owned(), values: numbers, categories: vec![] },
            Column {
                name: "soort".to_owned(),
                values: kinds,
                categories: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            },
        ]
    }

    fn units(&mut self) -> Units {
        let mut units =
            Units { id: (0..self.units).map(|u| format!("pand {u:06}")).collect(), ..Units::default() };
        for unit in 0..self.units {
            let mut from = if self.chance(0.5) { Day::MIN } else { self.day() };
            let mut place = self.point();
            let occurrences = self.rng.random_range(1..4);
            for o in 0..occurrences {
                let last = o + 1 == occurrences;
                let next = Day(from.0.max(START) + self.rng.random_range(1..200));
                let ends = !last || self.chance(0.2);
                if self.chance(0.3) {
                    place = self.point();
                }
                let known =
                    if from == Day::MIN { from } else { from.plus_days(self.rng.random_range(-20..60)) };
                let area = self.rng.random_range(0..6_u32);
                let exists = self.chance(0.85);
                units.unit.push(unit);
                units.valid_from.push(from);
                units.valid_to.push(if ends { next } else { Day::MAX });
                units.known_from.push(known);
                units.exists.push(exists);
                units.x.push(place.0);
                units.y.push(place.1);
                units.area.push((area < 5).then_some(area.min(4)));
                from = if self.chance(0.8) { next } else { next.plus_days(7) };
            }
        }
        units.columns = self.columns(units.unit.len());
        let years = (0..units.unit.len()).map(|_| 1900.0 + self.number()).collect();
        let homes = (0..units.unit.len()).map(|_| self.number()).collect();
        units.columns.push(Column { name: "bouwjaar".to_owned(), values: years, categories: vec![] });
        units.columns.push(Column { name: "woningen".to_owned(), values: homes, categories: vec![] });
        units
    }

    /// Date and known-from date of each record, in order.
    fn dates(&mut self, n: usize) -> (Vec<Day>, Vec<Day>) {
        let mut dates: Vec<(Day, Day)> = (0..n)
            .map(|_| {
                let date = self.day();
                (date, date.plus_days(self.rng.random_range(0..40)))
            })
            .collect();
        dates.sort();
        dates.into_iter().unzip()
    }

    fn some(&mut self, n: usize, below: u32) -> Vec<Option<u32>> {
        (0..n).map(|_| self.chance(0.6).then(|| self.rng.random_range(0..below))).collect()
    }

    fn events(&mut self, source: &str, n: usize) -> Events {
        let (date, known_from) = self.dates(n);
        let (x, y) =
            (0..n).map(|_| if self.chance(0.4) { (f64::NAN, f64::NAN) } else { self.point() }).unzip();
        Events {
            source: source.to_owned(),
            date,
            known_from,
            unit: self.some(n, self.units),
            area: self.some(n, 8),
            x,
            y,
            count: (0..n).map(|_| f32::from(self.rng.random_range(0..3_u8))).collect(),
            columns: self.columns(n),
        }
    }

    fn visits(&mut self, source: &str, n: usize) -> Visits {
        let (date, known_from) = self.dates(n);
        let (x, y) =
            (0..n).map(|_| if self.chance(0.4) { (f64::NAN, f64::NAN) } else { self.point() }).unzip();
        let outcomes = [
            Outcome::Found(1),
            Outcome::Found(2),
            Outcome::NothingFound,
            Outcome::NoAccess,
            Outcome::Unknown,
        ];
        Visits {
            source: source.to_owned(),
            date,
            known_from,
            unit: self.some(n, self.units),
            area: self.some(n, 5),
            x,
            y,
            outcome: (0..n).map(|_| outcomes[self.rng.random_range(0..outcomes.len())]).collect(),
            reason: vec![VisitReason::Unknown; n],
            list_position: vec![None; n],
            probability: vec![f32::NAN; n],
            columns: self.columns(n),
        }
    }

    fn figures(&mut self, source: &str) -> AreaFigures {
        let n = 30;
        AreaFigures {
            source: source.to_owned(),
            area: (0..n).map(|_| self.rng.random_range(0..8)).collect(),
            year: (0..n).map(|_| self.rng.random_range(2018..2022)).collect(),
            published: (0..n).map(|_| self.day()).collect(),
            columns: self.columns(n),
            secret: vec![(0..n).map(|_| self.rng.random_bool(0.1)).collect(), vec![false; n]],
        }
    }
}

/// Five buurten in two wijken (one buurt outside both) in one gemeente.
fn areas() -> Areas {
    let code = ["BU1", "BU2", "BU3", "BU4", "BU5", "WK1", "WK2", "GM1"].map(str::to_owned).to_vec();
    Areas {
        levels: ["buurt", "wijk", "gemeente"].map(str::to_owned).to_vec(),
        name: code.clone(),
        code,
        level: vec![0, 0, 0, 0, 0, 1, 1, 2],
        parent: vec![Some(5), Some(5), Some(6), Some(6), None, Some(7), Some(7), None],
        shape: vec![None; 8],
        shape_wgs84: vec![None; 8],
        x: vec![50.0, 110.0, 50.0, f64::NAN, 150.0, 80.0, 100.0, 90.0],
        y: vec![50.0, 50.0, 130.0, 40.0, 160.0, 50.0, 130.0, 90.0],
        columns: vec![
            Column {
                name: "huishoudens".to_owned(),
                values: vec![10.0, 20.0, 5.0, 8.0, f32::NAN, 30.0, 13.0, 43.0],
                categories: vec![],
            },
            Column {
                name: "land".to_owned(),
                values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
                categories: vec![],
            },
        ],
    }
}

pub(crate) fn calendar(horizon: Span, delay: Span, data_until: Day) -> Calendar {
    let dates: Vec<Day> = (0..6).map(|i| Day(START + 100 + i * 60)).collect();
    let test_from = dates[3];
    Calendar { dates, step: Span::days(60), horizon, reporting_delay: delay, data_until, test_from }
}

pub(crate) fn target(events: Option<&str>, visits: Option<&str>, exposure: &str, unseen: Unseen) -> Target {
    Target {
        events: events.map(str::to_owned),
        value: None,
        visits: visits.map(str::to_owned),
        unseen,
        unknown_in_training: UnknownInTraining::LeaveOut,
        exposure: exposure.to_owned(),
        exposure_unit: Text::default(),
        finds: Text::default(),
    }
}

pub(crate) fn feature(name: &str, from: Aggregate) -> FeatureSpec {
    FeatureSpec {
        name: name.to_owned(),
        label: Text { nl: name.to_owned(), en: name.to_owned() },
        unit: String::new(),
        from,
        source: None,
        column: None,
        over: Over::Unit,
        level: None,
        windows: vec![],
        radii: vec![],
        decay_metres: None,
        per_exposure: false,
        missing_flag: false,
        sign: None,
        passport: models::Passport::default(),
    }
}

/// Every aggregate over every kind of surroundings, with and without windows, decay and exposure.
pub(crate) fn all_features() -> Vec<FeatureSpec> {
    let mut features = Vec::new();
    for source in ["vondsten", "controles"] {
        for (from, column) in [
            (Aggregate::Count, None),
            (Aggregate::Any, None),
            (Aggregate::DaysSince, None),
            (Aggregate::Mean, Some("omvang")),
            (Aggregate::Sum, Some("omvang")),
            (Aggregate::Last, Some("soort")),
            (Aggregate::ShrunkenRate, None),
        ] {
            for windows in [vec![], vec!["1 year", "90 days", "5 months"]] {
                for around in
                    [None, Some("buurt"), Some("wijk"), Some("gemeente"), Some("radius"), Some("decay")]
                {
                    for per_exposure in [false, true] {
                        let name = format!("f{}", features.len());
                        let mut feature = feature(&name, from);
                        feature.source = Some(source.to_owned());
                        feature.column = column.map(str::to_owned);
                        feature.windows = windows.iter().map(|w| (*w).to_owned()).collect();
                        feature.per_exposure = per_exposure;
                        match around {
                            None => {}
                            Some("radius") => {
                                (feature.over, feature.radii) = (Over::Radius, vec![100.0, 30.0, 50.0])
                            }
                            Some("decay") => {
                                (feature.over, feature.radii) = (Over::Radius, vec![80.0, 50.0]);
                                feature.decay_metres = Some(40.0);
                            }
                            Some(level) => {
                                (feature.over, feature.level) = (Over::Area, Some(level.to_owned()))
                            }
                        }
                        features.push(feature);
                    }
                }
            }
        }
        let mut found = feature(&format!("{source}_found"), Aggregate::Mean);
        found.source = Some("controles".to_owned());
        found.column = Some(if source == "vondsten" { "found" } else { "no_access" }.to_owned());
        features.push(found);
    }
    features.retain(|f| {
        let can_decay = matches!(f.from, Aggregate::Count | Aggregate::Mean | Aggregate::Sum);
        let can_divide = matches!(f.from, Aggregate::Count | Aggregate::Sum | Aggregate::ShrunkenRate);
        (can_decay || f.decay_metres.is_none()) && (can_divide || !f.per_exposure)
    });
    let mut plain = feature("land", Aggregate::Column);
    plain.column = Some("land".to_owned());
    let mut wijk = feature("land_wijk", Aggregate::Column);
    (wijk.column, wijk.over, wijk.level) = (Some("land".to_owned()), Over::Area, Some("wijk".to_owned()));
    let mut figure = feature("omvang_gebied", Aggregate::Published);
    (figure.source, figure.column) = (Some("kerncijfers".to_owned()), Some("omvang".to_owned()));
    figure.missing_flag = true;
    let mut figure_gemeente = feature("soort_gemeente", Aggregate::Published);
    (figure_gemeente.source, figure_gemeente.column) = (figure.source.clone(), Some("soort".to_owned()));
    figure_gemeente.level = Some("gemeente".to_owned());
    features.extend([plain, wijk, figure, figure_gemeente]);
    features
}

/// Plain columns that only panden have.
pub(crate) fn pand_features() -> Vec<FeatureSpec> {
    let mut age = feature("leeftijd", Aggregate::YearsSince);
    age.column = Some("bouwjaar".to_owned());
    age.missing_flag = true;
    let mut kind = feature("soort", Aggregate::Column);
    kind.column = Some("soort".to_owned());
    vec![age, kind]
}
