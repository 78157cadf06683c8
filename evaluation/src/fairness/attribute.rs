//! How rows fall into groups of an audit attribute.

use models::Text;

use crate::backtest::input::{EvaluationError, same_length};

/// How rows fall into groups of an audit attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupAttribute {
    /// Name in the study.
    pub name: String,
    /// What readers see.
    pub label: Text,
    /// Name of each group.
    pub groups: Vec<Text>,
    /// Group number per test row; `None` where the attribute is missing: shown as a group of its own.
    pub of_row: Vec<Option<u32>>,
}

impl GroupAttribute {
    /// Groups of about the same number of rows, by rising value; rows with equal values stay together, so
    /// there can be fewer groups than asked for. `value_of_row` is NaN where the attribute is missing.
    #[must_use]
    pub fn quantiles(name: &str, label: Text, groups: u32, value_of_row: &[f64]) -> Self {
        let mut order: Vec<usize> =
            (0..value_of_row.len()).filter(|&i| value_of_row[i].is_finite()).collect();
        order.sort_by(|&a, &b| value_of_row[a].total_cmp(&value_of_row[b]));
        let mut of_row = vec![None; value_of_row.len()];
        let mut ranges: Vec<(u64, f64, f64)> = Vec::new();
        let (mut before, all) = (0, order.len());
        for tied in order.chunk_by(|&a, &b| value_of_row[a] == value_of_row[b]) {
            // The group in which the middle of the tied rows lies, in whole numbers.
            let middle = 2 * before + tied.len();
            let wanted = (middle as u64 * u64::from(groups.max(1)) / (2 * all as u64))
                .min(u64::from(groups.max(1)) - 1);
            let value = value_of_row[tied[0]];
            match ranges.last_mut() {
                Some(last) if last.0 == wanted => last.2 = value,
                _ => ranges.push((wanted, value, value)),
            }
            let number = u32::try_from(ranges.len() - 1).ok();
            for &i in tied {
                of_row[i] = number;
            }
            before += tied.len();
        }
        let count = ranges.len();
        let groups = ranges.iter().enumerate().map(|(i, r)| range_name(i, count, r.1, r.2)).collect();
        Self { name: name.to_owned(), label, groups, of_row }
    }

    /// As [`GroupAttribute::quantiles`], with one value per area (NaN where missing or secret); rows whose
    /// area number has no value are missing.
    #[must_use]
    pub fn from_area_values(
        name: &str,
        label: Text,
        groups: u32,
        value_of_area: &[f64],
        area_of_row: &[u32],
    ) -> Self {
        let values: Vec<f64> =
            area_of_row.iter().map(|&a| value_of_area.get(a as usize).copied().unwrap_or(f64::NAN)).collect();
        Self::quantiles(name, label, groups, &values)
    }

    pub(crate) fn check(&self, rows: usize) -> Result<(), EvaluationError> {
        same_length(&format!("audit attribute '{}'", self.name), self.of_row.len(), rows)?;
        for (row, group) in self.of_row.iter().enumerate() {
            if let Some(group) = group.filter(|&g| g as usize >= self.groups.len()) {
                return Err(EvaluationError::Group {
                    attribute: self.name.clone(),
                    row,
                    group,
                    groups: self.groups.len(),
                });
            }
        }
        Ok(())
    }
}

/// A name such as "1 (laagst): 2,5 t/m 8,1".
fn range_name(position: usize, count: usize, low: f64, high: f64) -> Text {
    let place = |first: &str, last: &str| match position {
        _ if count == 1 => String::new(),
        0 => format!(" ({first})"),
        p if p + 1 == count => format!(" ({last})"),
        _ => String::new(),
    };
    let plain = |x: f64| {
        let text = format!("{x:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let comma = |x: f64| plain(x).replace('.', ",");
    let number = position + 1;
    Text {
        nl: format!("{number}{}: {} t/m {}", place("laagst", "hoogst"), comma(low), comma(high)),
        en: format!("{number}{}: {} to {}", place("lowest", "highest"), plain(low), plain(high)),
    }
}
