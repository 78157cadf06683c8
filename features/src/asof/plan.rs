//! From the feature language to a plan: every name resolved, every column described.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use models::schema::{Feature, FeatureKind, Schema};

use super::cohort::Exposure;
use super::index::Index;
use super::pairs::Reach;
use super::papers::{self, Cell, Where};
use super::records::{OutcomeIs, RecordSource, Records, Value};
use super::{AsofError, Calendar, Span};
use crate::spec::{Aggregate, FeatureSpec, Over, Target, UnitOfStudy, Unseen};
use crate::tables::{Column, Tables};

/// Compiled features: which column comes from which table, all names resolved.
///
/// A plan remembers which places lie near which events, so asking it for many as-of dates of the same
/// tables is much cheaper than making a plan for each.
#[derive(Debug)]
pub struct Plan {
    pub(crate) study: UnitOfStudy,
    pub(crate) exposure: Exposure,
    pub(crate) calendar: Calendar,
    pub(crate) target: TargetPlan,
    pub(crate) steps: Vec<Step>,
    /// The sources that the features and the target gather from, with the radii asked of each.
    pub(crate) gathered: Vec<(RecordSource, Reach)>,
    schema: Schema,
    shape: Vec<String>,
    pub(crate) index: Mutex<Option<Arc<Index>>>,
}

/// One feature of the study: its columns stand together in the matrix.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    /// Whether each value column is followed by a 0/1 column.
    pub(crate) missing_flag: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum StepKind {
    Gather(Gather),
    /// A plain column, or (`years`) years since the year in it.
    Plain {
        from: Plain,
        column: usize,
        years: bool,
    },
    /// The newest published figure, of the row's area at a level.
    Published {
        figures: usize,
        column: usize,
        level: u8,
    },
}

/// Which table holds a plain column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plain {
    /// The row's own record (occurrence of the unit, or the area in an area study).
    Own,
    /// The row's area at a level.
    Area(u8),
}

/// Records gathered per group of rows, radius and window.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    pub(crate) source: RecordSource,
    pub(crate) aggregate: Aggregate,
    pub(crate) value: Option<Value>,
    pub(crate) around: Around,
    /// In the order of the columns; empty means all of history.
    pub(crate) windows: Vec<Span>,
    /// In the order of the columns; empty unless `around` is a radius.
    pub(crate) radii: Vec<f64>,
    pub(crate) decay: Option<f64>,
    pub(crate) per_exposure: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    Unit,
    Area(u8),
    Radius,
}

/// What the outcome is made of.
#[derive(Clone, Debug)]
pub(crate) struct TargetPlan {
    pub(crate) events: Option<RecordSource>,
    pub(crate) value: Option<Value>,
    pub(crate) visits: Option<RecordSource>,
    pub(crate) unseen: Unseen,
}

impl Plan {
    /// Resolves the features and the target of a study against its tables.
    ///
    /// # Errors
    /// When a source, column or level does not exist (the message suggests the nearest name), when a
    /// feature combines settings that have no meaning together, when two columns get one name, or when a
    /// count in a source is not a number of things.
    pub fn new(
        unit: UnitOfStudy,
        features: &[FeatureSpec],
        target: &Target,
        calendar: &Calendar,
        tables: &Tables,
    ) -> Result<Self, AsofError> {
        let mut plan = Self {
            study: unit,
            exposure: exposure(unit, target, tables)?,
            calendar: calendar.clone(),
            target: target_plan(target, tables)?,
            steps: Vec::new(),
            gathered: Vec::new(),
            schema: Schema::default(),
            shape: shape(tables),
            index: Mutex::new(None),
        };
        for source in [plan.target.events, plan.target.visits].into_iter().flatten() {
            plan.gather_from(source, &[], None);
        }
        for spec in features {
            plan.add(spec, tables)?;
        }
        let mut names = BTreeSet::new();
        for feature in &plan.schema.features {
            if !names.insert(&feature.name) {
                return Err(AsofError::feature(
                    &feature.name,
                    "two columns get this name; give one of the features another name, or leave out the double radius or window",
                ));
            }
        }
        for (source, _) in &plan.gathered {
            check_counts(tables, *source, plan.target.events == Some(*source), plan.target.value)?;
        }
        Ok(plan)
    }

    /// The columns that [`Plan::rows`] gives, with their passports completed.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The time frame that the plan was made with.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Tables may change their rows, not their sources, columns and categories.
    pub(crate) fn check_tables(&self, tables: &Tables) -> Result<(), AsofError> {
        let shape = shape(tables);
        match self.shape.iter().zip(&shape).find(|(a, b)| a != b) {
            Some((was, is)) => Err(AsofError::OtherTables(format!("`{was}` has become `{is}`"))),
            None if shape.len() != self.shape.len() => Err(AsofError::OtherTables(format!(
                "{} columns have become {}",
                self.shape.len(),
                shape.len()
            ))),
            None => Ok(()),
        }
    }

    fn add(&mut self, spec: &FeatureSpec, tables: &Tables) -> Result<(), AsofError> {
        check_name(spec)?;
        let (kind, place, nominal) = match spec.from {
            Aggregate::Column | Aggregate::YearsSince => self.plain(spec, tables)?,
            Aggregate::Published => published(spec, tables)?,
            _ => self.gather(spec, tables)?,
        };
        let cells = cells(spec)?;
        self.steps.push(Step { kind, missing_flag: spec.missing_flag });
        for cell in cells {
            let name = papers::column_name(&spec.name, cell);
            let feature = Feature {
                label: papers::column_label(spec, cell),
                unit: spec.unit.clone(),
                kind: feature_kind(spec, nominal.clone()),
                passport: papers::passport(spec, &place, cell),
                name,
            };
            let flag = spec.missing_flag.then(|| Feature {
                name: format!("{}_missing", feature.name),
                label: papers::missing_label(&feature.label),
                unit: String::new(),
                kind: FeatureKind::Flag,
                passport: papers::missing_passport(&feature.passport, &feature.name),
            });
            self.schema.features.push(feature);
            self.schema.features.extend(flag);
        }
        Ok(())
    }

    fn gather_from(&mut self, source: RecordSource, radii: &[f64], decay: Option<f64>) {
        let at = match self.gathered.iter().position(|g| g.0 == source) {
            Some(at) => at,
            None => {
                self.gathered.push((source, Reach::default()));
                self.gathered.len() - 1
            }
        };
        if !radii.is_empty() {
            self.gathered[at].1.add(radii, decay);
        }
    }

    fn gather(
        &mut self,
        spec: &FeatureSpec,
        tables: &Tables,
    ) -> Result<(StepKind, Where, Categories), AsofError> {
        let place = format!("feature `{}`", spec.name);
        let name = spec.source.as_deref().ok_or_else(|| {
            AsofError::feature(
                &spec.name,
                "it gathers events, so it needs `source`: an events or visits source",
            )
        })?;
        let source = record_source(name, tables, &place)?;
        let value = gathered_value(spec, source, tables)?;
        check_gather(spec)?;
        let (around, place) = match (spec.over, self.study) {
            (Over::Radius, _) => (Around::Radius, Where::Radius),
            (Over::Unit, UnitOfStudy::Pand) => {
                refuse_level(spec)?;
                (Around::Unit, Where::Unit)
            }
            (Over::Unit, UnitOfStudy::Area) => {
                refuse_level(spec)?;
                (Around::Area(0), Where::Area(level_name(tables, 0)))
            }
            (Over::Area, _) => {
                let level = level(spec, tables)?;
                (Around::Area(level), Where::Area(level_name(tables, level)))
            }
        };
        self.gather_from(source, &spec.radii, spec.decay_metres);
        let categories = match (value, Records::of(tables, source)) {
            (Some(Value::Column(c)), Some(records)) => records.columns[c].categories.clone(),
            _ => Vec::new(),
        };
        let gather = Gather {
            source,
            aggregate: spec.from,
            value,
            around,
            windows: windows(spec)?,
            radii: spec.radii.clone(),
            decay: spec.decay_metres,
            per_exposure: spec.per_exposure,
        };
        Ok((StepKind::Gather(gather), place, categories))
    }

    fn plain(&self, spec: &FeatureSpec, tables: &Tables) -> Result<(StepKind, Where, Categories), AsofError> {
        refuse_gathering(spec)?;
        if let Some(source) = &spec.source {
            return Err(AsofError::feature(
                &spec.name,
                format!("a plain column has no source; leave out `source = \"{source}\"`"),
            ));
        }
        let column = needed_column(spec)?;
        let areas = &tables.areas.columns;
        let own = match self.study {
            UnitOfStudy::Pand => &tables.units.columns,
            UnitOfStudy::Area => areas,
        };
        let position = |columns: &[Column]| columns.iter().position(|c| c.name == column);
        let (from, at, place, columns) = match (spec.over, position(own)) {
            (Over::Unit, Some(at)) if spec.level.is_none() => {
                let place = match self.study {
                    UnitOfStudy::Pand => Where::Unit,
                    UnitOfStudy::Area => Where::Area(level_name(tables, 0)),
                };
                (Plain::Own, at, place, own)
            }
            _ => {
                let at = position(areas).ok_or_else(|| {
                    let known = own.iter().chain(areas).map(|c| c.name.as_str()).collect::<Vec<_>>();
                    AsofError::no_such(format!("feature `{}`", spec.name), "plain column", column, &known)
                })?;
                let level = level(spec, tables)?;
                (Plain::Area(level), at, Where::Area(level_name(tables, level)), areas)
            }
        };
        let categories = columns[at].categories.clone();
        let years = spec.from == Aggregate::YearsSince;
        if years && !categories.is_empty() {
            return Err(AsofError::feature(&spec.name, format!("`{column}` holds categories, not years")));
        }
        Ok((StepKind::Plain { from, column: at, years }, place, categories))
    }
}

type Categories = Vec<String>;

fn published(spec: &FeatureSpec, tables: &Tables) -> Result<(StepKind, Where, Categories), AsofError> {
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

fn record_source(name: &str, tables: &Tables, place: &str) -> Result<RecordSource, AsofError> {
    let events = tables.events.iter().position(|e| e.source == name).map(RecordSource::Events);
    let visits = || tables.visits.iter().position(|v| v.source == name).map(RecordSource::Visits);
    events.or_else(visits).ok_or_else(|| {
        let events = tables.events.iter().map(|e| e.source.as_str());
        let known: Vec<&str> = events.chain(tables.visits.iter().map(|v| v.source.as_str())).collect();
        AsofError::no_such(place.to_owned(), "events or visits source", name, &known)
    })
}

fn gathered_value(
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

fn check_gather(spec: &FeatureSpec) -> Result<(), AsofError> {
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

fn refuse_gathering(spec: &FeatureSpec) -> Result<(), AsofError> {
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

fn refuse_level(spec: &FeatureSpec) -> Result<(), AsofError> {
    match &spec.level {
        Some(level) => Err(AsofError::feature(
            &spec.name,
            format!("`level = \"{level}\"` goes with `over = \"area\"` only"),
        )),
        None => Ok(()),
    }
}

fn needed_column(spec: &FeatureSpec) -> Result<&str, AsofError> {
    spec.column
        .as_deref()
        .ok_or_else(|| AsofError::feature(&spec.name, "it needs `column`: which one to read"))
}

fn check_name(spec: &FeatureSpec) -> Result<(), AsofError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if spec.name.is_empty() || !spec.name.chars().all(plain) {
        return Err(AsofError::feature(
            &spec.name,
            "a name has lower case letters, digits and underscores only",
        ));
    }
    Ok(())
}

fn level(spec: &FeatureSpec, tables: &Tables) -> Result<u8, AsofError> {
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

fn level_name(tables: &Tables, level: u8) -> String {
    tables.areas.levels.get(usize::from(level)).cloned().unwrap_or_default()
}

fn windows(spec: &FeatureSpec) -> Result<Vec<Span>, AsofError> {
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
fn cells(spec: &FeatureSpec) -> Result<Vec<Cell>, AsofError> {
    let some_or_none = |n: usize| if n == 0 { 1 } else { n };
    let windows = windows(spec)?;
    let (radii, spans) = (some_or_none(spec.radii.len()), some_or_none(windows.len()));
    Ok((0..radii)
        .flat_map(|r| (0..spans).map(move |w| (r, w)))
        .map(|(r, w)| Cell { radius: spec.radii.get(r).copied(), window: windows.get(w).copied() })
        .collect())
}

fn feature_kind(spec: &FeatureSpec, categories: Categories) -> FeatureKind {
    match spec.from {
        _ if !categories.is_empty() => FeatureKind::Nominal { categories },
        Aggregate::Count if !spec.per_exposure => FeatureKind::Count,
        Aggregate::Any => FeatureKind::Flag,
        _ => FeatureKind::Continuous,
    }
}

fn exposure(unit: UnitOfStudy, target: &Target, tables: &Tables) -> Result<Exposure, AsofError> {
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

fn target_plan(target: &Target, tables: &Tables) -> Result<TargetPlan, AsofError> {
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
fn check_counts(
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
            return bad(i, format!("count is {count}; it must be 0 or more"));
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
fn shape(tables: &Tables) -> Vec<String> {
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
