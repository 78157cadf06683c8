//! Who is let in: keys and tokens, right ones and every kind of wrong one, over the built program.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use serving::made_up::Town;

use crate::Made;
use crate::ledger::{accountable, records};
use crate::program::{Running, ended};
use crate::tokens::{AUDIENCE, ISSUER, Provider, now};

/// A service with keys and an issuer.
pub(crate) struct Guarded {
    made: Made,
    provider: Provider,
}

impl Guarded {
    pub(crate) fn new() -> Self {
        let guarded = Self { made: Made::new(Town::default()), provider: Provider::new() };
        std::fs::write(guarded.file("jwks.json"), guarded.provider.jwks().to_string()).unwrap();
        std::fs::write(guarded.file("keys.json"), r#"{"format":"zichtlijn-keys/1","keys":[]}"#).unwrap();
        guarded.configure("jwks.json", "");
        guarded
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.made.folder.path().join(name)
    }

    pub(crate) fn configure(&self, jwks: &str, more: &str) {
        let text = format!(
            "bundle = \"bundle\"\nbind = \"127.0.0.1:0\"\n[access]\nkeys = \"keys.json\"\n[[access.issuer]]\n\
             issuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\njwks = \"{jwks}\"\nleeway_seconds = 5\n\
             tier_claim = \"roles\"\ntiers = {{ planner = \"tactisch\", auditor = \"audit\" }}\n\
             scope_claim = \"gemeenten\"\n{more}"
        );
        std::fs::write(self.file("serve.toml"), text).unwrap();
    }

    pub(crate) fn start(&self) -> Running {
        let config = self.file("serve.toml").display().to_string();
        Running::start(&["--config", &config, "--log", "json"])
    }

    /// `serve key …` on the file of keys; gives what it says first.
    pub(crate) fn key(&self, arguments: &[&str]) -> String {
        let keys = self.file("keys.json").display().to_string();
        let (verb, rest) = arguments.split_first().unwrap();
        run(&[&["key", verb, "--keys", &keys], rest].concat()).unwrap()
    }

    pub(crate) fn make_key(&self, tier: &str, gemeente: &str) -> String {
        let said = self.key(&["make", "--tier", tier, "--gemeente", gemeente, "--label", "proef"]);
        said.lines().next().unwrap().to_owned()
    }
}

/// Runs the program to its end; gives what it says, or how it complains.
pub(crate) fn run(arguments: &[&str]) -> Result<String, String> {
    let said = Command::new(env!("CARGO_BIN_EXE_serve")).args(arguments).output().unwrap();
    let (out, err) = (String::from_utf8(said.stdout).unwrap(), String::from_utf8(said.stderr).unwrap());
    if said.status.success() { Ok(out) } else { Err(err) }
}

fn id(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

fn changed(member: &str, value: Value) -> Value {
    let mut claims = Provider::claims();
    claims[member] = value;
    claims
}

/// The lines of a log about refusals: the reasons, in order.
fn refusals(log: &str) -> Vec<String> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let refused = lines.filter(|line| line["message"] == "refused");
    refused.map(|line| line["reason"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn right_keys_and_tokens_are_let_in() {
    let guarded = Guarded::new();
    let key = guarded.make_key("tactisch", "GM9999");
    let running = guarded.start();
    assert_eq!(running.get("/v1/areas?level=wijk").0, 200, "everyone");
    let (status, body) = running.get_as(&key, "/v1/areas?level=wijk");
    assert_eq!(status, 200, "{body}");
    for (alg, kid) in [("RS256", "rsa"), ("ES256", "ec"), ("EdDSA", "ed")] {
        let token = guarded.provider.token(alg, kid, &Provider::claims());
        let (status, body) = running.get_as(&token, "/v1/areas?level=wijk");
        assert_eq!(status, 200, "{alg}: {body}");
    }
    let list = guarded.provider.token("EdDSA", "ed", &changed("aud", json!(["other", AUDIENCE])));
    assert_eq!(running.get_as(&list, "/v1").0, 200, "one of several audiences");
    let words = guarded.provider.token("EdDSA", "ed", &changed("roles", "openid auditor".into()));
    assert_eq!(running.get_as(&words, "/v1").0, 200, "roles as words");
    running.signal("TERM");
    assert_eq!(refusals(&running.end().1), [] as [String; 0]);
}

#[test]
fn wrong_keys_and_tokens_are_refused_and_logged_and_never_fall_back_to_public() {
    let guarded = accountable();
    let provider = &guarded.provider;
    let [revoked, expired, good] = [0, 1, 2].map(|_| guarded.make_key("tactisch", "GM9999"));
    guarded.key(&["expire", id(&expired), "--on", "2025-01-01"]);
    let running = guarded.start();
    assert_eq!(running.get_as(&revoked, "/v1").0, 200);
    guarded.key(&["revoke", id(&revoked)]);

    let sign = |claims: &Value| provider.token("EdDSA", "ed", claims);
    let mut unsigned = provider.token("none", "ed", &Provider::claims());
    let cases = [
        ("token_algorithm", unsigned.clone()),
        ("token_malformed", unsigned.split_off(unsigned.len() - 5)),
        ("token_algorithm", provider.token("HS256", "rsa", &Provider::claims())),
        ("token_algorithm", provider.token("ES256", "rsa", &Provider::claims())),
        ("token_audience", sign(&changed("aud", "other".into()))),
        ("token_audience", sign(&changed("aud", Value::Null))),
        ("token_issuer", sign(&changed("iss", "https://elders.nl".into()))),
        ("token_expired", sign(&changed("exp", (now() - 60).into()))),
        ("token_claims", sign(&changed("exp", Value::Null))),
        ("token_not_yet_valid", sign(&changed("nbf", (now() + 60).into()))),
        ("token_key_unknown", provider.token("EdDSA", "other", &Provider::claims())),
        ("token_signature", provider.forged()),
        ("token_claims", sign(&changed("gemeenten", json!(["Voorbeeldstad"])))),
        ("token_claims", sign(&changed("sub", "".into()))),
        ("token_malformed", "abc.def".to_owned()),
        ("key_revoked", revoked.clone()),
        ("key_expired", expired.clone()),
        ("key_unknown", format!("{}0", &good[..good.len() - 1])),
        ("key_unknown", "zl_00000000_00".to_owned()),
    ];
    for (reason, sent) in &cases {
        let answer = running.ask(&format!("Bearer {sent}"), "/v1/areas?level=wijk");
        let problem = answer.problem(401);
        assert_eq!(problem["errors"][0]["code"], *reason, "{sent}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"zichtlijn\", error=\"invalid_token\"");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let nobody = running.ask(&format!("Bearer {}", sign(&changed("roles", json!(["koffie"])))), "/v1");
    assert_eq!(nobody.problem(403)["errors"][0]["code"], "token_without_tier");
    assert!(nobody.header("www-authenticate").contains("insufficient_scope"));
    assert_eq!(running.ask("Basic eDp5", "/v1").problem(401)["errors"][0]["code"], "scheme_not_bearer");
    let token = sign(&Provider::claims());
    for address in
        [format!("/v1?access_token={token}"), format!("/v1?limit={good}"), format!("/v1?token={good}")]
    {
        assert_eq!(running.get(&address).0, 400);
    }
    running.signal("TERM");
    let (code, log) = running.end();
    assert_eq!(code, Some(0));
    let expected = cases.iter().map(|(reason, _)| *reason).chain(["token_without_tier", "scheme_not_bearer"]);
    let expected: Vec<&str> = expected.chain(["credentials_in_address"; 3]).collect();
    assert_eq!(refusals(&log), expected);
    let decided = records(&guarded, "access");
    let reasons =
        decided.iter().filter_map(|record| record["adl.core.response"]["context"]["reason"].as_str());
    assert!(reasons.eq(expected), "one record per refusal, in order");
    let log = log + &serde_json::to_string(&(decided, records(&guarded, "processing"))).unwrap();
    for (_, secret) in cases.iter().chain(&[("", good), ("", token)]).filter(|(_, sent)| sent.len() > 20) {
        for part in secret.split(['.', '_']).filter(|part| part.len() > 20) {
            assert!(!log.contains(part), "{part} stands in the log");
        }
    }
    assert!(!log.contains("jansen"), "{log}");
}

#[test]
fn a_key_of_another_gemeente_opens_nothing_of_this_one() {
    let guarded = accountable();
    let other = guarded.make_key("tactisch", "GM1234");
    let own = guarded.make_key("tactisch", "GM9999");
    let running = guarded.start();
    for (path, status) in [
        ("/v1/areas/GM9999", 404),
        ("/v1/areas/BU999900003", 404),
        ("/v1/areas/WK99990000", 404),
        ("/v1/areas?level=buurt", 400),
        ("/v1/areas.geojson?level=buurt", 400),
        ("/v1/collections/buurt-2025", 404),
        ("/v1/collections/buurt-2025/items", 404),
        ("/v1/collections/buurt-2025/table", 404),
        ("/v1/collections/buurt-2025/tiles/WebMercatorQuad/10/337/527", 404),
        ("/v1/styles/buurt-2025-class", 404),
        ("/v1/reports/evaluation", 403),
    ] {
        running.ask(&format!("Bearer {other}"), path).problem(status);
        assert_eq!(running.get_as(&own, path).0, 200, "{path}: its own key does");
    }
    let plan = json!({ "purpose": "Alles weten", "capacity": 5, "within": "GM9999" }).to_string();
    let bearer = format!("Bearer {other}");
    running.send("POST", "/v1/plans", &[("authorization", &bearer)], &plan).problem(400);
    running.signal("TERM");
    let (_, log) = running.end();
    let subject = format!("key:{}", id(&other));
    let decided = records(&guarded, "access");
    let of_other: Vec<&Value> =
        decided.iter().filter(|record| record["adl.core.request"]["subject"]["id"] == subject).collect();
    assert_eq!(of_other.len(), 12);
    for record in &of_other {
        assert_eq!(record["adl.core.response"]["context"]["scope"], json!(["GM1234"]));
    }
    let processed = records(&guarded, "processing");
    for record in of_other {
        let same = processed.iter().find(|answer| answer["span_id"] == record["span_id"]).unwrap();
        assert_eq!(same["status"], "Error", "{same}");
    }
    let log = log + &serde_json::to_string(&(decided, processed)).unwrap();
    for key in [&other, &own] {
        assert!(!log.contains(key.rsplit('_').next().unwrap()), "a key stands in a log");
    }
}

#[test]
fn unknown_keys_in_tokens_do_not_make_us_ask_the_issuer_again_and_again() {
    let guarded = Guarded::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, body) = (Arc::new(AtomicUsize::new(0)), guarded.provider.jwks().to_string());
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            assert!(lines.map_while(Result::ok).any(|line| line.is_empty()));
            counted.fetch_add(1, Ordering::SeqCst);
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).unwrap();
        }
    });
    guarded.configure(&format!("http://{address}/jwks"), "");
    let running = guarded.start();
    assert_eq!(running.get_as(&guarded.provider.token("RS256", "rsa", &Provider::claims()), "/v1").0, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "at start");
    for n in 0..20 {
        let token = guarded.provider.token("EdDSA", &format!("new-{n}"), &Provider::claims());
        assert_eq!(running.get_as(&token, "/v1").0, 401);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2, "once for the first unknown key");
    running.signal("TERM");
    running.end();
}

#[test]
fn what_planners_see_is_not_served_to_the_network_without_access() {
    let made = Made::new(Town { buurten: 12, ..Town::default() });
    let path = made.path().display().to_string();
    let (code, said) = ended(&["--bundle", &path, "--bind", "0.0.0.0:0"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--open-tier publiek") && said.contains("[access]"), "{said}");
    let running = Running::start(&["--bundle", &path, "--bind", "0.0.0.0:0", "--open-tier", "publiek"]);
    running.signal("TERM");
    running.end();
}

#[test]
fn keys_are_listed_without_the_keys() {
    let guarded = Guarded::new();
    let key = guarded.make_key("gemeente", "GM0344");
    let list = guarded.key(&["list"]);
    assert!(list.contains(id(&key)) && list.contains("GM0344") && list.contains("valid"), "{list}");
    assert!(!list.contains(key.rsplit('_').next().unwrap()), "{list}");
    let (code, said) = ended(&["check-config", &guarded.file("serve.toml").display().to_string()]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    guarded.configure("jwks.json", "scopes_claim = \"x\"\n");
    let (code, said) = ended(&["check-config", &guarded.file("serve.toml").display().to_string()]);
    assert!(code == Some(2) && said.contains("line 13") && said.contains("`scope_claim`"), "{said}");
}
