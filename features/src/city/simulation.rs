//! What happens in the town: kwekerijen are set up, people report them or not, inspectors go and look,
//! some are found and the rest end by themselves.
//!
//! Events are handled in order of day (then of creation), so that each visit and near repeat depends only
//! on what came before it. Visits are drawn as a Poisson process per month and reason, by which the chance that
//! a pand was selected is known exactly: 1 - exp(-expected draws).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::calendar::{Calendar, working_day};
use super::random::{Dice, Part, Urn, day};
use super::risk::{Risk, observable};
use super::society::Traits;
use super::stock::Stock;

/// Visits per 1,000 panden and year by reason, for those that do not follow from something else.
const LIST: f64 = 4.0;
const ROUTINE: f64 = 2.2;
const RANDOM: f64 = 0.48;
/// Part of the list that comes from finds of the past year near by.
const LIST_NEAR: f64 = 0.3;
/// How strongly selection leans towards some buurten: log odds per standard deviation.
const LEAN_LIST: f64 = 0.75;
const LEAN_ROUTINE: f64 = 0.40;
const LEAN_SIGNAL: f64 = 0.65;
/// Signals per kwekerij, and false ones per 1,000 panden and year.
const SIGNALS_TRUE: f64 = 0.36;
const SIGNALS_FALSE: f64 = 1.9;
/// Chance that a signal is followed up by a visit; raised or lowered a little by buurt.
const FOLLOW_UP: f64 = 0.6;
/// Chance for each of the three nearest panden within this many metres to be visited after a find.
const NEIGHBOUR: f64 = 0.3;
const NEIGHBOUR_METRES: f64 = 60.0;
/// Near repeats: kwekerijen that follow from a find, within this distance and time.
const REPEATS: f64 = 0.28;
const REPEAT_METRES: f64 = 250.0;
const REPEAT_DAYS: i32 = 365;
const REPEAT_DECAY: f64 = 110.0;
/// Chance that inspectors do not get in, and that they see what is there when they do.
const NO_ACCESS: f64 = 0.08;
const SEEN: f64 = 0.96;
/// A kwekerij is betrayed by the grid operator, fire or police at this yearly rate.
const LEADS: f64 = 0.20;
/// Days simulated before the first record, so that the first year is like the others.
const WARM_UP: i32 = 400;

/// Why inspectors went somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Tip,
    List,
    Routine,
    Neighbour,
    Random,
}

impl Reason {
    /// As in the register, and what the chance of selection is a chance of.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Tip => ("tip", "gegeven de melding"),
            Self::List => ("lijst", "in die maand"),
            Self::Routine => ("routine", "in die maand"),
            Self::Neighbour => ("buurpand", "gegeven de vondst ernaast"),
            Self::Random => ("steekproef", "in die maand"),
        }
    }
}

/// What a visit gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VisitResult {
    Found,
    Nothing,
    NoAccess,
}

impl VisitResult {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Found => "kwekerij aangetroffen",
            Self::Nothing => "niets aangetroffen",
            Self::NoAccess => "geen toegang",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub day: i32,
    pub known: i32,
    pub pand: u32,
    pub reason: Reason,
    pub position: Option<u32>,
    pub result: VisitResult,
    /// Chance that this pand was selected, see [`Reason::names`].
    pub probability: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Find {
    pub day: i32,
    pub known: i32,
    pub pand: u32,
    /// How it came to light.
    pub lead: &'static str,
    pub plants: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Signal {
    pub day: i32,
    pub known: i32,
    pub x: f64,
    pub y: f64,
}

/// A kwekerij as it truly was.
#[derive(Clone, Debug)]
pub(crate) struct Grow {
    pub pand: u32,
    pub from: i32,
    pub to: i32,
    pub found: bool,
}

/// All that happened, each list in order of day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    pub visits: Vec<Visit>,
    pub finds: Vec<Find>,
    pub signals: Vec<Signal>,
    pub grows: Vec<Grow>,
    /// Near repeats that were to be expected: (pand, part of the period, number), sorted, one row each.
    pub repeats: Vec<(u32, u16, f32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Month,
    Start { pand: u32 },
    TrueSignal { grow: u32 },
    FalseSignal { pand: u32 },
    Lead { grow: u32 },
    End { grow: u32 },
    Look { plan: u32 },
}

#[derive(Clone, Debug)]
struct Plan {
    pand: u32,
    reason: Reason,
    position: Option<u32>,
    probability: f64,
}

/// A find and the panden around it that it makes more likely.
struct Neighbourhood {
    day: i32,
    size: usize,
    x: f64,
    y: f64,
}

type Place = GeomWithData<[f64; 2], u32>;

struct Town<'a> {
    stock: &'a Stock,
    traits: &'a [Traits],
    calendar: &'a Calendar,
    dice: Dice,
    places: RTree<Place>,
    starts: Urn,
    list: Urn,
    routine: Urn,
    queue: BinaryHeap<Reverse<(i32, u64, Happening)>>,
    made: u64,
    active: BTreeMap<u32, u32>,
    plans: Vec<Plan>,
    recent: Vec<Neighbourhood>,
    events: Events,
}

/// Lets the years pass.
pub(crate) fn run(
    stock: &Stock,
    risk: &Risk,
    traits: &[Traits],
    calendar: &Calendar,
    seed: u64,
    progress: &dyn Fn(&str, u64, u64),
) -> Events {
    let lean = |pand: usize, strength: f64| (strength * traits[stock.panden[pand].buurt as usize].bias).exp();
    let highest = |pand: usize| stock.history(pand).iter().map(|o| f64::from(o.rate)).fold(0.0, f64::max);
    // What inspectors think: the observable part and the field they know from experience, and a lean.
    let list = |pand: usize| {
        let standing = stock.history(pand).iter().find(|o| o.rate > 0.0)?;
        let seen = observable(&stock.panden[pand], standing, stock.full) + f64::from(risk.field[pand]);
        Some((2.2 * seen).exp() * lean(pand, LEAN_LIST))
    };
    let routine = |pand: usize| {
        use super::stock::Use;
        let base = match stock.panden[pand].purpose {
            Use::Industry => 30.0,
            Use::Shop | Use::Office => 8.0,
            Use::Home | Use::Other => 1.0,
        };
        base * lean(pand, LEAN_ROUTINE)
    };
    let all = 0..stock.panden.len();
    let places = stock.panden.iter().zip(0u32..).map(|(p, at)| Place::new([p.x, p.y], at)).collect();
    let mut town = Town {
        stock,
        traits,
        calendar,
        dice: Dice::new(seed, Part::Simulation),
        places: RTree::bulk_load(places),
        starts: Urn::new(all.clone().map(highest)),
        list: Urn::new(all.clone().map(|pand| list(pand).unwrap_or(0.0))),
        routine: Urn::new(all.clone().map(routine)),
        queue: BinaryHeap::new(),
        made: 0,
        active: BTreeMap::new(),
        plans: Vec::new(),
        recent: Vec::new(),
        events: Events::default(),
    };
    let signals = Urn::new(all.map(|pand| lean(pand, LEAN_SIGNAL)));
    town.prepare(&signals);
    town.pass(progress);
    town.finish()
}

fn as_float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// More kwekerijen are set up in autumn than in spring: relative rate on a day, mean 1.
fn season(day: i32) -> f64 {
    let along = f64::from(day.rem_euclid(365)) / 365.0;
    1.0 + 0.25 * (std::f64::consts::TAU * (along - 0.78)).cos()
}

impl Town<'_> {
    fn add(&mut self, day: i32, what: Happening) {
        if day < self.calendar.until() {
            self.made += 1;
            self.queue.push(Reverse((day, self.made, what)));
        }
    }

    /// What does not depend on events: first causes, false signals, and the months.
    fn prepare(&mut self, signals: &Urn) {
        let (from, until) = (self.calendar.start() - WARM_UP, self.calendar.until());
        let years = f64::from(until - from) / 365.25;
        let starts = self.dice.poisson(self.starts.total() * years * 1.25);
        for _ in 0..starts {
            let Some(pand) = self.starts.draw(&mut self.dice) else { break };
            let day = self.dice.days(from, until - 1);
            let highest = self.starts.weight(pand) * 1.25;
            let rate =
                self.stock.standing(pand, day.max(self.calendar.start())).map_or(0.0, |o| f64::from(o.rate));
            if self.dice.chance(rate * season(day) / highest) {
                self.add(day, Happening::Start { pand: number(pand) });
            }
        }
        let mean = SIGNALS_FALSE / 1000.0 * as_float(self.stock.panden.len()) * years;
        for _ in 0..self.dice.poisson(mean) {
            let Some(pand) = signals.draw(&mut self.dice) else { break };
            let day = self.dice.days(from, until - 1);
            self.add(day, Happening::FalseSignal { pand: number(pand) });
        }
        let mut month = from;
        while month < until {
            self.add(month, Happening::Month);
            month += 30;
        }
    }

    fn pass(&mut self, progress: &dyn Fn(&str, u64, u64)) {
        let begin = self.calendar.start() - WARM_UP;
        let days = |day: i32| u64::from((day - begin).max(0).cast_unsigned());
        while let Some(Reverse((day, _, what))) = self.queue.pop() {
            match what {
                Happening::Month => {
                    progress("geschiedenis", days(day), days(self.calendar.until()));
                    self.month(day);
                }
                Happening::Start { pand } => self.start(day, pand),
                Happening::TrueSignal { grow } => {
                    if let Some(pand) = self.growing(day, grow) {
                        self.signal(day, pand);
                    }
                }
                Happening::FalseSignal { pand } => {
                    if self.stands(day, pand) {
                        self.signal(day, pand);
                    }
                }
                Happening::Lead { grow } => self.lead(day, grow),
                Happening::End { grow } => {
                    let pand = self.events.grows[grow as usize].pand;
                    if self.active.get(&pand) == Some(&grow) {
                        self.active.remove(&pand);
                    }
                }
                Happening::Look { plan } => self.look(day, plan),
            }
        }
        progress("geschiedenis", days(self.calendar.until()), days(self.calendar.until()));
    }

    fn start(&mut self, day: i32, pand: u32) {
        if self.active.contains_key(&pand)
            || self.stock.standing(pand as usize, day.max(self.calendar.start())).is_none()
        {
            return;
        }
        // Gamma with shape 2: one crop at least, seldom more than a few.
        let short = |dice: &mut Dice| -(1.0 - dice.unit()).ln();
        let life = self::day(((short(&mut self.dice) + short(&mut self.dice)) * 105.0).clamp(21.0, 1500.0));
        let grow = number(self.events.grows.len());
        self.events.grows.push(Grow { pand, from: day, to: day + life, found: false });
        self.active.insert(pand, grow);
        self.add(day + life, Happening::End { grow });
        for _ in 0..self.dice.poisson(SIGNALS_TRUE) {
            let when = day + self.dice.days(7, life);
            self.add(when, Happening::TrueSignal { grow });
        }
        let wait = short(&mut self.dice) * 365.0 / LEADS;
        if wait < f64::from(life) {
            self.add(day + self::day(wait), Happening::Lead { grow });
        }
    }

    fn signal(&mut self, day: i32, pand: u32) {
        let place = &self.stock.panden[pand as usize];
        let (away, around) = (30.0 * self.dice.unit().sqrt(), self.dice.between(0.0, std::f64::consts::TAU));
        let known = working_day(day + self.dice.days(0, 5));
        self.events.signals.push(Signal {
            day,
            known,
            x: place.x + away * around.cos(),
            y: place.y + away * around.sin(),
        });
        let lean = self.traits[place.buurt as usize].bias;
        let probability = (FOLLOW_UP * (0.12 * lean).exp()).min(0.95);
        if self.dice.chance(probability) {
            let when = working_day(known + self.dice.days(2, 24));
            self.plan(when, Plan { pand, reason: Reason::Tip, position: None, probability });
        }
    }

    fn plan(&mut self, when: i32, plan: Plan) {
        let at = number(self.plans.len());
        self.plans.push(plan);
        self.add(when, Happening::Look { plan: at });
    }

    fn lead(&mut self, day: i32, grow: u32) {
        if let Some(pand) = self.growing(day, grow) {
            let lead = ["netbeheerder", "politie", "brand"][self.dice.pick(&[0.6, 0.25, 0.15])];
            self.find(day, pand, lead);
        }
    }

    /// The pand of a kwekerij that is still there.
    fn growing(&self, day: i32, grow: u32) -> Option<u32> {
        let pand = self.events.grows.get(grow as usize)?.pand;
        (self.active.get(&pand) == Some(&grow) && self.stands(day, pand)).then_some(pand)
    }

    /// Whether a pand is part of the stock; before the first record, whether it then will be.
    fn stands(&self, day: i32, pand: u32) -> bool {
        self.stock.standing(pand as usize, day.max(self.calendar.start())).is_some()
    }

    /// The month's list, routine rounds and random sample.
    fn month(&mut self, day: i32) {
        self.recent.retain(|n| n.day > day - REPEAT_DAYS);
        let standing = as_float(self.stock.standing_count(day.max(self.calendar.start())));
        let monthly = |per_1000: f64| per_1000 / 1000.0 * standing * 30.0 / 365.25;
        self.list_round(day, monthly(LIST));
        for (reason, mean) in [(Reason::Routine, monthly(ROUTINE)), (Reason::Random, monthly(RANDOM))] {
            let mut drawn = BTreeMap::new();
            for _ in 0..self.dice.poisson(mean) {
                let (pand, expected) = if reason == Reason::Routine {
                    let Some(pand) = self.routine.draw(&mut self.dice) else { break };
                    (pand, mean * self.routine.weight(pand) / self.routine.total())
                } else {
                    let last = i32::try_from(self.stock.panden.len()).unwrap_or(i32::MAX) - 1;
                    (
                        usize::try_from(self.dice.days(0, last)).unwrap_or(0),
                        mean / as_float(self.stock.panden.len()),
                    )
                };
                drawn.insert(number(pand), chance_of(expected));
            }
            for (pand, probability) in drawn {
                let when = self.sometime(day);
                self.plan(when, Plan { pand, reason, position: None, probability });
            }
        }
    }

    fn list_round(&mut self, day: i32, mean: f64) {
        let near = if self.recent.is_empty() { 0.0 } else { mean * LIST_NEAR };
        let usual = mean - near;
        let mut drawn: BTreeSet<u32> = BTreeSet::new();
        for _ in 0..self.dice.poisson(usual) {
            drawn.extend(self.list.draw(&mut self.dice).map(number));
        }
        for _ in 0..self.dice.poisson(near) {
            let last = i32::try_from(self.recent.len()).unwrap_or(i32::MAX) - 1;
            let find = &self.recent[usize::try_from(self.dice.days(0, last)).unwrap_or(0)];
            let around = self.around(find.x, find.y, REPEAT_METRES);
            let last = i32::try_from(around.len()).unwrap_or(i32::MAX) - 1;
            let at = usize::try_from(self.dice.days(0, last)).unwrap_or(0);
            drawn.extend(around.get(at).map(|&(pand, _)| pand));
        }
        let mut ranked: Vec<(f64, u32)> = Vec::new();
        for pand in drawn {
            let place = &self.stock.panden[pand as usize];
            let by_find = |n: &&Neighbourhood| (n.x - place.x).hypot(n.y - place.y) <= REPEAT_METRES;
            let share: f64 = self.recent.iter().filter(by_find).map(|n| 1.0 / as_float(n.size)).sum();
            let by_list = usual * self.list.weight(pand as usize) / self.list.total().max(f64::MIN_POSITIVE);
            let by_near =
                if self.recent.is_empty() { 0.0 } else { near * share / as_float(self.recent.len()) };
            ranked.push((by_list + by_near, pand));
        }
        ranked.retain(|&(_, pand)| {
            self.stock.standing(pand as usize, day.max(self.calendar.start())).is_some()
        });
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (position, (expected, pand)) in (1..).zip(ranked) {
            let when = self.sometime(day);
            let plan = Plan {
                pand,
                reason: Reason::List,
                position: Some(position),
                probability: chance_of(expected),
            };
            self.plan(when, plan);
        }
    }

    fn sometime(&mut self, month: i32) -> i32 {
        working_day(month + self.dice.days(1, 27))
    }

    /// Panden within a distance, with that distance; in order of pand.
    fn around(&self, x: f64, y: f64, metres: f64) -> Vec<(u32, f64)> {
        let within = self.places.locate_within_distance([x, y], metres * metres);
        let mut near: Vec<(u32, f64)> =
            within.map(|p| (p.data, (p.geom()[0] - x).hypot(p.geom()[1] - y))).collect();
        near.sort_unstable_by_key(|n| n.0);
        near
    }

    fn look(&mut self, day: i32, plan: u32) {
        let Plan { pand, reason, position, probability } = self.plans[plan as usize].clone();
        if !self.stands(day, pand) {
            return;
        }
        let (inside, seen) = (!self.dice.chance(NO_ACCESS), self.dice.chance(SEEN));
        let result = match (inside, seen && self.active.contains_key(&pand)) {
            (false, _) => VisitResult::NoAccess,
            (true, true) => VisitResult::Found,
            (true, false) => VisitResult::Nothing,
        };
        let known = match result {
            VisitResult::Found => self.find(day, pand, "controle"),
            _ => working_day(day + self.dice.days(0, 14)),
        };
        self.events.visits.push(Visit { day, known, pand, reason, position, result, probability });
    }

    /// Ends a kwekerij, and sets off visits next door and near repeats. Returns the day of registration.
    fn find(&mut self, day: i32, pand: u32, lead: &'static str) -> i32 {
        if let Some(grow) = self.active.remove(&pand) {
            let grow = &mut self.events.grows[grow as usize];
            (grow.to, grow.found) = (day, true);
        }
        let known = day + self::day(1.0 + self.dice.log_normal(8.0, 0.95)).min(90);
        let plants = super::random::whole(self.dice.log_normal(180.0, 0.8).clamp(20.0, 3000.0).round());
        self.events.finds.push(Find { day, known, pand, lead, plants });
        let (x, y) = (self.stock.panden[pand as usize].x, self.stock.panden[pand as usize].y);
        self.next_door(day, pand, x, y);
        self.repeats(day, x, y);
        known
    }

    fn next_door(&mut self, day: i32, pand: u32, x: f64, y: f64) {
        let mut near = self.around(x, y, NEIGHBOUR_METRES);
        near.retain(|&(other, _)| other != pand);
        near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        for (other, _) in near.into_iter().take(3) {
            if self.dice.chance(NEIGHBOUR) {
                let when = working_day(day + self.dice.days(1, 14));
                self.plan(
                    when,
                    Plan { pand: other, reason: Reason::Neighbour, position: None, probability: NEIGHBOUR },
                );
            }
        }
    }

    fn repeats(&mut self, day: i32, x: f64, y: f64) {
        let around = self.around(x, y, REPEAT_METRES);
        let weight = |&(pand, away): &(u32, f64)| {
            let rate = self
                .stock
                .standing(pand as usize, day.max(self.calendar.start()))
                .map_or(0.0, |o| f64::from(o.rate));
            rate * (-away / REPEAT_DECAY).exp()
        };
        let weights: Vec<f64> = around.iter().map(weight).collect();
        let total: f64 = weights.iter().sum();
        self.recent.push(Neighbourhood { day, size: around.len().max(1), x, y });
        if total <= 0.0 {
            return;
        }
        for (&(pand, _), weight) in around.iter().zip(&weights) {
            for part in 0..self.calendar.years.len() {
                let days = self.calendar.overlap(part, day + 1, day + 1 + REPEAT_DAYS);
                if days > 0 && *weight > 0.0 {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "single precision is enough for a risk"
                    )]
                    let expected =
                        (REPEATS * weight / total * f64::from(days) / f64::from(REPEAT_DAYS)) as f32;
                    self.events.repeats.push((pand, u16::try_from(part).unwrap_or(u16::MAX), expected));
                }
            }
        }
        for _ in 0..self.dice.poisson(REPEATS) {
            let (pand, _) = around[self.dice.pick(&weights)];
            let when = day + self.dice.days(1, REPEAT_DAYS);
            self.add(when, Happening::Start { pand });
        }
    }

    /// Keeps what happened in the period and was registered by its end.
    fn finish(mut self) -> Events {
        let (start, until) = (self.calendar.start(), self.calendar.until());
        let kept = |day: i32, known: i32| start <= day && day < until && known <= until;
        let events = &mut self.events;
        events.visits.retain(|v| kept(v.day, v.known));
        events.finds.retain(|f| kept(f.day, f.known));
        events.signals.retain(|s| kept(s.day, s.known));
        events.grows.retain(|g| g.to >= start);
        events.visits.sort_by_key(|v| (v.day, v.pand));
        events.finds.sort_by_key(|f| (f.day, f.pand));
        events.repeats.sort_by_key(|r| (r.0, r.1));
        events.repeats.dedup_by(|later, first| {
            let same = (later.0, later.1) == (first.0, first.1);
            if same {
                first.2 += later.2;
            }
            same
        });
        self.events
    }
}

/// Chance of at least one draw.
fn chance_of(expected: f64) -> f64 {
    1.0 - (-expected).exp()
}

/// A position as the number that events carry; there are at most 20 million panden.
fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
