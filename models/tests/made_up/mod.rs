//! Made-up rows and models that the tests of every kind of learner share.

#![allow(dead_code, clippy::unwrap_used, reason = "a test may, and each test file uses its part")]

use models::additive::Calibration;
use models::learner::{Learner, LearnerSpec, Silent, TrainingData};
use models::schema::Sign;
use models::{AdditiveModel, Feature, FeatureKind, Link, Matrix, Passport, Schema, Text};

/// Numbers in [0, 1) that depend on the seed only (splitmix64).
pub(crate) struct Stream(pub(crate) u64);

impl Stream {
    /// The next one.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

fn text(word: &str) -> Text {
    Text { nl: word.to_owned(), en: word.to_owned() }
}

/// A column of every kind.
pub(crate) fn schema() -> Schema {
    let categories = ["wonen", "winkel", "industrie"].map(str::to_owned).to_vec();
    let kinds = [
        ("oppervlakte", FeatureKind::Continuous),
        ("vondsten", FeatureKind::Count),
        ("dichtheid", FeatureKind::Rate),
        ("leeg", FeatureKind::Flag),
        ("gebruik", FeatureKind::Nominal { categories }),
    ];
    let features = kinds.map(|(name, kind)| Feature {
        name: name.to_owned(),
        label: text(name),
        unit: String::new(),
        kind,
        passport: Passport::default(),
    });
    Schema { features: features.into() }
}

/// Training rows: a find every four rows or so, values missing here and there.
pub(crate) struct Rows {
    pub(crate) matrix: Matrix,
    pub(crate) outcome: Vec<f64>,
    pub(crate) exposure: Vec<f64>,
    pub(crate) weight: Vec<f64>,
    pub(crate) group: Vec<u32>,
}

impl Rows {
    /// Chances with an exposure of 1, or counts with an exposure that differs.
    pub(crate) fn new(rows: usize, seed: u64, exposed: bool) -> Self {
        let mut stream = Stream(seed);
        let columns: Vec<Vec<f32>> =
            schema().features.iter().map(|f| ordinary(&f.kind, rows, &mut stream)).collect();
        let matrix = Matrix::new(schema(), columns, rows).unwrap();
        let exposure: Vec<f64> =
            (0..rows).map(|_| if exposed { 0.5 + 2.0 * stream.next() } else { 1.0 }).collect();
        let outcome = (0..rows).map(|i| {
            let x = matrix.row(i);
            let known = |x: f32, or: f64| if x.is_nan() { or } else { f64::from(x) };
            let eta =
                -2.0 + 0.004 * known(x[0], 100.0) + 0.5 * known(x[1], 1.0).ln_1p() + 0.6 * known(x[3], 0.3);
            let expected = eta.exp() * exposure[i];
            if exposed {
                (expected + stream.next()).floor()
            } else {
                f64::from(u8::from(stream.next() < expected))
            }
        });
        let outcome = outcome.collect();
        Self { matrix, outcome, exposure, weight: vec![1.0; rows], group: (0..rows as u32).collect() }
    }

    /// The rows, checked.
    pub(crate) fn data(&self) -> TrainingData<'_> {
        TrainingData::new(&self.matrix, &self.outcome, &self.exposure, &self.weight, &self.group).unwrap()
    }

    /// The rows at these positions.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect();
        Self {
            matrix: self.matrix.select(rows),
            outcome: pick(&self.outcome),
            exposure: pick(&self.exposure),
            weight: pick(&self.weight),
            group: rows.iter().map(|&i| self.group[i]).collect(),
        }
    }

    /// With a sign rule on this feature.
    pub(crate) fn with_sign(self, feature: &str, sign: Sign) -> Self {
        let mut schema = schema();
        let found = schema.features.iter_mut().find(|f| f.name == feature).unwrap();
        found.passport.sign = Some(sign);
        let columns = (0..schema.features.len()).map(|j| self.matrix.column(j).to_vec()).collect();
        let rows = self.matrix.rows();
        Self { matrix: Matrix::new(schema, columns, rows).unwrap(), ..self }
    }

    /// Changes one value.
    pub(crate) fn set(&mut self, column: usize, row: usize, value: f32) {
        let features = self.matrix.schema().features.len();
        let mut columns: Vec<Vec<f32>> = (0..features).map(|j| self.matrix.column(j).to_vec()).collect();
        columns[column][row] = value;
        self.matrix = Matrix::new(schema(), columns, self.matrix.rows()).unwrap();
    }
}

fn ordinary(kind: &FeatureKind, rows: usize, stream: &mut Stream) -> Vec<f32> {
    let mut value = || {
        let (gap, u) = (stream.next(), stream.next());
        let x = match kind {
            FeatureKind::Continuous => 300.0 * u,
            FeatureKind::Count => (6.0 * u * u).floor(),
            FeatureKind::Rate => 2.0 * u * u,
            FeatureKind::Flag => (2.0 * u).floor(),
            FeatureKind::Nominal { categories } => (categories.len() as f64 * u).floor(),
        };
        if gap < 0.1 { f32::NAN } else { x as f32 }
    };
    (0..rows).map(|_| value()).collect()
}

/// Rows with missing values, categories that do not exist, values at the edges of 32 bits, and ordinary ones.
pub(crate) fn troublesome(schema: &Schema, rows: usize, seed: u64) -> Matrix {
    let special = [
        f32::NAN,
        0.0,
        -0.0,
        1.0,
        2.0,
        0.5,
        3.0,
        99.0,
        -1.0,
        -7.5,
        1e6,
        -1e6,
        3e38,
        -3e38,
        f32::MAX,
        f32::MIN,
        1e-40,
        f32::MIN_POSITIVE,
        123.456,
    ];
    let mut stream = Stream(seed);
    let columns = schema.features.iter().map(|feature| {
        let mut column = ordinary(&feature.kind, rows, &mut stream);
        for x in &mut column {
            if stream.next() < 0.3 {
                *x = special[(stream.next() * special.len() as f64) as usize];
            }
        }
        column
    });
    Matrix::new(schema.clone(), columns.collect(), rows).unwrap()
}

/// A learner of this kind with its default settings, as a study would name it.
pub(crate) fn learner(kind: &str) -> Box<dyn Learner> {
    let feature = if kind == "baseline" { "feature = \"vondsten\"" } else { "" };
    let entry =
        format!("name = \"{kind}\"\nkind = \"{kind}\"\nlabel = {{ nl = \"x\", en = \"x\" }}\n{feature}");
    toml::from_str::<LearnerSpec>(&entry).unwrap().build(&schema()).unwrap()
}

/// A model of this kind; `None` where the kind does not learn counts with exposure.
pub(crate) fn fitted(kind: &str, rows: usize, seed: u64, exposed: bool) -> Option<AdditiveModel> {
    let fit = learner(kind).fit(&Rows::new(rows, seed, exposed).data(), &Silent);
    if exposed { fit.ok() } else { Some(fit.unwrap()) }
}

/// The model with a calibration, where its link allows one.
pub(crate) fn calibrated(model: &AdditiveModel) -> AdditiveModel {
    let calibration =
        Calibration { intercept: -0.2, slope: 0.85, rows: 300, finds: 40.0, fitted_on: text("later") };
    let calibration = (model.link != Link::Identity).then_some(calibration);
    AdditiveModel { calibration, ..model.clone() }
}
