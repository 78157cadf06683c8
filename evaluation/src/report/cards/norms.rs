//! Evidence for the audit framework of the Algemene Rekenkamer, norm by norm, by the numbers of its edition of 30 March 2026.

use crate::report::cards::known::{
    alternatives, backends, both, choice, design, figures, fixed, frequency, groups, join, limits,
    minimisation, output, oversight, purpose, quality, replay, rule, selection, sources, test, unknown,
    verdict, version,
};
use crate::report::cards::{Answer, Card, text};
use crate::report::facts::Report;
use crate::report::lang::Pair;

pub(super) fn card(report: &Report) -> Card {
    let answers = [governance(report), model_and_data(report), rights(report), controls(report)].concat();
    Card {
        file: "rekenkamer",
        title: text(Pair(
            "Bewijs per norm: Toetsingskader Algemene Rekenkamer",
            "Evidence by norm: framework of the Netherlands Court of Audit",
        )),
        about: text(Pair(
            "Per norm staat wat de berekening zelf als bewijs levert, en wat de organisatie nog moet laten zien. Een ingevulde norm is nog geen gehaalde norm: \
             dat oordeel is aan de auditor.",
            "For each norm stands what the computation itself gives as evidence, and what the organisation must still show. A norm with evidence is not yet a \
             norm that is met: that is for the auditor to judge.",
        )),
        answers,
    }
}

fn governance(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new(
            "1.01, 1.02",
            Pair("Doel en verwachting zijn vastgelegd", "Purpose and expectation are laid down"),
        )
        .known(join(&[purpose(report), rule(report)]))
        .write(Pair("wie dit doel heeft vastgesteld.", "who has set this purpose.")),
        Answer::new("1.07", Pair("Beslismomenten", "Points of decision"))
            .known(verdict(report))
            .write(Pair("wie besluit over vrijgave, en wanneer.", "who decides on release, and when.")),
        Answer::new("1.08", Pair("Periodieke controle van de kwaliteit", "Periodic check of quality"))
            .known(frequency(report))
            .write(Pair(
                "wie de controle doet en waar dat is vastgelegd.",
                "who does the check and where that is laid down.",
            )),
    ]
}

fn model_and_data(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("2.01, 2.07", Pair("Het model doet wat het moet doen", "The model does what it should"))
            .known(join(&[verdict(report), figures(report), backends(report)])),
        Answer::new("2.04, 2.17", Pair("Keuze van de techniek", "Choice of technique"))
            .known(join(&[choice(report), alternatives(report)])),
        Answer::new("2.05", Pair("Van wet naar systeem", "From law to system"))
            .known(legal(report))
            .write(Pair("de wettelijke basis van het proces.", "the legal basis of the process.")),
        Answer::new("2.06, 2.08, 2.13", Pair("Wijzigingen in gegevens worden gevolgd", "Changes in data are followed"))
            .known(quality(report))
            .write(Pair("wie nieuwe leveringen controleert.", "who checks new deliveries.")),
        Answer::new("2.09, 3.13, 3.15", Pair("Betrokkenen worden geïnformeerd", "Those concerned are informed"))
            .write(Pair("hoe inwoners en bedrijven worden geïnformeerd.", "how residents and businesses are informed.")),
        Answer::new("2.11, 3.12, 3.14, 3.16", Pair("Registratie", "Registration"))
            .known(fixed(Pair(
                "Een record voor het Algoritmeregister staat klaar (algorithm-register.json); wat de organisatie moet invullen, is gemerkt.",
                "A record for the algorithm register is ready (algorithm-register.json); what the organisation must fill in is marked.",
            )))
            .write(Pair("de publicatie in het register.", "publication in the register.")),
        Answer::new("2.12", Pair("Belanghebbenden zijn betrokken", "Stakeholders are involved"))
            .write(Pair("wie betrokken is en wat daarmee gedaan is.", "who was involved and what was done with it.")),
        Answer::new("2.14", Pair("Plan voor evaluatie", "Plan for evaluation")).known(rule(report)),
        Answer::new("2.15, 2.21", Pair("Leren en toetsen zijn gescheiden", "Training and testing are apart")).known(test(report)),
        Answer::new("2.18, 2.19", Pair("Vertekening in gegevens en model", "Bias in data and model"))
            .known(join(&[unknown(report), selection(report), groups(report)])),
        Answer::new("2.20, 3.06", Pair("Dataminimalisatie", "Data minimisation")).known(minimisation(report)),
    ]
}

fn legal(report: &Report) -> models::Text {
    let mut bases: Vec<&str> =
        report.features.iter().map(|f| f.feature.passport.legal_basis.as_str()).collect();
    bases.sort_unstable();
    bases.dedup();
    both(|lang| {
        lang.fill(
            Pair(
                "De paspoorten van de kenmerken noemen: {bases}.",
                "The passports of the features name: {bases}.",
            ),
            &[("bases", &bases.join("; "))],
        )
    })
}

fn rights(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("3.07", Pair("Werkinstructie", "Work instruction"))
            .known(oversight())
            .write(Pair("de werkinstructie zelf.", "the work instruction itself.")),
        Answer::new(
            "3.08, 3.09",
            Pair(
                "Geen ongewenste systematische afwijking voor groepen",
                "No unwanted systematic deviation for groups",
            ),
        )
        .known(join(&[selection(report), groups(report), limits(report)]))
        .write(Pair(
            "het oordeel of een verschil gerechtvaardigd is.",
            "the judgement whether a difference is justified.",
        )),
        Answer::new("3.11", Pair("Menselijke tussenkomst", "Human intervention"))
            .known(join(&[oversight(), design(report), output(report)]))
            .write(Pair("wie beslist en hoe dat wordt vastgelegd.", "who decides and how that is recorded.")),
    ]
}

fn controls(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("4.06", Pair("Logboeken", "Logs"))
            .known(fixed(Pair(
                "`serve` schrijft elk verzoek in een ondertekend logboek waarin niets ongemerkt verandert (`serve audit verify`).",
                "`serve` writes each request to a signed log in which nothing changes unnoticed (`serve audit verify`).",
            )))
            .write(Pair("wie het logboek bekijkt.", "who reads the log.")),
        Answer::new("4.07", Pair("Beheer van wijzigingen", "Control of changes")).known(join(&[version(report), replay(report), sources(report)])),
        Answer::new("4.08", Pair("Reservekopieën", "Backups")).write(Pair("hoe bundels en bronnen bewaard worden.", "how bundles and sources are kept.")),
        Answer::new("4.09", Pair("Beveiliging", "Security"))
            .known(fixed(Pair(
                "Van elk bestand van de bundel is de vingerafdruk bekend; `serve` weigert een bundel die niet klopt.",
                "The fingerprint of each file of the bundle is known; `serve` refuses a bundle that does not match.",
            )))
            .write(Pair("de maatregelen van de organisatie zelf.", "the organisation's own measures.")),
    ]
}
