//! Accountability over the built program: what is written down, and that no answer leaves without it.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::access::{Guarded, run};
use crate::program::Running;

const PART: &str = "[ledger]\nfolder = \"log\"\nkey = \"key.pem\"\norigin = \"kaart.voorbeeldstad.nl/log\"\n\
                    processing_activity = \"https://register.voorbeeldstad.nl/verwerkingen/12\"\n\
                    algorithm = \"https://algoritmes.overheid.nl/nl/algoritme/1\"\n";

/// A guarded service that keeps a log.
pub(crate) fn accountable() -> Guarded {
    accountable_with("")
}

/// The same with more in its configuration.
pub(crate) fn accountable_with(more: &str) -> Guarded {
    let guarded = Guarded::new();
    guarded.configure("jwks.json", &format!("{PART}{more}"));
    run(&["audit", "key", &guarded.file("key.pem").display().to_string()]).unwrap();
    guarded
}

/// All records of a stream.
pub(crate) fn records(guarded: &Guarded, stream: &str) -> Vec<Value> {
    let mut segments: Vec<_> =
        std::fs::read_dir(guarded.file("log")).unwrap().map(|e| e.unwrap().path()).collect();
    segments.sort();
    let ours = |path: &&std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(stream) && name.ends_with(".jsonl")
    };
    let text: String =
        segments.iter().filter(ours).map(|path| std::fs::read_to_string(path).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["record"].clone()).collect()
}

fn verify(guarded: &Guarded) -> Result<String, String> {
    run(&["audit", "verify", &guarded.file("log").display().to_string()])
}

#[test]
fn the_purpose_of_a_plan_is_written_down_with_its_areas() {
    let guarded = accountable();
    let bearer = format!("Bearer {}", guarded.make_key("tactisch", "GM9999"));
    let running = guarded.start();
    let body = serde_json::json!({ "purpose": " Weekplan toezicht, week 12 ", "capacity": 3 }).to_string();
    let answer = running.send("POST", "/v1/plans", &[("authorization", &bearer)], &body);
    let codes: Vec<Value> =
        answer.json()["areas"].as_array().unwrap().iter().map(|area| area["code"].clone()).collect();
    running.signal("TERM");
    running.end();
    let record = &records(&guarded, "processing")[0]["attributes"];
    assert_eq!(record["zichtlijn.purpose"], "Weekplan toezicht, week 12");
    let features = record["dpl.objects.dataset"][0]["feature"].as_array().unwrap();
    assert!(codes.len() == 3 && features.iter().map(|feature| &feature["feature_id"]).eq(codes.iter()));
}

#[test]
fn each_answer_leaves_a_decision_and_a_processing_joined_by_the_callers_trace() {
    let guarded = accountable();
    let key = guarded.make_key("tactisch", "GM9999");
    let running = guarded.start();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let bearer = format!("Bearer {key}");
    let headers = [("traceparent", parent.as_str()), ("authorization", &bearer)];
    let answer = running.send("GET", "/v1/areas/WK99990000?lang=en", &headers, "");
    assert_eq!(answer.status, 200);
    let ours = answer.header("traceparent").split('-').nth(2).unwrap().to_owned();
    assert!(answer.header("traceparent").starts_with(&format!("00-{trace}-")) && ours != "00f067aa0ba902b7");
    assert_eq!(running.ask("Bearer zl_00000000_00", "/v1/areas").status, 401);
    assert_eq!(running.get("/health/live").0, 200);
    assert_eq!(running.get("/nothing/geheim").0, 404);
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));

    let processing = records(&guarded, "processing");
    assert_eq!(processing.len(), 2, "the refused one and the health check processed nothing: {processing:?}");
    let first = &processing[0];
    assert_eq!((&first["trace_id"], &first["span_id"]), (&trace.into(), &ours.as_str().into()));
    assert_eq!((&first["parent_span_id"], &first["status"]), (&"00f067aa0ba902b7".into(), &"Ok".into()));
    assert_eq!(first["name"], "GET /v1/areas/{code}");
    let attributes = &first["attributes"];
    assert_eq!(
        attributes["dpl.core.processing_activity_id"],
        "https://register.voorbeeldstad.nl/verwerkingen/12"
    );
    assert_eq!(attributes["dpl.objects.dataset"][0]["feature"][0]["feature_id"], "WK99990000");
    assert_eq!(attributes["dpl.objects.dataset"][0]["dataset_id"].as_str().unwrap().len(), 64);
    assert_eq!(attributes["http.response.etag"], answer.header("etag"));
    assert!(first["end_time"].as_i64() >= first["start_time"].as_i64());
    let id = key.split('_').nth(1).unwrap();
    assert!(!processing.iter().any(|record| record.to_string().contains(id)), "no person, no key");

    let access = records(&guarded, "access");
    assert_eq!(access.len(), 3, "{access:?}");
    assert_eq!((&access[0]["trace_id"], &access[0]["span_id"]), (&first["trace_id"], &first["span_id"]));
    assert_eq!(access[0]["adl.core.request"]["subject"]["id"], format!("key:{id}"));
    assert_eq!(access[0]["adl.core.response"]["context"]["tier"], "tactisch");
    assert_eq!(access[0]["adl.core.response"]["context"]["scope"][0], "GM9999");
    assert_eq!(access[0]["adl.core.information"]["network"], "127.0.0.0/24");
    assert_eq!(access[1]["adl.core.response"]["context"]["reason"], "key_unknown");
    assert_eq!(access[1]["adl.core.response"]["decision"], false);
    let actions: Vec<Value> =
        records(&guarded, "administration").iter().map(|record| record["action"].clone()).collect();
    assert_eq!(actions, ["service.started", "service.stopped"]);
    for stream in ["processing", "access", "administration"] {
        let text = format!("{:?}", records(&guarded, stream));
        assert!(!text.contains("geheim") && !text.contains("127.0.0.1") && !text.contains(&key), "{text}");
    }
}

#[test]
fn who_hangs_up_leaves_one_decision_behind_all_the_same() {
    let guarded = accountable();
    let running = guarded.start();
    let mut stream = TcpStream::connect(&running.address).unwrap();
    let head = "POST /v2/models/logistisch/infer HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 99\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut going = [0; 25];
    stream.read_exact(&mut going).unwrap();
    drop(stream);
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
    let access = records(&guarded, "access");
    assert_eq!(access.len(), 1, "{access:?}");
    assert_eq!(access[0]["adl.core.response"]["decision"], true);
    verify(&guarded).unwrap();
}

#[test]
fn an_auditor_verifies_and_proves_offline() {
    let guarded = accountable();
    let running = guarded.start();
    for _ in 0..5 {
        running.get("/v1/areas?level=wijk");
    }
    running.signal("TERM");
    running.end();
    let told = verify(&guarded).unwrap();
    for words in ["processing: 5 records in 1 segments; 5 under the newest checkpoint", "access: 5 records"] {
        assert!(told.contains(words), "{told}");
    }
    assert!(told.contains("compare them with those that you were given"), "{told}");
    let held = guarded.file("held.checkpoint");
    std::fs::copy(guarded.file("log/processing.checkpoint"), &held).unwrap();
    let [log, verifiers, held, out] =
        ["log", "log/verifiers", "held.checkpoint", "proof"].map(|n| guarded.file(n).display().to_string());
    let told = run(&["audit", "verify", &log, "--verifiers", &verifiers, "--checkpoint", &held]).unwrap();
    assert!(told.contains("1 checkpoints of yours: in order"), "{told}");
    run(&["audit", "prove", &log, "--stream", "processing", "--seq", "3", "--out", &out]).unwrap();
    let (record, proof) = (format!("{out}.json"), format!("{out}.tlog-proof"));
    let arguments =
        ["audit", "check-proof", "--record", &record, "--proof", &proof, "--verifiers", &verifiers];
    assert!(run(&arguments).unwrap().contains("number 3 of kaart.voorbeeldstad.nl/log/processing"));
    let line = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, line.replace("\"Ok\"", "\"Error\"")).unwrap();
    assert!(run(&arguments).unwrap_err().contains("does not lead"));
    let segment = guarded.file("log/processing-000000000000.jsonl");
    let text = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, text.lines().take(3).map(|line| format!("{line}\n")).collect::<String>())
        .unwrap();
    let told = verify(&guarded).unwrap_err();
    assert!(told.contains("processing-") && told.contains("record 3: it is missing"), "{told}");
    let config = guarded.file("serve.toml").display().to_string();
    assert!(run(&["--config", &config]).unwrap_err().contains("not what was written"));
}

/// Asks until told to stop; gives the trace ids of what was answered in full.
fn ask_until(stop: &AtomicBool, running: &Mutex<Option<Running>>, seed: u64) -> Vec<String> {
    let address = running.lock().unwrap().as_ref().unwrap().address.clone();
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
    let mut answered = Vec::new();
    for n in 1.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let trace = format!("{seed:016x}{n:016x}");
        let parent = format!("00-{trace}-00000000000000ff-01");
        let asked =
            agent.get(format!("http://{address}/v1/areas/GM9999")).header("traceparent", parent).call();
        match asked.map(|mut answer| answer.body_mut().read_to_vec()) {
            Ok(Ok(_)) => answered.push(trace),
            _ => break,
        }
    }
    answered
}

#[test]
fn no_answer_is_without_its_record_however_often_the_service_is_killed() {
    const KILLS: u64 = 20;
    let guarded = accountable();
    let mut answered = BTreeSet::new();
    for round in 1..=KILLS {
        let running = Arc::new(Mutex::new(Some(guarded.start())));
        let stop = Arc::new(AtomicBool::new(false));
        let askers: Vec<_> = (0..4)
            .map(|asker| {
                let (stop, running) = (Arc::clone(&stop), Arc::clone(&running));
                std::thread::spawn(move || ask_until(&stop, &running, round << 8 | asker))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(40 + 11 * round));
        let dying = running.lock().unwrap().take().unwrap();
        dying.signal("KILL");
        stop.store(true, Ordering::Relaxed);
        assert_eq!(dying.end().0, None, "killed");
        answered.extend(askers.into_iter().flat_map(|asker| asker.join().unwrap()));
        // What the kill left behind is in order even before anyone starts the service again.
        verify(&guarded).unwrap_or_else(|told| panic!("round {round}: {told}"));
    }
    let running = guarded.start();
    running.signal("TERM");
    running.end();
    verify(&guarded).unwrap();
    assert!(answered.len() > 20 * KILLS as usize, "{} answers put nothing to the test", answered.len());
    for stream in ["processing", "access"] {
        let written: BTreeSet<String> = records(&guarded, stream)
            .iter()
            .map(|record| record["trace_id"].as_str().unwrap().to_owned())
            .collect();
        let missing: Vec<&String> = answered.difference(&written).collect();
        assert!(missing.is_empty(), "{stream} lacks {} of {} answers", missing.len(), answered.len());
    }
}

#[test]
fn nothing_is_answered_that_cannot_be_written_down() {
    let guarded = accountable();
    let running = guarded.start();
    assert_eq!(running.get("/v1/areas").0, 200);
    let checkpoint = guarded.file("log/processing.checkpoint");
    std::fs::remove_file(&checkpoint).unwrap();
    std::fs::create_dir(&checkpoint).unwrap();
    for _ in 0..2 {
        let answer = running.send("GET", "/v1/areas", &[], "");
        assert!(answer.problem(503)["detail"].as_str().unwrap().contains("logboek"));
    }
    assert_eq!(running.get("/health/live").0, 200);
    assert!(Path::new(&checkpoint).is_dir());
}
