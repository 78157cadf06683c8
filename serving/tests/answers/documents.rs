//! `/v1`, the model, the report, the OpenAPI document, and what an unreleased bundle says.

use axum::http::Method;
use serde_json::Value;
use serving::Settings;
use serving::made_up::Town;

use crate::{Made, get, get_with, link, request, send};

#[test]
fn the_start_page_leads_everywhere() {
    let landing = get("/v1").json();
    for rel in ["self", "service-desc", "data", "model", "report", "inference"] {
        let href = link(&landing, rel).unwrap();
        assert_eq!(get(&href).status, 200, "{rel}: {href}");
    }
    let levels = landing["levels"].as_array().unwrap();
    let names: Vec<_> = levels.iter().map(|level| level["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["gemeente", "wijk", "buurt"]);
    for level in levels {
        for rel in ["items", "alternate"] {
            assert_eq!(get(&link(level, rel).unwrap()).status, 200);
        }
    }
}

#[test]
fn links_start_with_the_public_url_and_never_with_the_host_header() {
    let settings = Settings {
        public_url: Some("https://kaart.example.nl/zicht/".parse().unwrap()),
        ..Settings::default()
    };
    let router = Made::new(Town::default()).router(&settings);
    for path in ["/v1", "/v1/areas?limit=2", "/v1/areas/GM9999", "/v1/models/logistisch"] {
        let request =
            axum::http::Request::get(path).header("host", "evil.example").body(axum::body::Body::empty());
        let answer = send(&router, request.unwrap());
        assert!(!answer.text().contains("evil"));
        let document = answer.json();
        for link in document["links"].as_array().unwrap() {
            let href = link["href"].as_str().unwrap();
            assert!(href.starts_with("https://kaart.example.nl/zicht/v"), "{href}");
        }
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    }
    assert_eq!(get("/v1").header("strict-transport-security"), "", "says nothing over plain HTTP");
}

#[test]
fn the_model_is_readable() {
    let model = get("/v1/models/logistisch").json();
    assert_eq!((model["name"].as_str(), model["link"].as_str()), (Some("logistisch"), Some("logit")));
    assert_eq!(model["terms"].as_array().unwrap().len(), 4);
    let steps = &model["terms"][0];
    assert_eq!((steps["label"].as_str(), steps["unit"].as_str()), (Some("Bouwjaar"), Some("jaar")));
    assert_eq!(steps["shape"]["rows"][1]["from"], 1945.0);
    assert_eq!(steps["shape"]["rows"][1]["below"], 1975.0);
    assert_eq!(steps["shape"]["rows"][1]["contribution"], 0.5);
    assert_eq!(model["features"][3]["kind"]["categories"][1], "industrie");
    assert_eq!(model["notes"][0], "Eén term is weggelaten.");
    assert_eq!(get("/v1/models/logistisch?lang=en").json()["terms"][0]["label"], "Year of construction");
}

#[test]
fn the_report_comes_in_the_form_that_is_asked_for() {
    let page = get("/v1/reports/evaluation");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text().contains("lang=\"nl\""));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(get("/v1/reports/evaluation?lang=en").text().contains("lang=\"en\""));
    let figures = get_with("/v1/reports/evaluation", &[("accept", "application/json")]);
    assert_eq!(figures.header("content-type"), "application/json");
    assert!(figures.json().is_object());
    assert!(figures.header("vary").starts_with("Accept, Accept-Language"));
    assert_ne!(figures.header("etag"), page.header("etag"));
}

#[test]
fn a_bundle_that_is_not_released_says_so_everywhere() {
    let router = Made::new(Town { released: false, ..Town::default() }).router(&Settings::default());
    for path in ["/v1", "/v1/areas", "/v1/areas/GM9999", "/v1/areas.geojson", "/v1/models/logistisch"] {
        let answer = send(&router, axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap());
        let document = answer.json();
        assert_eq!(document["released"], false, "{path}");
        assert!(document["release_reason"].as_str().unwrap().contains("uitgangsregel"), "{path}");
        assert!(document["warning"].as_str().unwrap().starts_with("Niet vrijgegeven"), "{path}");
    }
}

/// The schema that a `$ref` names.
fn resolved<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => node,
    }
}

/// Checks that a value has the type and members that a schema says, members of members too.
fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolved(document, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fits(document, part, value, place);
    }
    if value.is_null() {
        assert_eq!(schema["nullable"], true, "{place} is null");
        return;
    }
    let right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("{other} at {place}"),
        None => true,
    };
    assert!(right, "{place} is {value}, not {}", schema["type"]);
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{place} is {value}");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{place} lacks {name}");
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            fits(document, member, value, &format!("{place}.{name}"));
        }
    }
    for (i, value) in
        value.as_array().into_iter().flatten().enumerate().filter(|_| !schema["items"].is_null())
    {
        fits(document, &schema["items"], value, &format!("{place}[{i}]"));
    }
}

/// The path with its variables filled in.
fn filled(path: &str) -> String {
    [
        ("{code}", code_for(path)),
        ("{grid}", "WebMercatorQuad"),
        ("{matrix}", "10"),
        ("{row}", "337"),
        ("{column}", "527"),
        ("{style}", "wijk-2025-class"),
        ("{name}", "logistisch"),
    ]
    .iter()
    .fold(path.to_owned(), |path, (variable, value)| path.replace(variable, value))
}

/// The code of an area that the path is about.
fn code_for(path: &str) -> &'static str {
    match path {
        _ if path.contains("gemeente") => "GM9999",
        _ if path.contains("wijk") => "WK99990001",
        _ => "BU999900052",
    }
}

#[test]
fn every_path_of_the_openapi_document_answers_as_described() {
    let answer = get("/v1/openapi.json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let document = answer.json();
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!(document["info"]["version"], answer.header("api-version"));
    let server = document["servers"][0]["url"].as_str().unwrap();
    let levels = &document["components"]["parameters"]["Level"]["schema"]["enum"];
    assert_eq!(levels, &serde_json::json!(["gemeente", "wijk", "buurt"]));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 27, "{}", paths.len());
    // What operators do is tested on its own: it has other methods and is never kept by caches.
    for (path, item) in
        paths.iter().filter(|(path, _)| !["/plans", "/releases", "/stop"].contains(&path.as_str()))
    {
        let operation = &item["get"];
        let address = format!("{server}{}", filled(path));
        let answer = get(&address);
        let media_type = answer.header("content-type").split(';').next().unwrap().to_owned();
        let described = &operation["responses"][answer.status.as_str()];
        let content = &described["content"][&media_type];
        assert!(content.is_object(), "{address}: {} {media_type} is not described", answer.status);
        if media_type.ends_with("json") {
            fits(&document, &content["schema"], &answer.json(), path);
        }
        // An unknown parameter, a second visit and an unknown code are answered as described too.
        let problem = get(&format!("{address}?nonsense=1")).problem(400);
        fits(&document, &document["components"]["schemas"]["Problem"], &problem, path);
        let again = get_with(&address, &[("if-none-match", answer.header("etag"))]);
        assert_eq!(again.status, 304, "{address}");
        for status in ["200", "304", "400", "401", "403", "414", "429", "431", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{path} describes {status}");
        }
        // Every described parameter is taken.
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(&document, parameter);
            let value = match parameter["name"].as_str().unwrap() {
                "cursor" => continue,
                _ if parameter["in"] == "path" => continue,
                "lang" => "en",
                "level" => "wijk",
                "limit" => "7",
                "parent" if path == "/areas" => "GM9999",
                "f" => parameter["schema"]["enum"][0].as_str().unwrap(),
                "bbox" => "5.0,52.0,5.4,52.2",
                "bbox-crs" | "crs" | "filter-crs" => "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                "datetime" => "2025-01-01/..",
                "filter" => "class%20IS%20NOT%20NULL",
                "filter-lang" => "cql2-text",
                "properties" => "code,class",
                "skipGeometry" => "true",
                // Columns: what they hold is any text or number.
                _ => "1",
            };
            let name = parameter["name"].as_str().unwrap();
            assert_eq!(get(&format!("{address}?{name}={value}")).status, 200, "{path} {name}");
        }
    }
    let suppressed = get("/v1/areas/BU999900016").json();
    fits(&document, &document["components"]["schemas"]["AreaDetail"], &suppressed, "suppressed");
}

#[test]
fn the_inference_protocol_has_a_document_of_its_own() {
    let answer = get("/v2/openapi.json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let document = answer.json();
    assert_eq!(document["info"]["version"], answer.header("api-version"));
    assert_eq!(document["components"]["parameters"]["Name"]["schema"]["enum"][0], "logistisch");
    let names = &document["components"]["schemas"]["Input"]["properties"]["name"]["enum"];
    assert_eq!(names.as_array().unwrap().len(), 5, "four features and all of them at once");
    for (path, item) in document["paths"].as_object().unwrap() {
        let server = document["servers"][0]["url"].as_str().unwrap();
        let address = format!("{server}{}", filled(path.trim_end_matches('/')));
        let (operation, answer) = match item["post"].is_object() {
            false => (&item["get"], get(&address)),
            true => {
                let input = serde_json::json!({
                    "name": "features", "datatype": "FP32", "shape": [2, 4],
                    "data": [[1960, 1, 0, 0], [null, 0, 1, 2]],
                });
                let body = serde_json::json!({ "id": "x", "inputs": [input] });
                (&item["post"], request(Method::POST, &address, &[], body.to_string()))
            }
        };
        assert_eq!(answer.status, 200, "{address}");
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&document, schema, &answer.json(), path);
        if path.contains("health") {
            continue;
        }
        let problem = request(
            Method::from_bytes(if item["post"].is_object() { b"POST" } else { b"GET" }).unwrap(),
            &format!("{address}?nonsense=1"),
            &[],
            "",
        );
        fits(&document, &document["components"]["schemas"]["Problem"], &problem.problem(400), path);
    }
}

#[test]
fn every_read_only_address_takes_head_and_options() {
    for path in [
        "/v1",
        "/v1/areas",
        "/v1/areas/GM9999",
        "/v1/areas.geojson",
        "/v1/models/logistisch",
        "/v1/reports/evaluation",
        "/v2",
        "/health/live",
    ] {
        let whole = get(path);
        let head = request(Method::HEAD, path, &[], "");
        assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
        assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{path}");
        assert_eq!(head.header("etag"), whole.header("etag"), "{path}");
        let options = request(Method::OPTIONS, path, &[], "");
        assert_eq!((options.status.as_u16(), options.body.len()), (204, 0), "{path}");
        assert_eq!(options.header("allow"), "GET, HEAD, OPTIONS", "{path}");
    }
}
