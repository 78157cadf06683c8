//! Place metrics: how much of what happened lies in the places that were pointed out.
//!
//! "Size" is whatever a place is made of: surface, street length, addresses or floor area. A field has no
//! addresses, so for hennep the address-based figures speak and those by surface flatter; name the denominator.

/// Finds and size of the places that were flagged, and of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Finds in the flagged places, `n`.
    pub finds: f64,
    /// Finds in all places, `N`.
    pub all_finds: f64,
    /// Size of the flagged places, `a`.
    pub size: f64,
    /// Size of all places, `A`.
    pub all_size: f64,
}

impl Coverage {
    /// Counts the flagged places.
    ///
    /// ```
    /// use evaluation::metrics::Coverage;
    /// let finds = [5., 3., 0., 0., 1., 0., 0., 1., 0., 0.];
    /// let flagged = [true, false, false, false, true, false, false, false, false, false];
    /// let coverage = Coverage::of(&finds, &[1.0; 10], &flagged);
    /// assert_eq!(coverage.hit_rate(), Some(0.6));
    /// assert!((coverage.pai().unwrap() - 3.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn of(finds: &[f64], size: &[f64], flagged: &[bool]) -> Self {
        let mut sum = Self::default();
        for i in 0..finds.len() {
            sum.all_finds += finds[i];
            sum.all_size += size[i];
            if flagged[i] {
                sum.finds += finds[i];
                sum.size += size[i];
            }
        }
        sum
    }

    /// The top places by `score` up to this share of the size; the last place, and places that tie with it, count
    /// for the part that fits.
    #[must_use]
    pub fn of_top(score: &[f64], finds: &[f64], size: &[f64], share: f64) -> Self {
        let all_size: f64 = size.iter().sum();
        let room = share * all_size;
        let mut sum = Self { all_size, all_finds: finds.iter().sum(), ..Self::default() };
        let order = falling(score);
        for tied in order.chunk_by(|&a, &b| score[a] == score[b]) {
            let (step, hits): (f64, f64) =
                tied.iter().fold((0.0, 0.0), |s, &i| (s.0 + size[i], s.1 + finds[i]));
            let part = if sum.size + step > room { ((room - sum.size) / step).max(0.0) } else { 1.0 };
            sum.finds += part * hits;
            sum.size += part * step;
            if part < 1.0 {
                break;
            }
        }
        sum
    }

    /// Hit rate at this coverage: `n / N`.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        ratio(self.finds, self.all_finds)
    }

    /// Prediction accuracy index (Chainey, Tompson and Uhlig, 2008): `(n / N) / (a / A)`.
    #[must_use]
    pub fn pai(&self) -> Option<f64> {
        ratio(self.hit_rate()?, ratio(self.size, self.all_size)?)
    }

    /// Search efficiency (Bowers, Johnson and Pease, 2004): finds per unit of size.
    #[must_use]
    pub fn efficiency(&self) -> Option<f64> {
        ratio(self.finds, self.size)
    }
}

/// Prediction efficiency: what was reached against what could have been.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Efficiency {
    /// PAI of the best choice of places (PAI*).
    pub best_pai: f64,
    /// `PAI / PAI*` (Hunt, 2016).
    pub pei: f64,
    /// `n / n*`, with `n*` the finds of the best choice of the same size (NIJ; White, Hunt and Green, 2023).
    pub pei_star: f64,
}

/// PEI against the best choice of `best_share` of the size (the size that was flagged when `None`), and PEI* against the
/// best choice of the size that was flagged; with places of equal size that is the same number of places.
///
/// A small `best_share` makes PAI* large and PEI small, so state it. Absent without finds or flagged places.
#[must_use]
pub fn efficiency(
    finds: &[f64],
    size: &[f64],
    flagged: &[bool],
    best_share: Option<f64>,
) -> Option<Efficiency> {
    let coverage = Coverage::of(finds, size, flagged);
    let density: Vec<f64> = finds.iter().zip(size).map(|(n, a)| if *a > 0.0 { n / a } else { 0.0 }).collect();
    let share = ratio(coverage.size, coverage.all_size)?;
    let same_size = Coverage::of_top(&density, finds, size, share);
    let best = best_share.map_or(same_size, |s| Coverage::of_top(&density, finds, size, s));
    Some(Efficiency {
        best_pai: best.pai()?,
        pei: ratio(coverage.pai()?, best.pai()?)?,
        pei_star: ratio(coverage.finds, same_size.finds)?,
    })
}

/// Least share of the size that reaches this share of the finds, in the order of the score; tied places are one step.
#[must_use]
pub fn coverage_to_reach(score: &[f64], finds: &[f64], size: &[f64], hit_rate: f64) -> Option<f64> {
    let (all_finds, all_size): (f64, f64) = (finds.iter().sum(), size.iter().sum());
    let wanted = hit_rate * all_finds;
    if !(all_finds > 0.0 && all_size > 0.0) {
        return None;
    }
    let (mut found, mut used) = (0.0, 0.0);
    let order = falling(score);
    for tied in order.chunk_by(|&a, &b| score[a] == score[b]) {
        let (step, hits): (f64, f64) = tied.iter().fold((0.0, 0.0), |s, &i| (s.0 + size[i], s.1 + finds[i]));
        if found + hits >= wanted {
            let part = if hits > 0.0 { ((wanted - found) / hits).max(0.0) } else { 0.0 };
            return Some((used + part * step) / all_size);
        }
        found += hits;
        used += step;
    }
    Some(1.0)
}

/// Recapture rate index (Levine, 2008): `(n₂ / n₁) / (N₂ / N₁)`, flagged and all finds of two periods.
#[must_use]
pub fn recapture_rate(flagged: (f64, f64), all: (f64, f64)) -> Option<f64> {
    ratio(ratio(flagged.1, flagged.0)?, ratio(all.1, all.0)?)
}

/// Likeness of two distributions over places, `2 Σ p u / (Σ u² + Σ p²)`: predicted shares `p`, observed shares `u`.
#[must_use]
pub fn forecast_skill(predicted: &[f64], finds: &[f64]) -> Option<f64> {
    let (p, u) = (shares(predicted)?, shares(finds)?);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    ratio(2.0 * dot(&p, &u), dot(&u, &u) + dot(&p, &p))
}

/// Mean over places of `(p - u)²`, of predicted and observed shares.
#[must_use]
pub fn spatial_brier(predicted: &[f64], finds: &[f64]) -> Option<f64> {
    let (p, u) = (shares(predicted)?, shares(finds)?);
    Some(p.iter().zip(&u).map(|(p, u)| (p - u).powi(2)).sum::<f64>() / p.len() as f64)
}

/// `Σ finds ln p`, with predicted shares `p`; minus infinity where a find happened in a place of share 0.
#[must_use]
pub fn log_likelihood(predicted: &[f64], finds: &[f64]) -> Option<f64> {
    let p = shares(predicted)?;
    Some(p.iter().zip(finds).filter(|(_, n)| **n > 0.0).map(|(p, n)| n * p.ln()).sum())
}

fn shares(values: &[f64]) -> Option<Vec<f64>> {
    let all: f64 = values.iter().sum();
    (all > 0.0).then(|| values.iter().map(|v| v / all).collect())
}

fn falling(score: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|&a, &b| score[b].total_cmp(&score[a]));
    order
}

fn ratio(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINDS: [f64; 10] = [5.0, 3.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    const FLAGGED: [bool; 10] = [true, false, false, false, true, false, false, false, false, false];
    const SHARE: [f64; 10] = [0.3, 0.1, 0.1, 0.05, 0.2, 0.05, 0.05, 0.05, 0.05, 0.05];

    fn near(got: Option<f64>, known: f64) {
        assert!((got.unwrap() - known).abs() < 1e-6, "{got:?} is not {known}");
    }

    #[test]
    fn the_worked_example() {
        let coverage = Coverage::of(&FINDS, &[1.0; 10], &FLAGGED);
        assert_eq!((coverage.finds, coverage.all_finds), (6.0, 10.0));
        near(coverage.hit_rate(), 0.6);
        near(coverage.pai(), 3.0);
        near(coverage.efficiency(), 3.0);
        let same = efficiency(&FINDS, &[1.0; 10], &FLAGGED, None).unwrap();
        near(Some(same.best_pai), 4.0);
        near(Some(same.pei_star), 0.75);
        near(Some(same.pei), 0.75);
        // The best single place holds half of all finds on a tenth of the size.
        let single = efficiency(&FINDS, &[1.0; 10], &FLAGGED, Some(0.1)).unwrap();
        near(Some(single.best_pai), 5.0);
        near(Some(single.pei), 0.6);
        near(Some(single.pei_star), 0.75);
        let addresses = [100.0, 50.0, 5.0, 5.0, 100.0, 10.0, 10.0, 200.0, 10.0, 10.0];
        near(Coverage::of(&FINDS, &addresses, &FLAGGED).pai(), 1.5);
        near(forecast_skill(&SHARE, &FINDS), 0.780_952);
        near(spatial_brier(&SHARE, &FINDS), 0.0115);
        near(log_likelihood(&SHARE, &FINDS), -17.532_789);
        near(recapture_rate((4.0, 6.0), (8.0, 10.0)), 1.2);
    }

    #[test]
    fn ties_at_the_end_count_for_the_part_that_fits() {
        let coverage = Coverage::of_top(&[1.0, 0.5, 0.5, 0.5], &[1.0, 3.0, 0.0, 0.0], &[1.0; 4], 0.5);
        near(coverage.hit_rate(), 0.5);
        near(coverage_to_reach(&[1.0, 0.5, 0.5, 0.5], &[1.0, 3.0, 0.0, 0.0], &[1.0; 4], 0.5), 0.5);
        near(coverage_to_reach(&FINDS, &FINDS, &[1.0; 10], 1.0), 0.4);
    }

    #[test]
    fn nothing_found_or_flagged_is_absent() {
        assert_eq!(Coverage::of(&[0.0], &[1.0], &[true]).hit_rate(), None);
        assert_eq!(Coverage::of(&[1.0], &[1.0], &[false]).pai(), None);
        assert_eq!(efficiency(&[1.0], &[1.0], &[false], None), None);
        assert_eq!(forecast_skill(&[0.0], &[1.0]), None);
        assert_eq!(recapture_rate((0.0, 1.0), (1.0, 1.0)), None);
    }
}
