//! Values of a column in words, Dutch and English.

use super::shares::Values;
use crate::additive::{Bins, Condition};
use crate::schema::{Feature, FeatureKind, Schema, Text};

/// For instance "leeftijd van het pand van 50 tot 75" or "eigendom particuliere huur".
pub(crate) fn values(schema: &Schema, values: &Values) -> Text {
    let feature = &schema.features[values.feature];
    let words = match &values.bins {
        _ if values.range.start + 1 == values.bins.count() => unknown(),
        Bins::Categories(_) => category(feature, values.range.start),
        Bins::Edges(edges) => {
            let from = values.range.start.checked_sub(1).map(|edge| edges[edge]);
            let below = edges.get(values.range.end - 1).copied();
            interval(feature, from, below)
        }
    };
    with_label(feature, &words)
}

/// The values for which a condition holds.
pub(crate) fn condition(schema: &Schema, condition: &Condition) -> Text {
    let feature = &schema.features[condition.feature];
    let words = match (condition.from, condition.below) {
        (None, None) if condition.missing => unknown(),
        (from, below) => {
            let known = match &feature.kind {
                FeatureKind::Nominal { categories } => {
                    let names: Vec<&str> = (0..categories.len())
                        .filter(|&i| Condition { missing: false, ..*condition }.holds(i as f32))
                        .map(|i| categories[i].as_str())
                        .collect();
                    both(&names.join("/"))
                }
                _ => interval(feature, from, below),
            };
            if condition.missing {
                Text { nl: format!("{} of onbekend", known.nl), en: format!("{} or unknown", known.en) }
            } else {
                known
            }
        }
    };
    with_label(feature, &words)
}

/// Both parts hold.
pub(crate) fn and(parts: &[Text]) -> Text {
    let join = |of: fn(&Text) -> &str, word: &str| parts.iter().map(of).collect::<Vec<_>>().join(word);
    Text { nl: join(|t| &t.nl, " en "), en: join(|t| &t.en, " and ") }
}

/// A number as readers write it: some three figures, with a comma in Dutch.
pub(crate) fn number(value: f64) -> Text {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let mut en = format!("{value:.decimals$}");
    if en.contains('.') {
        en.truncate(en.trim_end_matches('0').trim_end_matches('.').len());
    }
    Text { nl: en.replace('.', ","), en }
}

fn with_label(feature: &Feature, words: &Text) -> Text {
    Text {
        nl: format!("{} {}", feature.label.nl, words.nl).trim_end().to_owned(),
        en: format!("{} {}", feature.label.en, words.en).trim_end().to_owned(),
    }
}

fn both(word: &str) -> Text {
    Text { nl: word.to_owned(), en: word.to_owned() }
}

fn unknown() -> Text {
    Text { nl: "onbekend".to_owned(), en: "unknown".to_owned() }
}

fn category(feature: &Feature, number: usize) -> Text {
    match &feature.kind {
        FeatureKind::Nominal { categories } => both(categories.get(number).map_or("?", String::as_str)),
        _ => both(&number.to_string()),
    }
}

fn interval(feature: &Feature, from: Option<f32>, below: Option<f32>) -> Text {
    match feature.kind {
        FeatureKind::Flag => flag(from, below),
        FeatureKind::Count if [from, below].into_iter().flatten().all(between_whole_numbers) => {
            whole(from.map(f32::ceil), below.map(|b| b.ceil() - 1.0))
        }
        _ => range(&feature.unit, from, below),
    }
}

fn flag(from: Option<f32>, below: Option<f32>) -> Text {
    let holds = |x: f32| from.is_none_or(|from| x >= from) && below.is_none_or(|below| x < below);
    let (nl, en) = match (holds(0.0), holds(1.0)) {
        (false, true) => ("ja", "yes"),
        (true, false) => ("nee", "no"),
        _ => ("bekend", "known"),
    };
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

/// Learners put the edges of counts at whole numbers or halfway; other edges belong to counts with fractions.
fn between_whole_numbers(edge: f32) -> bool {
    (2.0 * edge).fract() == 0.0
}

fn whole(from: Option<f32>, to: Option<f32>) -> Text {
    let figure = |x: f32| format!("{x:.0}");
    match (from.filter(|f| *f > 0.0), to) {
        (None, None) => both(""),
        (None, Some(to)) if to <= 0.0 => both("0"),
        (None, Some(to)) => {
            Text { nl: format!("hoogstens {}", figure(to)), en: format!("at most {}", figure(to)) }
        }
        (Some(from), None) => {
            Text { nl: format!("vanaf {}", figure(from)), en: format!("from {}", figure(from)) }
        }
        (Some(from), Some(to)) if from >= to => both(&figure(from)),
        (Some(from), Some(to)) => Text {
            nl: format!("{} tot en met {}", figure(from), figure(to)),
            en: format!("{} to {}", figure(from), figure(to)),
        },
    }
}

fn range(unit: &str, from: Option<f32>, below: Option<f32>) -> Text {
    let figure = |x: f32| number(f64::from(x));
    let text = match (from.map(figure), below.map(figure)) {
        (None, None) => return both(""),
        (None, Some(b)) => Text { nl: format!("onder {}", b.nl), en: format!("below {}", b.en) },
        (Some(a), None) => Text { nl: format!("vanaf {}", a.nl), en: format!("from {}", a.en) },
        (Some(a), Some(b)) => {
            Text { nl: format!("van {} tot {}", a.nl, b.nl), en: format!("from {} to {}", a.en, b.en) }
        }
    };
    // A unit in words is in one language only.
    let sign = !unit.is_empty() && unit.chars().filter(char::is_ascii_alphabetic).count() <= 2;
    match (sign, unit) {
        (false, _) => text,
        (true, "%") => Text { nl: format!("{}%", text.nl), en: format!("{}%", text.en) },
        (true, unit) => Text { nl: format!("{} {unit}", text.nl), en: format!("{} {unit}", text.en) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{feature, schema};

    fn dutch(kind: FeatureKind, unit: &str, from: Option<f32>, below: Option<f32>) -> String {
        interval(&Feature { unit: unit.to_owned(), ..feature("x", kind) }, from, below).nl
    }

    #[test]
    fn ranges_read_as_people_write_them() {
        assert_eq!(dutch(FeatureKind::Continuous, "m²", Some(60.0), Some(119.5)), "van 60 tot 120 m²");
        assert_eq!(dutch(FeatureKind::Continuous, "years", None, Some(12.25)), "onder 12,2");
        assert_eq!(dutch(FeatureKind::Rate, "finds per pand", Some(0.0125), None), "vanaf 0,013");
        assert_eq!(dutch(FeatureKind::Continuous, "%", Some(40.0), None), "vanaf 40%");
        assert_eq!(dutch(FeatureKind::Count, "finds", Some(0.5), None), "vanaf 1");
        assert_eq!(dutch(FeatureKind::Count, "finds", None, Some(0.5)), "0");
        assert_eq!(dutch(FeatureKind::Count, "finds", Some(0.5), Some(2.5)), "1 tot en met 2");
        assert_eq!(dutch(FeatureKind::Count, "finds", Some(1.0), Some(2.0)), "1");
        assert_eq!(dutch(FeatureKind::Count, "finds", None, Some(0.31)), "onder 0,31");
        assert_eq!(dutch(FeatureKind::Flag, "", Some(0.5), None), "ja");
    }

    #[test]
    fn parts_and_conditions_name_their_column() {
        let part = |feature, bins, range| values(&schema(), &Values { feature, bins, range });
        assert_eq!(part(3, Bins::Categories(3), 1..2).en, "gebruik (en) winkel");
        assert_eq!(part(3, Bins::Categories(3), 3..4).nl, "gebruik (nl) onbekend");
        let bins = Bins::Edges(vec![60.0, 150.0]);
        assert_eq!(part(0, bins.clone(), 0..1).nl, "oppervlakte (nl) onder 60");
        assert_eq!(part(0, bins.clone(), 1..3).nl, "oppervlakte (nl) vanaf 60");
        assert_eq!(part(0, bins, 3..4).nl, "oppervlakte (nl) onbekend");
        let told = |feature, from, below, missing| {
            condition(&schema(), &Condition { feature, from, below, missing }).nl
        };
        assert_eq!(told(0, None, Some(90.0), true), "oppervlakte (nl) onder 90 of onbekend");
        assert_eq!(told(3, Some(0.5), None, false), "gebruik (nl) winkel/industrie");
    }
}
