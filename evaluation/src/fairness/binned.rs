//! An additive logistic model over bins: enough to ask what features could tell, quick for many of them.

/// How a feature is cut: edges of bins of about equal size; missing values are the last bin.
#[derive(Clone, Debug)]
pub(crate) struct Bins {
    edges: Vec<f64>,
}

impl Bins {
    /// From the values of the rows to learn from.
    pub(crate) fn of(values: &[f64], learn: &[usize], bins: usize) -> Self {
        let mut sorted: Vec<f64> = learn.iter().map(|&i| values[i]).filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let mut edges: Vec<f64> =
            (1..bins).filter_map(|b| sorted.get(b * sorted.len() / bins).copied()).collect();
        edges.dedup();
        Self { edges }
    }

    fn count(&self) -> usize {
        self.edges.len() + 2
    }

    fn at(&self, value: f64) -> usize {
        if value.is_finite() { self.edges.partition_point(|e| *e <= value) } else { self.edges.len() + 1 }
    }
}

/// Log odds: a fixed number plus one for the bin of each feature.
#[derive(Clone, Debug)]
pub(crate) struct Additive {
    base: f64,
    parts: Vec<Vec<f64>>,
}

/// Rounds over the features, and the pull to 0 of every bin (in rows of variance).
const ROUNDS: usize = 15;
const RIDGE: f64 = 2.0;

impl Additive {
    /// Newton steps, one feature after the other: bins of a feature share no rows, so each has its own step.
    pub(crate) fn fit(bins: &[Bins], columns: &[&[f64]], is: &[bool], learn: &[usize]) -> Self {
        let hits = learn.iter().filter(|&&i| is[i]).count() as f64;
        let share = (hits + 0.5) / (learn.len() as f64 + 1.0);
        let base = (share / (1.0 - share)).ln();
        let mut parts: Vec<Vec<f64>> = bins.iter().map(|b| vec![0.0; b.count()]).collect();
        let places: Vec<Vec<usize>> =
            bins.iter().zip(columns).map(|(b, c)| learn.iter().map(|&i| b.at(c[i])).collect()).collect();
        let mut sum = vec![base; learn.len()];
        for _ in 0..ROUNDS {
            for (part, place) in parts.iter_mut().zip(&places) {
                let mut slope: Vec<f64> = part.iter().map(|p| -RIDGE / 4.0 * p).collect();
                let mut bend = vec![RIDGE / 4.0; part.len()];
                for ((&at, total), &row) in place.iter().zip(&sum).zip(learn) {
                    let p = 1.0 / (1.0 + (-total).exp());
                    slope[at] += f64::from(u8::from(is[row])) - p;
                    bend[at] += p * (1.0 - p);
                }
                let step: Vec<f64> = slope.iter().zip(&bend).map(|(s, b)| (s / b).clamp(-2.0, 2.0)).collect();
                for (p, s) in part.iter_mut().zip(&step) {
                    *p += s;
                }
                for (total, &at) in sum.iter_mut().zip(place) {
                    *total += step[at];
                }
            }
        }
        Self { base, parts }
    }

    pub(crate) fn score(&self, bins: &[Bins], columns: &[&[f64]], row: usize) -> f64 {
        let of = |((part, b), c): ((&Vec<f64>, &Bins), &&[f64])| part[b.at(c[row])];
        self.base + self.parts.iter().zip(bins).zip(columns).map(of).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_is_a_bin_and_shares_become_log_odds() {
        let values: Vec<f64> =
            (0..400).map(|i| if i % 4 == 3 { f64::NAN } else { f64::from(i % 4) }).collect();
        // Of value 0 one in ten, of 1 half, of 2 nine in ten, of missing three in ten.
        let is: Vec<bool> = (0..400).map(|i| i / 4 % 10 < [1, 5, 9, 3][i % 4]).collect();
        let learn: Vec<usize> = (0..400).collect();
        let bins = [Bins::of(&values, &learn, 10)];
        let model = Additive::fit(&bins, &[&values], &is, &learn);
        for (row, share) in [(0usize, 0.1f64), (1, 0.5), (2, 0.9), (3, 0.3)] {
            let score = model.score(&bins, &[&values], row);
            assert!((score - (share / (1.0 - share)).ln()).abs() < 0.15, "{share}: {score}");
        }
    }
}
