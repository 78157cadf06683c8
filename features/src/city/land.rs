//! The land of the made-up town: a mesh of jittered hexagons grouped into buurten and wijken.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use geo::MultiPolygon;

use super::mesh::{AROUND, Hexagon, Mesh, trace};
use super::random::{Dice, Noise, Part, whole};

/// Hexagons per buurt, on average.
const HEXAGONS_PER_BUURT: f64 = 100.0;

/// What kind of place a buurt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Centre,
    PreWar,
    Flats,
    Suburb,
    NewSuburb,
    Industry,
    Rural,
    /// A park with next to nothing in it.
    Park,
    /// Water: an area without panden.
    Lake,
}

/// A buurt and where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Buurt {
    pub code: String,
    pub name: String,
    /// Position among the wijken.
    pub wijk: usize,
    pub kind: Kind,
    pub shape: MultiPolygon<f64>,
}

/// A wijk or gemeente.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub code: String,
    pub name: String,
    pub shape: MultiPolygon<f64>,
}

/// All areas, planar metres (RD).
#[derive(Clone, Debug)]
pub(crate) struct Land {
    pub gemeenten: Vec<Region>,
    pub wijken: Vec<Region>,
    pub buurten: Vec<Buurt>,
}

struct WijkPlan {
    name: &'static str,
    kind: Kind,
    buurten: usize,
    names: &'static [&'static str],
}

/// The wijken of Voorbeeldstad, from the middle outwards.
const WIJKEN: [WijkPlan; 8] = [
    WijkPlan {
        name: "Centrum",
        kind: Kind::Centre,
        buurten: 8,
        names: &[
            "Markt",
            "Grachtengordel",
            "Kerkkwartier",
            "Havenhoofd",
            "Stationsplein",
            "Oude Vest",
            "Wallen",
            "Hofkwartier",
        ],
    },
    WijkPlan {
        name: "Oud-West",
        kind: Kind::PreWar,
        buurten: 8,
        names: &[
            "Ambachtsbuurt",
            "Zeeheldenbuurt",
            "Spoorbuurt",
            "Wilhelminapark",
            "Gasfabriekbuurt",
            "Molenbuurt",
            "Weverij",
            "Kanaalzone",
        ],
    },
    WijkPlan {
        name: "Oud-Oost",
        kind: Kind::PreWar,
        buurten: 7,
        names: &[
            "Schildersbuurt",
            "Componistenbuurt",
            "Bloemenbuurt",
            "Tuindorp",
            "Oranjebuurt",
            "Singelkwartier",
            "Slachthuisbuurt",
        ],
    },
    WijkPlan {
        name: "Noorderveld",
        kind: Kind::Flats,
        buurten: 9,
        names: &[
            "Stadspark",
            "Zonnehoek",
            "Parkflat",
            "Statenbuurt",
            "Ministersbuurt",
            "Rivierenbuurt",
            "Waterschapsbuurt",
            "Provincieplein",
            "Planetenbuurt",
        ],
    },
    WijkPlan {
        name: "Zuiderhout",
        kind: Kind::Suburb,
        buurten: 10,
        names: &[
            "Vogelbuurt",
            "Kruidenhof",
            "Bomenbuurt",
            "Eikenhage",
            "De Weiden",
            "Hofjesbuurt",
            "Sterrenbos",
            "Lindelaan",
            "De Akkers",
            "Boerderijbuurt",
        ],
    },
    WijkPlan {
        name: "Westerlanden",
        kind: Kind::NewSuburb,
        buurten: 9,
        names: &[
            "Eilandenbuurt",
            "De Kade",
            "Lagunebuurt",
            "Rietkraag",
            "Zeilmakerij",
            "Waterfront",
            "De Sluizen",
            "Oeverzicht",
            "Dijkzicht",
        ],
    },
    WijkPlan {
        name: "Bedrijvenpark De Vork",
        kind: Kind::Industry,
        buurten: 4,
        names: &["Havenkade", "De Vork-Noord", "De Vork-Zuid", "Transportzone"],
    },
    WijkPlan {
        name: "Buitengebied",
        kind: Kind::Rural,
        buurten: 5,
        names: &["De Plas", "Achterveld", "Broekpolder", "Hoogeinde", "Molenpolder"],
    },
];

impl Region {
    /// The gemeente that a wijk lies in: CBS codes nest.
    pub(crate) fn parent(&self) -> Option<String> {
        self.code
            .strip_prefix("WK")
            .and_then(|digits| digits.get(..4))
            .map(|gemeente| format!("GM{gemeente}"))
    }
}

impl Land {
    /// The land of a town of this many panden; its surface grows with them.
    pub(crate) fn new(panden: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed, Part::Land);
        let scale = as_float(panden) / 60_000.0;
        // A larger town has more buurten as well as larger ones.
        let more = scale.sqrt().clamp(1.0, 9.0);
        let per_wijk: Vec<usize> =
            WIJKEN.iter().map(|w| whole((as_float(w.buurten) * more).round()) as usize).collect();
        let radius = 4_200.0 * scale.sqrt();
        let hexagons = HEXAGONS_PER_BUURT * as_float(per_wijk.iter().sum::<usize>());
        let step = (std::f64::consts::PI * radius * radius / hexagons / 0.75f64.sqrt()).sqrt();
        let bend = [dice.noise(step * 24.0), dice.noise(step * 24.0)];
        let mesh = Mesh { step, seed: seed ^ 0x5EED, bend };
        let wijk_of = wijken(&mesh, radius, &mut dice);
        let buurt_of = buurten(&mesh, &wijk_of, &per_wijk, &mut dice);
        assemble(&mesh, &wijk_of, &buurt_of)
    }
}

fn as_float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The wijk of each hexagon inside the outline.
fn wijken(mesh: &Mesh, radius: f64, dice: &mut Dice) -> BTreeMap<Hexagon, usize> {
    let turn: [f64; 3] = std::array::from_fn(|_| dice.between(0.0, std::f64::consts::TAU));
    let outline = |angle: f64| {
        1.0 + 0.10 * (2.0 * angle + turn[0]).sin()
            + 0.07 * (3.0 * angle + turn[1]).sin()
            + 0.04 * (5.0 * angle + turn[2]).sin()
    };
    let (bend, twist) = (dice.noise(radius * 0.45), dice.noise(radius * 0.6));
    let north = dice.between(0.0, 1.0);
    let reach = day_steps(radius * 1.3 / mesh.step / 0.75f64.sqrt());
    let mut wijk_of = BTreeMap::new();
    for q in -2 * reach..=2 * reach {
        for r in -reach..=reach {
            let (x, y) = mesh.middle((q, r));
            let angle = y.atan2(x);
            let away = x.hypot(y) / (radius * outline(angle));
            if away <= 1.0 {
                wijk_of.insert((q, r), wijk_at(x, y, away, angle, north, (&bend, &twist)));
            }
        }
    }
    join_stray_parts(&mut wijk_of);
    wijk_of
}

fn day_steps(value: f64) -> i32 {
    super::random::day(value.ceil())
}

fn wijk_at(x: f64, y: f64, away: f64, angle: f64, north: f64, (bend, twist): (&Noise, &Noise)) -> usize {
    let away = away + 0.035 * bend.at(x, y) * away.min(0.5) * 2.0;
    let around = (angle / std::f64::consts::TAU + north + 0.03 * twist.at(x, y)).rem_euclid(1.0);
    match away {
        a if a < 0.24 => 0,
        a if a < 0.50 => 1 + usize::from(around >= 0.53),
        a if a < 0.82 => match around {
            t if t < 0.26 => 3,
            t if t < 0.55 => 4,
            t if t < 0.83 => 5,
            _ => 6,
        },
        _ => 7,
    }
}

/// Gives each hexagon that lies apart from the main part of its wijk to the wijk around it.
fn join_stray_parts(wijk_of: &mut BTreeMap<Hexagon, usize>) {
    for _ in 0..8 {
        let mut seen = BTreeSet::new();
        let mut parts: Vec<(usize, Vec<Hexagon>)> = Vec::new();
        for (&start, &wijk) in wijk_of.iter() {
            if !seen.insert(start) {
                continue;
            }
            let mut part = vec![start];
            let mut next = 0;
            while next < part.len() {
                let (q, r) = part[next];
                next += 1;
                for (dq, dr) in AROUND {
                    let other = (q + dq, r + dr);
                    if wijk_of.get(&other) == Some(&wijk) && seen.insert(other) {
                        part.push(other);
                    }
                }
            }
            parts.push((wijk, part));
        }
        let mut largest = BTreeMap::new();
        for (wijk, part) in &parts {
            let size = largest.entry(*wijk).or_insert(0);
            *size = part.len().max(*size);
        }
        let mut changed = false;
        for (wijk, part) in &parts {
            if largest.get(wijk) == Some(&part.len()) {
                continue;
            }
            let around = part.iter().flat_map(|&(q, r)| AROUND.map(|(dq, dr)| (q + dq, r + dr)));
            let Some(other) = around.filter_map(|h| wijk_of.get(&h).copied()).find(|other| other != wijk)
            else {
                continue;
            };
            for &hexagon in part {
                wijk_of.insert(hexagon, other);
            }
            changed = true;
        }
        if !changed {
            return;
        }
    }
}

/// The buurt of each hexagon, as (wijk, number within the wijk): grown from middles over uneven ground.
fn buurten(
    mesh: &Mesh,
    wijk_of: &BTreeMap<Hexagon, usize>,
    per_wijk: &[usize],
    dice: &mut Dice,
) -> BTreeMap<Hexagon, (usize, usize)> {
    let mut buurt_of = BTreeMap::new();
    for (wijk, &count) in per_wijk.iter().enumerate() {
        let ground: Vec<Hexagon> = wijk_of.iter().filter(|&(_, &w)| w == wijk).map(|(&h, _)| h).collect();
        let middles = middles(mesh, &ground, count, dice);
        // Cost in thousandths of a metre, so that the order is exact.
        let mut heap: BinaryHeap<_> =
            middles.iter().enumerate().map(|(n, &h)| Reverse((0u64, h, n))).collect();
        while let Some(Reverse((cost, (q, r), number))) = heap.pop() {
            if buurt_of.contains_key(&(q, r)) {
                continue;
            }
            buurt_of.insert((q, r), (wijk, number));
            for (dq, dr) in AROUND {
                let next = (q + dq, r + dr);
                if wijk_of.get(&next) == Some(&wijk) && !buurt_of.contains_key(&next) {
                    let rough = 1000.0 * (0.6 + 0.8 * mesh.chance(next.0, next.1, 77));
                    heap.push(Reverse((cost + u64::from(whole(rough)), next, number)));
                }
            }
        }
    }
    buurt_of
}

/// Well-spread middles: k-means over the hexagons, each snapped to the nearest hexagon of its own.
fn middles(mesh: &Mesh, ground: &[Hexagon], count: usize, dice: &mut Dice) -> Vec<Hexagon> {
    let mut order: Vec<Hexagon> = ground.to_vec();
    dice.shuffle(&mut order);
    let mut middles: Vec<(f64, f64)> = order.iter().take(count).map(|&h| mesh.middle(h)).collect();
    let square = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).powi(2) + (a.1 - b.1).powi(2);
    for _ in 0..6 {
        let mut sums = vec![(0.0, 0.0, 0.0); middles.len()];
        for &hexagon in ground {
            let here = mesh.middle(hexagon);
            let near = (0..middles.len())
                .min_by(|&a, &b| square(here, middles[a]).total_cmp(&square(here, middles[b])));
            if let Some(sum) = near.and_then(|n| sums.get_mut(n)) {
                *sum = (sum.0 + here.0, sum.1 + here.1, sum.2 + 1.0);
            }
        }
        for (middle, sum) in middles.iter_mut().zip(&sums) {
            if sum.2 > 0.0 {
                *middle = (sum.0 / sum.2, sum.1 / sum.2);
            }
        }
    }
    let mut taken = BTreeSet::new();
    for middle in middles {
        let free = ground.iter().filter(|h| !taken.contains(*h));
        let near =
            free.min_by(|a, b| square(mesh.middle(**a), middle).total_cmp(&square(mesh.middle(**b), middle)));
        if let Some(&hexagon) = near {
            taken.insert(hexagon);
        }
    }
    taken.into_iter().collect()
}

fn assemble(
    mesh: &Mesh,
    wijk_of: &BTreeMap<Hexagon, usize>,
    buurt_of: &BTreeMap<Hexagon, (usize, usize)>,
) -> Land {
    let shape = |inside: &dyn Fn(Hexagon) -> bool| trace(mesh, buurt_of, inside);
    let code = |wijk: usize| format!("9999{:02}", wijk + 1);
    let numbers: BTreeSet<(usize, usize)> = buurt_of.values().copied().collect();
    let buurten = numbers
        .into_iter()
        .map(|(wijk, number)| Buurt {
            code: format!("BU{}{:02}", code(wijk), number),
            name: buurt_name(wijk, number),
            wijk,
            kind: kind(wijk, number),
            shape: shape(&|h| buurt_of.get(&h) == Some(&(wijk, number))),
        })
        .collect();
    let wijken = (0..WIJKEN.len())
        .map(|wijk| Region {
            code: format!("WK{}", code(wijk)),
            name: format!("Wijk {:02} {}", wijk + 1, WIJKEN[wijk].name),
            shape: shape(&|h| wijk_of.get(&h) == Some(&wijk)),
        })
        .collect();
    let whole = shape(&|h| wijk_of.contains_key(&h));
    let gemeente = Region { code: "GM9999".to_owned(), name: "Voorbeeldstad".to_owned(), shape: whole };
    Land { gemeenten: vec![gemeente], wijken, buurten }
}

fn kind(wijk: usize, number: usize) -> Kind {
    match (WIJKEN[wijk].kind, number) {
        (Kind::Flats, 0) => Kind::Park,
        (Kind::Rural, 0) => Kind::Lake,
        (kind, _) => kind,
    }
}

fn buurt_name(wijk: usize, number: usize) -> String {
    let names = WIJKEN[wijk].names;
    let name = names[number % names.len()];
    if number < names.len() { name.to_owned() } else { format!("{name} {}", number / names.len() + 1) }
}

#[cfg(test)]
mod tests {
    use geo::{Area, BooleanOps, Coord, Relate, Validation};

    use super::*;

    /// Towns to try.
    const SEEDS: u64 = 10;

    fn shapes(land: &Land) -> Vec<&MultiPolygon<f64>> {
        land.buurten.iter().map(|b| &b.shape).collect()
    }

    #[test]
    fn areas_are_planar_and_nest() {
        let small = (0..SEEDS).map(|seed| (if seed % 2 == 0 { 60_000 } else { 1_000 }, seed));
        for (panden, seed) in small.chain([(60_000, 42), (1_000_000, 3)]) {
            let land = Land::new(panden, seed);
            let all: f64 = shapes(&land).iter().map(|s| s.unsigned_area()).sum();
            let town = land.gemeenten[0].shape.unsigned_area();
            assert!((all / town - 1.0).abs() < 1e-9, "{all} {town}");
            assert!(land.gemeenten[0].shape.is_valid() && land.gemeenten[0].shape.0.len() == 1);
            assert!(land.gemeenten[0].shape.0[0].interiors().is_empty());
            for (number, wijk) in land.wijken.iter().enumerate() {
                let parts: f64 =
                    land.buurten.iter().filter(|b| b.wijk == number).map(|b| b.shape.unsigned_area()).sum();
                assert!((parts / wijk.shape.unsigned_area() - 1.0).abs() < 1e-9, "{} {parts}", wijk.code);
                assert!(
                    wijk.shape.is_valid() && wijk.shape.0.len() == 1,
                    "{} has {} parts",
                    wijk.code,
                    wijk.shape.0.len()
                );
            }
        }
    }

    #[test]
    fn no_two_buurten_overlap_and_borders_are_shared() {
        let land = Land::new(60_000, 42);
        let shapes = shapes(&land);
        assert_eq!(shapes.len(), 60);
        for (a, shape) in shapes.iter().enumerate() {
            assert!(shape.is_valid() && shape.0.len() == 1, "{}", land.buurten[a].code);
            for other in &shapes[a + 1..] {
                assert!(!shape.relate(*other).is_overlaps());
                assert!(shape.intersection(*other).unsigned_area() < 1e-3);
            }
        }
        // Each stretch of border occurs once in each direction, or once along the edge of the town.
        let mut stretches = BTreeMap::new();
        let key = |c: &Coord<f64>| (c.x.to_bits(), c.y.to_bits());
        let lines = |shape: &MultiPolygon<f64>| -> Vec<_> {
            let rings = shape.0.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
            rings
                .flat_map(|ring| ring.0.windows(2).map(|w| (key(&w[0]), key(&w[1]))).collect::<Vec<_>>())
                .collect()
        };
        for line in shapes.iter().flat_map(|s| lines(s)) {
            *stretches.entry(line).or_insert(0) += 1;
        }
        let edge: BTreeSet<_> = lines(&land.gemeenten[0].shape).into_iter().collect();
        for (&(from, to), &count) in &stretches {
            assert_eq!(count, 1);
            assert_ne!(stretches.contains_key(&(to, from)), edge.contains(&(from, to)));
        }
    }
}
