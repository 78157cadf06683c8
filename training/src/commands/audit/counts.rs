//! An audit of counts: how many of each group reach each stage.

use std::path::Path;

use evaluation::fairness::{Stage, funnel};
use evaluation::report::{AUDIT_FORMAT, AuditReport, AuditedRoute};
use features::source::NamedTable;

use super::{at_cell, command, file, label, listed, meaning, read, reference, refused, software, title};
use crate::cli::Audit;
use crate::commands::CommandError;

pub(super) fn audit(args: &Audit, path: &Path) -> Result<AuditReport, CommandError> {
    if args.route.is_empty() {
        return Err(refused("--counts needs at least one --route 'FIRST > NEXT > LAST' of stages"));
    }
    let routes: Vec<Vec<String>> = args.route.iter().map(|r| stages(r)).collect();
    let mut columns: Vec<(String, String)> = Vec::new();
    let layout = match &args.stages_in {
        Some(column) => {
            columns.push(("stages".to_owned(), column.clone()));
            columns.extend(args.groups.iter().map(|group| ("group".to_owned(), group.clone())));
            Layout::StagePerRow { column: column.clone() }
        }
        None => {
            let [column] = args.groups.as_slice() else {
                return Err(refused(
                    "With one row per group, --groups names the one column that holds the groups. With one row per \
                     stage, name the column of the stages with --stages-in",
                ));
            };
            columns.push(("groups".to_owned(), column.clone()));
            let mut stages: Vec<&String> = routes.iter().flatten().collect();
            stages.sort();
            stages.dedup();
            columns.extend(stages.into_iter().map(|stage| ("stage".to_owned(), stage.clone())));
            Layout::GroupPerRow { column: column.clone() }
        }
    };
    let names: Vec<String> = columns.iter().map(|c| c.1.clone()).collect();
    let table = read(args, "counts", path, &names)?;
    let groups = layout.groups(args, &table)?;
    let routes = routes.iter().map(|r| route(args, &layout, &table, &groups, r)).collect::<Result<_, _>>()?;
    Ok(AuditReport {
        format: AUDIT_FORMAT.to_owned(),
        software: software(),
        title: title(args, path),
        source: file(path, &table, columns),
        list: None,
        attributes: Vec::new(),
        routes,
        command: command(),
    })
}

/// How the table holds its counts.
enum Layout {
    /// One row per stage, named in this column; a column per group.
    StagePerRow { column: String },
    /// One row per group, named in this column; a column per stage.
    GroupPerRow { column: String },
}

impl Layout {
    fn groups(&self, args: &Audit, table: &NamedTable) -> Result<Vec<String>, CommandError> {
        let groups = match self {
            Self::StagePerRow { .. } => args.groups.clone(),
            Self::GroupPerRow { column } => table.column(column).to_vec(),
        };
        if let Some(row) = (1..groups.len()).find(|&row| groups[..row].contains(&groups[row])) {
            return Err(match self {
                Self::StagePerRow { .. } => refused(format!("--groups names `{}` twice", groups[row])),
                Self::GroupPerRow { column } => at_cell(&table.error(
                    row,
                    column,
                    "the group is there twice",
                    "Add its rows up, or choose some with --where",
                )),
            });
        }
        if groups.len() < 2 {
            return Err(refused("There is one group only: give --groups two or more to compare"));
        }
        Ok(groups)
    }

    /// The counts of a stage, per group.
    fn counts(&self, table: &NamedTable, groups: &[String], stage: &str) -> Result<Vec<f64>, CommandError> {
        match self {
            Self::GroupPerRow { .. } => (0..groups.len()).map(|row| count(table, row, stage)).collect(),
            Self::StagePerRow { column } => {
                let rows: Vec<usize> =
                    (0..table.rows()).filter(|&row| table.column(column)[row] == stage).collect();
                match rows[..] {
                    [row] => groups.iter().map(|group| count(table, row, group)).collect(),
                    [] => Err(refused(format!(
                        "There is no stage `{stage}` in column `{column}`. It has {}",
                        listed(table.column(column))
                    ))),
                    [_, second, ..] => Err(at_cell(&table.error(
                        second,
                        column,
                        "the stage is there twice",
                        "Choose the rows of one table with --where COLUMN=VALUE",
                    ))),
                }
            }
        }
    }
}

fn count(table: &NamedTable, row: usize, column: &str) -> Result<f64, CommandError> {
    let count = table.column(column).get(row).and_then(|cell| meaning::number(cell));
    count.filter(|n| *n >= 0.0).ok_or_else(|| {
        at_cell(&table.error(
            row,
            column,
            "this is not a count",
            "Give a number of 0 or more, without thousands marks",
        ))
    })
}

fn route(
    args: &Audit,
    layout: &Layout,
    table: &NamedTable,
    groups: &[String],
    names: &[String],
) -> Result<AuditedRoute, CommandError> {
    if let Some(outcome) = args.outcomes.iter().find(|o| !args.route.iter().any(|r| stages(r).contains(o))) {
        return Err(refused(format!("--outcomes {outcome}: no --route has such a stage")));
    }
    let stages = names
        .iter()
        .map(|name| {
            Ok(Stage {
                name: label(args, name),
                counts: layout.counts(table, groups, name)?,
                is_outcome: args.outcomes.contains(name),
            })
        })
        .collect::<Result<Vec<Stage>, CommandError>>()?;
    let reference = match reference(args, groups)? {
        Some(at) => at,
        None => (0..groups.len())
            .max_by(|&a, &b| stages[0].counts[a].total_cmp(&stages[0].counts[b]).then(b.cmp(&a)))
            .unwrap_or(0),
    };
    let steps = funnel(&stages, reference, args.rounding).map_err(|error| refused(error.to_string()))?;
    Ok(AuditedRoute {
        groups: groups.iter().map(|group| label(args, group)).collect(),
        reference: u32::try_from(reference).unwrap_or(u32::MAX),
        rounding: args.rounding,
        stages,
        steps,
    })
}

/// The stages of a route as typed.
fn stages(route: &str) -> Vec<String> {
    route.split('>').map(|stage| stage.trim().to_owned()).collect()
}
