//! Our figures beside those of fairlearn, Aequitas and scikit-learn on the COMPAS table (`peers/figures.py` made them),
//! and the published worked examples, which need no data.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::panic, missing_docs, reason = "tests")]

use evaluation::fairness::compare::{
    Parity, Reference, demographic_parity, difference_between, difference_to, disparities, equalized_odds,
    mean_odds_difference, ratio_between, ratio_to, values,
};
use evaluation::fairness::{Confusion, GroupMetric as M, confusions, list_shares};
use evaluation::metrics::{auc, average_precision, brier, calibration_line, log_loss, poisson_deviance};
use models::Outcome;
use serde_json::Value;

const PEERS: &str = include_str!("peers/figures.json");
const REFERENCE: [(&str, &str); 3] = [("race", "Caucasian"), ("sex", "Male"), ("age_cat", "25 - 45")];

fn peers() -> Value {
    serde_json::from_str(PEERS).unwrap()
}

/// The table, from the folder of shared data; `None` and a printed reason where it is absent.
fn compas() -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let root = std::env::var("ZICHTLIJN_DATA").unwrap_or_else(|_| "../../shared/data".to_owned());
    let path = std::path::Path::new(&root).join("fairness-reference/compas_two_years.csv");
    let Ok(csv) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    };
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let mut lines = csv.lines();
    Some((cells(lines.next().unwrap()), lines.map(cells).collect()))
}

struct Table {
    found: Vec<bool>,
    decile: Vec<f64>,
    groups: Vec<(&'static str, Vec<String>, Vec<Confusion>)>,
}

fn table() -> Option<Table> {
    let (header, rows) = compas()?;
    let column = |name: &str| {
        let at = header.iter().position(|h| h == name).unwrap();
        rows.iter().map(|r| r[at].as_str()).collect::<Vec<_>>()
    };
    let found: Vec<bool> = column("two_year_recid").iter().map(|y| *y == "1").collect();
    let decile: Vec<f64> = column("decile_score").iter().map(|d| d.parse().unwrap()).collect();
    let outcome: Vec<Outcome> =
        found.iter().map(|&f| if f { Outcome::Found(1) } else { Outcome::NothingFound }).collect();
    let listed: Vec<f64> = decile.iter().map(|&d| f64::from(u8::from(d >= 5.0))).collect();
    let groups = REFERENCE
        .iter()
        .map(|&(attribute, _)| {
            let values = column(attribute);
            let mut names: Vec<String> = values.iter().map(|&v| v.to_owned()).collect();
            names.sort();
            names.dedup();
            let group: Vec<Option<u32>> =
                values.iter().map(|v| names.iter().position(|n| n == v).map(|i| i as u32)).collect();
            let counts = confusions(&outcome, &listed, &group, names.len(), None);
            (attribute, names, counts)
        })
        .collect();
    Some(Table { found, decile, groups })
}

fn same(got: Option<f64>, peer: &Value, tolerance: f64, what: &str) {
    match (got, peer.as_f64()) {
        (Some(got), Some(peer)) => assert!((got - peer).abs() <= tolerance, "{what}: {got} is not {peer}"),
        (got, peer) => assert_eq!(got, peer, "{what}"),
    }
}

#[test]
fn group_metrics_equal_fairlearn() {
    let Some(table) = table() else { return };
    let peers = peers();
    let rates = [
        ("tpr", M::TruePositiveRate),
        ("fpr", M::FalsePositiveRate),
        ("tnr", M::TrueNegativeRate),
        ("fnr", M::FalseNegativeRate),
        ("selection_rate", M::SelectionRate),
        ("precision", M::Precision),
        ("accuracy", M::Accuracy),
        ("error", M::ErrorRate),
    ];
    for (attribute, names, groups) in &table.groups {
        let peer = &peers[attribute]["fairlearn"];
        let whole = groups.iter().fold(Confusion::default(), |sum, g| sum.plus(g));
        for (key, metric) in rates {
            let of = values(metric, groups);
            let overall = metric.of(&whole).unwrap();
            same(Some(overall), &peer["overall"][key], 1e-9, key);
            for (name, value) in names.iter().zip(&of) {
                same(*value, &peer["by_group"][name][key], 1e-9, &format!("{name} {key}"));
            }
            same(difference_between(&of), &peer["difference_between"][key], 1e-9, key);
            same(ratio_between(&of), &peer["ratio_between"][key], 1e-9, key);
            same(difference_to(&of, overall), &peer["difference_to"][key], 1e-9, key);
            same(ratio_to(&of, overall), &peer["ratio_to"][key], 1e-9, key);
        }
        for (key, (difference, ratio)) in
            [("demographic_parity", demographic_parity(groups)), ("equalized_odds", equalized_odds(groups))]
        {
            same(difference, &peer[key][0], 1e-9, key);
            same(ratio, &peer[key][1], 1e-9, key);
        }
        same(mean_odds_difference(groups), &peer["equalized_odds_mean"], 1e-9, "mean odds");
    }
}

#[test]
fn group_metrics_disparities_and_verdicts_equal_aequitas() {
    let Some(table) = table() else { return };
    let peers = peers();
    for ((attribute, names, groups), (_, reference)) in table.groups.iter().zip(REFERENCE) {
        let peer = &peers[attribute]["aequitas"];
        let rows: Vec<f64> = groups.iter().map(Confusion::rows).collect();
        let named = Reference::Named(names.iter().position(|n| n == reference).unwrap());
        let rates = [
            ("tpr", M::TruePositiveRate),
            ("tnr", M::TrueNegativeRate),
            ("for", M::FalseOmissionRate),
            ("fdr", M::FalseDiscoveryRate),
            ("fpr", M::FalsePositiveRate),
            ("fnr", M::FalseNegativeRate),
            ("npv", M::NegativePredictiveValue),
            ("precision", M::Precision),
            ("pprev", M::SelectionRate),
            ("prev", M::Prevalence),
        ];
        let mut of: Vec<(&str, Vec<Option<f64>>)> = rates.map(|(key, m)| (key, values(m, groups))).to_vec();
        of.push(("ppr", list_shares(groups)));
        for (key, of) in &of {
            for (name, value) in names.iter().zip(of) {
                same(*value, &peer["groups"][name][key], 1e-9, &format!("{name} {key}"));
            }
            // Aequitas has no disparity of prevalence.
            if *key != "prev" {
                let key = format!("{key}_disparity");
                for (kind, reference) in
                    [("named", named), ("majority", Reference::Majority), ("smallest", Reference::Smallest)]
                {
                    for (name, value) in names.iter().zip(disparities(of, &rows, reference)) {
                        same(value, &peer[kind][name][&key], 1e-9, &format!("{kind} {name} {key}"));
                    }
                }
            }
        }
        for (key, parity) in [
            ("Statistical Parity", Parity::Statistical),
            ("Impact Parity", Parity::Of(M::SelectionRate)),
            ("FDR Parity", Parity::Of(M::FalseDiscoveryRate)),
            ("FPR Parity", Parity::Of(M::FalsePositiveRate)),
            ("FOR Parity", Parity::Of(M::FalseOmissionRate)),
            ("FNR Parity", Parity::Of(M::FalseNegativeRate)),
            ("TPR Parity", Parity::Of(M::TruePositiveRate)),
            ("TNR Parity", Parity::Of(M::TrueNegativeRate)),
            ("NPV Parity", Parity::Of(M::NegativePredictiveValue)),
            ("Precision Parity", Parity::Of(M::Precision)),
            ("TypeI Parity", Parity::TypeOne),
            ("TypeII Parity", Parity::TypeTwo),
            ("Equalized Odds", Parity::EqualizedOdds),
            ("Unsupervised Fairness", Parity::Unsupervised),
            ("Supervised Fairness", Parity::Supervised),
        ] {
            let peer = peer["verdicts"][key].as_bool().unwrap();
            assert_eq!(parity.holds(groups, named, 0.8), peer, "{attribute} {key}");
        }
    }
}

#[test]
fn ranking_and_probability_metrics_equal_scikit_learn() {
    let Some(Table { found, decile, .. }) = table() else { return };
    let peers = peers();
    let chance: Vec<f64> = decile.iter().map(|d| d / 11.0).collect();
    let finds: Vec<f64> = found.iter().map(|&f| f64::from(u8::from(f))).collect();
    let weights: Vec<f64> = (0..found.len()).map(|i| (i % 4 + 1) as f64).collect();
    for (kind, weight) in [("plain", None), ("weighted", Some(weights.as_slice()))] {
        let peer = &peers["scikit"][kind];
        same(auc(&decile, &found, weight), &peer["auc"], 1e-12, "AUC");
        same(average_precision(&decile, &found, weight), &peer["average_precision"], 1e-12, "AP");
        same(brier(&chance, &found, weight), &peer["brier"], 1e-12, "Brier");
        same(log_loss(&chance, &found, weight), &peer["log_loss"], 1e-12, "log loss");
        same(poisson_deviance(&chance, &finds, weight), &peer["poisson_deviance"], 1e-12, "deviance");
    }
    let line = calibration_line(&chance, &found, None, None).unwrap();
    same(Some(line.intercept), &peers["scikit"]["calibration_line"][0], 1e-9, "intercept");
    same(Some(line.slope), &peers["scikit"]["calibration_line"][1], 1e-9, "slope");
}

fn counts(tp: f64, fp: f64, fneg: f64, tn: f64) -> Confusion {
    Confusion {
        true_positive: tp,
        false_positive: fp,
        false_negative: fneg,
        true_negative: tn,
        ..Confusion::default()
    }
}

fn near(got: Option<f64>, known: f64) {
    assert!((got.unwrap() - known).abs() < 5e-7, "{got:?} is not {known}");
}

/// TP, FP, FN, TN per group as in Aequitas' COMPAS example, and what it prints of them.
#[test]
fn the_published_table_of_aequitas() {
    let african_american = counts(1369.0, 805.0, 532.0, 990.0);
    let caucasian = counts(505.0, 349.0, 461.0, 1139.0);
    let hispanic = counts(103.0, 87.0, 129.0, 318.0);
    for (metric, value, disparity) in [
        (M::TruePositiveRate, 0.720_147, 1.377_549),
        (M::FalsePositiveRate, 0.448_468, 1.912_093),
        (M::FalseNegativeRate, 0.279_853, 0.586_416),
        (M::FalseDiscoveryRate, 0.370_285, 0.906_085),
        (M::FalseOmissionRate, 0.349_540, 1.213_154),
        (M::Precision, 0.629_715, 1.064_904),
        (M::NegativePredictiveValue, 0.650_460, 0.913_728),
        (M::SelectionRate, 0.588_203, 1.690_224),
    ] {
        near(metric.of(&african_american), value);
        let of = values(metric, &[african_american, caucasian]);
        near(disparities(&of, &[3696.0, 2454.0], Reference::Named(1))[0], disparity);
    }
    let fpr = values(M::FalsePositiveRate, &[african_american, caucasian, hispanic]);
    near(disparities(&fpr, &[3696.0, 2454.0, 637.0], Reference::Smallest)[0], 2.087_696);
    // Shares of the list of 3,317.
    let rest = counts(6.0 + 9.0 + 43.0, 2.0 + 3.0 + 36.0, 0.0, 0.0);
    let shares = list_shares(&[african_american, caucasian, hispanic, rest]);
    near(shares[0], 0.655_412);
    near(disparities(&shares, &[1.0; 4], Reference::Named(1))[0], 2.545_667);
    near(disparities(&shares, &[1.0; 4], Reference::Named(2))[0], 11.442_105);
    near(M::Accuracy.of(&caucasian), 0.669_927);
    near(M::Prevalence.of(&caucasian), 0.393_643);
}

/// fairlearn's documented example of 18 rows.
#[test]
fn the_documented_example_of_fairlearn() {
    let found = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1];
    let listed = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0];
    let group = "bbabbcccaacabccbcc";
    let outcome = found.map(|f| if f == 1 { Outcome::Found(1) } else { Outcome::NothingFound });
    let group: Vec<Option<u32>> = group.bytes().map(|g| Some(u32::from(g - b'a'))).collect();
    let groups = confusions(&outcome, &listed.map(f64::from), &group, 3, None);
    let whole = groups.iter().fold(Confusion::default(), |sum, g| sum.plus(g));
    let expected = [
        (M::TruePositiveRate, 0.5, [0.5, 0.6, 0.4], [0.2, 0.666_667, 0.1, 0.8]),
        (M::FalsePositiveRate, 0.666_667, [1.0, 0.0, 0.666_667], [1.0, 0.0, 0.666_667, 0.0]),
        (M::SelectionRate, 0.555_556, [0.75, 0.5, 0.5], [0.25, 0.666_667, 0.194_444, 0.740_741]),
    ];
    for (metric, overall, by_group, [between, ratio, to_whole, ratio_to_whole]) in expected {
        near(metric.of(&whole), overall);
        let of = values(metric, &groups);
        for (got, known) in of.iter().zip(by_group) {
            near(*got, known);
        }
        near(difference_between(&of), between);
        near(ratio_between(&of), ratio);
        near(difference_to(&of, metric.of(&whole).unwrap()), to_whole);
        near(ratio_to(&of, metric.of(&whole).unwrap()), ratio_to_whole);
    }
    assert_eq!(groups.iter().map(Confusion::rows).collect::<Vec<_>>(), [4.0, 6.0, 8.0]);
    near(demographic_parity(&groups).0, 0.25);
    near(equalized_odds(&groups).1, 0.0);
}
