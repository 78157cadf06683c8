//! Headers, caching, problems and languages: what holds for every answer.

use axum::http::Method;

use crate::{Answer, get, get_with, request};

/// One of every kind of answer.
fn crawl() -> Vec<(&'static str, Answer)> {
    let mut answers: Vec<(&'static str, Answer)> = [
        "/health/live",
        "/health/ready",
        "/v1",
        "/v1/openapi.json",
        "/v1/areas",
        "/v1/areas/GM9999",
        "/v1/areas.geojson",
        "/v1/models/logistisch",
        "/v1/reports/evaluation",
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/logistisch",
        "/v2/models/logistisch/ready",
        "/nothing",
        "/v1/areas/BU0",
        "/v1/areas?limit=x",
        "/v2/models/other",
    ]
    .into_iter()
    .map(|path| (path, get(path)))
    .collect();
    let infer = "/v2/models/logistisch/infer";
    answers.push(("405", request(Method::DELETE, "/v1/areas", &[], "")));
    answers.push(("options", request(Method::OPTIONS, "/v1/areas", &[], "")));
    answers.push(("415", request(Method::POST, infer, &[("content-type", "text/plain")], "x")));
    answers.push(("400", request(Method::POST, infer, &[], "{")));
    answers.push(("413", request(Method::POST, infer, &[], vec![b' '; (16 << 20) + 1])));
    let etag = get("/v1/areas").header("etag").to_owned();
    answers.push(("304", get_with("/v1/areas", &[("if-none-match", &etag)])));
    answers
}

#[test]
fn the_headers_are_on_every_answer() {
    for (name, answer) in crawl() {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{name}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{name}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{name}");
        let version =
            if name.starts_with("/v2") || ["400", "413", "415"].contains(&name) { "2.0.0" } else { "1.0.0" };
        assert_eq!(answer.header("api-version"), version, "{name}");
        let has_etag = !answer.header("etag").is_empty();
        assert_eq!(answer.header("cache-control"), if has_etag { "no-cache" } else { "no-store" }, "{name}");
        if !answer.body.is_empty() {
            assert_ne!(answer.header("content-type"), "", "{name}");
        }
        if answer.status.is_client_error() {
            answer.problem(answer.status.as_u16());
        }
    }
}

#[test]
fn what_was_seen_before_is_not_sent_again() {
    for path in [
        "/v1",
        "/v1/areas?level=wijk",
        "/v1/areas/GM9999",
        "/v1/areas.geojson",
        "/v1/models/logistisch",
        "/v1/reports/evaluation",
        "/v1/openapi.json",
        "/v2/models/logistisch",
    ] {
        let first = get(path);
        let etag = first.header("etag");
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{path}: {etag}");
        for held in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = get_with(path, &[("if-none-match", &held)]);
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path} {held}");
            assert_eq!(again.header("etag"), etag);
            assert_eq!(again.header("vary"), first.header("vary"));
        }
        assert_eq!(get_with(path, &[("if-none-match", "\"other\"")]).status, 200, "{path}");
    }
    let dutch = get("/v1/areas/GM9999");
    let english = get_with("/v1/areas/GM9999?lang=en", &[("if-none-match", dutch.header("etag"))]);
    assert_eq!(english.status, 200, "another language is another answer");
    get_with("/v1/areas/BU0", &[("if-none-match", "*")]).problem(404);
}

#[test]
fn wrong_methods_are_told_the_right_ones() {
    for (method, path, allow) in [
        (Method::DELETE, "/v1/areas", "GET, HEAD, OPTIONS"),
        (Method::PUT, "/v1/areas/GM9999", "GET, HEAD, OPTIONS"),
        (Method::POST, "/v1/reports/evaluation", "GET, HEAD, OPTIONS"),
        (Method::GET, "/v2/models/logistisch/infer", "POST, OPTIONS"),
    ] {
        let answer = request(method, path, &[], "");
        answer.problem(405);
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[test]
fn addresses_do_not_end_with_a_slash() {
    for path in ["/v1/areas/", "/v1/areas/GM9999/", "/v1/models/logistisch/", "/health/live/", "/"] {
        get(path).problem(404);
    }
}

#[test]
fn problems_are_in_the_readers_language() {
    let dutch = get("/v1/areas/BU0").problem(404);
    assert_eq!(dutch["title"], "Niet gevonden");
    assert!(dutch["detail"].as_str().unwrap().starts_with("Er is geen gepubliceerd gebied"));
    let answer = get_with("/v1/areas/BU0", &[("accept-language", "en")]);
    assert_eq!(answer.header("content-language"), "en");
    let english = answer.problem(404);
    assert_eq!(english["title"], "Not found");
    assert!(english["detail"].as_str().unwrap().starts_with("There is no published area"));
    assert_eq!(get("/nothing?lang=en").problem(404)["title"], "Not found");
}

#[test]
fn a_problem_carries_the_trace_id_of_the_caller() {
    let traced = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")];
    let problem = get_with("/nothing", &traced).problem(404);
    assert_eq!(problem["instance"], "urn:uuid:4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
    let (one, other) = (get("/nothing").problem(404), get("/nothing").problem(404));
    assert_ne!(one["instance"], other["instance"]);
}

#[test]
fn what_a_reader_sends_is_cut_off_when_it_comes_back() {
    let long = "x".repeat(5000);
    let problem = get(&format!("/v1/areas/{long}")).problem(404);
    assert!(problem["detail"].as_str().unwrap().len() < 300, "{problem}");
}
