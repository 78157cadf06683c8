//! From terms to an ONNX graph. Terms of one shape are computed together, then put in the order of the model.

use prost::Message;

use super::proto::{
    ATTRIBUTE_INT, Attribute, DOUBLE, Dimension, Entry, FLOAT, Graph, INT64, Kind, Model, Node, OperatorSet,
    Shape as Dims, Tensor, TensorKind, ValueInfo,
};
use super::{CONTRIBUTIONS, INPUT, SCORE};
use crate::additive::{AdditiveModel, Bins, Condition, Link, RATE_OFFSET, Shape, Transform};

/// IR version 8 and operator set 17 (2022): old enough for every backend, new enough for every operator used.
const IR_VERSION: i64 = 8;
const OPSET: i64 = 17;

/// The model as an ONNX file: input `features` [rows, features] with NaN for missing, outputs `score` [rows]
/// and `contributions` [rows, terms]. The same model gives the same bytes. The model must be sound
/// ([`AdditiveModel::validate`]).
#[must_use]
pub fn write(model: &AdditiveModel) -> Vec<u8> {
    let mut graph = Builder::default();
    let contributions = graph.contributions(model);
    graph.outputs(model, &contributions);
    let rows = || Dimension { value: None, param: Some("rows".to_owned()) };
    let fixed = |n: usize| Dimension { value: Some(n as i64), param: None };
    let graph = Graph {
        node: graph.nodes,
        name: Some(model.name.clone()),
        initializer: graph.constants,
        input: vec![value_info(INPUT, vec![rows(), fixed(model.schema.features.len())])],
        output: vec![
            value_info(SCORE, vec![rows()]),
            value_info(CONTRIBUTIONS, vec![rows(), fixed(model.terms.len())]),
        ],
    };
    let file = Model {
        ir_version: Some(IR_VERSION),
        producer_name: Some("zichtlijn".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: Some(String::new()), version: Some(OPSET) }],
        metadata_props: metadata(model),
    };
    file.encode_to_vec()
}

fn metadata(model: &AdditiveModel) -> Vec<Entry> {
    let list = |names: Vec<&str>| serde_json::Value::from(names).to_string();
    let terms = list(model.terms.iter().map(|t| t.name.as_str()).collect());
    let features = list(model.schema.features.iter().map(|f| f.name.as_str()).collect());
    [("name", model.name.clone()), ("kind", model.kind.clone()), ("terms", terms), ("features", features)]
        .map(|(key, value)| Entry { key: Some(key.to_owned()), value: Some(value) })
        .into()
}

fn value_info(name: &str, dim: Vec<Dimension>) -> ValueInfo {
    let tensor = TensorKind { elem_type: Some(FLOAT), shape: Some(Dims { dim }) };
    ValueInfo { name: Some(name.to_owned()), kind: Some(Kind { tensor: Some(tensor) }) }
}

/// Collects nodes and constants; every value gets a name from its number.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

/// Terms of one shape: their places in the model, and the name of their contributions.
struct Part {
    places: Vec<usize>,
    value: String,
}

impl Builder {
    fn node_named(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, i64)], output: &str) {
        let attribute = attributes.iter().map(|(name, i)| Attribute {
            name: Some((*name).to_owned()),
            i: Some(*i),
            kind: Some(ATTRIBUTE_INT),
        });
        self.nodes.push(Node {
            input: inputs.iter().map(|s| (*s).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: Some(format!("{op}_{}", self.nodes.len())),
            op_type: Some(op.to_owned()),
            attribute: attribute.collect(),
        });
    }

    fn node(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, i64)]) -> String {
        let output = format!("v{}", self.nodes.len());
        self.node_named(op, inputs, attributes, &output);
        output
    }

    fn constant(&mut self, data_type: i32, dims: &[usize], raw: Vec<u8>) -> String {
        let name = format!("c{}", self.constants.len());
        self.constants.push(Tensor {
            dims: dims.iter().map(|&d| d as i64).collect(),
            data_type: Some(data_type),
            name: Some(name.clone()),
            raw_data: Some(raw),
        });
        name
    }

    fn floats(&mut self, dims: &[usize], values: &[f32]) -> String {
        self.constant(FLOAT, dims, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    fn doubles(&mut self, dims: &[usize], values: &[f64]) -> String {
        self.constant(DOUBLE, dims, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    fn integers(&mut self, values: &[usize]) -> String {
        let raw = values.iter().flat_map(|&v| (v as i64).to_le_bytes()).collect();
        self.constant(INT64, &[values.len()], raw)
    }

    /// The columns of these terms, `[rows, terms]`.
    fn gather(&mut self, model: &AdditiveModel, places: &[usize]) -> String {
        let columns: Vec<usize> = places.iter().map(|&t| model.terms[t].feature).collect();
        let columns = self.integers(&columns);
        self.node("Gather", &[INPUT, &columns], &[("axis", 1)])
    }

    /// Contributions of all terms, `[rows, terms]`, 64 bits, in the order of the model.
    fn contributions(&mut self, model: &AdditiveModel) -> String {
        let mut parts = Vec::new();
        for transform in [Transform::Identity, Transform::Log1p, Transform::LogRate] {
            let places =
                places(model, |s| matches!(s, Shape::Linear { transform: t, .. } if *t == transform));
            parts.extend(self.linear(model, places, transform));
        }
        parts.extend(self.equals(model, places(model, |s| matches!(s, Shape::Equals { .. }))));
        parts.extend(self.missing(model, places(model, |s| matches!(s, Shape::Missing { .. }))));
        for place in 0..model.terms.len() {
            parts.extend(self.looked_up(model, place));
        }
        let values: Vec<&str> = parts.iter().map(|p| p.value.as_str()).collect();
        let joined = self.node("Concat", &values, &[("axis", 1)]);
        let order: Vec<usize> = parts.iter().flat_map(|p| p.places.iter().copied()).collect();
        let mut back = vec![0; order.len()];
        for (from, &to) in order.iter().enumerate() {
            back[to] = from;
        }
        let back = self.integers(&back);
        self.node("Gather", &[&joined, &back], &[("axis", 1)])
    }

    /// `where(missing, m, coefficient * (f(x) - center))`. A missing value is set to 0 first, so that no NaN
    /// enters the arithmetic.
    fn linear(&mut self, model: &AdditiveModel, places: Vec<usize>, transform: Transform) -> Option<Part> {
        if places.is_empty() {
            return None;
        }
        let (mut coefficients, mut centers, mut missings) = (Vec::new(), Vec::new(), Vec::new());
        for &t in &places {
            if let Shape::Linear { coefficient, center, missing, .. } = &model.terms[t].shape {
                coefficients.push(*coefficient);
                centers.push(*center);
                missings.push(*missing);
            }
        }
        let columns = self.gather(model, &places);
        let gone = self.node("IsNaN", &[&columns], &[]);
        let zero = self.floats(&[1, 1], &[0.0]);
        let filled = self.node("Where", &[&gone, &zero, &columns], &[]);
        let mut value = self.node("Cast", &[&filled], &[("to", i64::from(DOUBLE))]);
        let offset = match transform {
            Transform::Identity => None,
            Transform::Log1p => Some(1.0),
            Transform::LogRate => Some(RATE_OFFSET),
        };
        if let Some(offset) = offset {
            let zero = self.doubles(&[1, 1], &[0.0]);
            let offset = self.doubles(&[1, 1], &[offset]);
            value = self.node("Max", &[&value, &zero], &[]);
            value = self.node("Add", &[&value, &offset], &[]);
            value = self.node("Log", &[&value], &[]);
        }
        let width = [1, places.len()];
        let centers = self.doubles(&width, &centers);
        let coefficients = self.doubles(&width, &coefficients);
        let missings = self.doubles(&width, &missings);
        value = self.node("Sub", &[&value, &centers], &[]);
        value = self.node("Mul", &[&value, &coefficients], &[]);
        value = self.node("Where", &[&gone, &missings, &value], &[]);
        Some(Part { places, value })
    }

    fn equals(&mut self, model: &AdditiveModel, places: Vec<usize>) -> Option<Part> {
        if places.is_empty() {
            return None;
        }
        let (mut coefficients, mut values) = (Vec::new(), Vec::new());
        for &t in &places {
            if let Shape::Equals { coefficient, value } = &model.terms[t].shape {
                coefficients.push(*coefficient);
                values.push(*value);
            }
        }
        let columns = self.gather(model, &places);
        let values = self.floats(&[1, places.len()], &values);
        let holds = self.node("Equal", &[&columns, &values], &[]);
        let value = self.where_or_zero(&holds, &coefficients);
        Some(Part { places, value })
    }

    fn missing(&mut self, model: &AdditiveModel, places: Vec<usize>) -> Option<Part> {
        if places.is_empty() {
            return None;
        }
        let coefficients: Vec<f64> =
            places.iter().filter_map(|&t| model.terms[t].shape.coefficient()).collect();
        let columns = self.gather(model, &places);
        let holds = self.node("IsNaN", &[&columns], &[]);
        let value = self.where_or_zero(&holds, &coefficients);
        Some(Part { places, value })
    }

    fn where_or_zero(&mut self, holds: &str, coefficients: &[f64]) -> String {
        let coefficients = self.doubles(&[1, coefficients.len()], coefficients);
        let zero = self.doubles(&[1, 1], &[0.0]);
        self.node("Where", &[holds, &coefficients, &zero], &[])
    }

    /// Terms whose contribution is looked up in a list or stands for a rule, one at a time.
    fn looked_up(&mut self, model: &AdditiveModel, place: usize) -> Option<Part> {
        let term = &model.terms[place];
        let value = match &term.shape {
            Shape::Linear { .. } | Shape::Equals { .. } | Shape::Missing { .. } => return None,
            Shape::Steps { edges, .. } => {
                let bin = self.bin_of_edges(term.feature, edges);
                self.look_up(&term.shape.parameters(), &bin)
            }
            Shape::Categories { scores, .. } => {
                let bin = self.bin_of_category(term.feature, scores.len());
                self.look_up(&term.shape.parameters(), &bin)
            }
            Shape::Grid { bins, other, other_bins, .. } => {
                let row = self.bin(term.feature, bins);
                let column = self.bin(*other, other_bins);
                let width = self.floats(&[1, 1], &[other_bins.count() as f32]);
                let start = self.node("Mul", &[&row, &width], &[]);
                let cell = self.node("Add", &[&start, &column], &[]);
                self.look_up(&term.shape.parameters(), &cell)
            }
            Shape::Rule { coefficient, conditions } => {
                let all: Vec<String> = conditions.iter().flat_map(|c| self.condition(c)).collect();
                self.rule(&all, *coefficient)
            }
        };
        Some(Part { places: vec![place], value })
    }

    fn bin(&mut self, feature: usize, bins: &Bins) -> String {
        match bins {
            Bins::Edges(edges) => self.bin_of_edges(feature, edges),
            Bins::Categories(categories) => self.bin_of_category(feature, *categories),
        }
    }

    fn column(&mut self, feature: usize) -> String {
        let column = self.integers(&[feature]);
        self.node("Gather", &[INPUT, &column], &[("axis", 1)])
    }

    /// The number of edges at or below the value, as a float `[rows, 1]`; a missing value has the bin after the
    /// last. Whole numbers below 2^24 are exact in 32 bits.
    fn bin_of_edges(&mut self, feature: usize, edges: &[f32]) -> String {
        let column = self.column(feature);
        let gone = self.node("IsNaN", &[&column], &[]);
        let missing = self.floats(&[1, 1], &[(edges.len() + 1) as f32]);
        let bin = if edges.is_empty() {
            self.floats(&[1, 1], &[0.0])
        } else {
            let edges = self.floats(&[1, edges.len()], edges);
            let above = self.node("GreaterOrEqual", &[&column, &edges], &[]);
            let counted = self.node("Cast", &[&above], &[("to", i64::from(FLOAT))]);
            let axis = self.integers(&[1]);
            self.node("ReduceSum", &[&counted, &axis], &[("keepdims", 1)])
        };
        self.node("Where", &[&gone, &missing, &bin], &[])
    }

    /// The category number as a float `[rows, 1]`; what is no category has the bin after the last.
    fn bin_of_category(&mut self, feature: usize, categories: usize) -> String {
        let column = self.column(feature);
        let missing = self.floats(&[1, 1], &[categories as f32]);
        let zero = self.floats(&[1, 1], &[0.0]);
        let floor = self.node("Floor", &[&column], &[]);
        let whole = self.node("Equal", &[&column, &floor], &[]);
        let from = self.node("GreaterOrEqual", &[&column, &zero], &[]);
        let below = self.node("Less", &[&column, &missing], &[]);
        let within = self.node("And", &[&from, &below], &[]);
        let known = self.node("And", &[&whole, &within], &[]);
        self.node("Where", &[&known, &column, &missing], &[])
    }

    /// Scores are looked up, not added up, so that they are exact.
    fn look_up(&mut self, scores: &[f64], bin: &str) -> String {
        let bin = self.node("Cast", &[bin], &[("to", i64::from(INT64))]);
        let scores = self.doubles(&[scores.len()], scores);
        self.node("Gather", &[&scores, &bin], &[("axis", 0)])
    }

    /// What must hold for a condition, each `[rows, 1]`. A comparison with NaN is false.
    fn condition(&mut self, condition: &Condition) -> Vec<String> {
        let column = self.column(condition.feature);
        let gone = self.node("IsNaN", &[&column], &[]);
        let mut bounds = Vec::new();
        if let Some(from) = condition.from {
            let from = self.floats(&[1, 1], &[from]);
            bounds.push(self.node("GreaterOrEqual", &[&column, &from], &[]));
        }
        if let Some(below) = condition.below {
            let below = self.floats(&[1, 1], &[below]);
            bounds.push(self.node("Less", &[&column, &below], &[]));
        }
        if condition.missing {
            return bounds.iter().map(|bound| self.node("Or", &[bound, &gone], &[])).collect();
        }
        bounds.push(self.node("Not", &[&gone], &[]));
        bounds
    }

    fn rule(&mut self, holds: &[String], coefficient: f64) -> String {
        let mut all = holds.iter();
        let Some(first) = all.next().cloned() else {
            // Conditions without bounds that missing values meet too: it always holds.
            let rows = self.column(0);
            let rows = self.node("IsNaN", &[&rows], &[]);
            let coefficient = self.doubles(&[1, 1], &[coefficient]);
            return self.node("Where", &[&rows, &coefficient, &coefficient], &[]);
        };
        let all = all.fold(first, |so_far, next| self.node("And", &[&so_far, next], &[]));
        self.where_or_zero(&all, &[coefficient])
    }

    fn outputs(&mut self, model: &AdditiveModel, contributions: &str) {
        let axis = self.integers(&[1]);
        let sum = self.node("ReduceSum", &[contributions, &axis], &[("keepdims", 0)]);
        let intercept = self.doubles(&[1], &[model.intercept]);
        let mut sum = self.node("Add", &[&sum, &intercept], &[]);
        if let Some(calibration) = &model.calibration {
            let slope = self.doubles(&[1], &[calibration.slope]);
            let shift = self.doubles(&[1], &[calibration.intercept]);
            sum = self.node("Mul", &[&sum, &slope], &[]);
            sum = self.node("Add", &[&sum, &shift], &[]);
        }
        let expected = match model.link {
            Link::Identity => {
                let zero = self.doubles(&[1], &[0.0]);
                self.node("Max", &[&sum, &zero], &[])
            }
            Link::Log => self.node("Exp", &[&sum], &[]),
            // Sigmoid by hand: tract has it in 32 bits only.
            Link::Logit => {
                let one = self.doubles(&[1], &[1.0]);
                let minus = self.node("Neg", &[&sum], &[]);
                let power = self.node("Exp", &[&minus], &[]);
                let below = self.node("Add", &[&power, &one], &[]);
                self.node("Div", &[&one, &below], &[])
            }
        };
        let to_float = [("to", i64::from(FLOAT))];
        self.node_named("Cast", &[&expected], &to_float, SCORE);
        self.node_named("Cast", &[contributions], &to_float, CONTRIBUTIONS);
    }
}

fn places(model: &AdditiveModel, wanted: impl Fn(&Shape) -> bool) -> Vec<usize> {
    (0..model.terms.len()).filter(|&t| wanted(&model.terms[t].shape)).collect()
}
