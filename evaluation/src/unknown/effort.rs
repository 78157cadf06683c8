//! Why finds rose or fell: more visits, or visits that hit more often?

/// Visits and finds of one stratum (an area class, a reason of visit) in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    /// Visits.
    pub visits: f64,
    /// Finds.
    pub finds: f64,
}

/// The change in finds from one period to the next, in two parts that add up to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// `Σ Δv · mean h`: finds more or fewer because of more or fewer visits.
    pub effort: f64,
    /// `Σ mean v · Δh`: because visits hit more or less often.
    pub yields: f64,
    /// Finds in strata without visits in one of the periods, where no hit rate exists: counted as effort.
    pub without_rate: f64,
}

/// Kitagawa's decomposition (1955) over strata, `before` and `after` in the same order. `effort + yields` is the change.
///
/// A stratum that was not visited in one of the periods has no hit rate there; its change is all effort, and is
/// told apart in [`Change::without_rate`].
///
/// ```
/// use evaluation::unknown::{Effort, decompose};
/// // Visits halved, hit rate the same: the fall in finds says nothing about how much there is.
/// let of = |visits, finds| Effort { visits, finds };
/// let change = decompose(&[of(100.0, 20.0)], &[of(50.0, 10.0)]);
/// assert_eq!((change.effort, change.yields), (-10.0, 0.0));
/// ```
#[must_use]
pub fn decompose(before: &[Effort], after: &[Effort]) -> Change {
    let mut change = Change { effort: 0.0, yields: 0.0, without_rate: 0.0 };
    for (b, a) in before.iter().zip(after) {
        if b.visits > 0.0 && a.visits > 0.0 {
            let (h, k) = (b.finds / b.visits, a.finds / a.visits);
            change.effort += (a.visits - b.visits) * f64::midpoint(h, k);
            change.yields += f64::midpoint(a.visits, b.visits) * (k - h);
        } else {
            change.effort += a.finds - b.finds;
            change.without_rate += a.finds - b.finds;
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_add_up(strata in prop::collection::vec((0u16..50, 0u16..50, 0u16..50, 0u16..50), 1..8)) {
            let of = |visits: u16, finds: u16| Effort { visits: f64::from(visits), finds: f64::from(finds.min(visits)) };
            let before: Vec<Effort> = strata.iter().map(|s| of(s.0, s.1)).collect();
            let after: Vec<Effort> = strata.iter().map(|s| of(s.2, s.3)).collect();
            let change = decompose(&before, &after);
            let finds = |e: &[Effort]| e.iter().map(|e| e.finds).sum::<f64>();
            prop_assert!((change.effort + change.yields - (finds(&after) - finds(&before))).abs() < 1e-9);
        }
    }
}
