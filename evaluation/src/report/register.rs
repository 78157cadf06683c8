//! A record for the Dutch algorithm register, publication standard 1.0.
//!
//! What the run knows is filled in. What only the organisation can say starts with `INVULLEN:` (to fill in)
//! and tells what belongs there; a record with such a field must not be published.

use serde_json::{Value, json};

use crate::backtest::rule::Metric;
use crate::report::facts::Report;
use crate::report::lang::{Lang, Style};
use crate::report::summary::{chosen, label};
use crate::report::testing::capacity;
use crate::report::texts;

/// The record, in Dutch, with the field names and limits of the standard.
#[must_use]
pub fn algorithm_register(report: &Report) -> Value {
    json!({
        "name": short(&report.title.nl, 100),
        "description_short": short(&format!(
            "Dit algoritme zet gebieden op volgorde van het verwachte aantal {}. Het helpt de gemeente kiezen waar zij \
             controleert. Een medewerker beslist.",
            report.study.finds.nl
        ), 400),
        "organization": "INVULLEN: volledige naam van de organisatie volgens de TOOI-waardelijst",
        "category": ["Openbare orde en veiligheid"],
        "status": "In ontwikkeling",
        "begin_date": null,
        "end_date": null,
        "contact_email": "INVULLEN: algemeen e-mailadres of website voor vragen",
        "website": null,
        "publication_category": "Impactvolle algoritmes",
        "url": null,
        "goal": short(&format!(
            "{} INVULLEN: hoe merken inwoners en bedrijven dit algoritme?",
            report.purpose.nl
        ), 2500),
        "proportionality": short(&proportionality(report), 2500),
        "human_intervention": short(&format!(
            "{} INVULLEN: wie beslist, wat doet die met de lijst, en hoe worden besluiten bijgesteld?",
            texts::ADVICE.0
        ), 2500),
        "risks": short(&risks(report), 2500),
        "lawful_basis": short(&lawful_basis(report), 2500),
        "lawful_basis_grouping": [],
        "process_index_url": null,
        "impacttoetsen": "INVULLEN: welke toetsen zijn gedaan (DPIA, IAMA) en wat kwam eruit?",
        "impacttoetsen_grouping": [],
        "source_data": short(&source_data(report), 2500),
        "source_data_grouping": [],
        "methods_and_models": short(&methods(report), 5000),
        "provider": null,
        "publiccode": null,
        "lang": "nld",
        "standard_version": "1.0",
        "source_id": short(&report.study.name, 100),
        "tags": null
    })
}

fn proportionality(report: &Report) -> String {
    format!(
        "INVULLEN: waarom is dit algoritme nodig en wat zijn de alternatieven? Uit de toets: {} Vergeleken is met: {}.",
        report.verdict.reason.nl,
        report
            .verdict
            .table
            .iter()
            .filter(|row| row.is_baseline)
            .map(|row| row.label.nl.as_str())
            .collect::<Vec<_>>()
            .join("; ")
    )
}

fn risks(report: &Report) -> String {
    let limits: Vec<&str> = texts::LIMITS.iter().map(|limit| limit.0).collect();
    let groups = report.evaluation.fairness.iter().filter(|t| t.candidate == report.verdict.chosen).count();
    format!(
        "{} {} Kleine gebieden krijgen geen cijfer. Voor {groups} groepsindelingen is gemeten hoe vaak gebieden op de \
         lijst komen en hoeveel bezoeken vergeefs zijn; dat staat in het rapport. {} INVULLEN: welke andere risico's \
         zijn er en wie bewaakt ze?",
        texts::PEOPLE_NOT_USED.0,
        report.limits.nl,
        limits.join(" ")
    )
}

fn lawful_basis(report: &Report) -> String {
    let mut bases: Vec<&str> =
        report.features.iter().map(|f| f.feature.passport.legal_basis.as_str()).collect();
    bases.sort_unstable();
    bases.dedup();
    format!(
        "INVULLEN: de wettelijke basis van het proces. Voor de gegevens noemt de studie: {}.",
        bases.join("; ")
    )
}

fn source_data(report: &Report) -> String {
    let mut sources: Vec<&str> = report.features.iter().map(|f| f.feature.passport.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let labels: Vec<&str> = report.features.iter().map(|f| f.feature.label.nl.as_str()).collect();
    format!("Bronnen: {}. Kenmerken: {}.", sources.join("; "), labels.join("; "))
}

fn methods(report: &Report) -> String {
    let nl = Lang::Nl;
    let mut text = format!(
        "Model: {} ({} bijdragen, op te tellen en na te rekenen). Getoetst op perioden na die waarvan het leerde, bij {}, \
         tegen {}.",
        report.model.label.nl,
        report.model.terms.len(),
        capacity(report, nl),
        label(report, nl, &report.verdict.baseline),
    );
    if let Some(chosen) = chosen(report) {
        for metric in
            [Metric::FindsAtCapacity, Metric::PrecisionAtCapacity, Metric::RecallAtCapacity, Metric::Auc]
        {
            if let Some(measure) = chosen.pooled.get(metric) {
                let style = texts::style(metric);
                text.push_str(&format!(
                    " {}: {}.",
                    nl.of(texts::metric(metric)),
                    nl.sentence(&measure.value, style)
                ));
            }
        }
        if let Some(measure) = chosen.pooled.get(Metric::CalibrationInTheLarge) {
            text.push_str(&format!(" Gevonden / verwacht: {}.", nl.sentence(&measure.value, Style::Plain)));
        }
    }
    text.push_str(&format!(" {}.", report.software));
    text
}

/// Cut at the standard's limit, at a word, with the signs that the standard reads as HTML written out.
fn short(text: &str, limit: usize) -> String {
    let text = text.replace('&', "en").replace('<', "‹").replace('>', "›");
    if text.chars().count() <= limit {
        return text;
    }
    let cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_a_word() {
        assert_eq!(short("kort", 10), "kort");
        let cut = short("een tekst van zes losse woorden", 12);
        assert_eq!(cut, "een tekst…");
        assert!(short(&"é".repeat(50), 10).chars().count() <= 10);
        assert_eq!(short("a < b & c", 20), "a ‹ b en c");
    }
}
