//! `train compare`: what changed between two bundles.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use evaluation::Estimate;
use evaluation::changes::{Changes, FigureChange, Side, changes, page};
use evaluation::report::Report;
use models::bundle::Bundle;
use serde_json::Value;

use super::{CommandError, write_as};
use crate::cli::Compare;
use crate::console::say;
use crate::pipeline::AreaHistory;
use crate::replay::settings;

/// Codes that a refusal names, at most.
const NAMED: usize = 5;

pub(super) fn compare(args: &Compare) -> Result<(), CommandError> {
    let (old, new) = (Bundle::open(&args.old)?, Bundle::open(&args.new)?);
    same_division(&old, &new)?;
    let reports = (report(&old)?, report(&new)?);
    let histories =
        (AreaHistory::read(&old)?.unwrap_or_default(), AreaHistory::read(&new)?.unwrap_or_default());
    let side = |bundle, report, history| side(bundle, report, history);
    let changes = changes(
        &side(&old, &reports.0, &histories.0),
        &side(&new, &reports.1, &histories.1),
        changed_settings(&old, &new)?,
        changed_borders(&old, &new)?,
    );
    say(&told(&changes));
    for path in &args.out {
        write_as(path, &changes, || page(&changes))?;
    }
    Ok(())
}

fn side<'a>(bundle: &'a Bundle, report: &'a Report, history: &'a AreaHistory) -> Side<'a> {
    let dates: Vec<&str> = report.splits.iter().map(|split| split.test_as_of.as_str()).collect();
    Side {
        report,
        scores: bundle.scores(),
        schema: bundle.schema(),
        history: history.periods(&dates),
        manifest: bundle.manifest_sha256(),
    }
}

fn report(bundle: &Bundle) -> Result<Report, CommandError> {
    let refused = |why: String| {
        CommandError::Refused(format!(
            "report/report.json of {} cannot be read: {why}. Both bundles must be of this version; run the older study again",
            bundle.manifest().study
        ))
    };
    let bytes = bundle.file("report/report.json").ok_or_else(|| refused("it is missing".to_owned()))?;
    serde_json::from_slice(bytes).map_err(|e| refused(e.to_string()))
}

/// Ranks and lists of other areas cannot be compared.
fn same_division(old: &Bundle, new: &Bundle) -> Result<(), CommandError> {
    let (a, b) = (&old.manifest().level, &new.manifest().level);
    if a != b {
        return Err(CommandError::Refused(format!(
            "the bundles are of other levels: the first publishes from {a} up, the second from {b} up. Compare bundles of one level"
        )));
    }
    let codes = |bundle: &Bundle| -> BTreeSet<(String, String)> {
        bundle.scores().areas.iter().map(|area| (area.level.clone(), area.code.clone())).collect()
    };
    let (a, b) = (codes(old), codes(new));
    let only = |here: &BTreeSet<(String, String)>, there: &BTreeSet<(String, String)>| {
        let only: Vec<&str> = here.difference(there).map(|(_, code)| code.as_str()).collect();
        let named = only.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = if only.len() > NAMED { ", …" } else { "" };
        format!("{} ({named}{more})", only.len())
    };
    if a != b {
        return Err(CommandError::Refused(format!(
            "the bundles have other areas: {} are only in the first, {} only in the second. Areas get other codes when a \
             municipality draws them anew; run the older study again with the newer areas, and compare that",
            only(&a, &b),
            only(&b, &a)
        )));
    }
    Ok(())
}

fn changed_settings(old: &Bundle, new: &Bundle) -> Result<Vec<String>, CommandError> {
    let text = |bundle: &Bundle| {
        bundle.file("study.toml").map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    };
    let causes =
        settings::differences(&text(old), &text(new), "the second").map_err(CommandError::Refused)?;
    Ok(causes.into_iter().map(|cause| cause.text.replace("the bundle's study", "the first")).collect())
}

/// Areas of the same code that are drawn otherwise.
fn changed_borders(old: &Bundle, new: &Bundle) -> Result<u64, CommandError> {
    let shapes = |bundle: &Bundle| -> Result<BTreeMap<String, Value>, CommandError> {
        let map: Value = serde_json::from_slice(bundle.areas())
            .map_err(|e| CommandError::Refused(format!("areas.geojson cannot be read: {e}")))?;
        let features = map["features"].as_array().cloned().unwrap_or_default();
        let code = |feature: &Value| feature["properties"]["code"].as_str().map(str::to_owned);
        Ok(features.iter().filter_map(|f| Some((code(f)?, f["geometry"].clone()))).collect())
    };
    let (a, b) = (shapes(old)?, shapes(new)?);
    Ok(a.iter().filter(|(code, shape)| b.get(*code).is_some_and(|other| other != *shape)).count() as u64)
}

fn told(changes: &Changes) -> String {
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").unwrap_or(());
    let (old, new) = &changes.releases;
    let yes = |released: bool| if released { "released" } else { "not released" };
    line(format!("{} → {}", old.title.en, new.title.en));
    line(format!(
        "as-of date {} → {}; data until {} → {}",
        old.as_of, new.as_of, old.data_until, new.data_until
    ));
    line(format!("tested at {} → {}", old.tested.join(", "), new.tested.join(", ")));
    line(format!("model {} ({}) → {} ({})", old.model, yes(old.released), new.model, yes(new.released)));
    line("\nRows kept per source".to_owned());
    let rows = |rows: Option<u64>| rows.map_or_else(|| "-".to_owned(), |rows| rows.to_string());
    for source in &changes.sources {
        let same = if source.same_files { "same files" } else { "other files" };
        line(format!("  {}: {} → {} ({same})", source.name, rows(source.rows.0), rows(source.rows.1)));
    }
    if changes.borders > 0 {
        line(format!("  the drawn borders of {} areas differ", changes.borders));
    }
    line("\nStudy".to_owned());
    let features = &changes.features;
    let lists = [
        ("columns added", &features.added),
        ("columns removed", &features.removed),
        ("columns changed", &features.changed),
    ];
    for (what, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
        line(format!("  {what}: {}", names.join(", ")));
    }
    for setting in &changes.settings {
        line(format!("  {setting}"));
    }
    if changes.settings.is_empty() {
        line("  no setting differs".to_owned());
    }
    line(
        "\nFigures of the chosen model, old → new (95 % intervals; `apart` where they do not touch)"
            .to_owned(),
    );
    changes.metrics.iter().for_each(|change| line(format!("  {}", figure(change))));
    match &changes.paired {
        Some(paired) => line(format!(
            "  paired over {} areas and {} periods: mean deviance {:.4} → {:.4}, difference {} (below 0 the new one is better){}",
            paired.areas,
            paired.periods.len(),
            paired.means.0,
            paired.means.1,
            estimate(&paired.deviance),
            if paired.other_finds > 0 {
                format!("; {} left out since their finds differ", paired.other_finds)
            } else {
                String::new()
            }
        )),
        None => line("  no paired difference: no test period with the same finds in common".to_owned()),
    }
    line("\nLists".to_owned());
    let share = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{:.0} %", 100.0 * x));
    for list in &changes.lists {
        line(format!(
            "  {}: {} → {} areas, {} on both, {} of the old list gone, likeness {} (Jaccard), {} (ranks, RBO)",
            list.level,
            list.length.0,
            list.length.1,
            list.on_both,
            share(list.churn),
            share(list.jaccard),
            share(list.rank_biased_overlap)
        ));
    }
    line(format!(
        "  {} of {} ranked areas moved beyond the noise (90 % rank intervals do not touch)",
        changes.moves.len(),
        changes.ranked_in_both
    ));
    for area in changes.moves.iter().take(10) {
        line(format!("    {} {}: {} → {}", area.code, area.name, area.rank.0, area.rank.1));
    }
    let apart = changes.groups.iter().flat_map(|group| {
        let name = format!("{} – {}", group.attribute.en, group.group.1.en);
        group
            .figures
            .iter()
            .filter(|figure| figure.apart)
            .map(move |change| format!("  {name}: {}", figure(change)))
    });
    let apart: Vec<String> = apart.collect();
    line(format!("\nGroups: {} compared, {} figures apart", changes.groups.len(), apart.len()));
    apart.into_iter().for_each(&mut line);
    text.trim_end().to_owned()
}

fn figure(change: &FigureChange) -> String {
    let apart = if change.apart { "  apart" } else { "" };
    format!("{}: {} → {}{apart}", change.metric, estimate(&change.old), estimate(&change.new))
}

fn estimate(estimate: &Estimate) -> String {
    let Some(value) = estimate.value else { return "-".to_owned() };
    match estimate.low.zip(estimate.high) {
        Some((low, high)) => format!("{value:.4} [{low:.4}, {high:.4}]"),
        None => format!("{value:.4}"),
    }
}
