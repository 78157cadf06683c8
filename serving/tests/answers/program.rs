//! The built program over a real socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use serving::made_up::Town;

use crate::{Answer, Made};

pub(crate) fn serve(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serve"));
    command.args(arguments).env_remove("RUST_LOG").env_remove("ORT_DYLIB_PATH");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn ended(arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = serve(arguments).spawn().unwrap();
    let patience = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if patience.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{arguments:?} did not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A running program; killed when a test fails.
pub(crate) struct Running {
    child: Child,
    /// What it logs, read as it comes: a full pipe would make the program wait.
    log: Option<JoinHandle<String>>,
    pub(crate) address: String,
    /// Where its figures are, if anywhere.
    pub(crate) figures: Option<String>,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = serve(arguments).spawn().unwrap();
        let (mut line, mut figures) = (String::new(), None);
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        if let Some(address) = line.trim().strip_prefix("figures on ") {
            figures = Some(address.to_owned());
            line.clear();
            said.read_line(&mut line).unwrap();
        }
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("{line:?} {said}")
        });
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        Self { address: address.to_owned(), figures, log: Some(log), child }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Serves a bundle without anything else.
    pub(crate) fn bundle(bundle: &str, more: &[&str]) -> Self {
        Self::start(&[&["--bundle", bundle, "--bind", "127.0.0.1:0"], more].concat())
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let answer = self.send("GET", path, &[], "");
        (answer.status.as_u16(), answer.text())
    }

    /// Asks with a key or token.
    pub(crate) fn get_as(&self, sent: &str, path: &str) -> (u16, String) {
        let answer = self.ask(&format!("Bearer {sent}"), path);
        (answer.status.as_u16(), answer.text())
    }

    /// Asks with this `Authorization`.
    pub(crate) fn ask(&self, authorization: &str, path: &str) -> Answer {
        self.send("GET", path, &[("authorization", authorization)], "")
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        let uri = format!("http://{}{path}", self.address);
        let mut request = ureq::http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = config.new_agent().run(request.body(body.to_owned()).unwrap()).unwrap();
        let body = response.body_mut().read_to_vec().unwrap();
        Answer { status: response.status(), headers: response.headers().clone(), body }
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Exit code and log.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let log = self.log.take().unwrap().join().unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bundle(made: &Made) -> String {
    made.path().display().to_string()
}

#[test]
fn it_answers_and_ends_in_order_on_both_signals() {
    let made = Made::new(Town::default());
    for signal in ["TERM", "INT"] {
        let running = Running::bundle(&bundle(&made), &[]);
        assert_eq!(running.get("/health/ready").0, 200);
        let (status, body) = running.get("/v1/areas?level=wijk");
        assert_eq!(status, 200);
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["number_matched"], 6);
        assert_eq!(running.get("/v1/areas/BU0").0, 404);
        running.signal(signal);
        assert_eq!(running.end().0, Some(0), "{signal}");
    }
}

#[test]
fn a_request_that_is_under_way_is_finished_after_the_signal() {
    let made = Made::new(Town::default());
    let running = Running::bundle(&bundle(&made), &[]);
    let body = r#"{"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[1960,1,0,0]}]}"#;
    let mut stream = TcpStream::connect(&running.address).unwrap();
    let head = format!(
        "POST /v2/models/logistisch/infer HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..20]).unwrap();
    // The request has to have been taken before the stop; there is no outward sign of that.
    std::thread::sleep(Duration::from_millis(300));
    running.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(&running.address).is_err(), "no new connections");
    stream.write_all(&body.as_bytes()[20..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"score\""), "{answer}");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn the_log_has_one_json_line_per_request_without_query_or_client() {
    let made = Made::new(Town { released: false, ..Town::default() });
    let running = Running::bundle(&bundle(&made), &["--log", "json"]);
    running.get("/v1/areas?level=wijk&cursor=geheim");
    running.get("/secret-path/geheim");
    running.signal("TERM");
    let (code, log) = running.end();
    assert_eq!(code, Some(0));
    assert!(!log.contains("geheim") && !log.contains("127.0.0.1"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        lines.iter().any(|line| line["level"] == "WARN" && line.to_string().contains("Niet vrijgegeven")),
        "{log}"
    );
    let requests: Vec<&Value> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), 2, "{log}");
    assert_eq!((&requests[0]["status"], &requests[0]["route"]), (&400.into(), &"/v1/areas".into()));
    assert_eq!(requests[0]["trace"].as_str().unwrap().len(), 32);
}

#[test]
fn it_does_not_start_on_what_is_wrong_and_says_so_once() {
    let made = Made::new(Town { buurten: 12, ..Town::default() });
    let path = bundle(&made);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, words) in [
        (vec!["--bundle", "/nowhere/at/all"], "/nowhere/at/all"),
        (vec!["--bundle", &path, "--bind", &address], address.as_str()),
        (vec!["--bundle", &path, "--bind", "nonsense"], "nonsense"),
        (vec!["--bundle", &path, "--bind", "127.0.0.1:0", "--public-url", "nonsense"], "public URL"),
        (
            vec!["--bundle", &path, "--bind", "127.0.0.1:0", "--onnxruntime", "/nowhere/libonnxruntime.so"],
            "/nowhere/libonnxruntime.so",
        ),
        (vec![], "--bundle"),
    ] {
        let (code, said) = ended(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    let scores = made.path().join("scores.json");
    let mut bytes = std::fs::read(&scores).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&scores, bytes).unwrap();
    let (code, said) = ended(&["--bundle", &path, "--log", "off"]);
    assert_eq!(code, Some(2));
    assert!(said.starts_with("serve: ") && said.contains("scores.json"), "{said}");
}
