//! What does not depend on the as-of date: places, locations of records, pairs near each other, levels.

use std::sync::{Arc, PoisonError};

use super::cohort::NONE;
use super::pairs::Pairs;
use super::place::{Located, Places, lift, occurrences_of_units};
use super::plan::Plan;
use super::records::{RecordSource, Records};
use super::strips::Strips;
use crate::spec::UnitOfStudy;
use crate::tables::Tables;

/// See the module; made once per plan and tables.
#[derive(Debug, Default)]
pub(crate) struct Index {
    digest: u64,
    /// Empty unless a feature asks for a radius.
    pub(crate) strips: Strips,
    /// Per occurrence (or area): position of its place in `strips`, or `NONE`.
    pub(crate) place_of_record: Vec<u32>,
    pub(crate) sources: Vec<(RecordSource, Located, Pairs)>,
    /// Per level, per area: see [`lift`].
    pub(crate) lifts: Vec<Vec<u32>>,
}

impl Index {
    pub(crate) fn source(&self, source: RecordSource) -> Option<(&Located, &Pairs)> {
        self.sources.iter().find(|s| s.0 == source).map(|s| (&s.1, &s.2))
    }

    /// The area of this level that `area` lies in.
    pub(crate) fn lifted(&self, level: u8, area: u32) -> u32 {
        self.lifts.get(usize::from(level)).and_then(|l| l.get(area as usize)).copied().unwrap_or(NONE)
    }

    fn new(plan: &Plan, tables: &Tables, digest: u64) -> Self {
        let of_unit = occurrences_of_units(&tables.units);
        let mut index = Self { digest, ..Self::default() };
        index.lifts = (0..=u8::MAX).take(tables.areas.levels.len()).map(|l| lift(&tables.areas, l)).collect();
        let radius = plan.gathered.iter().map(|g| g.1.largest()).fold(0.0, f64::max);
        if radius > 0.0 {
            index.place(plan.study, tables, radius);
        }
        for (source, reach) in &plan.gathered {
            if let Some(records) = Records::of(tables, *source) {
                let located = Located::new(&records, &tables.units, &of_unit);
                let pairs = Pairs::new(reach.clone(), &index.strips, &located);
                index.sources.push((*source, located, pairs));
            }
        }
        index
    }

    fn place(&mut self, study: UnitOfStudy, tables: &Tables, radius: f64) {
        let places = Places::of(study, tables);
        self.strips = Strips::new(&places.points, radius);
        let mut position = vec![NONE; places.points.len()];
        for (at, &item) in (0u32..).zip(&self.strips.item) {
            position[item as usize] = at;
        }
        self.place_of_record =
            places.of_record.iter().map(|&p| position.get(p as usize).copied().unwrap_or(NONE)).collect();
    }
}

impl Plan {
    /// The index of these tables: the one from last time, unless anything that it depends on has changed.
    pub(crate) fn index(&self, tables: &Tables) -> Arc<Index> {
        let digest = digest(self, tables);
        // A panic elsewhere cannot leave the index half made: it is put in place as a whole.
        let kept = || self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = kept().as_ref().filter(|index| index.digest == digest) {
            return Arc::clone(index);
        }
        // Made without holding the lock: a thread that waits for its own tasks may be given another date.
        let index = Arc::new(Index::new(self, tables, digest));
        *kept() = Some(Arc::clone(&index));
        index
    }
}

/// A digest of all that the index depends on. Not for secrecy: only to notice that tables differ.
fn digest(plan: &Plan, tables: &Tables) -> u64 {
    let mut digest = Digest(0x9E37_79B9_7F4A_7C15);
    let units = &tables.units;
    digest.length(units.id.len());
    digest.all(&units.unit, |&u| u64::from(u));
    digest.all(&units.x, |x| x.to_bits());
    digest.all(&units.y, |y| y.to_bits());
    digest.all(&units.area, |&a| optional(a));
    digest.all(&units.known_from, |&d| day(d));
    digest.all(&units.valid_from, |&d| day(d));
    let areas = &tables.areas;
    digest.all(&areas.x, |x| x.to_bits());
    digest.all(&areas.y, |y| y.to_bits());
    digest.all(&areas.level, |&l| u64::from(l));
    digest.all(&areas.parent, |&p| optional(p));
    for (source, _) in &plan.gathered {
        if let Some(records) = Records::of(tables, *source) {
            digest.all(records.date, |&d| day(d));
            digest.all(records.unit, |&u| optional(u));
            digest.all(records.area, |&a| optional(a));
            digest.all(records.x, |x| x.to_bits());
            digest.all(records.y, |y| y.to_bits());
        }
    }
    digest.0
}

fn optional(value: Option<u32>) -> u64 {
    value.map_or(u64::MAX, u64::from)
}

fn day(day: crate::tables::Day) -> u64 {
    u64::from(day.0.cast_unsigned())
}

struct Digest(u64);

impl Digest {
    fn all<T>(&mut self, values: &[T], bits: impl Fn(&T) -> u64) {
        self.length(values.len());
        for value in values {
            self.mix(bits(value));
        }
    }

    fn length(&mut self, n: usize) {
        self.mix(n as u64);
    }

    fn mix(&mut self, bits: u64) {
        self.0 = (self.0 ^ bits).wrapping_mul(0xFF51_AFD7_ED55_8CCD).rotate_left(29);
    }
}
