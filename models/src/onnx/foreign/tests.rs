//! Models made by our own writer and by hand.

use super::*;
use crate::additive::Link;
use crate::onnx::proto::{Dimension, Graph, Kind, Node, OperatorSet, Shape, TensorKind};
use crate::onnx::write;
use crate::testing::{every_shape, feature, made_up_rows};

fn value(name: &str, element: i32, sizes: &[Option<i64>]) -> ValueInfo {
    let param = |v: &Option<i64>| v.is_none().then(|| "rows".to_owned());
    let dim = sizes.iter().map(|v| Dimension { value: *v, param: param(v) }).collect();
    let tensor = TensorKind { elem_type: Some(element), shape: Some(Shape { dim }) };
    ValueInfo { name: Some(name.to_owned()), kind: Some(Kind { tensor: Some(tensor) }) }
}

/// A model of one operator.
fn model(op: &str, input: Vec<ValueInfo>, output: ValueInfo) -> Vec<u8> {
    model_of_opset(op, input, output, 17)
}

fn model_of_opset(op: &str, input: Vec<ValueInfo>, output: ValueInfo, version: i64) -> Vec<u8> {
    let names = |values: &[ValueInfo]| values.iter().filter_map(|v| v.name.clone()).collect();
    let axis = super::super::proto::Attribute {
        name: Some("axis".to_owned()),
        i: Some(1),
        kind: Some(super::super::proto::ATTRIBUTE_INT),
    };
    let node = Node {
        input: names(&input),
        output: names(std::slice::from_ref(&output)),
        name: Some("node".to_owned()),
        op_type: Some(op.to_owned()),
        attribute: if op == "Concat" { vec![axis] } else { Vec::new() },
    };
    let graph = Graph { node: vec![node], input, output: vec![output], ..Graph::default() };
    let opset = OperatorSet { domain: Some(String::new()), version: Some(version) };
    Model { ir_version: Some(8), graph: Some(graph), opset_import: vec![opset], ..Model::default() }
        .encode_to_vec()
}

fn two_counts() -> Matrix {
    let schema =
        Schema { features: vec![feature("a", FeatureKind::Count), feature("b", FeatureKind::Continuous)] };
    Matrix::new(schema, vec![vec![1.0, 0.0, 3.0], vec![0.5, 0.25, 2.0]], 3).unwrap()
}

fn apart(element_a: i32, element_b: i32) -> Vec<ValueInfo> {
    vec![value("b", element_b, &[None, Some(1)]), value("a", element_a, &[None, Some(1)])]
}

fn refused(bytes: &[u8], schema: &Schema, output: Option<&str>) -> String {
    Foreign::new(bytes, &Backend::Tract, schema, output).unwrap_err().to_string()
}

#[test]
fn our_own_model_is_one_of_them() {
    for link in [Link::Logit, Link::Log] {
        let ours = every_shape(link);
        let rows = made_up_rows(&ours.schema, 9000, 1);
        let foreign = Foreign::new(&write(&ours), &Backend::Tract, &ours.schema, None).unwrap();
        assert_eq!(foreign.output(), SCORE);
        for (got, want) in foreign.predict(&rows).unwrap().iter().zip(ours.predict(&rows)) {
            assert!((got - want).abs() <= 1e-6 * want.abs().max(1.0));
        }
        assert!(foreign.predict(&two_counts()).unwrap_err().to_string().contains("other features"));
    }
}

#[test]
fn inputs_are_found_by_name_and_two_columns_are_chances() {
    let rows = two_counts();
    let out = || value("sum", FLOAT, &[None, Some(1)]);
    let added = model("Add", apart(FLOAT, FLOAT), out());
    let foreign = Foreign::new(&added, &Backend::Tract, rows.schema(), None).unwrap();
    assert_eq!(foreign.predict(&rows).unwrap(), [1.5, 0.25, 5.0]);
    let both = model("Concat", apart(FLOAT, FLOAT), value("probabilities", FLOAT, &[None, Some(2)]));
    let foreign = Foreign::new(&both, &Backend::Tract, rows.schema(), Some("probabilities")).unwrap();
    assert_eq!(foreign.predict(&rows).unwrap(), [1.0, 0.0, 3.0], "the second column is the chance of a find");
}

#[test]
fn what_comes_out_must_be_an_expected_value() {
    let rows = two_counts();
    let less = model("Sub", apart(FLOAT, FLOAT), value("less", FLOAT, &[None, Some(1)]));
    let foreign = Foreign::new(&less, &Backend::Tract, rows.schema(), None).unwrap();
    let told = foreign.predict(&rows).unwrap_err().to_string();
    assert!(told.contains("row 0 gets -0.5"), "{told}");
}

#[test]
fn an_output_that_is_no_number_is_told_with_its_row() {
    let rows = two_counts();
    let less = vec![value("b", FLOAT, &[None, Some(1)])];
    let log = model("Log", less, value("log", FLOAT, &[None, Some(1)]));
    let foreign = Foreign::new(&log, &Backend::Tract, rows.schema(), None).unwrap();
    assert_eq!(foreign.features(), ["b"]);
    let negative = Matrix::new(rows.schema().clone(), vec![vec![1.0; 3], vec![2.0, -1.0, 2.0]], 3).unwrap();
    let told = foreign.predict(&negative).unwrap_err().to_string();
    assert!(
        told.contains("`log`") && told.contains("row 1 gets NaN") && told.contains("0 or more"),
        "{told}"
    );
}

#[test]
fn operators_of_an_unknown_version_are_told() {
    let rows = two_counts();
    let sum =
        |version| model_of_opset("Add", apart(FLOAT, FLOAT), value("sum", FLOAT, &[None, Some(1)]), version);
    let told = refused(&sum(25), rows.schema(), None);
    assert!(
        told.contains("operator set 25") && told.contains("9 to 18") && told.contains("target_opset=18"),
        "{told}"
    );
    assert!(Foreign::new(&sum(18), &Backend::Tract, rows.schema(), None).is_ok());
}

#[test]
fn features_that_a_model_lists_must_be_in_the_order_of_the_schema() {
    let ours = every_shape(Link::Logit);
    let mut other = ours.schema.clone();
    other.features.swap(0, 1);
    let told = refused(&write(&ours), &other, None);
    assert!(told.contains("says that its columns are") && told.contains("same order"), "{told}");
}

#[test]
fn inputs_that_do_not_fit_are_told() {
    let rows = two_counts();
    let out = || value("sum", FLOAT, &[None, Some(1)]);
    let schema = rows.schema();
    let mut strange = apart(FLOAT, FLOAT);
    strange[0].name = Some("leeftijd".to_owned());
    let told = refused(&model("Add", strange, out()), schema, None);
    assert!(told.contains("`leeftijd`") && told.contains("Features: a, b"), "{told}");
    let told = refused(&model("Add", apart(FLOAT, INT64), out()), schema, None);
    assert!(
        told.contains("`b`") && told.contains("wants whole numbers, but the feature is Continuous"),
        "{told}"
    );
    let told = refused(&model("Add", apart(STRING, FLOAT), out()), schema, None);
    assert!(told.contains("`a`") && told.contains("wants texts"), "{told}");
    let wide = vec![value("X", FLOAT, &[None, Some(3)])];
    let told = refused(&model("Exp", wide, out()), schema, None);
    assert!(told.contains("[rows, 3] of 32-bit numbers; it must be [rows, 2]"), "{told}");
    let text =
        Schema { features: vec![feature("a", FeatureKind::Nominal { categories: vec!["x".to_owned()] })] };
    let told = refused(&model("Exp", vec![value("a", STRING, &[None, Some(1)])], out()), &text, None);
    assert!(told.contains("--onnxruntime"), "{told}");
}

#[test]
fn outputs_and_operators_that_do_not_fit_are_told() {
    let rows = two_counts();
    let sum = model("Add", apart(FLOAT, FLOAT), value("sum", FLOAT, &[None, Some(1)]));
    let told = refused(&sum, rows.schema(), Some("chance"));
    assert!(told.contains("`chance`") && told.contains("Name one of: sum"), "{told}");
    let label = model("Add", apart(FLOAT, FLOAT), value("label", INT64, &[None]));
    assert!(refused(&label, rows.schema(), None).contains("holds whole numbers"));
    let map = ValueInfo { name: Some("output_probability".to_owned()), kind: None };
    assert!(
        refused(&model("ZipMap", apart(FLOAT, FLOAT), map), rows.schema(), None).contains("zipmap=False")
    );
    let trees = model(
        "TreeEnsembleRegressor",
        vec![value("X", FLOAT, &[None, Some(2)])],
        value("y", FLOAT, &[None, Some(1)]),
    );
    let told = refused(&trees, rows.schema(), None);
    assert!(told.contains("tract") && told.contains("--onnxruntime PATH"), "{told}");
    assert!(refused(b"no", rows.schema(), None).contains("no ONNX model"));
}

#[test]
fn whole_numbers_cannot_be_missing() {
    let input = Input { name: "a".to_owned(), feature: 0, element: INT64, flat: false };
    assert_eq!(input.whole(&[1.0, 0.0], 0).unwrap(), [1, 0]);
    let told = input.whole(&[1.0, f32::NAN], 40).unwrap_err().to_string();
    assert!(told.contains("row 41 is NaN") && told.contains("32-bit"), "{told}");
    let categories = ["x", "y"].map(str::to_owned).to_vec();
    let column = [0.0, 1.0, 2.0, f32::NAN, -1.0, 0.5];
    assert_eq!(
        names(&feature("a", FeatureKind::Nominal { categories }), &column),
        ["x", "y", "", "", "", ""]
    );
}
