//! Terms that read two columns: the table that says what the picture says.

use maud::{Markup, html};
use models::additive::Bins;
use models::{Feature, FeatureKind, Text};
use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::model_page::between;
use crate::report::page::{plain, table};
use crate::report::terms::TermSummary;
use crate::report::texts;

const CAPTION: Pair = Pair(
    "{term}: telt op, naar beneden “{own}”, naar rechts “{other}” (n = {n})",
    "{term}: adds, down “{own}”, to the right “{other}” (n = {n})",
);
const PART: Pair = Pair(" (deel {part} van {parts})", " (part {part} of {parts})");
/// Columns that fit on paper.
const WIDE: usize = 6;

/// One side of a pair: a column and its bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// What readers see of the column.
    pub label: Text,
    /// Its unit.
    pub unit: String,
    /// Its bins, in order; the last is for missing values.
    pub bins: Vec<Bin>,
}

/// A bin of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// From this value on; absent for no lower bound.
    pub from: Option<f64>,
    /// Up to, but not including; absent for no upper bound.
    pub below: Option<f64>,
    /// Name of the category; absent for a range.
    pub category: Option<String>,
    /// Whether it is for missing values.
    pub missing: bool,
}

impl Side {
    /// From the bins that the model stores.
    pub(crate) fn of(feature: Option<&Feature>, bins: &Bins) -> Self {
        let empty = Bin { from: None, below: None, category: None, missing: false };
        let mut all: Vec<Bin> = match bins {
            Bins::Edges(edges) => (0..=edges.len())
                .map(|i| Bin {
                    from: i.checked_sub(1).and_then(|e| edges.get(e)).map(|&e| f64::from(e)),
                    below: edges.get(i).map(|&e| f64::from(e)),
                    ..empty.clone()
                })
                .collect(),
            Bins::Categories(count) => {
                (0..*count).map(|i| Bin { category: Some(category(feature, i)), ..empty.clone() }).collect()
            }
        };
        all.push(Bin { missing: true, ..empty });
        Self {
            label: feature.map_or_else(Text::default, |f| f.label.clone()),
            unit: feature.map_or_else(String::new, |f| f.unit.clone()),
            bins: all,
        }
    }

    fn names(&self, lang: Lang) -> Vec<String> {
        let name = |bin: &Bin| match (&bin.category, bin.missing) {
            (Some(category), _) => category.clone(),
            (None, true) => lang.of(texts::MISSING).to_lowercase(),
            (None, false) => between(bin.from, bin.below, "", lang),
        };
        self.bins.iter().map(name).collect()
    }
}

fn category(feature: Option<&Feature>, number: usize) -> String {
    match feature.map(|f| &f.kind) {
        Some(FeatureKind::Nominal { categories }) => {
            categories.get(number).cloned().unwrap_or_else(|| number.to_string())
        }
        _ => number.to_string(),
    }
}

/// Value and interval; the number of rows is the same for all, and stands above.
fn cell(estimate: &Estimate, lang: Lang) -> Markup {
    html! {
        span.value { (lang.value(estimate, Style::Signed)) }
        @if let Some(interval) = lang.interval(estimate, Style::Signed) { " " span.interval { (interval) } }
    }
}

/// The points as tables of at most six columns.
pub(crate) fn tables(
    term: &TermSummary,
    own: &Side,
    other: &Side,
    points: &[Vec<Estimate>],
    lang: Lang,
) -> Markup {
    let label = |side: &Side| {
        let unit = if side.unit.is_empty() { String::new() } else { format!(" ({})", side.unit) };
        format!("{}{unit}", lang.text(&side.label))
    };
    let n = points.iter().flatten().next().map_or(0, |e| e.n);
    let caption = lang.fill(
        CAPTION,
        &[
            ("term", lang.text(&term.label)),
            ("own", &label(own)),
            ("other", &label(other)),
            ("n", &lang.count(n)),
        ],
    );
    let (down, right) = (own.names(lang), other.names(lang));
    let parts = right.len().div_ceil(WIDE);
    let part = |(number, names): (usize, &[String])| {
        let mut head = vec![lang.text(&own.label).to_owned()];
        head.extend(names.iter().cloned());
        let row = |(name, points): (&String, &Vec<Estimate>)| {
            let cells = points.iter().skip(number * WIDE).take(names.len());
            std::iter::once(plain(name)).chain(cells.map(|e| cell(e, lang))).collect()
        };
        let rows: Vec<Vec<Markup>> = down.iter().zip(points).map(row).collect();
        let (part, parts) = ((number + 1).to_string(), parts.to_string());
        let which =
            if parts == "1" { String::new() } else { lang.fill(PART, &[("part", &part), ("parts", &parts)]) };
        table(&format!("{caption}{which}"), &head, &rows)
    };
    html! { @for chunk in right.chunks(WIDE).enumerate() { (part(chunk)) } }
}
