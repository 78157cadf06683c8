//! The whole path over the built programs: city, training, bundle, answers over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tests::{program, train};

/// A small example city, trained once for all tests of this file.
fn demo() -> &'static Path {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        let run = train(&["demo", "--panden", "12000", "--out", &folder.display().to_string()]);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains("serve --bundle"), "the summary says how to serve: {}", run.stdout);
        folder
    })
}

/// All files of a folder with their bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let study = demo().join("stad/study.toml").display().to_string();
    let bundles: Vec<_> = ["1", "2"]
        .iter()
        .map(|threads| {
            let out = demo().join(format!("threads-{threads}"));
            let run = train(&[
                "run",
                &study,
                "--scramble",
                "--threads",
                threads,
                "--out",
                &out.display().to_string(),
            ]);
            assert_eq!(run.code, Some(0), "{run:?}");
            contents(&out)
        })
        .collect();
    let differing: Vec<_> =
        bundles[0].iter().filter(|(name, bytes)| bundles[1].get(*name) != Some(bytes)).map(|f| f.0).collect();
    assert!(differing.is_empty() && bundles[0].len() == bundles[1].len(), "differing files: {differing:?}");
    assert_eq!(bundles[0], contents(&demo().join("bundle")), "and the demo gave the same as the run");
}

#[test]
fn nothing_below_the_published_level_is_in_the_bundle() {
    let panden = fs::read_to_string(demo().join("stad/panden.csv")).unwrap();
    let ids: Vec<&str> =
        panden.lines().skip(1).step_by(97).filter_map(|line| line.split(',').next()).collect();
    assert!(ids.len() > 50);
    for (name, bytes) in contents(&demo().join("bundle")) {
        let text = String::from_utf8_lossy(&bytes);
        for id in &ids {
            assert!(!text.contains(id), "{name} names pand {id}");
        }
    }
}

#[test]
fn another_as_of_date_can_be_scored_with_the_same_model() {
    let bundle = demo().join("bundle").display().to_string();
    let out = demo().join("scores.csv");
    let run =
        train(&["score", "--bundle", &bundle, "--as-of", "2025-07-01", "--out", &out.display().to_string()]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let text = fs::read_to_string(out).unwrap();
    assert!(text.lines().count() > 50 && text.contains("BU9999"), "{text}");
    let bad = train(&["score", "--bundle", &bundle, "--as-of", "gisteren"]);
    assert_eq!(bad.code, Some(2));
    assert!(bad.stderr.contains("gisteren") && bad.stderr.contains("YYYY-MM-DD"), "{}", bad.stderr);
}

#[test]
fn a_flipped_byte_is_refused_with_the_file_named() {
    let copy = tempfile::tempdir().unwrap();
    for name in
        ["model.onnx", "scores.json", "report/index.html", "areas.geojson", "selftest.json", "schema.json"]
    {
        let bundle = copy.path().join("bundle");
        for (file, bytes) in contents(&demo().join("bundle")) {
            let path = bundle.join(&file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut bytes = bytes;
            if file == name {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            }
            fs::write(path, bytes).unwrap();
        }
        let bundle = bundle.display().to_string();
        let verify = train(&["verify", &bundle]);
        assert_eq!(verify.code, Some(1), "{name}");
        assert!(verify.stdout.contains(name), "{name}: {}", verify.stdout);
        let serve = Command::new(program("serve"))
            .args(["--bundle", &bundle, "--bind", "127.0.0.1:0"])
            .output()
            .unwrap();
        assert_eq!(serve.status.code(), Some(2), "{name}");
        assert!(String::from_utf8_lossy(&serve.stderr).contains(name), "{name}: {serve:?}");
    }
}

/// A running `serve`, ended when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(bundle: &Path) -> Self {
        let mut child = Command::new(program("serve"))
            .args(["--bundle", &bundle.display().to_string(), "--bind", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                line.unwrap().split_whitespace().find_map(|w| w.find("http://").map(|i| w[i..].to_owned()))
            })
            .expect("serve says where it listens");
        Self { child, address: address.trim_end_matches(['/', '.', ',']).to_owned() }
    }

    fn get(&self, path: &str) -> (u16, String, String) {
        self.send("GET", path, None)
    }

    fn send(&self, method: &str, path: &str, body: Option<&str>) -> (u16, String, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("{}{path}", self.address);
        let mut response = match (method, body) {
            ("POST", Some(body)) => {
                agent.post(&url).header("Content-Type", "application/json").send(body).unwrap()
            }
            ("DELETE", _) => agent.delete(&url).call().unwrap(),
            _ => agent.get(&url).call().unwrap(),
        };
        let kind =
            response.headers().get("content-type").map_or(String::new(), |v| v.to_str().unwrap().to_owned());
        (response.status().as_u16(), kind, response.body_mut().read_to_string().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn the_served_scores_are_those_of_the_bundle() {
    let bundle = demo().join("bundle");
    let server = Server::start(&bundle);
    for path in ["/health/live", "/health/ready", "/v1/model", "/v1/report"] {
        assert_eq!(server.get(path).0, 200, "{path}");
    }
    let scores: Value = serde_json::from_slice(&fs::read(bundle.join("scores.json")).unwrap()).unwrap();
    let published = scores["areas"].as_array().unwrap();
    let (status, _, body) = server.get("/v1/areas?level=buurt&limit=1000");
    assert_eq!(status, 200, "{body}");
    let page: Value = serde_json::from_str(&body).unwrap();
    let served = page["areas"].as_array().or_else(|| page["items"].as_array()).unwrap();
    assert_eq!(served.len(), published.iter().filter(|a| a["level"] == "buurt").count());
    let first = served[0]["code"].as_str().unwrap();
    let top = published.iter().find(|a| a["level"] == "buurt" && a["figures"]["rank"] == 1).unwrap();
    assert_eq!(top["code"], first, "sorted by rank");
    let (status, _, body) = server.get(&format!("/v1/areas/{first}"));
    let area: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    assert!(body.contains("bewijs") || body.contains("proof"), "says that a score is no proof: {body}");
    let expected = top["figures"]["expected"].as_f64().unwrap();
    assert!(area.to_string().contains(&json!(expected).to_string()), "{expected} in {body}");
    let (status, kind, body) = server.get("/v1/areas.geojson?level=wijk");
    assert_eq!((status, kind.split(';').next()), (200, Some("application/geo+json")));
    assert!(serde_json::from_str::<Value>(&body).unwrap()["features"].as_array().unwrap().len() > 3);
}

#[test]
fn bad_requests_are_answered_with_a_problem() {
    let server = Server::start(&demo().join("bundle"));
    let manifest: Value =
        serde_json::from_slice(&fs::read(demo().join("bundle/manifest.json")).unwrap()).unwrap();
    let infer = format!("/v2/models/{}/infer", manifest["model"].as_str().unwrap());
    for (method, path, body, expected) in [
        ("GET", "/v1/areas/BU00000000", None, 404),
        ("GET", "/v1/areas?level=straat", None, 400),
        ("GET", "/v1/areas?level=buurt&limit=1000000", None, 400),
        ("GET", "/v1/areas?level=buurt&limit=-1", None, 400),
        ("GET", "/v1/areas?lavel=buurt", None, 400),
        ("GET", "/nothing/here", None, 404),
        ("DELETE", "/v1/areas", None, 405),
        ("POST", infer.as_str(), Some("{\"inputs\": ["), 400),
        ("POST", infer.as_str(), Some("{\"inputs\": []}"), 400),
        ("POST", "/v2/models/onbekend/infer", Some("{\"inputs\": []}"), 404),
    ] {
        let (status, kind, text) = server.send(method, path, body);
        assert_eq!(status, expected, "{method} {path}: {text}");
        assert!(kind.starts_with("application/problem+json"), "{method} {path}: {kind}");
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["status"], expected, "{text}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{text}");
    }
    assert_eq!(server.get("/health/live").0, 200, "still alive");
}

#[test]
fn a_supplied_row_is_scored_through_onnx_with_its_contributions() {
    let bundle = demo().join("bundle");
    let server = Server::start(&bundle);
    let read = |name: &str| serde_json::from_slice::<Value>(&fs::read(bundle.join(name)).unwrap()).unwrap();
    let (selftest, manifest) = (read("selftest.json"), read("manifest.json"));
    let row = selftest["rows"][0].as_array().unwrap();
    let request =
        json!({"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, row.len()], "data": row}]});
    let path = format!("/v2/models/{}/infer", manifest["model"].as_str().unwrap());
    let (status, _, body) = server.send("POST", &path, Some(&request.to_string()));
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let output = |name: &str| {
        answer["outputs"].as_array().unwrap().iter().find(|o| o["name"] == name).unwrap().clone()
    };
    let score = output("score")["data"][0].as_f64().unwrap();
    assert!((score - selftest["scores"][0].as_f64().unwrap()).abs() < 1e-5, "{body}");
    let terms = selftest["contributions"][0].as_array().unwrap().len();
    assert_eq!(output("contributions")["shape"], json!([1, terms]));
}
