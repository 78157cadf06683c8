//! What the made-up buurten are like: income, tenure, origin of residents, price level.
//!
//! Origin goes together with tenure and income, as in real towns, but nothing in [`super::risk`] reads
//! it: it bears on where people look, not on what there is.

use super::land::{Buurt, Kind};
use super::random::{Dice, Part};

/// Traits of a buurt that panden, key figures and the selection of visits are drawn from.
#[derive(Clone, Debug)]
pub(crate) struct Traits {
    /// Standardised income.
    pub income: f64,
    /// Share of homes let by a corporation, and by private landlords.
    pub corporation: f64,
    pub private: f64,
    /// Share of residents with origin outside Europe, and elsewhere in Europe.
    pub outside_europe: f64,
    pub europe: f64,
    /// Residents per home.
    pub household: f64,
    /// Euro per square metre of a home in the year with price index 1.
    pub price: f64,
    /// Relative number of panden per square metre of land.
    pub density: f64,
    /// How much more (log scale) people look here than the risk justifies; standardised over panden.
    pub bias: f64,
}

/// Means by kind: income, corporation, private, household, price, panden per km².
fn means(kind: Kind) -> [f64; 6] {
    match kind {
        Kind::Centre => [0.1, 0.20, 0.36, 1.6, 2600.0, 3500.0],
        Kind::PreWar => [0.0, 0.32, 0.22, 2.0, 2200.0, 3000.0],
        Kind::Flats | Kind::Park => [-1.1, 0.58, 0.12, 1.9, 1600.0, 1300.0],
        Kind::Suburb => [0.4, 0.22, 0.08, 2.3, 1950.0, 2000.0],
        Kind::NewSuburb => [0.9, 0.14, 0.07, 2.8, 2250.0, 1900.0],
        Kind::Industry => [-0.2, 0.02, 0.20, 1.8, 1300.0, 350.0],
        Kind::Rural | Kind::Lake => [0.7, 0.03, 0.08, 2.5, 2000.0, 45.0],
    }
}

/// Traits per buurt; `bias` is filled in once the panden are counted.
pub(crate) fn traits(buurten: &[Buurt], seed: u64) -> Vec<Traits> {
    let mut dice = Dice::new(seed, Part::Society);
    buurten.iter().map(|buurt| one(buurt.kind, &mut dice)).collect()
}

fn one(kind: Kind, dice: &mut Dice) -> Traits {
    let [income, corporation, private, household, price, density] = means(kind);
    let income = income + 0.45 * dice.normal();
    let corporation = (corporation * (1.0 - 0.3 * dice.normal()) - 0.06 * income).clamp(0.0, 0.9);
    let private = (private * (0.35 * dice.normal()).exp()).clamp(0.01, 0.95 - corporation);
    let leaning =
        -1.9 - 0.75 * income + 1.6 * (corporation - 0.25) + 0.8 * (private - 0.15) + 0.4 * dice.normal();
    Traits {
        income,
        corporation,
        private,
        outside_europe: 1.0 / (1.0 + (-leaning).exp()),
        europe: 0.05 + 0.04 * dice.unit(),
        household: household * (0.06 * dice.normal()).exp(),
        price: price * (0.10 * income + 0.06 * dice.normal()).exp(),
        density: density * (0.22 * dice.normal()).exp(),
        bias: 0.0,
    }
}

/// Sets `bias` to the standardised share of residents with origin outside Europe, weighted by panden.
pub(crate) fn set_bias(traits: &mut [Traits], panden: &[usize]) {
    let weight = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let total: f64 = panden.iter().map(|&n| weight(n)).sum();
    let mean = traits.iter().zip(panden).map(|(t, &n)| t.outside_europe * weight(n)).sum::<f64>() / total;
    let square = |t: &Traits| (t.outside_europe - mean).powi(2);
    let spread = (traits.iter().zip(panden).map(|(t, &n)| square(t) * weight(n)).sum::<f64>() / total).sqrt();
    for one in traits {
        one.bias = if spread > 0.0 { ((one.outside_europe - mean) / spread).clamp(-2.5, 2.5) } else { 0.0 };
    }
}
