//! What is known of each row over its horizon.

use models::Outcome;

use super::cohort::NONE;
use super::index::Index;
use super::plan::Plan;
use super::records::{RecordSource, Records};
use crate::spec::{UnitOfStudy, Unseen};
use crate::tables::{Day, Tables};

/// The outcomes of a set of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    /// Per row.
    pub outcome: Vec<Outcome>,
    /// Whether as-of + horizon + reporting delay has passed.
    pub complete: bool,
    /// Finds in the horizon that belong to no row.
    pub finds_outside: u64,
}

/// What was seen of one unit or area.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Finds by the events source.
    events: f64,
    /// Finds by visits.
    visits: f64,
    /// An event whose number of finds is missing.
    uncounted: bool,
    nothing_found: bool,
    no_access: bool,
}

impl Seen {
    /// An event and a visit that tell of the same find are one find: the larger of both counts.
    fn finds(self) -> f64 {
        self.events.max(self.visits)
    }

    fn outcome(self, unseen: Outcome) -> Outcome {
        let finds = self.finds();
        if finds > 0.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; above 0")]
            let finds = finds.round() as u32;
            return Outcome::Found(finds.max(1));
        }
        match self {
            // Found, but how many is not known: it cannot be called nothing.
            Self { uncounted: true, .. } => Outcome::Unknown,
            Self { nothing_found: true, .. } => Outcome::NothingFound,
            Self { no_access: true, .. } => Outcome::NoAccess,
            _ => unseen,
        }
    }
}

impl Plan {
    /// Outcomes over `(t, t + horizon]` of these units (or areas), from records known strictly before
    /// `known_by`, or all records. While the outcome is not complete, a row of which nothing was seen is
    /// unknown, whatever the study says of unseen rows.
    pub(crate) fn observe(
        &self,
        tables: &Tables,
        index: &Index,
        subjects: &[u32],
        t: Day,
        known_by: Option<Day>,
    ) -> Outcomes {
        let complete = self.calendar.is_complete(t, known_by.unwrap_or(self.calendar.data_until));
        let unseen = match self.target.unseen {
            Unseen::NothingFound if complete => Outcome::NothingFound,
            _ => Outcome::Unknown,
        };
        let n = match self.study {
            UnitOfStudy::Pand => tables.units.id.len(),
            UnitOfStudy::Area => tables.areas.code.len(),
        };
        // One more for everything that names no unit or area.
        let mut seen = vec![Seen::default(); n + 1];
        for source in [self.target.events, self.target.visits].into_iter().flatten() {
            self.watch(tables, index, source, t, known_by, &mut seen);
        }
        let outcome = subjects.iter().map(|&s| seen[s as usize].outcome(unseen)).collect();
        for &subject in subjects {
            seen[subject as usize] = Seen::default();
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; 0 or more")]
        let finds_outside = seen.iter().map(|s| s.finds()).sum::<f64>().round() as u64;
        Outcomes { outcome, complete, finds_outside }
    }

    fn watch(
        &self,
        tables: &Tables,
        index: &Index,
        source: RecordSource,
        t: Day,
        known_by: Option<Day>,
        seen: &mut [Seen],
    ) {
        let (Some(records), Some((located, _))) = (Records::of(tables, source), index.source(source)) else {
            return;
        };
        let nobody = seen.len() - 1;
        for i in records.between(t, self.calendar.outcome_until(t)) {
            if known_by.is_some_and(|day| records.known_from[i] >= day) {
                continue;
            }
            let subject = match self.study {
                UnitOfStudy::Pand => records.unit[i].unwrap_or(NONE),
                UnitOfStudy::Area => index.lifted(0, located.area[i]),
            };
            let seen = &mut seen[(subject as usize).min(nobody)];
            match records.outcome.get(i) {
                None => {
                    match self.target.value.map_or(records.count(i), |v| f64::from(records.value(v, i))) {
                        finds if finds.is_nan() => seen.uncounted = true,
                        finds => seen.events += finds,
                    }
                }
                Some(Outcome::Found(n)) => seen.visits += f64::from(*n),
                Some(Outcome::NothingFound) => seen.nothing_found = true,
                Some(Outcome::NoAccess) => seen.no_access = true,
                Some(Outcome::Unknown) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_wins_in_order() {
        let seen = |events, visits, nothing_found, no_access| Seen {
            events,
            visits,
            nothing_found,
            no_access,
            uncounted: false,
        };
        let unseen = Outcome::Unknown;
        assert_eq!(seen(2.0, 1.0, true, true).outcome(unseen), Outcome::Found(2));
        assert_eq!(seen(1.0, 3.0, true, false).outcome(unseen), Outcome::Found(3));
        assert_eq!(seen(0.0, 0.0, true, true).outcome(unseen), Outcome::NothingFound);
        assert_eq!(seen(0.0, 0.0, false, true).outcome(Outcome::NothingFound), Outcome::NoAccess);
        assert_eq!(Seen::default().outcome(Outcome::NothingFound), Outcome::NothingFound);
        assert_eq!(
            Seen { uncounted: true, ..Seen::default() }.outcome(Outcome::NothingFound),
            Outcome::Unknown
        );
    }
}
