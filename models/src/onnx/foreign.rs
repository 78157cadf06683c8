//! Models that others made: an ONNX file whose inputs are checked against our schema, run to expected values.

use std::fmt;
use std::sync::Mutex;

use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use prost::Message;

use super::proto::{DOUBLE, FLOAT, INT64, Model, STRING, ValueInfo};
use super::runner::{Backend, environment, load, lock};
use super::{INPUT, OnnxError, SCORE};
use crate::matrix::Matrix;
use crate::schema::{Feature, FeatureKind, Schema};

/// Rows per call of the backend, to bound memory.
const BATCH: usize = 8192;
/// Operator sets with which the embedded backend is tested (tract 0.23).
const TRACT_OPSETS: std::ops::RangeInclusive<i64> = 9..=18;
/// The key under which some writers, ours among them, list the features of a single input as a JSON array.
const FEATURES: &str = "features";
/// The output of scikit-learn's classifiers with the chance of each class.
const PROBABILITIES: &str = "probabilities";

/// A loaded model of others. It takes one 32-bit input `[rows, features]`, in the order of the schema, or an input
/// per feature with the feature's name: 32-bit or 64-bit numbers, whole numbers (not for missing values), or for
/// categories the category's name (empty when missing). It gives the expected value per unit of exposure as
/// `[rows]` or `[rows, 1]`, or as `[rows, 2]` the chances of no find and of a find.
pub struct Foreign {
    session: Mutex<Session>,
    inputs: Inputs,
    output: String,
    schema: Schema,
}

enum Inputs {
    /// All features in one input of this name.
    Together(String),
    /// An input per feature.
    Apart(Vec<Input>),
}

struct Input {
    name: String,
    /// Number of the feature in the schema.
    feature: usize,
    element: i32,
    /// `[rows]` rather than `[rows, 1]`.
    flat: bool,
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foreign").field("output", &self.output).finish_non_exhaustive()
    }
}

impl Foreign {
    /// Loads a model for rows of this schema. `output` names the output with the expected values; without it, the
    /// only output is taken, or `score`, or `probabilities`.
    ///
    /// # Errors
    /// When the bytes are no ONNX model, when an input is not in the schema or has another type, when the output
    /// cannot be told, and when the backend refuses the model.
    pub fn new(
        bytes: &[u8],
        backend: &Backend,
        schema: &Schema,
        output: Option<&str>,
    ) -> Result<Self, OnnxError> {
        let file = Model::decode(bytes).map_err(OnnxError::ForeignNotOnnx)?;
        check_opset(&file, backend)?;
        let listed = file.metadata_props.iter().find(|entry| entry.key.as_deref() == Some(FEATURES));
        let listed: Option<Vec<String>> =
            listed.and_then(|entry| serde_json::from_str(entry.value.as_deref()?).ok());
        let graph = file.graph.unwrap_or_default();
        // Older files list their constants among the inputs.
        let constant = |input: &&ValueInfo| graph.initializer.iter().any(|c| c.name == input.name);
        let free: Vec<&ValueInfo> = graph.input.iter().filter(|i| !constant(i)).collect();
        let inputs = inputs(&free, schema, backend)?;
        if let (Inputs::Together(name), Some(listed)) = (&inputs, &listed) {
            same_order(name, listed, schema)?;
        }
        let output = chosen(&graph.output, output)?;
        let environment = environment(backend)?;
        let session = load(&environment, bytes, backend)
            .map_err(|cause| OnnxError::Load { backend: backend.to_string(), cause })?;
        Ok(Self { session: Mutex::new(session), inputs, output, schema: schema.clone() })
    }

    /// The output that is taken for the expected value.
    #[must_use]
    pub fn output(&self) -> &str {
        &self.output
    }

    /// The features that the model reads, in the order of its inputs.
    #[must_use]
    pub fn features(&self) -> Vec<&str> {
        let name = |feature: usize| self.schema.features[feature].name.as_str();
        match &self.inputs {
            Inputs::Together(_) => (0..self.schema.features.len()).map(name).collect(),
            Inputs::Apart(inputs) => inputs.iter().map(|input| name(input.feature)).collect(),
        }
    }

    /// Expected value per unit of exposure of every row.
    ///
    /// # Errors
    /// When the matrix has another schema, a value does not fit its input, the backend fails, or what comes out is
    /// no expected value.
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<f64>, OnnxError> {
        let names =
            |s: &Schema| s.features.iter().map(|f| (f.name.clone(), f.kind.clone())).collect::<Vec<_>>();
        if names(matrix.schema()) != names(&self.schema) {
            let problem = "the rows have other features than the model was loaded for".to_owned();
            return Err(OnnxError::ForeignInput { input: INPUT.to_owned(), problem });
        }
        let mut expected = Vec::with_capacity(matrix.rows());
        for from in (0..matrix.rows()).step_by(BATCH) {
            let to = matrix.rows().min(from + BATCH);
            self.batch(matrix, from, to, &mut expected)?;
        }
        Ok(expected)
    }

    fn batch(
        &self,
        matrix: &Matrix,
        from: usize,
        to: usize,
        expected: &mut Vec<f64>,
    ) -> Result<(), OnnxError> {
        let rows = to - from;
        let failed = |cause: String| OnnxError::Run { rows, cause };
        let values = match &self.inputs {
            Inputs::Together(name) => {
                let features = matrix.schema().features.len();
                let row = |i: usize| (0..features).map(move |j| matrix.column(j)[i]);
                let all: Vec<f32> = (from..to).flat_map(row).collect();
                let tensor =
                    Tensor::from_array(([rows, features], all)).map_err(|e| failed(e.to_string()))?;
                vec![(name.clone(), SessionInputValue::from(tensor))]
            }
            Inputs::Apart(inputs) => {
                let one = |input: &Input| {
                    let feature = &self.schema.features[input.feature];
                    let column = &matrix.column(input.feature)[from..to];
                    Ok((input.name.clone(), input.tensor(feature, column, from)?))
                };
                inputs.iter().map(one).collect::<Result<_, OnnxError>>()?
            }
        };
        let mut session = lock(&self.session);
        let outputs = session.run(values).map_err(|e| failed(e.to_string()))?;
        let value = outputs.get(&self.output).ok_or_else(|| failed("the output is not there".to_owned()))?;
        let (shape, found) = match value.try_extract_tensor::<f32>() {
            Ok((shape, found)) => (shape.to_vec(), found.iter().map(|v| f64::from(*v)).collect::<Vec<_>>()),
            Err(_) => match value.try_extract_tensor::<f64>() {
                Ok((shape, found)) => (shape.to_vec(), found.to_vec()),
                Err(cause) => return Err(self.wrong(cause.to_string())),
            },
        };
        self.take(&shape, &found, from, rows, expected)
    }

    /// Takes expected values from an output of this shape.
    fn take(
        &self,
        shape: &[i64],
        found: &[f64],
        from: usize,
        rows: usize,
        expected: &mut Vec<f64>,
    ) -> Result<(), OnnxError> {
        let width = found.len() / rows.max(1);
        if found.len() != width * rows || !(1..=2).contains(&width) || shape.first() != Some(&(rows as i64)) {
            let wanted = "[rows], [rows, 1] or [rows, 2]";
            return Err(self.wrong(format!("it has shape {shape:?} for {rows} rows; it must be {wanted}")));
        }
        for (i, values) in found.chunks_exact(width).enumerate() {
            let value = values[width - 1];
            if !(value.is_finite() && value >= 0.0) {
                let what =
                    format!("row {} gets {value}; an expected value must be 0 or more and finite", from + i);
                return Err(self.wrong(what));
            }
            expected.push(value);
        }
        Ok(())
    }

    fn wrong(&self, problem: String) -> OnnxError {
        OnnxError::ForeignOutput { output: self.output.clone(), problem }
    }
}

impl Input {
    /// The values of a column as the model wants them; `from` is the number of the first row.
    fn tensor(
        &self,
        feature: &Feature,
        column: &[f32],
        from: usize,
    ) -> Result<SessionInputValue<'static>, OnnxError> {
        let shape = if self.flat { vec![column.len()] } else { vec![column.len(), 1] };
        let failed = |cause: ort::Error| refused(&self.name, cause.to_string());
        Ok(match self.element {
            INT64 => Tensor::from_array((shape, self.whole(column, from)?)).map_err(failed)?.into(),
            DOUBLE => {
                let values: Vec<f64> = column.iter().map(|x| f64::from(*x)).collect();
                Tensor::from_array((shape, values)).map_err(failed)?.into()
            }
            STRING => {
                let names = names(feature, column);
                Tensor::from_string_array((shape, names.as_slice())).map_err(failed)?.into()
            }
            _ => Tensor::from_array((shape, column.to_vec())).map_err(failed)?.into(),
        })
    }

    fn whole(&self, column: &[f32], from: usize) -> Result<Vec<i64>, OnnxError> {
        let one = |(i, &x): (usize, &f32)| {
            if x.fract() == 0.0 {
                return Ok(x as i64);
            }
            let row = from + i;
            let problem = format!(
                "row {row} is {x}, which a whole number cannot hold. Export the model with 32-bit inputs"
            );
            Err(refused(&self.name, problem))
        };
        column.iter().enumerate().map(one).collect()
    }
}

/// The category names of a column; empty for what is missing or no category.
fn names(feature: &Feature, column: &[f32]) -> Vec<String> {
    let FeatureKind::Nominal { categories } = &feature.kind else { return vec![String::new(); column.len()] };
    let name = |x: &f32| {
        let known = *x >= 0.0 && x.fract() == 0.0;
        categories.get(*x as usize).filter(|_| known).cloned().unwrap_or_default()
    };
    column.iter().map(name).collect()
}

fn refused(input: &str, problem: String) -> OnnxError {
    OnnxError::ForeignInput { input: input.to_owned(), problem }
}

/// Refuses operators of a version that the embedded backend may read wrongly; ONNX Runtime checks for itself.
fn check_opset(file: &Model, backend: &Backend) -> Result<(), OnnxError> {
    let plain = |domain: Option<&str>| matches!(domain, None | Some("" | "ai.onnx"));
    let found = file.opset_import.iter().find(|set| plain(set.domain.as_deref())).and_then(|set| set.version);
    match found {
        Some(found) if *backend == Backend::Tract && !TRACT_OPSETS.contains(&found) => {
            Err(OnnxError::ForeignOpset {
                found,
                backend: backend.to_string(),
                known: format!("{} to {}", TRACT_OPSETS.start(), TRACT_OPSETS.end()),
                newest: *TRACT_OPSETS.end(),
            })
        }
        _ => Ok(()),
    }
}

/// Refuses a model that lists other features, or in another order, than its one input would get.
fn same_order(input: &str, listed: &[String], schema: &Schema) -> Result<(), OnnxError> {
    let ours: Vec<&str> = schema.features.iter().map(|f| f.name.as_str()).collect();
    if listed == ours {
        return Ok(());
    }
    let problem = format!(
        "the model says that its columns are {}, but the features are {}. Give it the same features in the same order",
        listed.join(", "),
        ours.join(", ")
    );
    Err(refused(input, problem))
}

/// Type of the elements and sizes of a tensor; `None` for what is no tensor.
fn tensor(value: &ValueInfo) -> Option<(i32, Vec<Option<i64>>)> {
    let kind = value.kind.as_ref()?.tensor.as_ref()?;
    let sizes = kind.shape.as_ref().map(|s| s.dim.iter().map(|d| d.value.filter(|v| *v >= 0)).collect());
    Some((kind.elem_type?, sizes.unwrap_or_default()))
}

fn inputs(free: &[&ValueInfo], schema: &Schema, backend: &Backend) -> Result<Inputs, OnnxError> {
    let known = |name: &str| schema.features.iter().position(|f| f.name == name);
    if let [only] = free
        && known(only.name.as_deref().unwrap_or_default()).is_none()
    {
        return together(only, schema.features.len());
    }
    let mut inputs = Vec::with_capacity(free.len());
    for value in free {
        let name = value.name.clone().unwrap_or_default();
        let feature = known(&name).ok_or_else(|| {
            let names: Vec<&str> = schema.features.iter().map(|f| f.name.as_str()).collect();
            refused(&name, format!("the schema has no such feature. Features: {}", names.join(", ")))
        })?;
        let (element, sizes) = tensor(value).ok_or_else(|| refused(&name, "it is no tensor".to_owned()))?;
        fits(&name, element, &schema.features[feature].kind, backend)?;
        if sizes.len() > 2 || sizes.get(1).copied().flatten().is_some_and(|n| n != 1) {
            return Err(refused(&name, format!("it has sizes {sizes:?}; it must be [rows] or [rows, 1]")));
        }
        inputs.push(Input { name, feature, element, flat: sizes.len() == 1 });
    }
    if inputs.is_empty() {
        return Err(refused(INPUT, "the model has no inputs".to_owned()));
    }
    Ok(Inputs::Apart(inputs))
}

/// One input for all features.
fn together(value: &ValueInfo, features: usize) -> Result<Inputs, OnnxError> {
    let name = value.name.clone().unwrap_or_default();
    let wanted = format!("it must be [rows, {features}] of 32-bit numbers, or have the name of a feature");
    match tensor(value) {
        Some((FLOAT, sizes)) if sizes.len() == 2 && sizes[1].is_none_or(|n| n == features as i64) => {
            Ok(Inputs::Together(name))
        }
        Some((element, sizes)) => {
            let sizes: Vec<String> =
                sizes.iter().map(|s| s.map_or("rows".to_owned(), |n| n.to_string())).collect();
            Err(refused(&name, format!("it is [{}] of {}; {wanted}", sizes.join(", "), called(element))))
        }
        None => Err(refused(&name, format!("it is no tensor; {wanted}"))),
    }
}

/// Refuses a type that cannot hold the values of a feature.
fn fits(name: &str, element: i32, kind: &FeatureKind, backend: &Backend) -> Result<(), OnnxError> {
    let category = matches!(kind, FeatureKind::Nominal { .. });
    let whole = category || matches!(kind, FeatureKind::Count | FeatureKind::Flag);
    match element {
        FLOAT | DOUBLE => Ok(()),
        INT64 if whole => Ok(()),
        STRING if category && *backend == Backend::Tract => {
            let problem = "the embedded backend does not run models with texts; try --onnxruntime PATH";
            Err(refused(name, problem.to_owned()))
        }
        STRING if category => Ok(()),
        _ => Err(refused(name, format!("it wants {}, but the feature is {kind:?}", called(element)))),
    }
}

fn called(element: i32) -> String {
    match element {
        FLOAT => "32-bit numbers".to_owned(),
        DOUBLE => "64-bit numbers".to_owned(),
        INT64 => "whole numbers".to_owned(),
        STRING => "texts".to_owned(),
        other => format!("ONNX type {other}"),
    }
}

/// Name of the output to take.
fn chosen(outputs: &[ValueInfo], wanted: Option<&str>) -> Result<String, OnnxError> {
    let names: Vec<&str> = outputs.iter().filter_map(|o| o.name.as_deref()).collect();
    let there = |name: &str| names.iter().copied().find(|known| *known == name);
    let name = match (wanted, names.as_slice()) {
        (Some(wanted), _) => there(wanted),
        (None, [only]) => Some(*only),
        (None, _) => there(SCORE).or_else(|| there(PROBABILITIES)),
    };
    let told = |name: &str, problem: String| OnnxError::ForeignOutput { output: name.to_owned(), problem };
    let Some(name) = name else {
        let problem = format!("there is no such output. Name one of: {}", names.join(", "));
        return Err(told(wanted.unwrap_or("score"), problem));
    };
    let value = outputs.iter().find(|o| o.name.as_deref() == Some(name));
    match value.and_then(tensor) {
        Some((FLOAT | DOUBLE, _)) => Ok(name.to_owned()),
        Some((element, _)) => {
            Err(told(name, format!("it holds {}, not numbers with decimals", called(element))))
        }
        None => {
            Err(told(name, "it is no tensor. Export a scikit-learn classifier with zipmap=False".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests;
