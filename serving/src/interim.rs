//! Interim stand-in.
use std::collections::BTreeMap;
use std::path::Path;

use models::{AdditiveModel, Link, Shape};
use sha2::{Digest, Sha256};

use crate::inference::{Run, Scored};
use crate::load::Contents;

/// Interim.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BundleError(String);
pub(crate) struct Bundle;
impl Bundle {
    pub(crate) fn open(dir: &Path) -> Result<Contents, BundleError> {
        let read =
            |name: &str| std::fs::read(dir.join(name)).map_err(|e| BundleError(format!("{name}: {e}")));
        fn parse<T: serde::de::DeserializeOwned>(name: &str, b: &[u8]) -> Result<T, BundleError> {
            serde_json::from_slice(b).map_err(|e| BundleError(format!("{name}: {e}")))
        }
        let manifest: models::bundle::Manifest = parse("manifest.json", &read("manifest.json")?)?;
        let mut files = BTreeMap::new();
        for (name, hash) in &manifest.files {
            let bytes = read(name)?;
            let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
            if digest != *hash {
                return Err(BundleError(format!("{name}: other SHA-256")));
            }
            files.insert(name.clone(), bytes);
        }
        let get = |name: &str| files.get(name).map_or(&[][..], Vec::as_slice);
        Ok(Contents {
            model: parse("model.json", get("model.json"))?,
            scores: parse("scores.json", get("scores.json"))?,
            selftest: parse("selftest.json", get("selftest.json"))?,
            manifest,
            files,
        })
    }
}
pub(crate) struct Native(pub(crate) AdditiveModel);
impl Run for Native {
    fn run(&self, rows: &[f32], n: usize) -> Result<Scored, Box<dyn std::error::Error + Send + Sync>> {
        let width = self.0.schema.features.len();
        let (mut scores, mut contributions) = (vec![], vec![]);
        for row in rows.chunks(width).take(n) {
            let mut sum = self.0.intercept;
            for term in &self.0.terms {
                let x = row[term.feature];
                let c = match &term.shape {
                    Shape::Linear { coefficient, center, missing, transform } => {
                        let x = f64::from(x);
                        let f = match transform {
                            models::additive::Transform::Identity => x,
                            models::additive::Transform::Log1p => x.max(0.0).ln_1p(),
                        };
                        if x.is_nan() { *missing } else { coefficient * (f - center) }
                    }
                    Shape::Equals { coefficient, value } => {
                        if x == *value {
                            *coefficient
                        } else {
                            0.0
                        }
                    }
                    Shape::Missing { coefficient } => {
                        if x.is_nan() {
                            *coefficient
                        } else {
                            0.0
                        }
                    }
                    Shape::Steps { edges, scores, missing } => {
                        if x.is_nan() {
                            *missing
                        } else {
                            scores[edges.iter().filter(|e| x >= **e).count()]
                        }
                    }
                };
                sum += c;
                contributions.push(c as f32);
            }
            scores.push(match self.0.link {
                Link::Logit => 1.0 / (1.0 + (-sum).exp()),
                Link::Log => sum.exp(),
                Link::Identity => sum.max(0.0),
            } as f32);
        }
        Ok(Scored { scores, contributions })
    }
}
