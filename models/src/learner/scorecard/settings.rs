//! What a study can set about a scorecard.

use serde::Deserialize;

/// Settings of a scorecard.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScorecardSettings {
    /// What the card tells.
    pub outcome: Told,
    /// Names of the features that may enter; `None` for all.
    pub features: Option<Vec<String>>,
    /// Most lines on the card.
    pub terms: usize,
    /// Most points of a line, up or down.
    pub points: u32,
    /// Most lines about one feature.
    pub per_feature: usize,
    /// How numbers enter.
    pub numbers: Numbers,
    /// Most thresholds per number among which the lines are chosen.
    pub thresholds: usize,
    /// A line needs this many rows (weighted) for which it holds, and as many for which it does not.
    pub minimum_rows: f64,
    /// Half of this times the sum of squared contributions of the lines is added to the loss of all rows.
    pub l2: f64,
    /// Largest contribution of a line, up or down: 5 is a factor of 148 in the odds or the count.
    pub limit: f64,
    /// How many partial cards the search keeps at each length.
    pub beam: usize,
    /// Most cards in the pool.
    pub pool: usize,
    /// A card is as good as the best when its loss is at most this share above it.
    pub gap: f64,
    /// Number of the card that is taken from the pool; 1 is the best.
    pub choice: usize,
    /// Samples on which the lines are fitted again, for the uncertainty; 0 for none.
    pub bags: usize,
    /// Seed of the samples.
    pub seed: u64,
}

/// What a card tells of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The chance of at least one find; exposure must be 1.
    #[default]
    Chance,
    /// The expected number of finds per unit of exposure.
    Count,
}

/// How numbers enter a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// Points from a threshold on.
    #[default]
    Steps,
    /// Points times the value. Such a card cannot be printed ([`CardError::NotOnPaper`](super::CardError)).
    Value,
}

impl Default for ScorecardSettings {
    fn default() -> Self {
        Self {
            outcome: Told::Chance,
            features: None,
            terms: 6,
            points: 5,
            per_feature: 3,
            numbers: Numbers::Steps,
            thresholds: 15,
            minimum_rows: 20.0,
            l2: 0.01,
            limit: 5.0,
            beam: 20,
            pool: 20,
            gap: 0.05,
            choice: 1,
            bags: 50,
            seed: 42,
        }
    }
}

impl ScorecardSettings {
    /// What is out of range, and what to do.
    pub(crate) fn check(&self) -> Result<(), String> {
        let whole = [
            ("terms", self.terms, 1, 40),
            ("points", self.points as usize, 1, 100),
            ("per_feature", self.per_feature, 1, 40),
            ("thresholds", self.thresholds, 1, 1000),
            ("beam", self.beam, 1, 1000),
            ("pool", self.pool, 1, 1000),
            ("choice", self.choice, 1, self.pool),
            ("bags", self.bags, 0, 1000),
        ];
        for (name, value, least, most) in whole {
            if !(least..=most).contains(&value) {
                return Err(format!("{name} is {value}; it must be from {least} to {most}"));
            }
        }
        if self.bags == 1 {
            return Err("bags is 1; a spread needs 2 or more, and 0 is none".to_owned());
        }
        for (name, value) in [("minimum_rows", self.minimum_rows), ("l2", self.l2), ("gap", self.gap)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(format!("{name} is {value}; it must be 0 or more"));
            }
        }
        if !(self.limit > 0.0 && self.limit <= 20.0) {
            return Err(format!("limit is {}; it must be above 0 and at most 20", self.limit));
        }
        Ok(())
    }
}
