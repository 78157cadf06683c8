//! Why an area scores as it does, in words.

use super::totals::Totals;
use crate::additive::{AdditiveModel, Shape, Term};
use crate::bundle::Reason;
use crate::schema::Text;

/// Most reasons per area.
const MOST: usize = 4;
/// A smaller difference from the mean is no reason.
const SMALLEST: f64 = 1e-6;

/// The strongest reasons of a published area: mean contribution over its units minus the mean over all units. They
/// explain the rate (finds per 1,000 units of exposure); a large area can rank high on its size alone.
pub(crate) fn reasons(model: &AdditiveModel, totals: &Totals, area: usize) -> Vec<Reason> {
    let units = f64::from(totals.units[area].max(1));
    let differences: Vec<f64> = totals
        .contributions
        .iter()
        .zip(&totals.mean)
        .map(|(per_area, mean)| per_area[area] / units - mean)
        .collect();
    let mut order: Vec<usize> = (0..differences.len()).filter(|&t| differences[t].abs() > SMALLEST).collect();
    order.sort_by(|&a, &b| differences[b].abs().total_cmp(&differences[a].abs()));
    order.truncate(MOST);
    let reason = |t: usize| Reason {
        term: model.terms[t].name.clone(),
        contribution: differences[t],
        text: sentence(&model.terms[t], differences[t]),
    };
    order.into_iter().map(reason).collect()
}

/// For instance: "Eerdere vondsten in de omgeving: hoger dan gemiddeld. Dat verhoogt het aantal per 1.000."
fn sentence(term: &Term, difference: f64) -> Text {
    let (effect_nl, effect_en) = if difference > 0.0 {
        ("Dat verhoogt het aantal per 1.000.", "That raises the number per 1,000.")
    } else {
        ("Dat verlaagt het aantal per 1.000.", "That lowers the number per 1,000.")
    };
    // What the area has more of: the contribution divided by the effect of having more of it.
    let more = term.shape.coefficient().map(|coefficient| (difference > 0.0) == (coefficient > 0.0));
    let (is_nl, is_en) = match (&term.shape, more) {
        (Shape::Linear { .. }, Some(true)) => ("hoger dan gemiddeld", "higher than average"),
        (Shape::Linear { .. }, Some(false)) => ("lager dan gemiddeld", "lower than average"),
        (_, Some(true)) => ("vaker dan gemiddeld", "more often than average"),
        (_, Some(false)) => ("minder vaak dan gemiddeld", "less often than average"),
        (_, None) => ("anders dan gemiddeld", "different from average"),
    };
    Text {
        nl: format!("{}: {is_nl}. {effect_nl}", capital(&term.label.nl)),
        en: format!("{}: {is_en}. {effect_en}", capital(&term.label.en)),
    }
}

fn capital(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::additive::Transform;
    use crate::testing::text;

    #[test]
    fn a_reason_says_what_there_is_more_of() {
        let line = |coefficient| Term {
            name: "x".to_owned(),
            label: text("leeftijd"),
            feature: 0,
            shape: Shape::Linear { coefficient, center: 0.0, transform: Transform::Identity, missing: 0.0 },
        };
        assert_eq!(
            sentence(&line(2.0), 0.5).nl,
            "Leeftijd (nl): hoger dan gemiddeld. Dat verhoogt het aantal per 1.000."
        );
        assert_eq!(
            sentence(&line(-2.0), 0.5).en,
            "Leeftijd (en): lower than average. That raises the number per 1,000."
        );
        assert_eq!(
            sentence(&line(-2.0), -0.5).nl,
            "Leeftijd (nl): hoger dan gemiddeld. Dat verlaagt het aantal per 1.000."
        );
        let flag = Term { shape: Shape::Equals { coefficient: 1.0, value: 1.0 }, ..line(0.0) };
        assert_eq!(
            sentence(&flag, -0.1).nl,
            "Leeftijd (nl): minder vaak dan gemiddeld. Dat verlaagt het aantal per 1.000."
        );
    }
}
