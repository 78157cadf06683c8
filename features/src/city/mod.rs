//! The example city: a made-up Dutch town whose files look like real ones.
//!
//! [`generate`] makes areas, a register of panden with its history, finds, visits, signals and key
//! figures, and a `truth` folder with what nobody knows in reality. The same [`CitySpec`] gives the same
//! bytes. With [`CitySpec::panden_from`] the panden and areas are real ones, and only the events made up.
//!
//! # The big picture
//!
//! `land` (areas, on a `mesh`) and `society` (what buurten are like) lead to `building` (the `stock` of panden along
//! `streets`); `risk` says where kwekerijen are set up; `simulation` lets the years pass; `figures`,
//! `maps` and `registers` write what a municipality would have.
//!
//! ```
//! use features::city::{CitySpec, generate};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let spec = CitySpec { panden: 2_000, years: 3, seed: 42, panden_from: None, areas_from: None };
//! let summary = generate(&spec, folder.path(), &|_part, _done, _all| {}).unwrap();
//! assert_eq!(summary.panden, 2_000);
//! assert!(folder.path().join("panden.csv").exists());
//! ```

mod building;
mod calendar;
mod error;
mod figures;
mod folder;
mod land;
mod maps;
mod mesh;
mod random;
mod readme;
mod real;
mod registers;
mod risk;
mod simulation;
mod society;
mod stock;
mod streets;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

pub use error::CityError;
pub use risk::{TrueEffect, true_effects};

use calendar::Calendar;
use folder::Folder;
use land::Land;
use registers::Truth;
use risk::Risk;
use simulation::Events;
use society::Traits;
use stock::Stock;

/// What city to make.
#[derive(Clone, Debug, PartialEq)]
pub struct CitySpec {
    /// Number of panden in the register, demolished and planned ones included: 100 to 20,000,000. Not used
    /// with `panden_from`.
    pub panden: usize,
    /// Years of records before the day of extraction, 1 to 30; two more years come before them as history.
    pub years: u32,
    /// Seed of all chance.
    pub seed: u64,
    /// A CSV of real BAG voorkomens to use instead of made-up panden; needs `areas_from`.
    pub panden_from: Option<PathBuf>,
    /// A GeoJSON (also `.gz`) of the real buurten, WGS84, of which those that the panden lie in are used.
    pub areas_from: Option<PathBuf>,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct CitySummary {
    /// Day of extraction: nothing registered after it is in the files.
    pub data_until: NaiveDate,
    /// Panden in the register.
    pub panden: usize,
    /// Rows (or areas) per file, in the order of writing.
    pub files: Vec<(String, u64)>,
    /// Finds per 1,000 panden, per year of the records (by the calendar year in which it begins).
    pub finds_per_1000: Vec<(i32, f64)>,
    /// Panden in the truth; always all of them.
    pub truth_panden: usize,
}

impl std::fmt::Display for CitySummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} panden, records until {}", self.panden, self.data_until)?;
        for (name, rows) in &self.files {
            writeln!(f, "{rows:>10}  {name}")?;
        }
        for (year, rate) in &self.finds_per_1000 {
            writeln!(f, "{year:>10}  {rate:.2} finds per 1,000 panden")?;
        }
        Ok(())
    }
}

/// Makes a city in the folder `out`, which may be absent, empty, or hold an earlier city. `progress` gets the name of
/// the part at work, how much is done and how much there is in all.
///
/// # Errors
/// When the spec is out of range, when `out` holds other files, when real panden or areas are not usable,
/// or when writing fails. The folder then is as it was before, apart from a failure while the finished files are
/// renamed into place.
pub fn generate(
    spec: &CitySpec,
    out: &Path,
    progress: &dyn Fn(&str, u64, u64),
) -> Result<CitySummary, CityError> {
    if !(1..=30).contains(&spec.years) {
        return Err(CityError::Years(spec.years));
    }
    if spec.panden_from.is_none() && !(100..=20_000_000).contains(&spec.panden) {
        return Err(CityError::Panden(spec.panden));
    }
    let mut folder = Folder::open(out)?;
    let mut town = Town::new(spec, progress)?;
    let counts = town.count_per_buurt();
    society::set_bias(&mut town.traits, &counts);
    let middle = (town.calendar.start() + town.calendar.until()) / 2;
    let risk = Risk::new(&mut town.stock, middle, spec.seed);
    let events = simulation::run(&town.stock, &risk, &town.traits, &town.calendar, spec.seed, progress);
    town.write(&risk, &events, spec.seed, &mut folder, progress)?;
    let files = folder.place()?;
    let truth = files.iter().find(|(name, _)| *name == "truth/panden.csv").map_or(0, |(_, rows)| *rows);
    Ok(CitySummary {
        data_until: town.until,
        panden: town.stock.panden.len(),
        files: files.into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect(),
        finds_per_1000: town.finds_per_1000(&events),
        truth_panden: usize::try_from(truth).unwrap_or(usize::MAX),
    })
}

struct Town {
    land: Land,
    traits: Vec<Traits>,
    stock: Stock,
    calendar: Calendar,
    until: NaiveDate,
}

impl Town {
    fn new(spec: &CitySpec, progress: &dyn Fn(&str, u64, u64)) -> Result<Self, CityError> {
        let Some(panden) = &spec.panden_from else {
            let until = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
            let calendar = Calendar::new(until, spec.years);
            let land = Land::new(spec.panden, spec.seed);
            let traits = society::traits(&land.buurten, spec.seed);
            let counts = building::counts(&land, &traits, spec.panden);
            let stock = building::build(&land, &traits, &counts, &calendar, spec.seed, progress);
            return Ok(Self { land, traits, stock, calendar, until });
        };
        let areas =
            spec.areas_from.as_ref().ok_or_else(|| CityError::AreasMissing { panden: panden.clone() })?;
        let real::Town { stock, land, until } = real::read(panden, areas)?;
        let traits = society::traits(&land.buurten, spec.seed);
        Ok(Self { traits, stock, land, calendar: Calendar::new(until, spec.years), until })
    }

    fn count_per_buurt(&self) -> Vec<usize> {
        let mut counts = vec![0; self.land.buurten.len()];
        for pand in &self.stock.panden {
            counts[pand.buurt as usize] += 1;
        }
        counts
    }

    fn write(
        &self,
        risk: &Risk,
        events: &Events,
        seed: u64,
        folder: &mut Folder,
        progress: &dyn Fn(&str, u64, u64),
    ) -> Result<(), CityError> {
        maps::write(&self.land, folder)?;
        registers::panden(&self.stock, folder, progress)?;
        registers::events(&self.stock, events, folder)?;
        if self.stock.full {
            figures::write(&self.land, &self.traits, &self.stock, &self.calendar, seed, folder)?;
        }
        let (land, traits, stock, calendar) =
            (&self.land, self.traits.as_slice(), &self.stock, &self.calendar);
        Truth { land, traits, stock, risk, calendar, events }.write(folder, progress)?;
        let text = readme::text(stock.full, &self.until.to_string());
        folder.write("README.md", |w| w.write_all(text.as_bytes()).map(|()| text.lines().count() as u64))
    }

    fn finds_per_1000(&self, events: &Events) -> Vec<(i32, f64)> {
        let rate = |(part, &year): (usize, &i32)| {
            let days = self.calendar.length(part);
            let standing = self.stock.standing_count(self.calendar.edges[part] + days / 2);
            let finds = events
                .finds
                .iter()
                .filter(|f| self.calendar.part(f.day) == Some(part))
                .map(|_| 1.0)
                .sum::<f64>();
            let panden = f64::from(u32::try_from(standing).unwrap_or(u32::MAX)).max(1.0);
            (year, 1000.0 * finds / panden * 365.25 / f64::from(days))
        };
        self.calendar.years.iter().enumerate().map(rate).collect()
    }
}
