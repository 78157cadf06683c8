//! `train monitor`: does a bundle's model still fit new data?

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use evaluation::drift::{CalibrationDrift, Drift, Rule, Shift, Verdict, page};
use models::bundle::Bundle;

use super::score::date;
use super::verify::known;
use super::{CommandError, write_as};
use crate::cli::Monitor;
use crate::console::say;
use crate::pipeline;
use crate::replay::place;
use crate::study::Study;

/// Exit code for "train again".
const RETRAIN: u8 = 3;
/// Exit code for "do not use the scores".
const STOP: u8 = 4;

pub(super) fn monitor(args: &Monitor) -> Result<ExitCode, CommandError> {
    if !(args.level > 0.0 && args.level < 1.0) {
        return Err(CommandError::Refused(format!("--level {}: give a chance between 0 and 1", args.level)));
    }
    let bundle = Bundle::open(&args.bundle)?;
    let before = date(&bundle.manifest().as_of)?;
    let mut study = match &args.study {
        Some(path) => Study::read(path)?,
        None => {
            let text = bundle.file("study.toml").map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let missing =
                || CommandError::Refused("the bundle holds no study.toml; give --study FILE".to_owned());
            Study::parse(Path::new("study.toml"), text.ok_or_else(missing)?)?
        }
    };
    let known = known(&args.bundle, &args.data, args.study.as_deref())?;
    let place = place::find(&study.file, &known).map_err(CommandError::Refused)?;
    study.path = place.base.join("study.toml");
    pipeline::extend(&mut study, date(&args.data_until)?)?;
    let sources = pipeline::load(&study, &place.roots)?;
    let rule = Rule { level: args.level, ..Rule::default() };
    let drift = pipeline::monitor(&study, &sources, &bundle, before, rule)?;
    say(&told(&drift));
    for path in &args.out {
        write_as(path, &drift, || page(&drift))?;
    }
    Ok(match drift.verdict {
        Verdict::GoOn => ExitCode::SUCCESS,
        Verdict::Retrain => ExitCode::from(RETRAIN),
        Verdict::Stop => ExitCode::from(STOP),
    })
}

fn told(drift: &Drift) -> String {
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").unwrap_or(());
    match &drift.after {
        Some(after) => line(format!(
            "Model {}: as-of dates {} and {after}, data until {}",
            drift.model, drift.before, drift.data_until
        )),
        None => line(format!(
            "Model {}: no as-of date after {} has come; data until {}",
            drift.model, drift.before, drift.data_until
        )),
    }
    line(format!(
        "\nFound against expected ({})",
        if drift.closed.is_empty() { "no outcome is known yet".to_owned() } else { drift.closed.join(", ") }
    ));
    for (name, calibration) in calibrations(drift) {
        line(format!("  {name}: {}", ratio(calibration)));
    }
    if drift.not_visited > 0 {
        line(format!("  {} rows of these dates were not visited and do not count", drift.not_visited));
    }
    for date in &drift.not_yet_known {
        line(format!("  not yet known: {} rows of {}, until {}", date.rows, date.as_of, date.known_on));
    }
    for input in drift.revised.iter().filter(|input| input.revision.psi > 0.0) {
        let (label, psi, (then, now)) = (&input.label.en, input.revision.psi, input.revision.missing);
        let (then, now) = (100.0 * then, 100.0 * now);
        line(format!(
            "  the past reads otherwise: {label}, index {psi:.4}, missing {then:.0} % then and {now:.0} % now"
        ));
    }
    line("\nShift since the bundle (stability index; by chance below; p)".to_owned());
    for (name, shift) in shifts(drift) {
        line(format!("  {name}: {}", index(shift)));
    }
    line(format!("\nRule ({} tests): {}", drift.tests, drift.rule.text().en));
    let verdict = match drift.verdict {
        Verdict::GoOn => "GO ON: no reason to replace the model",
        Verdict::Retrain => "RETRAIN before the next list",
        Verdict::Stop => "STOP: do not use the scores until somebody has looked",
    };
    line(format!("\n{verdict}"));
    for reason in &drift.reasons {
        line(format!("  - {}", reason.en));
    }
    text.trim_end().to_owned()
}

fn calibrations(drift: &Drift) -> Vec<(String, &CalibrationDrift)> {
    let all = drift.calibration.iter().map(|all| ("all".to_owned(), all));
    let groups = drift.groups.iter().filter_map(|group| {
        Some((format!("{} – {}", group.attribute.en, group.group.en), group.calibration.as_ref()?))
    });
    all.chain(groups).collect()
}

fn shifts(drift: &Drift) -> Vec<(String, &Shift)> {
    let scores = drift.scores.iter().map(|shift| ("scores".to_owned(), shift));
    let groups = drift.groups.iter().filter_map(|group| {
        Some((format!("scores, {} – {}", group.attribute.en, group.group.en), group.scores.as_ref()?))
    });
    let inputs = drift.inputs.iter().map(|input| {
        let unused = if input.used { "" } else { " (not in the model)" };
        (format!("{}{unused}", input.label.en), &input.shift)
    });
    scores.chain(groups).chain(inputs).collect()
}

fn ratio(drift: &CalibrationDrift) -> String {
    let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.2}"));
    format!(
        "{} found, {:.1} expected, ratio {} ({} to {}), n = {}{}",
        drift.found,
        drift.expected,
        number(drift.ratio.value),
        number(drift.ratio.low),
        number(drift.ratio.high),
        drift.ratio.n,
        if drift.alarm { "  ALARM" } else { "" }
    )
}

fn index(shift: &Shift) -> String {
    match (shift.limit, shift.p) {
        (Some(limit), Some(p)) => {
            format!("{:.4}; {limit:.4}; {p:.4}{}", shift.psi, if shift.alarm { "  ALARM" } else { "" })
        }
        _ => format!("{:.4}; too few areas to tell ({})", shift.psi, shift.areas),
    }
}
