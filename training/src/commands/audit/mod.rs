//! `train audit`: the fairness chapters of a ready-made list or of counts alone; no model is needed.

mod counts;
mod list;
mod meaning;

use std::collections::BTreeMap;
use std::path::Path;

use evaluation::report::{AuditReport, AuditedFile, Lang, audit_html};
use features::source::{NamedTable, SourceError, named_columns};
use models::Text;

use super::{CommandError, write_whole};
use crate::cli::Audit;
use crate::console::say;
use crate::pipeline::PipelineError;

pub(super) fn audit(args: &Audit) -> Result<(), CommandError> {
    let report = match (&args.scores, &args.counts) {
        (Some(scores), _) => list::audit(args, scores)?,
        (None, Some(counts)) => counts::audit(args, counts)?,
        (None, None) => return Err(refused("Give a table: --scores FILE, or --counts FILE")),
    };
    let json = serde_json::to_vec_pretty(&report)
        .map_err(|cause| PipelineError::Json { what: "the audit".to_owned(), cause })?;
    write_whole(&args.out.join("audit.json"), &json)?;
    for (name, lang) in [("index.html", Lang::Nl), ("index.en.html", Lang::En)] {
        write_whole(&args.out.join(name), audit_html(&report, lang).as_bytes())?;
    }
    say(&summary(&report));
    say(&format!("\nPage: {}", args.out.join("index.html").display()));
    Ok(())
}

/// What stands out, for the terminal.
fn summary(report: &AuditReport) -> String {
    let of_counts = report.routes.iter().map(|r| (&r.groups, r.reference, &r.steps));
    let of_rows = report.attributes.iter().map(|a| (&a.groups, a.audit.reference, &a.audit.steps));
    let mut lines = Vec::new();
    for (groups, reference, steps) in of_rows.chain(of_counts) {
        let name = |group: usize| groups.get(group).map_or("", |g| g.en.as_str());
        for step in steps {
            for figures in step.groups.iter().filter(|g| g.over || g.under) {
                let e = &figures.step_ratio;
                let part = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.2}"));
                lines.push(format!(
                    "{}: {} passes {} times as often as {} ({} to {}, n = {}, corrected p {:.4})",
                    step.name.en,
                    name(figures.group),
                    part(e.value),
                    name(reference as usize),
                    part(e.low),
                    part(e.high),
                    e.n,
                    figures.p.unwrap_or(1.0),
                ));
            }
            if let Some(warning) = &step.warning {
                lines.push(format!("{}: {}", step.name.en, warning.en));
            }
        }
    }
    if lines.is_empty() {
        lines.push(
            "No clear difference between groups at any step. That does not prove that there is none"
                .to_owned(),
        );
    }
    lines.dedup();
    lines.join("\n")
}

/// Reads the columns; several uses of one column are read once.
fn read(args: &Audit, name: &str, path: &Path, columns: &[String]) -> Result<NamedTable, CommandError> {
    let mut only: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (column, value) in &args.only {
        only.entry(column.clone()).or_default().push(value.clone());
    }
    let mut wanted: Vec<String> = columns.to_vec();
    wanted.sort();
    wanted.dedup();
    named_columns(name, path, &wanted, &only)
        .map_err(|report| CommandError::Refused(SourceError::Refused(report).to_string()))
}

fn file(path: &Path, table: &NamedTable, columns: Vec<(String, String)>) -> AuditedFile {
    AuditedFile {
        name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        sha256: table.sha256.clone(),
        bytes: table.bytes,
        rows: table.rows() as u64,
        left_out: table.left_out,
        columns,
    }
}

fn software() -> String {
    format!("train {}", env!("CARGO_PKG_VERSION"))
}

/// The title as typed, or the name of the file.
fn title(args: &Audit, path: &Path) -> Text {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    args.title.clone().map_or(Text { nl: name.clone(), en: name }, |t| Text { nl: t.clone(), en: t })
}

/// A name as the reader sees it: its label where one is given.
fn label(args: &Audit, name: &str) -> Text {
    let shown = args.labels.iter().find(|(key, _)| key == name).map_or(name, |(_, label)| label.as_str());
    Text { nl: shown.to_owned(), en: shown.to_owned() }
}

/// The number of the reference group among these names.
fn reference(args: &Audit, names: &[String]) -> Result<Option<usize>, CommandError> {
    let Some(wanted) = &args.reference else { return Ok(None) };
    match names.iter().position(|name| name == wanted) {
        Some(at) => Ok(Some(at)),
        None => {
            Err(refused(format!("--reference {wanted}: there is no such group. There are {}", listed(names))))
        }
    }
}

/// The command without the folder of the results, which changes nothing in them.
fn command() -> String {
    let mut words = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--out" {
            arguments.next();
        } else if !argument.starts_with("--out=") {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:+,".contains(c);
            words.push(if argument.chars().all(plain) {
                argument
            } else {
                format!("'{}'", argument.replace('\'', "'\\''"))
            });
        }
    }
    format!("train {} --out FOLDER", words.join(" "))
}

fn refused(text: impl Into<String>) -> CommandError {
    CommandError::Refused(text.into())
}

/// A cell that cannot be used, with its place.
fn at_cell(finding: &features::source::Finding) -> CommandError {
    CommandError::Refused(finding.to_string())
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(20);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
