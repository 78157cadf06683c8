//! A bundle's model on new data: are inputs, scores and outcomes still what it was made for?

use evaluation::GroupAttribute;
use evaluation::drift::{
    CalibrationDrift, Column, Dates, Drift, GroupDrift, InputDrift, InputRevision, NotYetKnown, Outcomes,
    Plan, Rule, Shift, Summary, Verdict, calibration_drift, judge, shifts,
};
use evaluation::splits::Split;
use features::asof::{Calendar, Rows, as_of_dates};
use features::tables::Day;
use models::bundle::Bundle;
use models::{AdditiveModel, FeatureKind};

use super::PipelineError;
use super::area_history::home;
use super::groups;
use super::history::History;
use super::load::Sources;
use super::publish::published_level;
use crate::study::Study;

/// Draws of signs behind every limit: enough for one in twenty shared by a hundred tests.
const DRAWS: usize = 9_999;
/// Rows with a known outcome that a group needs before its calibration is shown.
const FEWEST: usize = evaluation::FEWEST_KNOWN as usize;

/// Name of the file in a bundle that keeps what the published rows looked like, for [`monitor`].
pub(super) const FILE: &str = "inputs.json";

/// Every column of the published rows in counts per class, over the whole town.
pub(super) fn summaries(rows: &Rows) -> Vec<Summary> {
    let features = rows.matrix.schema().features.iter().enumerate();
    features.map(|(j, f)| Summary::of(&f.name, rows.matrix.column(j), is_nominal(f))).collect()
}

fn is_nominal(feature: &models::Feature) -> bool {
    matches!(feature.kind, FeatureKind::Nominal { .. })
}

/// Moves the study's time frame on: the new day of extraction, and the last as-of date that it reaches.
///
/// # Errors
/// When the study's own time frame is impossible, or the new day lies before its day of extraction.
pub(crate) fn extend(study: &mut Study, data_until: Day) -> Result<(), PipelineError> {
    let calendar = as_of_dates(&study.file.time)?;
    if data_until < calendar.data_until {
        let (given, until) = (data_until.to_string(), calendar.data_until.to_string());
        return Err(PipelineError::EarlierData { given, until });
    }
    let first = calendar.dates[0];
    let date = |steps: usize| calendar.step.times(u32::try_from(steps).unwrap_or(u32::MAX)).after(first);
    let reached = (calendar.dates.len()..).map(date).take_while(|day| *day <= data_until).last();
    let time = &mut study.file.time;
    time.data_until = data_until.to_string();
    if let Some(last) = reached {
        time.last_as_of = last.to_string();
    }
    Ok(())
}

/// Compares the bundle's date with the newest one, and holds every outcome that became known since against the
/// expectation.
///
/// # Errors
/// When the columns are not those of the model, or nothing exists at a date.
pub(crate) fn monitor(
    study: &Study,
    sources: &Sources,
    bundle: &Bundle,
    before: Day,
    rule: Rule,
) -> Result<Drift, PipelineError> {
    let calendar = since(&sources.calendar, before);
    let history = History::build(study, &sources.loaded.tables, &calendar)?;
    let model = bundle.model();
    model.check(history.plan.schema())?;
    let seen = Seen::new(&history, &calendar, model, before)?;
    let plan = Plan { level: rule.level, tests: seen.tests(), seed: study.file.study.seed, draws: DRAWS };
    let groups = seen.groups(plan);
    let read = |bytes| {
        serde_json::from_slice(bytes).map_err(|cause| PipelineError::AreaHistory { file: FILE, cause })
    };
    let kept: Vec<Summary> = bundle.file(FILE).map(read).transpose()?.unwrap_or_default();
    let mut drift = Drift {
        title: study.file.study.title.clone(),
        model: model.name.clone(),
        bundle: bundle.manifest_sha256().to_owned(),
        before: before.to_string(),
        after: seen.after.map(|at| calendar.dates[at].to_string()),
        data_until: calendar.data_until.to_string(),
        revised: seen.revised(&kept),
        inputs: seen.inputs(plan),
        scores: seen.scores(None, plan),
        closed: seen.closed.iter().map(|at| calendar.dates[*at].to_string()).collect(),
        calibration: seen.calibration(None, plan),
        not_visited: seen.not_visited(),
        not_yet_known: seen.not_yet_known(),
        groups,
        tests: plan.tests as u64,
        rule,
        verdict: Verdict::GoOn,
        reasons: vec![],
    };
    (drift.verdict, drift.reasons) = judge(&drift);
    Ok(drift)
}

/// The dates whose outcome was not known yet when the bundle was made; its own date is one of them.
fn since(calendar: &Calendar, before: Day) -> Calendar {
    let open = |day: &Day| !calendar.is_complete(*day, before) || *day == before;
    Calendar { dates: calendar.dates.iter().copied().filter(open).collect(), ..calendar.clone() }
}

/// The rows of the dates with their scores.
struct Seen<'a> {
    calendar: &'a Calendar,
    history: &'a History<'a>,
    model: &'a AdditiveModel,
    /// Score per row of each date, per unit of exposure.
    rate: Vec<Vec<f64>>,
    /// Published area of each row of each date.
    area: Vec<Vec<u32>>,
    attributes: Vec<GroupAttribute>,
    /// First row of each date in the attributes.
    starts: Vec<usize>,
    /// Position of the bundle's date.
    before: usize,
    /// Position of the new date, if there is one.
    after: Option<usize>,
    /// Positions of the dates whose outcome is known by now.
    closed: Vec<usize>,
}

/// A group: number of its attribute and of itself.
type Group = (usize, u32);

impl<'a> Seen<'a> {
    fn new(
        history: &'a History<'a>,
        calendar: &'a Calendar,
        model: &'a AdditiveModel,
        day: Day,
    ) -> Result<Self, PipelineError> {
        let rows = &history.rows;
        let missing = || PipelineError::NothingToScore(day.to_string());
        let before = calendar.dates.iter().position(|date| *date == day).ok_or_else(missing)?;
        if rows[before].unit.is_empty() {
            return Err(missing());
        }
        let areas = &history.tables.areas;
        let published = published_level(history.study, areas);
        let nowhere = u32::try_from(areas.code.len()).unwrap_or(u32::MAX);
        let area = |rows: &Rows| -> Vec<u32> {
            rows.area.iter().map(|area| home(areas, published, *area).unwrap_or(nowhere)).collect()
        };
        let every_date = |test: usize| Split { train: vec![], known_by: calendar.data_until.0, test };
        let splits: Vec<Split> = (0..rows.len()).map(every_date).collect();
        let starts = rows.iter().scan(0, |start, rows| {
            let this = *start;
            *start += rows.unit.len();
            Some(this)
        });
        Ok(Self {
            calendar,
            history,
            model,
            rate: rows.iter().map(|rows| model.predict(&rows.matrix)).collect(),
            area: rows.iter().map(area).collect(),
            attributes: groups::attributes(history, calendar, &splits)?,
            starts: starts.collect(),
            before,
            after: (rows.len() - 1 > before).then_some(rows.len() - 1),
            closed: (0..rows.len())
                .filter(|at| calendar.is_complete(calendar.dates[*at], calendar.data_until))
                .collect(),
        })
    }

    fn all_groups(&self) -> Vec<Group> {
        let of = |(attribute, groups): (usize, &GroupAttribute)| {
            (0u32..).take(groups.groups.len()).map(move |group| (attribute, group)).collect::<Vec<_>>()
        };
        self.attributes.iter().enumerate().flat_map(of).collect()
    }

    /// Tests that share the level: per column, for the scores and for the calibration, over all and per group.
    fn tests(&self) -> usize {
        let each = 1 + self.all_groups().len();
        let shifts = self.after.map_or(0, |_| self.model.schema.features.len() + each);
        let calibrations = if self.closed.is_empty() { 0 } else { each };
        (shifts + calibrations).max(1)
    }

    /// The rows of a date that lie in the group; all without a group.
    fn rows_of(&self, date: usize, group: Option<Group>) -> Vec<usize> {
        let inside = |row: &usize| {
            group.is_none_or(|(attribute, group)| {
                self.attributes[attribute].of_row[self.starts[date] + row] == Some(group)
            })
        };
        (0..self.history.rows[date].unit.len()).filter(inside).collect()
    }

    fn used(&self, column: usize) -> bool {
        let reads = |term: &models::Term| term.feature == column || term.shape.others().any(|o| o == column);
        self.model.terms.iter().any(reads)
    }

    /// The bundle's own rows as the new data have them.
    fn revised(&self, kept: &[Summary]) -> Vec<InputRevision> {
        let features = self.model.schema.features.iter().enumerate();
        let of = |(column, feature): (usize, &models::Feature)| {
            let summary = kept.iter().find(|summary| summary.name == feature.name)?;
            Some(InputRevision {
                label: feature.label.clone(),
                used: self.used(column),
                revision: summary.revision(self.history.rows[self.before].matrix.column(column)),
            })
        };
        features.filter_map(of).collect()
    }

    fn inputs(&self, plan: Plan) -> Vec<InputDrift> {
        let Some(after) = self.after else { return vec![] };
        let features = &self.model.schema.features;
        let of = |date: usize, column: usize| self.history.rows[date].matrix.column(column);
        let columns: Vec<Column<'_>> = features
            .iter()
            .enumerate()
            .map(|(j, feature)| Column {
                name: &feature.name,
                before: of(self.before, j),
                after: of(after, j),
                categories: is_nominal(feature),
            })
            .collect();
        let dates = Dates { before: &self.area[self.before], after: &self.area[after] };
        let shifts = shifts(dates, &columns, plan);
        let drift = |(j, shift): (usize, Shift)| InputDrift {
            label: features[j].label.clone(),
            used: self.used(j),
            shift,
        };
        shifts.into_iter().enumerate().map(drift).collect()
    }

    fn scores(&self, group: Option<Group>, plan: Plan) -> Option<Shift> {
        let after = self.after?;
        let side = |date: usize| {
            let rows = self.rows_of(date, group);
            let rate: Vec<f32> = rows.iter().map(|row| self.rate[date][*row] as f32).collect();
            let area: Vec<u32> = rows.iter().map(|row| self.area[date][*row]).collect();
            (area, rate)
        };
        let (before, after) = (side(self.before), side(after));
        if before.1.is_empty() || after.1.is_empty() {
            return None;
        }
        let dates = Dates { before: &before.0, after: &after.0 };
        let column = Column { name: "score", before: &before.1, after: &after.1, categories: false };
        shifts(dates, &[column], plan).pop()
    }

    /// Whether what is known of a row counts, as it did in training.
    fn counts(&self, date: usize, row: usize) -> bool {
        self.history.study.file.counts(self.history.rows[date].outcome[row])
    }

    fn calibration(&self, group: Option<Group>, plan: Plan) -> Option<CalibrationDrift> {
        let (mut expected, mut found, mut area) = (vec![], vec![], vec![]);
        for &date in &self.closed {
            let rows = &self.history.rows[date];
            for row in self.rows_of(date, group).into_iter().filter(|row| self.counts(date, *row)) {
                expected.push(self.rate[date][row] * rows.exposure[row]);
                found.push(rows.outcome[row].finds());
                area.push(self.area[date][row]);
            }
        }
        let enough = group.is_none() || found.len() >= FEWEST;
        enough
            .then(|| calibration_drift(Outcomes { expected: &expected, found: &found, area: &area }, plan))?
    }

    fn not_visited(&self) -> u64 {
        let of = |date: &usize| {
            (0..self.history.rows[*date].unit.len()).filter(|row| !self.counts(*date, *row)).count() as u64
        };
        self.closed.iter().map(of).sum()
    }

    fn not_yet_known(&self) -> Vec<NotYetKnown> {
        let open = |date: &usize| !self.closed.contains(date);
        let of = |date: usize| NotYetKnown {
            as_of: self.calendar.dates[date].to_string(),
            known_on: self.calendar.complete_on(self.calendar.dates[date]).to_string(),
            rows: self.history.rows[date].unit.len() as u64,
        };
        (0..self.history.rows.len()).filter(open).map(of).collect()
    }

    fn groups(&self, plan: Plan) -> Vec<GroupDrift> {
        let of = |group: Group| {
            let attribute = &self.attributes[group.0];
            GroupDrift {
                attribute: attribute.label.clone(),
                group: attribute.groups[group.1 as usize].clone(),
                scores: self.scores(Some(group), plan),
                calibration: self.calibration(Some(group), plan),
            }
        };
        self.all_groups().into_iter().map(of).collect()
    }
}
