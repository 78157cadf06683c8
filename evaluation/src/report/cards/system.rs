//! The system card of the Algorithm Reporting Standard (0.1a14) of the Dutch ministry of the interior.

use serde_json::{Value, json};

use crate::report::cards::known::{
    alternatives, backends, design, figures, fixed, groups, join, limits, minimisation, oversight, purpose,
    sources, unknown, verdict, version,
};
use crate::report::cards::model::model_card_json;
use crate::report::cards::{Answer, Card, annex, assessment, text};
use crate::report::facts::Report;
use crate::report::lang::Pair;

pub(super) fn card(report: &Report) -> Card {
    Card {
        file: "system-card",
        title: text(Pair(
            "Systeemkaart (Algorithm Reporting Standard)",
            "System card (Algorithm Reporting Standard)",
        )),
        about: text(Pair(
            "De systeemkaart vat het systeem samen. Het bestand system-card.json bevat ook de modelkaart en de antwoorden bij bijlage IV.",
            "The system card sums up the system. The file system-card.json holds the model card and the answers to Annex IV too.",
        )),
        answers: fields(report),
    }
}

fn fields(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("description", Pair("Beschrijving", "Description"))
            .known(join(&[purpose(report), version(report)])),
        Answer::new("status", Pair("Stand", "Status"))
            .known(verdict(report))
            .write(Pair("of het in gebruik is, en sinds wanneer.", "whether it is in use, and since when.")),
        Answer::new("goal_and_impact", Pair("Doel en gevolgen", "Goal and impact"))
            .known(purpose(report))
            .write(Pair(
                "wat inwoners en bedrijven ervan merken.",
                "what residents and businesses notice of it.",
            )),
        Answer::new("considerations", Pair("Afwegingen", "Considerations"))
            .known(join(&[verdict(report), alternatives(report)]))
            .write(Pair("waarom de organisatie het gebruikt.", "why the organisation uses it.")),
        Answer::new("risk_management", Pair("Risico's", "Risks"))
            .known(join(&[limits(report), unknown(report), groups(report)]))
            .write(Pair("wie de risico's bewaakt.", "who watches the risks.")),
        Answer::new("human_intervention", Pair("Menselijke tussenkomst", "Human intervention"))
            .known(oversight())
            .write(Pair("wie beslist.", "who decides.")),
        Answer::new("used_data", Pair("Gebruikte gegevens", "Data used"))
            .known(join(&[sources(report), minimisation(report)])),
        Answer::new("technical_design", Pair("Technisch ontwerp", "Technical design")).known(join(&[
            design(report),
            backends(report),
            figures(report),
        ])),
        Answer::new("owners", Pair("Eigenaar", "Owner"))
            .write(Pair("de organisatie en een aanspreekpunt.", "the organisation and a contact.")),
        Answer::new("legal_base", Pair("Wettelijke basis", "Legal basis"))
            .write(Pair("de wetten waarop het proces rust.", "the laws on which the process rests.")),
        Answer::new("ai_act_profile", Pair("Indeling volgens de AI-verordening", "Profile under the AI Act"))
            .write(Pair("soort, risicogroep en rol.", "type, risk group and role.")),
        Answer::new(
            "interaction_details",
            Pair("Samenspel met andere systemen", "Interaction with other systems"),
        )
        .known(fixed(Pair(
            "Leest bestanden; geeft scores per gebied door over HTTP.",
            "Reads files; hands on scores by area over HTTP.",
        ))),
    ]
}

pub(super) fn json(report: &Report) -> Value {
    let to_fill = |answer: &Answer| answer.dutch();
    let mut card = json!({
        "schema_version": "0.1a14",
        "provenance": { "uri": report.software, "timestamp": format!("{}T00:00:00Z", report.study.data_until) },
        "name": report.title.nl,
        "models": [model_card_json(report)],
        "assessments": [assessment(report, &annex::card(report), Some("urn:nl:aivt:tr:td:1.0"))],
        "version_requirements": [report.software],
        "deployment_variants": ["bundel met bestanden, gelezen door `serve`"],
        "labels": [
            { "name": "rule_sha256", "value": report.rule.sha256 },
            { "name": "released", "value": report.verdict.released.to_string() },
        ],
    });
    for answer in fields(report) {
        card[answer.key] = match answer.key {
            "owners" => json!([{ "organization": to_fill(&answer) }]),
            "legal_base" => json!([{ "name": to_fill(&answer) }]),
            "interaction_details" => json!([to_fill(&answer)]),
            // Every field of the profile is a choice that only a person may make.
            "ai_act_profile" => json!({}),
            _ => json!(to_fill(&answer)),
        };
    }
    card
}
