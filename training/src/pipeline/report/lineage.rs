//! Where the data came from, and what became of every row.

use std::collections::BTreeMap;

use evaluation::report::{Dropped, FileHash, Finding, InputFile, Severity};
use features::source::{self, FileCount};
use features::spec::SourceKind;
use models::Text;

use super::super::release::Run;
use super::words;

/// One entry per source, and one for the study file itself.
pub(super) fn inputs(run: &Run<'_>) -> Vec<InputFile> {
    let report = run.sources.loaded.report.without_values();
    let sources = run.study.file.sources.iter();
    let mut inputs: Vec<InputFile> = sources
        .map(|(name, source)| {
            let files: Vec<&FileCount> = report.files.iter().filter(|f| f.source == *name).collect();
            let findings = report.findings.iter().filter(|f| f.source == *name).map(finding).collect();
            input(name, kind(source.kind), &files, findings)
        })
        .collect();
    inputs.push(study(run));
    inputs
}

fn kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Areas => "areas",
        SourceKind::Units => "units",
        SourceKind::Events => "events",
        SourceKind::Visits => "visits",
        SourceKind::Figures => "figures",
    }
}

fn input(name: &str, kind: &str, files: &[&FileCount], findings: Vec<Finding>) -> InputFile {
    let mut dropped: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, rows) in files.iter().flat_map(|f| &f.dropped) {
        *dropped.entry(reason).or_default() += rows;
    }
    InputFile {
        name: name.to_owned(),
        kind: kind.to_owned(),
        files: files
            .iter()
            .map(|f| FileHash { path: f.file.clone(), sha256: f.sha256.clone(), bytes: f.bytes })
            .collect(),
        rows_read: files.iter().map(|f| f.rows_read).sum(),
        rows_kept: files.iter().map(|f| f.rows_kept).sum(),
        dropped: dropped
            .into_iter()
            .map(|(reason, rows)| Dropped { reason: words::reason(reason), rows })
            .collect(),
        findings,
    }
}

fn finding(finding: &source::Finding) -> Finding {
    let column = finding.column.as_ref().map_or_else(String::new, |c| format!(" (`{c}`)"));
    let nl = words::finding(&finding.check).map_or_else(|| finding.message.clone(), str::to_owned);
    Finding {
        severity: match finding.severity {
            source::Severity::Error | source::Severity::Warning => Severity::Warning,
        },
        message: Text { nl: format!("{nl}{column}"), en: format!("{}{column}", finding.message) },
        rows: finding.count,
    }
}

/// The study file, with what was proven about the features.
fn study(run: &Run<'_>) -> InputFile {
    let name = run.study.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let proof = run.proof.map(|proof| {
        let dates: Vec<String> = proof.dates.iter().map(|d| d.as_of.to_string()).collect();
        let dates = dates.join(", ");
        Finding {
            severity: Severity::Note,
            message: Text {
                nl: format!("bewezen op {dates}: geen kenmerk verandert als alles wat later bekend werd door ruis is vervangen"),
                en: format!("proven at {dates}: no feature changes when all that was known later is replaced by noise"),
            },
            rows: proof.dates.iter().map(|d| d.rows as u64).sum(),
        }
    });
    InputFile {
        name: run.study.file.study.name.clone(),
        kind: "study".to_owned(),
        files: vec![FileHash {
            path: name,
            sha256: run.study.sha256.clone(),
            bytes: run.study.text.len() as u64,
        }],
        rows_read: 0,
        rows_kept: 0,
        dropped: vec![],
        findings: proof.into_iter().collect(),
    }
}
