//! The search: all bags take a round over the terms, side by side; the rows that they leave out tell when to stop.
//!
//! All bags stop after the same round, judged on the loss of what each bag left out. As every row is left out once,
//! that is cross-validation: it rests on all finds, where a bag alone would stop on the few finds that it left out.

use rayon::prelude::*;

use super::bags::lot;
use super::cut::Change;
use super::rows::{Place, Rows, Slopes};
use super::settings::EbmSettings;
use crate::learner::{FitError, Monitor, Step};

/// Terms that a search works on.
pub(super) trait Terms: Sync {
    /// Number of terms.
    fn count(&self) -> usize;

    /// Number of bins of a term.
    fn size(&self, term: usize) -> usize;

    /// Where a term finds the bins of the rows.
    fn place(&self, term: usize) -> Place<'_>;

    /// What a visit changes, from the derivatives per bin. `lot` draws cuts, in smoothing rounds.
    fn improve(&self, term: usize, slopes: Slopes, lot: Option<&mut dyn FnMut() -> u64>) -> Change;
}

/// A bag at work.
pub(super) struct Bag {
    pub(super) number: u8,
    /// Sum of the terms so far, per row; also of rows that it leaves out.
    pub(super) score: Vec<f32>,
    /// Numbers of the rows that it leaves out.
    left_out: Vec<u32>,
}

/// Where a search stopped.
pub(super) struct Found {
    /// Per bag, per term, the score per bin.
    pub(super) scores: Vec<Vec<Vec<f64>>>,
    /// Whether any round did better than none.
    pub(super) helps: bool,
}

/// The bags before any search.
pub(super) fn start(rows: &Rows, bags: u8) -> Vec<Bag> {
    let left_out = |number: u8| {
        let own = (0..).zip(&rows.bag).zip(&rows.weight).filter(|((_, bag), w)| **bag == number && **w > 0.0);
        own.map(|((row, _), _)| row).collect()
    };
    (0..bags).map(|number| Bag { number, score: vec![0.0; rows.len()], left_out: left_out(number) }).collect()
}

struct Course {
    scores: Vec<Vec<f64>>,
    kept: Vec<Vec<f64>>,
    gain: Vec<f64>,
}

/// What a search is called and how it is watched.
pub(super) struct Watched<'a> {
    pub(super) learner: &'a str,
    pub(super) stage: &'static str,
    /// Standard errors by which a later round must beat an earlier one; 0 keeps the round of least loss.
    pub(super) sure: f64,
    pub(super) monitor: &'a dyn Monitor,
}

/// Pairs must be sure: later rounds of pairs fit the years of the training rows, and do worse on a next year. With few
/// finds no single feature is sure, and the best guess beats no model.
pub(super) const SURE_PAIRS: f64 = 2.0;
/// Most terms that are visited on one reading of the rows.
const MOST_TOGETHER: usize = 4;
/// Less gain than this share of the loss is none.
const TOLERANCE: f64 = 1e-6;

/// Searches until the left-out rows gain no more. Afterwards the bags' scores are those of the round that
/// is kept.
pub(super) fn search(
    rows: &Rows,
    terms: &dyn Terms,
    settings: &EbmSettings,
    bags: &mut [Bag],
    watched: &Watched<'_>,
) -> Result<Found, FitError> {
    let zero: Vec<Vec<f64>> = (0..terms.count()).map(|t| vec![0.0; terms.size(t)]).collect();
    let fresh = || Course { scores: zero.clone(), kept: zero.clone(), gain: vec![f64::INFINITY; zero.len()] };
    let mut courses: Vec<Course> = bags.iter().map(|_| fresh()).collect();
    let mut kept: Vec<f64> = bags.iter().map(|bag| rows.left_out_loss(&bag.score, &bag.left_out)).collect();
    let mut mark: f64 = kept.iter().sum();
    let mut any = false;
    let mut marked = 0;
    for round in 1..=settings.rounds {
        if watched.monitor.cancelled() {
            return Err(FitError::Cancelled { learner: watched.learner.to_owned() });
        }
        let work = bags.par_iter_mut().zip(&mut courses);
        let losses: Vec<f64> = work
            .map(|(bag, course)| {
                take_round(rows, terms, settings, bag, course, round);
                rows.left_out_loss(&bag.score, &bag.left_out)
            })
            .collect();
        let loss: f64 = losses.iter().sum();
        let (stage, of) = (watched.stage, settings.rounds);
        watched.monitor.step(&Step { stage, number: round, of, loss: Some(loss) });
        let fall: Vec<f64> = kept.iter().zip(&losses).map(|(kept, now)| kept - now).collect();
        if helps(&fall, watched.sure) {
            (kept, any) = (losses, true);
            courses.iter_mut().for_each(|course| course.kept.clone_from(&course.scores));
        }
        if loss < mark - TOLERANCE * mark.abs() {
            (mark, marked) = (loss, round);
        }
        if round >= marked + settings.patience && round >= settings.smoothing_rounds + settings.patience {
            break;
        }
    }
    bags.par_iter_mut().zip(&courses).for_each(|(bag, course)| step_back(rows, terms, bag, course));
    Ok(Found { scores: courses.into_iter().map(|course| course.kept).collect(), helps: any })
}

fn take_round(
    rows: &Rows,
    terms: &dyn Terms,
    settings: &EbmSettings,
    bag: &mut Bag,
    course: &mut Course,
    round: u32,
) {
    let most = course.gain.iter().copied().fold(0.0, f64::max);
    let mut order: Vec<(u64, usize)> =
        (0..terms.count()).map(|t| (lot(settings.seed, &[u64::from(round), t as u64]), t)).collect();
    order.sort_unstable();
    let rests = |t: usize| course.gain[t] < settings.greedy * most && !(t as u32 + round).is_multiple_of(4);
    let visited: Vec<usize> = order.into_iter().map(|(_, t)| t).filter(|t| !rests(*t)).collect();
    let mut waiting: Vec<(Place<'_>, Vec<f32>)> = Vec::new();
    for group in visited.chunks(together(settings)) {
        let places: Vec<_> = group.iter().map(|&t| (terms.place(t), terms.size(t))).collect();
        let slopes = rows.collect(bag.number, &mut bag.score, &waiting, &places);
        waiting.clear();
        for ((&t, (place, _)), slopes) in group.iter().zip(places).zip(slopes) {
            let mut drawn = 0;
            let mut draw = || {
                drawn += 1;
                lot(settings.seed, &[u64::from(bag.number), u64::from(round), t as u64, drawn])
            };
            let smoothing = round <= settings.smoothing_rounds;
            let change = terms.improve(t, slopes, smoothing.then_some(&mut draw));
            course.gain[t] = change.gain;
            for (score, by) in course.scores[t].iter_mut().zip(&change.scores) {
                *score += by;
            }
            waiting.push((place, change.scores.iter().map(|by| *by as f32).collect()));
        }
    }
    for (place, change) in &waiting {
        rows.add(&mut bag.score, place, change);
    }
}

/// How many terms are visited on one reading. Were they all alike, each would take the step of all: together they take
/// at most one full step.
fn together(settings: &EbmSettings) -> usize {
    let share = 1.0 - (1.0 - settings.learning_rate).powi(i32::from(settings.steps));
    ((1.0 / share) as usize).clamp(1, MOST_TOGETHER)
}

/// Takes back what came after the round that is kept.
fn step_back(rows: &Rows, terms: &dyn Terms, bag: &mut Bag, course: &Course) {
    for t in 0..terms.count() {
        let too_much = course.kept[t].iter().zip(&course.scores[t]).map(|(kept, now)| (kept - now) as f32);
        rows.add(&mut bag.score, &terms.place(t), &too_much.collect::<Vec<_>>());
    }
}

/// Whether a fall of the loss per bag is more than chance: above `sure` times its own standard error.
fn helps(fall: &[f64], sure: f64) -> bool {
    let count = fall.len() as f64;
    let mean = fall.iter().sum::<f64>() / count;
    let squares: f64 = fall.iter().map(|f| (f - mean) * (f - mean)).sum();
    mean > sure * (squares / (count - 1.0).max(1.0) / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{EbmSettings, helps, together};

    #[test]
    fn terms_that_are_all_alike_take_at_most_one_full_step() {
        let told =
            |learning_rate, steps| together(&EbmSettings { learning_rate, steps, ..EbmSettings::default() });
        assert_eq!(
            [told(1.0, 1), told(0.1, 12), told(0.04, 12), told(0.015, 12), told(1e-4, 1)],
            [1, 1, 2, 4, 4]
        );
    }

    #[test]
    fn a_fall_must_stand_out_from_its_spread_over_the_bags() {
        // Mean 1; standard errors 0.41 and 0.82.
        assert!(helps(&[0.0, 1.0, 1.0, 2.0], 2.0));
        assert!(!helps(&[-1.0, 1.0, 1.0, 3.0], 2.0));
        assert!(!helps(&[0.0; 4], 2.0) && !helps(&[-1.0; 4], 2.0) && helps(&[1e-9; 4], 2.0));
    }
}
