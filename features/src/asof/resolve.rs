//! Looking names and settings of the study up in the tables, with messages that say what to do instead.

use models::schema::FeatureKind;

use super::cohort::Exposure;
use super::papers::{Cell, Where};
use super::plan::{StepKind, TargetPlan};
use super::records::{OutcomeIs, RecordSource, Records, Value};
use super::{AsofError, Span};
use crate::spec::{Aggregate, FeatureSpec, Over, Target, UnitOfStudy};
use crate::tables::{Column, Tables};

pub(crate) type Categories = Vec<String>;

pub(crate) fn published(
    spec: &FeatureSpec,
    tables: &Tables,
) -> Result<(StepKind, Where, Categories), AsofError> {
    refuse_gathering(spec)?;
    let place = format!("feature `{}`", spec.name);
    let source = spec.source.as_deref().ok_or_else(|| {
        AsofError::feature(&spec.name, "it reads published figures, so it needs `source`: a figures source")
    })?;
    let (figures, column) = figure_column(tables, source, needed_column(spec)?, &place)?;
    let level = level(spec, tables)?;
    let categories = tables.figures[figures].columns[column].categories.clone();
    Ok((StepKind::Published { figures, column, level }, Where::Area(level_name(tables, level)), categories))
}

/// Positions of a figures source and one of its columns.
pub(crate) fn figure_column(
    tables: &Tables,
    source: &str,
    column: &str,
    place: &str,
) -> Result<(usize, usize), AsofError> {
    let figures = tables.figures.iter().position(|f| f.source == source).ok_or_else(|| {
        let known: Vec<&str> = tables.figures.iter().map(|f| f.source.as_str()).collect();
        AsofError::no_such(place.to_owned(), "figures source", source, &known)
    })?;
    let at = column_at(&tables.figures[figures].columns, column, place)?;
    Ok((figures, at))
}

fn column_at(columns: &[Column], name: &str, place: &str) -> Result<usize, AsofError> {
    columns.iter().position(|c| c.name == name).ok_or_else(|| {
        let known: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        AsofError::no_such(place.to_owned(), "column", name, &known)
    })
}

pub(crate) fn record_source(name: &str, tables: &Tables, place: &str) -> Result<RecordSource, AsofError> {
    let events = tables.events.iter().position(|e| e.source == name).map(RecordSource::Events);
    let visits = || tables.visits.iter().position(|v| v.source == name).map(RecordSource::Visits);
    events.or_else(visits).ok_or_else(|| {
        let events = tables.events.iter().map(|e| e.source.as_str());
        let known: Vec<&str> = events.chain(tables.visits.iter().map(|v| v.source.as_str())).collect();
        AsofError::no_such(place.to_owned(), "events or visits source", name, &known)
    })
}

pub(crate) fn gathered_value(
    spec: &FeatureSpec,
    source: RecordSource,
    tables: &Tables,
) -> Result<Option<Value>, AsofError> {
    let reads_column = matches!(spec.from, Aggregate::Mean | Aggregate::Sum | Aggregate::Last);
    let Some(name) = spec.column.as_deref() else {
        return if reads_column { needed_column(spec).map(|_| None) } else { Ok(None) };
    };
    if !reads_column {
        return Err(AsofError::feature(
            &spec.name,
            format!(
                "this aggregate reads no column; leave out `column = \"{name}\"`, or use `from = \"sum\"`"
            ),
        ));
    }
    let outcome = OutcomeIs::NAMES.iter().find(|n| n.0 == name).map(|n| n.1);
    if let (RecordSource::Visits(_), Some(is)) = (source, outcome) {
        return Ok(Some(Value::Outcome(is)));
    }
    let columns = Records::of(tables, source).map_or(&[][..], |r| r.columns);
    let at = column_at(columns, name, &format!("feature `{}`", spec.name))?;
    if !columns[at].categories.is_empty() && spec.from != Aggregate::Last {
        return Err(AsofError::feature(
            &spec.name,
            format!("`{name}` holds categories, which cannot be added up; use `from = \"last\"`"),
        ));
    }
    Ok(Some(Value::Column(at)))
}

pub(crate) fn check_gather(spec: &FeatureSpec) -> Result<(), AsofError> {
    let fail = |problem: &str| Err(AsofError::feature(&spec.name, problem));
    if (spec.over == Over::Radius) == spec.radii.is_empty() {
        return fail("`radii` and `over = \"radius\"` go together: give both or neither");
    }
    if spec.radii.iter().any(|r| !(r.is_finite() && *r > 0.0)) {
        return fail("a radius must be a number of metres above 0");
    }
    if spec.over == Over::Radius {
        refuse_level(spec)?;
    }
    if let Some(decay) = spec.decay_metres {
        if spec.over != Over::Radius {
            return fail("`decay_metres` needs `over = \"radius\"`");
        }
        if !(decay.is_finite() && decay > 0.0) {
            return fail("`decay_metres` must be a number of metres above 0");
        }
        if !matches!(spec.from, Aggregate::Count | Aggregate::Sum | Aggregate::Mean) {
            return fail("`decay_metres` goes with count, sum and mean only");
        }
    }
    let divides = matches!(spec.from, Aggregate::Count | Aggregate::Sum | Aggregate::ShrunkenRate);
    if spec.per_exposure && !divides {
        return fail("`per_exposure` goes with count and sum only");
    }
    Ok(())
}

pub(crate) fn refuse_gathering(spec: &FeatureSpec) -> Result<(), AsofError> {
    let key = match spec {
        s if s.over == Over::Radius => "over = \"radius\"",
        s if !s.radii.is_empty() => "radii",
        s if !s.windows.is_empty() => "windows",
        s if s.decay_metres.is_some() => "decay_metres",
        s if s.per_exposure => "per_exposure",
        _ => return Ok(()),
    };
    Err(AsofError::feature(&spec.name, format!("`{key}` goes with gathered events only; leave it out")))
}

pub(crate) fn refuse_level(spec: &FeatureSpec) -> Result<(), AsofError> {
    match &spec.level {
        Some(level) => Err(AsofError::feature(
            &spec.name,
            format!("`level = \"{level}\"` goes with `over = \"area\"` only"),
        )),
        None => Ok(()),
    }
}

pub(crate) fn needed_column(spec: &FeatureSpec) -> Result<&str, AsofError> {
    spec.column
        .as_deref()
        .ok_or_else(|| AsofError::feature(&spec.name, "it needs `column`: which one to read"))
}

pub(crate) fn check_name(spec: &FeatureSpec) -> Result<(), AsofError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if spec.name.is_empty() || !spec.name.chars().all(plain) {
        return Err(AsofError::feature(
            &spec.name,
            "a name has lower case letters, digits and underscores only",
        ));
    }
    Ok(())
}

pub(crate) fn level(spec: &FeatureSpec, tables: &Tables) -> Result<u8, AsofError> {
    let levels = &tables.areas.levels;
    let at = match &spec.level {
        None => 0,
        Some(name) => levels.iter().position(|l| l == name).ok_or_else(|| {
            let known: Vec<&str> = levels.iter().map(String::as_str).collect();
            AsofError::no_such(format!("feature `{}`", spec.name), "area level", name, &known)
        })?,
    };
    u8::try_from(at).map_err(|e| AsofError::feature(&spec.name, format!("more than 256 area levels: {e}")))
}

pub(crate) fn level_name(tables: &Tables, level: u8) -> String {
    tables.areas.levels.get(usize::from(level)).cloned().unwrap_or_default()
}

pub(crate) fn windows(spec: &FeatureSpec) -> Result<Vec<Span>, AsofError> {
    let place = format!("feature `{}`, windows", spec.name);
    spec.windows
        .iter()
        .map(|text| match Span::parse(text, &place)? {
            span if span.is_zero() => {
                Err(AsofError::feature(&spec.name, format!("window `{text}` is no time at all")))
            }
            span => Ok(span),
        })
        .collect()
}

/// The columns of a feature: radii, and within each radius the windows.
pub(crate) fn cells(spec: &FeatureSpec) -> Result<Vec<Cell>, AsofError> {
    let some_or_none = |n: usize| if n == 0 { 1 } else { n };
    let windows = windows(spec)?;
    let (radii, spans) = (some_or_none(spec.radii.len()), some_or_none(windows.len()));
    Ok((0..radii)
        .flat_map(|r| (0..spans).map(move |w| (r, w)))
        .map(|(r, w)| Cell { radius: spec.radii.get(r).copied(), window: windows.get(w).copied() })
        .collect())
}

pub(crate) fn feature_kind(spec: &FeatureSpec, categories: Categories) -> FeatureKind {
    match spec.from {
        _ if !categories.is_empty() => FeatureKind::Nominal { categories },
        Aggregate::Count if !spec.per_exposure => FeatureKind::Count,
        Aggregate::Count | Aggregate::Sum if spec.per_exposure => FeatureKind::Rate,
        Aggregate::ShrunkenRate => FeatureKind::Rate,
        Aggregate::Any => FeatureKind::Flag,
        _ => FeatureKind::Continuous,
    }
}

pub(crate) fn exposure(unit: UnitOfStudy, target: &Target, tables: &Tables) -> Result<Exposure, AsofError> {
    if target.exposure == "one" {
        return Ok(Exposure::One);
    }
    let columns = match unit {
        UnitOfStudy::Pand => &tables.units.columns,
        UnitOfStudy::Area => &tables.areas.columns,
    };
    let at = column_at(columns, &target.exposure, "[target] exposure")?;
    if columns[at].categories.is_empty() {
        Ok(Exposure::Column(at))
    } else {
        Err(AsofError::BadTarget(format!(
            "exposure `{}` holds categories; name a numeric column, or \"one\"",
            target.exposure
        )))
    }
}

pub(crate) fn target_plan(target: &Target, tables: &Tables) -> Result<TargetPlan, AsofError> {
    if target.events.is_none() && target.visits.is_none() {
        return Err(AsofError::BadTarget(
            "names neither `events` nor `visits`; name at least one".to_owned(),
        ));
    }
    let events = match &target.events {
        None => None,
        Some(name) => Some(tables.events.iter().position(|e| e.source == *name).ok_or_else(|| {
            let known: Vec<&str> = tables.events.iter().map(|e| e.source.as_str()).collect();
            AsofError::no_such("[target] events".to_owned(), "events source", name, &known)
        })?),
    };
    let value = match (&target.value, events) {
        (None, _) => None,
        (Some(name), Some(e)) => {
            Some(Value::Column(column_at(&tables.events[e].columns, name, "[target] value")?))
        }
        (Some(name), None) => {
            return Err(AsofError::BadTarget(format!(
                "value `{name}` needs `events`: the source that has it"
            )));
        }
    };
    let visits = match &target.visits {
        None => None,
        Some(name) => Some(tables.visits.iter().position(|v| v.source == *name).ok_or_else(|| {
            let known: Vec<&str> = tables.visits.iter().map(|v| v.source.as_str()).collect();
            AsofError::no_such("[target] visits".to_owned(), "visits source", name, &known)
        })?),
    };
    Ok(TargetPlan {
        events: events.map(RecordSource::Events),
        value,
        visits: visits.map(RecordSource::Visits),
        unseen: target.unseen,
    })
}

/// Counts must be numbers of things; what the target adds up must be whole.
pub(crate) fn check_counts(
    tables: &Tables,
    source: RecordSource,
    is_target: bool,
    value: Option<Value>,
) -> Result<(), AsofError> {
    let Some(records) = Records::of(tables, source) else { return Ok(()) };
    let bad = |row: usize, problem: String| {
        Err(AsofError::BadValue { origin: records.name.to_owned(), row: row + 1, problem })
    };
    for i in 0..records.len() {
        let count = records.count(i);
        if !(count.is_finite() && count >= 0.0) {
            return bad(
                i,
                format!(
                    "count is {count}; it must be 0 or more: fill it in, or leave such rows out of the source with `only`"
                ),
            );
        }
        if !is_target {
            continue;
        }
        let found = value.map_or(count, |v| f64::from(records.value(v, i)));
        if !found.is_nan() && (found < 0.0 || found.fract() != 0.0 || found > f64::from(u32::MAX)) {
            return bad(i, format!("{found} finds; the target needs whole numbers of 0 or more"));
        }
    }
    Ok(())
}

/// Names of all sources, columns and categories, in order.
pub(crate) fn shape(tables: &Tables) -> Vec<String> {
    let mut shape = vec![format!("levels {}", tables.areas.levels.join(","))];
    let mut add = |source: &str, columns: &[Column]| {
        shape.push(source.to_owned());
        shape.extend(columns.iter().map(|c| format!("{source}.{} [{}]", c.name, c.categories.join(","))));
    };
    add("areas", &tables.areas.columns);
    add("units", &tables.units.columns);
    tables.events.iter().for_each(|e| add(&e.source, &e.columns));
    tables.visits.iter().for_each(|v| add(&v.source, &v.columns));
    tables.figures.iter().for_each(|f| add(&f.source, &f.columns));
    shape
}
