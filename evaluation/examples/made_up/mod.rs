//! A made-up town, evaluated for real, as a report: for the example and the tests.
use evaluation::mitigation::{Alternative, Change, Weighing, weigh};
use evaluation::report::{
    Dropped, Elsewhere, FORMAT, FeaturePassport, FileHash, Finding, InputFile, LeftOut, LockedRule,
    ModelSummary, ParityCheck, ReplayStep, Report, ResidualLikeness, RowUnit, Severity, SplitFacts,
    StudyFacts, TopArea, TopAreas,
};
use evaluation::{
    Candidate, Capacity, Estimate, Evaluation, GroupAttribute, Metric, Rule, Settings, Target, TestRows,
    UnknownReading, Verdict, decide, evaluate,
};
use models::additive::{AdditiveModel, Link, Shape, Term, Transform};
use models::{Feature, FeatureKind, Outcome, Passport, Schema, Text};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

mod learners;

pub(crate) fn text(nl: &str, en: &str) -> Text {
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

/// 60 areas, 6 half-years, 8,000 panden; where few look, little is known.
fn figures(rule: &Rule) -> (Evaluation, Elsewhere, Vec<Weighing>) {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let areas = 60;
    let level: Vec<f64> = (0..areas).map(|_| 0.002 * (1.0 + 9.0 * rng.random::<f64>().powi(3))).collect();
    let visits: Vec<f64> = level.iter().map(|l| 0.02 + 12.0 * l * rng.random::<f64>()).collect();
    let share: Vec<f64> =
        level.iter().map(|l| (4.0 + 2500.0 * l * rng.random::<f64>()).min(70.0).round()).collect();
    let (mut outcome, mut cluster, mut period, mut share_of_row) = (vec![], vec![], vec![], vec![]);
    let (mut before, mut long_run, mut logistic, mut poisson) = (vec![], vec![], vec![], vec![]);
    for half_year in 0..6u32 {
        for _ in 0..8000 {
            let area = rng.random_range(0..areas as u32);
            let own = 2.0 * rng.random::<f64>().powi(2);
            let risk = level[area as usize] * own * 1.8;
            outcome.push(if rng.random::<f64>() < risk {
                Outcome::Found(1)
            } else if rng.random::<f64>() < visits[area as usize] {
                if rng.random::<f64>() < 0.06 { Outcome::NoAccess } else { Outcome::NothingFound }
            } else {
                Outcome::Unknown
            });
            cluster.push(area);
            period.push(half_year);
            share_of_row.push(if area % 17 == 3 { f64::NAN } else { share[area as usize] });
            before.push(
                (level[area as usize] * 900.0 * (0.3 + f64::from((area * 7 + half_year * 13) % 11) / 6.0))
                    .round()
                    / 900.0,
            );
            long_run.push(level[area as usize] * 1.1);
            logistic.push(risk * (0.75 + 0.5 * rng.random::<f64>()));
            poisson.push(risk * (0.6 + 0.8 * rng.random::<f64>()) * 1.1);
        }
    }
    let exposure = vec![1.0; outcome.len()];
    let rows = TestRows {
        outcome: &outcome,
        exposure: &exposure,
        cluster: &cluster,
        period: &period,
        units: None,
        target: Target::Bernoulli,
    };
    let candidate = |name: &str, nl: &str, en: &str, kind: &str| Candidate {
        name: name.to_owned(),
        label: text(nl, en),
        kind: kind.to_owned(),
        is_baseline: kind == "baseline",
        score: &[],
        expected: &[],
    };
    let candidates = [
        Candidate {
            score: &before,
            expected: &before,
            ..candidate("vorige_periode", "Vorige periode", "Previous period", "baseline")
        },
        Candidate {
            score: &long_run,
            expected: &long_run,
            ..candidate("lange_duur", "Lange duur, gekrompen", "Long run, shrunk", "baseline")
        },
        Candidate {
            score: &logistic,
            expected: &logistic,
            ..candidate("logistisch", "Logistische regressie", "Logistic regression", "logistic")
        },
        Candidate {
            score: &poisson,
            expected: &poisson,
            ..candidate("poisson", "Poisson-regressie", "Poisson regression", "poisson")
        },
    ];
    let origin = GroupAttribute::quantiles(
        "herkomst",
        text(
            "aandeel inwoners met herkomst buiten Europa (%)",
            "share of residents with origin outside Europe (%)",
        ),
        4,
        &share_of_row,
    );
    let settings = Settings { seed: 42, draws: 500, unknown: UnknownReading::AsNothingFound };
    let elsewhere = Elsewhere {
        level: "wijk".to_owned(),
        folds: 5,
        border_metres: 250.0,
        evaluation: beside_itself(&rows, &poisson, &logistic, rule, settings),
    };
    let change = |nl, en, change| Alternative { name: text(nl, en), score: &logistic, change };
    let alternatives = [
        change("zoals hij is", "as it is", Change::None),
        change(
            "elke groep naar haar aandeel",
            "every group in proportion",
            Change::BurdenCap { at_most: 1.0 },
        ),
        change("20 % geloot", "20 % by lot", Change::RandomArm { share: 0.2 }),
    ];
    let weighing = weigh(&rows, &origin, &alternatives, rule.capacity, settings).unwrap();
    (evaluate(&rows, &candidates, rule, &[origin], settings).unwrap(), elsewhere, vec![weighing])
}

/// One that never saw the part of town, against one that did.
fn beside_itself(
    rows: &TestRows<'_>,
    never: &[f64],
    all: &[f64],
    rule: &Rule,
    settings: Settings,
) -> Evaluation {
    let candidate = |name: &str, label: Text, is_baseline, expected| Candidate {
        name: name.to_owned(),
        label,
        kind: "logistic".to_owned(),
        is_baseline,
        score: expected,
        expected,
    };
    let both = [
        candidate("never_saw", text("nooit gezien", "never saw"), false, never),
        candidate("saw_all", text("alles gezien", "saw all"), true, all),
    ];
    let rule = Rule { baseline: "saw_all".to_owned(), ..rule.clone() };
    evaluate(rows, &both, &rule, &[], settings).unwrap()
}

fn feature(name: &str, nl: &str, en: &str, unit: &str, kind: FeatureKind, source: &str) -> Feature {
    Feature {
        name: name.to_owned(),
        label: text(nl, en),
        unit: unit.to_owned(),
        kind,
        passport: Passport {
            purpose: "Kwekerijen liggen vaak bij elkaar".to_owned(),
            source: source.to_owned(),
            legal_basis: "art. 13b Opiumwet; DPIA voorbeeld".to_owned(),
            known_from: Text { nl: "datum van registratie".to_owned(), en: "day of registration".to_owned() },
            definition: Text {
                nl: format!("aantal uit {source} vóór de peildatum"),
                en: format!("number in {source} before the as-of date"),
            },
            sign: None,
        },
    }
}

fn terms(schema: &Schema) -> AdditiveModel {
    let term = |feature: usize, name: &str, shape| Term {
        name: name.to_owned(),
        label: schema.features[feature].label.clone(),
        feature,
        shape,
    };
    let mut covariance = vec![vec![0.0; 5]; 5];
    for (i, row) in covariance.iter_mut().enumerate() {
        row[i] = [0.09, 0.004, 0.000_02, 0.06, 0.02][i];
    }
    AdditiveModel {
        name: "logistisch".to_owned(),
        kind: "logistic".to_owned(),
        link: Link::Logit,
        intercept: -6.21,
        terms: vec![
            term(
                0,
                "vondsten_nabij_250m_1y",
                Shape::Linear { coefficient: 0.62, center: 0.2, transform: Transform::Log1p, missing: 0.0 },
            ),
            term(
                1,
                "bouwleeftijd",
                Shape::Linear {
                    coefficient: 0.011,
                    center: 41.5,
                    transform: Transform::Identity,
                    missing: 0.08,
                },
            ),
            term(2, "gebruiksdoel=industriefunctie", Shape::Equals { coefficient: 0.93, value: 1.0 }),
            term(1, "bouwleeftijd is missing", Shape::Missing { coefficient: -0.21 }),
        ],
        covariance,
        spread: None,
        calibration: None,
        per_point: None,
        edits: Vec::new(),
        finds: 0.0,
        notes: Vec::new(),
        schema: schema.clone(),
    }
}

/// The chosen candidate, with made-up terms.
fn model_of(verdict: &Verdict, schema: &Schema) -> ModelSummary {
    let label = verdict.table.iter().find(|row| row.candidate == verdict.chosen).unwrap().label.clone();
    let link = if verdict.chosen == "poisson" { Link::Log } else { Link::Logit };
    let model =
        AdditiveModel { name: verdict.chosen.clone(), kind: verdict.chosen.clone(), link, ..terms(schema) };
    ModelSummary::of(&model, label, 781_000)
}

/// The whole report, with a verdict that the figures themselves give.
pub(crate) fn report() -> Report {
    let rule = Rule {
        metric: Metric::FindsAtCapacity,
        capacity: Capacity::Units(400),
        baseline: "lange_duur".to_owned(),
        margin: 0.0,
        confidence: 0.9,
    };
    let (evaluation, elsewhere, alternatives) = figures(&rule);
    let verdict = decide(&evaluation, &rule);
    let categories = vec!["woonfunctie".to_owned(), "industriefunctie".to_owned()];
    let features = vec![
        feature(
            "vondsten_nabij_250m_1y",
            "eerdere vondsten binnen 250 m, 1 jaar",
            "earlier finds within 250 m, 1 year",
            "vondsten",
            FeatureKind::Count,
            "register van ontmantelingen",
        ),
        feature(
            "bouwleeftijd",
            "leeftijd van het pand",
            "age of the building",
            "jaar",
            FeatureKind::Continuous,
            "BAG, bouwjaar",
        ),
        feature(
            "gebruiksdoel",
            "gebruiksdoel",
            "purpose of use",
            "",
            FeatureKind::Nominal { categories },
            "BAG, gebruiksdoel",
        ),
    ];
    let schema = Schema { features: features.clone() };
    let model = model_of(&verdict, &schema);
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let file = |path: &str, bytes| FileHash { path: path.to_owned(), sha256: hash.to_owned(), bytes };
    Report {
        format: FORMAT.to_owned(),
        title: text("Hennepkwekerijen in Verzonnen Stad", "Cannabis grow sites in Made-up Town"),
        purpose: text(
            "Laten zien hoe een rapport eruitziet. De stad en alle cijfers zijn verzonnen.",
            "Showing what a report looks like. The town and all figures are made up.",
        ),
        limits: text(
            "De uitkomsten zeggen niets over een echte plaats.",
            "The results say nothing about a real place.",
        ),
        study: StudyFacts {
            name: "verzonnen".to_owned(),
            unit: RowUnit::Pand,
            level: "buurt".to_owned(),
            first_as_of: "2019-01-01".to_owned(),
            last_as_of: "2026-01-01".to_owned(),
            step: "6 months".to_owned(),
            horizon: "6 months".to_owned(),
            reporting_delay: "60 days".to_owned(),
            test_from: "2023-01-01".to_owned(),
            data_until: "2026-01-01".to_owned(),
            refit: true,
            finds: text("hennepkwekerijen", "cannabis grow sites"),
            exposure_unit: text("panden", "buildings"),
            burden_unit: text("panden", "buildings"),
            unseen_is_unknown: true,
            unknown_in_training: UnknownReading::AsNothingFound,
            seed: 42,
        },
        inputs: vec![
            InputFile {
                name: "panden".to_owned(),
                kind: "units".to_owned(),
                files: vec![file("panden.csv", 9_231_004)],
                rows_read: 61_204,
                rows_kept: 61_198,
                dropped: vec![Dropped { reason: text("buiten alle gebieden", "outside all areas"), rows: 6 }],
                findings: vec![Finding {
                    severity: Severity::Warning,
                    message: text(
                        "bouwjaar 9999 gelezen als onbekend",
                        "construction year 9999 read as missing",
                    ),
                    rows: 212,
                }],
            },
            InputFile {
                name: "controles".to_owned(),
                kind: "visits".to_owned(),
                files: vec![file("controles.csv", 812_400)],
                rows_read: 9_812,
                rows_kept: 9_812,
                dropped: vec![],
                findings: vec![],
            },
        ],
        features: features
            .into_iter()
            .zip([0.0, 212.0, 31.0])
            .map(|(feature, missing)| FeaturePassport {
                feature,
                share_missing: Estimate::proportion(missing, 61_198.0),
            })
            .collect(),
        protected: ["herkomst", "nationaliteit", "geloof", "geslacht", "leeftijd", "uitkering"]
            .map(str::to_owned)
            .to_vec(),
        audit_attributes: vec![text(
            "aandeel inwoners met herkomst buiten Europa",
            "share of residents with origin outside Europe",
        )],
        rule: LockedRule { rule, sha256: hash.to_owned() },
        verdict,
        splits: (0..6u32)
            .map(|i| {
                let (year, half) = (2023 + i / 2, if i % 2 == 0 { "01-01" } else { "07-01" });
                SplitFacts {
                    number: i,
                    train_from: "2019-01-01".to_owned(),
                    train_until: format!("{}-01-01", 2022 + i / 2),
                    train_rows: 420_000 + 60_000 * u64::from(i),
                    train_finds: 380 + 60 * u64::from(i),
                    known_by: format!("{year}-{half}"),
                    test_as_of: format!("{year}-{half}"),
                    test_until: if i % 2 == 0 {
                        format!("{year}-07-01")
                    } else {
                        format!("{}-01-01", year + 1)
                    },
                }
            })
            .collect(),
        evaluation,
        residuals: [(600.0, 140, 0.21, 0.004), (1200.0, 520, 0.08, 0.046)]
            .map(|(distance, pairs, i, p)| ResidualLikeness {
                distance,
                pairs,
                areas: 57,
                i,
                expected: -1.0 / 56.0,
                p,
                draws: 999,
            })
            .to_vec(),
        model,
        parity: vec![
            ParityCheck {
                backend: "tract 0.23".to_owned(),
                rows: 10_000,
                largest_difference: 3.1e-7,
                tolerance: 1e-5,
            },
            ParityCheck {
                backend: "ONNX Runtime 1.24".to_owned(),
                rows: 10_000,
                largest_difference: 2.4e-7,
                tolerance: 1e-5,
            },
        ],
        areas: TopAreas {
            as_of: "2026-01-01".to_owned(),
            until: "2026-07-01".to_owned(),
            areas: (1..=5u32)
                .map(|rank| TopArea {
                    code: format!("BU99990{rank}01"),
                    name: format!("Buurt {rank}"),
                    rank,
                    rank_interval: (1, rank + 6),
                    expected: Estimate::new(
                        Some(4.0 / f64::from(rank)),
                        Some((0.0, 8.0 / f64::from(rank))),
                        900,
                        "score_interval",
                    ),
                })
                .collect(),
            published: 57,
            suppressed: 3,
        },
        others: learners::others(&schema),
        price: learners::price(),
        elsewhere: Some(elsewhere),
        alternatives,
        foreign: None,
        left_out: vec![LeftOut {
            name: "boom".to_owned(),
            label: text("Beslisboom", "Decision tree"),
            kind: "tree".to_owned(),
            challenger: false,
            test_as_of: Some("2023-01-01".to_owned()),
            reason: text("geen kenmerk helpt", "no feature helps"),
        }],
        replay: vec![
            ReplayStep {
                text: text("Maak de verzonnen stad.", "Make the town."),
                command: "train generate --panden 60000 --years 8 --seed 42 --out stad".to_owned(),
            },
            ReplayStep {
                text: text("Draai de studie.", "Run the study."),
                command: "train run stad/voorbeeldstad.toml --out bundel".to_owned(),
            },
        ],
        software: "zichtlijn 0.1.0".to_owned(),
    }
}
