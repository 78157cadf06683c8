//! The published JSON Schema and the code say the same of `report.json`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_precision_loss, missing_docs, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use evaluation::report::{FORMAT, FileHash, ForeignModel, Report, SCHEMA};
use evaluation::{Capacity, Metric};
use models::{FeatureKind, Link};
use serde_json::Value;

#[path = "../examples/made_up/mod.rs"]
mod made_up;

/// Made once for all tests.
static TOWN: LazyLock<Report> = LazyLock::new(made_up::report);

/// As much of JSON Schema as the file uses; anything else in it is a fault.
struct Checker {
    root: Value,
    /// Places in the schema that some value was held against.
    seen: BTreeSet<String>,
    faults: Vec<String>,
}

const KEYWORDS: [&str; 18] = [
    "$schema",
    "$id",
    "title",
    "description",
    "$defs",
    "$ref",
    "const",
    "enum",
    "oneOf",
    "anyOf",
    "type",
    "minimum",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "prefixItems",
    "minItems",
];

impl Checker {
    fn new() -> Self {
        Self { root: serde_json::from_str(SCHEMA).unwrap(), seen: BTreeSet::new(), faults: Vec::new() }
    }

    fn check(&mut self, place: &str, value: &Value, at: &str) {
        let schema = self.root.pointer(place).unwrap_or_else(|| panic!("{place}")).clone();
        self.seen.insert(place.to_owned());
        for keyword in schema.as_object().unwrap().keys() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{place}: unknown keyword {keyword}");
        }
        if let Some(reference) = schema["$ref"].as_str() {
            self.check(reference.strip_prefix('#').unwrap(), value, at);
        }
        if schema.get("const").is_some_and(|c| c != value) {
            self.fault(at, "is not the constant");
        }
        if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
            self.fault(at, "is not in the list");
        }
        if schema.get("type").is_some_and(|t| !is_of(t, value)) {
            self.fault(at, &format!("{value} is not of type {}", schema["type"]));
        }
        if schema["minimum"].as_f64().zip(value.as_f64()).is_some_and(|(least, x)| x < least) {
            self.fault(at, "is too small");
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(options) = schema[keyword].as_array() {
                let fits =
                    (0..options.len()).filter(|i| self.fits(&format!("{place}/{keyword}/{i}"), value, at));
                let fits = fits.count();
                if fits == 0 || keyword == "oneOf" && fits > 1 {
                    self.fault(at, &format!("fits {fits} of {keyword}"));
                }
            }
        }
        self.check_object(&schema, place, value, at);
        self.check_array(&schema, place, value, at);
    }

    fn check_object(&mut self, schema: &Value, place: &str, value: &Value, at: &str) {
        let (Some(properties), Some(object)) = (schema["properties"].as_object(), value.as_object()) else {
            return;
        };
        assert_eq!(schema["additionalProperties"], false, "{place} must be closed");
        for name in schema["required"].as_array().unwrap() {
            if !object.contains_key(name.as_str().unwrap()) {
                self.fault(at, &format!("{name} is missing"));
            }
        }
        for (name, value) in object {
            if properties.contains_key(name) {
                self.check(&format!("{place}/properties/{name}"), value, &format!("{at}/{name}"));
            } else {
                self.fault(at, &format!("{name} is not in the schema"));
            }
        }
    }

    fn check_array(&mut self, schema: &Value, place: &str, value: &Value, at: &str) {
        let Some(items) = value.as_array() else { return };
        let first = schema["prefixItems"].as_array().map_or(0, Vec::len);
        for (i, item) in items.iter().enumerate() {
            let at = format!("{at}/{i}");
            if i < first {
                self.check(&format!("{place}/prefixItems/{i}"), item, &at);
            } else if schema["items"].is_object() {
                self.check(&format!("{place}/items"), item, &at);
            } else {
                self.fault(&at, "is one too many");
            }
        }
    }

    /// Whether it fits; what was seen counts only where it does.
    fn fits(&mut self, place: &str, value: &Value, at: &str) -> bool {
        let mut inner = Self { root: self.root.clone(), seen: BTreeSet::new(), faults: Vec::new() };
        inner.check(place, value, at);
        let fits = inner.faults.is_empty();
        if fits {
            self.seen.append(&mut inner.seen);
        }
        fits
    }

    fn fault(&mut self, at: &str, what: &str) {
        self.faults.push(format!("{at}: {what}"));
    }
}

fn is_of(types: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    types.as_array().map_or_else(|| is(types), |all| all.iter().any(is))
}

fn json(report: &Report) -> Value {
    serde_json::to_value(report).unwrap()
}

/// The report in several forms, so that each kind of thing is in one of them.
fn variants() -> Vec<Report> {
    let report = &*TOWN;
    let capacities =
        [Capacity::Units(3), Capacity::Share(0.1), Capacity::ExposureShare(0.1), Capacity::Areas(4)];
    let mut all: Vec<Report> = capacities
        .map(|capacity| {
            let mut report = report.clone();
            report.rule.rule.capacity = capacity;
            report
        })
        .to_vec();
    let kinds = [FeatureKind::Rate, FeatureKind::Flag, FeatureKind::Count];
    for (report, (kind, link)) in
        all.iter_mut().zip(kinds.into_iter().zip([Link::Identity, Link::Log, Link::Logit]))
    {
        report.features[0].feature.kind = kind;
        report.features[0].feature.passport.sign = Some(models::Sign::Rising);
        report.model.link = link;
    }
    all[0].foreign = Some(ForeignModel {
        name: "onnx".to_owned(),
        label: made_up::text("van elders", "from elsewhere"),
        file: FileHash { path: "model.onnx".to_owned(), sha256: "0".repeat(64), bytes: 10 },
        backend: "tract".to_owned(),
        inputs: vec!["bouwjaar".to_owned()],
        output: "score".to_owned(),
    });
    all
}

#[test]
fn a_report_keeps_the_schema() {
    for report in variants() {
        let mut checker = Checker::new();
        checker.check("", &json(&report), "");
        assert_eq!(checker.faults, Vec::<String>::new());
    }
    assert_eq!(Checker::new().root["properties"]["format"]["const"], FORMAT);
}

/// What the schema allows, the code knows: each property and alternative is in a report, each listed word can be read.
#[test]
fn the_schema_holds_nothing_that_the_code_does_not_write() {
    let mut checker = Checker::new();
    for report in variants() {
        checker.check("", &json(&report), "");
    }
    let mut places = Vec::new();
    collect(&checker.root, String::new(), &mut places);
    let never: Vec<&String> = places.iter().filter(|place| !checker.seen.contains(*place)).collect();
    assert_eq!(never, Vec::<&String>::new(), "in the schema, but in no report");
    let metrics: Vec<&str> = Metric::ALL.iter().map(|m| m.name()).collect();
    assert_eq!(checker.root["$defs"]["Metric"]["enum"], serde_json::json!(metrics));
}

/// Places of properties and alternatives.
fn collect(schema: &Value, place: String, places: &mut Vec<String>) {
    for (name, part) in schema.as_object().into_iter().flatten() {
        let at = format!("{place}/{name}");
        match name.as_str() {
            "properties" | "$defs" => {
                for (inner, value) in part.as_object().unwrap() {
                    places.push(format!("{at}/{inner}"));
                    collect(value, format!("{at}/{inner}"), places);
                }
            }
            "oneOf" => {
                for (i, value) in part.as_array().unwrap().iter().enumerate() {
                    places.push(format!("{at}/{i}"));
                    collect(value, format!("{at}/{i}"), places);
                }
            }
            _ => {}
        }
    }
}

/// Every word that the schema lists can be read by the code, wherever a report has one of its list.
#[test]
fn every_listed_word_is_known_to_the_code() {
    // The one with a sign, and with a link that is no word of another list.
    let report = json(&variants()[2]);
    let root = Checker::new().root;
    for (name, definition) in root["$defs"].as_object().unwrap() {
        let Some(words) = definition["enum"].as_array() else { continue };
        let Some(place) = find(&report, words, "") else { panic!("no report has a {name}") };
        for word in words {
            let mut changed = report.clone();
            *changed.pointer_mut(&place).unwrap() = word.clone();
            assert!(serde_json::from_value::<Report>(changed).is_ok(), "{name}: {word} at {place}");
        }
    }
}

/// The first place with one of these words, other than a name or label that a study chose.
fn find(value: &Value, words: &[Value], at: &str) -> Option<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(name, _)| !["name", "kind", "chosen", "candidate", "baseline"].contains(&name.as_str()))
            .find_map(|(name, value)| find(value, words, &format!("{at}/{name}"))),
        Value::Array(all) => {
            all.iter().enumerate().find_map(|(i, value)| find(value, words, &format!("{at}/{i}")))
        }
        _ => words.contains(value).then(|| at.to_owned()),
    }
}

#[test]
fn a_changed_report_breaks_the_schema() {
    let faults = |change: &dyn Fn(&mut Value)| {
        let mut value = json(&TOWN);
        change(&mut value);
        let mut checker = Checker::new();
        checker.check("", &value, "");
        checker.faults.len()
    };
    assert!(faults(&|v| v["extra"] = Value::from(1)) > 0);
    assert!(faults(&|v| v["study"]["seed"] = Value::from(-1)) > 0);
    assert!(faults(&|v| v["evaluation"]["rows"]["known"] = Value::from("many")) > 0);
    assert!(
        faults(&|v| {
            v.as_object_mut().unwrap().remove("verdict");
        }) > 0
    );
    assert!(faults(&|v| v["format"] = Value::from("zichtlijn-report/0")) > 0);
}
