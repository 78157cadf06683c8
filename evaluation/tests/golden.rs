//! Known answers: the COMPAS group table, and whole evaluations small enough to work out by hand.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs, reason = "tests")]

use evaluation::{
    Candidate, Capacity, Estimate, Evaluation, EvaluationError, GroupAttribute, GroupFigures, Metric, Rule,
    Settings, Target, TestRows, UnknownReading, decide, evaluate,
};
use models::{Outcome, Text};

fn text(s: &str) -> Text {
    Text { nl: s.to_owned(), en: s.to_owned() }
}

fn rule(metric: Metric, capacity: Capacity) -> Rule {
    Rule { metric, capacity, baseline: "best".to_owned(), margin: 0.0, confidence: 0.9 }
}

fn candidate<'a>(name: &str, is_baseline: bool, score: &'a [f64]) -> Candidate<'a> {
    let kind = if is_baseline { "baseline" } else { "logistic" };
    Candidate {
        name: name.to_owned(),
        label: text(name),
        kind: kind.to_owned(),
        is_baseline,
        score,
        expected: score,
    }
}

fn near(estimate: &Estimate, value: f64, tolerance: f64) {
    let got = estimate.value.unwrap();
    assert!((got - value).abs() < tolerance, "{got} is not {value}");
}

struct Compas {
    outcome: Vec<Outcome>,
    score: Vec<f64>,
    race: Vec<String>,
    sex: Vec<String>,
}

fn compas() -> Option<Compas> {
    let root = std::env::var("ZICHTLIJN_DATA").unwrap_or_else(|_| "../../shared/data".to_owned());
    let path = std::path::Path::new(&root).join("fairness-reference/compas_two_years.csv");
    let Ok(csv) = std::fs::read_to_string(&path) else {
        eprintln!(
            "skipped: {} is absent (set ZICHTLIJN_DATA to the folder with fairness-reference)",
            path.display()
        );
        return None;
    };
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| header.iter().position(|h| *h == name).unwrap();
    let (decile, target, race, sex) = (at("decile_score"), at("two_year_recid"), at("race"), at("sex"));
    let mut data = Compas { outcome: vec![], score: vec![], race: vec![], sex: vec![] };
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        data.outcome.push(if cells[target] == "1" { Outcome::Found(1) } else { Outcome::NothingFound });
        data.score.push(if cells[decile].parse::<f64>().unwrap() >= 5.0 { 1.0 } else { 0.0 });
        data.race.push(cells[race].to_owned());
        data.sex.push(cells[sex].to_owned());
    }
    Some(data)
}

fn attribute(name: &str, values: &[String]) -> GroupAttribute {
    let mut names = values.to_vec();
    names.sort();
    names.dedup();
    let of_row =
        values.iter().map(|v| names.binary_search(v).ok().and_then(|i| u32::try_from(i).ok())).collect();
    GroupAttribute {
        name: name.to_owned(),
        label: text(name),
        groups: names.iter().map(|n| text(n)).collect(),
        of_row,
    }
}

/// n, then TPR, FPR, FDR, selection rate, prevalence: Aequitas' published table.
const COMPAS_TABLE: [(&str, u64, [f64; 5]); 9] = [
    ("all", 7214, [0.625_961, 0.323_492, 0.386_494, 0.459_800, 0.450_652]),
    ("African-American", 3696, [0.720_147, 0.448_468, 0.370_285, 0.588_203, 0.514_340]),
    ("Asian", 32, [0.666_667, 0.086_957, 0.25, 0.25, 0.281_250]),
    ("Caucasian", 2454, [0.522_774, 0.234_543, 0.408_665, 0.348_003, 0.393_643]),
    ("Hispanic", 637, [0.443_966, 0.214_815, 0.457_895, 0.298_273, 0.364_207]),
    ("Native American", 18, [0.9, 0.375, 0.25, 0.666_667, 0.555_556]),
    ("Other", 377, [0.323_308, 0.147_541, 0.455_696, 0.209_549, 0.352_785]),
    ("Female", 1395, [0.608_434, 0.321_070, 0.487_310, 0.423_656, 0.356_989]),
    ("Male", 5819, [0.629_132, 0.324_201, 0.364_637, 0.468_465, 0.473_105]),
];

#[test]
fn the_compas_group_table_is_reproduced() {
    let Some(data) = compas() else { return };
    let n = data.outcome.len();
    assert_eq!(n, 7214);
    let person: Vec<u32> = (0..7214).collect();
    let rows = TestRows {
        outcome: &data.outcome,
        exposure: &vec![1.0; n],
        cluster: &person,
        period: &vec![0; n],
        units: None,
        target: Target::Bernoulli,
    };
    let candidates = [candidate("compas", true, &data.score)];
    let attributes = [attribute("race", &data.race), attribute("sex", &data.sex)];
    let settings = Settings { draws: 100, ..Settings::default() };
    let rule = rule(Metric::FindsAtCapacity, Capacity::Units(3317));
    let evaluation = evaluate(&rows, &candidates, &rule, &attributes, settings).unwrap();
    let groups: Vec<&GroupFigures> = evaluation.fairness.iter().flat_map(|t| &t.groups).collect();
    for (name, n, [tpr, fpr, fdr, selection, prevalence]) in COMPAS_TABLE {
        let group = match name {
            "all" => &evaluation.fairness[0].whole,
            name => groups.iter().find(|g| g.group.en == name).unwrap(),
        };
        assert_eq!(group.rows, n, "{name}");
        near(&group.recall, tpr, 1e-6);
        near(&group.false_positive_rate, fpr, 1e-6);
        near(&group.precision, 1.0 - fdr, 1e-6);
        near(&group.selection_rate, selection, 1e-6);
        near(&group.base_rate, prevalence, 1e-6);
        assert!(!group.too_few);
    }
    // The interval beside the false positive rate, and the disparity to the whole.
    let african_american = groups.iter().find(|g| g.group.en == "African-American").unwrap();
    assert!((african_american.false_positive_rate.low.unwrap() - 0.426).abs() < 1e-3);
    assert!((african_american.false_positive_rate.high.unwrap() - 0.472).abs() < 1e-3);
    near(&african_american.selection_ratio, 0.588_203 / 0.459_800, 1e-5);
    near(&african_american.fruitless_per_1000, 1000.0 * 805.0 / 3696.0, 1e-6);
}

/// Two splits of four areas with three panden each; the score orders finds well, the baseline does not.
type Rows = (Vec<Outcome>, Vec<u32>, Vec<u32>, Vec<f64>, Vec<f64>);

fn small() -> Rows {
    use Outcome::{Found, NoAccess, NothingFound, Unknown};
    let outcome = vec![
        Found(1),
        NothingFound,
        Unknown,
        NothingFound,
        Found(1),
        Unknown,
        NoAccess,
        NothingFound,
        NothingFound,
        Unknown,
        NothingFound,
        Unknown,
        Found(1),
        NothingFound,
        Unknown,
        NothingFound,
        NothingFound,
        Unknown,
        Found(1),
        Unknown,
        NothingFound,
        Unknown,
        NothingFound,
        Unknown,
    ];
    let cluster = (0..24).map(|i| i % 12 / 3 + 10).collect();
    let period = (0..24).map(|i| 2020 + i / 12).collect();
    let score = outcome
        .iter()
        .enumerate()
        .map(|(i, o)| if o.finds() > 0 { 0.9 } else { 0.01 * (i % 7) as f64 })
        .collect();
    let flat = vec![0.1; 24];
    (outcome, cluster, period, score, flat)
}

fn evaluate_small(capacity: Capacity, unknown: UnknownReading) -> Evaluation {
    let (outcome, cluster, period, score, flat) = small();
    let exposure = vec![1.0; 24];
    let rows = TestRows {
        outcome: &outcome,
        exposure: &exposure,
        cluster: &cluster,
        period: &period,
        units: None,
        target: Target::Bernoulli,
    };
    let candidates = [candidate("model", false, &score), candidate("vlak", true, &flat)];
    let settings = Settings { unknown, draws: 200, ..Settings::default() };
    evaluate(&rows, &candidates, &rule(Metric::FindsAtCapacity, capacity), &[], settings).unwrap()
}

#[test]
fn capacity_applies_to_each_period() {
    let evaluation = evaluate_small(Capacity::Units(3), UnknownReading::LeftOut);
    assert_eq!((evaluation.rows.rows, evaluation.rows.known, evaluation.rows.no_access), (24, 14, 1));
    assert_eq!(evaluation.rows.listed.value, Some(6.0));
    let model = &evaluation.candidates[0];
    near(&model.pooled.get(Metric::FindsAtCapacity).unwrap().value, 4.0, 1e-12);
    near(&model.pooled.get(Metric::RecallAtCapacity).unwrap().value, 1.0, 1e-12);
    near(&model.pooled.get(Metric::Pai).unwrap().value, 4.0, 1e-12);
    for split in &model.per_split {
        near(&split.get(Metric::FindsAtCapacity).unwrap().value, 2.0, 1e-12);
    }
    // All rows of the baseline are tied: 3 of 12 rows, 2 finds each period, in expectation 0.5 a period.
    let flat = evaluation.candidates[1].pooled.get(Metric::FindsAtCapacity).unwrap();
    near(&flat.value, 1.0, 1e-12);
    let ties = flat.ties.unwrap();
    assert_eq!((ties.worst, ties.best), (0.0, 4.0));
    near(&evaluation.candidates[1].pooled.get(Metric::Auc).unwrap().value, 0.5, 1e-12);
    near(&evaluation.candidates[1].pooled.get(Metric::Pai).unwrap().value, 1.0, 1e-12);
    near(&evaluation.candidates[1].pooled.get(Metric::Lift).unwrap().value, 1.0, 1e-12);
}

#[test]
fn unknown_is_not_negative_unless_the_study_says_so() {
    let left_out = evaluate_small(Capacity::Share(0.25), UnknownReading::LeftOut);
    let as_none = evaluate_small(Capacity::Share(0.25), UnknownReading::AsNothingFound);
    let brier = |e: &Evaluation| e.candidates[1].pooled.get(Metric::Brier).unwrap().value.clone();
    assert_eq!((brier(&left_out).n, brier(&as_none).n), (14, 24));
    let precision = left_out.candidates[0].pooled.get(Metric::PrecisionAtCapacity).unwrap();
    assert!(
        precision.if_unknown_empty <= precision.value.value
            && precision.value.value <= precision.if_unknown_found
    );
    let auc = as_none.candidates[0].pooled.get(Metric::Auc).unwrap();
    assert_eq!((auc.value.n, auc.known_rows_only.as_ref().unwrap().n), (24, 14));
    assert!(left_out.candidates[0].pooled.get(Metric::Auc).unwrap().known_rows_only.is_none());
}

#[test]
fn areas_are_listed_whole() {
    let evaluation = evaluate_small(Capacity::Areas(1), UnknownReading::LeftOut);
    assert_eq!(evaluation.rows.listed.value, Some(6.0));
    near(&evaluation.candidates[0].pooled.get(Metric::FindsAtCapacity).unwrap().value, 2.0, 1e-12);
    // All four areas of the baseline are tied at the same sum.
    near(&evaluation.candidates[1].pooled.get(Metric::FindsAtCapacity).unwrap().value, 1.0, 1e-12);
}

#[test]
fn same_bytes_on_any_number_of_threads() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            serde_json::to_string(&evaluate_small(Capacity::Units(3), UnknownReading::LeftOut)).unwrap()
        })
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
    let back: Evaluation = serde_json::from_str(&one).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), one);
}

/// 40 areas of 25 panden over 2 periods; the model knows the rate of each area, the baseline knows nothing.
fn city(strength: f64) -> Evaluation {
    let n = 2000usize;
    let cluster: Vec<u32> = (0..n).map(|i| (i / 25 % 40) as u32).collect();
    let period: Vec<u32> = (0..n).map(|i| (i / 1000) as u32).collect();
    let rate: Vec<f64> = cluster.iter().map(|&c| 0.02 + strength * f64::from(c) / 40.0).collect();
    let hash = |i: usize| {
        let mut z = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f64 / (1u64 << 24) as f64
    };
    let outcome: Vec<Outcome> =
        (0..n).map(|i| if hash(i) < rate[i] { Outcome::Found(1) } else { Outcome::NothingFound }).collect();
    let exposure = vec![1.0; n];
    let noise: Vec<f64> = (0..n).map(|i| hash(i + 7919)).collect();
    let rows = TestRows {
        outcome: &outcome,
        exposure: &exposure,
        cluster: &cluster,
        period: &period,
        units: None,
        target: Target::Bernoulli,
    };
    let candidates = [candidate("ruis", true, &noise), candidate("model", false, &rate)];
    evaluate(
        &rows,
        &candidates,
        &rule(Metric::FindsAtCapacity, Capacity::Units(100)),
        &[],
        Settings::default(),
    )
    .unwrap()
}

#[test]
fn a_model_with_added_value_is_released_and_one_without_is_not() {
    let by_finds = rule(Metric::FindsAtCapacity, Capacity::Units(100));
    let good = city(0.5);
    let verdict = decide(&good, &by_finds);
    assert_eq!((verdict.chosen.as_str(), verdict.baseline.as_str()), ("model", "ruis"));
    assert!(verdict.released, "{:?}", verdict.reason);
    assert!(verdict.reason.nl.contains("90 %"));
    let too_much = Rule { margin: 1000.0, ..by_finds.clone() };
    assert!(!decide(&good, &too_much).released);
    let none = decide(&city(0.0), &by_finds);
    assert!(!none.released, "{:?}", none.reason);
    // A loss counts downwards.
    let by_brier = rule(Metric::Brier, Capacity::Units(100));
    let row = decide(&good, &by_brier).table.pop().unwrap();
    assert!(row.difference.unwrap().value.unwrap() < 0.0 && row.gain_at_least.unwrap() > 0.0);
}

#[test]
fn the_calibration_table_holds_every_row_once() {
    let evaluation = city(0.5);
    let bins = &evaluation.candidates[1].calibration;
    assert_eq!(bins.len(), 10);
    assert_eq!(bins.iter().map(|b| b.rows).sum::<u64>(), 2000);
    let found: f64 = bins.iter().filter_map(|b| b.found.value).sum();
    assert!((found - evaluation.rows.finds as f64).abs() < 1e-9);
    assert!(bins.windows(2).all(|b| b[0].expected_per_1000.value <= b[1].expected_per_1000.value));
    let gains = &evaluation.candidates[1].gains;
    assert!(gains.windows(2).all(|g| g[0].recall.value <= g[1].recall.value));
    near(&gains.last().unwrap().recall, 1.0, 1e-12);
}

#[test]
fn small_groups_are_shown_as_too_few() {
    let (outcome, cluster, period, score, _) = small();
    let exposure = vec![1.0; 24];
    let rows = TestRows {
        outcome: &outcome,
        exposure: &exposure,
        cluster: &cluster,
        period: &period,
        units: None,
        target: Target::Bernoulli,
    };
    let candidates = [candidate("model", true, &score)];
    let share = [10.0, 20.0, f64::NAN, 10.0];
    let areas: Vec<u32> = cluster.iter().map(|c| c - 10).collect();
    let attribute = GroupAttribute::from_area_values("aandeel", text("aandeel"), 2, &share, &areas);
    assert_eq!(attribute.groups.len(), 2);
    assert_eq!(attribute.groups[0].nl, "1 (laagst): 10 t/m 10");
    let settings = Settings { draws: 100, ..Settings::default() };
    let rule = rule(Metric::FindsAtCapacity, Capacity::Units(3));
    let evaluation = evaluate(&rows, &candidates, &rule, std::slice::from_ref(&attribute), settings).unwrap();
    let groups = &evaluation.fairness[0].groups;
    assert_eq!(groups.len(), 3, "two groups and the unknown");
    assert_eq!(groups.iter().map(|g| g.rows).sum::<u64>(), 24);
    assert!(
        groups[1].too_few && groups[1].precision.value.is_none() && groups[1].precision.method == "too_few"
    );
    assert_eq!(groups[2].group.nl, "onbekend");
    let wrong = GroupAttribute { of_row: vec![Some(7); 24], ..attribute };
    assert!(matches!(
        evaluate(&rows, &candidates, &rule, &[wrong], settings),
        Err(EvaluationError::Group { group: 7, .. })
    ));
}

#[test]
fn finds_alone_give_no_auc_and_no_false_positives() {
    let outcome = [Outcome::Found(1), Outcome::Unknown, Outcome::Unknown, Outcome::Found(2)];
    let score = [0.5, 0.1, 0.7, 0.2];
    let rows = TestRows {
        outcome: &outcome,
        exposure: &[1.0; 4],
        cluster: &[0, 1, 2, 3],
        period: &[0; 4],
        units: None,
        target: Target::Count,
    };
    let candidates = [candidate("b", true, &score)];
    let evaluation =
        evaluate(&rows, &candidates, &rule(Metric::Auc, Capacity::Units(2)), &[], Settings::default())
            .unwrap();
    let pooled = &evaluation.candidates[0].pooled;
    assert_eq!(pooled.get(Metric::Auc).unwrap().value.value, None);
    near(&pooled.get(Metric::RecallAtCapacity).unwrap().value, 1.0 / 3.0, 1e-12);
    let precision = pooled.get(Metric::PrecisionAtCapacity).unwrap();
    assert_eq!((precision.value.n, precision.if_unknown_empty), (1, Some(0.5)));
    let verdict = decide(&evaluation, &rule(Metric::Auc, Capacity::Units(2)));
    assert!(!verdict.released);
    let json = serde_json::to_string(&evaluation).unwrap();
    assert!(!json.contains("NaN"));
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let outcome = [Outcome::NothingFound, Outcome::Found(1)];
    let rows = TestRows {
        outcome: &outcome,
        exposure: &[1.0, 1.0],
        cluster: &[0, 1],
        period: &[0, 0],
        units: None,
        target: Target::Bernoulli,
    };
    let good = [0.1, 0.2];
    let by_finds = rule(Metric::FindsAtCapacity, Capacity::Units(1));
    let run = |rows: &TestRows<'_>, candidates: &[Candidate<'_>], rule: &Rule| {
        evaluate(rows, candidates, rule, &[], Settings::default()).unwrap_err().to_string()
    };
    let bad = [f64::NAN, 0.2];
    let message = run(&rows, &[candidate("a", true, &bad)], &by_finds);
    assert!(message.contains("score of 'a'") && message.contains("row 0"), "{message}");
    let message = run(&rows, &[candidate("a", true, &good[..1])], &by_finds);
    assert!(message.contains("has 1 values"), "{message}");
    let message =
        run(&TestRows { exposure: &[1.0, -1.0], ..rows }, &[candidate("a", true, &good)], &by_finds);
    assert!(message.contains("exposure") && message.contains("row 1"), "{message}");
    let message = run(&rows, &[candidate("a", false, &good)], &by_finds);
    assert!(message.contains("baseline"), "{message}");
    let other = Rule { baseline: "kern".to_owned(), ..by_finds.clone() };
    assert!(run(&rows, &[candidate("a", true, &good)], &other).contains("'kern'"));
    let twice = [candidate("a", true, &good), candidate("a", false, &good)];
    assert!(run(&rows, &twice, &by_finds).contains("once"));
    let empty = TestRows { outcome: &[], exposure: &[], cluster: &[], period: &[], ..rows };
    assert!(run(&empty, &[candidate("a", true, &[])], &by_finds).contains("no test rows"));
}
