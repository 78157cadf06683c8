//! Releases, the stop, limits and figures, over the built program.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serving::made_up::Town;

use crate::access::Guarded;
use crate::ledger::{accountable, accountable_with, records};
use crate::program::{Running, ended};
use crate::{attacker, link};

const SMALL: Town = Town { buurten: 53, corners: 5, released: true, withheld: false, workings: 0 };
const LARGE: Town = Town { buurten: 71, corners: 5, released: true, withheld: false, workings: 0 };

fn current(running: &Running) -> String {
    let (status, body) = running.get("/v1/releases");
    assert_eq!(status, 200, "{body}");
    let all: Value = serde_json::from_str(&body).unwrap();
    all["current"]["bundle_sha256"].as_str().unwrap().to_owned()
}

fn wait_for_another(running: &Running, old: &str) {
    let patience = Instant::now();
    while current(running) == old {
        assert!(patience.elapsed() < Duration::from_secs(30), "the release did not change");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn post(running: &Running, key: &str, from: &str) -> crate::Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    running.send("POST", "/v1/releases", &headers, &json!({ "from": from }).to_string())
}

/// A client that keeps its connection, as browsers and load tests do.
struct Client {
    agent: ureq::Agent,
    base: String,
    bearer: String,
}

impl Client {
    fn new(running: &Running, key: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent = config.timeout_global(Some(Duration::from_secs(20))).build().into();
        Self { agent, base: format!("http://{}", running.address), bearer: format!("Bearer {key}") }
    }

    fn page(&self, path: &str) -> Result<Value, String> {
        let asked = self.agent.get(format!("{}{path}", self.base)).header("authorization", &self.bearer);
        let mut answer = asked.call().map_err(|e| e.to_string())?;
        let body = answer.body_mut().read_to_string().map_err(|e| e.to_string())?;
        if answer.status() != 200 {
            return Err(format!("{path}: {} {body}", answer.status()));
        }
        serde_json::from_str(&body).map_err(|e| e.to_string())
    }

    /// Walks through all buurten; gives how many the list says there are, and on how many pages they came.
    fn walk(&self) -> Result<(u64, usize), String> {
        let mut next = Some("/v1/areas?level=buurt&limit=5".to_owned());
        let (mut matched, mut codes, mut pages) = (None, BTreeSet::new(), 0);
        while let Some(path) = next {
            let page = self.page(&path)?;
            let says = page["number_matched"].as_u64().unwrap();
            if *matched.get_or_insert(says) != says {
                return Err(format!("page {pages} speaks of {says} areas, the first of {matched:?}"));
            }
            for area in page["areas"].as_array().unwrap() {
                if !codes.insert(area["code"].as_str().unwrap().to_owned()) {
                    return Err(format!("{} comes twice", area["code"]));
                }
            }
            pages += 1;
            next = link(&page, "next");
        }
        let matched = matched.unwrap();
        if codes.len() as u64 == matched {
            Ok((matched, pages))
        } else {
            Err(format!("{} of {matched}", codes.len()))
        }
    }
}

#[test]
fn fifty_swaps_under_load_fail_no_request_and_mix_no_walk() {
    const SWAPS: usize = 50;
    let guarded = accountable_with("[releases]\nwatch_seconds = 0\nkeep = 4\n");
    let key = guarded.make_key("beheer", "GM9999");
    let planner = guarded.make_key("tactisch", "GM9999");
    let running = guarded.start();
    let (stop, walks, pages) = (Arc::new(AtomicBool::new(false)), Arc::default(), Arc::default());
    let walkers: Vec<_> = (0..4)
        .map(|_| {
            let client = Client::new(&running, &planner);
            let stop = Arc::clone(&stop);
            let (walks, pages): (Arc<AtomicUsize>, Arc<AtomicUsize>) =
                (Arc::clone(&walks), Arc::clone(&pages));
            std::thread::spawn(move || -> Result<BTreeSet<u64>, String> {
                let mut seen = BTreeSet::new();
                while !stop.load(Ordering::Relaxed) {
                    let (matched, walked) = client.walk()?;
                    seen.insert(matched);
                    walks.fetch_add(1, Ordering::Relaxed);
                    pages.fetch_add(walked, Ordering::Relaxed);
                }
                Ok(seen)
            })
        })
        .collect();
    for n in 0..SWAPS {
        let old = current(&running);
        if n % 2 == 0 { LARGE } else { SMALL }.write(&guarded.file("bundle")).unwrap();
        if n % 3 == 0 {
            running.signal("HUP");
        } else {
            let answer = post(&running, &key, "disk");
            assert_eq!((answer.status.as_u16(), &answer.json()["changed"]), (200, &true.into()), "swap {n}");
        }
        wait_for_another(&running, &old);
    }
    stop.store(true, Ordering::Relaxed);
    let seen: BTreeSet<u64> = walkers
        .into_iter()
        .flat_map(|walker| walker.join().unwrap().unwrap_or_else(|failed| panic!("{failed}")))
        .collect();
    assert_eq!(seen, BTreeSet::from([53, 71]), "both towns were walked through");
    let (walks, pages) = (walks.load(Ordering::Relaxed), pages.load(Ordering::Relaxed));
    println!("{SWAPS} swaps during {walks} walks over {pages} pages: none failed, none mixed");
    assert!(walks > SWAPS, "{walks} walks put little to the test");
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
    let activated = records(&guarded, "administration");
    let activated =
        activated.iter().filter(|r| r["action"] == "release.activated" && r["result"] == "ok").count();
    assert_eq!(activated, SWAPS);
}

#[test]
fn a_walk_ends_on_the_release_it_began_with_as_long_as_that_is_kept() {
    let guarded = accountable();
    let key = guarded.make_key("beheer", "GM9999");
    let planner = guarded.make_key("tactisch", "GM9999");
    let running = guarded.start();
    let client = Client::new(&running, &planner);
    let first = client.page("/v1/areas?level=buurt&limit=40").unwrap();
    let next = link(&first, "next").unwrap();
    LARGE.write(&guarded.file("bundle")).unwrap();
    assert_eq!(post(&running, &key, "disk").status, 200);
    assert_eq!(client.page("/v1/areas?level=buurt").unwrap()["number_matched"], 71);
    let second = client.page(&next).unwrap();
    assert_eq!((&second["number_matched"], &second["number_returned"]), (&53.into(), &13.into()));
    // One earlier release is kept; of two swaps ago nothing is left, and that is said.
    Town { buurten: 12, ..SMALL }.write(&guarded.file("bundle")).unwrap();
    assert_eq!(post(&running, &key, "disk").status, 200);
    let answer = running.ask(&format!("Bearer {planner}"), &next);
    assert!(answer.status.is_client_error() && answer.text().contains("cursor."), "{}", answer.text());
    assert_eq!(answer.status, 410, "a cursor of a release that is gone");
    assert_eq!(running.send("GET", "/v1/areas?cursor=00", &[], "").status, 400);
}

#[test]
fn a_bundle_that_is_not_in_order_is_refused_and_one_can_go_back() {
    let guarded = accountable();
    let key = guarded.make_key("beheer", "GM9999");
    let running = guarded.start();
    let first = current(&running);
    LARGE.write(&guarded.file("bundle")).unwrap();
    assert_eq!(post(&running, &key, "disk").json()["changed"], true);
    assert_eq!(post(&running, &key, "disk").json()["changed"], false);
    let second = current(&running);
    assert_ne!(first, second);
    let back = post(&running, &key, "earlier");
    assert_eq!((back.status.as_u16(), current(&running)), (200, first.clone()));
    assert_eq!(post(&running, &key, "earlier").problem(422)["status"], 422);
    SMALL.write(&guarded.file("bundle")).unwrap();
    let manifest = guarded.file("bundle/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap().replace("verzonnen", "vervalst1");
    std::fs::write(&manifest, text).unwrap();
    let scores = guarded.file("bundle/scores.json");
    let mut bytes = std::fs::read(&scores).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&scores, bytes).unwrap();
    let problem = post(&running, &key, "disk").problem(422);
    assert!(!problem.to_string().contains("scores.json"), "the inside stays inside: {problem}");
    assert_eq!((current(&running), running.get("/v1/areas").0), (first, 200));
    running.signal("TERM");
    running.end();
    let told = records(&guarded, "administration");
    let refused = told.iter().find(|r| r["result"] == "refused" && r.to_string().contains("scores.json"));
    let id = key.split('_').nth(1).unwrap();
    assert_eq!(refused.unwrap()["actor"], format!("key:{id}"));
}

#[test]
fn a_new_bundle_on_disk_is_noticed() {
    let guarded = Guarded::new();
    guarded.configure("jwks.json", "[releases]\nwatch_seconds = 1\n");
    let running = guarded.start();
    let old = current(&running);
    LARGE.write(&guarded.file("bundle")).unwrap();
    wait_for_another(&running, &old);
    let (_, body) = running.get("/v1/releases");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["earlier"][0]["bundle_sha256"], old);
}

#[test]
fn answers_can_be_stopped_with_a_reason_by_operators_only() {
    let guarded = accountable_with("[releases]\nstop_file = \"stop\"\n");
    let (key, other) = (guarded.make_key("beheer", "GM9999"), guarded.make_key("tactisch", "GM9999"));
    let running = guarded.start();
    let body = json!({ "reason": { "nl": "Fout in de bron", "en": "Fault in the source" } }).to_string();
    let as_key = |key: &str, method: &str, body: &str| {
        let bearer = format!("Bearer {key}");
        running.send(method, "/v1/stop", &[("authorization", &bearer)], body)
    };
    assert_eq!(running.send("PUT", "/v1/stop", &[], &body).problem(401)["status"], 401);
    let refused = as_key(&other, "PUT", &body);
    refused.problem(403);
    assert!(refused.header("www-authenticate").contains("insufficient_scope"));
    as_key(&key, "PUT", "{\"reason\":\"x\"}").problem(400);
    assert_eq!(running.get("/v1/areas").0, 200);
    assert_eq!(as_key(&key, "PUT", &body).status, 204);
    for path in [
        "/v1/areas",
        "/v1/areas.geojson",
        "/v1/areas/GM9999",
        "/v1/reports/evaluation",
        "/v1",
        "/v2/models/logistisch",
    ] {
        let problem = running.send("GET", path, &[], "").problem(503);
        assert!(problem["detail"].as_str().unwrap().contains("Fout in de bron"), "{path}: {problem}");
    }
    let english = running.send("GET", "/v1/areas?lang=en", &[], "").problem(503);
    assert!(english["detail"].as_str().unwrap().contains("Fault in the source"));
    assert_eq!(running.get("/health/live").0, 200);
    let (status, all) = running.get("/v1/releases?lang=en");
    assert!(status == 200 && all.contains("\"stopped\":\"Fault in the source\""), "{all}");
    running.signal("TERM");
    running.end();
    let again = guarded.start();
    assert_eq!(again.get("/v1/areas").0, 503, "a stop outlives a restart");
    std::fs::remove_file(guarded.file("stop")).unwrap();
    let patience = Instant::now();
    while again.get("/v1/areas").0 != 200 {
        assert!(patience.elapsed() < Duration::from_secs(30), "the stop was not lifted");
        std::thread::sleep(Duration::from_millis(20));
    }
    again.signal("TERM");
    again.end();
    let told = records(&guarded, "administration");
    let actions: Vec<&str> =
        told.iter().filter_map(|r| r["action"].as_str()).filter(|a| a.starts_with("answers")).collect();
    assert_eq!(actions, ["answers.stopped", "answers.stopped", "answers.resumed"]);
}

/// Sends bytes and gives everything that comes back until the other side closes.
fn until_closed(running: &Running, sent: &str) -> String {
    let mut stream = TcpStream::connect(&running.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn requests_beyond_the_limits_are_turned_away() {
    let guarded = Guarded::new();
    guarded.configure("jwks.json", "[limits]\nrequests_at_once = 1\nheader_seconds = 1\n");
    let key = guarded.make_key("tactisch", "GM9999");
    let running = guarded.start();
    running.send("GET", &format!("/v1?x={}", "x".repeat(9_000)), &[], "").problem(414);
    let long = format!("GET /v1 HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(30_000));
    assert!(until_closed(&running, &long).starts_with("HTTP/1.1 431"));
    // Headers that never end: the connection is closed instead of kept.
    let slow = until_closed(&running, "GET /v1 HTTP/1.1\r\nhost: x\r\nx: ");
    assert!(slow.is_empty() || slow.starts_with("HTTP/1.1 408"), "{slow}");
    // A request whose body has not come yet takes the only place.
    let mut first = TcpStream::connect(&running.address).unwrap();
    first.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let row = r#"{"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[1960,1,0,0]}]}"#;
    let head = format!(
        "POST /v2/models/logistisch/infer HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
         expect: 100-continue\r\n"
    );
    first.write_all(format!("{head}content-length: {}\r\n\r\n", row.len()).as_bytes()).unwrap();
    let mut going = [0; 25];
    first.read_exact(&mut going).unwrap();
    assert!(going.starts_with(b"HTTP/1.1 100"), "the handler waits for the body");
    let busy = running.send("GET", "/v1", &[], "");
    busy.problem(503);
    assert_eq!(busy.header("retry-after"), "1");
    assert_eq!(running.get("/health/live").0, 200);
    first.write_all(row.as_bytes()).unwrap();
    let mut answer = String::new();
    first.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(running.get("/v1").0, 200);
}

#[test]
fn a_release_is_checked_against_the_one_before_a_restart() {
    let guarded = Guarded::new();
    let key = "0123456789abcdef0123456789abcdef";
    std::fs::write(guarded.file("rounding.key"), key).unwrap();
    let disclosure = "[disclosure]\nminimum_units = 10\nrounding_key = \"rounding.key\"\n";
    guarded.configure("jwks.json", &format!("[releases]\nregister = \"register\"\n{disclosure}"));
    let planner = guarded.make_key("tactisch", "GM9999");
    for (units, withheld) in [([4, 30, 50], 2), ([4, 60, 50], 3)] {
        let scores = attacker::tree(&[units.to_vec()]);
        let outlines = attacker::outlines(&scores);
        Town::default().write_with(&guarded.file("bundle"), &scores, &outlines).unwrap();
        let running = guarded.start();
        let (_, body) = running.get_as(&planner, "/v1/areas?level=buurt");
        assert_eq!(body.matches("\"suppressed\":\"").count(), withheld, "{body}");
        running.signal("TERM");
        let (_, log) = running.end();
        assert!(!log.contains(key), "{log}");
    }
    assert_eq!(std::fs::read_dir(guarded.file("register")).unwrap().count(), 2);
    std::fs::write(guarded.file("rounding.key"), "short").unwrap();
    let (code, said) = ended(&["--config", &guarded.file("serve.toml").display().to_string()]);
    assert!(code == Some(2) && said.contains("rounding.key") && said.contains("openssl rand"), "{said}");
}

#[test]
fn who_asks_too_fast_waits_and_nobody_else() {
    let guarded = accountable_with("[limits]\nrequests_per_minute = 3\n");
    let [one, other] = [0, 1].map(|_| guarded.make_key("tactisch", "GM9999"));
    let running = guarded.start();
    for left in ["2", "1", "0"] {
        let answer = running.ask(&format!("Bearer {one}"), "/v1/areas?limit=1");
        assert_eq!((answer.status.as_u16(), answer.header("ratelimit-remaining")), (200, left));
        assert_eq!(answer.header("ratelimit-limit"), "3");
    }
    let refused = running.ask(&format!("Bearer {one}"), "/v1/areas?limit=1");
    refused.problem(429);
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(running.get_as(&other, "/v1").0, 200, "another key");
    assert_eq!(running.get("/v1").0, 200, "everyone");
    running.signal("TERM");
    running.end();
    let statuses: Vec<u64> = crate::ledger::records(&guarded, "processing")
        .iter()
        .map(|record| record["attributes"]["http.response.status_code"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [200, 200, 200, 429, 200, 200]);
}

#[test]
fn figures_stand_on_a_listener_of_their_own() {
    let guarded = accountable_with("[metrics]\nbind = \"127.0.0.1:0\"\n");
    let running = guarded.start();
    running.get("/v1/areas?level=wijk");
    running.ask("Bearer zl_00000000_00", "/v1");
    assert_eq!(running.get("/metrics").0, 404);
    let figures = running.figures.clone().unwrap();
    let text = ureq::get(figures).call().unwrap().body_mut().read_to_string().unwrap();
    for line in [
        "zichtlijn_answer_seconds_count{route=\"/v1/areas\",status=\"200\"} 1",
        "zichtlijn_refusals_total{reason=\"key_unknown\"} 1",
        "zichtlijn_log_records{stream=\"processing\"} 2",
        "zichtlijn_log_records{stream=\"access\"} 3",
        "zichtlijn_log_broken{stream=\"access\"} 0",
        "zichtlijn_stopped 0",
        "zichtlijn_areas 60",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
