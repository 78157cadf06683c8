//! The Open Inference Protocol under `/v2`.

use axum::http::Method;
use models::bundle::SelfTest;
use serde_json::{Value, json};
use serving::made_up::Town;

use crate::{Answer, Made, get, request};

const INFER: &str = "/v2/models/logistisch/infer";

fn infer(body: &Value) -> Answer {
    request(Method::POST, INFER, &[("content-type", "application/json")], body.to_string())
}

/// One input with all columns.
fn rows(shape: Value, data: Value) -> Value {
    json!({ "inputs": [{ "name": "features", "datatype": "FP32", "shape": shape, "data": data }] })
}

/// One input per feature, with these changes to the four.
fn columns(change: impl Fn(&mut Vec<Value>)) -> Value {
    let column =
        |name: &str, data: Value| json!({ "name": name, "datatype": "FP32", "shape": [2], "data": data });
    let mut inputs = vec![
        column("bouwjaar", json!([1960, 2010.5])),
        column("meldingen", json!([3, null])),
        column("leegstand", json!([1, 0])),
        column("gebruiksdoel", json!([1, null])),
    ];
    change(&mut inputs);
    json!({ "inputs": inputs })
}

fn output<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["outputs"].as_array().unwrap().iter().find(|output| output["name"] == name).unwrap()
}

fn close(given: &Value, expected: f64) {
    let given = given.as_f64().unwrap();
    assert!((given - expected).abs() < 1e-5, "{given} instead of {expected}");
}

#[test]
fn metadata_describes_every_input_and_output() {
    let server = get("/v2").json();
    assert_eq!((server["name"].as_str(), server["extensions"].is_array()), (Some("zichtlijn"), true));
    assert_eq!(get("/v2/health/live").json(), json!({ "live": true }));
    assert_eq!(get("/v2/health/ready").json(), json!({ "ready": true }));
    assert_eq!(get("/v2/models/logistisch/ready").json(), json!({ "name": "logistisch", "ready": true }));
    let model = get("/v2/models/logistisch").json();
    let inputs: Vec<_> =
        model["inputs"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect();
    assert_eq!(inputs, ["bouwjaar", "meldingen", "leegstand", "gebruiksdoel"]);
    assert_eq!(model["outputs"][1]["shape"], json!([-1, 4]));
    assert_eq!(model["parameters"]["sha256"].as_str().unwrap().len(), 64);
    for path in ["/v2/models/other", "/v2/models/other/ready"] {
        assert!(get(path).problem(404)["error"].as_str().unwrap().contains("logistisch"));
    }
    request(Method::POST, "/v2/models/other/infer", &[], "{}").problem(404);
}

#[test]
fn the_self_test_rows_get_their_expected_outputs() {
    let made = Made::new(Town::default());
    let selftest: SelfTest =
        serde_json::from_slice(&std::fs::read(made.path().join("selftest.json")).unwrap()).unwrap();
    let answer = infer(&rows(json!([selftest.rows.len(), 4]), json!(selftest.rows)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    for (i, expected) in selftest.scores.iter().enumerate() {
        close(&output(&answer, "score")["data"][i], *expected);
    }
    let contributions = &output(&answer, "contributions")["data"];
    for (i, expected) in selftest.contributions.iter().flatten().enumerate() {
        close(&contributions[i], *expected);
    }
    assert_eq!(contributions.as_array().unwrap().len(), selftest.rows.len() * 4);
}

#[test]
fn by_column_by_row_and_flat_give_the_same() {
    let by_column = infer(&columns(|_| ())).json();
    assert_eq!(output(&by_column, "score")["shape"], json!([2]));
    assert_eq!(output(&by_column, "contributions")["shape"], json!([2, 4]));
    let contributions = [0.5, 0.75 * (4f64.ln() - 0.5), 0.375, 0.875, -0.5, 0.0, 0.0, 0.0];
    for (i, expected) in contributions.into_iter().enumerate() {
        close(&output(&by_column, "contributions")["data"][i], expected);
    }
    for (i, row) in contributions.chunks(4).enumerate() {
        let sum: f64 = -3.5 + row.iter().sum::<f64>();
        close(&output(&by_column, "score")["data"][i], 1.0 / (1.0 + (-sum).exp()));
    }
    let flat = json!([1960, 3, 1, 1, 2010.5, null, 0, null]);
    let nested = json!([[1960, 3, 1, 1], [2010.5, null, 0, null]]);
    for data in [flat, nested] {
        assert_eq!(infer(&rows(json!([2, 4]), data)).json(), by_column);
    }
    let shuffled = infer(&columns(|inputs| inputs.reverse())).json();
    assert_eq!(shuffled, by_column);
}

#[test]
fn the_id_comes_back_and_outputs_can_be_chosen() {
    let mut body = columns(|_| ());
    body["id"] = "audit-7".into();
    body["outputs"] = json!([{ "name": "contributions", "parameters": {} }]);
    let answer = infer(&body).json();
    assert_eq!((answer["id"].as_str(), answer["model_name"].as_str()), (Some("audit-7"), Some("logistisch")));
    assert_eq!(answer["outputs"].as_array().unwrap().len(), 1);
    assert_eq!(answer["outputs"][0]["name"], "contributions");
    assert!(infer(&columns(|_| ())).json().get("id").is_none());
}

#[test]
fn a_body_that_does_not_fit_is_refused_with_the_place() {
    let set = |i: usize, member: &'static str, value: Value| {
        columns(move |inputs| inputs[i][member] = value.clone())
    };
    let cases: Vec<(Value, &str, &str)> = vec![
        (json!({ "inputs": [] }), "inputs", "input.missing"),
        (columns(|inputs| drop(inputs.pop())), "inputs", "input.missing"),
        (columns(|inputs| inputs[2] = inputs[1].clone()), "inputs[2].name", "name.doubled"),
        (set(1, "name", json!("straat")), "inputs[1].name", "name.unknown"),
        (set(1, "name", json!("features")), "inputs[1].name", "name.mixed"),
        (set(1, "datatype", json!("INT64")), "inputs[1].datatype", "datatype.wrong"),
        (set(1, "shape", json!([3])), "inputs[1].shape", "shape.wrong"),
        (set(0, "shape", json!([2, 1])), "inputs[0].shape", "shape.wrong"),
        (set(0, "shape", json!([])), "inputs[0].shape", "shape.wrong"),
        (set(0, "shape", json!([0])), "inputs[0].shape[0]", "batch.size"),
        (set(0, "shape", json!([10_001])), "inputs[0].shape[0]", "batch.size"),
        (set(1, "data", json!([1])), "inputs[1].data", "data.count"),
        (set(1, "data", json!([[1], [2]])), "inputs[1].data", "data.nested"),
        (set(1, "data", Value::Null), "inputs[1].data", "data.missing"),
        (
            set(1, "parameters", json!({ "binary_data_size": 8 })),
            "inputs[1].parameters.binary_data_size",
            "binary.unsupported",
        ),
        (rows(json!([1, 3]), json!([1, 2, 3])), "inputs[0].shape", "shape.wrong"),
        (rows(json!([4]), json!([1, 2, 3, 4])), "inputs[0].shape", "shape.wrong"),
        (rows(json!([2, 4]), json!([1, 2, 3, 4])), "inputs[0].data", "data.count"),
        (rows(json!([2, 4]), json!([[1, 2, 3, 4]])), "inputs[0].data", "data.count"),
        (rows(json!([2, 4]), json!([[1, 2, 3, 4], [1, 2, 3]])), "inputs[0].data[1]", "data.count"),
    ];
    for (body, place, code) in cases {
        let problem = infer(&body).problem(400);
        assert_eq!(problem["errors"][0]["code"], code, "{body}: {problem}");
        assert_eq!(problem["errors"][0]["location"]["name"], place, "{body}: {problem}");
        assert_eq!(problem["error"], problem["detail"], "as the protocol asks");
    }
    let mut body = columns(|_| ());
    body["outputs"] = json!([{ "name": "risk" }]);
    assert_eq!(infer(&body).problem(400)["errors"][0]["location"]["name"], "outputs[0].name");
    body["outputs"] = json!([{ "name": "score" }, { "name": "score" }]);
    assert_eq!(infer(&body).problem(400)["errors"][0]["code"], "name.doubled");
}

#[test]
fn malformed_json_is_refused_with_line_and_column() {
    for (body, line, column) in [
        ("", 1, 0),
        ("{\"inputs\": [", 1, 12),
        ("{\"inputs\":\n 7}", 2, 2),
        ("{\"inputs\": [], \"extra\": 1}", 1, 22),
        (
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\n\"data\":[1,\"x\",3,4]}]}",
            2,
            13,
        ),
        (
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\n\"data\":[1,[2],3,4]}]}",
            2,
            0,
        ),
        (
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\n\"data\":[1,1e39,3,4]}]}",
            2,
            0,
        ),
        ("\u{7f}", 1, 1),
    ] {
        let problem =
            request(Method::POST, INFER, &[("content-type", "application/json; charset=utf-8")], body)
                .problem(400);
        let location = &problem["errors"][0]["location"];
        assert_eq!(location["line"], line, "{body}: {problem}");
        if column > 0 {
            assert_eq!(location["column"], column, "{body}: {problem}");
        }
    }
    request(Method::POST, INFER, &[], vec![0xff, 0xfe]).problem(400);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    request(Method::POST, INFER, &[], deep).problem(400);
}

#[test]
fn other_media_types_and_too_large_bodies_are_refused() {
    for media_type in ["text/plain", "application/octet-stream", "application/jsonx"] {
        let answer = request(Method::POST, INFER, &[("content-type", media_type)], "{}");
        assert_eq!(answer.problem(415)["errors"][0]["location"]["name"], "Content-Type");
    }
    request(Method::POST, INFER, &[], vec![b' '; (16 << 20) + 1]).problem(413);
}

#[test]
fn ten_thousand_rows_fit_in_one_request() {
    let data: Vec<[f32; 4]> = (0..10_000)
        .map(|i| [1900.0 + (i % 120) as f32, (i % 7) as f32, (i % 2) as f32, (i % 3) as f32])
        .collect();
    let answer = infer(&rows(json!([10_000, 4]), json!(data)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(output(&answer.json(), "score")["data"].as_array().unwrap().len(), 10_000);
}
