//! The body of an inference request, checked by name, datatype and shape.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Scorer, invalid, unknown_name};
use crate::problem::{Fault, Place, Problem, listed, quoted, text};

/// Largest number of rows in one request.
pub(crate) const LARGEST_BATCH: usize = 10_000;

/// Name of the single input that holds all columns.
pub(crate) const FEATURES: &str = "features";

/// Names of the outputs.
pub(crate) const SCORE: &str = "score";
const CONTRIBUTIONS: &str = "contributions";
const OUTPUTS: [&str; 2] = [SCORE, CONTRIBUTIONS];

/// Checked rows.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Row-major values in schema order, NaN for missing.
    pub(crate) values: Vec<f32>,
    /// Number of rows.
    pub(crate) n: usize,
    /// The caller's id, given back.
    pub(crate) id: Option<String>,
    /// Names of the outputs that are asked for.
    pub(crate) outputs: Vec<&'static str>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    id: Option<String>,
    #[serde(default, rename = "parameters")]
    _parameters: Option<Map<String, Value>>,
    inputs: Vec<Input>,
    outputs: Option<Vec<Requested>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    datatype: String,
    shape: Vec<u64>,
    parameters: Option<Map<String, Value>>,
    data: Option<Data>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Requested {
    name: String,
    #[serde(default, rename = "parameters")]
    _parameters: Option<Map<String, Value>>,
}

/// Reads and checks a body.
///
/// # Errors
/// 400 with the place of the first fault.
pub(crate) fn read(body: &[u8], scorer: &Scorer) -> Result<Rows, Problem> {
    let Body { id, inputs, outputs, .. } = serde_json::from_slice(body).map_err(|cause| malformed(&cause))?;
    let outputs = requested(outputs)?;
    let (values, n) = match inputs.as_slice() {
        [] => return Err(no_inputs(scorer)),
        [input] if input.name == FEATURES => all_columns(input, scorer)?,
        inputs => by_column(inputs, scorer)?,
    };
    Ok(Rows { values, n, id, outputs })
}

fn requested(outputs: Option<Vec<Requested>>) -> Result<Vec<&'static str>, Problem> {
    let Some(outputs) = outputs.filter(|outputs| !outputs.is_empty()) else { return Ok(OUTPUTS.to_vec()) };
    let mut names = Vec::new();
    for (i, Requested { name, .. }) in outputs.iter().enumerate() {
        let member = format!("outputs[{i}].name");
        let Some(known) = OUTPUTS.into_iter().find(|known| known == name) else {
            return Err(unknown_name(member, name, &OUTPUTS));
        };
        if names.contains(&known) {
            return Err(doubled(member, known));
        }
        names.push(known);
    }
    Ok(names)
}

/// One input `features` of shape `[rows, columns]`.
fn all_columns(input: &Input, scorer: &Scorer) -> Result<(Vec<f32>, usize), Problem> {
    let width = scorer.features().len();
    let data = tensor(input, 0)?;
    let n = match input.shape.as_slice() {
        [n, columns] if *columns == width as u64 => batch(*n, 0)?,
        shape => return Err(wrong_shape(0, shape, &format!("[N, {width}]"))),
    };
    data.check(0, &[n, width])?;
    Ok((data.values.clone(), n))
}

/// One input of shape `[rows]` per feature, in any order.
fn by_column(inputs: &[Input], scorer: &Scorer) -> Result<(Vec<f32>, usize), Problem> {
    let features = scorer.features();
    let mut columns: Vec<Option<&[f32]>> = vec![None; features.len()];
    let mut rows: Option<usize> = None;
    for (i, input) in inputs.iter().enumerate() {
        let member = || format!("inputs[{i}].name");
        let Some(j) = features.iter().position(|feature| feature.name == input.name) else {
            return Err(unknown_input(member(), &input.name, scorer));
        };
        if columns[j].is_some() {
            return Err(doubled(member(), &input.name));
        }
        let data = tensor(input, i)?;
        let n = match (input.shape.as_slice(), rows) {
            ([n], None) => batch(*n, i)?,
            ([n], Some(rows)) if *n == rows as u64 => rows,
            (shape, Some(rows)) => return Err(wrong_shape(i, shape, &format!("[{rows}]"))),
            (shape, None) => return Err(wrong_shape(i, shape, "[N]")),
        };
        data.check(i, &[n])?;
        rows = Some(n);
        columns[j] = Some(&data.values);
    }
    let absent = features.iter().zip(&columns).filter(|(_, column)| column.is_none());
    let absent: Vec<&str> = absent.map(|(feature, _)| feature.name.as_str()).collect();
    if !absent.is_empty() {
        return Err(missing_inputs(&absent));
    }
    let columns: Vec<&[f32]> = columns.into_iter().flatten().collect();
    let n = rows.unwrap_or_default();
    let values = (0..n).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    Ok((values, n))
}

/// The data of an input, after its datatype.
fn tensor(input: &Input, i: usize) -> Result<&Data, Problem> {
    if input.datatype != "FP32" {
        let shown = quoted(&input.datatype);
        return Err(invalid(
            format!("inputs[{i}].datatype"),
            "datatype.wrong",
            format!("Het datatype {shown} van '{}' kan niet; alleen \"FP32\".", input.name),
            format!("The datatype {shown} of '{}' is not possible; only \"FP32\".", input.name),
        ));
    }
    if input.parameters.as_ref().is_some_and(|parameters| parameters.contains_key("binary_data_size")) {
        return Err(invalid(
            format!("inputs[{i}].parameters.binary_data_size"),
            "binary.unsupported",
            "Binaire invoer kan niet. Stuur de waarden als JSON in 'data'.".to_owned(),
            "Binary input is not possible. Send the values as JSON in 'data'.".to_owned(),
        ));
    }
    input.data.as_ref().ok_or_else(|| {
        invalid(
            format!("inputs[{i}].data"),
            "data.missing",
            format!("De invoer '{}' heeft geen 'data'.", input.name),
            format!("The input '{}' has no 'data'.", input.name),
        )
    })
}

fn batch(n: u64, i: usize) -> Result<usize, Problem> {
    let fits = usize::try_from(n).ok().filter(|n| (1..=LARGEST_BATCH).contains(n));
    fits.ok_or_else(|| {
        invalid(
            format!("inputs[{i}].shape[0]"),
            "batch.size",
            format!("Het aantal rijen is {n}, maar moet tussen 1 en {LARGEST_BATCH} liggen."),
            format!("The number of rows is {n}, but must lie between 1 and {LARGEST_BATCH}."),
        )
    })
}

fn wrong_shape(i: usize, shape: &[u64], expected: &str) -> Problem {
    invalid(
        format!("inputs[{i}].shape"),
        "shape.wrong",
        format!("De vorm is {shape:?}, maar moet {expected} zijn."),
        format!("The shape is {shape:?}, but must be {expected}."),
    )
}

fn doubled(member: String, name: &str) -> Problem {
    let shown = quoted(name);
    invalid(
        member,
        "name.doubled",
        format!("De naam {shown} komt twee keer voor."),
        format!("The name {shown} comes twice."),
    )
}

fn unknown_input(member: String, name: &str, scorer: &Scorer) -> Problem {
    if name == FEATURES {
        return invalid(
            member,
            "name.mixed",
            "Geef óf één invoer 'features', óf één invoer per kenmerk; niet allebei.".to_owned(),
            "Give either one input 'features' or one input per feature; not both.".to_owned(),
        );
    }
    let mut allowed: Vec<&str> = scorer.features().iter().map(|feature| feature.name.as_str()).collect();
    allowed.push(FEATURES);
    unknown_name(member, name, &allowed)
}

fn missing_inputs(absent: &[&str]) -> Problem {
    let names = listed(absent);
    invalid(
        "inputs",
        "input.missing",
        format!("Deze invoer ontbreekt: {names}. Geef null voor een onbekende waarde."),
        format!("These inputs are missing: {names}. Give null for an unknown value."),
    )
}

fn no_inputs(scorer: &Scorer) -> Problem {
    let names = listed(scorer.features().iter().map(|feature| &feature.name));
    invalid(
        "inputs",
        "input.missing",
        format!("Er is geen invoer. Geef één invoer 'features', of een per kenmerk: {names}."),
        format!("There are no inputs. Give one input 'features', or one per feature: {names}."),
    )
}

fn malformed(cause: &serde_json::Error) -> Problem {
    let (line, column) = (cause.line(), cause.column());
    let detail = text(
        format!("De inhoud klopt niet bij regel {line}, kolom {column}: {cause}"),
        format!("The body is wrong at line {line}, column {column}: {cause}"),
    );
    Problem::invalid(Fault::new(Place::Position { line, column }, "json.malformed", detail))
}

/// The values of a tensor, flat or nested by row, `null` for missing.
#[derive(Debug, Default)]
struct Data {
    values: Vec<f32>,
    /// Length of each row when nested.
    rows: Vec<usize>,
    nested: bool,
}

impl Data {
    fn check(&self, i: usize, shape: &[usize]) -> Result<(), Problem> {
        let member = || format!("inputs[{i}].data");
        if self.nested {
            let [n, width] = shape else {
                return Err(invalid(
                    member(),
                    "data.nested",
                    "Deze invoer heeft één dimensie; zet de waarden niet in rijen.".to_owned(),
                    "This input has one dimension; do not nest the values in rows.".to_owned(),
                ));
            };
            if let Some(row) = self.rows.iter().position(|length| length != width) {
                return Err(count(format!("inputs[{i}].data[{row}]"), self.rows[row], *width));
            }
            if self.rows.len() != *n {
                return Err(count(member(), self.rows.len(), *n));
            }
            return Ok(());
        }
        let expected: usize = shape.iter().product();
        if self.values.len() == expected { Ok(()) } else { Err(count(member(), self.values.len(), expected)) }
    }
}

fn count(member: String, given: usize, expected: usize) -> Problem {
    invalid(
        member,
        "data.count",
        format!("Hier staan {given} waarden, maar volgens de vorm moeten het er {expected} zijn."),
        format!("There are {given} values here, but by the shape there must be {expected}."),
    )
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers and nulls, or of rows of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Data, A::Error> {
        let mut data = Data::default();
        while let Some(member) = members.next_element()? {
            match member {
                Member::Value(_) if data.nested => {
                    return Err(de::Error::custom("a value stands between rows"));
                }
                Member::Value(value) => data.values.push(value),
                Member::Row(_) if !data.nested && !data.values.is_empty() => {
                    return Err(de::Error::custom("a row stands between values"));
                }
                Member::Row(row) => {
                    data.nested = true;
                    data.rows.push(row.len());
                    data.values.extend(row.into_iter().map(|Cell(value)| value));
                }
            }
        }
        Ok(data)
    }
}

/// A value, or a row of values.
enum Member {
    Value(f32),
    Row(Vec<Cell>),
}

/// One value; missing is NaN.
#[derive(Clone, Copy)]
struct Cell(f32);

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value: Option<f64> = Option::deserialize(deserializer)?;
        value.map_or(Ok(f32::NAN), narrowed).map(Self)
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, null, or a row of them")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Member, E> {
        Ok(Member::Value(f32::NAN))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Member, E> {
        narrowed(value).map(Member::Value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Member, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Member, E> {
        self.visit_f64(value as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Member, A::Error> {
        let mut row = Vec::new();
        while let Some(cell) = members.next_element()? {
            row.push(cell);
        }
        Ok(Member::Row(row))
    }
}

/// The value in 32 bits, refused when it does not fit.
fn narrowed<E: de::Error>(value: f64) -> Result<f32, E> {
    let narrow = value as f32;
    if narrow.is_finite() {
        return Ok(narrow);
    }
    Err(E::custom(format_args!("{value} does not fit in FP32")))
}
