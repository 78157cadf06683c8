//! Proxies: could the features tell an audit attribute that the model may not know, and which terms make groups differ?
//!
//! That features *can* tell the attribute ([`telltales`]) does not mean that the model uses it so; what terms add to the difference
//! ([`term_gaps`]) and what the list becomes without one ([`flattened`]) say that.

use models::Text;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::backtest::input::{EvaluationError, same_length};
use crate::estimate::{Estimate, method};
use crate::fairness::binned::{Additive, Bins};
use crate::interval::normal_quantile;
use crate::metrics::delong;

/// Folds of the cross-validation, and bins of a feature.
const FOLDS: usize = 5;
const BINS: usize = 10;

/// How well features tell an attribute; 0.5 is not at all, 1 is without fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telltales {
    /// Cross-validated AUC of all features together.
    pub together: Estimate,
    /// The same of each feature alone, in the order given.
    pub each: Vec<Estimate>,
}

/// Cross-validated AUC with which features tell whether a row has the attribute (its area lies in the highest group, for
/// instance). Each feature is cut into ten bins of about equal size, with missing values (NaN) a bin of their own; alone it tells by the
/// share of each bin, together by an additive logistic model over the bins. Whole clusters lie in one of the five folds; the AUC is the
/// mean over the folds, the interval from DeLong's variance per cluster, widened because folds share what they learn from, on the logit scale.
///
/// `features` holds a column per feature. Absent values: no fold has rows with and without the attribute.
///
/// # Errors
/// When columns differ in length.
pub fn telltales(
    features: &[&[f64]],
    attribute: &[bool],
    cluster: &[u32],
    seed: u64,
) -> Result<Telltales, EvaluationError> {
    for column in features {
        same_length("a feature", column.len(), attribute.len())?;
    }
    same_length("cluster", cluster.len(), attribute.len())?;
    let fold = folds(cluster, seed);
    let told = |columns: &[&[f64]]| {
        let mut score = vec![0.0; attribute.len()];
        for held_out in 0..FOLDS {
            let learn: Vec<usize> = (0..fold.len()).filter(|&i| fold[i] != held_out).collect();
            let bins: Vec<Bins> = columns.iter().map(|c| Bins::of(c, &learn, BINS)).collect();
            let model = Additive::fit(&bins, columns, attribute, &learn);
            for i in (0..fold.len()).filter(|&i| fold[i] == held_out) {
                score[i] = model.score(&bins, columns, i);
            }
        }
        over_folds(&score, attribute, cluster, &fold)
    };
    let each = features.iter().map(|column| told(&[column])).collect();
    Ok(Telltales { together: told(features), each })
}

/// The fold of each row: whole clusters by lot.
fn folds(cluster: &[u32], seed: u64) -> Vec<usize> {
    let mut names: Vec<u32> = cluster.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut fold_of = vec![0; names.len()];
    for (place, &at) in order.iter().enumerate() {
        fold_of[at] = place % FOLDS;
    }
    cluster.iter().map(|c| names.binary_search(c).map_or(0, |at| fold_of[at])).collect()
}

/// Mean of the AUC within each fold: scores of different folds come from different models.
fn over_folds(score: &[f64], attribute: &[bool], cluster: &[u32], fold: &[usize]) -> Estimate {
    let (mut aucs, mut variances) = (Vec::new(), Vec::new());
    for held_out in 0..FOLDS {
        let rows: Vec<usize> = (0..fold.len()).filter(|&i| fold[i] == held_out).collect();
        let pick = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&i| of(i)).collect::<Vec<f64>>();
        let has: Vec<bool> = rows.iter().map(|&i| attribute[i]).collect();
        let clusters: Vec<u32> = rows.iter().map(|&i| cluster[i]).collect();
        if let Some(auc) = delong(&pick(&|i| score[i]), &has, Some(&clusters)) {
            aucs.push(auc.auc);
            variances.extend(auc.variance);
        }
    }
    let n = attribute.len() as u64;
    if aucs.is_empty() {
        return Estimate::new(None, None, n, method::NONE);
    }
    let folds = aucs.len() as f64;
    let auc = aucs.iter().sum::<f64>() / folds;
    // Folds learn from one another's rows, so their AUCs are less independent than they look (Nadeau and Bengio, 2003).
    let shared = 1.0 + folds / (FOLDS as f64 - 1.0);
    let variance = shared * variances.iter().sum::<f64>() / folds / folds;
    let slope = auc * (1.0 - auc);
    let interval = (variances.len() == aucs.len() && slope > 0.0).then(|| {
        let half = normal_quantile(0.95) * variance.sqrt() / slope;
        let back = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        let logit = (auc / (1.0 - auc)).ln();
        (back(logit - half), back(logit + half))
    });
    Estimate::new(Some(auc), interval, n, method::DELONG)
}

/// What one term adds to the difference between rows with and without the attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermGap {
    /// Name of the term.
    pub term: Text,
    /// Mean contribution of rows with the attribute minus that of the others, on the scale on which terms are added.
    pub difference: Estimate,
}

/// Per term its mean contribution in the group minus that outside; they add up to the difference of the mean scores on that
/// scale. Clusters of rows vary together. Largest first.
///
/// `contributions` holds a column per term, named by `terms`.
///
/// # Errors
/// When lengths differ.
pub fn term_gaps(
    terms: &[Text],
    contributions: &[&[f64]],
    attribute: &[bool],
    cluster: &[u32],
) -> Result<Vec<TermGap>, EvaluationError> {
    same_length("terms", terms.len(), contributions.len())?;
    same_length("cluster", cluster.len(), attribute.len())?;
    let mut gaps = Vec::new();
    for (term, column) in terms.iter().zip(contributions) {
        same_length("a contribution", column.len(), attribute.len())?;
        gaps.push(TermGap { term: term.clone(), difference: difference(column, attribute, cluster) });
    }
    let size = |gap: &TermGap| gap.difference.value.map_or(0.0, f64::abs);
    gaps.sort_by(|a, b| size(b).total_cmp(&size(a)));
    Ok(gaps)
}

/// Difference of two means with the linearised variance per cluster.
fn difference(values: &[f64], inside: &[bool], cluster: &[u32]) -> Estimate {
    difference_with_chance(values, inside, cluster).0
}

/// The difference, and the chance of one as large by luck alone. A few clusters may carry most of the variance: Student's t
/// counts only as many degrees of freedom.
pub(crate) fn difference_with_chance(
    values: &[f64],
    inside: &[bool],
    cluster: &[u32],
) -> (Estimate, Option<f64>) {
    let rows = values.len() as u64;
    let count = |which: bool| inside.iter().filter(|i| **i == which).count() as f64;
    let (with, without) = (count(true), count(false));
    if with == 0.0 || without == 0.0 {
        return (Estimate::new(None, None, rows, method::NONE), None);
    }
    let mean = |which: bool, n: f64| {
        values.iter().zip(inside).filter(|(_, i)| **i == which).map(|(v, _)| v).sum::<f64>() / n
    };
    let (a, b) = (mean(true, with), mean(false, without));
    let mut parts: Vec<(u32, f64)> = values
        .iter()
        .zip(inside)
        .zip(cluster)
        .map(|((v, &i), &c)| (c, if i { (v - a) / with } else { (b - v) / without }))
        .collect();
    parts.sort_by_key(|p| p.0);
    let sums: Vec<f64> = parts.chunk_by(|x, y| x.0 == y.0).map(|c| c.iter().map(|p| p.1).sum()).collect();
    let clusters = sums.len() as f64;
    let squares: f64 = sums.iter().map(|s| s * s).sum();
    let error = (clusters / (clusters - 1.0) * squares).sqrt();
    let freedom = squares * squares / sums.iter().map(|s| s.powi(4)).sum::<f64>();
    let t = StudentsT::new(0.0, 1.0, freedom.clamp(1.0, (clusters - 1.0).max(1.0))).ok();
    let t = t.filter(|_| error.is_finite() && error > 0.0);
    let half = t.map(|t| t.inverse_cdf(0.975) * error);
    let chance = t.map(|t| 2.0 * t.sf(((a - b) / error).abs()));
    let interval = half.map(|h| (a - b - h, a - b + h));
    (Estimate::new(Some(a - b), interval, rows, method::LINEARISED), chance)
}

/// What the list becomes when one term is made the same for everyone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flattened {
    /// Name of the term; absent for the list as it is.
    pub term: Option<Text>,
    /// Share on the list with the attribute minus without.
    pub selection_difference: Estimate,
    /// Finds on the list, of the rows whose finds are known.
    pub finds: f64,
    /// Share of the list that stays as it was.
    pub kept: f64,
}

/// The list of the `capacity` highest sums as it is, and with each term in turn at its mean. `finds` are known finds per row. Equal
/// sums go by row number.
///
/// # Errors
/// When lengths differ.
pub fn flattened(
    terms: &[Text],
    contributions: &[&[f64]],
    attribute: &[bool],
    cluster: &[u32],
    finds: &[f64],
    capacity: usize,
) -> Result<Vec<Flattened>, EvaluationError> {
    let rows = attribute.len();
    same_length("terms", terms.len(), contributions.len())?;
    same_length("cluster", cluster.len(), rows)?;
    same_length("finds", finds.len(), rows)?;
    let mut sum = vec![0.0; rows];
    for column in contributions {
        same_length("a contribution", column.len(), rows)?;
        for (total, part) in sum.iter_mut().zip(*column) {
            *total += part;
        }
    }
    let before = list(&sum, capacity);
    let judged = |term: Option<Text>, listed: &[f64]| Flattened {
        term,
        selection_difference: difference(listed, attribute, cluster),
        finds: listed.iter().zip(finds).map(|(l, f)| l * f).sum(),
        kept: listed.iter().zip(&before).map(|(a, b)| a * b).sum::<f64>()
            / before.iter().sum::<f64>().max(1.0),
    };
    let without = terms.iter().zip(contributions).map(|(term, column)| {
        // A mean for everyone changes no order, so nothing need be added back.
        let rest: Vec<f64> = sum.iter().zip(*column).map(|(total, part)| total - part).collect();
        judged(Some(term.clone()), &list(&rest, capacity))
    });
    Ok(std::iter::once(judged(None, &before)).chain(without).collect())
}

/// 1 for the rows with the highest scores, else 0.
fn list(score: &[f64], capacity: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then(a.cmp(&b)));
    let mut listed = vec![0.0; score.len()];
    for &row in order.iter().take(capacity) {
        listed[row] = 1.0;
    }
    listed
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    fn name(n: &str) -> Text {
        Text { nl: n.to_owned(), en: n.to_owned() }
    }

    type Rows = (Vec<f64>, Vec<f64>, Vec<f64>, Vec<bool>, Vec<u32>);

    /// 2,000 rows in 200 areas; the attribute belongs to areas. `tell` leans on it, `curve` tells it at both ends, `noise` does not.
    fn rows(seed: u64) -> Rows {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut tell, mut curve, mut noise, mut has, mut area) = (vec![], vec![], vec![], vec![], vec![]);
        for i in 0..2000u32 {
            let inside = i / 10 % 4 == 0;
            let mut wide = || rng.random::<f64>() + rng.random::<f64>() + rng.random::<f64>() - 1.5;
            tell.push(wide() + if inside { 0.6 } else { 0.0 });
            curve.push(if inside { 2.5 * wide() } else { wide() });
            noise.push(wide());
            has.push(inside);
            area.push(i / 10);
        }
        (tell, curve, noise, has, area)
    }

    #[test]
    fn features_that_tell_are_told_from_noise() {
        let (tell, curve, noise, has, area) = rows(3);
        let told = telltales(&[&tell, &curve, &noise], &has, &area, 1).unwrap();
        let value = |e: &Estimate| e.value.unwrap();
        assert!(value(&told.each[0]) > 0.75 && told.each[0].low.unwrap() > 0.7, "{told:?}");
        // A straight line would see nothing in the second.
        assert!(value(&told.each[1]) > 0.65, "{told:?}");
        assert!(told.each[2].low.unwrap() < 0.5 && told.each[2].high.unwrap() > 0.5, "{told:?}");
        assert!(value(&told.together) > value(&told.each[0]) + 0.03, "{told:?}");
        let nobody = telltales(&[&tell], &[false; 2000], &area, 1).unwrap();
        assert_eq!(nobody.together.value, None);
        assert!(telltales(&[&tell[1..]], &has, &area, 1).is_err());
    }

    /// Without anything to tell, the interval holds 0.5 about 19 times in 20, also in clusters.
    #[test]
    fn noise_is_not_called_a_proxy() {
        let holds = (0..60).filter(|&seed| {
            let (_, _, noise, has, area) = rows(100 + seed);
            let e = telltales(&[&noise], &has, &area, seed).unwrap().together;
            e.low.unwrap() <= 0.5 && 0.5 <= e.high.unwrap()
        });
        let held = holds.count();
        assert!(held >= 53, "{held} of 60");
    }

    #[test]
    fn terms_add_up_and_the_proxy_carries_the_difference() {
        let (tell, _, noise, has, area) = rows(5);
        let terms = [name("noise"), name("tell")];
        let gaps = term_gaps(&terms, &[&noise, &tell], &has, &area).unwrap();
        assert_eq!(gaps[0].term, name("tell"));
        assert!(gaps[0].difference.low.unwrap() > 0.4 && gaps[1].difference.low.unwrap() < 0.05);
        let sums: Vec<f64> = tell.iter().zip(&noise).map(|(a, b)| a + b).collect();
        let whole = difference(&sums, &has, &area).value.unwrap();
        assert!((gaps.iter().map(|g| g.difference.value.unwrap()).sum::<f64>() - whole).abs() < 1e-9);
        let finds: Vec<f64> = noise.iter().map(|x| f64::from(u8::from(*x > 0.5))).collect();
        let lists = flattened(&terms, &[&noise, &tell], &has, &area, &finds, 200).unwrap();
        let gap = |i: usize| lists[i].selection_difference.value.unwrap();
        assert!(gap(0) > 0.05 && gap(2).abs() < 0.03, "{lists:?}");
        assert!(lists[2].finds > lists[0].finds && lists[1].finds < lists[0].finds, "{lists:?}");
        assert!((lists[0].kept - 1.0).abs() < 1e-12 && lists[2].kept < 0.9);
    }
}
