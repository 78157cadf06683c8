//! One pass over the rows of a bag: add what the last visited terms changed, and collect the derivatives of the
//! loss per bin of the next ones. This is where the time goes.

use super::binning::Codes;
use super::settings::EbmLoss;

/// Rows at a time: what a pass works on stays in the fastest memory.
const BLOCK: usize = 512;

/// What all bags share.
pub(super) struct Rows {
    pub(super) loss: EbmLoss,
    /// What `exp(score)` multiplies, per row.
    pub(super) base: Vec<f32>,
    pub(super) outcome: Vec<f32>,
    pub(super) weight: Vec<f32>,
    /// Which bag leaves the row out.
    pub(super) bag: Vec<u8>,
    /// The mean on the scale of the link: logarithm of the odds or of the rate.
    pub(super) mean: f64,
    /// Rounds sums to a grid: see [`Rows::grid`].
    pub(super) grid: f64,
}

/// Derivatives of the loss per bin: first and second.
pub(super) type Slopes = Vec<[f64; 2]>;

/// Where a term finds the bin of a row.
pub(super) enum Place<'a> {
    /// A feature's own bins.
    One(&'a Codes),
    /// Coarser bins of two features: the number of a row is what both tables give, added.
    Two(&'a Codes, &'a [u16], &'a Codes, &'a [u16]),
}

impl Place<'_> {
    pub(super) fn read(&self, first: usize, bins: &mut [u16]) {
        match self {
            Self::One(codes) => codes.read(first, bins),
            Self::Two(own, own_table, other, other_table) => {
                let mut others = [0; BLOCK];
                let others = &mut others[..bins.len()];
                own.read(first, bins);
                other.read(first, others);
                for (bin, other) in bins.iter_mut().zip(others) {
                    *bin = own_table[usize::from(*bin)] + other_table[usize::from(*other)];
                }
            }
        }
    }
}

impl Rows {
    /// The number that rounds to a grid when it is added and taken away again. On a grid that is coarse enough,
    /// 64-bit sums are exact, and so the same in any order of the rows and for repeated rows and weights.
    /// `most` bounds what the derivatives can add up to.
    pub(super) fn grid(most: f64) -> f64 {
        1.5 * 2f64.powi(most.log2().ceil().max(0.0) as i32 + 1)
    }

    pub(super) fn len(&self) -> usize {
        self.outcome.len()
    }

    fn blocks(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let rows = self.len();
        (0..rows.div_ceil(BLOCK)).map(move |b| b * BLOCK..rows.min((b + 1) * BLOCK))
    }

    /// Adds `change` of the bins at `place` to the scores.
    pub(super) fn add(&self, score: &mut [f32], place: &Place<'_>, change: &[f32]) {
        let mut bins = [0; BLOCK];
        for rows in self.blocks() {
            let bins = &mut bins[..rows.len()];
            place.read(rows.start, bins);
            for (s, bin) in score[rows].iter_mut().zip(bins) {
                *s += change[usize::from(*bin)];
            }
        }
    }

    /// Adds the changes that wait, and gives the derivatives per bin of each of `places` (with their numbers of
    /// bins) over the rows that `bag` keeps.
    pub(super) fn collect(
        &self,
        bag: u8,
        score: &mut [f32],
        waiting: &[(Place<'_>, Vec<f32>)],
        places: &[(Place<'_>, usize)],
    ) -> Vec<Slopes> {
        let mut sums: Vec<Sums> = places.iter().map(|(_, size)| Sums::new(*size)).collect();
        let (mut bins, mut kept) = ([0; BLOCK], [0.0; BLOCK]);
        let (mut slopes, mut weighed) = ([[0.0; 2]; BLOCK], [[0.0; 2]; BLOCK]);
        for rows in self.blocks() {
            let (bins, slopes) = (&mut bins[..rows.len()], &mut slopes[..rows.len()]);
            let (kept, weighed) = (&mut kept[..rows.len()], &mut weighed[..rows.len()]);
            let score = &mut score[rows.clone()];
            for (place, change) in waiting {
                place.read(rows.start, bins);
                for (s, bin) in score.iter_mut().zip(bins.iter()) {
                    *s += change[usize::from(*bin)];
                }
            }
            self.loss.slopes(score, &self.base[rows.clone()], &self.outcome[rows.clone()], slopes);
            // A product, because a branch on what is as good as drawn by lot would be guessed wrong.
            let all = self.weight[rows.clone()].iter().zip(&self.bag[rows.clone()]);
            for (to, (w, left_out)) in kept.iter_mut().zip(all) {
                *to = *w * f32::from(u8::from(*left_out != bag));
            }
            for ((to, slope), w) in weighed.iter_mut().zip(slopes).zip(kept) {
                *to = slope.map(|s| self.rounded(s) * f64::from(*w));
            }
            for ((place, _), sums) in places.iter().zip(&mut sums) {
                place.read(rows.start, bins);
                sums.add(bins, weighed);
            }
        }
        sums.into_iter().map(Sums::total).collect()
    }

    pub(super) fn rounded(&self, slope: f32) -> f64 {
        (f64::from(slope) + self.grid) - self.grid
    }

    /// Loss of the rows that `bag` leaves out.
    pub(super) fn left_out_loss(&self, score: &[f32], left_out: &[u32]) -> f64 {
        let value = |row: usize| {
            let (base, y) = (f64::from(self.base[row]), f64::from(self.outcome[row]));
            let value = self.loss.value(f64::from(score[row]), base, y);
            ((value + self.grid) - self.grid) * f64::from(self.weight[row])
        };
        left_out.iter().map(|row| value(*row as usize)).sum()
    }
}

/// Sums per bin in two strands, so that neighbours in the same bin need not wait for each other.
struct Sums(Vec<[[f64; 2]; 2]>);

impl Sums {
    fn new(size: usize) -> Self {
        Self(vec![[[0.0; 2]; 2]; size])
    }

    fn add(&mut self, bins: &[u16], slopes: &[[f64; 2]]) {
        let mut add = |strand: usize, bin: u16, slope: [f64; 2]| {
            let sum = &mut self.0[usize::from(bin)][strand];
            *sum = [sum[0] + slope[0], sum[1] + slope[1]];
        };
        let ((bins, last_bin), (slopes, last)) = (bins.as_chunks::<2>(), slopes.as_chunks::<2>());
        for (bins, slopes) in bins.iter().zip(slopes) {
            add(0, bins[0], slopes[0]);
            add(1, bins[1], slopes[1]);
        }
        for (bin, slope) in last_bin.iter().zip(last) {
            add(0, *bin, *slope);
        }
    }

    fn total(self) -> Slopes {
        self.0.into_iter().map(|[a, b]| [a[0] + b[0], a[1] + b[1]]).collect()
    }
}
