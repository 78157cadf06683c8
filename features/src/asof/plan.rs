//! From the feature language to a plan: every name resolved, every column described.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use models::schema::{Feature, FeatureKind, Schema};

use super::cohort::Exposure;
use super::columns::Room;
use super::index::Index;
use super::pairs::Reach;
use super::papers::{self, Where};
use super::records::{RecordSource, Records, Value};
use super::resolve::{
    Categories, cells, check_counts, check_gather, check_name, exposure, feature_kind, gathered_value, level,
    level_name, needed_column, published, record_source, refuse_gathering, refuse_level, shape, target_plan,
    windows,
};
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
    pub(crate) room: Room,
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
            room: Room::default(),
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
