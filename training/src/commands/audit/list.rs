//! An audit of rows: each on the list or not, with what is known of its outcome and its groups.

use std::collections::BTreeMap;
use std::path::Path;

use evaluation::GroupAttribute;
use evaluation::fairness::{AuditPlan, ListRows, audit as audit_list};
use evaluation::report::{AUDIT_FORMAT, AuditReport, AuditedAttribute, AuditedList};
use features::source::NamedTable;
use models::Text;

use super::{at_cell, command, file, label, listed, meaning, read, reference, refused, software, title};
use crate::cli::Audit;
use crate::commands::CommandError;

/// More groups than this are ids or numbers, not groups.
const MOST_GROUPS: usize = 100;

pub(super) fn audit(args: &Audit, path: &Path) -> Result<AuditReport, CommandError> {
    let [outcomes] = args.outcomes.as_slice() else {
        return Err(refused("--scores needs one column of outcomes: --outcomes COLUMN"));
    };
    let attributes: Vec<Attribute> = args.groups.iter().map(|typed| Attribute::of(typed)).collect();
    let columns = columns(args, outcomes, &attributes);
    let names: Vec<String> = columns.iter().map(|c| c.1.clone()).collect();
    let table = read(args, "scores", path, &names)?;
    let outcome = cells(&table, outcomes, |cell| meaning::outcome(args, cell), OUTCOME)?;
    let weight = args
        .weight
        .as_ref()
        .map(|column| cells(&table, column, |c| meaning::number(c).filter(|w| *w >= 1.0), WEIGHT))
        .transpose()?;
    let (on_list, list) = on_list(args, &table, weight.as_deref())?;
    let (cluster, clusters) = match &args.cluster {
        Some(column) => numbered(table.column(column)),
        None => (Vec::new(), 0),
    };
    let audited = attributes
        .iter()
        .map(|attribute| {
            let (names, group) = attribute.groups(&table)?;
            let rows = ListRows {
                outcome: &outcome,
                listed: &on_list,
                group: &group,
                cluster: args.cluster.is_some().then_some(cluster.as_slice()),
                weight: weight.as_deref(),
            };
            let reference = reference_of(args, &attributes, &names)?;
            let groups: Vec<Text> = names.iter().map(|name| label(args, name)).collect();
            let plan = AuditPlan { names: &groups, reference, seed: args.seed, draws: args.draws };
            let audit = audit_list(&rows, plan).map_err(|error| refused(error.to_string()))?;
            Ok(AuditedAttribute { name: attribute.name(), groups, audit })
        })
        .collect::<Result<_, CommandError>>()?;
    let known = outcome.iter().filter(|o| o.known().is_some()).count() as u64;
    Ok(AuditReport {
        format: AUDIT_FORMAT.to_owned(),
        software: software(),
        title: title(args, path),
        source: file(path, &table, columns),
        list: Some(AuditedList { known, clusters: args.cluster.is_some().then_some(clusters), ..list }),
        attributes: audited,
        routes: Vec::new(),
        command: command(),
    })
}

/// With several attributes the reference belongs to those that have such a group, but one must.
fn reference_of(
    args: &Audit,
    attributes: &[Attribute],
    names: &[String],
) -> Result<Option<usize>, CommandError> {
    let found = reference(args, names);
    if attributes.len() > 1 { Ok(found.unwrap_or(None)) } else { found }
}

fn columns(args: &Audit, outcomes: &str, attributes: &[Attribute]) -> Vec<(String, String)> {
    let mut columns = vec![("outcome".to_owned(), outcomes.to_owned())];
    let mut add = |role: &str, column: &Option<String>| {
        columns.extend(column.iter().map(|column| (role.to_owned(), column.clone())));
    };
    add("score", &args.score.clone().filter(|_| args.listed.is_none()));
    add("on the list", &args.listed);
    add("cluster", &args.cluster);
    add("weight", &args.weight);
    columns.extend(attributes.iter().flat_map(|a| &a.columns).map(|c| ("group".to_owned(), c.clone())));
    columns
}

/// A message and what to do about a cell that means nothing.
type Remedy = (&'static str, &'static str);
const OUTCOME: Remedy = (
    "this is no outcome",
    "Use 1 (found), 0 (nothing found) and empty (unknown), or say what your words mean with --found, --nothing and --unknown",
);
const WEIGHT: Remedy = ("this is no weight", "Give the number that the row stands for, 1 or more");
const SCORE: Remedy = ("this is no score", "Give a number; leave rows without a score out with --where");
const LISTED: Remedy =
    ("this does not say whether the row is on the list", "Use 1 and 0, ja and nee, or a chance between");

fn cells<T>(
    table: &NamedTable,
    column: &str,
    meaning: impl Fn(&str) -> Option<T>,
    remedy: Remedy,
) -> Result<Vec<T>, CommandError> {
    let of = |(row, cell): (usize, &String)| {
        meaning(cell).ok_or_else(|| at_cell(&table.error(row, column, remedy.0, remedy.1)))
    };
    table.column(column).iter().enumerate().map(of).collect()
}

/// Each row's chance to be on the list, and the rule in words.
fn on_list(
    args: &Audit,
    table: &NamedTable,
    weight: Option<&[f64]>,
) -> Result<(Vec<f64>, AuditedList), CommandError> {
    let text = |nl: String, en: String| Text { nl, en };
    let size = |row: usize| weight.map_or(1.0, |w| w[row]);
    let whole = |rule: Text, on_list: &[f64], tied| AuditedList {
        rule,
        listed: on_list.iter().enumerate().map(|(row, l)| l * size(row)).sum(),
        tied,
        known: 0,
        clusters: None,
    };
    if let Some(column) = &args.listed {
        let on_list = cells(table, column, meaning::listed, LISTED)?;
        let rule = text(
            format!("De kolom “{column}” zegt wie op de lijst staat."),
            format!("Column “{column}” says who is on the list."),
        );
        return Ok((on_list.clone(), whole(rule, &on_list, None)));
    }
    let Some(column) = &args.score else {
        return Err(refused(
            "Say who is on the list: --listed COLUMN, or --score COLUMN with --capacity or --threshold",
        ));
    };
    let score = cells(table, column, meaning::number, SCORE)?;
    match (args.threshold, args.capacity) {
        (Some(threshold), _) => {
            let on_list: Vec<f64> = score.iter().map(|s| f64::from(u8::from(*s >= threshold))).collect();
            let rule = text(
                format!("Op de lijst staat wie op “{column}” {threshold} of hoger heeft."),
                format!("On the list is who has {threshold} or more on “{column}”."),
            );
            let list = whole(rule, &on_list, None);
            Ok((on_list, list))
        }
        (None, Some(capacity)) => {
            let (on_list, tied) = highest(&score, capacity, &size);
            let rule = text(
                format!("Op de lijst staan de {capacity} rijen met de hoogste “{column}”."),
                format!("On the list are the {capacity} rows with the highest “{column}”."),
            );
            let list = whole(rule, &on_list, tied);
            Ok((on_list, list))
        }
        (None, None) => Err(refused("--score needs the end of the list: --capacity N or --threshold X")),
    }
}

/// The rows with the highest scores until `capacity` is full; rows that share the last score are on the list for a part.
fn highest(score: &[f64], capacity: f64, size: &dyn Fn(usize) -> f64) -> (Vec<f64>, Option<(u64, f64)>) {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then(a.cmp(&b)));
    let (mut on_list, mut left) = (vec![0.0; score.len()], capacity);
    for tied in order.chunk_by(|&a, &b| score[a] == score[b]) {
        let all: f64 = tied.iter().map(|&row| size(row)).sum();
        let part = (left / all).min(1.0);
        for &row in tied {
            on_list[row] = part;
        }
        left -= part * all;
        if part < 1.0 {
            return (on_list, (part > 0.0).then_some((tied.len() as u64, part)));
        }
    }
    (on_list, None)
}

/// A number per different value, in order of their text.
fn numbered(values: &[String]) -> (Vec<u32>, u64) {
    let mut numbers: BTreeMap<&str, u32> = values.iter().map(|value| (value.as_str(), 0)).collect();
    for (number, at) in (0u32..).zip(numbers.values_mut()) {
        *at = number;
    }
    (values.iter().map(|value| numbers[value.as_str()]).collect(), numbers.len() as u64)
}

/// One or more columns that make groups; `COLUMN:5` cuts a number into five groups of about equal size.
struct Attribute {
    columns: Vec<String>,
    /// Per column the number of groups into which it is cut.
    cuts: Vec<Option<u32>>,
}

impl Attribute {
    fn of(typed: &str) -> Self {
        let part = |part: &str| match part.rsplit_once(':') {
            Some((column, cut)) if cut.parse::<u32>().is_ok_and(|n| (2..=20).contains(&n)) => {
                (column.to_owned(), cut.parse().ok())
            }
            _ => (part.to_owned(), None),
        };
        let (columns, cuts) = typed.split('+').map(|p| part(p.trim())).unzip();
        Self { columns, cuts }
    }

    fn name(&self) -> String {
        self.columns.join(" × ")
    }

    /// Names of the groups, and the group of each row; a row with an empty cell has none.
    fn groups(&self, table: &NamedTable) -> Result<(Vec<String>, Vec<Option<u32>>), CommandError> {
        let mut values: Vec<Option<String>> = vec![Some(String::new()); table.rows()];
        for (column, cut) in self.columns.iter().zip(&self.cuts) {
            for (value, part) in values.iter_mut().zip(parts(table, column, *cut)?) {
                *value = value
                    .take()
                    .zip(part)
                    .map(|(value, part)| if value.is_empty() { part } else { format!("{value} × {part}") });
            }
        }
        let mut names: Vec<String> = values.iter().flatten().cloned().collect();
        names.sort();
        names.dedup();
        if names.len() > MOST_GROUPS {
            return Err(refused(format!(
                "--groups {}: {} different values are too many to compare. Give a column of classes, or cut a number into \
                 groups with COLUMN:5",
                self.name(),
                names.len()
            )));
        }
        if names.len() < 2 {
            return Err(refused(format!(
                "--groups {}: there is nothing to compare, only {}",
                self.name(),
                listed(&names)
            )));
        }
        let number = |name: &String| names.binary_search(name).ok().and_then(|at| u32::try_from(at).ok());
        let of_row = values.iter().map(|value| value.as_ref().and_then(number)).collect();
        Ok((names, of_row))
    }
}

/// The text of each cell, or the range in which its number lies.
fn parts(table: &NamedTable, column: &str, cut: Option<u32>) -> Result<Vec<Option<String>>, CommandError> {
    let Some(cut) = cut else {
        let text = |cell: &String| (!cell.is_empty()).then(|| cell.clone());
        return Ok(table.column(column).iter().map(text).collect());
    };
    let number = |cell: &str| if cell.is_empty() { Some(f64::NAN) } else { meaning::number(cell) };
    let remedy = ("this is no number", "Give numbers, or leave the number of groups behind the column out");
    let values = cells(table, column, number, remedy)?;
    let ranges = GroupAttribute::quantiles(column, Text::default(), cut, &values);
    let name = |group: &Option<u32>| group.and_then(|g| ranges.groups.get(g as usize)).map(|g| g.nl.clone());
    Ok(ranges.of_row.iter().map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_share_the_last_score_are_listed_for_a_part() {
        let (listed, tied) = highest(&[0.1, 0.5, 0.9, 0.5, 0.5], 2.0, &|_| 1.0);
        assert_eq!(listed, [0.0, 1.0 / 3.0, 1.0, 1.0 / 3.0, 1.0 / 3.0]);
        assert_eq!(tied, Some((3, 1.0 / 3.0)));
        assert_eq!(highest(&[0.1, 0.5], 5.0, &|_| 1.0), (vec![1.0, 1.0], None));
        // The first row takes 10 of the 15 places, the second half of its 10.
        assert_eq!(highest(&[2.0, 1.0], 15.0, &|_| 10.0).0, [1.0, 0.5]);
    }

    #[test]
    fn attributes_as_typed() {
        let one = Attribute::of("income:5 + kind");
        assert_eq!((one.name().as_str(), one.cuts), ("income × kind", vec![Some(5), None]));
        assert_eq!(Attribute::of("a:b").columns, ["a:b"]);
        assert_eq!(numbered(&["b".to_owned(), "a".to_owned(), "b".to_owned()]), (vec![1, 0, 1], 2));
    }
}
