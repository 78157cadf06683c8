//! The true risk: how many kwekerijen are set up in a pand per year.
//!
//! Log-linear in what a register can show (use, floor area, tenure, year of construction, energy label),
//! plus a smooth field over the town and a part of its own per pand that no register shows. Near repeats
//! come on top during the simulation. Income and origin of residents are not in it.

use super::random::{Dice, Part};
use super::stock::{LABELS, Occurrence, Pand, Stock, Tenure, Use, exists};

/// New kwekerijen per 1,000 panden and year, before near repeats. About a quarter of them are found.
const STARTS_PER_1000: f64 = 3.5;
/// Standard deviations, on the log scale, of the field over the town and of the pand's own part.
const FIELD: f64 = 0.55;
const OWN: f64 = 0.45;

/// The parts of the log risk that stay the same over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Risk {
    /// Log of the rate of a pand that has no effects.
    pub level: f64,
    /// Per pand: the smooth field.
    pub field: Vec<f32>,
    /// Per pand: its own part.
    pub own: Vec<f32>,
}

impl Risk {
    /// Draws the hidden parts, sets the level and the rate of every occurrence.
    #[expect(clippy::cast_possible_truncation, reason = "single precision is enough for an effect")]
    pub(crate) fn new(stock: &mut Stock, middle: i32, seed: u64) -> Self {
        let mut dice = Dice::new(seed, Part::Risk);
        let (wide, fine) = (dice.noise(1_100.0), dice.noise(420.0));
        let field = stock
            .panden
            .iter()
            .map(|p| (FIELD * (0.8 * wide.at(p.x, p.y) + 0.6 * fine.at(p.x, p.y))) as f32)
            .collect();
        let own = stock.panden.iter().map(|_| (OWN * dice.normal()) as f32).collect();
        let mut risk = Self { level: 0.0, field, own };
        let (mut sum, mut count) = (0.0, 0.0);
        for occurrence in
            stock.occurrences.iter().filter(|o| exists(o.status) && o.from <= middle && middle < o.to)
        {
            sum += risk.log_rate(stock, occurrence).exp();
            count += 1.0;
        }
        risk.level = if sum > 0.0 { (STARTS_PER_1000 / 1000.0 * count / sum).ln() } else { 0.0 };
        let rates: Vec<f32> = stock
            .occurrences
            .iter()
            .map(|o| if exists(o.status) { risk.log_rate(stock, o).exp() as f32 } else { 0.0 })
            .collect();
        for (occurrence, rate) in stock.occurrences.iter_mut().zip(rates) {
            occurrence.rate = rate;
        }
        risk
    }

    fn log_rate(&self, stock: &Stock, occurrence: &Occurrence) -> f64 {
        let pand = occurrence.pand as usize;
        let hidden = f64::from(self.field[pand]) + f64::from(self.own[pand]);
        self.level + observable(&stock.panden[pand], occurrence, stock.full) + hidden
    }
}

/// The part of the log risk that follows from what a register can show; without use, tenure and label
/// when the stock comes from a file of panden only.
pub(crate) fn observable(pand: &Pand, occurrence: &Occurrence, full: bool) -> f64 {
    let area = f64::from(occurrence.area).max(1.0);
    let period = of_period(pand.built);
    if !full {
        let hall = if area > 400.0 { 1.2 } else { 0.0 };
        return period + hall + 0.8 * room(area, 110.0);
    }
    let purpose = match pand.purpose {
        Use::Home => 0.0,
        Use::Industry => {
            0.8 + if area > 400.0 { 0.9 } else { 0.0 } + 0.35 * (area / 300.0).ln().clamp(-1.0, 1.5)
        }
        Use::Office => -0.6,
        Use::Shop => 0.35,
        Use::Other => -1.6,
    };
    let tenure = of_tenure(occurrence.tenure);
    let label = of_label(usize::from(occurrence.label));
    let space = if pand.purpose == Use::Home { 0.8 * room(area, 150.0) } else { 0.0 };
    purpose + tenure + period + label + space
}

fn of_period(built: i16) -> f64 {
    match built {
        1945..=1975 => 0.65,
        1976..=1991 => 0.25,
        1992..=9998 => -0.25,
        _ => 0.0,
    }
}

fn of_tenure(tenure: Tenure) -> f64 {
    match tenure {
        Tenure::Owner => -0.2,
        Tenure::Private => 0.95,
        Tenure::Corporation => 0.15,
        Tenure::Business => 0.1,
        Tenure::Unknown => 0.4,
    }
}

fn of_label(label: usize) -> f64 {
    match LABELS.len() - label.min(LABELS.len()) {
        1..=3 => 0.45,
        4..=5 => 0.15,
        _ => -0.2,
    }
}

/// What a value of a register adds to the log risk, all else equal. For whoever tests whether a model finds it
/// again; a model must never read it.
#[derive(Clone, Debug, PartialEq)]
pub struct TrueEffect {
    /// Column of `panden.csv`.
    pub column: &'static str,
    /// The value: a category, or a year.
    pub value: String,
    /// What it adds.
    pub effect: f64,
}

/// The effects that belong to one column alone: tenure, energy label, and year of construction (one year of each
/// period).
#[must_use]
pub fn true_effects() -> Vec<TrueEffect> {
    let effect = |column, value: &str, effect| TrueEffect { column, value: value.to_owned(), effect };
    let tenures = [Tenure::Owner, Tenure::Private, Tenure::Corporation];
    let tenures = tenures.into_iter().map(|t| effect("eigendom", t.name(), of_tenure(t)));
    // One label of each group that works alike.
    let labels = [2, 4, 7].into_iter().map(|l| effect("energielabel", LABELS[l], of_label(l)));
    let years = [1930, 1960, 1984, 2005].into_iter();
    let years = years.map(|year| effect("bouwjaar", &year.to_string(), of_period(year)));
    tenures.chain(labels).chain(years).collect()
}

/// Highest, 1, at the best floor area; too small has no room, too large has too many eyes.
fn room(area: f64, best: f64) -> f64 {
    let away = (area / best).ln() / 0.55;
    (-0.5 * away * away).exp()
}
