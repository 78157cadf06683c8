//! Settings of the boosting machine, as a study file gives them.

use serde::Deserialize;

/// Settings of the explainable boosting machine. The defaults suit a few hundred to a million rows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EbmSettings {
    /// What is learned; `None` lets the rows decide: chances where every outcome is 0 or 1 and every exposure
    /// is 1, else counts.
    pub loss: Option<EbmLoss>,
    /// Names of the features that may enter; `None` for all.
    pub features: Option<Vec<String>>,
    /// Number of bags: each leaves out its own share of the groups. 2 to 200.
    pub bags: u16,
    /// Most bins of a number, the one for missing values not counted. 2 to 65,000.
    pub bins: u16,
    /// How many pairs of features may get a term.
    pub pairs: Pairs,
    /// Most bins per side of a pair. 2 to 64.
    pub pair_bins: u16,
    /// Most terms of one feature; the others are left out, least important first, and the rest is fitted
    /// again. `None` for all.
    pub terms: Option<u16>,
    /// Share of a full step that one small step takes. Above 0, at most 1.
    pub learning_rate: f64,
    /// Small steps on a term before the rows are read again. 1 to 100.
    pub steps: u16,
    /// Most rounds over the terms; also the budget of the pairs.
    pub rounds: u32,
    /// First rounds, in which cut points are drawn by lot: they give a smooth shape to start from.
    pub smoothing_rounds: u32,
    /// Rounds without gain on held-out groups after which the search stops.
    pub patience: u32,
    /// A term whose last gain was below this share of the best one is visited in one round of four only.
    pub greedy: f64,
    /// Least weight of the rows on either side of a cut.
    pub least_weight: f64,
    /// Penalty on the size of a step, in units of the second derivative of the loss.
    pub l2: f64,
    /// Pieces into which one small step may cut a feature. 2 or 3.
    pub leaves: u16,
    /// Seed of everything that is drawn by lot.
    pub seed: u64,
}

/// What a boosting machine learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EbmLoss {
    /// The chance of at least one find per unit (log loss).
    Binomial,
    /// The number of finds per unit of exposure (Poisson deviance).
    Poisson,
}

/// How many pairs of features may get a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Pairs {
    /// At most this many.
    Most(u16),
    /// `"auto"`: one per twelve finds, at most 30.
    Auto(Auto),
}

/// The word `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auto {
    /// Let the rows decide.
    Auto,
}

impl Default for EbmSettings {
    fn default() -> Self {
        Self {
            loss: None,
            features: None,
            bags: 10,
            bins: 1000,
            pairs: Pairs::Auto(Auto::Auto),
            pair_bins: 32,
            terms: None,
            learning_rate: 0.015,
            steps: 12,
            rounds: 3000,
            smoothing_rounds: 50,
            patience: 30,
            greedy: 0.05,
            least_weight: 4.0,
            l2: 0.1,
            leaves: 3,
            seed: 42,
        }
    }
}

impl EbmSettings {
    /// What is out of range, and what to do.
    pub(crate) fn check(&self) -> Result<(), String> {
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if value >= low && value <= high {
                return Ok(());
            }
            Err(format!("{name} is {value}; it must be {low} to {high}"))
        };
        within("bags", f64::from(self.bags), 2.0, 200.0)?;
        within("bins", f64::from(self.bins), 2.0, 65_000.0)?;
        within("pair_bins", f64::from(self.pair_bins), 2.0, 64.0)?;
        within("learning_rate", self.learning_rate, 1e-4, 1.0)?;
        within("steps", f64::from(self.steps), 1.0, 100.0)?;
        within("rounds", f64::from(self.rounds), 1.0, 100_000.0)?;
        within("patience", f64::from(self.patience), 1.0, 100_000.0)?;
        within("greedy", self.greedy, 0.0, 1.0)?;
        within("least_weight", self.least_weight, 0.0, 1e12)?;
        within("l2", self.l2, 0.0, 1e12)?;
        within("leaves", f64::from(self.leaves), 2.0, 3.0)?;
        within("terms", f64::from(self.terms.unwrap_or(1)), 1.0, 65_000.0)
    }

    /// How many pairs may enter, with this many finds (or rows without one, whichever are fewer). A pair needs
    /// finds in its corners; without them it only tells noise.
    pub(super) fn pairs(&self, finds: f64) -> usize {
        match self.pairs {
            Pairs::Most(most) => usize::from(most),
            Pairs::Auto(Auto::Auto) => MOST_PAIRS.min((finds / FINDS_PER_PAIR) as usize),
        }
    }
}

/// Finds that `pairs = "auto"` asks for each pair.
const FINDS_PER_PAIR: f64 = 12.0;
/// Most pairs of `pairs = "auto"`.
const MOST_PAIRS: usize = 30;
