//! Who asks: the tier and the area scope that decide what may be seen, and how they are proven.

mod door;
mod key_file;
mod key_set;
pub(crate) mod keys;
mod refusal;
mod signatures;
mod token;

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub use door::Door;
pub(crate) use door::{Decision, Pseudonyms};
pub(crate) use key_file::KeyFile;
pub use key_set::KeySetError;
pub(crate) use key_set::Origin;
pub use keys::KeysError;
pub(crate) use refusal::Refusal;
pub(crate) use token::{Issuer, IssuerRules, ScopeRule, SigningAlgorithm};

/// How much a reader may see, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ValueEnum)]
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

impl Tier {
    /// Its name, as in configuration and log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Publiek => "publiek",
            Self::Gemeente => "gemeente",
            Self::Tactisch => "tactisch",
            Self::Audit => "audit",
            Self::Beheer => "beheer",
        }
    }
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

/// Whether this is the code of a gemeente: `GM` and four digits.
pub(crate) fn fits_gemeente(code: &str) -> bool {
    code.strip_prefix("GM").is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_digit()))
}
