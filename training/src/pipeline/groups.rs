//! Audit attributes as groups of test rows. They are computed as-of by the same code as features, and go
//! nowhere but into the fairness chapter.

use evaluation::GroupAttribute;
use evaluation::splits::Split;
use features::asof::{Calendar, Plan};
use features::spec::{Aggregate, FeatureSpec, Over};
use models::{FeatureKind, Passport, Text};

use super::PipelineError;
use super::history::History;
use crate::study::Audit;

/// One attribute per `[[audit]]` entry, with the group of every test row, split after split.
pub(crate) fn attributes(
    history: &History<'_>,
    calendar: &Calendar,
    splits: &[Split],
) -> Result<Vec<GroupAttribute>, PipelineError> {
    let file = &history.study.file;
    if file.audit.is_empty() {
        return Ok(vec![]);
    }
    let specs: Vec<FeatureSpec> = file.audit.iter().map(as_feature).collect();
    let plan = Plan::new(file.study.unit, &specs, &file.target, calendar, history.tables)?;
    let mut values: Vec<Vec<f32>> = vec![vec![]; specs.len()];
    for split in splits {
        let rows = plan.rows(history.tables, calendar.dates[split.test])?;
        for (j, column) in values.iter_mut().enumerate() {
            column.extend_from_slice(rows.matrix.column(j));
        }
    }
    let kinds = plan.schema().features.iter().map(|f| &f.kind);
    Ok(file
        .audit
        .iter()
        .zip(kinds)
        .zip(&values)
        .map(|((audit, kind), column)| attribute(audit, kind, column))
        .collect())
}

fn as_feature(audit: &Audit) -> FeatureSpec {
    FeatureSpec {
        name: audit.name.clone(),
        label: audit.label.clone(),
        unit: String::new(),
        from: if audit.source.is_some() { Aggregate::Published } else { Aggregate::Column },
        source: audit.source.clone(),
        column: Some(audit.column.clone()),
        over: if audit.level.is_some() { Over::Area } else { Over::Unit },
        level: audit.level.clone(),
        windows: vec![],
        radii: vec![],
        decay_metres: None,
        per_exposure: false,
        missing_flag: false,
        sign: None,
        passport: Passport::default(),
    }
}

fn attribute(audit: &Audit, kind: &FeatureKind, column: &[f32]) -> GroupAttribute {
    match kind {
        FeatureKind::Nominal { categories } => by_category(audit, categories, column),
        _ => {
            let values: Vec<f64> = column.iter().map(|&x| f64::from(x)).collect();
            #[expect(clippy::cast_possible_truncation, reason = "the study allows at most 20 groups")]
            GroupAttribute::quantiles(&audit.name, audit.label.clone(), audit.groups as u32, &values)
        }
    }
}

/// One group per category, and one for rows without.
fn by_category(audit: &Audit, categories: &[String], column: &[f32]) -> GroupAttribute {
    let mut groups: Vec<Text> = categories.iter().map(|c| Text { nl: c.clone(), en: c.clone() }).collect();
    let unknown = groups.len();
    groups.push(Text { nl: "onbekend".to_owned(), en: "unknown".to_owned() });
    let group = |&x: &f32| {
        let number = if x.is_nan() { unknown } else { x as usize };
        u32::try_from(number).ok()
    };
    GroupAttribute {
        name: audit.name.clone(),
        label: audit.label.clone(),
        groups,
        of_row: column.iter().map(group).collect(),
    }
}
