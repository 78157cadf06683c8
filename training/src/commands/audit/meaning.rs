//! What the cells of an auditor's table mean.

use models::Outcome;

use crate::cli::Audit;

const FOUND: [&str; 7] = ["true", "yes", "ja", "found", "gevonden", "raak", "y"];
const NOTHING: [&str; 7] = ["false", "no", "nee", "nothing_found", "niets gevonden", "niets", "n"];
const UNKNOWN: [&str; 8] = ["", "unknown", "onbekend", "?", "na", "nan", "no_access", "geen toegang"];

/// The outcome in a cell: by the auditor's own words first, then by common ones. `None` where it means nothing.
pub(super) fn outcome(args: &Audit, cell: &str) -> Option<Outcome> {
    let among = |words: &[String]| words.iter().any(|word| word == cell);
    if among(&args.found) {
        return Some(Outcome::Found(1));
    }
    if among(&args.nothing) {
        return Some(Outcome::NothingFound);
    }
    if among(&args.unknown) {
        return Some(Outcome::Unknown);
    }
    let cell = cell.to_lowercase();
    let is = |words: &[&str]| words.contains(&cell.as_str());
    if is(&UNKNOWN) {
        return Some(Outcome::Unknown);
    }
    if is(&FOUND) {
        return Some(Outcome::Found(1));
    }
    if is(&NOTHING) {
        return Some(Outcome::NothingFound);
    }
    match number(&cell)? {
        0.0 => Some(Outcome::NothingFound),
        count if count > 0.0 => Some(Outcome::Found(1)),
        _ => None,
    }
}

/// Whether a row is on the list: a yes, a no, or its chance.
pub(super) fn listed(cell: &str) -> Option<f64> {
    let lower = cell.to_lowercase();
    if FOUND[..3].contains(&lower.as_str()) {
        return Some(1.0);
    }
    if NOTHING[..3].contains(&lower.as_str()) {
        return Some(0.0);
    }
    number(cell).filter(|x| (0.0..=1.0).contains(x))
}

/// A finite number with a decimal point or comma.
pub(super) fn number(cell: &str) -> Option<f64> {
    let parsed = cell
        .parse()
        .or_else(|error| if cell.contains('.') { Err(error) } else { cell.replacen(',', ".", 1).parse() });
    parsed.ok().filter(|x: &f64| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_point_or_a_comma() {
        assert_eq!((number("0.5"), number("0,5"), number("-3")), (Some(0.5), Some(0.5), Some(-3.0)));
        assert_eq!((number("1.000,5"), number("x"), number("inf"), number("")), (None, None, None, None));
        assert_eq!(
            (listed("ja"), listed("0"), listed("0,25"), listed("2")),
            (Some(1.0), Some(0.0), Some(0.25), None)
        );
    }
}
