//! `train run`: the whole way, from sources to a bundle with its report.

use super::{CommandError, roots, write_whole};
use crate::cli::Run;
use crate::console::say;
use crate::pipeline::{self, Finished, ForeignSpec, Options};
use crate::study::Study;

/// Where a bundle came from, for `train score`. Beside the bundle, because paths differ per machine and a
/// bundle must not.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Origin {
    pub(super) study: std::path::PathBuf,
    pub(super) data: std::collections::BTreeMap<String, std::path::PathBuf>,
}

/// From the sources to the bundle; with a model of others beside the study's learners, if one is given.
pub(super) fn whole_way(args: &Run, foreign: Option<&ForeignSpec>) -> Result<(), CommandError> {
    let study = Study::read(&args.study)?;
    let roots = roots(&args.data);
    let sources = pipeline::load(&study, &roots)?;
    let warnings = sources.loaded.report.warnings().count();
    let rows: u64 = sources.loaded.report.warnings().map(|f| f.count).sum();
    if warnings > 0 {
        say(&format!(
            "{warnings} warnings about the sources ({rows} rows); see `train check {}` or the report",
            args.study.display()
        ));
    }
    let proof = if args.scramble { Some(pipeline::scramble(&study, &sources)?) } else { None };
    let onnxruntime = args.backend.onnxruntime.as_deref();
    let options = Options { proof: proof.as_ref(), onnxruntime, foreign };
    let finished = pipeline::run(&study, &sources, &args.out, options)?;
    remember_origin(args, &study, roots)?;
    say(&summary(args, &finished));
    Ok(())
}

/// The path of the note beside a bundle.
pub(super) fn origin_path(bundle: &std::path::Path) -> std::path::PathBuf {
    let mut name = bundle.file_name().unwrap_or_default().to_owned();
    name.push(".origin.json");
    bundle.with_file_name(name)
}

fn remember_origin(
    args: &Run,
    study: &Study,
    roots: std::collections::BTreeMap<String, std::path::PathBuf>,
) -> Result<(), CommandError> {
    let whole = |path: &std::path::Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let data = roots.into_iter().map(|(name, folder)| (name, whole(&folder))).collect();
    let origin = Origin { study: whole(&study.path), data };
    let json = serde_json::to_vec_pretty(&origin)
        .map_err(|cause| pipeline::PipelineError::Json { what: "the origin".to_owned(), cause })?;
    write_whole(&origin_path(&args.out), &json)
}

fn summary(args: &Run, finished: &Finished) -> String {
    let mut lines = vec![String::new()];
    for row in &finished.evaluation_lines {
        lines.push(row.clone());
    }
    let release = if finished.manifest.release.released { "released" } else { "NOT released" };
    lines.push(format!(
        "\nModel {}: {release}. {}",
        finished.manifest.model, finished.manifest.release.reason.en
    ));
    for compared in &finished.compared {
        lines.push(format!(
            "model.onnx in {}: {} rows, largest difference {:.1e}",
            compared.backend,
            compared.rows,
            compared.score.max(compared.contributions)
        ));
    }
    let out = args.out.display();
    lines.push(format!(
        "Bundle: {out}\nReport: {out}/report/index.html (Dutch), {out}/report/index.en.html (English)"
    ));
    lines.push(format!(
        "\nNext: serve --bundle {out}\n(from the source: cargo run --release --bin serve -- --bundle {out})"
    ));
    lines.join("\n")
}
