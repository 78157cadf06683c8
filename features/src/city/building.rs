//! Builds the stock of the made-up town, buurt by buurt and block by block.

use super::calendar::{Calendar, new_year, working_day, year_of};
use super::land::{Kind, Land};
use super::random::{Dice, Part, day, whole};
use super::society::Traits;
use super::stock::{
    DEMOLISHED, IN_USE, NOT_MEASURED, NOT_REALISED, Occurrence, PERMIT, Pand, REBUILDING, Stock, Tenure, Use,
};
use super::streets::{Plot, plots};

/// Panden per buurt: in proportion to land and density, with exact total; the park gets three, the lake none.
pub(crate) fn counts(land: &Land, traits: &[Traits], panden: usize) -> Vec<usize> {
    use geo::Area;
    let few = |kind| match kind {
        Kind::Park => Some(3),
        Kind::Lake => Some(0),
        _ => None,
    };
    let fixed: usize = land.buurten.iter().filter_map(|b| few(b.kind)).sum();
    let weight = |at: usize| match few(land.buurten[at].kind) {
        Some(_) => 0.0,
        None => land.buurten[at].shape.unsigned_area() * traits[at].density,
    };
    let total: f64 = (0..land.buurten.len()).map(weight).sum();
    let share = f64::from(u32::try_from(panden - fixed).unwrap_or(u32::MAX)) / total;
    let mut counts: Vec<usize> = (0..land.buurten.len())
        .map(|at| few(land.buurten[at].kind).unwrap_or(whole((weight(at) * share).floor()) as usize))
        .collect();
    let mut by_rest: Vec<usize> = (0..counts.len()).filter(|&at| weight(at) > 0.0).collect();
    by_rest.sort_by(|&a, &b| {
        (weight(b) * share).fract().total_cmp(&(weight(a) * share).fract()).then(a.cmp(&b))
    });
    let missing = panden - counts.iter().sum::<usize>();
    for at in by_rest.into_iter().cycle().take(missing) {
        counts[at] += 1;
    }
    counts
}

/// The stock, `counts` panden per buurt.
pub(crate) fn build(
    land: &Land,
    traits: &[Traits],
    counts: &[usize],
    calendar: &Calendar,
    seed: u64,
    progress: &dyn Fn(&str, u64, u64),
) -> Stock {
    let mut dice = Dice::new(seed, Part::Stock);
    let mut stock = Stock { full: true, ..Stock::default() };
    let all = land.buurten.len() as u64;
    for (at, buurt) in land.buurten.iter().enumerate() {
        progress("panden", at as u64, all);
        let mut block = Block::default();
        let mut previous: Option<Occurrence> = None;
        for plot in plots(buurt.kind, &buurt.shape, counts[at], &mut dice) {
            if block.number != Some(plot.block) {
                block = Block::new(plot.block, buurt.kind, &traits[at], &mut dice);
                previous = None;
            }
            let site = Site { kind: buurt.kind, traits: &traits[at], calendar, block: &block, buurt: at };
            let (pand, history) = site.pand(&stock, plot, previous.as_ref(), &mut dice);
            previous = history.first().cloned();
            stock.push(pand, history, calendar.until());
        }
    }
    progress("panden", all, all);
    stock
}

/// What the panden of a block have in common.
#[derive(Clone, Debug, Default)]
struct Block {
    number: Option<u32>,
    built: f64,
    purpose: Option<Use>,
    tenure: Option<Tenure>,
    size: f64,
}

impl Block {
    fn new(number: u32, kind: Kind, traits: &Traits, dice: &mut Dice) -> Self {
        let purpose = (!matches!(kind, Kind::Centre) || dice.chance(0.5)).then(|| purpose(kind, dice));
        Self {
            number: Some(number),
            built: built(kind, dice),
            // Corporations own whole rows.
            tenure: dice.chance(0.6).then(|| home_tenure(traits, dice)),
            purpose,
            size: (0.18 * dice.normal()).exp(),
        }
    }
}

fn built(kind: Kind, dice: &mut Dice) -> f64 {
    let span = |dice: &mut Dice, shares: &[f64], spans: &[(f64, f64)]| {
        let (from, to) = spans[dice.pick(shares)];
        dice.between(from, to)
    };
    match kind {
        Kind::Centre => span(
            dice,
            &[0.25, 0.40, 0.20, 0.15],
            &[(1550.0, 1850.0), (1850.0, 1930.0), (1950.0, 1990.0), (1990.0, 2016.0)],
        ),
        Kind::PreWar => {
            span(dice, &[0.72, 0.16, 0.12], &[(1895.0, 1941.0), (1946.0, 1980.0), (1980.0, 2012.0)])
        }
        Kind::Flats | Kind::Park => span(dice, &[0.82, 0.18], &[(1948.0, 1975.0), (1985.0, 2014.0)]),
        Kind::Suburb => span(dice, &[0.88, 0.12], &[(1966.0, 1992.0), (1992.0, 2012.0)]),
        Kind::NewSuburb => span(dice, &[0.93, 0.07], &[(1993.0, 2015.0), (1900.0, 1960.0)]),
        Kind::Industry => span(dice, &[0.35, 0.65], &[(1950.0, 1978.0), (1978.0, 2015.0)]),
        Kind::Rural | Kind::Lake => {
            span(dice, &[0.4, 0.4, 0.2], &[(1850.0, 1940.0), (1945.0, 1990.0), (1990.0, 2014.0)])
        }
    }
}

fn purpose(kind: Kind, dice: &mut Dice) -> Use {
    // Home, industry, office, shop, other.
    let shares = match kind {
        Kind::Centre => [0.62, 0.02, 0.08, 0.20, 0.08],
        Kind::PreWar => [0.83, 0.02, 0.02, 0.05, 0.08],
        Kind::Flats | Kind::Park => [0.80, 0.02, 0.02, 0.04, 0.12],
        Kind::Suburb | Kind::NewSuburb => [0.86, 0.006, 0.012, 0.012, 0.11],
        Kind::Industry => [0.07, 0.62, 0.14, 0.08, 0.09],
        Kind::Rural | Kind::Lake => [0.58, 0.17, 0.01, 0.02, 0.22],
    };
    [Use::Home, Use::Industry, Use::Office, Use::Shop, Use::Other][dice.pick(&shares)]
}

fn home_tenure(traits: &Traits, dice: &mut Dice) -> Tenure {
    let owner = (1.0 - traits.corporation - traits.private).max(0.03);
    [Tenure::Owner, Tenure::Private, Tenure::Corporation, Tenure::Unknown]
        [dice.pick(&[owner, traits.private, traits.corporation, 0.015])]
}

fn tenure(purpose: Use, block: Option<Tenure>, traits: &Traits, dice: &mut Dice) -> Tenure {
    match (purpose, block) {
        (Use::Home, Some(tenure)) if dice.chance(0.75) => tenure,
        (Use::Home, _) => home_tenure(traits, dice),
        (Use::Other, _) => [Tenure::Owner, Tenure::Corporation, Tenure::Business, Tenure::Unknown]
            [dice.pick(&[0.55, 0.2, 0.15, 0.1])],
        _ => [Tenure::Business, Tenure::Private, Tenure::Unknown][dice.pick(&[0.78, 0.15, 0.07])],
    }
}

fn floor_area(purpose: Use, kind: Kind, size: f64, dice: &mut Dice) -> f64 {
    let (median, spread) = match (purpose, kind) {
        // In the flats a pand often is a whole block of homes.
        (Use::Home, Kind::Flats) if dice.chance(0.16) => (1500.0, 0.55),
        (Use::Home, Kind::Flats) => (84.0, 0.22),
        (Use::Home, Kind::Centre) => (118.0, 0.55),
        (Use::Home, Kind::PreWar) => (96.0, 0.32),
        (Use::Home, Kind::NewSuburb) => (132.0, 0.26),
        (Use::Home, Kind::Rural) => (165.0, 0.38),
        (Use::Home, _) => (116.0, 0.24),
        (Use::Industry, Kind::Industry) => (720.0, 1.0),
        (Use::Industry, _) => (240.0, 0.8),
        (Use::Office, _) => (310.0, 0.9),
        (Use::Shop, _) => (128.0, 0.7),
        (Use::Other, _) => (21.0, 0.55),
    };
    let size = if purpose == Use::Home { size } else { 1.0 };
    (dice.log_normal(median, spread) * size).clamp(6.0, 60_000.0).round()
}

fn label(built: f64, dice: &mut Dice) -> u8 {
    // A position on the scale from A++ (0) to G (8), better for younger panden.
    let middle = match built {
        b if b < 1945.0 => 6.2,
        b if b < 1976.0 => 5.6,
        b if b < 1992.0 => 4.2,
        b if b < 2006.0 => 2.7,
        b if b < 2015.0 => 1.8,
        _ => 0.8,
    };
    u8::try_from(day((middle + 1.35 * dice.normal()).round().clamp(0.0, 8.0))).unwrap_or(8)
}

/// Days from an event to its registration: mostly weeks, sometimes months.
fn lag(dice: &mut Dice) -> i32 {
    day(dice.log_normal(14.0, 1.0)).clamp(1, 240)
}

struct Site<'a> {
    kind: Kind,
    traits: &'a Traits,
    calendar: &'a Calendar,
    block: &'a Block,
    buurt: usize,
}

impl Site<'_> {
    fn pand(
        &self,
        stock: &Stock,
        plot: Plot,
        previous: Option<&Occurrence>,
        dice: &mut Dice,
    ) -> (Pand, Vec<Occurrence>) {
        let years = f64::from(self.calendar.until() - self.calendar.start()) / 365.25;
        let purpose =
            self.block.purpose.filter(|_| dice.chance(0.9)).unwrap_or_else(|| purpose(self.kind, dice));
        let growth = match self.kind {
            Kind::NewSuburb => 0.014,
            Kind::Centre | Kind::Park => 0.003,
            _ => 0.006,
        };
        let newly = dice.chance((growth * years).min(0.3)).then(|| self.completion(dice));
        let built = match newly {
            Some(completed) => f64::from(year_of(completed)),
            None => (self.block.built
                + if dice.chance(0.12) { dice.between(-18.0, 18.0) } else { dice.between(-0.6, 0.6) })
            .floor()
            .min(2016.0),
        };
        let area = floor_area(purpose, self.kind, self.block.size, dice);
        let tenure = tenure(purpose, self.block.tenure, self.traits, dice);
        let first = Occurrence {
            pand: u32::try_from(stock.panden.len()).unwrap_or(u32::MAX),
            from: 0,
            to: i32::MAX,
            known: 0,
            status: IN_USE,
            year: i16::try_from(day(built)).unwrap_or(9999),
            #[expect(clippy::cast_possible_truncation, reason = "whole square metres below 60,000")]
            area: area as f32,
            tenure,
            label: label(built, dice),
            rate: 0.0,
        };
        let use_price = match purpose {
            Use::Home => 1.0,
            Use::Office | Use::Shop => 0.9,
            Use::Industry => 0.45,
            Use::Other => 0.35,
        };
        #[expect(clippy::cast_possible_truncation, reason = "a price needs no more digits")]
        let price = (self.traits.price * use_price * (0.10 * dice.normal()).exp()) as f32;
        let labelled =
            !matches!(purpose, Use::Other) && dice.chance(if built < 1945.0 { 0.86 } else { 0.94 });
        let pand = Pand {
            id: 9_999_100_000_000_001 + stock.panden.len() as u64,
            x: plot.x,
            y: plot.y,
            buurt: u32::try_from(self.buurt).unwrap_or(u32::MAX),
            purpose,
            built: first.year,
            price,
            area_known: dice.chance(if purpose == Use::Other { 0.88 } else { 0.975 }),
            label_known: labelled,
        };
        let history = match newly {
            Some(completed) => self.new_history(first, completed, previous, dice),
            None => self.old_history(first, dice),
        };
        (pand, history)
    }

    fn completion(&self, dice: &mut Dice) -> i32 {
        working_day(dice.days(self.calendar.start() + 30, self.calendar.until() - 30))
    }

    /// Permit, building, in use; now and then never built; now and then split off from next door.
    fn new_history(
        &self,
        first: Occurrence,
        completed: i32,
        previous: Option<&Occurrence>,
        dice: &mut Dice,
    ) -> Vec<Occurrence> {
        let mut changes = Vec::new();
        // Late enough to be registered in time: without a permit it is the first row.
        let in_time = completed < self.calendar.until() - 300;
        let split = previous.is_some_and(|p| p.from < completed) && in_time && dice.chance(0.06);
        if !split {
            let permit = working_day(completed - dice.days(280, 700));
            changes.push((permit, Occurrence { status: PERMIT, ..first.clone() }));
            if dice.chance(0.05) {
                changes.push((completed, Occurrence { status: NOT_REALISED, ..first }));
                return timeline(changes, dice);
            }
        }
        let in_use = Occurrence { status: IN_USE, ..first };
        if !split && dice.chance(0.5) {
            changes.push((completed, Occurrence { status: NOT_MEASURED, ..in_use.clone() }));
            changes.push((working_day(completed + dice.days(40, 220)), in_use));
        } else {
            changes.push((completed, in_use));
        }
        timeline(changes, dice)
    }

    /// Entered when the register was filled; perhaps corrected, revalued, rebuilt or demolished since.
    fn old_history(&self, first: Occurrence, dice: &mut Dice) -> Vec<Occurrence> {
        let (start, until) = (self.calendar.start(), self.calendar.until());
        let years = f64::from(until - start) / 365.25;
        let filled = new_year(2009).min(start - 900);
        let built = new_year(i32::from(first.year));
        let entered = working_day(if built > filled {
            built + dice.days(0, 364)
        } else {
            filled + dice.days(120, 800)
        });
        let mut state = first;
        let true_year = state.year;
        let placeholder = dice.chance(if true_year < 1900 { 0.05 } else { 0.014 });
        if placeholder {
            state.year = if dice.chance(0.4) { 1005 } else { 9999 };
        }
        let mut events: Vec<(i32, Change)> = Vec::new();
        let sometime = |dice: &mut Dice| working_day(dice.days(start.max(entered + 60), until));
        if placeholder && dice.chance(0.3) {
            events.push((sometime(dice), Change::Correction));
        }
        if dice.chance(0.37) {
            events.push((sometime(dice), Change::Revaluation));
        }
        if dice.chance((0.006 * years).min(0.2)) {
            events.push((sometime(dice), Change::Rebuilding));
        }
        if dice.chance((if true_year < 1975 { 0.0028 } else { 0.001 } * years).min(0.1)) {
            events.push((sometime(dice), Change::Demolition));
        }
        events.sort_by_key(|e| e.0);
        let mut changes = vec![(entered, state.clone())];
        for (at, change) in events {
            match change {
                Change::Correction => state.year = true_year,
                Change::Revaluation => revalue(&mut state, dice),
                Change::Rebuilding => {
                    changes.push((at, Occurrence { status: REBUILDING, ..state.clone() }));
                    #[expect(clippy::cast_possible_truncation, reason = "a factor")]
                    let factor = if dice.chance(0.15) { 0.55 } else { dice.between(1.05, 1.6) as f32 };
                    state.area = (state.area * factor).round().max(6.0);
                    changes.push((working_day(at + dice.days(90, 420)), state.clone()));
                    continue;
                }
                Change::Demolition => {
                    changes.push((at, Occurrence { status: DEMOLISHED, ..state }));
                    break;
                }
            }
            changes.push((at, state.clone()));
        }
        timeline(changes, dice)
    }
}

#[derive(Clone, Copy)]
enum Change {
    Correction,
    Revaluation,
    Rebuilding,
    Demolition,
}

/// A new valuation: sometimes the label or the tenure has changed as well.
fn revalue(state: &mut Occurrence, dice: &mut Dice) {
    if dice.chance(0.25) {
        state.label = state.label.saturating_sub(2);
    }
    if state.tenure == Tenure::Owner && dice.chance(0.04) {
        state.tenure = Tenure::Private;
    }
}

/// Occurrences that follow each other without gaps, each registered after the one before.
fn timeline(changes: Vec<(i32, Occurrence)>, dice: &mut Dice) -> Vec<Occurrence> {
    let mut history: Vec<Occurrence> = Vec::with_capacity(changes.len());
    for (from, mut occurrence) in changes {
        let mut known = working_day(from + lag(dice));
        if let Some(last) = history.last_mut() {
            // A change on the heels of the one before is not entered separately.
            if from <= last.from + 7 {
                continue;
            }
            last.to = from;
            known = known.max(last.known + 1);
        }
        (occurrence.from, occurrence.known) = (from, known);
        history.push(occurrence);
    }
    history
}
