//! Where two JSON texts part.

use serde::Serialize;
use serde_json::Value;

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Part {
    /// Where, such as `areas[BU99990101].figures.expected`: elements go by their name or code where they have one.
    pub(crate) path: String,
    /// In the bundle; absent where it has nothing there.
    pub(crate) bundle: Option<Value>,
    /// In the replay.
    pub(crate) replay: Option<Value>,
}

/// Every value that differs, in the order of the first text. Two numbers are the same when all their bits are.
pub(crate) fn parts(bundle: &Value, replay: &Value) -> Vec<Part> {
    let mut found = Vec::new();
    walk(String::new(), Some(bundle), Some(replay), &mut found);
    found
}

/// The number of numbers in a JSON text.
pub(crate) fn figures(value: &Value) -> usize {
    match value {
        Value::Number(_) => 1,
        Value::Array(list) => list.iter().map(figures).sum(),
        Value::Object(object) => object.values().map(figures).sum(),
        _ => 0,
    }
}

/// A value as a message can hold it.
pub(crate) fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    if text.chars().count() <= 80 {
        return text;
    }
    format!("{}…", text.chars().take(80).collect::<String>())
}

fn walk(path: String, bundle: Option<&Value>, replay: Option<&Value>, found: &mut Vec<Part>) {
    match (bundle, replay) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let more = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(more) {
                let dot = if path.is_empty() { "" } else { "." };
                walk(format!("{path}{dot}{key}"), a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                let name = name(a.get(at))
                    .filter(|name| b.get(at).is_none_or(|b| self::name(Some(b)) == Some(name)));
                let element = name.map_or_else(|| at.to_string(), str::to_owned);
                walk(format!("{path}[{element}]"), a.get(at), b.get(at), found);
            }
        }
        (a, b) if same(a, b) => {}
        (a, b) => found.push(Part { path, bundle: a.cloned(), replay: b.cloned() }),
    }
}

/// `0.0` and `-0.0` are equal numbers and other bits, so the texts are compared.
fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.to_string() == b.to_string(),
        _ => a == b,
    }
}

fn name(element: Option<&Value>) -> Option<&str> {
    let object = element?.as_object()?;
    ["code", "name", "metric"].iter().find_map(|key| object.get(*key)?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_value_that_differs_is_named_with_both() {
        let a =
            json!({"areas": [{"code": "BU1", "expected": 0.5}, {"code": "BU2", "expected": 1.0}], "k": 1});
        let b =
            json!({"areas": [{"code": "BU1", "expected": 0.5}, {"code": "BU2", "expected": 1.25}], "m": 2});
        let found = parts(&a, &b);
        let told: Vec<String> = found
            .iter()
            .map(|p| format!("{} {} {}", p.path, shown(p.bundle.as_ref()), shown(p.replay.as_ref())))
            .collect();
        assert_eq!(told, ["areas[BU2].expected 1.0 1.25", "k 1 nothing", "m nothing 2"]);
        assert!(parts(&a, &a).is_empty());
        assert_eq!(parts(&json!([0.0]), &json!([-0.0])).len(), 1);
        assert_eq!(figures(&a), 3);
    }
}
