//! A made-up bundle for tests, benchmarks and examples: a town on a grid, with a small model.
//!
//! Nothing in it is real, and none of it is used by the program.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use models::bundle::{
    self, AreaScore, Class, Figures, Manifest, Reason, Release, Scores, SelfTest, Suppression, Writer,
};
use models::{AdditiveModel, Feature, FeatureKind, Link, Passport, Schema, Shape, Term, Text};
use serde_json::{Value, json};

/// What is made.
#[derive(Clone, Copy, Debug)]
pub struct Town {
    /// Number of buurten, ten to a wijk; with 60 buurten there are 6 wijken and one gemeente.
    pub buurten: usize,
    /// Corners per outline.
    pub corners: usize,
    /// Whether the success rule was met.
    pub released: bool,
    /// Whether no buurt has figures.
    pub withheld: bool,
}

impl Default for Town {
    fn default() -> Self {
        Self { buurten: 53, corners: 5, released: true, withheld: false }
    }
}

/// Buurten per wijk.
const WIJK: usize = 10;

/// Every this many buurten one is suppressed.
const SUPPRESSED: usize = 17;

fn text(nl: &str, en: &str) -> Text {
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

impl Town {
    /// The model: two numbers, a flag and a category.
    #[must_use]
    pub fn model(&self) -> AdditiveModel {
        let feature = |name: &str, nl: &str, en: &str, unit: &str, kind: FeatureKind| Feature {
            name: name.to_owned(),
            label: text(nl, en),
            unit: unit.to_owned(),
            kind,
            passport: Passport {
                purpose: "test".to_owned(),
                source: "made up".to_owned(),
                ..Passport::default()
            },
        };
        let uses = ["wonen", "industrie", "winkel"].map(str::to_owned).to_vec();
        let features = vec![
            feature("bouwjaar", "Bouwjaar", "Year of construction", "jaar", FeatureKind::Continuous),
            feature(
                "meldingen",
                "Meldingen in twee jaar",
                "Signals in two years",
                "meldingen",
                FeatureKind::Count,
            ),
            feature("leegstand", "Leegstand", "Vacancy", "", FeatureKind::Flag),
            feature("gebruiksdoel", "Gebruiksdoel", "Use", "", FeatureKind::Nominal { categories: uses }),
        ];
        let term = |name: &str, feature: usize, shape: Shape| Term {
            name: name.to_owned(),
            label: features[feature].label.clone(),
            feature,
            shape,
        };
        let terms = vec![
            term(
                "bouwjaar",
                0,
                Shape::Steps {
                    edges: vec![1945.0, 1975.0, 2000.0],
                    scores: vec![0.25, 0.5, -0.125, -0.5],
                    missing: 0.0625,
                },
            ),
            term(
                "meldingen",
                1,
                Shape::Linear {
                    coefficient: 0.75,
                    center: 0.5,
                    transform: models::additive::Transform::Log1p,
                    missing: 0.0,
                },
            ),
            term("leegstand", 2, Shape::Equals { coefficient: 0.375, value: 1.0 }),
            term("gebruiksdoel=industrie", 3, Shape::Equals { coefficient: 0.875, value: 1.0 }),
        ];
        AdditiveModel {
            name: "logistisch".to_owned(),
            kind: "logistic".to_owned(),
            link: Link::Logit,
            intercept: -3.5,
            terms,
            finds: 120.0,
            notes: vec![text("Eén term is weggelaten.", "One term was left out.")],
            covariance: Vec::new(),
            spread: None,
            calibration: None,
            per_point: None,
            edits: Vec::new(),
            schema: Schema { features },
        }
    }

    /// The published figures.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let wijken = self.buurten.div_ceil(WIJK);
        let mut areas = Vec::new();
        for i in 0..self.buurten {
            let parent = wijk_code(i / WIJK);
            areas.push(self.area("buurt", buurt_code(i), Some(parent), i, self.buurten));
        }
        areas.push(self.area("gemeente", "GM9999".to_owned(), None, 0, 1));
        for w in 0..wijken {
            areas.push(self.area("wijk", wijk_code(w), Some("GM9999".to_owned()), w, wijken));
        }
        let top_k = [("buurt", 10), ("wijk", 2), ("gemeente", 1)].map(|(level, k)| (level.to_owned(), k));
        Scores { as_of: "2025-01-01".to_owned(), top_k: BTreeMap::from(top_k), areas }
    }

    /// Area `i` of `n`; ranks run the other way than codes, so that an order by code shows.
    fn area(&self, level: &str, code: String, parent: Option<String>, i: usize, n: usize) -> AreaScore {
        let suppressed = (level == "buurt" && (self.withheld || i % SUPPRESSED == SUPPRESSED - 1)).then_some(
            if i.is_multiple_of(2) { Suppression::TooFewUnits } else { Suppression::Complementary },
        );
        let reason =
            |term: &str, contribution: f64, text: Text| Reason { term: term.to_owned(), contribution, text };
        AreaScore {
            name: format!("{level} {}", i + 1),
            level: level.to_owned(),
            figures: suppressed.is_none().then(|| figures(i, n)),
            reasons: if suppressed.is_some() {
                Vec::new()
            } else {
                vec![
                    reason(
                        "meldingen",
                        0.5,
                        text(
                            "Er waren meer meldingen dan elders.",
                            "There were more signals than elsewhere.",
                        ),
                    ),
                    reason(
                        "bouwjaar",
                        -0.125,
                        text("De panden zijn nieuwer dan elders.", "The buildings are newer than elsewhere."),
                    ),
                ]
            },
            code,
            parent,
            suppressed,
        }
    }

    /// `areas.geojson`: squares (or rounder outlines with more corners) on a grid near Amersfoort.
    #[must_use]
    pub fn outlines(&self) -> Value {
        let features: Vec<Value> = self
            .scores()
            .areas
            .iter()
            .enumerate()
            .map(|(i, area)| {
                json!({
                    "type": "Feature",
                    "properties": {
                        "code": area.code, "name": area.name, "level": area.level, "parent": area.parent,
                    },
                    "geometry": { "type": "Polygon", "coordinates": [self.ring(i)] },
                })
            })
            .collect();
        json!({ "type": "FeatureCollection", "features": features })
    }

    fn ring(&self, i: usize) -> Vec<[f64; 2]> {
        const DEGREES: f64 = 0.002;
        let corners = self.corners.max(4) - 1;
        let center = [5.3 + DEGREES * (i % 150) as f64, 52.1 + DEGREES * (i / 150) as f64];
        (0..=corners)
            .map(|k| {
                let angle = std::f64::consts::TAU * (k % corners) as f64 / corners as f64;
                [center[0] + 0.4 * DEGREES * angle.cos(), center[1] + 0.4 * DEGREES * angle.sin()]
            })
            .collect()
    }

    /// The manifest, without the hashes of the bundle's files.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        let reason = if self.released {
            text(
                "Het model haalt de vooraf vastgelegde regel.",
                "The model meets the rule that was locked beforehand.",
            )
        } else {
            text("Het model verslaat de uitgangsregel niet.", "The model does not beat the baseline.")
        };
        Manifest {
            format: "zichtlijn-bundle/1".to_owned(),
            study: "verzonnen".to_owned(),
            title: text("Verzonnen stad", "Made-up town"),
            as_of: "2025-01-01".to_owned(),
            until: "2025-06-30".to_owned(),
            level: "buurt".to_owned(),
            model: "logistisch".to_owned(),
            finds: text("hennepkwekerijen", "cannabis grow sites"),
            exposure_unit: text("panden", "buildings"),
            minimum_units: 0,
            release: Release { released: self.released, reason },
            software: "made up".to_owned(),
            inputs: BTreeMap::from([("study".to_owned(), "0".repeat(64))]),
            files: BTreeMap::new(),
        }
    }

    /// Writes the bundle as `directory`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), Box<dyn Error>> {
        self.write_with(directory, &self.scores(), &self.outlines())
    }

    /// Writes the bundle with other figures and outlines.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_with(
        &self,
        directory: &Path,
        scores: &Scores,
        outlines: &Value,
    ) -> Result<(), Box<dyn Error>> {
        let model = self.model();
        let page = |lang: &str| {
            format!("<!doctype html><html lang=\"{lang}\"><title>Verzonnen</title><p>{lang}</p></html>")
        };
        let mut writer = Writer::create(directory)?;
        for (name, bytes) in [
            (bundle::MODEL, serde_json::to_vec(&model)?),
            (bundle::ONNX, models::onnx::write(&model)),
            (bundle::SCHEMA, serde_json::to_vec(&model.schema)?),
            (bundle::SCORES, serde_json::to_vec(scores)?),
            (bundle::SELFTEST, serde_json::to_vec(&SelfTest::make(&model))?),
            (bundle::AREAS, serde_json::to_vec(outlines)?),
            ("report/index.html", page("nl").into_bytes()),
            ("report/index.en.html", page("en").into_bytes()),
            ("report/report.json", b"{\"schema\":\"made-up\"}".to_vec()),
        ] {
            writer.add(name, &bytes)?;
        }
        writer.finish(self.manifest())?;
        Ok(())
    }
}

fn buurt_code(i: usize) -> String {
    format!("BU9999{i:05}")
}

fn wijk_code(w: usize) -> String {
    format!("WK9999{w:04}")
}

fn figures(i: usize, n: usize) -> Figures {
    let rank = (n - i) as u32;
    let expected = 10.0 / f64::from(rank) + 0.125;
    let exposure = 1000.0 + i as f64;
    Figures {
        units: 1000 + i as u32,
        exposure,
        expected,
        low: (expected - 2.0).max(0.0),
        high: expected + 3.0,
        rate_per_1000: 1000.0 * expected / exposure,
        rank,
        rank_low: rank.saturating_sub(5).max(1),
        rank_high: (rank + 5).min(n as u32),
        chance_top_k: 1.0 / (1.0 + f64::from(rank) / 10.0),
        class: [Class::High, Class::Raised, Class::Middle, Class::Low, Class::NotEnoughData]
            [(rank as usize - 1) % 5],
    }
}
