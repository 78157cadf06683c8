//! Who asks: the tier and the area scope that decide what may be seen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How much a reader may see, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Everyone, without a key: gemeente and wijk, classes only.
    Publiek,
    /// Policy makers of a gemeente: rounded figures down to buurt.
    Gemeente,
    /// Planners: figures, intervals, ranks, reasons, plans.
    Tactisch,
    /// Auditors: all that planners see, and the log.
    Audit,
    /// Operators: releases and keys.
    Beheer,
}

/// Which areas a reader may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All areas of the bundle.
    Everywhere,
    /// Areas in these gemeenten (codes such as `GM0344`).
    Within(BTreeSet<String>),
}

/// Someone who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// How much they may see.
    pub tier: Tier,
    /// Where.
    pub scope: Scope,
    /// The identifier of the key or the pseudonym of the person, for the log; `None` for everyone.
    pub subject: Option<String>,
}

impl Reader {
    /// Someone without a key or token.
    #[must_use]
    pub fn public() -> Self {
        Self { tier: Tier::Publiek, scope: Scope::Everywhere, subject: None }
    }
}
