//! `train score`: scores the areas on another as-of date with the model of a bundle.

use std::fmt::Write as _;
use std::path::PathBuf;

use features::tables::Day;
use models::bundle::{AreaScore, Bundle, Scores};

use super::run::{Origin, origin_path};
use super::{CommandError, roots, write_whole};
use crate::cli::Score;
use crate::console::say;
use crate::pipeline;
use crate::study::Study;

pub(super) fn score(args: &Score) -> Result<(), CommandError> {
    let as_of = date(&args.as_of)?;
    let bundle = Bundle::open(&args.bundle)?;
    let (study, data) = study_of(args)?;
    let sources = pipeline::load(&study, &data)?;
    let history = pipeline::AreaHistory::read(&bundle)?;
    let scores = pipeline::score_areas(&study, &sources, bundle.model(), history.as_ref(), as_of)?;
    match &args.out {
        None => say(&table(&scores, &study.file.study.level)),
        Some(path) if path.extension().is_some_and(|e| e == "json") => {
            let json = serde_json::to_vec_pretty(&scores)
                .map_err(|cause| pipeline::PipelineError::Json { what: "the scores".to_owned(), cause })?;
            write_whole(path, &json)?;
        }
        Some(path) if path.extension().is_some_and(|e| e == "csv") => {
            write_whole(path, csv(&scores).as_bytes())?
        }
        Some(path) => {
            let message = format!("{}: give a file that ends in .json or .csv", path.display());
            return Err(CommandError::Refused(message));
        }
    }
    Ok(())
}

/// A date as it is typed.
pub(super) fn date(text: &str) -> Result<Day, CommandError> {
    let parts: Vec<&str> = text.split('-').collect();
    let day = match parts.as_slice() {
        [y, m, d] if y.len() == 4 => match (y.parse(), m.parse(), d.parse()) {
            (Ok(y), Ok(m), Ok(d)) => Day::from_ymd(y, m, d),
            _ => None,
        },
        _ => None,
    };
    day.ok_or_else(|| {
        CommandError::Refused(format!("{text} is no date; give YYYY-MM-DD, such as 2026-01-01"))
    })
}

type Roots = std::collections::BTreeMap<String, PathBuf>;

/// The study given, or the one that made the bundle.
fn study_of(args: &Score) -> Result<(Study, Roots), CommandError> {
    if let Some(path) = &args.study {
        return Ok((Study::read(path)?, roots(&args.data)));
    }
    let note = origin_path(&args.bundle);
    let refused = |why: String| {
        CommandError::Refused(format!("{}: {why}. Give the study with --study STUDY.toml", note.display()))
    };
    let text = std::fs::read_to_string(&note).map_err(|e| refused(format!("cannot be read ({e})")))?;
    let origin: Origin =
        serde_json::from_str(&text).map_err(|e| refused(format!("is not the note of a run ({e})")))?;
    let data = origin.data.into_iter().chain(roots(&args.data)).collect();
    Ok((Study::read(&origin.study)?, data))
}

fn csv(scores: &Scores) -> String {
    let mut text =
        "code,name,level,parent,units,exposure,expected,low,high,rate_per_1000,rank,rank_low,rank_high,chance_top_k\n"
            .to_owned();
    for area in &scores.areas {
        let figures = area.figures.as_ref().map_or_else(
            || ",,,,,,,,,".to_owned(),
            |f| {
                format!(
                    "{},{},{},{},{},{},{},{},{},{}",
                    f.units,
                    f.exposure,
                    f.expected,
                    f.low,
                    f.high,
                    f.rate_per_1000,
                    f.rank,
                    f.rank_low,
                    f.rank_high,
                    f.chance_top_k
                )
            },
        );
        let parent = area.parent.as_deref().unwrap_or_default();
        // A String takes every write.
        writeln!(text, "{},{},{},{parent},{figures}", area.code, quoted(&area.name), area.level)
            .unwrap_or(());
    }
    text
}

/// A name with a comma or a quote, as RFC 4180 writes it.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

/// The ten highest areas of the published level.
fn table(scores: &Scores, level: &str) -> String {
    let mut ranked: Vec<(&AreaScore, u32)> = scores
        .areas
        .iter()
        .filter(|a| a.level == level)
        .filter_map(|a| Some((a, a.figures.as_ref()?.rank)))
        .collect();
    ranked.sort_by_key(|(_, rank)| *rank);
    let mut text = format!("as-of {}\nrank  code        expected  90 % interval  name\n", scores.as_of);
    for (area, rank) in ranked.iter().take(10) {
        if let Some(f) = &area.figures {
            writeln!(
                text,
                "{rank:>4}  {:<10}  {:>8.2}  {:>5.0} - {:<5.0}  {}",
                area.code, f.expected, f.low, f.high, area.name
            )
            .unwrap_or(());
        }
    }
    text.push_str("\nA score is advice, not proof. Use --out FILE.csv or FILE.json for all areas.");
    text
}
