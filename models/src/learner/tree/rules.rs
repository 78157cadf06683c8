//! From the nodes of a tree to rules that read well.

use super::cuts::Cuts;
use super::grow::{Node, Split, Sums};
use crate::additive::{Condition, Shape};
use crate::schema::{Feature, FeatureKind, Schema, Text};

/// A leaf with all that must hold to get there; one condition per feature, in the order of the questions.
pub(super) struct Leaf {
    conditions: Vec<Condition>,
    value: f64,
    pub(super) sums: Sums,
}

/// The leaves from left to right. The first question of a tree leads to every leaf, so each has a condition unless
/// the root is the only leaf.
pub(super) fn leaves(nodes: &[Node], cuts: &[Cuts], features: &[usize], schema: &Schema) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut todo = vec![(0, Vec::new())];
    while let Some((number, conditions)) = todo.pop() {
        match &nodes[number] {
            Node::Leaf { value, sums } => found.push(Leaf { conditions, value: *value, sums: *sums }),
            Node::Split { split, left, right } => {
                let feature = features[split.place];
                let kind = &schema.features[feature].kind;
                let (low, high) = sides(split, &cuts[split.place], feature, kind);
                todo.push((*right, with(&conditions, high)));
                todo.push((*left, with(&conditions, low)));
            }
        }
    }
    found
}

/// The conditions of the two sides of a split. Categories are bounded on both sides, so that a value that is no
/// category falls in no leaf and gets the mean.
fn sides(split: &Split, cuts: &Cuts, feature: usize, kind: &FeatureKind) -> (Condition, Condition) {
    let (first, last) = match kind {
        FeatureKind::Nominal { categories } => (Some(0.0), Some(categories.len() as f32)),
        _ => (None, None),
    };
    match cuts.cuts.get(split.cut) {
        Some(&cut) => (
            Condition { feature, from: first, below: Some(cut), missing: split.missing_left },
            Condition { feature, from: Some(cut), below: last, missing: !split.missing_left },
        ),
        // No value lies at or above 0 and below 0.
        None => (
            Condition { feature, from: first, below: last, missing: false },
            Condition { feature, from: Some(0.0), below: Some(0.0), missing: true },
        ),
    }
}

/// The conditions with one more, which joins that on the same feature.
fn with(conditions: &[Condition], more: Condition) -> Vec<Condition> {
    let mut all = conditions.to_vec();
    match all.iter_mut().find(|c| c.feature == more.feature) {
        Some(same) => {
            same.from = higher(same.from, more.from);
            same.below = higher(same.below.map(|b| -b), more.below.map(|b| -b)).map(|b| -b);
            same.missing &= more.missing;
        }
        None => all.push(more),
    }
    all
}

fn higher(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (one, other) => one.or(other),
    }
}

pub(super) fn is_category(kind: &FeatureKind) -> bool {
    matches!(kind, FeatureKind::Nominal { .. })
}

/// The values of a column, where what is no category is missing.
pub(super) fn known_values(kind: &FeatureKind, values: &[f32]) -> Vec<f32> {
    let FeatureKind::Nominal { categories } = kind else { return values.to_vec() };
    let known = |x: f32| x >= 0.0 && x.fract() == 0.0 && (x as usize) < categories.len();
    values.iter().map(|&x| if known(x) { x } else { f32::NAN }).collect()
}

impl Leaf {
    /// Number of the feature that the first condition reads.
    pub(super) fn first(&self) -> usize {
        self.conditions.first().map_or(0, |c| c.feature)
    }

    pub(super) fn shape(&self, intercept: f64) -> Shape {
        Shape::Rule { coefficient: self.value - intercept, conditions: self.conditions.clone() }
    }

    /// Name of the term; leaves of one tree differ in theirs.
    pub(super) fn name(&self, schema: &Schema) -> String {
        let part = |c: &Condition| {
            let name = &schema.features[c.feature].name;
            let or = if c.missing { " or missing" } else { "" };
            match (c.from, c.below) {
                (Some(from), Some(below)) if from >= below => format!("{name} is missing"),
                (None, None) => format!("{name} is known"),
                (Some(from), Some(below)) => format!("{from} <= {name} < {below}{or}"),
                (Some(from), None) => format!("{name} >= {from}{or}"),
                (None, Some(below)) => format!("{name} < {below}{or}"),
            }
        };
        self.conditions.iter().map(part).collect::<Vec<_>>().join(" & ")
    }

    /// What readers see.
    pub(super) fn label(&self, schema: &Schema) -> Text {
        let told: Vec<Text> = self.conditions.iter().map(|c| told(c, &schema.features[c.feature])).collect();
        let join = |of: fn(&Text) -> &str, and: &str| told.iter().map(of).collect::<Vec<_>>().join(and);
        Text { nl: join(|t| &t.nl, " en "), en: join(|t| &t.en, " and ") }
    }
}

/// A condition in words.
fn told(condition: &Condition, feature: &Feature) -> Text {
    let Text { nl, en } = &feature.label;
    let both = |dutch: String, english: String| {
        let (of, or) = if condition.missing { (" (of onbekend)", " (or unknown)") } else { ("", "") };
        Text { nl: format!("{nl}{dutch}{of}"), en: format!("{en}{english}{or}") }
    };
    let unit = if feature.unit.is_empty() { String::new() } else { format!(" {}", feature.unit) };
    match (condition.from, condition.below, &feature.kind) {
        (Some(from), Some(below), _) if from >= below => {
            Text { nl: format!("{nl}: onbekend"), en: format!("{en}: unknown") }
        }
        (None, None, _) => Text { nl: format!("{nl}: bekend"), en: format!("{en}: known") },
        (from, below, FeatureKind::Nominal { categories }) => {
            let within = |k: &usize| condition_holds(from, below, *k as f32);
            let names: Vec<&str> =
                (0..categories.len()).filter(within).map(|k| categories[k].as_str()).collect();
            if names.len() == categories.len() {
                return both(": bekend".to_owned(), ": known".to_owned());
            }
            both(format!(": {}", names.join(" of ")), format!(": {}", names.join(" or ")))
        }
        (Some(_), None, FeatureKind::Flag) => both(": ja".to_owned(), ": yes".to_owned()),
        (None, Some(_), FeatureKind::Flag) => both(": nee".to_owned(), ": no".to_owned()),
        (Some(from), Some(below), _) => {
            both(format!(" van {from} tot {below}{unit}"), format!(" from {from} to below {below}{unit}"))
        }
        (Some(from), None, _) => both(format!(" vanaf {from}{unit}"), format!(" from {from}{unit}")),
        (None, Some(below), _) => both(format!(" onder {below}{unit}"), format!(" below {below}{unit}")),
    }
}

fn condition_holds(from: Option<f32>, below: Option<f32>, x: f32) -> bool {
    from.is_none_or(|from| x >= from) && below.is_none_or(|below| x < below)
}
