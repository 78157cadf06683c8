//! What is written down.
//!
//! The processing stream follows the Dutch standard Logboek Dataverwerkingen with its extension for objects: what
//! was processed, for which registered activity, by which algorithm, about which areas, without any person. The
//! access stream follows the Authorization Decision Log: one record per decision, with a key's identifier or a
//! pseudonym. The two are joined by trace and span. Every record has what the BIO asks of a log line: action,
//! object, result, origin, actor and time.

use std::net::IpAddr;

use axum::http::Method;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::access::{Decision, Scope};
use crate::clock;
use crate::ledger::Stream;
use crate::ledger::opening::Remark;
use crate::trace::Trace;

/// What stands in every record of processing, from the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    /// Address of the activity in the register of processing activities.
    pub(crate) processing_activity: String,
    /// Address of the algorithm in the Algoritmeregister.
    pub(crate) algorithm: Option<String>,
}

/// What a handler adds to the record of its answer, through the response's extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mention {
    /// Codes of the areas that the answer is about, where the address does not say.
    pub(crate) areas: Vec<String>,
    /// What the asker said it is for.
    pub(crate) purpose: Option<String>,
}

/// An answer, as it is written down.
#[derive(Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) trace: Trace,
    pub(crate) method: &'a Method,
    /// The route's pattern; `-` where the address led to nothing, and may hold anything.
    pub(crate) route: &'a str,
    pub(crate) start: DateTime<Utc>,
    pub(crate) status: u16,
    pub(crate) etag: Option<&'a str>,
    pub(crate) bytes: Option<u64>,
    pub(crate) mention: Mention,
}

/// The record of an answer (Logboek Dataverwerkingen).
pub(crate) fn processing(answered: &Answered<'_>, release: &str, activity: &Activity) -> Value {
    let Answered { trace, method, route, start, status, etag, bytes, mention } = answered;
    let features: Vec<Value> = mention.areas.iter().map(|code| json!({ "feature_id": code })).collect();
    let mut attributes = json!({
        "dpl.core.processing_activity_id": activity.processing_activity,
        "dpl.objects.dataset": [{ "dataset_id": release, "feature": features }],
        "http.response.status_code": status,
    });
    if let Value::Object(members) = &mut attributes {
        put(members, "dpl.objects.algorithm_id", activity.algorithm.as_deref());
        put(members, "http.response.etag", *etag);
        put(members, "http.response.body.size", *bytes);
        put(members, "zichtlijn.purpose", mention.purpose.as_deref());
    }
    let mut record = traced(*trace);
    record.insert("name".to_owned(), format!("{method} {route}").into());
    record.insert("status".to_owned(), if *status < 400 { "Ok" } else { "Error" }.into());
    record.insert("start_time".to_owned(), start.timestamp_millis().into());
    record.insert("end_time".to_owned(), clock::now().timestamp_millis().into());
    record.insert("resource".to_owned(), service());
    record.insert("attributes".to_owned(), attributes);
    record.into()
}

/// The record of a decision (Authorization Decision Log).
pub(crate) fn access(
    decision: &Decision,
    trace: Trace,
    method: &Method,
    route: &str,
    moment: DateTime<Utc>,
    peer: Option<IpAddr>,
    configuration: &str,
) -> Value {
    let (subject, response) = match &decision.outcome {
        Ok(reader) => {
            let scope = match &reader.scope {
                Scope::Everywhere => json!("everywhere"),
                Scope::Within(codes) => json!(codes),
            };
            let context = json!({ "tier": reader.tier.name(), "scope": scope });
            (reader.subject.as_deref().unwrap_or("everyone"), json!({ "decision": true, "context": context }))
        }
        Err(refusal) => ("unproven", json!({ "decision": false, "context": { "reason": refusal.code() } })),
    };
    let mut record = traced(trace);
    record.insert("event_name".to_owned(), "adl.access_evaluation".into());
    record.insert("timestamp".to_owned(), clock::written(moment).into());
    record.insert("status".to_owned(), "Ok".into());
    let request = json!({
        "subject": { "type": decision.means, "id": subject },
        "action": { "name": method.as_str() },
        "resource": { "type": "route", "id": route },
    });
    record.insert("adl.core.request".to_owned(), request);
    record.insert("adl.core.response".to_owned(), response);
    record.insert(
        "adl.core.policies".to_owned(),
        json!([{ "id": "zichtlijn/door", "version": env!("CARGO_PKG_VERSION") }]),
    );
    record.insert("adl.core.configuration".to_owned(), json!({ "sha256": configuration }));
    if let Some(peer) = peer {
        record.insert("adl.core.information".to_owned(), json!({ "network": network(peer) }));
    }
    record.into()
}

/// The record of something that an operator, or the program itself, did.
pub(crate) fn administration(action: &str, actor: &str, result: &str, details: Value) -> Value {
    json!({
        "action": action, "actor": actor, "result": result, "details": details,
        "timestamp": clock::written(clock::now()), "resource": service(),
    })
}

/// The record of a stream that was not closed in order.
pub(super) fn found(stream: Stream, remark: &Remark) -> Value {
    let (result, mut details) = match remark {
        Remark::Torn { file, bytes } => ("torn_record_set_aside", json!({ "file": file, "bytes": bytes })),
        Remark::Unanswered { from, to } => {
            ("records_after_the_checkpoint", json!({ "from": from, "to": to }))
        }
        Remark::NoCheckpoint => ("checkpoint_lost", json!({})),
    };
    details["stream"] = stream.name().into();
    administration("log.opened", "program", result, details)
}

fn traced(trace: Trace) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert("trace_id".to_owned(), trace.id().to_string().into());
    record.insert("span_id".to_owned(), trace.span().to_string().into());
    put(&mut record, "parent_span_id", trace.parent().map(|span| span.to_string()));
    record
}

fn put(members: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value.into());
    }
}

fn service() -> Value {
    json!({ "service.name": "zichtlijn", "service.version": env!("CARGO_PKG_VERSION") })
}

/// The network that an address is in: enough to see where misuse comes from, too little to be someone.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cut_down_to_networks() {
        for (address, expected) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2::77", "2001:db8:1::/48"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
