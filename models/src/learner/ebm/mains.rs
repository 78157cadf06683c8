//! Terms of one feature.

use super::binning::Column;
use super::boosting::Terms;
use super::cut::{self, Change};
use super::rows::{Place, Slopes};
use super::settings::EbmSettings;

/// One term per column.
pub(super) struct Mains<'a> {
    pub(super) columns: &'a [Column],
    pub(super) settings: &'a EbmSettings,
}

impl Terms for Mains<'_> {
    fn count(&self) -> usize {
        self.columns.len()
    }

    fn size(&self, term: usize) -> usize {
        self.columns[term].bins.count()
    }

    fn place(&self, term: usize) -> Place<'_> {
        Place::One(&self.columns[term].codes)
    }

    fn improve(&self, term: usize, slopes: Slopes, lot: Option<&mut dyn FnMut() -> u64>) -> Change {
        cut::improve(&self.columns[term], slopes, self.settings, lot)
    }
}
