//! Names, labels and passports of feature columns: generated, so that they cannot disagree with what is computed.

use models::Text;
use models::schema::Passport;

use super::Span;
use crate::spec::{Aggregate, FeatureSpec};

/// One column of a feature: its radius and window, where it has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) radius: Option<f64>,
    pub(crate) window: Option<Span>,
}

/// Over what a feature is gathered, in words.
#[derive(Clone, Debug)]
pub(crate) enum Where {
    Unit,
    Area(String),
    Radius,
}

/// `name`, `name_1y`, `name_500m`, `name_500m_1y`.
pub(crate) fn column_name(base: &str, cell: Cell) -> String {
    let mut name = base.to_owned();
    if let Some(radius) = cell.radius {
        name += &format!("_{}m", radius.to_string().replace('.', "_"));
    }
    if let Some(window) = cell.window {
        name += &format!("_{}", window.suffix());
    }
    name
}

/// The label of the study, with the radius and window where the feature has several.
pub(crate) fn column_label(spec: &FeatureSpec, cell: Cell) -> Text {
    let mut label = spec.label.clone();
    if let Some(radius) = cell.radius.filter(|_| spec.radii.len() > 1) {
        label.nl += &format!(", binnen {} m", radius.to_string().replace('.', ","));
        label.en += &format!(", within {radius} m");
    }
    if let Some(window) = cell.window.filter(|_| spec.windows.len() > 1) {
        label.nl += &format!(", afgelopen {}", window.nl());
        label.en += &format!(", past {window}");
    }
    label
}

/// Label of the 0/1 column that tells whether a value is missing.
pub(crate) fn missing_label(label: &Text) -> Text {
    Text { nl: format!("{}: onbekend", label.nl), en: format!("{}: unknown", label.en) }
}

/// The study's passport, completed.
pub(crate) fn passport(spec: &FeatureSpec, place: &Where, cell: Cell) -> Passport {
    Passport {
        known_from: known_from(spec, place),
        definition: definition(spec, place, cell),
        sign: spec.passport.sign.or(spec.sign),
        ..spec.passport.clone()
    }
}

/// Passport of the 0/1 column that tells whether a value is missing.
pub(crate) fn missing_passport(of: &Passport, column: &str) -> Passport {
    Passport {
        definition: Text {
            nl: format!("1 als `{column}` onbekend is, anders 0"),
            en: format!("1 when `{column}` is missing, else 0"),
        },
        sign: None,
        ..of.clone()
    }
}

fn known_from(spec: &FeatureSpec, place: &Where) -> Text {
    let (nl, en) = match (spec.from, place) {
        (Aggregate::Published, _) => (
            "dag van publicatie van het cijfer, vóór de peildatum",
            "day of publication of the figure, before the as-of date",
        ),
        (Aggregate::Column | Aggregate::YearsSince, Where::Unit) => (
            "dag waarop het voorkomen is geregistreerd, vóór de peildatum",
            "day the occurrence was registered, before the as-of date",
        ),
        (Aggregate::Column | Aggregate::YearsSince, _) => {
            ("vast kenmerk van het gebied, zonder datum", "fixed property of the area, without a date")
        }
        _ => (
            "dag van registratie; een gebeurtenis telt als dag én registratie vóór de peildatum liggen",
            "day of registration; an event counts when both its day and its registration lie before the as-of date",
        ),
    };
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

fn definition(spec: &FeatureSpec, place: &Where, cell: Cell) -> Text {
    let source = spec.source.as_deref().unwrap_or_default();
    let column = spec.column.as_deref().unwrap_or_default();
    let (nl, en) = match spec.from {
        Aggregate::Count => (format!("aantal in `{source}`"), format!("number in `{source}`")),
        Aggregate::Any => (
            format!("1 als er iets in `{source}` staat, anders 0"),
            format!("1 when there is anything in `{source}`, else 0"),
        ),
        Aggregate::DaysSince => (
            format!("dagen sinds de laatste in `{source}`; onbekend als er geen is"),
            format!("days since the last in `{source}`; missing when there is none"),
        ),
        Aggregate::Mean => (
            format!("gemiddelde van `{column}` in `{source}`; onbekend als er geen is"),
            format!("mean of `{column}` in `{source}`; missing when there is none"),
        ),
        Aggregate::Sum => {
            (format!("som van `{column}` in `{source}`"), format!("sum of `{column}` in `{source}`"))
        }
        Aggregate::Last => (
            format!("`{column}` van de laatste in `{source}`; onbekend als er geen is"),
            format!("`{column}` of the last in `{source}`; missing when there is none"),
        ),
        Aggregate::ShrunkenRate => (
            format!(
                "aantal in `{source}` per eenheid blootstelling en jaar, gekrompen naar het gemiddelde \
                 (gamma-Poisson, geschat op wat op de peildatum bekend is)"
            ),
            format!(
                "number in `{source}` per unit of exposure and year, shrunk to the mean (gamma-Poisson, \
                 fitted on what is known at the as-of date)"
            ),
        ),
        Aggregate::Column => (format!("`{column}` op de peildatum"), format!("`{column}` at the as-of date")),
        Aggregate::YearsSince => (
            format!("jaar van de peildatum min `{column}`"),
            format!("year of the as-of date minus `{column}`"),
        ),
        Aggregate::Published => (
            format!("nieuwste cijfer `{column}` in `{source}` dat vóór de peildatum is gepubliceerd"),
            format!("newest figure `{column}` in `{source}` published before the as-of date"),
        ),
    };
    let (mut nl, mut en) = (nl, en);
    add_place(place, cell, &mut nl, &mut en);
    if let Some(window) = cell.window {
        nl += &format!(", in de {} vóór de peildatum", window.nl());
        en += &format!(", in the {window} before the as-of date");
    }
    if let Some(decay) = spec.decay_metres {
        nl += &format!(", gewicht exp(-afstand / {decay} m)");
        en += &format!(", weighted by exp(-distance / {decay} m)");
    }
    if spec.per_exposure {
        nl += ", gedeeld door de blootstelling daar";
        en += ", divided by the exposure there";
    }
    Text { nl, en }
}

fn add_place(place: &Where, cell: Cell, nl: &mut String, en: &mut String) {
    match place {
        Where::Unit => {}
        Where::Area(level) => {
            *nl += &format!(", in het gebied ({level})");
            *en += &format!(", in the area ({level})");
        }
        Where::Radius => {
            let radius = cell.radius.unwrap_or_default();
            *nl += &format!(", binnen {radius} m");
            *en += &format!(", within {radius} m");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_studies_refer_to_them() {
        let cell = |radius, window: Option<&str>| Cell {
            radius,
            window: window.map(|w| Span::parse(w, "windows").unwrap()),
        };
        assert_eq!(
            column_name("vondsten_kern", cell(Some(1000.0), Some("3 years"))),
            "vondsten_kern_1000m_3y"
        );
        assert_eq!(
            column_name("vondsten_buurt_vorig", cell(None, Some("6 months"))),
            "vondsten_buurt_vorig_6m"
        );
        assert_eq!(column_name("meldingen", cell(Some(62.5), Some("90 days"))), "meldingen_62_5m_90d");
        assert_eq!(column_name("ooit", cell(None, None)), "ooit");
    }
}
