//! How much each tier sees of an area: which figures, and how coarse.

use models::bundle::{Class, Figures};

use super::rounding::Rounding;
use super::{VisibleClass, VisibleFigures};
use crate::access::Tier;

/// How detailed the figures are that a tier sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Only the class.
    Classes,
    /// Class, rounded figures and the band of the rank.
    Rounded,
    /// All figures of the bundle, and the reasons.
    Full,
}

/// Number of bands that ranks are divided into for [`Detail::Rounded`].
pub(crate) const BANDS: u32 = 5;

impl Detail {
    /// The detail that a tier sees. Auditors and operators see figures as planners do; what they may do
    /// besides is not a matter of figures.
    pub(crate) fn of(tier: Tier) -> Self {
        match tier {
            Tier::Publiek => Self::Classes,
            Tier::Gemeente => Self::Rounded,
            Tier::Tactisch | Tier::Audit | Tier::Beheer => Self::Full,
        }
    }

    /// Whether the reasons for a score are seen.
    pub(crate) fn has_reasons(self) -> bool {
        self == Self::Full
    }

    /// The name of this detail, for entity tags and cursors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Rounded => "rounded",
            Self::Full => "full",
        }
    }

    /// What is seen of the figures of the area with this code, one of `ranked` in its level.
    pub(super) fn figures(
        self,
        figures: &Figures,
        code: &str,
        ranked: usize,
        rounding: &Rounding,
    ) -> VisibleFigures {
        // Taken apart member by member, so that a new one asks for a decision here.
        let &Figures {
            units,
            exposure,
            expected,
            low,
            high,
            rate_per_1000,
            rank,
            rank_low,
            rank_high,
            chance_top_k,
            class,
        } = figures;
        let class = VisibleClass::from(class);
        match self {
            Self::Classes => VisibleFigures::of_class(class),
            Self::Rounded => VisibleFigures {
                units: Some(rounding.to_five(f64::from(units), code, "units") as u32),
                exposure: Some(rounding.to_five(exposure, code, "exposure")),
                expected: Some(decimals(expected, 1)),
                low: Some(decimals(low, 0)),
                high: Some(decimals(high, 0)),
                rate_per_1000: Some(decimals(rate_per_1000, 1)),
                rank_band: Some(band(rank, ranked)),
                ..VisibleFigures::of_class(class)
            },
            Self::Full => VisibleFigures {
                units: Some(units),
                exposure: Some(exposure),
                expected: Some(expected),
                low: Some(low),
                high: Some(high),
                rate_per_1000: Some(rate_per_1000),
                rank: Some(rank),
                rank_low: Some(rank_low),
                rank_high: Some(rank_high),
                chance_top_k: Some(chance_top_k),
                ..VisibleFigures::of_class(class)
            },
        }
    }
}

impl From<Class> for VisibleClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Low => Self::Low,
            Class::Middle => Self::Middle,
            Class::Raised => Self::Raised,
            Class::High => Self::High,
            Class::NotEnoughData => Self::NotEnoughData,
        }
    }
}

fn decimals(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

/// The fifth of the ranks that this rank lies in, 1 for the highest.
fn band(rank: u32, ranked: usize) -> u32 {
    let of = u64::try_from(ranked).unwrap_or(u64::MAX).max(u64::from(rank)).max(1);
    let band = (u64::from(rank) * u64::from(BANDS)).div_ceil(of);
    u32::try_from(band).unwrap_or(BANDS).clamp(1, BANDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_fifths() {
        assert_eq!([1, 2, 3, 10, 11].map(|rank| band(rank, 11)), [1, 1, 2, 5, 5]);
        assert_eq!(band(1, 1), 5, "the only one is no top");
        assert_eq!([1, 20, 21, 100].map(|rank| band(rank, 100)), [1, 1, 2, 5]);
    }
}
