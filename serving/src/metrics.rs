//! Figures about the service itself, in the text form of Prometheus, on a listener of their own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::front::Front;

/// Upper bounds of the classes of answering times, in milliseconds.
const BOUNDS: [u64; 9] = [1, 2, 5, 10, 25, 50, 100, 1_000, 10_000];

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    answers: Mutex<BTreeMap<(String, u16), Answers>>,
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    swaps: [AtomicU64; 2],
    shed: AtomicU64,
}

/// Answers of a route with a status.
#[derive(Debug, Default)]
struct Answers {
    /// By time: up to each bound, and longer.
    by_time: [u64; BOUNDS.len() + 1],
    micros: u64,
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn count_answer(&self, route: &str, status: u16, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS.iter().position(|bound| micros <= bound * 1_000).unwrap_or(BOUNDS.len());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let of_route = answers.entry((route.to_owned(), status)).or_default();
        of_route.by_time[class] += 1;
        of_route.micros = of_route.micros.saturating_add(micros);
    }

    /// Counts someone who was not let in.
    pub(crate) fn count_refusal(&self, reason: &'static str) {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
    }

    /// Counts a wish for a new release.
    pub(crate) fn count_swap(&self, done: bool) {
        self.swaps[usize::from(done)].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was turned away because there were too many.
    pub(crate) fn count_shed(&self) {
        self.shed.fetch_add(1, Ordering::Relaxed);
    }

    fn write(&self, text: &mut String) {
        head(text, "zichtlijn_answer_seconds", "histogram", "Time to make an answer");
        for ((route, status), answers) in &*self.answers.lock().unwrap_or_else(PoisonError::into_inner) {
            let labels = format!("route=\"{}\",status=\"{status}\"", escaped(route));
            let mut up_to = 0;
            for (count, bound) in answers.by_time.iter().zip(BOUNDS) {
                up_to += count;
                let bound = bound as f64 / 1e3;
                line(text, &format!("zichtlijn_answer_seconds_bucket{{{labels},le=\"{bound}\"}}"), up_to);
            }
            up_to += answers.by_time[BOUNDS.len()];
            line(text, &format!("zichtlijn_answer_seconds_bucket{{{labels},le=\"+Inf\"}}"), up_to);
            line(text, &format!("zichtlijn_answer_seconds_sum{{{labels}}}"), answers.micros as f64 / 1e6);
            line(text, &format!("zichtlijn_answer_seconds_count{{{labels}}}"), up_to);
        }
        head(text, "zichtlijn_refusals_total", "counter", "Requests with credentials that were refused");
        for (reason, count) in &*self.refusals.lock().unwrap_or_else(PoisonError::into_inner) {
            line(text, &format!("zichtlijn_refusals_total{{reason=\"{reason}\"}}"), count);
        }
        head(text, "zichtlijn_release_swaps_total", "counter", "Wishes for a new release");
        for (result, count) in ["refused", "activated"].iter().zip(&self.swaps) {
            line(
                text,
                &format!("zichtlijn_release_swaps_total{{result=\"{result}\"}}"),
                count.load(Ordering::Relaxed),
            );
        }
        head(text, "zichtlijn_shed_total", "counter", "Requests turned away because there were too many");
        line(text, "zichtlijn_shed_total", self.shed.load(Ordering::Relaxed));
    }
}

/// The router of the listener for figures.
pub(crate) fn router(front: Front) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(front)
}

async fn metrics(State(front): State<Front>) -> Response {
    let mut text = String::new();
    front.metrics().write(&mut text);
    head(&mut text, "zichtlijn_release_info", "gauge", "The release that answers");
    let line_of_releases = front.releases().line();
    let release = &line_of_releases.current;
    let (model, as_of, until) = release.service.model_and_period();
    let labels = format!(
        "bundle_sha256=\"{}\",model=\"{}\",as_of=\"{}\",until=\"{}\"",
        release.sha256,
        escaped(model),
        escaped(as_of),
        escaped(until)
    );
    line(&mut text, &format!("zichtlijn_release_info{{{labels}}}"), 1);
    head(&mut text, "zichtlijn_areas", "gauge", "Areas of the release, over all levels");
    line(&mut text, "zichtlijn_areas", release.service.areas());
    head(&mut text, "zichtlijn_stopped", "gauge", "1 while answers are stopped");
    line(&mut text, "zichtlijn_stopped", u8::from(front.releases().switch.stopped().is_some()));
    if let Some(accounts) = front.accounts() {
        let figures: Vec<_> = accounts.ledger.figures().collect();
        for (i, (name, kind, help)) in [
            ("zichtlijn_log_records", "gauge", "Records in each stream of the log"),
            ("zichtlijn_log_flushes_total", "counter", "Flushes of each stream to disk"),
            ("zichtlijn_log_broken", "gauge", "1 when a stream can no longer be written"),
        ]
        .into_iter()
        .enumerate()
        {
            head(&mut text, name, kind, help);
            for (stream, values) in &figures {
                line(&mut text, &format!("{name}{{stream=\"{}\"}}", stream.name()), values[i]);
            }
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a String cannot fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name} {value}");
}

/// The value of a label, with what the format gives a meaning escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_up_to_each_bound() {
        let metrics = Metrics::default();
        for micros in [500, 1_000, 1_001, 20_000_000] {
            metrics.count_answer("/v1/\"x\"", 200, Duration::from_micros(micros));
        }
        let mut text = String::new();
        metrics.write(&mut text);
        for expected in [
            "{route=\"/v1/\\\"x\\\"\",status=\"200\",le=\"0.001\"} 2\n",
            ",le=\"0.002\"} 3\n",
            ",le=\"10\"} 3\n",
            ",le=\"+Inf\"} 4\n",
            "zichtlijn_answer_seconds_sum{route=\"/v1/\\\"x\\\"\",status=\"200\"} 20.002501\n",
            "zichtlijn_answer_seconds_count{route=\"/v1/\\\"x\\\"\",status=\"200\"} 4\n",
        ] {
            assert!(text.contains(expected), "{expected} {text}");
        }
    }
}
