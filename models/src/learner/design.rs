//! The design matrix of the linear learners: what of each feature enters the sum, and on which scale.
//!
//! Numbers are centred on their mean and divided by their standard deviation, so that one penalty fits all.
//! Indicators (flags, categories, "is missing") are centred but keep their scale of 0 and 1: dividing a rare
//! category by its tiny standard deviation would all but lift the penalty on the coefficient that needs it
//! most.

use ndarray::Array2;

use super::TrainingData;
use crate::additive::{Shape, Transform};
use crate::schema::{Feature, FeatureKind, Text};

/// What of a feature a column of the design holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Basis {
    /// The transformed value.
    Linear(Transform),
    /// Whether the value is this one.
    Equals(f32),
    /// Whether the value is missing.
    Missing,
}

impl Basis {
    /// Value before scaling; NaN where a linear column has no value.
    fn value(self, x: f32) -> f64 {
        match self {
            Self::Linear(transform) => transform.apply(x),
            Self::Equals(value) => f64::from(u8::from(x == value)),
            Self::Missing => f64::from(u8::from(x.is_nan())),
        }
    }
}

/// One column of the design, on the scale of the features.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// Number of the feature in the schema.
    pub(crate) feature: usize,
    pub(crate) basis: Basis,
    /// Weighted mean over the rows that have a value.
    pub(crate) mean: f64,
    /// What the centred value is divided by.
    pub(crate) scale: f64,
}

impl Column {
    /// The shape with this standardised coefficient, in natural units.
    pub(crate) fn shape(&self, standardised: f64) -> Shape {
        let coefficient = standardised / self.scale;
        match self.basis {
            Basis::Linear(transform) => {
                Shape::Linear { coefficient, center: self.mean, transform, missing: 0.0 }
            }
            Basis::Equals(value) => Shape::Equals { coefficient, value },
            Basis::Missing => Shape::Missing { coefficient },
        }
    }

    /// What the intercept loses per unit of the standardised coefficient, because indicators are stored
    /// uncentred.
    pub(crate) fn intercept_shift(&self) -> f64 {
        match self.basis {
            Basis::Linear(_) => 0.0,
            Basis::Equals(_) | Basis::Missing => self.mean / self.scale,
        }
    }

    /// Name of the term.
    pub(crate) fn name(&self, feature: &Feature) -> String {
        match (self.basis, &feature.kind) {
            (Basis::Missing, _) => format!("{} is missing", feature.name),
            (Basis::Equals(value), FeatureKind::Nominal { categories }) => {
                format!("{}={}", feature.name, category(categories, value))
            }
            _ => feature.name.clone(),
        }
    }

    /// What readers see.
    pub(crate) fn label(&self, feature: &Feature) -> Text {
        let Text { nl, en } = &feature.label;
        match (self.basis, &feature.kind) {
            (Basis::Missing, _) => Text { nl: format!("{nl}: onbekend"), en: format!("{en}: unknown") },
            (Basis::Equals(value), FeatureKind::Nominal { categories }) => {
                let category = category(categories, value);
                Text { nl: format!("{nl}: {category}"), en: format!("{en}: {category}") }
            }
            _ => feature.label.clone(),
        }
    }
}

fn category(categories: &[String], value: f32) -> String {
    categories.get(value as usize).cloned().unwrap_or_else(|| value.to_string())
}

/// A standardised design matrix.
pub(crate) struct Design {
    pub(crate) columns: Vec<Column>,
    /// Rows by columns.
    pub(crate) values: Array2<f64>,
    /// Names of the features that the training rows do not vary in.
    pub(crate) constant: Vec<String>,
}

impl Design {
    /// The design of these features over the training rows.
    pub(crate) fn build(data: &TrainingData<'_>, features: &[usize]) -> Self {
        let mut columns = Vec::new();
        let mut constant = Vec::new();
        for &j in features {
            let before = columns.len();
            let kind = &data.matrix().schema().features[j].kind;
            let values = data.matrix().column(j);
            let candidates = bases(kind, values, data.weight());
            columns
                .extend(candidates.into_iter().filter_map(|basis| column(j, basis, values, data.weight())));
            if columns.len() == before {
                constant.push(data.matrix().schema().features[j].name.clone());
            }
        }
        let values = fill(data, &columns);
        Self { columns, values, constant }
    }
}

/// What of a feature may enter the sum. Of a category, the most frequent one is what others are compared to.
fn bases(kind: &FeatureKind, values: &[f32], weight: &[f64]) -> Vec<Basis> {
    let mut bases = match kind {
        FeatureKind::Continuous => vec![Basis::Linear(Transform::Identity)],
        FeatureKind::Count => vec![Basis::Linear(Transform::Log1p)],
        FeatureKind::Flag => vec![Basis::Equals(1.0)],
        FeatureKind::Nominal { categories } => {
            let reference = most_frequent(values, weight, categories.len());
            let others = (0..categories.len()).filter(|&k| k != reference);
            others.map(|k| Basis::Equals(k as f32)).collect()
        }
    };
    bases.push(Basis::Missing);
    bases
}

fn most_frequent(values: &[f32], weight: &[f64], categories: usize) -> usize {
    let mut seen = vec![0.0; categories];
    for (&x, &w) in values.iter().zip(weight) {
        if x >= 0.0
            && let Some(total) = seen.get_mut(x as usize)
        {
            *total += w;
        }
    }
    // The first of the most frequent ones, so that a tie is broken by the order of the categories.
    (0..categories).rev().max_by(|&a, &b| f64::total_cmp(&seen[a], &seen[b])).unwrap_or(0)
}

/// The column with its mean and scale; `None` when the rows that count do not vary in it.
fn column(feature: usize, basis: Basis, values: &[f32], weight: &[f64]) -> Option<Column> {
    let counted = || {
        let rows = values.iter().zip(weight).filter(|(_, w)| **w > 0.0);
        rows.map(|(&x, &w)| (basis.value(x), w)).filter(|(v, _)| !v.is_nan())
    };
    let (mut low, mut high, mut sum, mut total) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0.0);
    for (v, w) in counted() {
        low = low.min(v);
        high = high.max(v);
        sum += w * v;
        total += w;
    }
    if low >= high {
        return None;
    }
    let mean = sum / total;
    let scale = match basis {
        Basis::Linear(_) => {
            let squares: f64 = counted().map(|(v, w)| w * (v - mean) * (v - mean)).sum();
            (squares / total).sqrt()
        }
        Basis::Equals(_) | Basis::Missing => 1.0,
    };
    (scale > 0.0 && scale.is_finite()).then_some(Column { feature, basis, mean, scale })
}

/// Standardised values; a missing value lies at the mean.
fn fill(data: &TrainingData<'_>, columns: &[Column]) -> Array2<f64> {
    let mut values = Array2::zeros((data.rows(), columns.len()));
    for (k, column) in columns.iter().enumerate() {
        let source = data.matrix().column(column.feature);
        for (target, &x) in values.column_mut(k).iter_mut().zip(source) {
            let v = column.basis.value(x);
            *target = if v.is_nan() { 0.0 } else { (v - column.mean) / column.scale };
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;
    use crate::schema::Schema;
    use crate::testing::feature;

    #[test]
    fn each_kind_gets_its_columns_and_rows_without_weight_do_not_count() {
        let nan = f32::NAN;
        let categories = ["a", "b", "c"].map(str::to_owned).to_vec();
        let schema = Schema {
            features: vec![
                feature("area", FeatureKind::Continuous),
                feature("finds", FeatureKind::Count),
                feature("use", FeatureKind::Nominal { categories }),
                feature("same", FeatureKind::Continuous),
                feature("empty", FeatureKind::Flag),
            ],
        };
        let columns = vec![
            vec![1.0, 3.0, nan, 100.0],
            vec![0.0, 1.0, 0.0, 0.0],
            vec![1.0, 1.0, 0.0, 2.0],
            vec![7.0, 7.0, 7.0, 9.0],
            vec![nan; 4],
        ];
        let matrix = Matrix::new(schema, columns, 4).unwrap();
        let weight = [1.0, 1.0, 1.0, 0.0];
        let data =
            TrainingData::new(&matrix, &[1.0, 0.0, 0.0, 0.0], &[1.0; 4], &weight, &[0, 1, 2, 3]).unwrap();
        let design = Design::build(&data, &[0, 1, 2, 3, 4]);
        let names: Vec<String> =
            design.columns.iter().map(|c| c.name(&matrix.schema().features[c.feature])).collect();
        assert_eq!(names, ["area", "area is missing", "finds", "use=a"]);
        assert_eq!(design.constant, ["same", "empty"]);
        assert_eq!((design.columns[0].mean, design.columns[0].scale), (2.0, 1.0));
        assert_eq!(design.values.column(0).to_vec(), [-1.0, 1.0, 0.0, 98.0]);
        let third = 1.0 / 3.0;
        for (got, want) in design.values.column(3).iter().zip([-third, -third, 1.0 - third, -third]) {
            assert!((got - want).abs() < 1e-15);
        }
    }
}
