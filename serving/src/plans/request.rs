//! What a plan is asked for: capacity, share at random, exclusions, cool-down, seed, purpose.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::{Fault, Place, Problem, listed, quoted, text};
use crate::view::View;

const LARGEST_CAPACITY: usize = 1000;
const PURPOSE: std::ops::RangeInclusive<usize> = 10..=500;

/// A request for a plan that was checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    purpose: String,
    capacity: usize,
    #[serde(default)]
    level: String,
    #[serde(default = "a_fifth")]
    random_share: f64,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    within: Option<String>,
    #[serde(default)]
    exclude: BTreeSet<String>,
    #[serde(default)]
    cool_down: Option<CoolDown>,
}

/// Areas that were visited lately are left alone for some days.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoolDown {
    days: u32,
    /// First day of the plan.
    from: NaiveDate,
    visits: Vec<Visit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    code: String,
    date: NaiveDate,
}

fn a_fifth() -> f64 {
    0.2
}

impl Request {
    /// Reads and checks a request.
    ///
    /// # Errors
    /// 400 with the member that is wrong.
    pub(super) fn read(body: &[u8], view: &View) -> Result<Self, Problem> {
        let mut request: Self = serde_json::from_slice(body).map_err(|cause| unreadable(&cause))?;
        let projection = view.projection();
        if request.level.is_empty() {
            let lowest = projection.level(view.facts().level()).or(projection.levels().last());
            request.level = lowest.map(|level| level.name.clone()).unwrap_or_default();
        }
        if projection.level(&request.level).is_none() {
            let levels = listed(projection.levels().iter().map(|level| &level.name));
            return Err(refused("level", &request.level, &levels));
        }
        if !(1..=LARGEST_CAPACITY).contains(&request.capacity) {
            return Err(refused("capacity", &request.capacity.to_string(), &format!("1–{LARGEST_CAPACITY}")));
        }
        if !(0.0..=1.0).contains(&request.random_share) {
            return Err(refused("random_share", &request.random_share.to_string(), "0–1"));
        }
        let purpose = request.purpose.trim();
        if !PURPOSE.contains(&purpose.chars().count()) || purpose.chars().any(char::is_control) {
            return Err(refused(
                "purpose",
                purpose,
                "10–500 tekens zonder regeleinden / characters without line breaks",
            ));
        }
        request.purpose = purpose.to_owned();
        if let Some(code) = request.within.as_deref().filter(|code| projection.area(code).is_none()) {
            return Err(refused("within", code, "/v1/areas"));
        }
        let unknown = request.exclude.iter().find(|code| projection.area(code).is_none());
        if let Some(code) = unknown {
            return Err(refused("exclude", code, "/v1/areas"));
        }
        Ok(request)
    }

    /// What the plan is for.
    pub(super) fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Number of areas.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Level of the areas.
    pub(super) fn level(&self) -> &str {
        &self.level
    }

    /// Share of the capacity that is drawn at random.
    pub(super) fn random_share(&self) -> f64 {
        self.random_share
    }

    /// Seed of the draw.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// Only areas in this one.
    pub(super) fn within(&self) -> Option<&str> {
        self.within.as_deref()
    }

    /// Whether an area is excluded by code.
    pub(super) fn excludes(&self, code: &str) -> bool {
        self.exclude.contains(code)
    }

    /// Whether an area was visited too short before the plan.
    pub(super) fn cools_down(&self, code: &str) -> bool {
        self.cool_down.as_ref().is_some_and(|cool_down| {
            cool_down.visits.iter().filter(|visit| visit.code == code).any(|visit| {
                let days = (cool_down.from - visit.date).num_days();
                (0..i64::from(cool_down.days)).contains(&days)
            })
        })
    }
}

fn unreadable(cause: &serde_json::Error) -> Problem {
    let (line, column) = (cause.line(), cause.column());
    let detail = text(
        format!("Het verzoek is niet te lezen: {cause}. Nodig zijn in elk geval 'purpose' en 'capacity'."),
        format!("The request cannot be read: {cause}. At least 'purpose' and 'capacity' are needed."),
    );
    Problem::invalid(Fault::new(Place::Position { line, column }, "json.invalid", detail))
}

fn refused(member: &str, value: &str, allowed: &str) -> Problem {
    let shown = quoted(value);
    Problem::invalid(Fault::new(
        Place::Member(member.to_owned()),
        "value.not_allowed",
        text(
            format!("De waarde {shown} van '{member}' kan niet. Toegestaan: {allowed}."),
            format!("The value {shown} of '{member}' is not possible. Allowed: {allowed}."),
        ),
    ))
}

/// The JSON Schema of a request, for the OpenAPI document.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["purpose", "capacity"],
        "properties": {
            "purpose": { "type": "string", "minLength": PURPOSE.start(), "maxLength": PURPOSE.end(), "description": "Waarvoor het plan is; komt in het logboek" },
            "capacity": { "type": "integer", "minimum": 1, "maximum": LARGEST_CAPACITY },
            "level": { "type": "string", "description": "Anders het laagste niveau" },
            "random_share": { "type": "number", "minimum": 0, "maximum": 1, "default": a_fifth() },
            "seed": { "type": "integer", "minimum": 0, "default": 0 },
            "within": { "type": "string", "nullable": true, "description": "Alleen gebieden in dit gebied" },
            "exclude": { "type": "array", "items": { "type": "string" }, "description": "Codes van gebieden om over te slaan" },
            "cool_down": {
                "type": "object",
                "nullable": true,
                "additionalProperties": false,
                "required": ["days", "from", "visits"],
                "properties": {
                    "days": { "type": "integer", "minimum": 0 },
                    "from": { "type": "string", "format": "date" },
                    "visits": { "type": "array", "items": {
                        "type": "object", "additionalProperties": false, "required": ["code", "date"],
                        "properties": { "code": { "type": "string" }, "date": { "type": "string", "format": "date" } },
                    } },
                },
            },
        },
        "example": { "purpose": "Weekplan toezicht, week 12", "capacity": 10, "random_share": 0.2, "seed": 12 },
    })
}
